package deploy

import (
	"bytes"
	"fmt"

	"sallyport/internal/audit"
)

// pod is the template of a pod in a Kubernetes manifest.
type pod struct {
	file *audit.File
	spec node
}

// addManifest takes a file in if it is a Kubernetes manifest.
func (all *files) addManifest(f *audit.File) error {
	if !bytes.Contains(f.Content, []byte("apiVersion:")) || !bytes.Contains(f.Content, []byte("kind:")) {
		return nil
	}
	docs, err := documents(f)
	if err != nil {
		return err
	}
	for _, doc := range docs {
		for _, keys := range [][]string{{"spec", "template", "spec"}, {"spec", "jobTemplate", "spec", "template", "spec"}, {"spec"}} {
			if spec := doc.get(keys...); spec.get("containers").exists() {
				all.addPod(pod{f, spec})
				break
			}
		}
	}
	return nil
}

func (all *files) addPod(p pod) {
	all.pods = append(all.pods, p)
	for _, c := range p.spec.get("containers").items() {
		for _, v := range c.get("env").items() {
			if value := v.get("value"); value.exists() {
				all.settings = append(all.settings, setting{p.file, v.Line, v.get("name").text(), value.text()})
			}
		}
	}
}

// probed says whether a pod's containers are asked whether they are well.
func (p pod) probed() bool {
	for _, c := range p.spec.get("containers").items() {
		if c.get("livenessProbe").exists() || c.get("readinessProbe").exists() {
			return true
		}
	}
	return false
}

func reportRootPod(pass *audit.Pass, p pod) {
	contexts := []node{p.spec.get("securityContext")}
	for _, c := range p.spec.get("containers").items() {
		contexts = append(contexts, c.get("securityContext"))
	}
	for _, context := range contexts {
		for _, e := range context.entries() {
			if e.key == "privileged" && e.value.text() == "true" || e.key == "runAsUser" && e.value.text() == "0" || e.key == "runAsNonRoot" && e.value.text() == "false" {
				pass.Report(audit.Report{File: p.file, Line: e.line, Message: fmt.Sprintf("the pod says %s: %s, so it runs as root", e.key, e.value.text())})
			}
		}
	}
}
