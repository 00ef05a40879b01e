import { NextResponse } from 'next/server';

export const dynamic = 'force-dynamic';

export function GET() {
  const shown = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  return NextResponse.json(Object.fromEntries(shown));
}
