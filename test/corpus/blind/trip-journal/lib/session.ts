import { jwtVerify, SignJWT } from 'jose';
import { cookies } from 'next/headers';

const raw = process.env.AUTH_SECRET;
if (!raw) throw new Error('AUTH_SECRET is not set');
const key = new TextEncoder().encode(raw);

export async function signIn(name: string) {
  const token = await new SignJWT({ name }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('30d').sign(key);
  (await cookies()).set('trip', token, { httpOnly: true, secure: true, sameSite: 'lax' });
}

export async function who(): Promise<string | null> {
  const token = (await cookies()).get('trip')?.value;
  if (!token) return null;
  try {
    const { payload } = await jwtVerify(token, key);
    return String(payload.name);
  } catch {
    return null;
  }
}
