package sallyport

import (
	"strings"

	"sallyport/problem"
)

// checkSizes bounds what is looked at further. The server underneath reads at most 64 KiB of header, so
// that this answer, which is a problem, comes first.
func (m *Middleware) checkSizes(x *exchange) *problem.Error {
	if len(x.r.RequestURI) > m.maxURL || len(x.r.URL.Path)+len(x.r.URL.RawQuery) > m.maxURL {
		return x.refuse(RefusedURL, errURL)
	}
	size := 0
	for name, values := range x.r.Header {
		for _, v := range values {
			size += len(name) + len(v) + len(": \r\n")
		}
	}
	if size > m.maxHeader {
		return x.refuse(RefusedHeaders, errHeaders)
	}
	return nil
}

// checkPath refuses whatever has more than one reading: it is never cleaned or redirected.
func (m *Middleware) checkPath(x *exchange) *problem.Error {
	u := x.r.URL
	if !canonicalPath(u.Path) || strings.Contains(strings.ToLower(u.RawPath), "%2f") {
		return x.refuse(RefusedPath, errPath)
	}
	if !wellEscaped(u.RawQuery) {
		return x.refuse(RefusedPath, errEscape)
	}
	return nil
}

// canonicalPath wants a rooted path without empty or dot segments, backslashes and control characters.
func canonicalPath(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	for i := range len(path) {
		if path[i] == '\\' || path[i] < ' ' || path[i] == 0x7f {
			return false
		}
	}
	for segment := range strings.SplitSeq(strings.TrimSuffix(path[1:], "/"), "/") {
		if segment == "." || segment == ".." || segment == "" && path != "/" {
			return false
		}
	}
	return true
}

// wellEscaped says whether every % begins two hexadecimal digits and nothing needs guessing.
func wellEscaped(query string) bool {
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case c == '%' && (i+2 >= len(query) || !isHex(query[i+1]) || !isHex(query[i+2])):
			return false
		case c <= ' ' || c == 0x7f:
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
