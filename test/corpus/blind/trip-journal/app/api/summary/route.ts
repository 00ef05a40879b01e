import { NextResponse } from 'next/server';
import OpenAI from 'openai';
import { one } from '@/lib/db';
import { who } from '@/lib/session';

export const maxDuration = 30;
const model = new OpenAI({ timeout: 25_000 });

export async function POST(request: Request) {
  const user = await who();
  const trip = one(Number((await request.json()).id));
  if (!user || !trip || trip.owner !== user) return NextResponse.json({ error: 'Not yours' }, { status: 403 });
  const answer = await model.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: `Summarise: ${trip.body.slice(0, 8000)}` }],
  });
  return NextResponse.json({ summary: answer.choices[0].message.content });
}
