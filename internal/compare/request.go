package compare

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxLine bounds one line of a file with requests, in bytes.
const maxLine = 1 << 20

// Request is sent to both servers.
type Request struct {
	Method string
	Path   string // with the query, sent as it is
	Header http.Header
	Body   []byte
}

// ReadRequests reads one request a line. A line is a method and a path ("GET /v1/stats"), or a JSON object with
// the members method (GET when absent), path, headers (an object of texts) and body: a text is sent as it is,
// any other value as JSON. Empty lines and those that begin with # are passed over. The error joins all lines
// that are none.
func ReadRequests(r io.Reader) ([]Request, error) {
	var requests []Request
	err := eachLine(r, func(line string) error {
		request, err := readRequest(line)
		requests = append(requests, request)
		return err
	})
	if err == nil && len(requests) == 0 {
		err = errors.New("there is no request")
	}
	return requests, err
}

// eachLine calls read for every line that says something, and joins what is wrong, with line numbers.
func eachLine(r io.Reader, read func(string) error) error {
	var errs []error
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := read(line); err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", n, err))
		}
	}
	if err := lines.Err(); err != nil {
		errs = append(errs, fmt.Errorf("line %d: %w", n+1, err))
	}
	return errors.Join(errs...)
}

func readRequest(line string) (Request, error) {
	if line[0] == '{' {
		return readObject(line)
	}
	words := strings.Fields(line)
	if len(words) != 2 {
		return Request{}, errors.New("neither a method and a path nor a JSON object")
	}
	return newRequest(words[0], words[1])
}

func readObject(line string) (Request, error) {
	var object struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	}
	if err := decodeStrictly(line, &object); err != nil {
		return Request{}, err
	}
	if object.Method == "" {
		object.Method = http.MethodGet
	}
	request, err := newRequest(object.Method, object.Path)
	if err != nil {
		return request, err
	}
	for name, value := range object.Headers {
		if err := addHeader(request.Header, name, value); err != nil {
			return request, err
		}
	}
	return request, request.setBody(object.Body)
}

// decodeStrictly wants one JSON object without unknown members.
func decodeStrictly(line string, to any) error {
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("more than one JSON object")
	}
	return nil
}

func (r *Request) setBody(body json.RawMessage) error {
	if len(body) == 0 || string(body) == "null" {
		return nil
	}
	if body[0] == '"' {
		var text string
		err := json.Unmarshal(body, &text)
		r.Body = []byte(text)
		return err
	}
	r.Body = bytes.Clone(body)
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return nil
}

// newRequest refuses what would not be sent as it is written.
func newRequest(method, path string) (Request, error) {
	r := Request{Method: method, Path: path, Header: http.Header{}}
	if !isToken(method) || method == http.MethodConnect {
		return r, fmt.Errorf("%q is not a method that can be sent", method)
	}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return r, fmt.Errorf("the path %q does not begin with one slash", path)
	}
	for _, c := range []byte(path) {
		if c <= ' ' || c >= 0x7F || c == '#' {
			return r, fmt.Errorf("the path %q has a character that must be escaped", path)
		}
	}
	return r, nil
}

// ParseHeader reads "Name: value" into a header.
func ParseHeader(to http.Header, text string) error {
	name, value, ok := strings.Cut(text, ":")
	if !ok {
		return errors.New("a header is not of the form Name: value")
	}
	return addHeader(to, name, strings.TrimSpace(value))
}

// addHeader never repeats a value: it may be secret.
func addHeader(to http.Header, name, value string) error {
	if !isToken(name) {
		return fmt.Errorf("%q is not the name of a header", name)
	}
	if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7F }) {
		return fmt.Errorf("header %s: the value has a control character", name)
	}
	to.Add(name, value)
	return nil
}

// isToken follows RFC 9110 section 5.6.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7F || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}
