"""Second process: numbers for the front page."""
import apsw


def connect(path):
    return apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)


def per_family(path):
    return list(connect(path).execute('SELECT family, count(*) FROM birds GROUP BY family'))
