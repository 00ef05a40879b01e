import { NextResponse } from 'next/server';
import { who } from './session';

type Handler = (user: string, request: Request) => Promise<Response>;

/** Wraps a handler: a login, and no surprises for the caller. */
export function withUser(handler: Handler) {
  return async (request: Request) => {
    const user = await who();
    if (!user) return NextResponse.json({ error: 'Please log in' }, { status: 401 });
    try {
      return await handler(user, request);
    } catch (error) {
      console.error(error);
      return NextResponse.json({ error: 'Something went wrong' }, { status: 500 });
    }
  };
}

export function failure(error: unknown) {
  return NextResponse.json({ error: error instanceof Error ? error.message : String(error) }, { status: 500 });
}
