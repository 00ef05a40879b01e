'use strict';
const crypto = require('node:crypto');

const API_KEYS = (process.env.API_KEYS || '').split(',').filter(Boolean);
const HOOK_SECRET = process.env.HOOK_SECRET;

function same(a, b) {
  const x = crypto.createHash('sha256').update(String(a)).digest();
  const y = crypto.createHash('sha256').update(String(b)).digest();
  return crypto.timingSafeEqual(x, y);
}

function apiKey(req, res, next) {
  const given = req.get('x-api-key') || '';
  if (API_KEYS.length > 0 && !API_KEYS.some((k) => same(k, given))) {
    return res.status(401).json({ error: 'Wrong key' });
  }
  next();
}

function loggedIn(req, res, next) {
  if (!req.session || !req.session.user) return res.redirect('/login');
  next();
}

function signed(req, res, next) {
  if (!HOOK_SECRET) {
    return res.sendStatus(500);
  }
  const wanted = crypto.createHmac('sha256', HOOK_SECRET).update(req.rawBody).digest('hex');
  if (req.get('x-signature') === wanted) return next();
  res.sendStatus(403);
}

const hash = (password, salt) => crypto.scryptSync(password, salt, 32).toString('hex');

module.exports = { apiKey, loggedIn, signed, same, hash };
