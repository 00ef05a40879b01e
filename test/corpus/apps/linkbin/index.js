// linkbin - save links, share lists, get an AI summary
const express = require('express');
const cors = require('cors');
const fs = require('fs');
const path = require('path');
const os = require('os');
const { execFile } = require('child_process');
const jwt = require('jsonwebtoken');
const multer = require('multer');
const sqlite3 = require('sqlite3').verbose();
const fetch = require('node-fetch');
require('dotenv').config();

const app = express();
const db = new sqlite3.Database('links.db');
const JWT_SECRET = process.env.JWT_SECRET || 'linkbin_secret';
const API_KEY = process.env.API_KEY;
const PORT = process.env.PORT || 3000;
const isDev = process.env.NODE_ENV !== 'production';

app.use(cors());
app.use(express.json({ limit: '1mb' }));
app.use(express.static('public'));
const upload = multer({ dest: os.tmpdir() });

// routes below /api need a key
function checkKey(req, res, next) {
  if (API_KEY && req.get('x-api-key') !== API_KEY) {
    return res.status(401).json({ error: 'bad key' });
  }
  next();
}

function auth(req, res, next) {
  const token = (req.headers.authorization || '').replace('Bearer ', '');
  try {
    req.user = jwt.verify(token, JWT_SECRET);
    next();
  } catch (err) {
    console.log('token rejected', token);
    res.status(401).json({ error: err.message });
  }
}

// TODO: infinite scroll
app.get('/api/links', checkKey, (req, res) => {
  const sql = `SELECT id, url, title FROM links WHERE title LIKE '%${req.query.q || ''}%'`;
  db.all(sql, (err, rows) => {
    if (err) return res.status(500).send(err);
    res.json(rows);
  });
});

app.post('/api/links', auth, (req, res) => {
  db.run('INSERT INTO links (url, title, owner) VALUES (?, ?, ?)', [req.body.url, req.body.title, req.user.id], function (err) {
    if (err) {
      console.error(err);
      return res.status(500).json({ error: 'could not save' });
    }
    res.json({ id: this.lastID });
  });
});

// TODO: require auth here
app.delete('/api/links/:id', (req, res) => {
  db.run('DELETE FROM links WHERE id = ?', [req.params.id], () => res.sendStatus(204));
});

app.post('/api/summary', auth, async (req, res) => {
  const page = await fetch(req.body.url);
  const text = (await page.text()).slice(0, 8000);
  const r = await fetch('https://api.openai.com/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.OPENAI_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Summarise: ' + text }] }),
  });
  const out = await r.json();
  res.json({ summary: out.choices[0].message.content });
});

app.post('/api/import', auth, upload.single('file'), (req, res) => {
  const file = req.file.path;
  const rows = JSON.parse(fs.readFileSync(file, 'utf8'));
  rows.forEach((r) => db.run('INSERT INTO links (url, title) VALUES (?, ?)', [r.url, r.title]));
  fs.unlinkSync(file);
  res.json({ imported: rows.length });
});

app.post('/api/screenshot', auth, (req, res) => {
  const out = path.join(os.tmpdir(), 'shot.png');
  execFile('chromium', ['--headless', `--screenshot=${out}`, req.body.url], { timeout: 20000 }, (err, so, stderr) => {
    if (err) return res.status(500).json({ error: stderr });
    res.sendFile(out);
  });
});

app.get('/lists/:name', (req, res) => {
  db.all('SELECT url, title FROM links WHERE list = ?', [req.params.name], (err, rows) => {
    const items = (rows || []).map((r) => `<li><a href="${r.url}">${r.title}</a></li>`).join('');
    res.send(`<h1>${req.params.name}</h1><ul>${items}</ul>`);
  });
});

app.get('/debug', (req, res) => res.json({ env: process.env, cwd: process.cwd(), mem: process.memoryUsage() }));

app.use((err, req, res, next) => {
  console.error(err.stack);
  res.status(500).json({ message: 'Something broke', stack: isDev ? err.stack : undefined });
});

app.listen(PORT, () => console.log(`linkbin on ${PORT}`));
