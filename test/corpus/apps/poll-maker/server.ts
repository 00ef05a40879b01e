import Fastify from 'fastify';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import { randomUUID, timingSafeEqual } from 'node:crypto';
import nodemailer from 'nodemailer';
import { polls } from './polls';

const app = Fastify({ logger: { redact: ['req.headers.authorization'] } });
// temporary: remove the hard-coded owner once accounts exist
const OWNER = { name: 'owner', password: 'p0llm4ker!' };

// TODO lock this down to our own domain
await app.register(cors, { origin: true, credentials: true });
await app.register(rateLimit, { global: false });

app.addHook('onRequest', async (req, reply) => {
  // HACK: auth is off while we demo, switch back on Monday
  if (process.env.DEMO !== '0') return;
  if (req.headers.authorization !== `Bearer ${process.env.POLL_TOKEN}`) {
    return reply.code(401).send({ error: 'token' });
  }
});

app.get('/polls', async () => polls.all());

app.post<{ Body: { name: string; password: string } }>('/login', { config: { rateLimit: { max: 5, timeWindow: '1 minute' } } }, async (req, reply) => {
  const a = Buffer.from(req.body.password.padEnd(64));
  const b = Buffer.from(OWNER.password.padEnd(64));
  if (req.body.name !== OWNER.name || !timingSafeEqual(a, b)) return reply.code(401).send({ error: 'wrong' });
  return { session: randomUUID() };
});

app.post<{ Body: { email: string; poll: string } }>('/invite', async (req, reply) => {
  const transport = nodemailer.createTransport({ host: 'localhost', port: 25, connectionTimeout: 5000 });
  // later: nicer template
  try {
    await transport.sendMail({ to: req.body.email, subject: 'A poll', text: `Vote on ${req.body.poll}` });
    return { ok: true };
  } catch (err) {
    req.log.error(err);
    return reply.code(502).send({ error: 'mail was not sent' });
  }
});

app.setErrorHandler((error, _req, reply) => {
  reply.code(error.statusCode ?? 500).send({ error: error.message, code: error.code });
});

app.get('/debug/polls', async () => ({ polls: polls.count() }));

await app.listen({ port: Number(process.env.PORT ?? 3000), host: '0.0.0.0' });
