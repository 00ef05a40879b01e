package app

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sallyport/internal/dataset"
)

// announcing adds the headers of deprecated endpoints to their answers, whatever these are.
func announcing(d *dataset.Description, api http.Handler) http.Handler {
	announcements := map[string]*announcement{}
	for i := range d.Endpoints {
		if e := &d.Endpoints[i]; e.Deprecated != nil {
			announcements[e.Path] = newAnnouncement(e)
		}
	}
	if len(announcements) == 0 {
		return api
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := announcements[r.Pattern]; a != nil {
			a.set(w.Header(), r)
		}
		api.ServeHTTP(w, r)
	})
}

// announcement are the headers of one endpoint: RFC 9745, RFC 8594, and RFC 8288 with the relation of RFC 5829.
type announcement struct {
	deprecation, sunset []string
	successor           string
	names               []string // of the path
}

func newAnnouncement(e *dataset.Endpoint) *announcement {
	since, sunset := e.Deprecated.Begins()
	a := &announcement{deprecation: []string{"@" + strconv.FormatInt(since.Unix(), 10)}, successor: e.Deprecated.Successor, names: e.PathParameters()}
	if !sunset.IsZero() {
		a.sunset = []string{sunset.UTC().Format(http.TimeFormat)}
	}
	return a
}

func (a *announcement) set(h http.Header, r *http.Request) {
	h["Deprecation"] = a.deprecation
	if a.sunset != nil {
		h["Sunset"] = a.sunset
	}
	if a.successor == "" {
		return
	}
	target := a.successor
	for _, name := range a.names {
		target = strings.ReplaceAll(target, "{"+name+"}", url.PathEscape(r.PathValue(name)))
	}
	h["Link"] = []string{"<" + target + `>; rel="successor-version"`}
}
