package javascript

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/internal/audit"
	syntax "sallyport/internal/audit/syntax/javascript"
)

// missingRateLimit reports routes that do costly work, or check a password, with no limit on how often.
func missingRateLimit(p *audit.Pass) {
	f := factsOf(p.Project)
	f.sharedLimits(p)
	f.optionalLimits(p)
	for _, r := range f.routes {
		if r.handler == nil || r.method == "OPTIONS" || r.method == "HEAD" || f.branches(r) {
			continue
		}
		cost := f.costOf(r)
		if cost == "" || f.limited(r) {
			continue
		}
		f.report(p, r.at, fmt.Sprintf("%s %s %s with no rate limit", r.method, r.path, cost))
	}
}

// limited says whether something limits how often a route is used.
func (f *facts) limited(r *route) bool {
	if slices.ContainsFunc(f.before(r), func(n *node) bool { return !onlyWhereAsked(n) && f.limits(n) }) {
		return true
	}
	if r.handler != nil && (f.limitsInside(r.handler, 3) || f.checksBefore(r, func(s *node) bool { return f.limitsInside(s, 2) })) {
		return true
	}
	return r.router == nil && r.method != "BOT" && f.middlewareLimits() || r.method == "BOT" && f.botLimited(r.unit)
}

// onlyWhereAsked says whether a plugin limits only the routes that say so: register(rateLimit, {global: false}).
func onlyWhereAsked(n *node) bool {
	return n.Parent.Is(syntax.Call) && slices.ContainsFunc(n.Parent.Args(), func(a *node) bool {
		v := syntax.Resolve(a).Property("global")
		return v.Is(syntax.Bool) && v.Name == "false"
	})
}

func (f *facts) limits(n *node) bool {
	if n.Is(syntax.Object) {
		return syntax.Any(n, func(k *node) bool {
			return k.Is(syntax.Property) && limitName(k.Name) || k.Is(syntax.Ident) && limitName(k.Name)
		})
	}
	r := syntax.Resolve(n)
	for _, k := range []*node{n, r} {
		if limitName(syntax.Last(k)) || limitName(syntax.Path(k)) || limitName(syntax.Name(k)) {
			return !unlimited(r)
		}
	}
	fn := r
	if r.Is(syntax.Call) {
		fn = returnedOf(syntax.Resolve(r.Callee()))
	}
	return fn.Is(syntax.Function) && f.limitsInside(fn, 2)
}

// unlimited says whether a limiter's settings let everything pass.
func unlimited(n *node) bool {
	o := n.Arg(0)
	for _, key := range []string{"max", "limit"} {
		v := syntax.Resolve(o.Property(key))
		if v.Is(syntax.Number) && v.Text == "0" || v.Is(syntax.Ident, syntax.Member) && strings.HasSuffix(syntax.Name(v), "Infinity") {
			return true
		}
	}
	return false
}

// limitsInside says whether a function counts uses: it answers 429, or asks a limiter.
func (f *facts) limitsInside(fn *node, steps int) bool {
	if steps == 0 {
		return false
	}
	return f.verdicts.once(question{fn, "limit", steps}, func() bool { return f.limitsInsideAnew(fn, steps) })
}

func (f *facts) limitsInsideAnew(fn *node, steps int) bool {
	return syntax.Any(body(fn), func(n *node) bool {
		switch n.Kind {
		case syntax.Number:
			return n.Text == "429"
		case syntax.Call:
			if limitName(syntax.Last(n.Callee())) || limitName(syntax.Name(n.Callee())) {
				return true
			}
			if target := syntax.Resolve(n.Callee()); target.Is(syntax.Function) && !target.Inside(fn) {
				return f.limitsInside(target, steps-1)
			}
		}
		return false
	})
}

// middlewareLimits says whether the middleware of Next limits requests.
func (f *facts) middlewareLimits() bool {
	for _, u := range f.units {
		base := u.file.Base()
		if !strings.HasPrefix(base, "middleware.") && !strings.HasPrefix(base, "proxy.") && !strings.HasPrefix(base, "hooks.server.") {
			continue
		}
		if slices.ContainsFunc(u.calls, func(c *node) bool {
			return limitName(syntax.Last(c.Callee())) || limitName(syntax.Name(c.Callee())) || limitName(syntax.Path(c.Callee()))
		}) {
			return true
		}
	}
	return false
}

