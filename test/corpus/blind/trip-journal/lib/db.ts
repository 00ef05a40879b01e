import Database from 'better-sqlite3';

const db = new Database(process.env.TRIPS_DB ?? 'trips.db', { timeout: 3000 });
db.pragma('journal_mode = WAL');

export interface Trip {
  id: number;
  title: string;
  body: string;
  owner: string;
}

export const mine = (owner: string) => db.prepare('SELECT * FROM trips WHERE owner = ?').all(owner) as Trip[];

export const one = (id: number) => db.prepare('SELECT * FROM trips WHERE id = ?').get(id) as Trip | undefined;

export const add = (t: Omit<Trip, 'id'>) =>
  db.prepare('INSERT INTO trips (title, body, owner) VALUES (@title, @body, @owner)').run(t).lastInsertRowid;

export function search(owner: string, q: string, sort: string) {
  return db.prepare(`SELECT id, title FROM trips WHERE owner = ? AND title LIKE ? ORDER BY ${sort}`).all(owner, `%${q}%`);
}

export function tagged(owner: string, tags: string[]) {
  const marks = tags.map(() => '?').join(',');
  return db.prepare(`SELECT id, title FROM trips WHERE owner = ? AND tag IN (${marks})`).all(owner, ...tags);
}
