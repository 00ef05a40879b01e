package dependencies

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	batchSize   = 1000        // queries that the API takes at once
	attempts    = 4           // of one request
	maxPages    = 50          // of the answer to one query
	maxAnswer   = 64 << 20    // bytes of one answer
	longestWait = time.Minute // that a server may ask for before the next attempt
	wholeCheck  = 5 * time.Minute
	fetchers    = 4
)

// query asks for the vulnerabilities of one version.
type query struct {
	Package struct {
		Name      string `json:"name"`
		Ecosystem string `json:"ecosystem"`
	} `json:"package"`
	Version   string `json:"version"`
	PageToken string `json:"page_token,omitempty"`
}

type batchAnswer struct {
	Results []struct {
		Vulns []struct {
			ID string `json:"id"`
		} `json:"vulns"`
		NextPageToken string `json:"next_page_token"`
	} `json:"results"`
}

// ask returns the advisories that the API names for dependencies.
func (c *Checker) ask(ctx context.Context, list []dependency) (advisories, error) {
	wanted := map[[2]string]bool{}
	var queries []query
	for _, d := range list {
		var q query
		q.Package.Name, q.Package.Ecosystem, q.Version = d.name, d.ecosystem, d.version
		queries = append(queries, q)
		wanted[d.key()] = true
	}
	ids, err := c.ids(ctx, queries)
	if err != nil {
		return nil, err
	}
	entries, err := c.entries(ctx, ids)
	if err != nil {
		return nil, err
	}
	found := advisories{}
	for _, entry := range entries {
		found.add(entry, wanted)
	}
	return found, nil
}

// ids asks in batches, and again for what has more pages.
func (c *Checker) ids(ctx context.Context, queries []query) ([]string, error) {
	seen := map[string]bool{}
	var ids []string
	for page := 0; len(queries) > 0; page++ {
		if page == maxPages {
			return nil, fmt.Errorf("asking the OSV API: more than %d pages", maxPages)
		}
		var more []query
		for len(queries) > 0 {
			batch := queries[:min(batchSize, len(queries))]
			queries = queries[len(batch):]
			answer, err := c.batch(ctx, batch)
			if err != nil {
				return nil, err
			}
			for i, result := range answer.Results {
				for _, v := range result.Vulns {
					if !seen[v.ID] {
						seen[v.ID] = true
						ids = append(ids, v.ID)
					}
				}
				if result.NextPageToken != "" {
					batch[i].PageToken = result.NextPageToken
					more = append(more, batch[i])
				}
			}
		}
		queries = more
	}
	return ids, nil
}

func (c *Checker) batch(ctx context.Context, batch []query) (*batchAnswer, error) {
	body, err := json.Marshal(map[string]any{"queries": batch})
	if err != nil {
		return nil, fmt.Errorf("asking the OSV API: %w", err)
	}
	data, err := c.request(ctx, http.MethodPost, "/v1/querybatch", body)
	if err != nil {
		return nil, err
	}
	var answer batchAnswer
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("reading the answer of the OSV API: %w", err)
	}
	if len(answer.Results) != len(batch) {
		return nil, fmt.Errorf("reading the answer of the OSV API: %d results for %d questions", len(answer.Results), len(batch))
	}
	return &answer, nil
}

// entries fetches advisories, a few at a time, and keeps their order.
func (c *Checker) entries(ctx context.Context, ids []string) ([]*advisory, error) {
	entries := make([]*advisory, len(ids))
	failures := make([]error, len(ids))
	var wg sync.WaitGroup
	for worker := range fetchers {
		wg.Go(func() {
			for i := worker; i < len(ids) && ctx.Err() == nil; i += fetchers {
				var data []byte
				if data, failures[i] = c.request(ctx, http.MethodGet, "/v1/vulns/"+url.PathEscape(ids[i]), nil); failures[i] == nil {
					entries[i], failures[i] = parseAdvisory(data)
				}
			}
		})
	}
	wg.Wait()
	return entries, cmp.Or(firstError(failures), ctx.Err())
}

// firstError is enough of many that are alike.
func firstError(list []error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// request asks once, and again after a pause when the server is busy, failing or out of reach.
func (c *Checker) request(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	pause := c.options.Pause
	for attempt := 1; ; attempt++ {
		data, retry, err := c.once(ctx, method, path, body)
		if err == nil {
			return data, nil
		}
		if retry < 0 || attempt == attempts || ctx.Err() != nil {
			return nil, fmt.Errorf("asking the OSV API: %w", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(max(pause, min(retry, longestWait))):
		}
		pause *= 2
	}
}

// once returns how long the server wants to be left alone, and a negative time when asking again is no use.
func (c *Checker) once(ctx context.Context, method, path string, body []byte) (data []byte, retry time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.options.API, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, -1, err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := c.options.Client.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	switch code := answer.StatusCode; {
	case code == http.StatusTooManyRequests || code >= 500:
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return nil, time.Duration(max(seconds, 0)) * time.Second, fmt.Errorf("%s says %s", path, answer.Status)
	case code != http.StatusOK:
		return nil, -1, fmt.Errorf("%s says %s", path, answer.Status)
	}
	data, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return data, 0, err
}
