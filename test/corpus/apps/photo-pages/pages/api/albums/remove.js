import { db } from '../../../lib/albums';

export default async function remove(req, res) {
  await db('albums').where({ id: req.body.id }).del();
  res.status(204).end();
}
