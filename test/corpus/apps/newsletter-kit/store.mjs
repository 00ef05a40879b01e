import Database from 'better-sqlite3';

const db = new Database(process.env.NEWS_DB ?? 'news.db', { timeout: 5000 /* a query may take five seconds */ });
db.pragma('journal_mode = WAL');

export const subscribers = {
  pending: async (email, token) => db.prepare('INSERT INTO subscribers (email, token) VALUES (?, ?)').run(email, token),
  confirm: async (token) => db.prepare('UPDATE subscribers SET ok = 1 WHERE token = ? RETURNING email').get(token),
  remove: async (token) => db.exec(`DELETE FROM subscribers WHERE token = '${token}'`),
  all: async () => db.prepare('SELECT email FROM subscribers WHERE ok = 1').all(),
};
