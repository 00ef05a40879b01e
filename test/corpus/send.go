package corpus

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Target is a server that exchanges are sent to.
type Target struct {
	Address  string // host:port to dial
	Host     string // that it serves
	Secret   string
	Previous string
	Proxied  bool // this machine is a trusted proxy: what it says about https counts
}

// patience bounds one request, so that a server that hangs fails the test.
const patience = 20 * time.Second

// Run sends the exchange and returns every difference. Besides what the exchange expects, an answer that a
// handler gave must have each security header, a request id of its own and no header that is not known; a
// problem must be one of RFC 9457 that may not be cached; Strict-Transport-Security must be there exactly when
// https was proven; other origins may read it only where the exchange says so; and no secret may be in it.
func (t Target) Run(x *Exchange) []string {
	known := t.Variables(x)
	for i, step := range x.Steps {
		for n := 1; n <= step.Times; n++ {
			if found := t.step(&step, n == step.Times, known); len(found) > 0 {
				return append(found, fmt.Sprintf("of request %d, sent %d of %d times", i+1, n, step.Times))
			}
		}
	}
	return nil
}

// step sends the request of s once.
func (t Target) step(s *Step, last bool, known map[string]string) []string {
	request, err := expand(s.Request, known)
	if err != nil {
		return []string{err.Error()}
	}
	resp, body, err := t.send(request, s.Want.Closed && last, s.Want.Native)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	switch {
	case last:
		found = append(s.Want.differences(resp, body), t.whole(&s.Want, request, resp, body)...)
	case s.First == (resp.StatusCode == s.Want.Status):
		found = []string{"the status of an answer before the last is " + resp.Status}
	}
	if len(found) > 0 {
		return append(found, fmt.Sprintf("request:\n%s\nanswer:\n%s\n%v\n%s", clip(request), resp.Status, resp.Header, clip(body)))
	}
	learn(known, resp, body)
	return nil
}

// Variables are what an exchange can name: $HOST, $SECRET, $PREVIOUS, a customer and an address of its own as
// $CUSTOMER and $CLIENT, $TEXT of 299 and $LONG of 5,000 characters. After an answer there are also its $ETAG and
// $CURSOR, the latter with one character changed as $CURSOR_BENT, and without the last one as $CURSOR_CUT.
func (t Target) Variables(x *Exchange) map[string]string {
	h := fnv.New32a()
	io.WriteString(h, x.Name())
	sum := h.Sum32()
	return map[string]string{
		"HOST": t.Host, "SECRET": t.Secret, "PREVIOUS": t.Previous,
		"CUSTOMER": fmt.Sprintf("customer-%08x", sum),
		"CLIENT":   fmt.Sprintf("2001:db8:%x:%x::1", sum>>16, sum&0xffff),
		"TEXT":     strings.Repeat("x", 299), "LONG": strings.Repeat("x", 5000),
	}
}

func expand(text string, known map[string]string) (string, error) {
	var err error
	text = regexp.MustCompile(`\$[A-Z_]+`).ReplaceAllStringFunc(text, func(name string) string {
		value, ok := known[name[1:]]
		if !ok {
			err = fmt.Errorf("variable %s is not known here", name)
		}
		return value
	})
	return text, err
}

// learn takes what later requests can name.
func learn(known map[string]string, resp *http.Response, body string) {
	known["ETAG"] = resp.Header.Get("ETag")
	var page struct {
		Meta struct {
			Cursor string `json:"next_cursor"`
		}
	}
	if json.Unmarshal([]byte(body), &page) != nil || page.Meta.Cursor == "" {
		return
	}
	cursor := page.Meta.Cursor
	bent := []byte(cursor)
	if middle := len(bent) / 2; bent[middle] == 'A' {
		bent[middle] = 'B'
	} else {
		bent[middle] = 'A'
	}
	known["CURSOR"], known["CURSOR_BENT"], known["CURSOR_CUT"] = cursor, string(bent), cursor[:len(cursor)-1]
}

// send writes request as it is and reads one answer. With closed the connection must end after it. A native
// answer may be cut: the server has not read all of the request.
func (t Target) send(request string, closed, native bool) (*http.Response, string, error) {
	conn, err := net.Dial("tcp", t.Address)
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, "", err
	}
	written := make(chan error, 1)
	go func() { _, err := io.WriteString(conn, request); written <- err }()
	method, _, _ := strings.Cut(request, " ")
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		return nil, "", fmt.Errorf("reading the answer: %w", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil && !(native && errors.Is(err, syscall.ECONNRESET)) {
		return nil, "", fmt.Errorf("reading the body: %w", err)
	}
	if closed {
		<-written
		rest, err := io.ReadAll(in)
		if len(rest) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, "", fmt.Errorf("after the answer came %q, %v", clip(string(rest)), err)
		}
	}
	return resp, string(body), nil
}

