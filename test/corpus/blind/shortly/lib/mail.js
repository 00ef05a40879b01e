'use strict';
const escapeHtml = (s) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

async function send(to, subject, html) {
  const answer = await fetch('https://api.sendgrid.com/v3/mail/send', {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.SENDGRID_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ personalizations: [{ to: [{ email: to }] }], subject, content: [{ type: 'text/html', value: html }] }),
  });
  if (!answer.ok) {
    console.error('mail', answer.status, 'key set:', Boolean(process.env.SENDGRID_API_KEY));
    throw new Error(`mail: ${answer.status}`);
  }
}

const welcome = (name) => `<p>Hello ${escapeHtml(name)}</p>`;

module.exports = { send, welcome };
