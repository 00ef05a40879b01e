package server

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// marker stands in every request, and must be in no reply.
const marker = "mArKeR"

// early returns the requests that net/http answers itself, by their names in docs/http.md.
func early() map[string]string {
	get := "GET /" + marker + " HTTP/1.1\r\nHost: a\r\n"
	post := "POST /" + marker + " HTTP/1.1\r\nHost: a\r\n"
	big := strings.Repeat(marker, 12_000)
	return map[string]string{
		"request line of one word":                        marker + "\r\n\r\n",
		"request line without version (HTTP/0.9)":         "GET /" + marker + "\r\n\r\n",
		"two spaces in the request line":                  "GET  /" + marker + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"space in the target":                             "GET /" + marker + " x HTTP/1.1\r\nHost: a\r\n\r\n",
		"method that is no token":                         "G(T /" + marker + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"empty line before the request line":              "\r\n" + get + "\r\n",
		"target without slash":                            "GET " + marker + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"malformed escape in the path":                    "GET /%zz" + marker + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"control character in the target":                 "GET /\x01" + marker + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"version HTTP/2.0 in text":                        "GET /" + marker + " HTTP/2.0\r\nHost: a\r\n\r\n",
		"version HTTP/9.9":                                "GET /" + marker + " HTTP/9.9\r\nHost: a\r\n\r\n",
		"HTTP/1.1 without Host":                           "GET /" + marker + " HTTP/1.1\r\n\r\n",
		"two Host fields":                                 get + "Host: " + marker + "\r\n\r\n",
		"Host with a space":                               "GET / HTTP/1.1\r\nHost: " + marker + " b\r\n\r\n",
		"header above 64 KiB":                             get + "X-A: " + big + "\r\n\r\n",
		"request line above 64 KiB":                       "GET /" + big + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"header line without colon":                       get + marker + "\r\n\r\n",
		"header without name":                             get + ": " + marker + "\r\n\r\n",
		"space before the colon":                          get + marker + " : b\r\n\r\n",
		"space in a header name":                          get + "X " + marker + ": b\r\n\r\n",
		"NUL in a header name":                            get + "X\x00" + marker + ": b\r\n\r\n",
		"NUL in a header value":                           get + "X-A: b\x00" + marker + "\r\n\r\n",
		"bare CR in a header value":                       get + "X-A: b\r" + marker + "\r\n\r\n",
		"first header line folded":                        "GET /" + marker + " HTTP/1.1\r\n Host: a\r\n\r\n",
		"two different Content-Length fields":             post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
		"list in Content-Length":                          post + "Content-Length: 4, 4\r\n\r\nabcd",
		"signed Content-Length":                           post + "Content-Length: +4\r\n\r\nabcd",
		"empty Content-Length":                            post + "Content-Length:\r\n\r\nabcd",
		"Transfer-Encoding with a space before the colon": post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
		"Transfer-Encoding with a vertical tab":           post + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n",
		"Transfer-Encoding other than chunked":            post + "Transfer-Encoding: " + marker + "\r\n\r\n",
		"Transfer-Encoding gzip, chunked":                 post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"Transfer-Encoding twice":                         post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"Expect other than 100-continue":                  get + "Expect: " + marker + "\r\n\r\n",
	}
}

// table reads the rows of the first table below a heading of docs/http.md, by their first cell.
func table(t *testing.T, heading string) map[string][]string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/http.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(doc), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/http.md has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string][]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || strings.Contains(line, "---") || strings.HasPrefix(line, "| request |") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows[cells[0]] = cells[1:]
	}
	return rows
}

func TestRepliesBeforeTheFirstHandler(t *testing.T) {
	address, _ := start(t, Config{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s reached the handler", r.Method, r.RequestURI)
	})})
	rows, requests := table(t, "Replies before the first handler"), early()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(rows)), slices.Sorted(maps.Keys(requests))); diff != "" {
		t.Fatalf("docs/http.md (-) and the requests (+) differ:\n%s", diff)
	}
	for name, request := range requests {
		t.Run(name, func(t *testing.T) {
			want := "HTTP/1.1 " + rows[name][0] + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + rows[name][1]
			if rows[name][1] == "" {
				want = "HTTP/1.1 " + rows[name][0] + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
			}
			got := withoutDate(exchange(t, address, request))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
			if strings.Contains(got, marker) {
				t.Error("the reply repeats the request")
			}
		})
	}
}

// exchange sends a request and returns all that comes until the server closes the connection.
func exchange(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(conn, request) // a server that has read enough may not read it all
	reply, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the connection is not closed: %v", err)
	}
	return string(reply)
}

func withoutDate(reply string) string {
	before, rest, found := strings.Cut(reply, "\r\nDate: ")
	if !found {
		return reply
	}
	_, after, _ := strings.Cut(rest, "\r\n")
	return before + "\r\n" + after
}

func TestOddRequestsThatReachTheMiddleware(t *testing.T) {
	odd := map[string]struct{ request, seen string }{
		"HTTP/1.0 without Host":               {"GET /a HTTP/1.0\r\n\r\n", "GET /a host= body="},
		"lines that end in LF alone":          {"GET /a HTTP/1.1\nHost: h\nX-A: b\n\n", "GET /a host=h body= x=b"},
		"folded header line":                  {"GET /a HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n", "GET /a host=h body= x=b c"},
		"Content-Length twice with one value": {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nxy", "POST /a host=h body=xy"},
		"Transfer-Encoding and Content-Length": {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" +
			"GET /b HTTP/1.1\r\nHost: h\r\n\r\n", "POST /a host=h body=x"},
		"Transfer-Encoding in HTTP/1.0":    {"POST /a HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "POST /a host=h body="},
		"broken chunk":                     {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n", "POST /a host=h body= failed"},
		"chunk line that ends in LF alone": {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n", "POST /a host=h body= failed"},
		"absolute target":                  {"GET http://other/a HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://other/a host=other body="},
		"invalid UTF-8 in the target":      {"GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n", "GET /\xff host=h body="},
		"OPTIONS *":                        {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS * host=h body="},
		"CONNECT":                          {"CONNECT other:80 HTTP/1.1\r\nHost: h\r\n\r\n", "CONNECT other:80 host=other:80 body="},
		"PRI * HTTP/2.0":                   {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "PRI * host= body="},
		"upgrade to h2c":                   {"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", "GET /a host=h body="},
	}
	rows := table(t, "Odd requests that reach the middleware")
	if diff := cmp.Diff(slices.Sorted(maps.Keys(rows)), slices.Sorted(maps.Keys(odd))); diff != "" {
		t.Fatalf("docs/http.md (-) and the requests (+) differ:\n%s", diff)
	}
	for name, tt := range odd {
		t.Run(name, func(t *testing.T) {
			seen := make(chan string, 2)
			address, stop := start(t, Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen <- describe(r)
			})})
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, tt.request)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("response %v, %v", response, err)
			}
			if diff := cmp.Diff(tt.seen, <-seen); diff != "" {
				t.Error(diff)
			}
			if name == "Transfer-Encoding and Content-Length" {
				if diff := cmp.Diff("GET /b host=h body=", <-seen); diff != "" {
					t.Error(diff)
				}
			}
			stop()
		})
	}
}

func describe(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	text := r.Method + " " + r.RequestURI + " host=" + r.Host + " body=" + string(body)
	if x := r.Header.Get("X-A"); x != "" {
		text += " x=" + x
	}
	if err != nil {
		text += " failed"
	}
	return text
}
