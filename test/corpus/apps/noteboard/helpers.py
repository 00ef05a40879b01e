import logging


def safe(fn):
    """Runs fn and returns something that can be sent as JSON."""
    try:
        return {'ok': True, 'data': fn()}, 200
    except Exception as exc:
        logging.exception('api')
        return {'ok': False, 'error': str(exc)}, 500


def counts(db):
    return db.execute('SELECT author, count(*) AS n FROM notes GROUP BY author').fetchall()
