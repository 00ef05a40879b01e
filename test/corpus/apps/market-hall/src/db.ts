import { Pool } from 'pg';
import { env } from './env';

export const pool = new Pool({
  connectionString: env.DATABASE_URL,
  connectionTimeoutMillis: 3000,
  statement_timeout: 5000,
  ssl: { rejectUnauthorized: true },
});

export const replica = new Pool({
  connectionString: env.DATABASE_URL.replace('primary', 'replica'),
  connectionTimeoutMillis: 3000,
  statement_timeout: 5000,
  ssl: { rejectUnauthorized: false },
});
