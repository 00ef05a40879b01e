'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const express = require('express');
const multer = require('multer');
const db = require('../lib/db');

const router = express.Router();
const upload = multer({ dest: os.tmpdir(), limits: { fileSize: 200_000 } });

router.get('/', async (req, res) => res.render('account', { links: await db.links(req.session.user, req.query.sort) }));

router.post('/import', upload.single('csv'), async (req, res, next) => {
  try {
    const lines = fs.readFileSync(req.file.path, 'utf8').split('\n');
    for (const line of lines.slice(0, 1000)) {
      const [code, target] = line.split(',');
      await db.pool.query('INSERT INTO links (owner, code, target) VALUES ($1, $2, $3)', [req.session.user, code, target]);
    }
    fs.unlinkSync(req.file.path);
    res.redirect('/account');
  } catch (err) {
    res.status(400).send(`Import failed: ${err.detail || err.message}`);
  }
});

router.get('/export', async (req, res, next) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'shortly-'));
  try {
    const file = path.join(folder, 'links.json');
    fs.writeFileSync(file, JSON.stringify(await db.links(req.session.user)));
    await new Promise((done, fail) => res.download(file, (err) => (err ? fail(err) : done())));
  } catch (err) {
    next(err);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

router.delete('/links', async (req, res) => {
  await db.removeMany(req.session.user, [].concat(req.body.codes || []));
  res.sendStatus(204);
});

module.exports = router;
