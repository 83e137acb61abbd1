// Who sent a notification: the check of its signature.

import { createPublicKey, verify as verifySignature } from "node:crypto";

const { POP_CLIENT_ID: CLIENT_ID, POP_NOTIFY_PATH: PATH, POP_PUBLIC_KEYS } = process.env;
const MAX_BODY = 256 * 1024;

export { PATH };

/** The message is not believed: the sender is told why. */
export class Refused extends Error {}

const keys = POP_PUBLIC_KEYS.split(",").map((entry) => {
  const cut = entry.indexOf("=");
  const bare = entry.slice(cut + 1).replace(/-----[^-]+-----|\\n|\s/g, "");
  const key = createPublicKey({ key: Buffer.from(bare, "base64"), format: "der", type: "spki" });
  return { version: entry.slice(0, cut).trim(), key };
});

/** The signed message of a request; throws `Refused` for any other. */
export function verify(event) {
  const { "client-id": clientId, "request-time": time, signature: header = "" } = event.headers;
  const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (body.length === 0 || body.length > MAX_BODY) throw new Refused("bad_body");
  if (clientId !== CLIENT_ID || !time) throw new Refused("wrong_client");
  const parts = {};
  for (const part of header.split(",")) {
    const cut = part.indexOf("=");
    parts[part.slice(0, cut).trim()] = part.slice(cut + 1).trim();
  }
  if (parts.algorithm !== "RSA256" || !parts.signature) throw new Refused("malformed_signature");
  const signature = Buffer.from(decodeURIComponent(parts.signature), "base64");
  const content = Buffer.concat([Buffer.from(`POST ${PATH}\n${clientId}.${time}.`), body]);
  const named = (known) => known.version === parts.keyVersion;
  const inTurn = [...keys.filter(named), ...keys.filter((known) => !named(known))];
  const fitting = inTurn.find(({ key }) => verifySignature("RSA-SHA256", content, key, signature));
  if (!fitting) throw new Refused("bad_signature");
  return { clientId, time, header, body, keyVersion: fitting.version };
}
