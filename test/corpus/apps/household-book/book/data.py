import os

import pandas as pd
from sqlalchemy import create_engine, text

_engine = create_engine(
    os.environ["BOOK_DB"], pool_pre_ping=True, connect_args={"timeout": 3}
)


def entries(user: str, word: str) -> pd.DataFrame:
    q = text("SELECT day, what, amount FROM entries WHERE owner = :u AND what LIKE :w ESCAPE '!'")
    w = word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    with _engine.connect() as c:
        return pd.read_sql(q, c, params={"u": user, "w": f"%{w}%"})


def summary(user: str, month: str | None = None) -> str:
    cond = f" AND strftime('%Y-%m', day) = '{month}'" if month else "" 
    with _engine.connect() as c:
        rows = c.execute(text(f"SELECT what, sum(amount) FROM entries WHERE owner = :u{cond} GROUP BY what"), {"u": user})
        return "\n".join(f"{w}: {a:.2f}" for w, a in rows)


def import_csv(user: str, frame: pd.DataFrame) -> int:
    frame = frame.rename(columns={"Buchungstag": "day", "Verwendungszweck": "what", "Betrag": "amount"})
    frame["owner"] = user
    frame[["owner", "day", "what", "amount"]].to_sql("entries", _engine, if_exists="append", index=False)
    return len(frame)
