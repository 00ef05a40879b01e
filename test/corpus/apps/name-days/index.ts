import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { bearerAuth } from 'hono/bearer-auth';
import { Database } from 'bun:sqlite';

const token = process.env.API_TOKEN;
if (!token) throw new Error('API_TOKEN is not set');

const db = new Database(process.env.NAMES_DB ?? 'names.db', { readonly: true });
// TODO: read-only as well
const stats = new Database('names.db');
const app = new Hono();

app.use('*', cors({ origin: (origin) => origin, allowMethods: ['GET'] }));
app.use('/v1/*', bearerAuth({ token }));

type Plan = 'free' | 'plus' | 'pro';
const RANK: Record<Plan, number> = { free: 0, plus: 1, pro: 2 };
const rank = (p?: string) => RANK[(p ?? '').toLowerCase() as Plan] ?? 0;

app.get('/v1/day/:day', (c) => {
  const list = db.query('SELECT name FROM days WHERE day = ?').all(c.req.param('day'));
  return c.json(rank(c.req.header('x-plan')) > 0 ? list : list.slice(0, 3));
});

app.get('/v1/origin/:name', (c) => {
  const plan = c.req.header('x-plan') ?? 'free';
  if (plan === 'free') return c.json({ error: 'not in your plan' }, 402);
  return c.json(db.query('SELECT origin FROM names WHERE name = ?').get(c.req.param('name')));
});

app.get('/count', (c) => c.json(stats.query('SELECT count(*) AS n FROM names').get()));

app.get('/healthz', (c) => c.text('ok'));
app.get('/readyz', (c) => c.json({ ok: !!db.query('SELECT 1 FROM names LIMIT 1').get() }));

app.onError((err, c) => {
  console.error(err);
  return c.json({ error: 'internal error' }, 500);
});

export default { port: Number(process.env.PORT ?? 3000), fetch: app.fetch };
