import { byYear, search } from '../../../lib/albums';

export default async function handler(req, res) {
  try {
    const rows = req.query.q ? (await search(req.query.q)).rows : await byYear(req.query.year);
    res.status(200).json(rows);
  } catch (e) {
    console.error(e);
    res.status(500).json({ message: 'Database error', detail: e.toString() });
  }
}
