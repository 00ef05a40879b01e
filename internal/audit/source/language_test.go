package source_test

import (
	"testing"

	"sallyport/internal/audit/source"
)

func TestUnsupported(t *testing.T) {
	languageOf := source.Unsupported()
	for name, c := range map[string]struct{ content, want string }{
		"index.php":                 {"<?php", "PHP"},
		"app/Http/Kernel.PHP":       {"", "PHP"},
		"app/views/page.html.erb":   {"", "Ruby"},
		"Main.java":                 {"", "Java"},
		"App.kt":                    {"", "Kotlin"},
		"Program.cs":                {"", "C#"},
		"src/main.rs":               {"", "Rust"},
		"lib/web/router.ex":         {"", "Elixir"},
		"server.c":                  {"", "C"},
		"bin/rails":                 {"#!/usr/bin/env ruby\nputs 1\n", "Ruby"},
		"cron":                      {"#!/usr/bin/perl -w\n", "Perl"},
		"public/index":              {"<?php echo 1;", "PHP"},
		"tool":                      {"#!/usr/bin/env -S php8.3 -d x=y\n", "PHP"},
		"main.py":                   {"", ""},
		"bin/www":                   {"#!/usr/bin/env node\n", ""},
		"manage":                    {"#!/usr/bin/python3.12\n", ""},
		"run":                       {"#!/bin/sh\n", ""},
		"run.sh":                    {"", ""},
		"server.h":                  {"", ""},
		"schema.sql":                {"", ""},
		"style.css":                 {"", ""},
		"README.md":                 {"", ""},
		"data.json":                 {"", ""},
		"notes.ipynb":               {"", ""},
		"LICENSE":                   {"Copyright", ""},
		"app/build.gradle.kts":      {"", ""},
		"page.html":                 {"", ""},
		"templates/page.html.jinja": {"", ""},
	} {
		if got := languageOf(&source.File{Path: name, Content: []byte(c.content)}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestScriptsWithoutEndingAreRead wants the analysers to see what only a first line gives away.
func TestScriptsWithoutEndingAreRead(t *testing.T) {
	for content, want := range map[string]string{
		"#!/usr/bin/env python3\n": ".py", "#!/usr/bin/python3.12 -u\n": ".py", "#! /usr/bin/env node\n": ".js", "#!/usr/bin/env -S deno run\n": ".ts",
		"#!/bin/sh\n": "", "#!": "", "": "", "text": "",
	} {
		if got := (&source.File{Path: "bin/tool", Content: []byte(content)}).Ext(); got != want {
			t.Errorf("%q: %q, want %q", content, got, want)
		}
	}
}
