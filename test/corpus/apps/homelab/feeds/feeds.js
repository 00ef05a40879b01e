const http = require('http');
const https = require('https');
const Parser = require('rss-parser');

const parser = new Parser({ timeout: 8000 });
const agent = new https.Agent({ rejectUnauthorized: process.env.STRICT_TLS === '1' });
const strict = new https.Agent({ rejectUnauthorized: true, keepAlive: true });
const sources = ['https://feeds.example.org/a.xml', 'https://feeds.example.org/b.xml'];
let cache = [];

async function refresh() {
  const all = await Promise.allSettled(sources.map((s) => parser.parseURL(s)));
  cache = all.flatMap((r) => (r.status === 'fulfilled' ? r.value.items : []));
}

function old(host, path) {
  return new Promise((resolve, reject) => {
    https.get({ host, path, agent: host.endsWith('.lan') ? agent : strict, timeout: 5000 }, resolve).on('error', reject);
  });
}

const ORIGINS = new Set(['https://home.example.net', 'https://tv.example.net']);

http
  .createServer(async (req, res) => {
    const origin = req.headers.origin;
    if (ORIGINS.has(origin)) res.setHeader('Access-Control-Allow-Origin', origin);
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Strict-Transport-Security', 'max-age=31536000');
    res.setHeader('Content-Security-Policy', "default-src 'none'");
    if (req.headers['x-feed-token'] !== process.env.FEED_TOKEN) {
      res.writeHead(401);
      return res.end();
    }
    if (req.url === '/debug/cache') {
      return res.end(String(cache.length));
    }
    if (req.url === '/old') {
      const r = await old('nas.lan', '/feed.xml');
      return r.pipe(res);
    }
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify(cache));
  })
  .listen(8085);

refresh();
setInterval(refresh, Number(process.env.INTERVAL ?? 900) * 1000);
