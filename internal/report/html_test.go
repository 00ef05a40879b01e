package report_test

import (
	"bytes"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sallyport/internal/finding"
	"sallyport/internal/report"
)

func page(b *bytes.Buffer) finding.Handler { return report.NewHTML(b, "demo "+hostile, words()) }

// TestPageIsSelfContainedAndInert reads the page as browsers do.
func TestPageIsSelfContainedAndInert(t *testing.T) {
	root, err := html.Parse(strings.NewReader(write(t, page)))
	if err != nil {
		t.Fatal(err)
	}
	styles := 0
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "img", "iframe", "object", "embed", "link", "form", "base", "svg":
			t.Errorf("the page has <%s>", n.Data)
		case "style":
			styles++
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
	if styles != 1 {
		t.Errorf("%d styles", styles)
	}
}

func TestPageTellsEverything(t *testing.T) {
	got := write(t, page)
	for _, want := range []string{
		"default-src &#39;none&#39;; style-src &#39;sha256-", `<a href="#SP202">secret-in-history</a>`, "Who controls the text runs scripts.", "Fix here:</b> Escape here.",
		`<span class="line">12</span><code><bdi>box.innerHTML = `, "in commit 0123456789ab", "still in the history", "3 findings in 3 files",
		`<li class="missing">`, "nobody was asked", "2 vendored",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Index(got, `id="SP202"`) > strings.Index(got, `id="SP401"`) {
		t.Error("the worst is not first")
	}
	var b bytes.Buffer
	if err := report.NewHTML(&b, "x", nil).Summary(finding.Summary{}); err != nil || !strings.Contains(b.String(), "Nothing was found.") {
		t.Errorf("the empty page: %v\n%s", err, b.String())
	}
}

// TestPageInChromium opens the page: what hostile text would run changes the title, and the style must be let in
// by the policy. The screenshot stays where SALLYPORT_SCREENSHOT says.
func TestPageInChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("SALLYPORT_TEST_SERVICES") == "require" {
			t.Fatal("chromium is not installed, and SALLYPORT_TEST_SERVICES=require wants it")
		}
		t.Skip("chromium is not installed")
	}
	dir := t.TempDir()
	file, shot := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.png")
	if keep := os.Getenv("SALLYPORT_SCREENSHOT"); keep != "" {
		shot = keep
	}
	if err := os.WriteFile(file, []byte(write(t, page)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(arguments ...string) string {
		base := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--user-data-dir=" + filepath.Join(dir, "profile")}
		var problems bytes.Buffer
		command := exec.CommandContext(t.Context(), browser, append(append(base, arguments...), "file://"+file)...)
		command.Stderr = &problems
		out, err := command.Output()
		if err != nil {
			t.Fatalf("running chromium: %v\n%s", err, problems.String())
		}
		return string(out)
	}
	dom := run("--dump-dom")
	if strings.Contains(dom, "<title>owned") || !strings.Contains(dom, "<title>Audit of demo") {
		t.Errorf("the text of the audited project ran:\n%s", dom)
	}
	run("--screenshot="+shot, "--window-size=1200,1700")
	styled(t, shot)
}

// styled looks at the screenshot: the red of a critical finding's edge is only there when the style was let in.
func styled(t *testing.T, shot string) {
	t.Helper()
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			if r, g, b, _ := picture.At(x, y).RGBA(); r>>8 == 0xb0 && g>>8 == 0 && b>>8 == 0x20 {
				return
			}
		}
	}
	t.Error("the style is not at work")
}
