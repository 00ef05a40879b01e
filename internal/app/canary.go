package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sallyport/internal/config"
	"sallyport/internal/dataset"
	"sallyport/internal/dataset/sqlite"
	"sallyport/internal/serve"
	"sallyport/problem"
)

const (
	// canaryValues is how many values of the data are tried until an endpoint takes one.
	canaryValues = 500
	// canaryPatience is for one answer. It is longer than a customer's: a busy machine must not condemn a dataset.
	canaryPatience = 10 * time.Second
)

// canary asks a dataset that is not in service yet one question at every endpoint, with values that it holds and the
// rights of the highest tier. None may fail.
func canary(ctx context.Context, cfg *config.Config, d *dataset.Description, source *sqlite.Source) error {
	tiers := tierNames(cfg)
	highest := serve.Caller{Tier: tiers[len(tiers)-1], Rank: len(tiers) - 1}
	key := make([]byte, serve.MinCursorKey)
	rand.Read(key) // never fails
	plain := *d
	plain.Compatibility = nil // in which a question without rows may be refused
	api, err := serve.New(serve.Config{
		Description: &plain, Source: source, Tiers: tiers, CursorKey: key,
		Caller: func(context.Context) (serve.Caller, bool) { return highest, true },
	})
	if err != nil {
		return err
	}
	var errs []error
	for i := range d.Endpoints {
		e := &d.Endpoints[i]
		if err := tryEndpoint(ctx, api, d, e, source); err != nil {
			errs = append(errs, fmt.Errorf("trying the dataset at %s: %w", e.Path, err))
		}
	}
	return errors.Join(errs...)
}

// tryEndpoint asks until a question is understood. An endpoint that needs a value of a column without any is not
// asked; one that understands none of the values that the data has does not fit it.
func tryEndpoint(ctx context.Context, api http.Handler, d *dataset.Description, e *dataset.Endpoint, source *sqlite.Source) error {
	needs, most, err := needed(ctx, d, e, source)
	if err != nil || most == 0 {
		return err
	}
	for i := range most {
		target := question(e, needs, i)
		answer, err := tryOut(ctx, api, target)
		switch {
		case err != nil:
			return err
		case answer.status == http.StatusOK:
			return nil
		case answer.status != http.StatusBadRequest:
			return fmt.Errorf("%s is answered with %d: %w", target, answer.status, answer.cause)
		}
	}
	return fmt.Errorf("none of %d values that the data has is understood", most)
}

// need is a parameter that must be given, with the values to try.
type need struct {
	name   string
	values []string
}

// needed returns what must be given at an endpoint, and how many questions that makes: none when a column has no
// values.
func needed(ctx context.Context, d *dataset.Description, e *dataset.Endpoint, source *sqlite.Source) (needs []need, questions int, err error) {
	questions = 1
	for i := range e.Parameters {
		p := &e.Parameters[i]
		inPath := slices.Contains(e.PathParameters(), p.Name)
		searches := len(p.Modes) > 0 && (e.Kind == dataset.KindLookup || e.Kind == dataset.KindSearch)
		if !p.Required && !inPath && !searches || p.Default != "" && !inPath {
			continue
		}
		values, err := valuesFor(ctx, d, e, p, inPath, source)
		if err != nil || len(values) == 0 {
			return nil, 0, err
		}
		needs = append(needs, need{p.Name, values})
		questions = max(questions, len(values))
	}
	return needs, questions, nil
}

// valuesFor returns values of the data for a parameter: as they are and as they are compared.
func valuesFor(ctx context.Context, d *dataset.Description, e *dataset.Endpoint, p *dataset.Parameter, inPath bool, source *sqlite.Source) ([]string, error) {
	var values []string
	for _, choice := range p.Enum {
		values = append(values, choice.Value)
	}
	if len(values) > 0 {
		return values, nil
	}
	table, columns := d.Answers(e), p.Columns
	if inPath && (e.Kind == dataset.KindGet || e.Join != "") {
		table = d.Table(e.Table)
		columns = []string{table.Key}
	}
	for _, name := range columns {
		samples, err := source.Samples(ctx, table.Name, name, canaryValues)
		if err != nil {
			return nil, err
		}
		for _, text := range samples {
			values = append(values, text)
			if folded := table.Column(name).Comparable(text); folded != text {
				values = append(values, folded)
			}
		}
	}
	return values, nil
}

// question is the i-th path and query.
func question(e *dataset.Endpoint, needs []need, i int) string {
	path, query := e.Path, url.Values{}
	for _, n := range needs {
		value := n.values[i%len(n.values)]
		if brace := "{" + n.name + "}"; strings.Contains(path, brace) {
			path = strings.ReplaceAll(path, brace, url.PathEscape(value))
			continue
		}
		query.Set(n.name, value)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

func tryOut(ctx context.Context, api http.Handler, target string) (*tryout, error) {
	ctx, cancel := context.WithTimeout(ctx, canaryPatience)
	defer cancel()
	at, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	r := (&http.Request{Method: http.MethodGet, URL: at, RequestURI: target, Header: http.Header{}}).WithContext(ctx)
	answer := &tryout{header: http.Header{}, status: http.StatusOK}
	api.ServeHTTP(answer, r)
	if answer.status == http.StatusOK && answer.body.Len() == 0 {
		return nil, fmt.Errorf("%s is answered with nothing", target)
	}
	return answer, nil
}

// tryout keeps an answer that nobody gets.
type tryout struct {
	header http.Header
	status int
	body   bytes.Buffer
	cause  error
}

var (
	_ http.ResponseWriter = (*tryout)(nil)
	_ problem.Recorder    = (*tryout)(nil)
)

func (t *tryout) Header() http.Header              { return t.header }
func (t *tryout) WriteHeader(status int)           { t.status = status }
func (t *tryout) Write(p []byte) (int, error)      { return t.body.Write(p) }
func (t *tryout) RecordError(cause *problem.Error) { t.cause = cause }
