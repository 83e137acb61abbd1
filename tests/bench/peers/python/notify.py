"""The notify job in Python: a verified notification of an automatic payment moves its row from PENDING to AUTHORIZED.

Rows, evidence and order events are written as the Rust functions write them. Anything but this case and its
repetition is answered with 500: nothing else is compared.
"""

import hashlib
import json
import os
import secrets
import time
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from signed import PATH, Refused, verify

TABLE = os.environ["TABLE_NAME"]
ORDER_EVENTS_QUEUE_URL = os.environ["ORDER_EVENTS_QUEUE_URL"]

ACKNOWLEDGEMENT = '{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}'
SHARDS = 4
DAY = 86_400
WEEK_MS = 7 * DAY * 1000
KEPT_SECONDS = (730 + 180) * DAY
# The limits that the rules had, as they stand in each entry of the evidence.
TERMS = "900 604800 86400 86400 604800 2592000 0"

AWS = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}, tcp_keepalive=True)
DYNAMODB = boto3.client("dynamodb", config=AWS)
SQS = boto3.client("sqs", config=AWS)


class NotCommitted(Exception):
    """Nothing was written: the provider sends the message again."""


def millis(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def next_check(payment, now):
    """Twenty seconds on, spread by the payment's id and version."""
    digest = hashlib.sha256(payment["id"].encode() + payment["version"].to_bytes(8, "big")).digest()
    return now + 20 * (850 + int.from_bytes(digest[:2], "big") % 301)


def learn(payment, note):
    info = note.get("paymentResultInfo") or {}
    three_ds = info.get("threeDSResult") or {}
    payment["payment_id"] = payment["payment_id"] or note.get("paymentId")
    payment["pay"]["known_to_provider"] = True
    facts = (
        ("avs_result_raw", info.get("avsResultRaw")),
        ("cvv_result_raw", info.get("cvvResultRaw")),
        ("network_transaction_id", info.get("networkTransactionId")),
        ("eci", three_ds.get("eci")),
        ("three_ds_version", three_ds.get("threeDSVersion")),
        ("ds_transaction_id", three_ds.get("dsTransactionId")),
    )
    for name, value in facts:
        if value is not None:
            payment["card"].setdefault(name, value)


def authorize(payment, note, now):
    """The row's next version; raises `NotCommitted` where more than this one rule is needed."""
    amount = note.get("paymentAmount") or {}
    seen = {"currency": amount.get("currency"), "value": str(amount.get("value"))}
    unusual = any(payment[name] for name in ("review", "doubt", "cancel", "order_held_by"))
    succeeded = note.get("notifyType") == "PAYMENT_RESULT" and note["result"]["resultStatus"] == "S"
    same_payment = payment["payment_id"] in (None, note.get("paymentId")) and seen == payment["amount"]
    if unusual or not succeeded or not same_payment or payment["capture_mode"] != "AUTOMATIC" or payment["save_card"] != "no":
        raise NotCommitted("not the case that is compared")
    learn(payment, note)
    limit = note.get("authExpiryTime")
    payment["version"] += 1
    payment["status"] = "AUTHORIZED"
    payment["status_since"] = payment["authorized_at"] = now
    payment["capture_by"] = millis(limit) if limit else payment["pay"]["first_at"] + WEEK_MS
    payment["redirect"] = None
    order = payment["order"]
    order.pop("shipping", None)
    buyer = (order.pop("buyer", None) or {}).get("referenceBuyerId")
    if buyer:
        order["buyer"] = {"referenceBuyerId": buyer}
    event = {"kind": "authorized", "order_id": order["orderId"], "payment_id": payment["payment_id"],
             "amount": payment["amount"], "status": "AUTHORIZED", "code": None}
    payment["outbox"].append({"id": f"{payment['id']}:{payment['version']}:0", "sequence": payment["version"], "at": now,
                              "content": {"order_event": event}})
    payment["due_at"] = next_check(payment, now)


def sealed(parts, start=b""):
    """SHA-256 of parts, each after its length."""
    return hashlib.sha256(start + b"".join(len(part).to_bytes(8, "big") + part for part in parts))


def append_evidence(payment, message, now):
    """Moves the trail on to this message and gives its item."""
    trail, version = payment["trail"], payment["version"]
    trail["entries"] += 1
    words = (TERMS, trail["head"], "signed", "notify_payment", PATH, message["client_id"], message["time"],
             message["signature"], message["key_version"])
    start = trail["entries"].to_bytes(4, "big") + b"".join(n.to_bytes(8, "big") for n in (now, version, now))
    entry = sealed([*(word.encode() for word in words), message["body"], b""], start)
    previous, trail["head"] = trail["head"], entry.hexdigest()
    key = (f"PAY#{payment['id']}", f"EVID#{trail['entries']:06}")
    expires_at = str(now // 1000 + KEPT_SECONDS)
    seal = sealed(word.encode() for word in (*key, expires_at, trail["head"]))
    texts = {"pk": key[0], "sk": key[1], "kind": "notify_payment", "path": PATH, "terms": TERMS,
             **{name: message[name] for name in ("client_id", "time", "signature", "key_version")}}
    raw = {"body": message["body"], "seal": seal.digest(), "previous": bytes.fromhex(previous), "hash": entry.digest()}
    numbers = {"received_at": now, "version": version, "expires_at": expires_at}
    return {**{name: {"S": text} for name, text in texts.items()}, **{name: {"B": value} for name, value in raw.items()},
            **{name: {"N": str(number)} for name, number in numbers.items()}}


def row_item(payment):
    amount = payment["amount"]
    shard = int.from_bytes(hashlib.sha256(payment["id"].encode()).digest()[:2], "big") % SHARDS
    texts = {"pk": f"PAY#{payment['id']}", "sk": "STATE", "doc": json.dumps(payment, separators=(",", ":")),
             "written_by": secrets.token_hex(8), "status": payment["status"], "amount": f"{amount['value']} {amount['currency']}",
             "order_id": payment["order"]["orderId"], "payment_id": payment["payment_id"]}
    numbers = {"version": payment["version"], "created_at": payment["created_at"], "due_at": payment["due_at"], "due_shard": shard}
    return {**{name: {"S": text} for name, text in texts.items()}, **{name: {"N": str(n)} for name, n in numbers.items()}}


def row_put(payment):
    return {"TableName": TABLE, "Item": row_item(payment), "ConditionExpression": "version = :before",
            "ExpressionAttributeValues": {":before": {"N": str(payment["version"] - 1)}}}


def writes(payment, message, now, bind):
    evidence = append_evidence(payment, message, now)
    owner, expires_at = {"S": payment["id"]}, {"N": str(now // 1000 + KEPT_SECONDS)}
    yield {"Put": row_put(payment)}
    if bind:
        yield {"Update": {
            "TableName": TABLE, "Key": {"pk": {"S": f"PID#{payment['payment_id']}"}, "sk": {"S": "BIND"}},
            "UpdateExpression": "SET payment = :payment, expires_at = :expires_at REMOVE shelf, seen",
            "ConditionExpression": "(attribute_not_exists(payment) OR payment = :payment) AND attribute_not_exists(shelf)",
            "ExpressionAttributeValues": {":payment": owner, ":expires_at": expires_at},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
    holder = {"pk": {"S": f"ORDER#{payment['order']['orderId']}"}, "sk": {"S": "HOLDER"}, "payment": owner, "expires_at": expires_at}
    yield {"Put": {
        "TableName": TABLE, "Item": holder, "ConditionExpression": "attribute_not_exists(pk) OR payment = :payment",
        "ExpressionAttributeValues": {":payment": owner}, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
    yield {"Put": {"TableName": TABLE, "Item": evidence, "ConditionExpression": "attribute_not_exists(pk)"}}


def cloud_event(payment, message):
    told = message["content"]["order_event"]
    at = datetime.fromtimestamp(message["at"] // 1000, timezone.utc)
    data = {"paymentRequestId": payment["id"], "orderId": told["order_id"], "paymentId": told["payment_id"],
            "amount": told["amount"], "status": told["status"], "code": told["code"]}
    return json.dumps({
        "specversion": "1.0", "id": message["id"], "source": "pop-payments", "type": f"payment.{told['kind']}",
        "subject": payment["id"], "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "sequence": f"{message['sequence']:010}",
        "datacontenttype": "application/json", "data": data}, separators=(",", ":"))


def deliver(payment, now):
    """Sends what was decided and clears it. What fails here is left for a later run, as the commit holds."""
    [message] = payment["outbox"]
    try:
        SQS.send_message(QueueUrl=ORDER_EVENTS_QUEUE_URL, MessageBody=cloud_event(payment, message))
        payment["outbox"] = []
        payment["version"] += 1
        payment["due_at"] = next_check(payment, now)
        DYNAMODB.put_item(**row_put(payment), ReturnValuesOnConditionCheckFailure="ALL_OLD")
    except (BotoCoreError, ClientError) as error:
        print(json.dumps({"level": "WARN", "message": f"not sent or not cleared: {error}"}))


def commit(message):
    """Works a verified message into its payment; gives the payment's status."""
    note = json.loads(message["body"])
    key = {"pk": {"S": f"PAY#{note['paymentRequestId']}"}, "sk": {"S": "STATE"}}
    item = DYNAMODB.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
    if item is None:
        raise NotCommitted("no such payment")
    payment = json.loads(item["doc"]["S"])
    if payment["status"] != "PENDING":
        return payment["status"]  # a repetition: nothing to write
    now = time.time_ns() // 1_000_000
    bind = payment["payment_id"] is None
    authorize(payment, note, now)
    DYNAMODB.transact_write_items(TransactItems=list(writes(payment, message, now, bind)))
    deliver(payment, now)
    return payment["status"]


def answer(status, body):
    headers = {"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff"}
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False}


def receive(event, work):
    """Answers a request; `work` is what is done with a verified message."""
    if event["requestContext"]["http"]["method"] != "POST":
        return answer(405, '{"code":"method_not_allowed"}')
    try:
        message = verify(event)
        status = work(message)
    except Refused as refusal:
        return answer(401, json.dumps({"code": str(refusal)}))
    except (NotCommitted, BotoCoreError, ClientError) as error:
        print(json.dumps({"level": "ERROR", "message": f"not committed: {error}"}))
        return answer(500, '{"code":"not_committed"}')
    print(json.dumps({"level": "INFO", "message": "a notification was committed", "payment.status": status}))
    return answer(200, ACKNOWLEDGEMENT)


def handler(event, context):
    return receive(event, commit)
