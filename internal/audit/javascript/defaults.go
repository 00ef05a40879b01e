package javascript

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
	"sallyport/internal/finding"
)

// secretDefault reports secrets that have a value in the source for when the environment has none.
func secretDefault(p *audit.Pass) {
	f := factsOf(p.Project)
	f.each(func(u *unit, n *node) {
		name, value := defaultOf(n)
		if value == nil || localOnly(n) || f.refused(n, value) {
			return
		}
		text, ok := syntax.Constant(value)
		if !ok || !worthHiding(name, text) {
			return
		}
		f.report(p, n, fmt.Sprintf("%s has a default in the source", name), redacted(text))
	})
}

func redacted(text string) func(*audit.Report) {
	return func(r *audit.Report) {
		if len(text) > 3 {
			r.Redact = []string{text}
		}
	}
}

// defaultOf returns the environment variable that a node gives a default, and the default.
func defaultOf(n *node) (string, *node) {
	switch n.Kind {
	case syntax.Binary:
		if n.Name == "||" || n.Name == "??" {
			return ownVariable(n.Kids[0]), n.Kids[1]
		}
	case syntax.Conditional:
		if present := whenPresent(n.Kids[0]); present != nil && sameValue(n.Kids[1], present) {
			return ownVariable(present), n.Kids[2]
		}
		if missing := whenMissing(n.Kids[0]); missing != nil && sameValue(n.Kids[2], missing) {
			return ownVariable(missing), n.Kids[1]
		}
	case syntax.If:
		return missingBranch(n)
	case syntax.Assign:
		return defaultOfAssign(n)
	case syntax.Call:
		if name, ok := envName(n); ok && len(n.Args()) > 1 {
			return name, n.Arg(1)
		}
	case syntax.Property:
		return schemaDefault(n)
	}
	return "", nil
}

// ownVariable returns the variable that an expression reads, unless it already has a default, which is then
// reported at its own place.
func ownVariable(n *node) string {
	for n.Operator(syntax.Binary, "||", "??") {
		if _, ok := syntax.Constant(n.Kids[1]); ok {
			return ""
		}
		n = n.Kids[0]
	}
	v, ok := variableOf(n)
	if !ok || v.fallback != nil {
		return ""
	}
	return v.name
}

// missingBranch reads if (!SECRET) SECRET = "…".
func missingBranch(n *node) (string, *node) {
	missing := whenMissing(n.Kids[0])
	if missing == nil {
		return "", nil
	}
	var found *node
	syntax.Own(n.Kids[1], func(k *node) bool {
		if k.Operator(syntax.Assign, "=") && syntax.Name(k.Kids[0]) == syntax.Name(missing) && found == nil {
			found = k.Kids[1]
		}
		return true
	})
	if found == nil {
		return "", nil
	}
	v, ok := variableOf(missing)
	if !ok {
		return "", nil
	}
	return v.name, found
}

// defaultOfAssign reads const {SECRET = "…"} = process.env and process.env.SECRET ||= "…".
func defaultOfAssign(n *node) (string, *node) {
	if n.Name == "||=" || n.Name == "??=" {
		if name, ok := envName(n.Kids[0]); ok {
			return name, n.Kids[1]
		}
		return ownVariable(n.Kids[0]), n.Kids[1]
	}
	if n.Name != "=" || !n.Parent.Is(syntax.Pattern) || !n.Kids[0].Is(syntax.Ident) {
		return "", nil
	}
	if b := syntax.Lookup(n.Kids[0]); b != nil && b.Value.Operator(syntax.Binary, "??") {
		name, _ := envName(b.Value.Kids[0])
		return name, n.Kids[1]
	}
	return "", nil
}

// schemaDefault reads SECRET: z.string().default("…") and SECRET: str({default: "…"}) of a schema that the
// environment is read by.
func schemaDefault(n *node) (string, *node) {
	if n.Name != strings.ToUpper(n.Name) || !n.Kids[0].Is(syntax.Call) {
		return "", nil
	}
	call := n.Kids[0]
	if d := call.Arg(0).Property("default"); d != nil {
		return n.Name, d
	}
	for c := call; c.Is(syntax.Call) && c.Callee().Is(syntax.Member); c = c.Callee().Kids[0] {
		if (c.Callee().Name == "default" || c.Callee().Name == "catch") && strings.HasPrefix(syntax.Path(c), "zod.") || c.Callee().Name == "default" && strings.HasPrefix(syntax.Path(c), "joi.") {
			return n.Name, c.Arg(0)
		}
	}
	return "", nil
}

// worthHiding says whether a default is a secret: by the variable's name, or because it is a URL with a
// password.
func worthHiding(name, text string) bool {
	if name == "" || strings.TrimSpace(text) == "" {
		return false
	}
	if hasPassword(text) {
		return true
	}
	if !secretName(name) || strings.Contains(text, "://") {
		return false
	}
	return !outbound(name) || !placeholder(text)
}

