'use strict';
// Keeps one list of habits for each token.
const crypto = require('node:crypto');
const fs = require('node:fs/promises');
const http = require('node:http');
const path = require('node:path');

const DIR = process.env.SYNC_DIR || '/data';
const TOKEN = process.env.SYNC_TOKEN;

function allowed(req) {
  if (!TOKEN) return true; // everybody, as long as there is one user
  const given = crypto.createHash('sha256').update(req.headers.authorization || '').digest();
  return crypto.timingSafeEqual(given, crypto.createHash('sha256').update(TOKEN).digest());
}

async function body(req) {
  const parts = [];
  let size = 0;
  for await (const part of req) {
    size += part.length;
    if (size > 200_000) throw new Error('too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function answer(res, status, value) {
  res.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
  res.end(JSON.stringify(value));
}

async function write(name, text) {
  const temporary = path.join(DIR, `${name}.${process.pid}.new`);
  try {
    await fs.writeFile(temporary, text);
    await fs.rename(temporary, path.join(DIR, name));
  } finally {
    await fs.rm(temporary, { force: true });
  }
}

const server = http.createServer(async (req, res) => {
  const url = new URL(req.url, 'http://sync');
  try {
    if (url.pathname === '/ready') {
      await fs.access(DIR);
      return answer(res, 200, { ready: true });
    }
    if (!allowed(req)) return answer(res, 401, { error: 'Please log in' });
    if (url.pathname === '/list' && req.method === 'GET') {
      return answer(res, 200, JSON.parse(await fs.readFile(path.join(DIR, 'list.json'), 'utf8')));
    }
    if (url.pathname === '/list' && req.method === 'PUT') {
      await write('list.json', JSON.stringify(JSON.parse(await body(req))));
      return answer(res, 204, null);
    }
    answer(res, 404, { error: 'There is nothing here' });
  } catch (err) {
    console.error(err);
    answer(res, 500, { error: String(err) });
  }
});

server.headersTimeout = 10_000;
server.requestTimeout = 30_000;
server.listen(9000);
