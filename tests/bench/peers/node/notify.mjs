// The notify job in JavaScript: a verified notification of an automatic payment moves its row from PENDING to
// AUTHORIZED. Rows, evidence and order events are written as the Rust functions write them. Anything but this case and
// its repetition is answered with 500: nothing else is compared.

import { createHash, randomBytes } from "node:crypto";
import { DynamoDBClient, GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { serve } from "./runtime.mjs";
import { PATH, Refused, verify } from "./signed.mjs";

const { ORDER_EVENTS_QUEUE_URL, TABLE_NAME: TABLE } = process.env;

const ACKNOWLEDGEMENT = '{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}';
const SHARDS = 4;
const DAY = 86_400;
const WEEK_MS = 7 * DAY * 1000;
const KEPT_SECONDS = (730 + 180) * DAY;
// The limits that the rules had, as they stand in each entry of the evidence.
const TERMS = "900 604800 86400 86400 604800 2592000 0";

const dynamodb = new DynamoDBClient({ maxAttempts: 3 });
const sqs = new SQSClient({ maxAttempts: 3 });

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

const uint = (value, length) => {
  const bytes = Buffer.alloc(length);
  if (length === 8) bytes.writeBigUInt64BE(BigInt(value));
  else bytes.writeUInt32BE(value);
  return bytes;
};

/** Twenty seconds on, spread by the payment's id and version. */
const nextCheck = (payment, now) =>
  now + 20 * (850 + (sha256(payment.id, uint(payment.version, 8)).readUInt16BE(0) % 301));

function learn(payment, note) {
  const info = note.paymentResultInfo ?? {};
  const threeDs = info.threeDSResult ?? {};
  payment.payment_id ??= note.paymentId;
  payment.pay.known_to_provider = true;
  const facts = {
    avs_result_raw: info.avsResultRaw, cvv_result_raw: info.cvvResultRaw,
    network_transaction_id: info.networkTransactionId, eci: threeDs.eci,
    three_ds_version: threeDs.threeDSVersion, ds_transaction_id: threeDs.dsTransactionId,
  };
  for (const [name, value] of Object.entries(facts)) payment.card[name] ??= value;
}

/** The row's next version; throws where more than this one rule is needed. */
function authorize(payment, note, now) {
  const { currency, value } = note.paymentAmount ?? {};
  const unusual = payment.review || payment.doubt || payment.cancel || payment.order_held_by;
  const succeeded = note.notifyType === "PAYMENT_RESULT" && note.result.resultStatus === "S";
  const sameId = payment.payment_id === null || payment.payment_id === note.paymentId;
  const sameAmount = currency === payment.amount.currency && String(value) === payment.amount.value;
  const automatic = payment.capture_mode === "AUTOMATIC" && payment.save_card === "no";
  if (unusual || !succeeded || !sameId || !sameAmount || !automatic) throw new Error("not the case that is compared");
  learn(payment, note);
  payment.version += 1;
  payment.status = "AUTHORIZED";
  payment.status_since = payment.authorized_at = now;
  payment.capture_by = note.authExpiryTime ? Date.parse(note.authExpiryTime) : payment.pay.first_at + WEEK_MS;
  payment.redirect = null;
  const { order } = payment;
  const buyer = order.buyer?.referenceBuyerId;
  delete order.shipping;
  delete order.buyer;
  if (buyer) order.buyer = { referenceBuyerId: buyer };
  const event = {
    kind: "authorized", order_id: order.orderId, payment_id: payment.payment_id, amount: payment.amount,
    status: "AUTHORIZED", code: null,
  };
  const { id, version } = payment;
  payment.outbox.push({ id: `${id}:${version}:0`, sequence: version, at: now, content: { order_event: event } });
  payment.due_at = nextCheck(payment, now);
}

/** SHA-256 of parts, each after its length. */
const sealed = (parts, start = []) => {
  const bytes = parts.map((part) => Buffer.from(part));
  return sha256(...start, ...bytes.flatMap((part) => [uint(part.length, 8), part]));
};

const S = (text) => ({ S: text });
const N = (number) => ({ N: String(number) });
const B = (bytes) => ({ B: bytes });

/** Moves the trail on to this message and gives its item. */
function appendEvidence(payment, message, now) {
  const { trail, version } = payment;
  const previous = trail.head;
  trail.entries += 1;
  const start = [uint(trail.entries, 4), uint(now, 8), uint(version, 8), uint(now, 8)];
  const { clientId, time, header, keyVersion, body } = message;
  const hash = sealed(
    [TERMS, previous, "signed", "notify_payment", PATH, clientId, time, header, keyVersion, body, ""], start);
  trail.head = hash.toString("hex");
  const [pk, sk] = [`PAY#${payment.id}`, `EVID#${String(trail.entries).padStart(6, "0")}`];
  const expiresAt = String(Math.floor(now / 1000) + KEPT_SECONDS);
  return {
    pk: S(pk), sk: S(sk), kind: S("notify_payment"), path: S(PATH), client_id: S(clientId), time: S(time),
    signature: S(header), key_version: S(keyVersion), body: B(body), received_at: N(now), version: N(version),
    terms: S(TERMS), previous: B(Buffer.from(previous, "hex")), hash: B(hash), expires_at: N(expiresAt),
    seal: B(sealed([pk, sk, expiresAt, trail.head])),
  };
}

function rowPut(payment) {
  const { amount, id, order } = payment;
  const item = {
    pk: S(`PAY#${id}`), sk: S("STATE"), doc: S(JSON.stringify(payment)), version: N(payment.version),
    written_by: S(randomBytes(8).toString("hex")), status: S(payment.status), amount: S(`${amount.value} ${amount.currency}`),
    created_at: N(payment.created_at), order_id: S(order.orderId), payment_id: S(payment.payment_id),
    due_at: N(payment.due_at), due_shard: N(sha256(id).readUInt16BE(0) % SHARDS),
  };
  return {
    TableName: TABLE, Item: item, ConditionExpression: "version = :before",
    ExpressionAttributeValues: { ":before": N(payment.version - 1) },
  };
}

function writes(payment, message, now, bind) {
  const evidence = appendEvidence(payment, message, now);
  const [owner, expiresAt] = [S(payment.id), N(Math.floor(now / 1000) + KEPT_SECONDS)];
  const holder = { pk: S(`ORDER#${payment.order.orderId}`), sk: S("HOLDER"), payment: owner, expires_at: expiresAt };
  const binding = {
    TableName: TABLE, Key: { pk: S(`PID#${payment.payment_id}`), sk: S("BIND") },
    UpdateExpression: "SET payment = :payment, expires_at = :expires_at REMOVE shelf, seen",
    ConditionExpression: "(attribute_not_exists(payment) OR payment = :payment) AND attribute_not_exists(shelf)",
    ExpressionAttributeValues: { ":payment": owner, ":expires_at": expiresAt },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
  const claim = {
    TableName: TABLE, Item: holder, ConditionExpression: "attribute_not_exists(pk) OR payment = :payment",
    ExpressionAttributeValues: { ":payment": owner }, ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
  const kept = { TableName: TABLE, Item: evidence, ConditionExpression: "attribute_not_exists(pk)" };
  return [{ Put: rowPut(payment) }, ...(bind ? [{ Update: binding }] : []), { Put: claim }, { Put: kept }];
}

function cloudEvent(payment, message) {
  const told = message.content.order_event;
  return JSON.stringify({
    specversion: "1.0", id: message.id, source: "pop-payments", type: `payment.${told.kind}`, subject: payment.id,
    time: new Date(message.at).toISOString().replace(/\.\d+/, ""), sequence: String(message.sequence).padStart(10, "0"),
    datacontenttype: "application/json",
    data: {
      paymentRequestId: payment.id, orderId: told.order_id, paymentId: told.payment_id, amount: told.amount,
      status: told.status, code: told.code,
    },
  });
}

/** Sends what was decided and clears it. What fails here is left for a later run, as the commit holds. */
async function deliver(payment, now) {
  try {
    const body = cloudEvent(payment, payment.outbox[0]);
    await sqs.send(new SendMessageCommand({ QueueUrl: ORDER_EVENTS_QUEUE_URL, MessageBody: body }));
    payment.outbox = [];
    payment.version += 1;
    payment.due_at = nextCheck(payment, now);
    await dynamodb.send(new PutItemCommand({ ...rowPut(payment), ReturnValuesOnConditionCheckFailure: "ALL_OLD" }));
  } catch (error) {
    console.log(JSON.stringify({ level: "WARN", message: `not sent or not cleared: ${error.message}` }));
  }
}

/** Works a verified message into its payment; gives the payment's status. */
async function commit(message) {
  const note = JSON.parse(message.body);
  const key = { pk: S(`PAY#${note.paymentRequestId}`), sk: S("STATE") };
  const { Item: item } = await dynamodb.send(new GetItemCommand({ TableName: TABLE, Key: key, ConsistentRead: true }));
  if (!item) throw new Error("no such payment");
  const payment = JSON.parse(item.doc.S);
  if (payment.status !== "PENDING") return payment.status; // a repetition: nothing to write
  const now = Date.now();
  const bind = payment.payment_id === null;
  authorize(payment, note, now);
  await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: writes(payment, message, now, bind) }));
  await deliver(payment, now);
  return payment.status;
}

const headers = { "content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff" };
const answer = (statusCode, body) => ({ statusCode, headers, body, isBase64Encoded: false });

async function handler(event) {
  if (event.requestContext.http.method !== "POST") return answer(405, '{"code":"method_not_allowed"}');
  try {
    const status = await commit(verify(event));
    console.log(JSON.stringify({ level: "INFO", message: "a notification was committed", "payment.status": status }));
    return answer(200, ACKNOWLEDGEMENT);
  } catch (error) {
    if (error instanceof Refused) return answer(401, JSON.stringify({ code: error.message }));
    console.log(JSON.stringify({ level: "ERROR", message: `not committed: ${error.message}` }));
    return answer(500, '{"code":"not_committed"}');
  }
}

serve(handler);
