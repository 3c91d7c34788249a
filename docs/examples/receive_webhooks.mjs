// Receiver of webhooks with Node alone: verifies signature and time, takes each one once.
//
// WEBHOOK_SECRET holds the secret of the endpoint; during a rotation both, separated by a space. PORT is where
// it listens on this machine, behind your HTTPS proxy.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

// Seconds by which the time of an attempt may differ from this clock.
const TOLERANCE_S = 300;
const MAX_BYTES = 64 * 1024;
const SECRETS = (process.env.WEBHOOK_SECRET ?? "").split(" ").filter(Boolean);
if (!SECRETS.length) {
  console.error("Set WEBHOOK_SECRET to the secret of your endpoint: create the endpoint first.");
  process.exit(1);
}
// In production: a table with a unique key, written in the transaction that stores what you received.
const seen = new Set();

function isEqual(one, other) {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function isGenuine(headers, body, now) {
  const messageId = headers["webhook-id"] ?? "";
  const sentAt = headers["webhook-timestamp"] ?? "";
  if (!/^[0-9]+$/.test(sentAt) || Math.abs(now - Number(sentAt)) > TOLERANCE_S) return false;
  const signed = Buffer.concat([Buffer.from(`${messageId}.${sentAt}.`), body]);
  const ours = SECRETS.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  });
  const sent = (headers["webhook-signature"] ?? "").split(" ");
  return ours.some((one) => sent.some((other) => isEqual(one, other)));
}

const server = createServer((request, response) => {
  const parts = [];
  let length = 0;
  request.on("data", (part) => {
    length += part.length;
    if (length > MAX_BYTES) request.destroy();
    else parts.push(part);
  });
  request.on("end", () => {
    // The exact bytes are verified before they are read as JSON.
    const body = Buffer.concat(parts);
    if (!isGenuine(request.headers, body, Date.now() / 1000)) {
      response.writeHead(401).end();
      return;
    }
    const messageId = request.headers["webhook-id"];
    if (!seen.has(messageId)) {
      seen.add(messageId);
      console.log(messageId, JSON.parse(body).type);
    }
    response.writeHead(204).end();
  });
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
