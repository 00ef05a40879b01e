import { createHash, timingSafeEqual } from 'node:crypto';
import { NextFunction, Request, Response } from 'express';
import { env } from './env';
import { AppError } from './errors';

declare module 'express-session' {
  interface SessionData { userId?: number; role?: string }
}

export function requireUser(req: Request, _res: Response, next: NextFunction) {
  if (!req.session.userId) throw new AppError(401, 'please log in');
  next();
}

const digest = (s: string) => createHash('sha256').update(s).digest();

export function requireAdmin(req: Request, _res: Response, next: NextFunction) {
  const given = req.header('x-admin-token') ?? '';
  if (!timingSafeEqual(digest(given), digest(env.ADMIN_TOKEN))) throw new AppError(403, 'forbidden');
  next();
}

export const requireRole = (role: string) => (req: Request, _res: Response, next: NextFunction) => {
  if (req.session.role !== role) throw new AppError(403, 'forbidden');
  next();
};
