package source

import (
	"path"
	"strings"
)

// Unsupported returns a function that names the programming language of a file when no rule reads that language,
// and returns "" for everything else. The ending of the name decides, and for a file without one its first line.
//
// It is about source that an application runs. Data, markup without code, styles, SQL, headers of C, notebooks,
// build files and scripts of a shell are none.
func Unsupported() func(*File) string {
	endings, scripts := unsupportedEndings(), unsupportedScripts()
	return func(f *File) string {
		if isBuildFile(strings.ToLower(f.Base())) {
			return ""
		}
		if ext := f.Ext(); ext != "" {
			return endings[ext]
		}
		return scripts[f.interpreter()]
	}
}

func isBuildFile(base string) bool {
	return strings.HasSuffix(base, ".gradle.kts") || base == "package.swift" || base == "mix.exs" || base == "build.rs"
}

// interpreter is the program that the first line "#!…" names, without folder, version and env: "ruby", "python".
func (f *File) interpreter() string {
	first, _, _ := strings.Cut(string(f.Content[:min(len(f.Content), 200)]), "\n")
	if strings.HasPrefix(first, "<?php") {
		return "php"
	}
	first, ok := strings.CutPrefix(first, "#!")
	if !ok {
		return ""
	}
	for word := range strings.FieldsSeq(first) {
		name := path.Base(word)
		if name == "env" || strings.HasPrefix(word, "-") || strings.Contains(word, "=") {
			continue
		}
		return strings.ToLower(strings.TrimRight(name, "0123456789."))
	}
	return ""
}

// endingOf is the ending that files of an interpreter usually have, for those that rules read.
func endingOf(interpreter string) string {
	switch interpreter {
	case "python":
		return ".py"
	case "node", "nodejs", "bun":
		return ".js"
	case "deno", "ts-node", "tsx":
		return ".ts"
	}
	return ""
}

func unsupportedScripts() map[string]string {
	return map[string]string{
		"php": "PHP", "ruby": "Ruby", "jruby": "Ruby", "perl": "Perl", "lua": "Lua", "luajit": "Lua", "rscript": "R", "groovy": "Groovy", "elixir": "Elixir",
		"escript": "Erlang", "scala": "Scala", "swift": "Swift", "kotlin": "Kotlin", "julia": "Julia", "runghc": "Haskell", "tclsh": "Tcl", "java": "Java",
		"bb": "Clojure", "dart": "Dart", "crystal": "Crystal", "ocaml": "OCaml",
	}
}

// unsupportedEndings are languages by ending, templates that hold code of theirs included.
func unsupportedEndings() map[string]string {
	endings := map[string]string{}
	for language, list := range map[string]string{
		"PHP": ".php .phtml .php5 .php7", "Ruby": ".rb .erb .haml .slim .rake .ru", "Java": ".java .jsp .jspx .ftl", "Kotlin": ".kt .kts",
		"C#": ".cs .cshtml .razor", "F#": ".fs", "Visual Basic": ".vb .vbhtml", "ASP.NET": ".asp .aspx .ashx .ascx", "Rust": ".rs", "Scala": ".scala .sc",
		"Swift": ".swift", "Elixir": ".ex .exs .eex .heex .leex", "Erlang": ".erl", "Perl": ".pl .pm", "Lua": ".lua", "Dart": ".dart", "R": ".r",
		"Julia": ".jl", "C": ".c", "C++": ".cc .cpp .cxx .ino", "Objective-C": ".m .mm", "Haskell": ".hs", "Clojure": ".clj .cljs .cljc", "OCaml": ".ml",
		"Groovy": ".groovy", "Nim": ".nim", "Zig": ".zig", "Crystal": ".cr", "Solidity": ".sol", "ColdFusion": ".cfm .cfc", "CoffeeScript": ".coffee",
		"Elm": ".elm", "ReScript": ".res", "Tcl": ".tcl", "Pascal": ".pas", "Pug": ".pug .jade", "Liquid": ".liquid", "Mako": ".mako", "Gleam": ".gleam",
	} {
		for ending := range strings.FieldsSeq(list) {
			endings[ending] = language
		}
	}
	return endings
}
