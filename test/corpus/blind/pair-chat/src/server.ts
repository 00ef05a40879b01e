import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import helmet from "helmet";
import jwt from "jsonwebtoken";
import { randomUUID } from "node:crypto";
import { admin, authenticate, metricsAllowed, owners } from "./auth.js";
import { readConfig, verbose } from "./config.js";
import { perCaller, redis } from "./limits.js";
import { moderate, reply, title } from "./model.js";
import { problem, refused } from "./notify.js";

const config = readConfig();
const app = express();
app.disable("x-powered-by");
app.use(helmet());
app.use(express.json({ limit: "64kb" }));

const sameOrigin: RequestHandler = (req, res, next) => {
  res.setHeader("Access-Control-Allow-Origin", config.CHAT_ORIGIN);
  res.setHeader("Vary", "Origin");
  next();
};
app.use(sameOrigin);

app.use((req, res, next) => {
  if (process.env.LOG_BODIES) console.log("request", req.path, req.headers);
  next();
});

app.get("/ready", async (req, res) => {
  await redis.ping();
  res.send("ready");
});

app.post("/signup", async (req, res) => {
  if (config.OPEN_SIGNUP !== "yes") {
    await refused(req.ip ?? "", req.path);
    res.sendStatus(403);
    return;
  }
  const caller = { id: randomUUID(), role: "guest" };
  res.json({ token: jwt.sign(caller, config.CHAT_TOKEN_KEY, { expiresIn: "7d" }) });
});

app.get("/metrics", async (req, res) => {
  if (!metricsAllowed(req)) {
    res.sendStatus(403);
    return;
  }
  res.type("text").send(`chat_talks ${await redis.dbsize()}\n`);
});

app.post("/talks/:id", authenticate, perCaller, async (req, res) => {
  const text = String(req.body.text ?? "").slice(0, 4000);
  if (!(await moderate(text))) {
    res.status(400).json({ error: "Please be kind" });
    return;
  }
  res.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  try {
    for await (const word of reply([{ role: "user", content: text }])) {
      res.write(`data: ${JSON.stringify(word)}\n\n`);
    }
  } catch (err) {
    res.write(`event: error\ndata: ${JSON.stringify({ message: (err as Error).message })}\n\n`);
  }
  res.end();
});

app.post("/talks/:id/title", authenticate, async (req, res) => {
  res.json({ title: await title(String(req.body.text ?? "")) });
});

app.get("/talks/:id", async (req, res) => {
  res.json(await redis.lrange(`talk:${req.params.id}`, 0, -1));
});

app.delete("/talks/:id", authenticate, owners, async (req, res) => {
  await redis.del(`talk:${req.params.id}`);
  res.sendStatus(204);
});

app.get("/admin/config", admin, (req, res) => {
  res.json(config);
});

app.get("/admin/size", admin, async (req, res) => {
  res.json({ keys: await redis.dbsize(), verbose });
});

const onError: ErrorRequestHandler = (err, req, res, next) => {
  const ref = randomUUID();
  console.error(ref, err);
  void problem(err?.name ?? "unknown");
  if (res.headersSent) {
    next(err);
    return;
  }
  res.status(500).json(verbose ? { ref, stack: err.stack } : { ref });
};
app.use(onError);

const server = app.listen(8080);
server.setTimeout(60_000);
