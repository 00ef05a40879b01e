'use strict';
const express = require('express');
const { signed } = require('../lib/auth');
const mail = require('../lib/mail');

const router = express.Router();
const last = new Map();

router.post('/paid', signed, async (req, res) => {
  console.log('paid by %s', req.body.customer);
  res.sendStatus(204);
});

router.post('/bounce', signed, (req, res) => {
  const now = Date.now();
  if (now - (last.get('bounce') || 0) > 60_000) {
    last.set('bounce', now);
    mail.send('ops@sho.rt.example', 'Bounces', '<p>There are bounces.</p>').catch(console.error);
  }
  res.sendStatus(204);
});

router.post('/welcome', async (req, res) => {
  await mail.send(req.body.mail, 'Welcome', mail.welcome(req.body.name));
  res.sendStatus(204);
});

module.exports = router;
