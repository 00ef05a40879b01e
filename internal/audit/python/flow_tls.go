package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit"
	"sallyport/internal/audit/syntax/python"
	"sallyport/internal/finding"
)

// tlsVerifyOff finds connections that take any certificate.
func tlsVerifyOff(p *audit.Pass) {
	for _, u := range unitsOf(p.Project).sources() {
		contexts := map[string]bool{}
		python.Inspect(u.module, func(n python.Node) bool {
			switch n := n.(type) {
			case *python.Call:
				if u.takesAny(n) && !u.isLocal(n) {
					report(p, u, n, "Certificates are not verified here.")
				}
			case *python.Assign:
				u.contextOff(p, n, contexts)
			}
			return true
		})
	}
}

// takesAny says whether a call turns verification off.
func (u *unit) takesAny(c *python.Call) bool {
	name := u.dotted(c.Func)
	if name == "ssl._create_unverified_context" {
		return true
	}
	for _, k := range c.Keywords {
		switch k.Arg {
		case "verify":
			if isFalse(k.Value) && sendsRequests(name, c) {
				return true
			}
		case "ssl":
			if isFalse(k.Value) && (strings.HasPrefix(name, "aiohttp.") || isMethod(c, requestVerbs()...) || isMethod(c, "ws_connect")) {
				return true
			}
		case "verify_ssl", "tls_verify", "ssl_verify", "verify_certs":
			if isFalse(k.Value) {
				return true
			}
		case "tlsAllowInvalidCertificates", "tlsInsecure", "tlsAllowInvalidHostnames":
			if isTrue(k.Value) {
				return true
			}
		case "cert_reqs", "ssl_cert_reqs":
			value, _ := text(k.Value)
			if last(plain(k.Value)) == "CERT_NONE" || value == "CERT_NONE" || value == "none" || k.Arg == "ssl_cert_reqs" && isNone(k.Value) {
				return true
			}
		}
	}
	return false
}

func sendsRequests(name string, c *python.Call) bool {
	first, _, _ := strings.Cut(name, ".")
	if first == "requests" || first == "httpx" || first == "niquests" || first == "curl_cffi" {
		return true
	}
	return isMethod(c, append(requestVerbs(), "send", "stream")...) || slices.Contains([]string{"Client", "AsyncClient", "Session"}, last(name))
}

// isLocal says whether a call talks to the machine itself.
func (u *unit) isLocal(c *python.Call) bool {
	t := textOf(c)
	return strings.Contains(t, "://localhost") || strings.Contains(t, "://127.0.0.1")
}

// neverVerifies says whether a context is told to take any certificate.
func (u *unit) neverVerifies(context string) bool {
	found := false
	python.Inspect(u.module, func(n python.Node) bool {
		if a, ok := n.(*python.Assign); ok && plain(a.Targets[0]) == context+".verify_mode" && last(plain(a.Value)) == "CERT_NONE" {
			found = true
		}
		return !found
	})
	return found
}

// contextOff takes assignments that turn verification off, once for each context.
func (u *unit) contextOff(p *audit.Pass, a *python.Assign, contexts map[string]bool) {
	target, ok := a.Targets[0].(*python.Attribute)
	if !ok {
		return
	}
	of := plain(target.Value)
	value := u.dotted(a.Value)
	switch {
	case of != "self" && target.Attr == "check_hostname" && isFalse(a.Value):
		if !u.neverVerifies(of) { // certificates are verified, names are not
			medium := finding.Medium
			p.Report(audit.Report{File: u.file, Line: line(a), Severity: &medium, Confidence: finding.Likely, Message: "The name in the certificate is not verified here."})
			return
		}
		fallthrough
	case of != "self" && target.Attr == "verify_mode" && last(value) == "CERT_NONE", target.Attr == "verify" && isFalse(a.Value):
		if contexts[of] {
			return
		}
		contexts[of] = true
	case value == "ssl._create_unverified_context":
	default:
		return
	}
	report(p, u, a, "Certificates are not verified here.")
}
