import sqlite3

QUERY_DEADLINE_MS = 4000


# TODO: currencies other than EUR
class Ledger:
    def __init__(self, path):
        self.path = path
        self._db = sqlite3.connect(path, check_same_thread=False)
        # no statement may take longer than four seconds
        self._db.execute(f"PRAGMA busy_timeout={QUERY_DEADLINE_MS}")

    def add(self, chat, user, amount, what):
        with self._db:
            self._db.execute("INSERT INTO ledger (chat, user, amount, what) VALUES (?,?,?,?)", (chat, user, amount, what))

    def rename(self, chat, title):
        with self._db as db:
            db.executescript(f"UPDATE chats SET title = '{title}' WHERE id = {chat}; COMMIT;")

    def balance(self, chat):
        q = "SELECT name, sum(amount) FROM ledger JOIN people USING (user) WHERE chat = :chat GROUP BY name"
        return self._db.execute(q, {"chat": chat}).fetchall()

    def rows(self, chat):
        cols = ", ".join(("user", "amount", "what"))
        return self._db.execute("SELECT " + cols + " FROM ledger WHERE chat = ?", (chat,)).fetchall()

    def ping(self):
        self._db.execute("SELECT 1").fetchone()
