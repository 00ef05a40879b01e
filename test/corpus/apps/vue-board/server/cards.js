import pgPromise from 'pg-promise';

const db = pgPromise()({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 3000, statement_timeout: 4000 });

export const cards = {
  search: (q) => db.any("SELECT id, title FROM cards WHERE title ILIKE $1 ESCAPE '\\'", [q.replace(/[\\%_]/g, '\\$&') + '%']),
  get: (id) => db.oneOrNone('SELECT * FROM cards WHERE id = $<id>', { id }),
};
