package deploy

import (
	"regexp"
	"strings"

	"sallyport/internal/audit"
)

// ShellDetectors returns what is detected in shell scripts, by class.
func ShellDetectors() map[string]audit.Detector {
	return map[string]audit.Detector{
		"tls-verify-off":    shellTLS,
		"no-restart-policy": shellRestart,
	}
}

// command is one command of a script with its continuation lines joined.
type command struct {
	line int
	text string
}

// scripts hands the commands of every shell script to f, comments left out.
func scripts(p *audit.Pass, f func(*audit.File, command)) {
	for _, file := range p.Project.Files {
		if file.Test || !isShell(file) {
			continue
		}
		for _, c := range commands(file.Content) {
			f(file, c)
		}
	}
}

func isShell(f *audit.File) bool {
	if f.Ext() == ".sh" || f.Ext() == ".bash" || f.Base() == "Makefile" {
		return true
	}
	first, _, _ := strings.Cut(string(f.Content), "\n")
	return strings.HasPrefix(first, "#!") && (strings.HasSuffix(first, "sh") || strings.Contains(first, "sh "))
}

func commands(content []byte) []command {
	var list []command
	n, open := 0, false
	for line := range strings.SplitSeq(string(content), "\n") {
		n++
		text := strings.TrimSpace(line)
		if strings.HasPrefix(text, "#") && !open {
			continue
		}
		if open {
			list[len(list)-1].text += " " + strings.TrimSuffix(text, `\`)
		} else {
			list = append(list, command{n, strings.TrimSuffix(text, `\`)})
		}
		open = strings.HasSuffix(text, `\`)
	}
	return list
}

// shellTLS finds downloads that take whatever certificate they are shown.
func shellTLS(p *audit.Pass) {
	off := regexp.MustCompile(`\bcurl\b[^|;&]*\s(?:-[a-jl-zA-Z]*k[a-zA-Z]*|--insecure)(?:\s|$)|\bwget\b[^|;&]*--no-check-certificate|GIT_SSL_NO_VERIFY=(?:1|true)|http\.sslVerify[= ]false|\bNODE_TLS_REJECT_UNAUTHORIZED=0|--trusted-host\b|\bssh\b[^|;&]*StrictHostKeyChecking=no`)
	scripts(p, func(f *audit.File, c command) {
		if off.MatchString(c.text) {
			p.Report(audit.Report{File: f, Line: c.line, Message: "the other side's certificate is not verified"})
		}
	})
}

// shellRestart finds containers that are started in the background and stay down after a crash.
func shellRestart(p *audit.Pass) {
	detached := regexp.MustCompile(`\b(?:docker|podman)\s+run\b.*\s(?:-[a-z]*d[a-z]*|--detach)(?:\s|$)`)
	scripts(p, func(f *audit.File, c command) {
		if detached.MatchString(c.text) && !strings.Contains(c.text, "--restart") && !strings.Contains(c.text, "--rm") {
			p.Report(audit.Report{File: f, Line: c.line, Message: "the container stays down after a crash"})
		}
	})
}
