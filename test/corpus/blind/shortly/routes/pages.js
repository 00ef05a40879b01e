'use strict';
const express = require('express');
const rateLimit = require('express-rate-limit');
const { pool } = require('../lib/db');
const { hash, same } = require('../lib/auth');

const router = express.Router();
const slow = rateLimit({ windowMs: 15 * 60 * 1000, limit: 10 });

router.get('/', (req, res) => res.render('index', { user: req.session.user }));

router.get('/login', (req, res) => res.render('login', { failed: false }));

router.post('/login', slow, async (req, res, next) => {
  try {
    const { rows } = await pool.query('SELECT id, salt, hash FROM users WHERE mail = $1', [req.body.mail]);
    if (!rows[0] || !same(hash(req.body.password, rows[0].salt), rows[0].hash)) {
      return res.status(401).render('login', { failed: true });
    }
    req.session.user = rows[0].id;
    res.redirect('/account');
  } catch (err) {
    next(err);
  }
});

router.post('/code', async (req, res) => {
  const { rows } = await pool.query('SELECT id, pin FROM users WHERE mail = $1', [req.body.mail]);
  if (rows[0] && rows[0].pin === req.body.pin) {
    req.session.user = rows[0].id;
    return res.redirect('/account');
  }
  res.status(401).render('login', { failed: true });
});

router.get('/preview', (req, res) => {
  res.type('html').send('<h1>Going to ' + req.query.to + '</h1><a href="/">back</a>');
});

router.get('/qr/:code.svg', (req, res) => {
  const size = Number.parseInt(req.query.size, 10) || 120;
  res.type('svg').send(`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"></svg>`);
});

router.get('/robots.txt', (req, res) => res.type('text').send('User-agent: *\nDisallow: /api'));

router.get('/:code', async (req, res, next) => {
  const { rows } = await pool.query('UPDATE links SET clicks = clicks + 1 WHERE code = $1 RETURNING target', [req.params.code]);
  if (!rows[0]) return next();
  res.redirect(rows[0].target);
});

module.exports = router;
