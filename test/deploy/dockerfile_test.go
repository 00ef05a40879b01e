package deploy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instruction is one line of a Dockerfile, with what its flags say.
type instruction struct {
	name  string // in upper case
	flags map[string]string
	args  string
}

// list returns the arguments of an instruction in exec form, or nil in shell form.
func (i instruction) list() []string {
	var list []string
	if json.Unmarshal([]byte(i.args), &list) != nil {
		return nil
	}
	return list
}

// stages parses a Dockerfile: the instructions of each stage, beginning with its FROM. What stands before the
// first FROM is the first stage.
func stages(text string) [][]instruction {
	all := [][]instruction{nil}
	text = regexp.MustCompile(`(?m)^\s*#.*\n`).ReplaceAllString(text, "")
	text = strings.ReplaceAll(text, "\\\n", " ")
	for line := range strings.Lines(text) {
		name, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" {
			continue
		}
		i := instruction{name: strings.ToUpper(name), flags: map[string]string{}, args: strings.TrimSpace(args)}
		for strings.HasPrefix(i.args, "--") {
			option, rest, _ := strings.Cut(i.args, " ")
			key, value, _ := strings.Cut(option, "=")
			i.flags[key], i.args = value, strings.TrimSpace(rest)
		}
		if i.name == "FROM" {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], i)
	}
	return all
}

// image is the last stage, which is what runs.
func image(text string) []instruction {
	all := stages(text)
	return all[len(all)-1]
}

// last returns the last instruction of that name, which is the one that counts.
func last(stage []instruction, name string) instruction {
	for _, i := range slices.Backward(stage) {
		if i.name == name {
			return i
		}
	}
	return instruction{}
}

// dockerfileRules say what an image must be; weaken is a change that takes the rule's protection away.
func dockerfileRules() []rule {
	health := regexp.MustCompile(`^30s 5s 10s 3$`)
	return []rule{
		{"from scratch", func(s string) bool { return last(image(s), "FROM").args == "scratch" }, "FROM scratch", "FROM debian"},
		{"runs as 65532", func(s string) bool { return last(image(s), "USER").args == "65532:65532" }, "USER 65532:65532\n", ""},
		{"no root after", func(s string) bool { return last(image(s), "USER").args == "65532:65532" }, "EXPOSE", "USER 0:0\nEXPOSE"},
		{"probes itself", func(s string) bool {
			return slices.Equal(probe(s), []string{"/sallyport", "health"})
		}, `CMD ["/sallyport", "health"]`, "CMD curl -f http://127.0.0.1:8080/health"},
		{"probe times", func(s string) bool {
			f := last(image(s), "HEALTHCHECK").flags
			return health.MatchString(strings.Join([]string{f["--interval"], f["--timeout"], f["--start-period"], f["--retries"]}, " "))
		}, "--retries=3 ", ""},
		{"no shell to start", func(s string) bool {
			return slices.Equal(append(last(image(s), "ENTRYPOINT").list(), last(image(s), "CMD").list()...), []string{"/sallyport", "serve"})
		}, `ENTRYPOINT ["/sallyport"]`, "ENTRYPOINT /sallyport"},
		{"only from the build", onlyFromBuild, "COPY --from=build --chmod=555", "COPY --chmod=555"},
		{"nothing writable", notWritable, "--chmod=444", "--chmod=666"},
		{"nothing owned by the user", notWritable, "--chmod=444", "--chown=65532:65532 --chmod=444"},
		{"no secret", noSecret, "EXPOSE", "ENV SALLYPORT_KEY=0123456789abcdef0123456789abcdef\nEXPOSE"},
		{"no secret file", noSecret, "FROM scratch\n", "FROM scratch\nCOPY --from=build .env ./\n"},
		{"no download", func(s string) bool { return !strings.Contains(s, "\nADD ") }, "FROM scratch\n", "FROM scratch\nADD https://example.com/x /x\n"},
		{"dataset built into it", func(s string) bool {
			return strings.Contains(s, `RUN ["/sallyport", "build",`) && strings.Contains(last(image(s), "COPY").args, "/build/dataset.sqlite")
		}, " /build/dataset.sqlite", ""},
	}
}

func probe(s string) []string {
	command, _ := strings.CutPrefix(last(image(s), "HEALTHCHECK").args, "CMD ")
	return instruction{args: command}.list()
}

func onlyFromBuild(s string) bool {
	for _, i := range image(s) {
		if i.name == "RUN" || i.name == "ADD" || i.name == "COPY" && i.flags["--from"] != "build" {
			return false
		}
	}
	return true
}

func notWritable(s string) bool {
	for _, i := range image(s) {
		if i.name == "COPY" && (i.flags["--chown"] != "" || strings.ContainsAny(i.flags["--chmod"], "2367") || i.flags["--chmod"] == "") {
			return false
		}
	}
	return true
}

// noSecret looks in every stage: the layers of all of them stay in the cache of whoever builds.
func noSecret(s string) bool {
	for _, i := range slices.Concat(stages(s)...) {
		suspicious := regexp.MustCompile(`(?i)secret|password|token|_key|\.env`).MatchString(i.args)
		if suspicious || i.name == "ENV" {
			return false
		}
	}
	return true
}

func TestDockerfile(t *testing.T) {
	both(t, "Dockerfile", "Dockerfile", func(t *testing.T, text string) { checkRules(t, text, dockerfileRules()) })
}

// TestDockerfileBuildsAStaticProgram reads the flags that TestProgramIsStatic builds with.
func TestDockerfileBuildsAStaticProgram(t *testing.T) {
	text := read(t, repository, "Dockerfile")
	checkRules(t, text, []rule{
		{"no cgo", contains("RUN CGO_ENABLED=0 go build"), "CGO_ENABLED=0 ", ""},
		{"no paths of the builder", contains(" -trimpath "), "-trimpath ", ""},
		{"no scanner", contains(" -tags noaudit,timetzdata "), "noaudit,", ""},
		{"zones", contains(" -tags noaudit,timetzdata "), ",timetzdata", ""},
	})
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, repository, "go.mod"))
	if !strings.Contains(text, "FROM golang:"+version[1]+" AS build") {
		t.Errorf("it does not build with Go %s, which go.mod asks for", version[1])
	}
}

// TestDockerignoreNamesWhatMayPass keeps secrets and history out of the build by naming the rest.
func TestDockerignoreNamesWhatMayPass(t *testing.T) {
	both(t, ".dockerignore", ".dockerignore", func(t *testing.T, text string) {
		lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return l == "" || l[0] == '#' })
		if lines[0] != "*" {
			t.Errorf("the first rule is %q, want * for everything", lines[0])
		}
		for _, line := range lines[1:] {
			if name, ok := strings.CutPrefix(line, "!"); ok && strings.ContainsAny(strings.Trim(name, "*"), "*") || strings.HasPrefix(name, ".") {
				t.Errorf("%s lets hidden files or everything pass", line)
			}
		}
	})
}

// TestDockerignoreLetsPassWhatIsCopied finds a COPY whose source is kept out.
func TestDockerignoreLetsPassWhatIsCopied(t *testing.T) {
	dir := scaffolded(t)
	ignore := strings.Split(read(t, dir, ".dockerignore"), "\n")
	for _, i := range slices.Concat(stages(read(t, dir, "Dockerfile"))...) {
		if i.name != "COPY" || i.flags["--from"] != "" {
			continue
		}
		sources := strings.Fields(i.args)
		for _, source := range sources[:len(sources)-1] {
			if !slices.Contains(ignore, "!"+source) {
				t.Errorf("%s is copied and .dockerignore keeps it out", source)
			}
		}
	}
}
