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
}

// Unwrap serves http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the first final status.
func (w *responseWriter) WriteHeader(status int) {
	if status >= 200 && w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (w *responseWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// RecordError keeps the log's side of a problem, see [problem.Recorder].
func (w *responseWriter) RecordError(e *problem.Error) {
	if e.Err != nil {
		w.exchange.record.Err = e.Err
	}
}
