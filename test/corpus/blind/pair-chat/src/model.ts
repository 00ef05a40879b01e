import OpenAI from "openai";

const client = new OpenAI({ timeout: 20_000, maxRetries: 1 });

export async function* reply(history: { role: "user" | "assistant"; content: string }[]) {
  const stream = await client.chat.completions.create({ model: "gpt-4o-mini", messages: history.slice(-20), stream: true });
  for await (const part of stream) {
    yield part.choices[0]?.delta?.content ?? "";
  }
}

export async function title(text: string): Promise<string> {
  const answer = await client.chat.completions.create({
    model: "gpt-4o-mini",
    messages: [{ role: "user", content: `Five words for this talk: ${text.slice(0, 500)}` }],
  });
  return answer.choices[0]?.message.content ?? "Talk";
}

export async function moderate(text: string): Promise<boolean> {
  const answer = await fetch("https://moderation.chat.example/check", {
    method: "POST",
    body: JSON.stringify({ text }),
    signal: AbortSignal.timeout(5_000),
  });
  return ((await answer.json()) as { fine: boolean }).fine;
}
