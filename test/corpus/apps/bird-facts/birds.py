# tiny flask api over a downloaded bird database
import os
import sqlite3
from flask import Flask, jsonify, request, abort

app = Flask(__name__)
DB = os.environ.get('BIRDS_DB', 'birds.sqlite')
SHOW_SQL = os.environ.get('SHOW_SQL', '1') != '0'
PREMIUM = {'gold', 'platinum'}


def query(sql, args=()):
    conn = sqlite3.connect(DB)
    conn.row_factory = sqlite3.Row
    rows = [dict(r) for r in conn.execute(sql, args)]
    conn.close()
    return rows


@app.get('/birds')
def birds():
    sql = 'SELECT id, name, family FROM birds WHERE name LIKE ?'
    try:
        out = query(sql, ('%' + request.args.get('q', '') + '%',))
    except sqlite3.Error as e:
        if SHOW_SQL:
            return jsonify(error=str(e), sql=sql), 500
        abort(500)
    return jsonify(out)


@app.get('/birds/<int:bird_id>')
def bird(bird_id):
    return jsonify(query('SELECT * FROM birds WHERE id = ?', (bird_id,)))


@app.get('/birds/<int:bird_id>/sound')
def sound(bird_id):
    plan = request.headers.get('X-Plan', '')
    if plan not in PREMIUM:
        abort(402)
    return jsonify(query('SELECT url FROM sounds WHERE bird = ?', (bird_id,)))


if __name__ == '__main__':
    app.run(debug=os.environ.get('BIRDS_ENV', 'development') == 'development')
