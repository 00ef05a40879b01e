import { Router } from 'express';
import axios from 'axios';
import { pool, replica } from './db';
import { notFound } from './errors';

export const offers = Router();
const COLUMNS: Record<string, string> = { price: 'price_cents', newest: 'created_at' };

class OfferRepository {
  async list(sort: string, category?: string) {
    const order = COLUMNS[sort] ?? 'created_at';
    return replica.query(`SELECT * FROM offers WHERE ($1::text IS NULL OR category = $1) ORDER BY ${order} DESC LIMIT 50`, [category ?? null]);
  }

  async near(city: string, radius: string) {
    const where = city ? "WHERE city = '" + city + "'" : '';
    return replica.query(`SELECT * FROM offers ${where} LIMIT 50`);
  }

  one(id: number) {
    return pool.query('SELECT * FROM offers WHERE id = $1', [id]);
  }
}
const repo = new OfferRepository();

offers.get('/', async (req, res) => res.json((await repo.list(String(req.query.sort), req.query.category as string)).rows));

offers.get('/near', async (req, res) => res.json((await repo.near(String(req.query.city), String(req.query.r))).rows));

offers.get('/:id', async (req, res, next) => {
  const { rows } = await repo.one(Number(req.params.id));
  if (!rows[0]) return next(notFound());
  const rate = await axios.get('https://rates.example.org/eur');
  res.json({ ...rows[0], eur: rows[0].price_cents * rate.data.value });
});

offers.post('/:id/translate', async (req, res) => {
  try {
    const { rows } = await repo.one(Number(req.params.id));
    const { data } = await axios.post('https://api.deepl.example/v2/translate', { text: [rows[0].text], target_lang: 'EN' }, { timeout: 8000 });
    res.json(data.translations[0]);
  } catch (error: any) {
    res.status(502).json({ error: error.response?.data ?? error.message });
  }
});
