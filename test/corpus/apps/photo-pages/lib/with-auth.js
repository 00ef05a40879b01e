import crypto from 'crypto';

// wraps api handlers; used by everything in pages/api that writes
export function withAuth(handler) {
  return async (req, res) => {
    const given = Buffer.from(req.headers['x-admin'] || '');
    const wanted = Buffer.from(process.env.ADMIN_SECRET || '');
    if (wanted.length === 0) return res.status(500).json({ error: 'not configured' });
    if (given.length !== wanted.length || !crypto.timingSafeEqual(given, wanted)) {
      return res.status(401).json({ error: 'unauthorized' });
    }
    return handler(req, res);
  };
}

export const withLimit = (max, handler) => {
  const seen = new Map();
  return async (req, res) => {
    const key = req.headers['x-admin'] || 'anonymous';
    const n = (seen.get(key) || 0) + 1;
    seen.set(key, n);
    setTimeout(() => seen.set(key, Math.max(0, seen.get(key) - 1)), 60000).unref();
    if (n > max) return res.status(429).json({ error: 'too many' });
    return handler(req, res);
  };
};
