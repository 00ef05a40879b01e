import { Router } from 'express';
import bcrypt from 'bcrypt';
import { pool } from './db';
import { AppError } from './errors';
import { logger } from './logger';

export const accounts = Router();

accounts.post('/login', async (req, res, next) => {
  try {
    const { rows } = await pool.query('SELECT id, hash, role FROM users WHERE email = $1', [req.body.email]);
    const user = rows[0];
    if (!user || !(await bcrypt.compare(req.body.password, user.hash))) {
      logger.info('login failed: wrong password');
      throw new AppError(401, 'email or password is wrong');
    }
    req.session.userId = user.id;
    req.session.role = user.role;
    res.json({ id: user.id });
  } catch (e) {
    next(e);
  }
});

accounts.post('/register', async (req, res, next) => {
  const { email, password, passwordRepeat } = req.body;
  if (password !== passwordRepeat) return next(new AppError(400, 'passwords differ'));
  try {
    const hash = await bcrypt.hash(password, 12);
    await pool.query('INSERT INTO users (email, hash) VALUES ($1, $2)', [email, hash]);
    res.sendStatus(201);
  } catch (e) {
    next(e);
  }
});