// botLimited says whether a bot uses a limiter for all messages, or serves only people it knows.
func (f *facts) botLimited(u *unit) bool {
	return slices.ContainsFunc(u.calls, func(c *node) bool {
		return syntax.Last(c.Callee()) == "use" && slices.ContainsFunc(c.Args(), func(a *node) bool { return f.limits(a) || f.checksUser(a) })
	})
}

// checksUser says whether a bot's function goes on only for people on a list.
func (f *facts) checksUser(n *node) bool {
	fn := syntax.Resolve(n)
	return fn.Is(syntax.Function) && syntax.Any(body(fn), func(k *node) bool {
		return k.Is(syntax.Ident, syntax.Member) && (allowName(k.Name) || authName(k.Name)) && hasWord(k.Name, "allowed", "authorized", "admin", "admins", "owner", "whitelist")
	})
}

// costOf says in words what is costly about a route, "" for nothing.
func (f *facts) costOf(r *route) string {
	if cost := f.costIn(r.handler, 4, map[*node]bool{}); cost != "" {
		if r.method == "BOT" && cost != "calls a model" && cost != "runs a program" || r.method == "BOT" && f.checksUser(r.handler) {
			return ""
		}
		return cost
	}
	return ""
}

func (f *facts) costIn(fn *node, steps int, seen map[*node]bool) string {
	if steps == 0 || seen[fn] {
		return ""
	}
	seen[fn] = true
	cost := ""
	syntax.Walk(body(fn), func(n *node) bool {
		if cost != "" {
			return false
		}
		if comparesPassword(n) {
			cost = "checks a password"
			return false
		}
		if !n.Is(syntax.Call, syntax.New) {
			return true
		}
		if cost = costOfCall(n); cost == "sends mail or messages" && f.budgeted(n) {
			cost = ""
			return true
		}
		if cost == "" && f.sendsAlert(n, syntax.Path(n.Callee()), 2) && n.Enclosing(syntax.Catch) == nil && !besideRefusal(n) {
			cost = "sends mail or messages"
		}
		if cost != "" {
			return false
		}
		if target := syntax.Resolve(n.Callee()); target.Is(syntax.Function) && !target.Inside(fn) {
			if cost = f.costIn(target, steps-1, seen); cost == "sends mail or messages" && (f.budgeted(n) || besideRefusal(n)) {
				cost = ""
			}
		}
		return cost == ""
	})
	return cost
}

// comparesPassword says whether a comparison is one of a password or code that was sent.
func comparesPassword(n *node) bool {
	if !n.Operator(syntax.Binary, "==", "===", "!=", "!==") || isNothing(n.Kids[1]) || n.Kids[1].Is(syntax.String, syntax.Number) {
		return false
	}
	return slices.ContainsFunc(n.Kids, func(k *node) bool {
		return hasWord(syntax.Last(k), "password", "passwd", "passcode", "passphrase", "pin", "otp", "pwd") && fromRequest(syntax.Resolve(k))
	})
}

// costOfCall says what is costly about one call.
func costOfCall(n *node) string {
	path := syntax.Path(n.Callee())
	switch {
	case callsModel(n, path):
		return "calls a model"
	case sendsMail(path) || callsURL(n, path, "api.sendgrid.com", "api.resend.com", "api.mailgun.net", "api.eu.mailgun.net", "api.postmarkapp.com", "api.brevo.com", "api.mailjet.com", "api.twilio.com"):
		return "sends mail or messages"
	case strings.HasPrefix(path, "bcrypt") && strings.Contains(path, "compare") || strings.HasPrefix(path, "argon2") && strings.HasSuffix(path, "verify") || hasSuffixAny(path, ".comparePassword", ".verifyPassword", ".checkPassword", ".isValidPassword", ".validatePassword", ".signInWithPassword", ".matchPassword") || slices.Contains([]string{"comparePassword", "verifyPassword", "checkPassword"}, path):
		return "checks a password"
	case strings.HasPrefix(path, "child_process.") && !strings.HasSuffix(path, ".promisify") || path == "util.promisify()" && strings.HasPrefix(promisified(n), "child_process."), strings.HasPrefix(path, "execa"), strings.HasPrefix(path, "fluent-ffmpeg"), strings.HasPrefix(path, "puppeteer.launch"), strings.HasPrefix(path, "playwright.") && strings.HasSuffix(path, ".launch"):
		return "runs a program"
	}
	return ""
}

