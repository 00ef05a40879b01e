package watch

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// The paths of the private listener.
const (
	MetricsPath = "/metrics"
	StatusPath  = "/status"
	WhyPath     = "/why/" // and the id of a request
)

// Handler answers on the private listener: metrics, status, and why a request was answered as it was. It asks
// for no credential, and holds none. Unless anyHost, requests must be for this machine by a loopback name or for an address.
func (w *Watcher) Handler(anyHost bool) http.Handler {
	mux := http.NewServeMux()
	if w.config.Metrics != nil {
		mux.Handle("GET "+MetricsPath, w.config.Metrics.Handler())
	}
	mux.HandleFunc("GET "+StatusPath, func(out http.ResponseWriter, r *http.Request) {
		writeJSON(out, http.StatusOK, w.Status(r.Context()))
	})
	mux.HandleFunc("GET "+WhyPath+"{id}", func(out http.ResponseWriter, r *http.Request) {
		trace, ok := w.Why(r.PathValue("id"))
		if !ok {
			writeJSON(out, http.StatusNotFound, map[string]string{"detail": "no recent request has this id"})
			return
		}
		writeJSON(out, http.StatusOK, trace)
	})
	return refuseBrowsers(mux, anyHost)
}

// refuseBrowsers keeps web pages out: a browser on this machine reaches loopback. It sends Origin or
// Sec-Fetch-Site, or, for a page whose name was rebound to loopback, that name as Host.
func refuseBrowsers(next http.Handler, anyHost bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" || !anyHost && !isOwnHost(r.Host) {
			writeJSON(w, http.StatusForbidden, map[string]string{"detail": "this listener is not for browsers"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isOwnHost takes localhost, which the client of a socket sends, too, and addresses: they cannot be rebound.
func isOwnHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, notIP := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || notIP == nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, `{"detail":"the answer cannot be encoded"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
