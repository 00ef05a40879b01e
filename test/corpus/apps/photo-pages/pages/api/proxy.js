export default async function proxy(req, res) {
  // any page may embed our albums
  res.setHeader('Access-Control-Allow-Origin', req.headers.origin || '*');
  res.setHeader('Access-Control-Allow-Methods', 'GET');
  const r = await fetch('https://photos.example.org/feed.json', { signal: AbortSignal.timeout(4000) });
  res.status(r.status).json(await r.json());
}
