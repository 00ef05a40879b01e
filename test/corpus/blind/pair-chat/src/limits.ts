import type { NextFunction, Request, Response } from "express";
import Redis from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";

export const redis = new Redis(process.env.CHAT_REDIS ?? "redis://localhost:6379", { connectTimeout: 3000, commandTimeout: 2000 });
const talk = new RateLimiterRedis({ storeClient: redis, keyPrefix: "talk", points: 20, duration: 60 });

export async function perCaller(req: Request, res: Response, next: NextFunction) {
  try {
    await talk.consume(req.caller!.id);
    next();
  } catch {
    res.status(429).json({ error: "Slow down" });
  }
}
