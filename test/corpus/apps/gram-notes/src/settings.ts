import 'dotenv/config';

function need(name: string): string {
  const v = process.env[name];
  if (!v) throw new Error(`missing ${name}`);
  return v;
}

export const settings = {
  botToken: need('BOT_TOKEN'),
  webhookSecret: process.env.WEBHOOK_SECRET,
  speechKey: process.env.SPEECH_KEY ?? '',
  ownerChat: need('OWNER_CHAT'),
  databaseFile: process.env.NOTES_DB ?? 'notes.db',
  baseUrl: need('BASE_URL'),
  port: Number(process.env.PORT ?? 8080),
  verbose: process.env.VERBOSE === 'true',
};
