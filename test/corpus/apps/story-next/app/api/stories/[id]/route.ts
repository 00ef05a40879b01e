import { NextResponse } from 'next/server';
import { removeStory } from '@/lib/stories';

export async function DELETE(_req: Request, { params }: { params: { id: string } }) {
  await removeStory(Number(params.id));
  return new NextResponse(null, { status: 204 });
}
