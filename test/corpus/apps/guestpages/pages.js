const mysql = require('mysql2/promise');

const pool = mysql.createPool(process.env.MYSQL_URL || 'mysql://guest:guestpages@localhost/guest');

exports.latest = async (n = 20) => (await pool.query('SELECT * FROM entries ORDER BY id DESC LIMIT ?', [n]))[0];
exports.add = (name, html) => pool.execute('INSERT INTO entries (name, html) VALUES (?, ?)', [name, html]);
exports.user = async (name) => (await pool.query("SELECT * FROM users WHERE name = '" + name + "'"))[0][0];
exports.remove = (id) => pool.execute('DELETE FROM entries WHERE id = ?', [id]);
exports.pin = (id) => pool.execute('UPDATE entries SET pinned = 1 WHERE id = ?', [id]);
