import { currentUser } from '@/lib/auth';
import { limited } from '@/lib/ratelimit';
import OpenAI from 'openai';

const openai = new OpenAI({ timeout: 30_000 });

export async function POST(req: Request) {
  const user = await currentUser();
  if (!user) return new Response('log in first', { status: 401 });
  if (limited(`continue:${user}`)) return new Response('slow down', { status: 429, headers: { 'Retry-After': '60' } });
  const { text } = await req.json();
  const stream = await openai.chat.completions.create({
    model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: `Continue: ${text}` }],
  });
  const body = new ReadableStream({
    async start(controller) {
      const enc = new TextEncoder();
      try {
        for await (const part of stream) controller.enqueue(enc.encode(`data: ${JSON.stringify(part.choices[0]?.delta)}\n\n`));
      } catch (err: any) {
        controller.enqueue(enc.encode(`event: error\ndata: ${err.message}\n\n`));
      }
      controller.close();
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}