// clip keeps reports readable.
func clip(text string) string {
	const most = 1500
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

func knownHeaders() []string {
	return []string{
		"Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
		"Access-Control-Max-Age", "Allow", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Security-Policy", "Content-Type",
		"Cross-Origin-Resource-Policy", "Date", "Etag", "Ratelimit", "Ratelimit-Policy", "Referrer-Policy", "Retry-After",
		"Strict-Transport-Security", "Vary", "X-Content-Type-Options", "X-Request-Id",
	}
}

// whole looks for what no answer may lack or have.
func (t Target) whole(want *Answer, request string, resp *http.Response, body string) []string {
	found := t.leaks(resp, body)
	if want.Native {
		if !regexp.MustCompile(`^(\d{3} [A-Z][A-Za-z ]+(: [a-zA-Z ]+)?|Unsupported transfer encoding)?$`).MatchString(body) {
			found = append(found, fmt.Sprintf("the server says more than it must: %q", body))
		}
		return found
	}
	expect := func(name, value string) {
		if _, ruled := want.rule(name); !ruled && !slices.Equal(resp.Header.Values(name), nonEmpty(value)) {
			found = append(found, fmt.Sprintf("%s: %q, want %q", name, resp.Header.Values(name), value))
		}
	}
	expect("X-Content-Type-Options", "nosniff")
	expect("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	expect("Referrer-Policy", "no-referrer")
	expect("Cross-Origin-Resource-Policy", "same-origin")
	expect("Access-Control-Allow-Origin", "")
	expect("Strict-Transport-Security", t.transport(request))
	if id := resp.Header.Get("X-Request-Id"); !regexp.MustCompile(`^[a-z2-7]{24}$`).MatchString(id) {
		found = append(found, fmt.Sprintf("request id %q", id))
	}
	for _, name := range []string{"Authorization", "Accept-Encoding", "Origin"} {
		if !strings.Contains(resp.Header.Get("Vary"), name) {
			found = append(found, "Vary does not name "+name)
		}
	}
	if resp.StatusCode >= 400 {
		found = append(found, wholeProblem(resp, body)...)
	}
	return found
}

func nonEmpty(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// transport is Strict-Transport-Security for a request.
func (t Target) transport(request string) string {
	if t.Proxied && strings.Count(request, "X-Forwarded-Proto: ") == 1 && strings.Contains(request, "X-Forwarded-Proto: https\r\n") {
		return "max-age=31536000"
	}
	return ""
}

func (t Target) leaks(resp *http.Response, body string) []string {
	var found []string
	for name, values := range resp.Header {
		if !slices.Contains(knownHeaders(), name) {
			found = append(found, "unknown header "+name)
		}
		body += strings.Join(values, "\n")
	}
	for _, word := range []string{t.Secret, t.Previous, "SELECT", "sqlite", "goroutine", ".go:"} {
		if strings.Contains(body, word) {
			found = append(found, fmt.Sprintf("the answer holds %q", word))
		}
	}
	return found
}

func wholeProblem(resp *http.Response, body string) []string {
	var found []string
	if kind := resp.Header.Get("Content-Type"); kind != "application/problem+json" {
		found = append(found, fmt.Sprintf("content type of a problem: %q", kind))
	}
	if cache := resp.Header.Get("Cache-Control"); cache != "no-store" {
		found = append(found, fmt.Sprintf("Cache-Control of a problem: %q", cache))
	}
	if body == "" && resp.Request.Method == http.MethodHead {
		return found
	}
	var p struct {
		Type, Title string
		Status      int
		RequestID   string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return append(found, fmt.Sprintf("problem %q: %v", body, err))
	}
	if p.Type == "" || p.Title == "" || p.Status != resp.StatusCode || p.RequestID != resp.Header.Get("X-Request-Id") {
		found = append(found, fmt.Sprintf("problem %s does not fit its answer", body))
	}
	return found
}

// Check sends a request of which nothing is expected but that its answer is whole, has a content type that is
// known, and is no failure of the server's. It returns the status besides.
func (t Target) Check(request string) (status int, differences []string) {
	resp, body, err := t.send(request, false, true)
	if err != nil {
		return 0, []string{err.Error()}
	}
	kind := resp.Header.Get("Content-Type")
	want := Answer{Native: kind == "text/plain; charset=utf-8" || kind == "" && resp.StatusCode == http.StatusExpectationFailed}
	found := t.whole(&want, request, resp, body)
	switch {
	case want.Native && !slices.Contains([]int{400, 417, 431, 501, 505}, resp.StatusCode):
		found = append(found, "the server's own answer has status "+resp.Status)
	case !want.Native && resp.StatusCode >= 500:
		found = append(found, "status "+resp.Status)
	case !want.Native && resp.StatusCode == 200 && kind != "application/json":
		found = append(found, fmt.Sprintf("content type %q", kind))
	}
	if len(found) > 0 {
		found = append(found, clip(fmt.Sprintf("request %q\nanswer %s %v\n%s", request, resp.Status, resp.Header, body)))
	}
	return resp.StatusCode, found
}
