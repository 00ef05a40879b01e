'use strict';
const cors = require('cors');
const express = require('express');
const session = require('express-session');
const { pool } = require('./lib/db');
const { apiKey, loggedIn } = require('./lib/auth');

const app = express();
app.set('view engine', 'ejs');
app.set('trust proxy', 1);
app.use(express.json({ limit: '100kb', verify: (req, res, buf) => { req.rawBody = buf; } }));
app.use(express.urlencoded({ extended: false }));
app.use(session({
  secret: process.env.SESSION_SECRET || 'keyboard cat',
  resave: false,
  saveUninitialized: false,
  cookie: { secure: process.env.NODE_ENV === 'production', sameSite: 'lax' },
}));
app.use(express.static('public', { maxAge: '1h' }));

const OWN = ['https://sho.rt.example', 'https://app.sho.rt.example'];
app.use('/account', cors({ origin: OWN, credentials: true }));
app.use('/api', cors({ origin: (origin, done) => done(null, origin), credentials: true }));

app.use('/', require('./routes/pages'));
app.use('/account', loggedIn, require('./routes/account'));
app.use('/api', apiKey, require('./routes/api'));
app.use('/hooks', require('./routes/hooks'));

app.get('/healthz', async (req, res) => {
  try {
    await pool.query('SELECT 1');
    res.send('ok');
  } catch (err) {
    console.error('health', err);
    res.status(503).send('down');
  }
});

app.use((err, req, res, next) => {
  console.error(err);
  const status = err.status || 500;
  res.status(status).render('error', { message: err.message, stack: req.query.trace ? err.stack : '' });
});

const server = app.listen(process.env.PORT || 3000, () => console.log('listening on', server.address().port));
server.requestTimeout = 30000;
