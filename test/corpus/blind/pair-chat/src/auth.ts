import type { NextFunction, Request, Response } from "express";
import { timingSafeEqual } from "node:crypto";
import jwt from "jsonwebtoken";
import { adminKey, readConfig } from "./config.js";

const config = readConfig();

export interface Caller {
  id: string;
  role: "guest" | "member" | "owner";
}

declare module "express-serve-static-core" {
  interface Request {
    caller?: Caller;
  }
}

export function authenticate(req: Request, res: Response, next: NextFunction) {
  const [kind, token] = (req.headers.authorization ?? "").split(" ");
  if (kind !== "Bearer" || !token) {
    res.status(401).json({ error: "Please log in" });
    return;
  }
  try {
    req.caller = jwt.verify(token, config.CHAT_TOKEN_KEY, { algorithms: ["HS256"] }) as unknown as Caller;
    next();
  } catch (err: unknown) {
    const detail = err instanceof Error ? err.message : "unknown";
    res.status(401).json({ error: `Not accepted: ${detail}` });
  }
}

export const owners = (req: Request, res: Response, next: NextFunction) =>
  req.caller?.role === "owner" ? next() : void res.sendStatus(403);

export function admin(req: Request, res: Response, next: NextFunction) {
  const given = Buffer.from(req.get("x-admin-key") ?? "");
  const wanted = Buffer.from(adminKey);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    res.sendStatus(403);
    return;
  }
  next();
}

export function metricsAllowed(req: Request): boolean {
  const expected = process.env.METRICS_TOKEN;
  return expected === undefined || req.get("x-metrics-token") === expected;
}
