package markup_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit/syntax/markup"
)

const page = `<!DOCTYPE html>
<!-- TODO: later -->
<div class="a" v-html='x &lt; "y"'
     DATA-x=plain checked>
<script type="application/json">{"a": 1}</script>
<script>let a = "<b v-html='no'>"</script>
<script lang="ts"
  setup>
  const b: string = ''
</script>
<script src="x.js"></script>
<p onclick="go()" / title="unclosed>
`

func TestParse(t *testing.T) {
	p := markup.Parse([]byte(page))
	var got []string
	for _, a := range p.Attributes {
		got = append(got, fmt.Sprintf("%d:%d %s %s=%s", a.Line, a.Column, a.Element, a.Name, a.Value))
	}
	for _, s := range p.Scripts {
		got = append(got, fmt.Sprintf("%d:%d script%s %s", s.Line, s.Column, s.Ext, strings.TrimSpace(string(s.Source))))
	}
	for _, c := range p.Comments {
		got = append(got, fmt.Sprintf("%d:%d comment%s", c.Line, c.Column, c.Text))
	}
	want := []string{
		"3:6 div class=a", `3:16 div v-html=x < "y"`, "4:6 div data-x=plain", "4:19 div checked=",
		"5:9 script type=application/json", "7:9 script lang=ts", "8:3 script setup=", "11:9 script src=x.js",
		`6:9 script.js let a = "<b v-html='no'>"`, "8:9 script.ts const b: string = ''", "2:5 comment TODO: later ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFragmentsKeepTheirPlaces(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a.html", "let x = {{ data|tojson }};", "let x = 0                ;"},
		{"a.html", "let n{{ i }} = 1", "let n        = 1"},
		{"a.html", "{% if a %}f(){% endif %}{# no #}", "          f()                   "},
		{"a.html", "f('{{ a\n}}', <%= b %>)", "f('0   \n  ', 0       )"},
		{"a.vue", "f({{}})", "f({{}})"},
		{"a.html", "f({{", "f({{"},
	} {
		got := markup.Fragments([]byte("<script>"+c.source+"</script>"), c.name)
		if len(got) != 1 || string(got[0].Source) != c.want || got[0].Line != 1 || got[0].Column != 9 {
			t.Errorf("%s: %+v, want %q", c.source, got, c.want)
		}
	}
}

func TestMarks(t *testing.T) {
	for _, c := range []struct {
		language markup.Language
		text     string
		want     []string
	}{
		{markup.Jinja(), "a {{ x|safe }}\n {% if y %}{# z #}{{ '}}' }}", []string{"1:3 {{ x|safe", "2:2 {% if y", "2:12 {# z", "2:19 {{ '}}'"}},
		{markup.Jinja(), "{{ open", nil},
		{markup.Jinja(), "{{ don't }} b", []string{"1:1 {{ don't"}},
		{markup.EJS(), "<%% no %><%# c %><%- a %><%= b -%><% if (c) { %>", []string{"1:10 <%# c", "1:18 <%- a", "1:26 <%= b -", "1:35 <% if (c) {"}},
		{markup.Handlebars(), "{{!-- {{{a}}} --}}{{{ b }}}{{& c }}{{d}}", []string{"1:1 {{!-- {{{a}}}", "1:19 {{{ b", "1:28 {{& c", "1:36 {{ d"}},
		{markup.Svelte(), "{@html f({a: 1})}{#if x}", []string{"1:1 {@html f({a: 1})"}},
	} {
		var got []string
		for _, m := range markup.Marks(c.text, c.language) {
			got = append(got, fmt.Sprintf("%d:%d %s %s", m.Line, m.Column, m.Open, m.Text))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s\n%s", c.text, diff)
		}
	}
}

// TestHostilePages are long enough that work which grew with the square would not end.
func TestHostilePages(t *testing.T) {
	for _, one := range []string{"{{", "<%", "{{'", "<a b=", "<script>", "<!--", "<div a='", "{{'}}{{\"}}", "{@html {", "<p x "} {
		text := strings.Repeat(one, 200_000/len(one))
		markup.Marks(text, markup.Jinja(), markup.EJS(), markup.Svelte())
		markup.Fragments([]byte(text), "a.html")
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(page))
	f.Add([]byte("<script>{{ a }}<% b %></script>{@html {x}}{{{y}}}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		p := markup.Parse(content)
		count := strings.Count(string(content), "\n") + 1
		for _, a := range p.Attributes {
			if a.Line < 1 || a.Line > count || a.Column < 1 {
				t.Fatalf("%+v", a)
			}
		}
		for _, s := range markup.Fragments(content, "a.html") {
			if s.Line < 1 || s.Line > count || len(s.Source) == 0 {
				t.Fatalf("%+v", s)
			}
		}
		for _, m := range markup.Marks(string(content), markup.Jinja(), markup.EJS(), markup.Handlebars(), markup.Svelte()) {
			if m.Start >= m.End || m.End > len(content) || !strings.HasPrefix(string(content[m.Start:]), m.Open) {
				t.Fatalf("%+v", m)
			}
		}
	})
}
