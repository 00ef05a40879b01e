const env = process.env;

function pick(name, fallback) {
  return env[name] === undefined || env[name] === '' ? fallback : env[name];
}

export const config = {
  port: Number(pick('PORT', 3000)),
  base: pick('BASE_URL', 'http://localhost:3000'),
  mailHost: pick('MAIL_HOST', 'smtp.example.net'),
  mailUser: pick('MAIL_USER', 'news@example.net'),
  mailPass: pick('MAIL_PASS', 'newsletter1!'),
  debug: pick('DEBUG', '') === '1',
};
