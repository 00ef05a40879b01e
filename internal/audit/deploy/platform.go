package deploy

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"sallyport/internal/audit"
)

// platform is the file of a hosting platform: fly.toml, render.yaml, railway.toml, app.yaml.
type platform struct {
	file     *audit.File
	probed   bool // the platform asks the program whether it is well
	settings []setting
}

func isPlatform(base string) bool {
	switch base {
	case "fly.toml", "railway.toml", "railway.json", "render.yaml", "render.yml":
		return true
	}
	return false
}

func parsePlatform(f *audit.File) (platform, error) {
	p := platform{file: f}
	text := string(f.Content)
	for _, mark := range []string{"healthCheckPath", "healthcheckPath", "http_service.checks", "http_checks", "tcp_checks", "[checks"} {
		p.probed = p.probed || strings.Contains(text, mark)
	}
	switch f.Ext() {
	case ".toml":
		return p, p.readTOML()
	case ".yaml", ".yml":
		return p, p.readRender()
	}
	return p, nil
}

// readTOML reads the table env. The library gives no lines for a map, so they are looked for.
func (p *platform) readTOML() error {
	var doc struct {
		Env map[string]any `toml:"env"`
	}
	if err := toml.Unmarshal(p.file.Content, &doc); err != nil {
		return fmt.Errorf("parsing TOML: %w", err)
	}
	line := 0
	for text := range strings.SplitSeq(string(p.file.Content), "\n") {
		line++
		key, _, found := strings.Cut(text, "=")
		key = strings.Trim(strings.TrimSpace(key), `"'`)
		if value, known := doc.Env[key]; found && known {
			p.settings = append(p.settings, setting{p.file, line, key, fmt.Sprint(value)})
			delete(doc.Env, key)
		}
	}
	return nil
}

// readRender reads envVars of every service.
func (p *platform) readRender() error {
	doc, err := document(p.file)
	if err != nil {
		return err
	}
	for _, service := range doc.get("services").items() {
		for _, v := range service.get("envVars").items() {
			if value := v.get("value"); value.exists() {
				p.settings = append(p.settings, setting{p.file, value.Line, v.get("key").text(), value.text()})
			}
		}
	}
	return nil
}
