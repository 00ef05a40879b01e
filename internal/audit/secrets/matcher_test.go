package secrets

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/internal/audit"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

func compiled(t testing.TB) *matcher {
	t.Helper()
	m, err := newMatcher()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// madeUp returns text that looks made by a machine, and that no file of this repository has.
func madeUp(n int, letters string, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 9))
	text := make([]byte, n)
	for i := range text {
		text[i] = letters[r.IntN(len(letters))]
	}
	return string(text)
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func TestEveryRuleOfGitleaksCompiles(t *testing.T) {
	m := compiled(t)
	if len(m.patterns) < 200 || len(m.allow) == 0 {
		t.Errorf("%d patterns, %d allowlists", len(m.patterns), len(m.allow))
	}
	for _, p := range m.patterns {
		if len(p.keywords) == 0 || (p.regex == nil) == (p.locate == nil) || p.what == "" {
			t.Errorf("%s: keywords %v", p.id, p.keywords)
		}
		for _, word := range p.keywords {
			if strings.ToLower(word) != word {
				t.Errorf("%s: the keyword %q has capitals", p.id, word)
			}
		}
	}
}

// TestAutomatonFindsWhatContainsFinds compares with the standard library.
func TestAutomatonFindsWhatContainsFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfNDistinct(rapid.StringMatching(`[ab_:]{1,4}`), 1, 8, rapid.ID[string]).Draw(t, "words")
		text := rapid.StringMatching(`[aAbB_:\x00é]{0,40}`).Draw(t, "text")
		found := map[string]bool{}
		newAutomaton(words).scan(text, func(k, end int) {
			found[words[k]] = true
			if !strings.EqualFold(text[end-len(words[k]):end], words[k]) {
				t.Fatalf("%q does not end at %d of %q", words[k], end, text)
			}
		})
		for _, word := range words {
			if want := strings.Contains(strings.ToLower(text), word); want != found[word] {
				t.Fatalf("%q in %q: %v", word, text, !want)
			}
		}
	})
}

