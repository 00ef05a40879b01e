import { NextResponse } from 'next/server';
import { one } from '@/lib/db';
import { failure } from '@/lib/api';

const HEADERS = { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'max-age=60' };

export async function GET(request: Request) {
  try {
    const trip = one(Number(new URL(request.url).searchParams.get('id')));
    if (!trip) return NextResponse.json({ error: 'There is no such trip' }, { status: 404 });
    return NextResponse.json({ title: trip.title, body: trip.body }, { headers: HEADERS });
  } catch (error) {
    return failure(error);
  }
}
