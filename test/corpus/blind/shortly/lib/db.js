'use strict';
const { Pool } = require('pg');

const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  connectionTimeoutMillis: 4000,
  statement_timeout: 8000,
  ssl: process.env.PGSSL === 'off' ? false : { rejectUnauthorized: false },
});

const SORT = { clicks: 'clicks DESC', newest: 'created_at DESC' };

async function links(owner, sort) {
  const order = SORT[sort] || SORT.newest;
  const { rows } = await pool.query(`SELECT code, target, clicks FROM links WHERE owner = $1 ORDER BY ${order}`, [owner]);
  return rows;
}

async function find(owner, text) {
  const { rows } = await pool.query('SELECT code, target FROM links WHERE owner = $1 AND target LIKE $2', [owner, `%${text}%`]);
  return rows;
}

async function byDay(owner, from, to) {
  let where = 'owner = $1';
  if (from) where += ` AND day >= '${from}'`;
  if (to) where += ` AND day <= '${to}'`;
  return (await pool.query('SELECT day, sum(n) FROM clicks WHERE ' + where + ' GROUP BY day', [owner])).rows;
}

async function removeMany(owner, codes) {
  const marks = codes.map((_, i) => `$${i + 2}`).join(', ');
  await pool.query(`DELETE FROM links WHERE owner = $1 AND code IN (${marks})`, [owner, ...codes]);
}

module.exports = { pool, links, find, byDay, removeMany };
