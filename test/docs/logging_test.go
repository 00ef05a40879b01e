package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport"
	"sallyport/internal/telemetry"
	"sallyport/limit"
)

// fullRecord has something to say in every field.
func fullRecord() sallyport.Record {
	return sallyport.Record{
		Time: time.Now(), RequestID: "id", Method: "GET", Route: "/v1/x", Status: 500, Duration: time.Millisecond, Bytes: 1,
		Tier: "BASIC", Customer: "somebody", Client: netip.MustParseAddr("192.0.2.1"), HTTPS: true,
		Refusal: sallyport.RefusedNoSecret, Limit: limit.State{Policy: "minute", Quota: 2, Remaining: 1}, Err: errors.New("why"),
		Cancelled: true, Sent: sallyport.Sent{Query: "q=aqua", UserAgent: "curl/8"}, Grant: sallyport.Grant{Cost: 1, Cache: "hit"},
	}
}

// jsonType names the type of a member as the table does.
func jsonType(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	}
	return "object"
}

// accessLine writes one record and reads the line back.
func accessLine(t *testing.T, r sallyport.Record) map[string]any {
	t.Helper()
	var out bytes.Buffer
	log, err := telemetry.NewAccessLog(&out, telemetry.AccessConfig{HashKey: bytes.Repeat([]byte{1}, 32),
		Query: telemetry.ShowFull, UserAgent: telemetry.ShowFull, Client: telemetry.ShowFull, Customer: telemetry.ShowHash})
	if err != nil {
		t.Fatal(err)
	}
	log.Write(r)
	if err := log.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return object(t, out.Bytes())
}

func object(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return members
}

// TestAccessLogIsListed compares the table with the line of a record that fills every field, and its last column
// with the line of one that fills none.
func TestAccessLogIsListed(t *testing.T) {
	d := load(t, "docs/logging.md")
	full, empty := accessLine(t, fullRecord()), accessLine(t, sallyport.Record{})
	var want []string
	for name := range full {
		want = append(want, name)
	}
	compareSets(t, "fields", want, firstSpans(t, d, "Access log"))
	for _, row := range d.tableUnder(t, "Access log") {
		_, always := empty[strings.Trim(row[0], "`")]
		if always != (row[3] == "never") {
			t.Errorf("%s: left out %q, and it is there without anything to say: %v", row[0], row[3], always)
		}
		if got := jsonType(full[strings.Trim(row[0], "`")]); got != row[1] {
			t.Errorf("%s is a %s, not a %s", row[0], got, row[1])
		}
	}
	for _, f := range d.fences {
		if f.is("json", "") {
			for name := range object(t, []byte(f.text)) {
				if !slices.Contains(want, name) {
					t.Errorf("the example has %s", name)
				}
			}
		}
	}
}

// TestEventsAreListed compares the kinds with the constants, their levels and the fields with what is logged.
func TestEventsAreListed(t *testing.T) {
	d := load(t, "docs/logging.md")
	compareSets(t, "events", constants(t, "record.go", "EventKind"), firstSpans(t, d, "Events"))
	for _, row := range d.tableUnder(t, "Events") {
		kind := strings.Trim(row[0], "`")
		line := eventLine(t, sallyport.Event{
			Kind: sallyport.EventKind(kind), Time: time.Now(), RequestID: "id", Value: "v", Err: errors.New("why"), Stack: []byte("s"),
		})
		if line["level"] != row[1] {
			t.Errorf("%s has level %v, not %s", kind, line["level"], row[1])
		}
		for name := range line {
			if slog := []string{"time", "level", "msg"}; !slices.Contains(slog, name) && !strings.Contains(d.text, "\n| `"+name+"` |") {
				t.Errorf("no row about the field %s of an event", name)
			}
		}
	}
}

func eventLine(t *testing.T, e sallyport.Event) map[string]any {
	t.Helper()
	var out bytes.Buffer
	log := telemetry.NewEventLog(slog.New(slog.NewJSONHandler(&out, nil)))
	log.Write(e)
	log.Close()
	return object(t, out.Bytes())
}

// TestMessagesAreListed compares the table with every constant message that the serving half logs.
func TestMessagesAreListed(t *testing.T) {
	prose := load(t, "docs/logging.md").section(t, "Event log")
	found := 0
	for _, file := range goFiles(t) {
		dir := filepath.ToSlash(filepath.Dir(file))
		if strings.HasSuffix(file, "_test.go") || !slices.Contains([]string{"cmd/sallyport", "internal/app", "internal/server", "internal/telemetry"}, dir) {
			continue
		}
		for _, one := range messages(t, file) {
			level, message := one[0], one[1]
			found++
			if !strings.Contains(prose, fmt.Sprintf("\n| `%s` |", message)) {
				t.Errorf("%s logs %q, which no row has", file, message)
			} else if level != "logattrs" && !strings.Contains(prose, fmt.Sprintf("\n| `%s` | %s |", message, level)) {
				t.Errorf("%s logs %q at level %s", file, message, level)
			}
		}
	}
	if rows := strings.Count(prose, "\n| `") - 6; found < rows { // the six fields of an event
		t.Errorf("the code logs %d messages, and there are %d rows", found, rows)
	}
}

// messages returns the level and message of each call of a method of slog.Logger in a file.
func messages(t *testing.T, file string) [][2]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found [][2]string
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Debug", "Info", "Warn", "Error", "LogAttrs"}, method.Sel.Name) {
			return true
		}
		text := slices.IndexFunc(call.Args, func(a ast.Expr) bool {
			l, ok := a.(*ast.BasicLit)
			return ok && l.Kind == token.STRING
		})
		if text >= 0 {
			found = append(found, [2]string{strings.ToLower(method.Sel.Name), literal(t, call.Args[text])})
		}
		return true
	})
	return found
}
