import express, { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import cors from 'cors';
import rateLimit from 'express-rate-limit';
import session from 'express-session';
import { env } from './env';
import { logger } from './logger';
import { AppError } from './errors';
import { offers } from './offers.controller';
import { admin } from './admin.controller';
import { hooks } from './hooks.controller';
import { accounts } from './accounts.controller';
import { requireUser } from './guards';

export function createApp() {
  const app = express();
  app.set('trust proxy', 1);
  app.use(helmet());
  app.use(cors({ origin: [env.SHOP_ORIGIN], credentials: true }));
  app.use('/hooks', express.raw({ type: '*/*' }), hooks);
  app.use(express.json());
  app.use(session({ secret: env.SESSION_SECRET, resave: false, saveUninitialized: false, cookie: { secure: true } }));
  app.use('/accounts', rateLimit({ windowMs: 60_000, limit: 10 }), accounts);
  app.use('/offers', requireUser, offers);
  app.use('/admin', admin);
  app.get('/health', async (_req, res) => {
    const { pool } = await import('./db');
    await pool.query('SELECT 1');
    res.json({ ok: true });
  });

  app.use((err: unknown, req: Request, res: Response, _next: NextFunction) => {
    if (err instanceof AppError) {
      return res.status(err.status).json({ error: err.publicMessage });
    }
    logger.error({ err, path: req.path }, 'unhandled');
    res.status(500).json({ error: 'Internal server error' });
  });
  return app;
}
