package sallyport

import (
	"net/http"

	"sallyport/problem"
)

// responseWriter notes what is sent. It passes on only what [http.ResponseController] asks for by Unwrap.
type responseWriter struct {
	http.ResponseWriter
	exchange *exchange
	status   int // 0 before the header is written
	bytes    int64
	withheld bool // the handler's answer was replaced
}

// Unwrap serves http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the first final status. An answer that is not paid for is withheld.
func (w *responseWriter) WriteHeader(status int) {
	x := w.exchange
	switch {
	case w.withheld:
		return
	case status < 200 || w.status != 0:
	case x.unpaid(status):
		x.startOver()
		problem.Write(w, x.r, problem.Internal(errUnpaid))
		w.withheld = true
		return
	default:
		w.status = status
		if x.owed > 0 && status == http.StatusNotModified {
			x.tellLimits(x.r.Context())
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (w *responseWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.withheld {
		return len(p), nil
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// RecordError keeps the log's side of a problem, see [problem.Recorder].
func (w *responseWriter) RecordError(e *problem.Error) {
	w.exchange.record.Detail = e.Detail
	if e.Err != nil {
		w.exchange.record.Err = e.Err
	}
}

// RecordCache keeps what became of a look into a cache of answers: hit, miss or not-modified.
func (w *responseWriter) RecordCache(state string) { w.exchange.record.Grant.Cache = state }
