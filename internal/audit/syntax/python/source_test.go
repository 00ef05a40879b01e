package python

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEncodings(t *testing.T) {
	tests := []struct {
		name, source, value, problem string
	}{
		{"UTF-8", "x = 'é'\n", "é", ""},
		{"byte order mark", "\ufeffx = 'é'\n", "é", ""},
		{"declared UTF-8", "# -*- coding: utf8 -*-\nx = 'é'\n", "é", ""},
		{"Latin-1", "# coding=latin-1\nx = '\xe9'\n", "é", ""},
		{"Latin-1 in the second line", "#!/usr/bin/python\n# vim: set fileencoding=iso-8859-1 :\nx = '\xe9'\n", "é", ""},
		{"declared too late", "x = 1\n# coding: latin-1\nx = '\xe9'\n", "\xe9", "1:1: source is not valid UTF-8"},
		{"ASCII", "# coding: ascii\nx = '\xe9'\n", "\xe9", "1:1: source is not ASCII as declared"},
		{"not supported", "# coding: koi8-r\nx = '\xe9'\n", "é", "1:1: encoding koi8-r is not supported"},
		{"contradiction", "\ufeff# coding: latin-1\nx = 'a'\n", "a",
			"1:1: encoding latin-1 contradicts the byte order mark"},
		{"invalid", "x = '\xff'\n", "\xff", "1:1: source is not valid UTF-8"},
		{"DOS lines", "x = '''a\r\nb\rc'''\r\n", "a\nb\nc", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			module, errs := Parse([]byte(test.source), "f")
			assign, ok := module.Body[len(module.Body)-1].(*Assign)
			if !ok {
				t.Fatalf("%T, %v", module.Body[0], errs)
			}
			if got := assign.Value.(*Constant).Value; got != test.value {
				t.Errorf("%q, want %q", got, test.value)
			}
			var problem string
			if len(errs) > 0 {
				problem = errs[0].Error()[len("f:"):]
			}
			if problem != test.problem {
				t.Errorf("problem %q, want %q", problem, test.problem)
			}
		})
	}
}

func TestCommentsAreKept(t *testing.T) {
	source := "#!python\nx = (1, # one\n  '# no')  # ignore this\nif x: # why\n  # lonely\n  f'{x # inside\n}'\n# last"
	module, errs := Parse([]byte(source), "app.py")
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	type comment struct {
		Line, Column int
		Text         string
	}
	var got []comment
	for _, c := range module.Comments {
		if module.Text(c) != c.Text {
			t.Errorf("%q covers %q", c.Text, module.Text(c))
		}
		got = append(got, comment{c.From.Line, c.From.Column, c.Text})
	}
	want := []comment{
		{1, 0, "#!python"}, {2, 8, "# one"}, {3, 11, "# ignore this"}, {4, 6, "# why"}, {5, 2, "# lonely"},
		{6, 7, "# inside"}, {8, 0, "# last"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestConstants(t *testing.T) {
	tests := []struct {
		source, value string
		kind          ConstantKind
		unicode       bool
	}{
		{`None`, "", None, false},
		{`True`, "", True, false},
		{`...`, "", Ellipsis, false},
		{`0x_FF`, "0x_FF", Int, false},
		{`1_000`, "1_000", Int, false},
		{`0xE`, "0xE", Int, false},
		{`1e3`, "1e3", Float, false},
		{`1.`, "1.", Float, false},
		{`2j`, "2j", Imaginary, false},
		{`'a' "b" '''c'''`, "abc", String, false},
		{`u'a' 'b'`, "ab", String, true},
		{`'a' u'b'`, "ab", String, false},
		{`r'\n' '\n'`, "\\n\n", String, false},
		{`'\x41\101\u00e9\U0001F600\q\
'`, "AAé\U0001F600\\q", String, false},
		{`'\ud83d'`, "\xed\xa0\xbd", String, false},
		{`b'\xff\u1234' rb'\x'`, "\xff\\u1234\\x", Bytes, false},
		{`'\N{BULLET}'`, `\N{BULLET}`, String, false},
		{`''''a'''`, "'a", String, false},
		{`""`, "", String, false},
	}
	for _, test := range tests {
		module, errs := Parse([]byte(test.source), "app.py")
		if len(errs) > 0 {
			t.Error(errs[0])
			continue
		}
		got := module.Body[0].(*ExprStmt).Value.(*Constant)
		if got.Kind != test.kind || got.Value != test.value || got.Unicode != test.unicode {
			t.Errorf("%s: %v %q %v", test.source, got.Kind, got.Value, got.Unicode)
		}
	}
}

// TestTemplateStrings covers what only Python 3.14 could be compared with.
func TestTemplateStrings(t *testing.T) {
	module, errs := Parse([]byte(`t"a{ b !r:>{w}}{c = }{{"`), "app.py")
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	values := module.Body[0].(*ExprStmt).Value.(*TemplateStr).Values
	if len(values) != 5 {
		t.Fatalf("%d values", len(values))
	}
	b, c := values[1].(*Interpolation), values[3].(*Interpolation)
	if b.Str != " b" || b.Conversion != 'r' || b.FormatSpec == nil || c.Str != "c" || c.Conversion != 'r' {
		t.Errorf("%+v %+v", b, c)
	}
	if text := values[2].(*Constant).Value; text != "c = " {
		t.Errorf("%q", text)
	}
	if text := values[4].(*Constant).Value; text != "{" {
		t.Errorf("%q", text)
	}
}
