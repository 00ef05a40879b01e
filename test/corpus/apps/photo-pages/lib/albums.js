import knex from 'knex';

export const db = knex({ client: 'pg', connection: process.env.PG_URL, acquireConnectionTimeout: 5000 });

export const byYear = (year) => db('albums').where({ year });
export const search = (term) => db.raw(`SELECT id, title FROM albums WHERE title ILIKE '${term}%'`);
export const between = (a, b) => db.raw('SELECT id, title FROM albums WHERE year BETWEEN ? AND ?', [a, b]);
