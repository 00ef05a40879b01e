import { Router } from 'express';
import { env } from './env';
import { pool } from './db';
import { requireAdmin, requireRole } from './guards';

export const admin = Router();

admin.get('/users', requireAdmin, async (_req, res) => {
  res.json((await pool.query('SELECT id, email, role FROM users')).rows);
});

admin.post('/users/:id/role', requireRole('owner'), async (req, res) => {
  await pool.query('UPDATE users SET role = $2 WHERE id = $1', [req.params.id, req.body.role]);
  res.sendStatus(204);
});

admin.delete('/offers/:id', async (req, res) => {
  await pool.query('DELETE FROM offers WHERE id = $1', [req.params.id]);
  res.sendStatus(204);
});

admin.get('/config', requireAdmin, (_req, res) => {
  res.json(env);
});
