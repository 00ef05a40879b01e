package mend_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/internal/audit"
	"sallyport/internal/audit/mend"
	"sallyport/internal/audit/source"
	"sallyport/internal/finding"
)

func project(files map[string]string) *audit.Project {
	tree := &source.Tree{}
	for name, text := range files {
		tree.Files = append(tree.Files, &source.File{Path: name, Content: []byte(text)})
	}
	return audit.NewProject(tree)
}

func at(class, path string) finding.Finding {
	return finding.Finding{Class: class, Location: finding.Location{Path: path}}
}

func TestPlanAppendsAndNeverReplaces(t *testing.T) {
	p := project(map[string]string{
		".gitignore": "*.log\n.env", "Dockerfile": "FROM scratch\n", "sub/Dockerfile": "FROM scratch\n", "sub/.dockerignore": "x\n",
		"main.py": `os.environ["API_KEY"], os.getenv('DB_URL'), os.environ.get("PORT")`, "web.ts": "process.env.NEXT_KEY, process.env['OTHER_KEY']",
		"main_test.go": `os.Getenv("ONLY_IN_TESTS")`, "cmd/main.go": `os.LookupEnv("GO_KEY")`, "tests/x.py": "",
	})
	p.File("main_test.go").Test = true
	got := mend.Plan(p, []finding.Finding{
		at("gitignore-missing-env", ".gitignore"), at("gitignore-missing-env", ".gitignore"), at("env-file-mode", "conf/.env"),
		at("env-example-missing", ""), at("docker-secret", "Dockerfile"), at("docker-secret", "sub/Dockerfile"),
		at("docker-root", "Dockerfile"), at("error-leak", "main.py"),
		{Class: "env-file-mode", Location: finding.Location{Path: "old/.env", Commit: "abc"}},
	})
	want := []mend.Change{
		{Path: ".dockerignore", What: "keep secrets out of images", Append: ".env\n.env.*\n!.env.example\n*.pem\n*.key\n.git\n"},
		{Path: ".env.example", What: "name what the program reads", Append: "API_KEY=\nDB_URL=\nGO_KEY=\nNEXT_KEY=\nOTHER_KEY=\n"},
		{Path: ".gitignore", What: "ignore environment files", Append: "\n.env.*\n!.env.example\n"},
		{Path: "Dockerfile", What: "run as an unprivileged user", Show: "USER 65532:65532"},
		{Path: "conf/.env", What: "let only the owner read it", Mode: 0o600},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestPlanLeavesWhatIsThere(t *testing.T) {
	p := project(map[string]string{".gitignore": ".env\n.env.*\n!.env.example\n", ".env.example": "A=\n", "a.py": `os.environ["A"]`})
	if got := mend.Plan(p, []finding.Finding{at("gitignore-missing-env", ".gitignore"), at("env-example-missing", "")}); len(got) != 0 {
		t.Errorf("planned %+v", got)
	}
}
