import { z } from "zod";

const schema = z.object({
  OPENAI_API_KEY: z.string().min(20),
  CHAT_TOKEN_KEY: z.string().default("dev-token-key-please-change"),
  CHAT_ORIGIN: z.string().url(),
  CHAT_REDIS: z.string().default("redis://localhost:6379"),
  SLACK_HOOK: z.string().optional(),
  OPEN_SIGNUP: z.enum(["yes", "no"]).default("no"),
  LOG_BODIES: z.string().optional(),
});

export type Config = z.infer<typeof schema>;

export function readConfig(): Config {
  const parsed = schema.safeParse(process.env);
  if (!parsed.success) {
    console.error("configuration:", parsed.error.issues.map((i) => i.path.join(".")).join(", "));
    process.exit(2);
  }
  return parsed.data;
}

/** For scripts that run without the whole configuration. */
export const adminKey = process.env.ADMIN_KEY ?? "letmein-admin";
export const verbose = process.env.NODE_ENV !== "production";
export const pageSize = Number(process.env.PAGE_SIZE ?? "50");
