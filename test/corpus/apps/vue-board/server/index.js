import crypto from 'node:crypto';
import Koa from 'koa';
import Router from '@koa/router';
import cors from '@koa/cors';
import bodyParser from 'koa-bodyparser';
import helmet from 'koa-helmet';
import ratelimit from 'koa-ratelimit';
import { cards } from './cards.js';

const app = new Koa();
const router = new Router({ prefix: '/api' });
const TEAM_TOKEN = process.env.TEAM_TOKEN;
if (!TEAM_TOKEN || TEAM_TOKEN.length < 20) throw new Error('TEAM_TOKEN is missing or short');

app.use(helmet());
app.use(cors({ origin: (ctx) => (['https://board.example.net'].includes(ctx.get('Origin')) ? ctx.get('Origin') : '') }));
app.use(bodyParser());
app.use(ratelimit({ driver: 'memory', db: new Map(), duration: 60000, max: 60, id: (ctx) => ctx.get('authorization') || ctx.ip }));

app.use(async (ctx, next) => {
  try {
    await next();
  } catch (err) {
    ctx.status = err.expose ? err.status : 500;
    ctx.body = { error: err.expose ? err.message : 'internal error' };
    if (!err.expose) console.error(err);
  }
});

const hash = (s) => crypto.createHash('sha256').update(s).digest();
app.use(async (ctx, next) => {
  const given = ctx.get('authorization').replace('Bearer ', '');
  if (!crypto.timingSafeEqual(hash(given), hash(TEAM_TOKEN))) ctx.throw(401, 'token');
  await next();
});

router.get('/cards', async (ctx) => {
  ctx.body = await cards.search(String(ctx.query.q ?? ''));
});

router.post('/cards/:id/suggest', async (ctx) => {
  const res = await fetch('https://llm.example.com/v1/suggest', {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.LLM_KEY}` },
    body: JSON.stringify({ text: (await cards.get(Number(ctx.params.id))).body }),
    signal: AbortSignal.timeout(20_000),
  });
  ctx.body = await res.json();
});

router.get('/ready', async (ctx) => {
  ctx.body = { ok: Boolean(await cards.get(1)) };
});

app.use(router.routes());
app.listen(3000);
