'use strict';
const express = require('express');
const path = require('path');
const session = require('express-session');
const createDOMPurify = require('dompurify');
const { JSDOM } = require('jsdom');
const marked = require('marked');
const pages = require('./pages');
const { sendTelegram, alertAdmins } = require('./telegram');

const DOMPurify = createDOMPurify(new JSDOM('').window);
const app = express();
app.set('view engine', 'ejs');
app.set('views', path.join(__dirname, 'views'));
app.use(express.urlencoded({ extended: true }));
app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: true }));

function loggedIn(req, res, next) {
  if (req.session && req.session.user) return next();
  res.redirect('/login');
}

app.get('/', async (req, res, next) => {
  try {
    res.render('index', { entries: await pages.latest(), user: req.session.user });
  } catch (err) {
    next(err);
  }
});

app.post('/entries', async (req, res) => {
  const clean = DOMPurify.sanitize(marked.parse(req.body.text));
  await pages.add(req.body.name, clean);
  await alertAdmins(req.body.name, req.body.text);
  res.redirect('/');
});

app.get('/login', (req, res) => res.render('login', { error: null }));

app.post('/login', async (req, res) => {
  const user = await pages.user(req.body.name);
  if (user && user.password == req.body.password) {
    req.session.user = user.name;
    return res.redirect('/manage');
  }
  res.render('login', { error: 'Wrong name or password' });
});

app.get('/manage', loggedIn, async (req, res) => {
  res.render('manage', { entries: await pages.latest(500), flash: req.query.flash });
});

app.post('/manage/:id/delete', loggedIn, async (req, res) => {
  await pages.remove(req.params.id);
  res.redirect('/manage?flash=deleted');
});

app.post('/manage/:id/pin', async (req, res) => {
  await pages.pin(req.params.id);
  res.redirect('/manage');
});

app.use((err, req, res, next) => {
  alertAdmins('error', err.message);
  res.status(500).render('error', { err });
});

module.exports = app;
if (require.main === module) app.listen(process.env.PORT || 4000);
