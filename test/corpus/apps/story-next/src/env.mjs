export const required = ['DATABASE_URL', 'AUTH_SECRET'];
for (const name of required) if (!process.env[name]) throw new Error(`${name} is not set`);
