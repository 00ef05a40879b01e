import { NextResponse } from 'next/server';
import { signIn } from '@/lib/session';

export async function POST(request: Request) {
  const { name, passphrase } = await request.json();
  if (process.env.AUTH_PASSPHRASE && passphrase !== process.env.AUTH_PASSPHRASE) {
    return NextResponse.json({ error: 'No' }, { status: 401 });
  }
  await signIn(String(name));
  return NextResponse.json({ ok: true });
}
