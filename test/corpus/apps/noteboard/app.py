from flask import Flask, render_template, request, redirect, session, jsonify, Markup, g, render_template_string
from flask_cors import CORS
import sqlite3, os, traceback, logging
import helpers

app = Flask(__name__)
app.secret_key = 'n0teb0ard-s3cret-k3y!'
CORS(app)
logging.basicConfig(level=logging.DEBUG if os.getenv('APP_ENV') != 'production' else logging.INFO)
ADMIN_PW = os.getenv('ADMIN_PASSWORD', 'admin')
# TODO: add login to the api before showing this to anyone


def db():
    if 'db' not in g:
        g.db = sqlite3.connect('notes.db')
        g.db.row_factory = sqlite3.Row
    return g.db


@app.teardown_appcontext
def close(_):
    d = g.pop('db', None)
    if d is not None:
        d.close()


@app.route('/')
def index():
    notes = db().execute('SELECT * FROM notes ORDER BY id DESC LIMIT 50').fetchall()
    return render_template('index.html', notes=notes)


@app.route('/search')
def search():
    q = request.args.get('q', '')
    rows = db().execute("SELECT * FROM notes WHERE body LIKE '%" + q + "%'").fetchall()
    title = Markup('<h2>Results for %s</h2>' % q)
    return render_template('index.html', notes=rows, title=title)


@app.route('/hello')
def hello():
    who = request.args.get('who', 'you')
    return render_template_string('<p>Hello {{ who }}</p>', who=who)


@app.route('/add', methods=['POST'])
def add():
    try:
        db().execute('INSERT INTO notes (author, body) VALUES (?, ?)', (session.get('user', 'anon'), request.form['body']))
        db().commit()
        return redirect('/')
    except Exception as e:
        return 'could not save: ' + str(e), 500


@app.route('/login', methods=['GET', 'POST'])
def login():
    if request.method == 'POST':
        app.logger.debug('login attempt %s / %s', request.form['user'], request.form['password'])
        if request.form['password'] == ADMIN_PW:
            session['user'] = request.form['user']
            return redirect('/admin')
    return render_template('login.html')


@app.route('/admin')
def admin():
    if session.get('user') is None:
        return redirect('/login')
    return render_template('admin.html', rows=helpers.counts(db()))


@app.route('/admin/delete/<int:note_id>', methods=['POST'])
def delete(note_id):
    db().execute('DELETE FROM notes WHERE id = ?', (note_id,))
    db().commit()
    return redirect('/admin')


@app.route('/api/notes')
def api_notes():
    data, status = helpers.safe(lambda: [dict(r) for r in db().execute('SELECT * FROM notes')])
    return jsonify(data), status


@app.route('/debug/vars')
def debug_vars():
    return jsonify({k: str(v) for k, v in app.config.items()})


@app.errorhandler(500)
def oops(e):
    return '<pre>' + traceback.format_exc() + '</pre>', 500


if __name__ == '__main__':
    app.run(host='0.0.0.0', port=5000, debug=True)
