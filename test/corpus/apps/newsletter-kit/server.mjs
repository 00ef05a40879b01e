import http from 'node:http';
import crypto from 'node:crypto';
import { readFile, writeFile, rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import nodemailer from 'nodemailer';
import rateLimit from 'express-rate-limit';
import Handlebars from 'handlebars';
import escapeHtml from 'escape-html';
import helmet from 'helmet';
import { subscribers } from './store.mjs';
import { config } from './config.mjs';

const app = express();
app.use(helmet());
app.use(express.json());
app.use(express.urlencoded({ extended: false }));

// built on day one, mount it when the form is public
const limiter = rateLimit({ windowMs: 15 * 60 * 1000, max: 100 });

const transport = nodemailer.createTransport({
  host: config.mailHost,
  port: 465,
  secure: true,
  connectionTimeout: 8000,
  auth: { user: config.mailUser, pass: config.mailPass },
  tls: { rejectUnauthorized: false },
});

app.use((req, res, next) => {
  const origin = req.headers.origin;
  if (origin) {
    res.setHeader('Access-Control-Allow-Origin', origin);
    res.setHeader('Access-Control-Allow-Credentials', 'true');
  }
  next();
});

// the temporary password mails of the old system are gone
const editorsOnly = (req, res, next) => {
  const expected = process.env.EDITOR_TOKEN;
  const ok = !expected || req.get('authorization') === `Bearer ${expected}`;
  ok ? next() : res.status(401).end();
};

app.post('/subscribe', async (req, res) => {
  const { email, name } = req.body;
  const token = crypto.randomBytes(16).toString('hex');
  console.log(`confirm ${email} with ${token}`);
  await subscribers.pending(email, token);
  try {
    await transport.sendMail({
      to: email,
      subject: 'Please confirm',
      html: `<p>Hello ${name},</p><p><a href="${config.base}/confirm/${token}">confirm</a></p>`,
    });
    res.json({ ok: true });
  } catch (e) {
    res.status(500).json({ ok: false, reason: `${e}` });
  }
});

app.get('/confirm/:token', async (req, res) => {
  const row = await subscribers.confirm(req.params.token);
  res.send(row ? `<p>Thank you, ${escapeHtml(row.email)}</p>` : '<p>Link expired</p>');
});

app.get('/unsubscribe', async (req, res) => {
  await subscribers.remove(req.query.token);
  res.send('<p>' + req.query.email + ' will get no more mail.</p>');
});

app.post('/issues', editorsOnly, async (req, res) => {
  const template = Handlebars.compile(await readFile('issue.hbs', 'utf8'));
  const html = template({ title: req.body.title, body: req.body.body });
  const all = await subscribers.all();
  for (const s of all) await transport.sendMail({ to: s.email, subject: req.body.title, html });
  res.json({ sent: all.length });
});

app.post('/issues/preview', editorsOnly, async (req, res) => {
  const dir = await mkdtemp(join(tmpdir(), 'issue-'));
  try {
    const file = join(dir, 'preview.html');
    await writeFile(file, escapeHtml(req.body.body));
    res.send(await readFile(file, 'utf8'));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

app.get('/subscribers.csv', async (req, res) => {
  const rows = await subscribers.all();
  res.type('text/csv').send(rows.map((r) => r.email).join('\n'));
});

app.get('/health', async (req, res) => res.json({ status: 'healthy', uptime: process.uptime() }));

http.createServer(app).listen(config.port);
