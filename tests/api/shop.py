"""The shop under test, as a merchant's server and a buyer's page use it: payments brought into any state."""

import base64
import hashlib
import hmac
import itertools
import json
import pathlib
import time
import urllib.error
import urllib.request

KEYS = pathlib.Path(__file__).parent / "../../events/keys"
API_KEY = (KEYS / "api-key.txt").read_text().strip()
TOKEN_KEY = bytes.fromhex((KEYS / "client-token-key.txt").read_text().strip())
TOKENS_UNTIL = 4_102_444_800
BUYER = "api-buyer"
APPROVED, DECLINED, CHALLENGED = "4054695723100768", "4054692760174822", "4099990000000105"
REFUNDED_LATER = "4099990000000170"


def token(payment_id):
    """The page's token of a payment."""
    tag = hmac.new(TOKEN_KEY, f"pay {payment_id} until {TOKENS_UNTIL}".encode(), hashlib.sha256)
    return f"{TOKENS_UNTIL}.{base64.urlsafe_b64encode(tag.digest()).decode().rstrip('=')}"


class Shop:
    def __init__(self, url):
        self.url = url
        self.count = itertools.count(1)
        self.payments = set()
        self.stored_card = None

    def fresh_id(self):
        return f"API_{next(self.count)}"

    def call(self, method, path, bearer, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"authorization": f"Bearer {bearer}"}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def created(self, **fields):
        payment_id = self.fresh_id()
        body = {
            "paymentRequestId": payment_id,
            "orderId": f"ORDER_{payment_id}",
            "amount": {"currency": "EUR", "value": "1000000"},
            "captureMode": "MANUAL",
            "captureOn": "request",
            "description": "Coffee",
            "redirectUrl": "https://shop.example/return",
            "buyer": {"referenceBuyerId": BUYER},
        }
        self.call("POST", "/payments", API_KEY, body | fields)
        self.payments.add(payment_id)
        return payment_id

    def paid(self, card=APPROVED, **fields):
        payment_id = self.created(**fields)
        self.pay(payment_id, card)
        return payment_id

    def pay(self, payment_id, card=APPROVED, store=False):
        body = {
            "card": {
                "cardNo": card,
                "cvv": "850",
                "expiryMonth": "12",
                "expiryYear": "29",
                "cardholderName": {"firstName": "Tom", "lastName": "Jay"},
            },
            "storeCard": store,
            "env": {"terminalType": "WEB"},
        }
        return self.call("POST", f"/payments/{payment_id}/pay", token(payment_id), body)

    def captured(self, card=APPROVED):
        payment_id = self.paid(card)
        self.call("POST", f"/payments/{payment_id}/capture", API_KEY)
        self.wait(payment_id, lambda view: view["status"] == "CAPTURED")
        return payment_id

    def cancelled(self):
        payment_id = self.paid()
        self.call("POST", f"/payments/{payment_id}/cancel", API_KEY)
        return payment_id

    def refunded(self):
        payment_id = self.captured()
        self.call("POST", f"/payments/{payment_id}/refund", API_KEY, {"refundRequestId": payment_id})
        return payment_id

    def card(self):
        """A stored card of the buyer; stored anew after it was forgotten."""
        cards = self.call("GET", f"/buyers/{BUYER}/cards", API_KEY)["cards"]
        if not cards:
            payment_id = self.created()
            self.pay(payment_id, store=True)
            self.wait(payment_id, lambda view: view["storedCard"])
            cards = self.call("GET", f"/buyers/{BUYER}/cards", API_KEY)["cards"]
        return cards[0]["storedCard"]

    def wait(self, payment_id, reached):
        for _ in range(500):
            view = self.call("GET", f"/payments/{payment_id}", API_KEY)
            if reached(view):
                return
            time.sleep(0.02)
        raise AssertionError(f"the payment did not come there: {view}")
