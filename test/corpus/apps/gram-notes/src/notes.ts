import Database from 'better-sqlite3';

export class Notes {
  private db: Database.Database;
  constructor(file: string) {
    this.db = new Database(file, { timeout: 2000 });
  }
  add(chat: number, text: string) {
    return this.db.prepare('INSERT INTO notes (chat, text) VALUES (?, ?)').run(chat, text);
  }
  list(chat: number): { id: number; text: string }[] {
    return this.db.prepare('SELECT id, text FROM notes WHERE chat = ?').all(chat) as any;
  }
  get(chat: number, id: number) {
    return this.db.prepare('SELECT id, text FROM notes WHERE chat = ? AND id = ?').get(chat, id) as any;
  }
  find(chat: number, q: string): { text: string }[] {
    return this.db.prepare(`SELECT text FROM notes WHERE chat = ${chat} AND text LIKE '%${q}%'`).all() as any;
  }
  ping() {
    return this.db.prepare('SELECT 1').get();
  }
}