func TestFamilies(t *testing.T) {
	for name, want := range map[string]family{
		"password": password, "DB_PASSWORD": password, "smtpPass": password, "dbPassword2": password, "adminPwd": password,
		"SECRET_KEY": signing, "jwtSecret": signing, "SESSION_SECRET": signing, "JWT_SECRET_KEY": signing, "secretKey": signing,
		"ACCESS_TOKEN_SECRET": signing, "NEXTAUTH_SECRET": signing, "jwtKey": signing,
		"API_KEY": token, "botToken": token, "OPENAI_API_KEY": token, "client_secret": token, "AWS_SECRET_ACCESS_KEY": token, "x-api-key": token,
		"STRIPE_SECRET_KEY": token, "Authorization": token, "apikey": token, "githubToken": token,
		"openai_key": maybeKey,
		"":           noFamily, "KEY": maybeKey, "pass": noFamily, "key": noFamily, "password_hash": noFamily, "token_url": noFamily, "TOKEN_TYPE": noFamily, "API_KEY_HEADER": noFamily,
		"cache_key": noFamily, "primaryKey": noFamily, "next_page_token": noFamily, "csrfToken": noFamily, "public_key": noFamily,
		"PUBLISHABLE_KEY": noFamily, "supabaseAnonKey": noFamily, "passwordField": noFamily, "resetPassword": noFamily, "tokenizer": noFamily,
		"max_tokens": noFamily, "secretary": noFamily, "monkey": noFamily, "keyboard": noFamily, "RECAPTCHA_SITE_KEY": noFamily,
	} {
		if got := familyOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

func TestRandomValues(t *testing.T) {
	for seed := range uint64(200) {
		for letters, n := range map[string]int{alphanumeric: 24, "0123456789abcdef": 32, alphanumeric + "-_": 40} {
			if v := madeUp(n, letters, seed); !isRandom(v) && strings.ContainsAny(v, "0123456789") {
				t.Errorf("%s looks chosen", v)
			}
		}
	}
	for _, v := range []string{"correct-horse-battery-staple", "my-secret-token-2024", "supersecretkey123", "accessTokenSecretValue1", "user:profile:version2", "short1", "1234567890123456", strings.Repeat("ab1", 12)} {
		if isRandom(v) {
			t.Errorf("%s looks random", v)
		}
	}
}

// TestNothingShowsAValue runs every kind of secret through the detector, as one line and in a file.
func TestNothingShowsAValue(t *testing.T) {
	body := madeUp(64, alphanumeric+"+/", 1)
	secret := madeUp(40, alphanumeric, 2)
	jwt := "ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + "JzdWIiOiJ1c2VyIiwiZXhwIjoyMDAwMDAwMDAwfQ." + madeUp(43, alphanumeric, 3)
	for name, lines := range map[string][]string{
		"key.json":     {`{"private_key": "-----BEGIN ` + `PRIVATE KEY-----\n` + body + `\n` + secret + secret + `\n-----END PRIVATE KEY-----\n"}`},
		"a.py":         {`FIRST_TOKEN = "` + secret + `"; OTHER_TOKEN = "` + body + `"`, `x = "` + secret + `"`},
		"b.js":         {`const t = "` + jwt + `";`},
		"c.yaml":       {`url: postgresql://app:` + secret + `@db.shop.kr/x?password=` + secret},
		"d.py":         {`client = OpenAI(api_key="` + "sk-" + "proj-" + secret + `")`},
		"app/.env":     {"API_KEY=" + secret, "DB_PASSWORD=" + secret[:9]},
		"cookies.txt":  {".shop.kr\tTRUE\t/\tTRUE\t1790000000\tSID\t" + secret},
		"long.py":      {strings.Repeat("x", 150) + ` TOKEN = "` + secret + `" ` + strings.Repeat("y", 300)},
		".env.example": {"API_KEY=" + secret},
	} {
		tree := &source.Tree{Git: true, Files: []*source.File{{Path: name, Content: []byte(strings.Join(lines, "\n")), Tracked: true}}}
		var rules []*audit.Rule
		for class, detect := range Detectors() {
			rules = append(rules, &audit.Rule{Rule: finding.Rule{ID: class, Class: class}, Detectors: map[string]audit.Detector{"text": detect}})
		}
		result, err := audit.Scan(t.Context(), audit.NewProject(tree), audit.Options{Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, f := range result.Findings {
			found += f.Line
			for _, value := range []string{body, secret, jwt[len(jwt)-43:]} {
				for n := 0; n+8 <= len(value); n++ {
					if strings.Contains(f.Snippet+f.Message+f.Fix+f.Fingerprint, value[n:n+8]) {
						t.Fatalf("%s: shown in %+v", name, f)
					}
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: nothing was found", name)
		}
	}
}

// TestFingerprintsDoNotDeriveFromValues changes the value and wants the same fingerprint.
func TestFingerprintsDoNotDeriveFromValues(t *testing.T) {
	fingerprint := func(seed uint64) string {
		content := "API_TOKEN = \"" + madeUp(40, alphanumeric, seed) + "\"\n"
		tree := &source.Tree{Files: []*source.File{{Path: "a.py", Content: []byte(content), Tracked: true}}}
		r := &audit.Rule{Rule: finding.Rule{ID: "SP201"}, Detectors: map[string]audit.Detector{"text": hardcoded}}
		result, err := audit.Scan(t.Context(), audit.NewProject(tree), audit.Options{Rules: []*audit.Rule{r}})
		if err != nil || len(result.Findings) != 1 {
			t.Fatalf("%+v %v", result, err)
		}
		return result.Findings[0].Fingerprint
	}
	if a, b := fingerprint(1), fingerprint(2); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

// TestRedactorTakesSecretsOutOfOtherFindings is about findings of other classes on the same line.
func TestRedactorTakesSecretsOutOfOtherFindings(t *testing.T) {
	secret := madeUp(40, alphanumeric, 5)
	line := `if token == "` + secret + `":`
	p := audit.NewProject(&source.Tree{Files: []*source.File{{Path: "a.py", Content: []byte("\n" + line), Tracked: true}}})
	if got := Redactor(p)("a.py", 2, 2, line); strings.Contains(got, secret) || !strings.Contains(got, "if token") {
		t.Error(got)
	}
	if got := Redactor(p)("b.py", 2, 2, line); got != line {
		t.Errorf("text of another file changes: %s", got)
	}
}

// TestFingerprintsOfOtherClassesDoNotDeriveFromValues changes a secret in the line of a mistake and in the definition
// around it, and wants the same fingerprint.
func TestFingerprintsOfOtherClassesDoNotDeriveFromValues(t *testing.T) {
	fingerprint := func(seed uint64) string {
		secret := madeUp(40, alphanumeric, seed)
		content := "def check(token, api_key=\"" + secret + "\"):\n    return token == \"" + secret + "\"\n"
		p := audit.NewProject(&source.Tree{Files: []*source.File{{Path: "a.py", Content: []byte(content), Tracked: true}}})
		compares := func(pass *audit.Pass) { pass.Report(audit.Report{File: p.Files[0], Line: 2}) }
		r := &audit.Rule{Rule: finding.Rule{ID: "SP104"}, Detectors: map[string]audit.Detector{"python": compares}}
		result, err := audit.Scan(t.Context(), p, audit.Options{Rules: []*audit.Rule{r}, Redact: Redactor(p)})
		if err != nil || len(result.Findings) != 1 || strings.Contains(result.Findings[0].Snippet, secret) {
			t.Fatalf("%+v %v", result, err)
		}
		return result.Findings[0].Fingerprint
	}
	if a, b := fingerprint(1), fingerprint(2); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

// TestIgnoreRulesAreThoseOfGit compares with git check-ignore over made-up rules and paths.
func TestIgnoreRulesAreThoseOfGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	if out, err := exec.Command("git", "-C", dir, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	rules := []string{".env", "*.env", ".env*", "!.env", "/.env", "a/.env", "a/", "/a", "**/.env", "a/**", "**/b/.env", "!a/.env", ".env/", "*", "!*/", "[.]env", ".[!x]nv", "# .env", `\#x`, "b/", ".env  ", "!.env.example", "a/*/.env", ".*"}
	paths := []string{".env", "a/.env", "a/b/.env", "b/.env", ".env.local", "prod.env", "a/.env.example", "b/a/.env"}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		p := &source.Tree{}
		for _, folder := range []string{"", "a", "b"} {
			var lines []string
			for range r.IntN(4) {
				lines = append(lines, rules[r.IntN(len(rules))])
			}
			if folder != "" && r.IntN(2) == 0 {
				lines = nil
			}
			content := strings.Join(lines, "\n") + "\n"
			if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, folder, ".gitignore"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			p.Files = append(p.Files, &source.File{Path: strings.TrimPrefix(folder+"/.gitignore", "/"), Content: []byte(content)})
		}
		project := audit.NewProject(p)
		cmd := exec.Command("git", append([]string{"-C", dir, "check-ignore", "--no-index"}, paths...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		out, _ := cmd.Output() // exit code 1 says that none is ignored
		ignored := strings.Fields(string(out))
		for _, path := range paths {
			if want := slices.Contains(ignored, path); want != isIgnored(project, path) {
				t.Errorf("%s: git says %v for the rules %q", path, want, contents(p))
			}
		}
	}
}

func contents(t *source.Tree) []string {
	var list []string
	for _, f := range t.Files {
		list = append(list, f.Path+": "+string(f.Content))
	}
	return list
}

func TestEnvironmentFileModes(t *testing.T) {
	content := []byte("API_KEY=" + madeUp(30, alphanumeric, 8) + "\n")
	for name, c := range map[string]struct {
		file *source.File
		want int
	}{
		"open":        {&source.File{Path: ".env", Content: content, Mode: 0o640}, 1},
		"closed":      {&source.File{Path: ".env", Content: content, Mode: 0o600}, 0},
		"ignored":     {&source.File{Path: ".env", Content: content, Mode: 0o644, Ignored: true}, 1},
		"tracked":     {&source.File{Path: ".env", Content: content, Mode: 0o644, Tracked: true}, 0},
		"of a commit": {&source.File{Path: ".env", Content: content}, 0},
	} {
		r := &audit.Rule{Detectors: map[string]audit.Detector{"text": envMode}}
		result, err := audit.Scan(t.Context(), audit.NewProject(&source.Tree{Files: []*source.File{c.file}}), audit.Options{Rules: []*audit.Rule{r}})
		if err != nil || len(result.Findings) != c.want {
			t.Errorf("%s: %+v %v", name, result, err)
		}
	}
}

// FuzzMatcher wants no panic, bounded places, and no value in what is shown.
func FuzzMatcher(f *testing.F) {
	for _, seed := range []string{
		`password = "hunter2"`, `url: "postgres://a:b@c.d/e"`, "-----BEGIN PRIVATE KEY-----", `jwt.sign(x, 'y')`, `"token\": \"abc`, `key=`, `: '`, "://:@", "://a:@b", `token: str = "`, `$.secret`,
	} {
		f.Add(seed, ".env")
		f.Add(seed, "a.py")
	}
	m := compiled(f)
	f.Fuzz(func(t *testing.T, text, name string) {
		lines := strings.Split(text, "\n")
		p := &place{facts: factsOf(name), lines: lines}
		for p.at = range lines {
			hits := m.find(p)
			shown := conceal(p.text(), hits)
			for _, h := range hits {
				if h.start < 0 || h.start > h.end || h.end > len(p.text()) || h.value == "" {
					t.Fatalf("%+v in %q", h, p.text())
				}
				if len(h.value) >= shortest && strings.Contains(shown, h.value) && !strings.Contains(redacted, h.value) {
					t.Fatalf("%q shows %q", shown, h.value)
				}
				snippet(p.text(), h, hits)
			}
		}
		parseIgnore("", []byte(text)).decide(name, false)
	})
}

// TestDocumentationStringsShowExamples wants a value in a string that is given to a name, and none in a docstring.
func TestDocumentationStringsShowExamples(t *testing.T) {
	value := madeUp(30, alphanumeric, 11)
	content := "def f():\n    \"\"\"Say it:\n\n    api_token = \"" + value + "\"\n    \"\"\"\n    text = \"\"\"\n    api_token = \"" + value + "\"\n    \"\"\"\n"
	hits := compiled(t).file(&source.File{Path: "a.py", Content: []byte(content)})
	if len(hits) != 1 || hits[0].line != 7 {
		t.Errorf("%+v", hits)
	}
}
