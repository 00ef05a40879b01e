package python_test

import (
	"fmt"
	"strings"
	"testing"

	"sallyport/internal/audit"
	"sallyport/internal/audit/python"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

// TestHostileFilesEnd gives files that would take for ever if work multiplied.
func TestHostileFilesEnd(t *testing.T) {
	var calls, handlers, logs strings.Builder
	for i := range 400 {
		fmt.Fprintf(&calls, "def f%d():\n", i)
		for j := range 60 {
			fmt.Fprintf(&calls, "    f%d()\n", (i*7+j)%400)
		}
		fmt.Fprintf(&handlers, "@bot.message_handler()\ndef h%d(m):\n    if f%d(m): return\n    f%d()\n", i, i, i)
		fmt.Fprintf(&logs, "    log.info('%%s', key)\n    x%d = f'{x%d}{token}'\n", i+1, i)
	}
	for name, content := range map[string]string{
		"calls":  "import telebot\n" + calls.String() + handlers.String(),
		"sum":    "import os\nq = \"SELECT a WHERE b LIKE '%\" + " + strings.Repeat("a + ", 5000) + "\"%'\"\ndb.execute(q)\n",
		"text":   "q = f\"" + strings.Repeat("LIKE '%{a}%' ", 3000) + "\"\n",
		"logs":   "import logging, os\nlog = logging.getLogger()\ndef g(key, token, x0):\n    sha256(key)\n" + logs.String(),
		"ifs":    "import streamlit as st\n" + nested(80, "if st.button('x'):"),
		"deep":   "x = " + strings.Repeat("(", 5000) + strings.Repeat(")", 5000) + "\n",
		"market": "h = 'X-RapidAPI-User'\n" + strings.Repeat("limiter = Limiter(key_func=lambda r: r.client.host)\n", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			p := audit.NewProject(&source.Tree{Files: []*source.File{{Path: "main.py", Content: []byte(content)}}})
			var rules []*audit.Rule
			for class, detect := range python.Detectors() {
				rules = append(rules, &audit.Rule{Rule: finding.Rule{ID: class, Class: class}, Detectors: map[string]audit.Detector{"python": detect}})
			}
			if _, err := audit.Scan(t.Context(), p, audit.Options{Rules: rules}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// nested is a block of one line in another, n deep.
func nested(n int, line string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", i), line)
	}
	return b.String() + strings.Repeat(" ", n) + "pass\n"
}
