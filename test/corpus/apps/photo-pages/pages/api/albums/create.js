import { db } from '../../../lib/albums';
import { withAuth } from '../../../lib/with-auth';

export default withAuth(async function create(req, res) {
  const [row] = await db('albums').insert({ title: req.body.title, year: req.body.year }).returning('id');
  res.status(201).json(row);
});
