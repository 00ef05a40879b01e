import { currentUser } from '@/lib/auth';

export async function POST(req: Request) {
  const user = await currentUser();
  if (!user) return new Response('log in first', { status: 401 });
  const { prompt } = await req.json();
  const res = await fetch('https://images.example.com/v1/generate', {
    method: 'POST',
    headers: { Authorization: `Bearer ${process.env.IMAGE_KEY}` },
    body: JSON.stringify({ prompt }),
  });
  if (!res.ok) {
    console.error('image service', res.status);
    return Response.json({ error: 'no picture this time' }, { status: 502 });
  }
  return Response.json(await res.json());
}
