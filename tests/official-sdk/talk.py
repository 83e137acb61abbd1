"""The provider's own SDK talks to our simulator.

The simulator and our client were written by the same people from the same texts. This is the third witness: signing,
verifying, paths and models are those of the SDK that the provider publishes (PyPI: global-open-sdk-python; source:
github.com/alipay/global-open-sdk-python). Only its transport is replaced, since it knows no other port than 443.

    python tests/official-sdk/talk.py target/debug/simulator [summary file]

Exit codes: 0 every step as expected, 1 one was not, 2 it could not be run.
"""

import http.client
import http.server
import json
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from cryptography.hazmat.primitives import serialization

import com.alipay.ams.api.default_alipay_client as sdk
from com.alipay.ams.api.exception.exception import AlipayApiException
from com.alipay.ams.api.model.amount import Amount
from com.alipay.ams.api.request.pay.alipay_capture_request import AlipayCaptureRequest
from com.alipay.ams.api.request.pay.alipay_inquiry_refund_request import AlipayInquiryRefundRequest
from com.alipay.ams.api.request.pay.alipay_pay_cancel_request import AlipayPayCancelRequest
from com.alipay.ams.api.request.pay.alipay_pay_query_request import AlipayPayQueryRequest
from com.alipay.ams.api.request.pay.alipay_pay_request import AlipayPayRequest
from com.alipay.ams.api.request.pay.alipay_refund_request import AlipayRefundRequest
from com.alipay.ams.api.tools.webhook_tool import check_signature

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEYS = ROOT / "events" / "keys"
CLIENT = "SANDBOX_5X00000000000000"
GOOD_CARD, REFUSED_CARD = "4054695723100768", "4054692760174822"
ACKNOWLEDGED = b'{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}'
PATIENCE_SECONDS = 20


def plain_post(url, headers=None, req_body=None, charset="UTF-8"):
    """The SDK's do_post, over plain HTTP to any port."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=15)
    connection.request("POST", parts.path, body=req_body.encode(charset), headers=headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise AlipayApiException(f"invalid http status {response.status}")
    # The SDK looks names up in lower case.
    return [(name.lower(), value) for name, value in response.getheaders()], body


sdk.do_post = plain_post


def private_key(name):
    """The key as the SDK takes it: PKCS#1, base64 without PEM lines."""
    key = serialization.load_pem_private_key((KEYS / name).read_bytes(), None)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return "\n".join(pem.decode().strip().splitlines()[1:-1])


def public_key(name):
    return "\n".join((KEYS / name).read_text().strip().splitlines()[1:-1])


class Notifications(http.server.BaseHTTPRequestHandler):
    """Takes notifications, checks them with the SDK's webhook tool, acknowledges."""

    taken = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        genuine = check_signature(
            "POST", self.path, self.headers["client-id"], self.headers["request-time"],
            body, self.headers["signature"], public_key("provider-public.pem"),
        )
        Notifications.taken.put((genuine, json.loads(body)))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(ACKNOWLEDGED)))
        self.end_headers()
        self.wfile.write(ACKNOWLEDGED)

    def log_message(self, *_):
        pass


