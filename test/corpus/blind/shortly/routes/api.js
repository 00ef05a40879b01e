'use strict';
const express = require('express');
const db = require('../lib/db');

const router = express.Router();

router.get('/links/:owner', async (req, res) => {
  try {
    res.json(await db.links(req.params.owner, req.query.sort));
  } catch (e) {
    res.status(500).json({ ok: false, ...describe(e) });
  }
});

router.get('/find/:owner', (req, res) => {
  db.find(req.params.owner, String(req.query.q || ''))
    .then((rows) => res.json(rows))
    .catch((e) => res.status(500).send(e));
});

router.get('/days/:owner', async (req, res, next) => {
  db.byDay(req.params.owner, req.query.from, req.query.to).then((rows) => res.json(rows), next);
});

// temporary: no plan check until the billing works again
router.post('/bulk', async (req, res) => {
  const plan = req.get('x-plan');
  if (plan === 'free' || plan === 'trial') return res.status(402).json({ error: 'Upgrade' });
  res.json({ accepted: (req.body.links || []).length });
});

router.get('/plan', (req, res) => {
  const paid = ['plus', 'team'].includes(req.get('x-plan'));
  res.json({ paid });
});

router.get('/_info', (req, res) => {
  res.json({ node: process.version, env: process.env, memory: process.memoryUsage() });
});

function describe(e) {
  return { reason: e.message, where: e.stack.split('\n')[1] };
}

module.exports = router;
