// Package corpus reads HTTP exchanges that are written down in files, sends them over a socket byte by byte, and
// says where an answer differs from what was expected.
//
// The files are txtar archives in testdata. What is expected was written by hand from the documentation, and no
// two exchanges have the same route and reason. A section whose name begins with "table " holds one exchange a
// line:
//
//	-- table /v1/stats --
//	# reason      | request        | caller      | answer
//	no secret     | GET /v1/stats  | none        | 403 ; !RateLimit ; {"title":"Forbidden"}
//	every write   | POST,PUT /x    | BASIC+https | 405 ; Allow: GET, HEAD
//	over a limit  | 7th GET /x     | BASIC       | 429
//
// Methods that are separated by commas are one exchange each. "7th" sends the request six times before, as the
// same customer, and wants six answers of another status. Callers stand in testdata/callers.txt; "+https" adds
// the header of a proxy that ends TLS. The line "config: NAME" chooses the server for what follows it.
//
// Any other section is one exchange of one or more requests, as they go over the wire and come back:
//
//	-- cursor of another tier --
//	route: /v1/ingredient/cas
//	reason: cursor of another tier
//	config: prod
//	> GET /v1/ingredient/cas?q=9003&limit=1 HTTP/1.1
//	> Host: $HOST
//	> @BASIC
//	>
//	< 200 app
//	< {"meta":{"tier":"BASIC"}}
//	> GET ...
//
// Before a request "times: 6" sends it so often, and "first: 7" until the seventh answer is the first of its status.
// Request lines end in CRLF; a line that begins with >" is quoted as in Go and goes out as it is. "@BASIC" stands
// for the lines of that caller, [Variables] for what is known when a request is sent.
//
// An answer is a status, words about it, headers and a body. The word "app" says that the API must stand behind
// the chain, "native" that the server answers before any handler, "closed" that the connection ends with the
// answer. "Name: value" is exact, "?Name" present and "!Name" absent. A body that begins with { is JSON, of which
// the answer may have more members; "(absent)" is a member that it may not have. Any other body is exact.
//
// Besides what stands in an exchange, every answer must be whole: see [Target.Run].
package corpus

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Exchange is one case: requests that a single caller sends in turn, and the answers.
type Exchange struct {
	File   string
	Route  string
	Reason string
	Config string // of the server; "prod" when the file does not say
	Steps  []Step
}

// Name tells the exchange from all others.
func (x *Exchange) Name() string { return x.Route + ": " + x.Reason }

// NeedsApp says whether the API must stand behind the chain.
func (x *Exchange) NeedsApp() bool {
	return slices.ContainsFunc(x.Steps, func(s Step) bool { return s.Want.App })
}

// Step is one request and its answer.
type Step struct {
	Times   int    // the request is sent
	First   bool   // the last answer is the first with its status; otherwise all have it
	Request string // as it goes out, with variables
	Want    Answer
}

// reader reads the sections of one file.
type reader struct {
	file    string
	config  string
	callers map[string]string // request lines by name
}

// Load reads every exchange of the archives in dir.
func Load(dir fs.FS) ([]Exchange, error) {
	callers, err := loadCallers(dir)
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(dir, "*.txtar")
	if err != nil {
		return nil, err
	}
	var all []Exchange
	for _, file := range files {
		text, err := fs.ReadFile(dir, file)
		if err != nil {
			return nil, err
		}
		r := reader{file: path.Base(file), callers: callers}
		for _, section := range txtar.Parse(text).Files {
			r.config = "prod"
			exchanges, err := r.section(section.Name, string(section.Data))
			if err != nil {
				return nil, fmt.Errorf("reading %s, section %q: %w", file, section.Name, err)
			}
			all = append(all, exchanges...)
		}
	}
	return all, nil
}

func (r *reader) section(name, text string) ([]Exchange, error) {
	if route, ok := strings.CutPrefix(name, "table "); ok {
		return r.table(strings.TrimSpace(route), text)
	}
	x, err := r.exchange(text)
	return []Exchange{x}, err
}

// loadCallers reads paragraphs: a name, and the lines of a request that it stands for.
func loadCallers(dir fs.FS) (map[string]string, error) {
	text, err := fs.ReadFile(dir, "callers.txt")
	if err != nil {
		return nil, err
	}
	callers := map[string]string{}
	for paragraph := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		name, lines, _ := strings.Cut(paragraph, "\n")
		var out strings.Builder
		for line := range strings.Lines(lines) {
			out.WriteString(strings.TrimRight(line, "\n") + "\r\n")
		}
		callers[name] = out.String()
	}
	return callers, nil
}

// caller returns the request lines of "NAME" or "NAME+https".
func (r *reader) caller(name string) (string, error) {
	base, https := strings.CutSuffix(name, "+https")
	lines, ok := r.callers[base]
	if !ok {
		return "", fmt.Errorf("no caller is named %q", base)
	}
	if https {
		lines += "X-Forwarded-Proto: https\r\n"
	}
	return lines, nil
}
