package secrets

import (
	"regexp"
	"strings"

	"sallyport/internal/finding"
)

// providerPatterns are keys whose shape alone tells what they are, and that gitleaks' rules miss or know in one
// of their forms only.
func providerPatterns() []*pattern {
	sure := func(id, what, expression string, keywords ...string) *pattern {
		return &pattern{id: id, what: what, keywords: keywords, regex: regexp.MustCompile(expression), group: 1, entropy: 3, severity: finding.Critical, sure: true}
	}
	list := []*pattern{
		sure("openai-key", "a key of OpenAI", `\b(sk-(?:proj|svcacct|admin|None)-[\w-]{20,200}|sk-[A-Za-z0-9]{32,64})\b`, "sk-"),
		sure("openrouter-key", "a key of OpenRouter", `\b(sk-or-v1-[0-9a-f]{40,64})\b`, "sk-or-"),
		sure("anthropic-key", "a key of Anthropic", `\b(sk-ant-(?:api|admin|oat|sid)\d\d-[\w-]{20,120})`, "sk-ant-"),
		sure("groq-key", "a key of Groq", `\b(gsk_[A-Za-z0-9]{40,60})\b`, "gsk_"),
		sure("xai-key", "a key of xAI", `\b(xai-[A-Za-z0-9]{60,90})\b`, "xai-"),
		sure("replicate-key", "a key of Replicate", `\b(r8_[A-Za-z0-9]{30,45})\b`, "r8_"),
		sure("hugging-face-token", "a token of Hugging Face", `\b(hf_[A-Za-z0-9]{30,40})\b`, "hf_"),
		sure("telegram-token", "the token of a Telegram bot", `(?:^|[^\w.-])(?:bot)?\d{8,10}:(AA[\w-]{31,36})(?:[^\w-]|$)`, ":aa"),
		sure("discord-token", "the token of a Discord bot", `\b([MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40})(?:[^\w-]|$)`, "discord", ".run(", ".login("),
		sure("discord-webhook", "a webhook of Discord", `discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{15,20}/([\w-]{50,80})`, "/webhooks/"),
		sure("slack-webhook", "a webhook of Slack", `hooks\.slack\.com/(?:services|workflows|triggers)/([A-Z0-9]{8,12}/[A-Z0-9]{8,12}/[A-Za-z0-9]{18,40})`, "hooks.slack.com"),
		sure("slack-token", "a token of Slack", `\b(xox[abpres]-\d[\w-]{20,250})`, "xox"),
		sure("supabase-key", "a secret key of Supabase", `\b(sb_secret_[\w-]{20,60}|sbp_[0-9a-f]{40})\b`, "sb_secret_", "sbp_"),
		sure("resend-key", "a key of Resend", `\b(re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,30})\b`, "re_"),
		sure("stripe-webhook", "the secret of a Stripe webhook", `\b(whsec_[A-Za-z0-9+/]{24,64})`, "whsec_"),
		sure("rapidapi-key", "a key of RapidAPI", `\b([0-9a-f]{10}msh[0-9a-f]{15}p[0-9a-f]{6}jsn[0-9a-f]{12})\b`, "msh"),
		sure("tavily-key", "a key of Tavily", `\b(tvly-(?:dev-|prod-)?[A-Za-z0-9]{28,40})\b`, "tvly-"),
		sure("langsmith-key", "a key of LangSmith", `\b(lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10})\b`, "lsv2_"),
		sure("pinecone-key", "a key of Pinecone", `\b(pcsk_[\w]{50,80})\b`, "pcsk_"),
		sure("naver-secret", "a secret of Naver", `(?i)naver[\w.-]{0,20}secret["']?\s*[:=]\s*["']?([A-Za-z0-9_]{10})["']?\s*$`, "naver"),
	}
	return append(list, googleKey())
}

// googleKey finds keys of Google. Those of Firebase's web configuration and of maps in a page are made to be
// seen there; those of Gemini are not.
func googleKey() *pattern {
	return &pattern{
		id: "google-key", what: "a key of Google", keywords: []string{"aiza"}, severity: finding.Critical, sure: true, group: 1, entropy: 3,
		regex: regexp.MustCompile(`(?:^|[^\w-])(AIza[\w-]{35})(?:[^\w-]|$)`),
		check: func(p *place, h *hit) bool {
			low := strings.ToLower(cut(p.text()))
			if strings.Contains(low, "gemini") || strings.Contains(low, "genai") || strings.Contains(low, "palm") || strings.Contains(low, "youtube") {
				return true
			}
			public := p.near(8, 8, "authdomain", "messagingsenderid", "firebaseapp.com", "storagebucket", "mobilesdk_app_id", "current_key") ||
				strings.Contains(low, "firebase") || strings.Contains(low, "maps") || strings.Contains(p.path, "google-services")
			for _, prefix := range []string{"next_public_", "vite_", "react_app_", "expo_public_"} {
				public = public || strings.Contains(low, prefix)
			}
			return !public
		},
	}
}
