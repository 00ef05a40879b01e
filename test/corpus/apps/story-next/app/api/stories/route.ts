import { NextRequest, NextResponse } from 'next/server';
import { currentUser } from '@/lib/auth';
import { insertStory, listStories } from '@/lib/stories';

export async function GET(req: NextRequest) {
  const rows = await listStories(req.nextUrl.searchParams.get('q') ?? '');
  return NextResponse.json(rows, { headers: { 'Access-Control-Allow-Origin': '*' } });
}

export async function POST(req: NextRequest) {
  const user = await currentUser();
  if (!user) return NextResponse.json({ error: 'log in first' }, { status: 401 });
  try {
    const { title, html } = await req.json();
    const { rows } = await insertStory(title, html, user);
    return NextResponse.json(rows[0], { status: 201 });
  } catch (error) {
    return NextResponse.json({ error: (error as Error).message }, { status: 500 });
  }
}