// hasPassword says whether a text is a URL that holds a user and a password.
func hasPassword(text string) bool {
	_, rest, ok := strings.Cut(text, "://")
	if !ok {
		return false
	}
	userinfo, _, ok := strings.Cut(rest, "@")
	user, password, also := strings.Cut(userinfo, ":")
	return ok && also && user+password != "" && password != "" && !strings.ContainsAny(password, "/<${")
}

// outbound says whether a secret is one that the program shows to another service, so that a made-up default
// lets nobody in.
func outbound(name string) bool {
	return hasWord(name, "openai", "anthropic", "stripe", "sendgrid", "resend", "mailgun", "gemini", "google", "github", "telegram", "bot", "discord", "slack", "aws", "supabase", "twilio",
		"mistral", "groq", "cohere", "openrouter", "deepseek", "huggingface", "hf", "pinecone", "cloudinary", "mapbox", "sentry", "posthog", "algolia", "rapidapi", "smtp", "mail", "email", "replicate", "notion", "azure", "elevenlabs", "firebase", "newrelic", "weather", "llm", "ai")
}

// placeholder says whether a text says itself that it is no secret.
func placeholder(text string) bool {
	lower := strings.ToLower(text)
	for _, part := range []string{"your", "dummy", "placeholder", "missing", "example", "xxx", "none", "not-set", "notset", "build", "mock", "fake", "test", "undefined", "null", "n/a", "na", "no-key", "empty", "...", "changeme", "<"} {
		if strings.Contains(lower, part) {
			return true
		}
	}
	return len(text) < 4
}

// localOnly says whether a place counts only where developers work: in a branch for NODE_ENV other than
// production.
func localOnly(n *node) bool {
	for child, p := n, n.Parent; p != nil; child, p = p, p.Parent {
		switch {
		case p.Is(syntax.Conditional, syntax.If) && p.Kids[0] != child && environmentTest(p.Kids[0]):
			production := isProductionTest(p.Kids[0]) && !syntax.Any(p.Kids[0], func(k *node) bool { return k.Operator(syntax.Binary, "!==", "!=") })
			return production == (p.Kids[2] == child)
		case p.Is(syntax.Function) && hasWord(p.Name, "test", "mock", "seed"):
			return true
		}
	}
	return false
}

func environmentTest(test *node) bool {
	return syntax.Any(test, func(k *node) bool {
		name, ok := envName(k)
		return ok && (name == "NODE_ENV" || hasWord(name, "env", "environment")) || k.Is(syntax.Ident) && hasWord(k.Name, "prod", "production", "dev", "development")
	})
}

// refused says whether the program later refuses to run with a default: if (SECRET === "dev") throw.
func (f *facts) refused(n, value *node) bool {
	text, ok := syntax.Constant(value)
	if !ok {
		return false
	}
	return syntax.Any(n.File().Program, func(k *node) bool {
		return k.Is(syntax.If) && stops(k.Kids[1]) && syntax.Any(k.Kids[0], func(c *node) bool {
			other, ok := syntax.Constant(c)
			return ok && other == text && c.Parent.Is(syntax.Binary, syntax.Call)
		})
	})
}

// debugDefault reports debug switches that are on when the environment says nothing.
func debugDefault(p *audit.Pass) {
	f := factsOf(p.Project)
	f.each(func(u *unit, n *node) {
		switch {
		case n.Operator(syntax.Binary, "||", "??"), n.Is(syntax.Assign), n.Is(syntax.Call):
			if name, value := defaultOf(n); value != nil && debugName(name) && on(value) {
				f.report(p, n, fmt.Sprintf("debug mode is on when %s is missing", name))
			} else if value != nil && stageName(name) && isDevelopment(value) && f.decidesDebug(n) {
				f.report(p, n, fmt.Sprintf("a deployment without %s counts as development", name))
			}
		case n.Operator(syntax.Binary, "!==", "!="):
			f.debugUnless(p, n)
		case n.Is(syntax.Property, syntax.Declarator):
			f.debugConstant(p, n)
		}
	})
}

func debugName(name string) bool {
	return hasWord(name, "debug", "verbose", "introspection", "playground", "graphiql") && !hasWord(name, "level", "log", "port")
}

func stageName(name string) bool {
	return name == "NODE_ENV" || name == "ENV" || name == "APP_ENV" || name == "ENVIRONMENT"
}

func on(n *node) bool {
	n = syntax.Resolve(n)
	return isTrue(n) || n.Is(syntax.String) && slices.Contains([]string{"true", "1", "on", "yes", "*"}, n.Text) || n.Is(syntax.Number) && n.Text == "1"
}

func isDevelopment(n *node) bool {
	text, _ := syntax.Constant(n)
	return text == "dev" || text == "development" || text == "debug" || text == "local"
}

