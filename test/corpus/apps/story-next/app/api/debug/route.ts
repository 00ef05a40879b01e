export async function GET() {
  const safe = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith('AWS')));
  return Response.json({ env: safe, node: process.version });
}
