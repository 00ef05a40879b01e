package app

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"sallyport"
	"sallyport/problem"
)

// document is an answer that was made beforehand, with its strong entity tag.
type document struct {
	body []byte
	tag  string
	free bool // nobody pays for it: its path is public
}

func newDocument(body []byte) *document {
	sum := sha256.Sum256(body)
	return &document{body: body, tag: `"` + hex.EncodeToString(sum[:16]) + `"`}
}

// serve answers with the document, or that the client has it already.
func (d *document) serve(w http.ResponseWriter, r *http.Request) {
	if given(w, r) {
		return
	}
	h := w.Header()
	h["Cache-Control"] = []string{"private, no-cache"}
	h["Etag"] = []string{d.tag}
	if d.isNamed(r.Header["If-None-Match"]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if !d.free {
		if err := sallyport.Settle(r.Context()); err != nil {
			problem.Write(w, r, problem.From(err))
			return
		}
	}
	writeBody(w, r, d.body)
}

// isNamed compares weakly, RFC 9110 section 13.1.2. "*" names nothing that a client could have.
func (d *document) isNamed(lines []string) bool {
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			if strings.TrimPrefix(strings.Trim(one, " \t"), "W/") == d.tag {
				return true
			}
		}
	}
	return false
}

// given refuses parameters on paths that take none.
func given(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.RawQuery == "" {
		return false
	}
	problem.Write(w, r, problem.New(http.StatusBadRequest, "unknown parameter: this path takes none"))
	return true
}

func writeBody(w http.ResponseWriter, r *http.Request, body []byte) {
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(body) // a client that is gone needs no answer
	}
}