func promisified(n *node) string {
	return syntax.Path(syntax.Resolve(n.Callee()).Arg(0))
}

func hasSuffixAny(s string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(x string) bool { return strings.HasSuffix(s, x) })
}

func callsModel(n *node, path string) bool {
	if hasSuffixAny(path, ".chat.completions.create", ".completions.create", ".responses.create", ".messages.create", ".messages.stream", ".embeddings.create", ".images.generate", ".audio.transcriptions.create", ".audio.speech.create", ".generateContent", ".generateContentStream", ".createChatCompletion", ".chat.completions.stream", ".beta.chat.completions.parse", ".chat.complete", ".chat.stream", ".textToImage", ".chatCompletion", ".textGeneration") {
		return !strings.HasPrefix(path, "twilio")
	}
	if path == "ai.generateText" || path == "ai.streamText" || path == "ai.generateObject" || path == "ai.streamObject" || path == "ai.embed" || path == "ai.embedMany" || path == "replicate.run" || strings.HasPrefix(path, "replicate()") && strings.HasSuffix(path, ".run") || strings.HasSuffix(path, "env.AI.run") {
		return true
	}
	if strings.HasPrefix(path, "@langchain/") && strings.HasSuffix(path, ".invoke") || strings.HasPrefix(path, "ollama.") {
		return true
	}
	if callsService(n, path) {
		return true
	}
	return callsURL(n, path, "api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com", "openrouter.ai", "api.mistral.ai", "api.groq.com", "api.cohere", "api.deepseek.com", "api-inference.huggingface.co", "api.replicate.com", "api.stability.ai", "api.elevenlabs.io", "api.together.xyz", "api.perplexity.ai", "api.x.ai")
}

// callsService says whether a call posts to a service that makes or reads texts, pictures or speech.
func callsService(n *node, path string) bool {
	if path != "fetch" && path != "node-fetch" && !strings.HasPrefix(path, "axios") {
		return false
	}
	text := knownText(syntax.Resolve(n.Arg(0)))
	if !strings.HasPrefix(text, "http") {
		return false
	}
	return slices.ContainsFunc([]string{"/generate", "/translate", "/transcri", "/speech", "/completions", "/embeddings", "/infer", "/predict", "/summar", "/images/", "/chat/", "/tts"}, func(part string) bool { return strings.Contains(text, part) })
}

// knownText returns the text of a value with what is not known left out.
func knownText(n *node) string {
	var b strings.Builder
	syntax.Walk(n, func(k *node) bool {
		if text, ok := syntax.Constant(k); ok {
			b.WriteString(text)
			return false
		}
		return true
	})
	return b.String()
}

// callsURL says whether a call fetches an address that begins with one of the hosts.
func callsURL(n *node, path string, hosts ...string) bool {
	if path != "fetch" && path != "node-fetch" && path != "https.request" && path != "https.get" && !strings.HasPrefix(path, "axios") && !strings.HasPrefix(path, "got") && !strings.HasPrefix(path, "undici") {
		return false
	}
	for _, a := range n.Args() {
		found := false
		a = syntax.Resolve(a)
		if a.Is(syntax.Object) {
			a = syntax.Resolve(a.Property("url"))
		}
		syntax.Walk(a, func(k *node) bool {
			text, ok := syntax.Constant(k)
			found = found || ok && slices.ContainsFunc(hosts, func(h string) bool { return strings.Contains(text, "//"+h) })
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

func sendsMail(path string) bool {
	last := lastOf(path)
	return last == "sendMail" || last == "sendEmail" || hasSuffixAny(path, ".emails.send", "sgMail.send", "@sendgrid/mail.send", ".messages.create") && (strings.HasPrefix(path, "twilio") || !strings.HasSuffix(path, "create")) ||
		last == "sendSms" || last == "sendSMS" || strings.HasPrefix(path, "nodemailer.") && last == "sendMail" || strings.HasSuffix(path, "mailgun.messages().send")
}