class Talk:
    def __init__(self, gateway, notify_url):
        keys = private_key("merchant-private.pem"), public_key("provider-public.pem")
        self.client = sdk.DefaultAlipayClient(gateway, CLIENT, *keys)
        self.strange_client = sdk.DefaultAlipayClient(gateway, CLIENT, private_key("stranger-private.pem"), keys[1])
        self.notify_url = notify_url
        self.calls = 0
        self.checks = 0

    def ask(self, request, client=None):
        self.calls += 1
        return json.loads((client or self.client).execute(request))

    def expect(self, what, answer, **wanted):
        """Compares fields of an answer, `result` by its parts."""
        for name, value in wanted.items():
            found = answer["result"][name] if name in ("resultStatus", "resultCode") else answer.get(name)
            if found != value:
                raise AssertionError(f"{what}: {name} is {found!r}, expected {value!r}\n{json.dumps(answer, indent=1)}")
            self.checks += 1

    def notified(self, kind, of):
        """Waits for a notification of this kind about this id; it must be genuine."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            genuine, body = Notifications.taken.get(timeout=PATIENCE_SECONDS)
            if not genuine:
                raise AssertionError(f"the SDK does not believe a notification: {body}")
            self.checks += 1
            if body["notifyType"] == kind and of in body.values():
                return body
        raise AssertionError(f"no {kind} for {of} within {PATIENCE_SECONDS} s")

    def pay(self, number, card, mode, **changes):
        request = AlipayPayRequest()
        amount = Amount()
        amount.currency, amount.value = "EUR", "30000"
        request.product_code = "CASHIER_PAYMENT"
        request.payment_request_id = number
        request.payment_amount = amount
        request.payment_notify_url = self.notify_url
        request.payment_redirect_url = "https://shop.example/return"
        request.payment_factor = {"isAuthorization": True, "captureMode": mode}
        request.order = {
            "referenceOrderId": f"ORDER_{number}",
            "orderDescription": "Cappuccino #grande (Mika's coffee shop)",
            "orderAmount": {"currency": "EUR", "value": "30000"},
        }
        request.env = {"terminalType": "WEB", "clientIp": "203.0.113.7"}
        request.payment_method = {
            "paymentMethodType": "CARD",
            "paymentMethodMetaData": {
                "cardNo": card, "cvv": "850", "expiryMonth": "12", "expiryYear": "39",
                "cardholderName": {"firstName": "Tom", "lastName": "Jay"}, **changes,
            },
        }
        return request


def euros(value):
    amount = Amount()
    amount.currency, amount.value = "EUR", value
    return amount


def conversation(talk):
    # Automatic capture, told by notifications and by inquiry.
    paid = talk.ask(talk.pay("SDK_1", GOOD_CARD, "AUTOMATIC"))
    talk.expect("pay", paid, resultStatus="S", resultCode="SUCCESS", paymentRequestId="SDK_1")
    talk.notified("PAYMENT_RESULT", "SDK_1")
    talk.notified("CAPTURE_RESULT", paid["paymentId"])
    again = talk.ask(talk.pay("SDK_1", GOOD_CARD, "AUTOMATIC"))
    talk.expect("the same again", again, resultStatus="S", paymentId=paid["paymentId"])
    inquiry = AlipayPayQueryRequest()
    inquiry.payment_request_id = "SDK_1"
    shown = talk.ask(inquiry)
    talk.expect("inquiryPayment", shown, resultStatus="S", paymentStatus="SUCCESS", paymentId=paid["paymentId"])

    # A refund, told as well.
    refund = AlipayRefundRequest()
    refund.refund_request_id, refund.payment_id = "SDK_REFUND_1", paid["paymentId"]
    refund.refund_amount, refund.refund_notify_url = euros("10000"), talk.notify_url
    talk.expect("refund", talk.ask(refund), resultStatus="S", refundRequestId="SDK_REFUND_1")
    talk.notified("REFUND_RESULT", "SDK_REFUND_1")
    inquiry = AlipayInquiryRefundRequest()
    inquiry.refund_request_id = "SDK_REFUND_1"
    talk.expect("inquiryRefund", talk.ask(inquiry), resultStatus="S", refundStatus="SUCCESS")

    # A decline.
    declined = talk.ask(talk.pay("SDK_2", REFUSED_CARD, "MANUAL"))
    talk.expect("a declined card", declined, resultStatus="F")
    talk.notified("PAYMENT_RESULT", "SDK_2")

    # Manual capture; the same capture again is the same.
    held = talk.ask(talk.pay("SDK_3", GOOD_CARD, "MANUAL"))
    capture = AlipayCaptureRequest()
    capture.capture_request_id, capture.payment_id = "SDK_CAPTURE_1", held["paymentId"]
    capture.capture_amount = euros("30000")
    first = talk.ask(capture)
    talk.expect("capture", first, resultStatus="S", captureRequestId="SDK_CAPTURE_1")
    talk.notified("CAPTURE_RESULT", first["captureId"])
    talk.expect("the same capture again", talk.ask(capture), resultStatus="S", captureId=first["captureId"])
    capture.capture_amount = euros("29999")
    talk.expect("another amount", talk.ask(capture), resultStatus="F", resultCode="REPEAT_REQ_INCONSISTENT")

    # A challenge, left and cancelled.
    waiting = talk.ask(talk.pay("SDK_4", GOOD_CARD, "AUTOMATIC", is3DSAuthentication=True))
    talk.expect("3-D Secure", waiting, resultStatus="U", resultCode="PAYMENT_IN_PROCESS")
    assert waiting["normalUrl"].startswith("http"), waiting
    cancel = AlipayPayCancelRequest()
    cancel.payment_request_id = "SDK_4"
    talk.expect("cancel", talk.ask(cancel), resultStatus="S")
    cancel.payment_request_id = "SDK_3"
    talk.expect("cancel after capture", talk.ask(cancel), resultStatus="F")

    # Signed by somebody else: the gateway refuses, and does not sign that.
    try:
        refused = talk.ask(talk.pay("SDK_5", GOOD_CARD, "MANUAL"), talk.strange_client)
        talk.expect("a stranger's signature", refused, resultStatus="F", resultCode="INVALID_SIGNATURE")
    except AlipayApiException as error:
        assert "signature not exist" in str(error), error  # this version looks for a signature first
        talk.checks += 1


def main():
    program = sys.argv[1]
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Notifications)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    notify_url = f"http://127.0.0.1:{receiver.server_port}/notify"
    with tempfile.TemporaryFile() as log:
        simulator = subprocess.Popen(
            [program, "--client-id", CLIENT,
             "--merchant-public-key", KEYS / "merchant-public.pem", "--provider-key", KEYS / "provider-private.pem"],
            stdout=subprocess.PIPE, stderr=log, text=True,
        )
        try:
            talk = Talk(json.loads(simulator.stdout.readline())["url"], notify_url)
            conversation(talk)
        finally:
            simulator.terminate()
            simulator.wait()
    summary = f"the provider's SDK: {talk.calls} calls, {talk.checks} checks, 0 failures"
    print(summary)
    if len(sys.argv) > 2:
        pathlib.Path(sys.argv[2]).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(sys.argv[2]).write_text(summary + "\n")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as problem:
        print(f"not as expected: {problem}", file=sys.stderr)
        sys.exit(1)
    except (OSError, IndexError, json.JSONDecodeError, queue.Empty) as problem:
        print(f"could not be run: {problem!r}", file=sys.stderr)
        sys.exit(2)
