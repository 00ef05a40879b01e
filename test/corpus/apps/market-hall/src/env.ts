import { z } from 'zod';

const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('production'),
  DATABASE_URL: z.string().url(),
  SESSION_SECRET: z.string().min(32),
  ADMIN_TOKEN: z.string().default('hall-admin'),
  PAYMENT_HOOK_SECRET: z.string().optional(),
  STRIPE_SECRET_KEY: z.string(),
  SHOP_ORIGIN: z.string().url().default('https://hall.example.net'),
  TOKEN_TTL: z.coerce.number().default(3600),
  LOG_LEVEL: z.string().default('info'),
});

export const env = schema.parse(process.env);
