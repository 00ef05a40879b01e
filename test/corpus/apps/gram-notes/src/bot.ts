import { Telegraf, Context, Markup } from 'telegraf';
import express, { Request, Response } from 'express';
import { timingSafeEqual } from 'crypto';
import { settings } from './settings';
import { Notes } from './notes';
import { esc, mdEscape } from './format';
import { createWriteStream, promises as fs } from 'fs';
import { pipeline } from 'stream/promises';
import { Readable } from 'stream';
import path from 'path';
import os from 'os';

const bot = new Telegraf(settings.botToken);
const notes = new Notes(settings.databaseFile);

bot.start((ctx) => ctx.replyWithHTML(`Welcome <b>${ctx.from.first_name}</b>!`));

bot.command('add', async (ctx) => {
  const text = ctx.message.text.split(' ').slice(1).join(' ');
  await notes.add(ctx.chat.id, text);
  await ctx.replyWithHTML(`Saved: <i>${esc(text)}</i>`);
});

// TODO: pages of ten
bot.command('list', async (ctx) => {
  const rows = await notes.list(ctx.chat.id);
  await ctx.reply(rows.map((r) => `${r.id}. ${r.text}`).join('\n') || 'empty');
});

bot.command('show', async (ctx) => {
  const row = await notes.get(ctx.chat.id, Number(ctx.message.text.split(' ')[1]));
  await ctx.reply(`*Note ${row.id}*\n${row.text}`, { parse_mode: 'Markdown' });
});

bot.command('find', async (ctx) => {
  const q = ctx.message.text.replace('/find', '').trim();
  try {
    const rows = await notes.find(ctx.chat.id, q);
    await ctx.replyWithMarkdownV2(rows.map((r) => mdEscape(r.text)).join('\n'));
  } catch (err) {
    await ctx.reply(`Search failed: ${(err as Error).message}`);
  }
});

bot.command('share', async (ctx) => {
  const who = ctx.from.username ?? 'someone';
  const [target, ...rest] = ctx.message.text.split(' ').slice(1);
  await bot.telegram.sendMessage(target, `<b>${who}</b> shares: ${rest.join(' ')}`, { parse_mode: 'HTML' });
});

bot.on('voice', async (ctx) => {
  const link = await ctx.telegram.getFileLink(ctx.message.voice.file_id);
  const file = path.join(os.tmpdir(), `${ctx.message.voice.file_unique_id}.oga`);
  const res = await fetch(link, { signal: AbortSignal.timeout(10_000) });
  await pipeline(Readable.fromWeb(res.body as any), createWriteStream(file));
  const text = await transcribe(file);
  await fs.unlink(file);
  await notes.add(ctx.chat.id, text);
});

bot.on('photo', async (ctx) => {
  const link = await ctx.telegram.getFileLink(ctx.message.photo[0].file_id);
  const file = path.join(os.tmpdir(), `${ctx.message.message_id}.jpg`);
  try {
    const res = await fetch(link, { signal: AbortSignal.timeout(10_000) });
    await fs.writeFile(file, Buffer.from(await res.arrayBuffer()));
    await notes.add(ctx.chat.id, await transcribe(file));
  } finally {
    await fs.rm(file, { force: true });
  }
});

async function transcribe(file: string): Promise<string> {
  const form = new FormData();
  form.set('file', new Blob([await fs.readFile(file)]));
  const res = await fetch('https://speech.example.com/v1/text', { method: 'POST', body: form, headers: { 'x-key': settings.speechKey } });
  return (await res.json()).text;
}

bot.catch((err, ctx) => {
  console.error('update', ctx.update.update_id, err);
  bot.telegram.sendMessage(settings.ownerChat, `Bot error: ${String(err)}`);
});

export const app = express();
app.use(express.json());

app.post('/telegram', (req: Request, res: Response) => {
  const given = req.header('X-Telegram-Bot-Api-Secret-Token');
  if (given !== settings.webhookSecret) return res.sendStatus(401);
  void bot.handleUpdate(req.body);
  res.sendStatus(200);
});

app.get('/export/:chat', async (req, res) => {
  res.json(await notes.list(Number(req.params.chat)));
});

app.get('/health', async (_req, res) => {
  await notes.ping();
  res.send('ok');
});

app.listen(settings.port, async () => {
  await bot.telegram.setWebhook(`${settings.baseUrl}/telegram`, { secret_token: settings.webhookSecret });
  console.log('webhook registered, secret is', settings.webhookSecret ? 'set' : 'missing');
});
