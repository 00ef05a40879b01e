const seen = new Map<string, { count: number; since: number }>();

async function slack(text: string) {
  const hook = process.env.SLACK_HOOK;
  if (!hook) return;
  await fetch(hook, { method: "POST", body: JSON.stringify({ text }), signal: AbortSignal.timeout(4000) });
}

/** One message a kind in ten minutes, with the number of those that were kept back. */
export async function problem(kind: string) {
  const entry = seen.get(kind) ?? { count: 0, since: 0 };
  entry.count += 1;
  seen.set(kind, entry);
  if (Date.now() - entry.since < 600_000) return;
  entry.since = Date.now();
  await slack(`${kind}, ${entry.count} times`);
  entry.count = 0;
}

export async function refused(ip: string, path: string) {
  await slack(`refused ${ip} at ${path}`);
}
