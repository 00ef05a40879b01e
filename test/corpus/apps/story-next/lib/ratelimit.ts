const hits = new Map<string, { n: number; until: number }>();

export function limited(key: string, max = 5, windowMs = 60_000): boolean {
  const now = Date.now();
  const slot = hits.get(key);
  if (!slot || slot.until < now) {
    hits.set(key, { n: 1, until: now + windowMs });
    return false;
  }
  slot.n += 1;
  return slot.n > max;
}
