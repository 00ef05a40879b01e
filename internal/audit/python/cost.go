package python

import (
	"slices"
	"strings"

	"sallyport/internal/audit/syntax/python"
)

// costs remembers what functions do that costs money, machine or guesses, so that no function is looked at twice.
type costs struct {
	all   *units
	known map[costed]string
}

// costed is a function with how many calls may still be followed from it.
type costed struct {
	def  *python.FunctionDef
	hops int
}

func newCosts(all *units) *costs { return &costs{all: all, known: map[costed]string{}} }

// of says what a function or statement does that is costly; "" when nothing. What a function that it calls limits
// itself does not count.
func (k *costs) of(u *unit, n python.Node, hops int) string {
	what := ""
	python.Inspect(n, func(at python.Node) bool {
		if c, ok := at.(*python.Call); ok && what == "" {
			what = k.ofCall(u, c, hops)
		}
		return what == ""
	})
	return what
}

func (k *costs) ofCall(u *unit, c *python.Call, hops int) string {
	what := costlyCall(u, c)
	if what != "" || hops <= 1 {
		return what
	}
	if f, owner := k.all.callee(u, c); f != nil {
		what = k.ofFunction(owner, f, hops-1)
	}
	if strings.HasPrefix(last(plain(c.Func)), "register_") {
		return what
	}
	for _, a := range c.Args { // asyncio.to_thread(convert, data)
		if _, named := a.(*python.Name); named && what == "" {
			if f, owner := k.all.function(u, a); f != nil {
				what = k.ofFunction(owner, f, hops-1)
			}
		}
	}
	return what
}

func (k *costs) ofFunction(u *unit, f *python.FunctionDef, hops int) string {
	key := costed{f, hops}
	what, ok := k.known[key]
	if !ok {
		k.known[key] = "" // of one that calls itself
		if !isLimitedFunction(f) {
			what = k.of(u, f, hops)
		}
		k.known[key] = what
	}
	return what
}

// isLimitedFunction says whether a function that does the work limits it: by a decorator, or inside.
func isLimitedFunction(f *python.FunctionDef) bool {
	return slices.ContainsFunc(f.DecoratorList, func(d python.Expr) bool { return namesLimit(d) }) || limitsInside(f)
}

// modelCalls end the names of calls that run a model.
func modelCalls() []string {
	return []string{
		"chat.completions.create", "completions.create", "messages.create", "responses.create", "images.generate", "images.edit", "embeddings.create",
		"audio.transcriptions.create", "audio.translations.create", "audio.speech.create", "chat.completions.parse", "beta.chat.completions.parse",
		"ChatCompletion.create", "ChatCompletion.acreate", "Completion.create", "generate_content", "generate_content_async", "send_message_async",
		"messages.stream", "chat.send_message", "replicate.run", "ollama.chat", "ollama.generate", "models.generate_content", "text_to_speech.convert",
		"text_to_image", "chat_completion", "text_generation", "litellm.completion", "litellm.acompletion", "llm.invoke", "llm.ainvoke", "chain.invoke", "chain.ainvoke",
		"chain.run", "agent.run", "llm.predict", "model.transcribe", "qa_chain.run", "InferenceClient", "model.generate", "images.generate_async", "Image.create",
	}
}

func costlyCall(u *unit, c *python.Call) string {
	name := u.dotted(c.Func)
	for _, end := range modelCalls() {
		if (name == end || strings.HasSuffix(name, "."+end) || strings.HasSuffix(name, "_"+end)) && (end != "chat.send_message" || !isBot(u)) {
			return "calls a model"
		}
	}
	switch short := last(name); {
	case slices.Contains([]string{"subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_output", "subprocess.check_call", "os.system", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"}, name):
		return "runs a program"
	case slices.Contains([]string{"sendmail", "send_mail", "send_email", "EmailMessage.send", "send_sms"}, short), strings.HasSuffix(name, "Emails.send"), name == "mail.send", strings.HasSuffix(name, ".mail.send"), strings.HasPrefix(name, "smtplib."):
		return "sends messages"
	case slices.Contains([]string{"check_password_hash", "verify_password", "checkpw", "check_password", "verify_otp", "verify_code", "verify_totp"}, short), strings.HasSuffix(name, "pwd_context.verify"), strings.HasSuffix(name, "totp.verify"), strings.HasSuffix(name, "hasher.verify"), name == "django.contrib.auth.authenticate":
		return "checks a password or code"
	case slices.Contains([]string{"post", "request", "stream"}, short) && len(c.Args) > 0 && isModelAddress(textOf(c.Args[0])):
		return "calls a model"
	}
	return ""
}

func isModelAddress(s string) bool {
	for _, host := range []string{"api.openai.com", "api.anthropic.com", "generativelanguage.googleapis", "api.groq.com", "api-inference.huggingface", "api.replicate.com", "api.stability.ai", "api.elevenlabs.io", "openrouter.ai", "api.mistral.ai", "api.deepseek.com", "api.cohere", "api.together"} {
		if strings.Contains(s, host) {
			return true
		}
	}
	return false
}
