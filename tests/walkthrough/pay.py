"""A shop and its buyers: creates a payment for each id and pays it with a test card, all at once.

    API=http://127.0.0.1:8480 KEY=sk_... python3 tests/walkthrough/pay.py [--manual | --leave] ID...

Prints a line for each: what the buyer was told. With --manual the stack captures it, otherwise POP does. With --leave
the buyer goes away and does not pay.
"""

import concurrent.futures
import json
import os
import sys
import urllib.request

AUTHORISED_CARD = "4054695723100768"  # one of Antom's public sandbox cards
ANSWER_LIMIT_S = 35
BROWSER = {
    "terminalType": "WEB",
    "colorDepth": 24,
    "screenHeight": 900,
    "screenWidth": 1440,
    "timeZoneOffset": -60,
    "browserInfo": {"acceptHeader": "*/*", "javaEnabled": False, "javaScriptEnabled": True, "language": "en-US"},
}
CARD = {
    "cardNo": AUTHORISED_CARD,
    "cvv": "123",
    "expiryMonth": "12",
    "expiryYear": "39",
    "cardholderName": {"firstName": "Ada", "lastName": "Byron"},
}


def post(path, bearer, body):
    """The status and the JSON of an answer, whatever it is."""
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    request = urllib.request.Request(os.environ["API"] + path, json.dumps(body).encode(), headers)
    try:
        answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=ANSWER_LIMIT_S)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        return answer.status, json.load(answer)


def pay(payment, mode, leave):
    """What the buyer was told of one payment, in words."""
    order = {
        "paymentRequestId": payment,
        "orderId": f"ORDER_{payment}",
        "amount": {"currency": "EUR", "value": "30000"},
        "captureMode": mode,
        "description": "Two books and a lamp",
        "redirectUrl": "https://shop.example/return",
    }
    status, view = post("/payments", os.environ["KEY"], order)
    if status != 201:
        return f"{payment:<10} create: {status} {view.get('code')}"
    if leave:
        return f"{payment:<10} create: {status} {view['status']}"
    status, view = post(f"/payments/{payment}/pay", view["clientToken"], {"card": CARD, "env": BROWSER})
    return f"{payment:<10} pay: {status} {view.get('status', view.get('code'))}"


def main(words):
    mode = "MANUAL" if "--manual" in words else "AUTOMATIC"
    ids = [word for word in words if not word.startswith("--")]
    if not ids or "API" not in os.environ or "KEY" not in os.environ:
        raise SystemExit(__doc__)
    with concurrent.futures.ThreadPoolExecutor(len(ids)) as buyers:
        for line in buyers.map(lambda payment: pay(payment, mode, "--leave" in words), ids):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
