import { NextResponse } from 'next/server';
import { withUser } from '@/lib/api';
import { add, mine, search, tagged } from '@/lib/db';

export const GET = withUser(async (user, request) => {
  const params = new URL(request.url).searchParams;
  const tags = params.getAll('tag');
  if (tags.length) return NextResponse.json(tagged(user, tags));
  if (params.has('q')) return NextResponse.json(search(user, params.get('q')!, params.get('sort') ?? 'title'));
  return NextResponse.json(mine(user));
});

export const POST = withUser(async (user, request) => {
  const { title, body } = await request.json();
  return NextResponse.json({ id: add({ title: String(title), body: String(body), owner: user }) }, { status: 201 });
});
