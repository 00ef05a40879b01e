package javascript

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, name, source string) *File {
	t.Helper()
	f, err := Parse([]byte(source), name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// callsOf lists the calls of a file as "line:column path".
func callsOf(f *File) []string {
	var list []string
	Walk(f.Program, func(n *Node) bool {
		if n.Is(Call, New) {
			list = append(list, fmt.Sprintf("%d:%d %s", n.Line, n.Column, Path(n.Callee())))
		}
		return true
	})
	return list
}

func TestPaths(t *testing.T) {
	tests := []struct {
		name, file, source string
		want               []string
	}{
		{"require", "a.js", "const express = require('express')\nconst app = express()\napp.get('/')",
			[]string{"1:17 require", "2:13 express", "3:5 express().get"}},
		{"default import", "a.mjs", "import web from 'express'\nconst app = web()\napp.use(web.json())",
			[]string{"2:13 express", "3:5 express().use", "3:13 express.json"}},
		{"named import", "a.ts", "import { timingSafeEqual as same, type Hash } from 'node:crypto'\nsame(a as Hash, b!)",
			[]string{"2:1 crypto.timingSafeEqual"}},
		{"namespace import", "a.ts", "import * as files from 'fs/promises'\nawait files.readFile('x')", []string{"1:24 require", "2:13 fs.promises.readFile"}},
		{"destructured require", "a.js", "const { promises: { readFile: read } } = require('fs')\nread('x')",
			[]string{"1:42 require", "2:1 fs.promises.readFile"}},
		{"chain over lines", "a.js", "res\n  .status(500)\n  .json({})", []string{"3:4 res.status().json", "2:4 res.status"}},
		{"optional chain", "a.js", "a?.b?.(c?.d())", []string{"1:4 a.b", "1:11 c.d"}},
		{"constructed", "bot.ts", "import { Telegraf } from 'telegraf'\nconst bot = new Telegraf(token)\nbot.on('text', f)",
			[]string{"2:13 telegraf.Telegraf", "3:5 telegraf.Telegraf().on"}},
		{"dynamic import", "a.js", "const m = await import('pg')\nm.Pool()", []string{"1:17 require", "2:3 pg.Pool"}},
		{"reassigned", "a.js", "let f = require('fs')\nf = other\nf.x()", []string{"1:9 require", "3:3 f.x"}},
		{"set once later", "a.js", "let f\nf = require('fs')\nf.x()", []string{"2:5 require", "3:3 fs.x"}},
		{"shadowed", "a.js", "import fs from 'fs'\nfunction a(fs) { fs.x() }\nfs.y()", []string{"2:21 fs.x", "3:4 fs.y"}},
		{"columns in bytes", "a.js", "const ü = '😀'; f('é'); g()", []string{"1:20 f", "1:29 g"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, callsOf(parse(t, tt.file, tt.source))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDialects(t *testing.T) {
	tests := []struct{ name, file, source string }{
		{"types", "a.ts", "interface A { b: string }\ntype C = A | null\ndeclare const d: C\nexport type { A }"},
		{"enum", "a.ts", "export enum E { A = 'a', B = 3 }\nnamespace N { export const x = 1 }"},
		{"decorators", "a.ts", "@Controller('x') class K { @Get('y') m(@Body() b: any) { return b } constructor(private readonly s: S) {} }"},
		{"jsx in js", "a.js", "export default () => <><a href={x}>don't `quote` // this</a></>"},
		{"tsx generics", "a.tsx", "const f = <T,>(x: T) => <b>{x}</b>"},
		{"private and static", "a.js", "class A { #p = 1; static #q() {} static { this.#q() } get x() { return #p in this } }"},
		{"async generators", "a.js", "async function* f() { yield await 1; for await (const x of y) yield* x }"},
		{"top await", "a.mjs", "const x = await f()\nfor await (const y of x) await y\nexport { x }\n"},
		{"new operators", "a.js", "a ||= b; c &&= d; e ??= f; g ** 2; 10n; 1_000"},
		{"regular expressions", "a.js", "/(?<=a)(?<n>b)\\p{L}/u; /[\\p{L}--[a-z]]/v; /(?i:a)/"},
		{"hashbang", "a.js", "#!/usr/bin/env node\nx()"},
		{"return at top", "a.js", "if (x) return\ny()"},
		{"satisfies", "a.ts", "const a = { b: 1 } satisfies X as const; using f = open()"},
		{"invalid UTF-8", "a.js", "x('\xff\xfe')"},
		{"empty", "a.ts", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { parse(t, tt.file, tt.source) })
	}
}

func TestFragment(t *testing.T) {
	f, err := ParseFragment([]byte("a();\n  b()"), "page.html", 7, 9)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"7:9 a", "8:3 b"}, callsOf(f)); diff != "" {
		t.Error(diff)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"syntax", "a(\n\n}", "parsing x.js:3: "},
		{"brackets", strings.Repeat("(", 4000), "parsing x.js:1: nested too deeply"},
		{"prefixes", "\n" + strings.Repeat("!\n", 40000) + "x", "nested too deeply"},
		{"arrows", strings.Repeat("a=>", 1000) + "1", "parsing x.js:1: nested too deeply"},
		{"defaults", strings.Repeat("(a=", 40) + "1" + strings.Repeat(")=>1", 40), "parsing x.js:1: nested too deeply"},
		{"operands", "x" + strings.Repeat("+x", 20000), "parsing x.js:1: nested too deeply"},
		{"size", strings.Repeat(" ", MaxSize+1), "larger than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.source), "x.js")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestConstant(t *testing.T) {
	f := parse(t, "a.ts", "const A = 'x' + `y${1}`; const O = { k: A } as const; enum E { V = 'v' }\nf(A, O.k, O['k'], `${A}!`, other, a + 1)")
	var got []string
	Walk(f.Program, func(n *Node) bool {
		if n.Is(Call) && Name(n.Callee()) == "f" {
			for _, a := range n.Args() {
				text, ok := Constant(a)
				got = append(got, fmt.Sprint(text, ok))
			}
		}
		return true
	})
	want := []string{"xy1true", "xy1true", "xy1true", "xy1!true", "false", "false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestModules(t *testing.T) {
	sources := map[string]string{
		"src/config.ts":     "export const SECRET = process.env.SECRET\nexport default { port: 1, key: process.env.KEY }",
		"src/auth/index.js": "module.exports = { check }\nfunction check() {}\nexports.other = require('../db')",
		"src/db.js":         "module.exports = new (require('pg').Pool)()",
		"src/all.ts":        "export * from './config'\nexport { check as guard } from './auth'",
		"src/main.ts": "import { SECRET, guard } from '@/all'\nimport config from './config.js'\nimport * as whole from './config'\n" +
			"const auth = require('./auth')\nconst { other } = auth\n" +
			"f(SECRET, config.key, auth.check, guard, other.query, whole.SECRET, missing)",
	}
	var files []*File
	for name, source := range sources {
		files = append(files, parse(t, name, source))
	}
	m := NewModules(files, []Alias{{Dir: ".", Prefix: "@/", Target: "src"}})
	main := m.Find("src/x.ts", "./main")
	var got []string
	Walk(main.Program, func(n *Node) bool {
		if n.Is(Call) && Name(n.Callee()) == "f" {
			for _, a := range n.Args() {
				got = append(got, Path(a))
			}
		}
		return true
	})
	want := []string{"process.env.SECRET", "process.env.KEY", "check", "check", "pg.Pool().query", "process.env.SECRET", "missing"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestComments(t *testing.T) {
	source := "// one\nconst a = '// no' + \"/* no */\" + `// no ${ /* two */ b } // no` // three\nx = /[/]\\/\\/ no/.test(y) / 2 /* four\nlines */ // five"
	var got []string
	for _, c := range Comments(source) {
		got = append(got, fmt.Sprintf("%d:%d %s", c.Line, c.Column, c.Text))
	}
	want := []string{"1:1 one", "2:44 two", "2:65 three", "3:30 four\nlines", "4:10 five"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPackages reads every script of the npm packages that are installed.
func TestPackages(t *testing.T) {
	roots := []string{"/usr/lib/node_modules", "/usr/local/lib/node_modules", "/usr/share/nodejs", os.Getenv("SALLYPORT_TEST_NODE_MODULES")}
	total, bytes, failed := 0, 0, 0
	start := time.Now()
	for _, root := range roots {
		if root == "" {
			continue
		}
		filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains(Extensions(), filepath.Ext(path)) || strings.Contains(path, ".min.") {
				return nil
			}
			source, err := os.ReadFile(path)
			if err != nil || len(source) > MaxSize/4 {
				return nil
			}
			total, bytes = total+1, bytes+len(source)
			f, err := Parse(source, path)
			if err != nil {
				failed++
				t.Log(err)
				return nil
			}
			checkLines(t, f, strings.Count(string(source), "\n")+1)
			return nil
		})
	}
	if total == 0 {
		t.Skip("no npm packages are installed; name a folder of some by SALLYPORT_TEST_NODE_MODULES")
	}
	t.Logf("%d files, %d bytes in %v, %d not read", total, bytes, time.Since(start).Round(time.Millisecond), failed)
	if failed*200 > total {
		t.Errorf("%d of %d files were not read", failed, total)
	}
}

// checkLines tests that every node lies in the file and knows its parent.
func checkLines(t *testing.T, f *File, lines int) {
	Walk(f.Program, func(n *Node) bool {
		if n.Line < 1 || n.EndLine > lines || n.Column < 1 {
			t.Errorf("%s: node of kind %d %q at %d:%d-%d of %d lines", f.Name, n.Kind, n.Name, n.Line, n.Column, n.EndLine, lines)
			return false
		}
		for _, k := range n.Kids {
			if k != nil && k.Parent == nil {
				t.Errorf("%s:%d: kid of kind %d has no parent", f.Name, k.Line, k.Kind)
			}
		}
		return true
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"const {a = 1} = b", "<a>{b}</a>", "`${`${x}`}`", "for await (x of y);", "await z", "class A { #b }", "/[/]/"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, source string, typed bool) {
		name := "x.js"
		if typed {
			name = "x.tsx"
		}
		file, err := Parse([]byte(source), name)
		Comments(source)
		if err == nil {
			Walk(file.Program, func(n *Node) bool { Path(n); Constant(n); return true })
		}
	})
}
