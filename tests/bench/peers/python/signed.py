"""Who sent a notification: the check of its signature."""

import base64
import os
import re
from urllib.parse import unquote_to_bytes

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

CLIENT_ID = os.environ["POP_CLIENT_ID"]
PATH = os.environ["POP_NOTIFY_PATH"]
MAX_BODY = 256 * 1024


class Refused(Exception):
    """The message is not believed: the sender is told why."""


def read_keys(text):
    keys = {}
    for entry in text.split(","):
        version, _, key = entry.strip().partition("=")
        bare = re.sub(r"-----[^-]+-----|\\n|\s", "", key)
        keys[version] = load_der_public_key(base64.b64decode(bare))
    return keys


KEYS = read_keys(os.environ["POP_PUBLIC_KEYS"])


def verify(event):
    """The signed message of a request; raises `Refused` for any other."""
    headers = event["headers"]
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    if not body or len(body) > MAX_BODY:
        raise Refused("bad_body")
    client_id, sent_at, header = (headers.get(name, "") for name in ("client-id", "request-time", "signature"))
    if client_id != CLIENT_ID or not sent_at:
        raise Refused("wrong_client")
    parts = dict(part.strip().split("=", 1) for part in header.split(",") if "=" in part)
    if parts.get("algorithm") != "RSA256" or "signature" not in parts:
        raise Refused("malformed_signature")
    try:
        signature = base64.b64decode(unquote_to_bytes(parts["signature"]), validate=True)
    except ValueError:
        raise Refused("malformed_signature") from None
    content = f"POST {PATH}\n{client_id}.{sent_at}.".encode() + body
    named = parts.get("keyVersion")
    for version, key in sorted(KEYS.items(), key=lambda known: known[0] != named):
        try:
            key.verify(signature, content, PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return {"client_id": client_id, "time": sent_at, "signature": header, "key_version": version, "body": body}
    raise Refused("bad_signature")
