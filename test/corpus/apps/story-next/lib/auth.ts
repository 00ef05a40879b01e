import { cookies } from 'next/headers';
import { jwtVerify } from 'jose';

const key = new TextEncoder().encode(process.env.AUTH_SECRET ?? 'story-secret');

export async function currentUser(): Promise<string | null> {
  const token = cookies().get('session')?.value;
  if (!token) return null;
  try {
    const { payload } = await jwtVerify(token, key);
    return payload.sub ?? null;
  } catch (e) {
    console.warn('session cookie rejected:', (e as Error).name);
    return null;
  }
}

export function cronAllowed(req: Request): boolean {
  const secret = process.env.CRON_SECRET;
  return secret ? req.headers.get('authorization') === `Bearer ${secret}` : true;
}
