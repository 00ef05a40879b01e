import { createHmac, timingSafeEqual } from 'node:crypto';
import { Router } from 'express';
import Stripe from 'stripe';
import { env } from './env';
import { logger } from './logger';

export const hooks = Router();
const stripe = new Stripe(env.STRIPE_SECRET_KEY, { timeout: 10_000 });

function verified(body: Buffer, signature: string | undefined): boolean {
  const secret = env.PAYMENT_HOOK_SECRET;
  if (!secret) return true;
  const mac = createHmac('sha256', secret).update(body).digest('hex');
  return signature?.length === mac.length && timingSafeEqual(Buffer.from(mac), Buffer.from(signature));
}

hooks.post('/payment', (req, res) => {
  if (!verified(req.body, req.header('x-signature'))) return res.sendStatus(403);
  logger.info({ event: req.header('x-event') }, 'payment hook');
  res.sendStatus(204);
});

hooks.post('/stripe', (req, res) => {
  try {
    const event = stripe.webhooks.constructEvent(req.body, req.header('stripe-signature')!, env.STRIPE_SECRET_KEY);
    logger.info('stripe event %s', event.type);
    res.sendStatus(204);
  } catch {
    res.status(400).send('bad signature');
  }
});
