const https = require('https');

const TOKEN = process.env.TG_TOKEN;
const CHAT = process.env.TG_CHAT;
const escapeHtml = (s) => String(s).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function sendTelegram(text, extra = {}) {
  const body = JSON.stringify({ chat_id: CHAT, text, ...extra });
  const req = https.request(`https://api.telegram.org/bot${TOKEN}/sendMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    timeout: 8000,
  });
  req.on('timeout', () => req.destroy());
  req.on('error', (e) => console.error('telegram', e.code));
  req.end(body);
}

function alertAdmins(name, text) {
  sendTelegram(`<b>${name}</b> wrote: ${text}`, { parse_mode: 'HTML' });
}

function digest(rows) {
  sendTelegram(rows.map((r) => `<b>${escapeHtml(r.name)}</b>`).join('\n'), { parse_mode: 'HTML' });
}

module.exports = { sendTelegram, alertAdmins, digest };
