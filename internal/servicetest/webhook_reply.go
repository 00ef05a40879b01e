package servicetest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Reply is an answer that a test wants instead of the one that the original would give.
type Reply struct {
	Status int               // 200 when 0
	Header map[string]string // more headers
	Body   string
	Delay  time.Duration // before the answer
	Hang   bool          // no answer until the client or the test is gone
	Close  bool          // the connection closes without an answer
	Cut    bool          // the body ends before the length that was promised
}

// ServerError is an answer of a broken server.
func ServerError(status int) Reply { return Reply{Status: status, Body: "broken\n"} }

// Page is an answer of a proxy in between that knows nothing of the service behind it.
func Page(status int) Reply {
	return Reply{Status: status, Header: map[string]string{"Content-Type": "text/html"},
		Body: fmt.Sprintf("<html><head><title>%d</title></head><body>%s</body></html>", status, http.StatusText(status))}
}

// Redirect sends the client elsewhere.
func Redirect(status int, to string) Reply {
	return Reply{Status: status, Header: map[string]string{"Location": to}}
}

// Busy asks the client to come back, by the Retry-After header alone.
func Busy(status int, after string) Reply {
	return Reply{Status: status, Header: map[string]string{"Retry-After": after}, Body: "busy\n"}
}

// Script has the replies of a fake service. Without any, the fake behaves as the original does. It is safe for
// concurrent use.
type Script struct {
	mu       sync.Mutex
	next     []Reply
	always   *Reply
	requests int
	done     chan struct{} // closed when the test ends
}

// Next adds replies, each for one request; then comes what was before.
func (s *Script) Next(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, replies...)
}

// Always gives every request this reply, until [Script.Recover].
func (s *Script) Always(reply Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = &reply
}

// Recover forgets all replies.
func (s *Script) Recover() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next, s.always = nil, nil
}

// Requests returns how many requests came, whatever became of them.
func (s *Script) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// take counts a request and returns its reply, if it has one.
func (s *Script) take() *Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if len(s.next) == 0 {
		return s.always
	}
	reply := s.next[0]
	s.next = s.next[1:]
	return &reply
}

// serve starts a server on loopback whose requests are answered by the script, or by original.
func (s *Script) serve(t testing.TB, original http.HandlerFunc) (url string) {
	t.Helper()
	s.done = make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reply := s.take(); reply != nil {
			s.write(w, r, reply)
			return
		}
		original(w, r)
	}))
	t.Cleanup(func() {
		close(s.done)
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// write gives the scripted reply. The body is read first, without which the server would not see that the client
// has gone.
func (s *Script) write(w http.ResponseWriter, r *http.Request, reply *Reply) {
	io.Copy(io.Discard, r.Body)
	s.wait(r, reply)
	if reply.Close || reply.Hang {
		panic(http.ErrAbortHandler)
	}
	for name, value := range reply.Header {
		w.Header().Set(name, value)
	}
	if reply.Cut {
		w.Header().Set("Content-Length", strconv.Itoa(len(reply.Body)+1))
	}
	w.WriteHeader(max(reply.Status, http.StatusOK))
	io.WriteString(w, reply.Body)
}

// wait returns when it is time to answer, or nobody waits any more.
func (s *Script) wait(r *http.Request, reply *Reply) {
	var soon <-chan time.Time // never, for one that hangs
	if !reply.Hang {
		soon = time.After(reply.Delay)
	}
	select {
	case <-soon:
	case <-s.done:
	case <-r.Context().Done():
	}
}
