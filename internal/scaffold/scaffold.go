// Package scaffold knows the files that a new deployment begins with, and writes them without ever overwriting
// one.
package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"text/template"
)

// Options are what differs from one deployment to the next.
type Options struct {
	Key     string // value of SALLYPORT_KEY; it stands in .env and nowhere else
	Version string // of the program, which names the image to build on
}

// File is one file to write.
type File struct {
	Name    string      // slash-separated, relative to the deployment's folder
	Mode    fs.FileMode // permissions, less the umask
	Content []byte
	kind    kind
}

// kind says what is special about a file.
type kind int

const (
	plain   kind = iota
	secrets      // NAME=value lines whose values are shown to nobody
	example      // not missed where the user has a file of that name
)

// gitignore goes first: while it does not list .env, no .env is written.
const gitignore, dotEnv = ".gitignore", ".env"

//go:embed templates
var templates embed.FS

// parameters are what templates see.
type parameters struct {
	Options
	Repository bool // the program's own repository, not a deployment
}

// Files returns the files of a new deployment, in the order in which to write them.
func Files(o Options) ([]File, error) {
	return render(parameters{Options: o}, []File{
		{Name: gitignore, Mode: 0o644},
		{Name: "sallyport.yaml", Mode: 0o644},
		{Name: dotEnv, Mode: 0o600, kind: secrets},
		{Name: ".env.example", Mode: 0o644},
		{Name: "dataset.yaml", Mode: 0o644, kind: example},
		{Name: "data/items.csv", Mode: 0o644, kind: example},
		{Name: ".dockerignore", Mode: 0o644},
		{Name: "Dockerfile", Mode: 0o644},
		{Name: "compose.yaml", Mode: 0o644},
		{Name: "sallyport.service", Mode: 0o644},
		{Name: ".github/workflows/sallyport.yml", Mode: 0o644},
		{Name: ".githooks/pre-commit", Mode: 0o755},
	})
}

// Repository returns those files of the program's own repository that come from the same templates.
func Repository() ([]File, error) {
	return render(parameters{Repository: true}, []File{
		{Name: ".dockerignore", Mode: 0o644},
		{Name: "Dockerfile", Mode: 0o644},
		{Name: "compose.yaml", Mode: 0o644},
		{Name: "deploy/sallyport.service", Mode: 0o644},
	})
}

// templateOf names the template of a file; the folder of templates has no hidden files.
func templateOf(name string) string {
	switch name {
	case ".github/workflows/sallyport.yml":
		return "workflow.yml"
	case "deploy/sallyport.service":
		return "sallyport.service"
	case ".githooks/pre-commit":
		return "pre-commit"
	case "data/items.csv":
		return "items.csv"
	}
	if name[0] == '.' {
		return name[1:]
	}
	return name
}

func render(p parameters, files []File) ([]File, error) {
	all, err := template.New("").Option("missingkey=error").ParseFS(templates, "templates/*")
	if err != nil {
		return nil, fmt.Errorf("reading templates: %w", err)
	}
	for i := range files {
		var b bytes.Buffer
		if err := all.ExecuteTemplate(&b, templateOf(files[i].Name), p); err != nil {
			return nil, fmt.Errorf("filling in the template of %s: %w", files[i].Name, err)
		}
		files[i].Content = b.Bytes()
	}
	return files, nil
}
