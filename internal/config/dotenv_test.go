package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDotEnv(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want map[string]string
	}{
		"nothing":             {"", map[string]string{}},
		"plain":               {"A=1\nB=two words\n", map[string]string{"A": "1", "B": "two words"}},
		"comments":            {"# a\n\n  # b\nA=1 # c\nB=1#2\n", map[string]string{"A": "1", "B": "1#2"}},
		"export":              {"export A=1\nexport  B = \n", nil},
		"export with =":       {"export A=1\n", map[string]string{"A": "1"}},
		"empty":               {"A=\nB=''\nC=\"\"\nD= # x\n", map[string]string{"A": "", "B": "", "C": "", "D": ""}},
		"single quotes":       {`A='a "b" \n $c # d' # e`, map[string]string{"A": `a "b" \n $c # d`}},
		"double quotes":       {`A="a 'b' \"c\" \\ \n \$ # d"`, map[string]string{"A": "a 'b' \"c\" \\ \n $ # d"}},
		"no expansion":        {"A=$HOME${B}`c`", map[string]string{"A": "$HOME${B}`c`"}},
		"equal sign":          {"A=b=c==", map[string]string{"A": "b=c=="}},
		"line ends":           {"A=1\r\nB=2", map[string]string{"A": "1", "B": "2"}},
		"byte order mark":     {"\ufeffA=1", map[string]string{"A": "1"}},
		"white space":         {"  A=  b  \n", map[string]string{"A": "b"}},
		"no equal sign":       {"A", nil},
		"no name":             {"=1", nil},
		"space in the name":   {"A B=1", nil},
		"space after name":    {"A =1", nil},
		"digit first":         {"1A=1", nil},
		"twice":               {"A=1\nA=1", nil},
		"open quote":          {"A='b", nil},
		"open double quote":   {`A="b\"`, nil},
		"quote inside":        {"A=b'c'", nil},
		"text after quote":    {"A='b'c", nil},
		"unknown escape":      {`A="\x"`, nil},
		"NUL":                 {"A=b\x00c", nil},
		"invalid UTF-8":       {"A=\xff", nil},
		"carriage return":     {"A=b\rc", nil},
		"colon as in a shell": {"A: 1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			values, errs := parseDotEnv(tt.text)
			if tt.want == nil {
				if len(errs) == 0 {
					t.Errorf("taken as %v", values)
				}
				return
			}
			got := map[string]string{}
			for k, v := range values {
				got[k] = v.value
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || len(errs) > 0 {
				t.Errorf("errors %v, values (-want +got):\n%s", errs, diff)
			}
		})
	}
}

// A value of the last line must never be lost or changed by what stands before it, and no message may hold it.
func FuzzDotEnv(f *testing.F) {
	for _, s := range []string{"", "A=1", "export A='b'\n#c\n", "A=\"\\n\"", "A", "\ufeffA=1\r\n", "A=b #c", "Z_SECRET=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const line = "Z_SECRET=" + goodSecret
		values, errs := parseDotEnv(text + "\n" + line + "\n")
		for _, e := range errs {
			if strings.Contains(e.Error(), goodSecret) {
				t.Fatalf("the message holds the value: %v", e)
			}
		}
		before, _ := parseDotEnv(text)
		if _, twice := before["Z_SECRET"]; !twice && values["Z_SECRET"].value != goodSecret {
			t.Fatalf("the value is %q", values["Z_SECRET"].value)
		}
		for name, v := range values {
			if !isVariableName(name) || v.line < 1 {
				t.Fatalf("name %q on line %d", name, v.line)
			}
		}
	})
}