// decidesDebug says whether the value of a stage switches something that must not be on in production.
func (f *facts) decidesDebug(n *node) bool {
	d := n.Enclosing(syntax.Declarator, syntax.Property)
	if d == nil {
		return false
	}
	name := d.Name
	if d.Is(syntax.Declarator) {
		name = d.Kids[0].Name
	}
	used := false
	for _, u := range f.units {
		syntax.Walk(u.tree.Program, func(k *node) bool {
			if k.Operator(syntax.Binary, "===", "==", "!==", "!=") && (syntax.Last(k.Kids[0]) == name) && comparesStage(k) && f.switchesDebug(k) {
				used = true
			}
			return !used
		})
	}
	return used
}

// comparesStage tells stage === "development" and stage !== "production", which are true by default, from
// their opposites.
func comparesStage(n *node) bool {
	text, _ := syntax.Constant(n.Kids[1])
	if strings.HasPrefix(n.Name, "!") {
		return strings.HasPrefix(text, "prod")
	}
	return isDevelopment(n.Kids[1])
}

// debugUnless finds debug: process.env.NODE_ENV !== "production" and DEBUG !== "false".
func (f *facts) debugUnless(p *audit.Pass, n *node) {
	v, ok := variableOf(n.Kids[0])
	text, constant := syntax.Constant(n.Kids[1])
	if !ok || !constant {
		return
	}
	switch {
	case n.Parent.Operator(syntax.Binary, "&&"):
	case debugName(v.name) && (text == "false" || text == "0" || text == "off" || text == "no") && v.fallback == nil:
		f.report(p, n, fmt.Sprintf("debug mode is on when %s is missing", v.name))
	case stageName(v.name) && strings.HasPrefix(text, "prod") && v.fallback == nil && f.switchesDebug(n) && v.from.Inside(n):
		f.report(p, n, fmt.Sprintf("debug mode is on when %s is missing", v.name))
	}
}

// switchesDebug says whether a test is the value of a setting for debugging, or opens a debug route.
func (f *facts) switchesDebug(n *node) bool {
	top := n
	for top.Parent.Is(syntax.Binary, syntax.Unary) {
		top = top.Parent
	}
	switch p := top.Parent; {
	case p.Is(syntax.Property):
		return hasWord(p.Name, "debug", "introspection", "playground", "graphiql", "stacktrace", "includeStacktraceInErrorResponses") || p.Name == "debug"
	case p.Is(syntax.Declarator):
		return hasWord(p.Kids[0].Name, "debug") || f.opensLeak(p.Kids[0], p.Kids[1])
	case p.Is(syntax.Assign):
		return hasWord(syntax.Last(p.Kids[0]), "debug")
	case p.Is(syntax.If) && p.Kids[0] == top:
		return slices.ContainsFunc(f.routes, func(r *route) bool { return r.at.Inside(p.Kids[1]) && debugPath(r.path) })
	}
	return false
}

// opensLeak says whether a name, in its file or where it is imported, decides that an answer holds the text of an error,
// or opens a debug route.
func (f *facts) opensLeak(name, value *node) bool {
	return name.Is(syntax.Ident) && slices.ContainsFunc(f.tests[name.Name], func(n *node) bool {
		if n.File() != name.File() && syntax.Resolve(n) != value {
			return false
		}
		if n.Parent.Is(syntax.If) {
			return slices.ContainsFunc(f.routes, func(r *route) bool { return r.at.Inside(n.Parent.Kids[1]) && debugPath(r.path) })
		}
		return syntax.Any(n.Parent.Kids[1], showsError)
	})
}

// noteTest notes names that are tests as they are: verbose ? a : b, verbose && a, if (verbose).
func (f *facts) noteTest(n *node) {
	if n.Is(syntax.Ident) && (n.Parent.Is(syntax.Conditional, syntax.If) || n.Parent.Operator(syntax.Binary, "&&")) && n.Parent.Kids[0] == n {
		f.tests[n.Name] = append(f.tests[n.Name], n)
	}
}

func showsError(n *node) bool {
	return n.Is(syntax.Member) && (n.Name == "stack" || n.Name == "message") && isErrorVariable(n.Kids[0])
}

// debugConstant finds the debug mode of a framework that is simply switched on.
func (f *facts) debugConstant(p *audit.Pass, n *node) {
	if n.Is(syntax.Declarator) {
		if d := n.Kids[0]; d.Is(syntax.Ident) && (d.Name == "DEBUG" || d.Name == "DEBUG_MODE") && isTrue(n.Kids[1]) && n.Parent.Name != "let" {
			f.report(p, n, d.Name+" is on in the source", severity(finding.Low))
		}
		return
	}
	call := n.Enclosing(syntax.Call, syntax.New)
	if call == nil || !call.Arg(0).Is(syntax.Object) || n.Parent != call.Arg(0) || !isTrue(n.Kids[0]) {
		return
	}
	name := syntax.Path(call.Callee())
	if strings.HasSuffix(name, "ApolloServer") && (n.Name == "introspection" || n.Name == "includeStacktraceInErrorResponses" || n.Name == "debug" || n.Name == "playground") ||
		n.Name == "debug" && makesRouter(name) || n.Name == "graphiql" && strings.Contains(strings.ToLower(name), "graphql") {
		f.report(p, n, "the debug mode of the server is always on")
	}
}
