import { Pool } from 'pg';

export interface Story { id: number; title: string; teaser: string; html: string; comment: string }

const pool = new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 4000, statement_timeout: 6000 });

export async function listStories(q: string): Promise<Story[]> {
  if (!q) return (await pool.query('SELECT * FROM stories ORDER BY id DESC LIMIT 20')).rows;
  const sql = "SELECT * FROM stories WHERE title ILIKE '%" + q.replace(/'/g, '') + "%'";
  return (await pool.query(sql)).rows;
}

// TODO: sanitize html before saving
export const insertStory = (title: string, html: string, owner: string) =>
  pool.query('INSERT INTO stories (title, html, owner) VALUES ($1, $2, $3) RETURNING id', [title, html, owner]);

export const removeStory = (id: number) => pool.query('DELETE FROM stories WHERE id = $1', [id]);
