"""Brings the generated requests to where they meet something: without this, nearly every one would name a payment that
does not exist. Three of four requests get a payment in a fitting state, a fresh id or a stored card in place of what was
drawn; the fourth goes out as it was drawn, and so does whatever was drawn wrong on purpose."""

import atexit
import collections
import itertools
import json
import os

import schemathesis
from hypothesis import strategies as st
from shop import API_KEY, BUYER, CHALLENGED, DECLINED, REFUNDED_LATER, Shop, token
from schemathesis.core.parameters import ParameterLocation

shop = Shop(os.environ["SHOP_URL"])
turns = collections.defaultdict(itertools.count)
answers = collections.Counter()

PAGE = {"pay", "retryPayment"}


def with_check_digit(digits):
    """The number with the last digit that makes it a card number."""
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits))]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return digits + str(-total % 10)


schemathesis.openapi.format(
    "card-number", st.text("0123456789", min_size=11, max_size=18).map(with_check_digit)
)
schemathesis.openapi.format(
    "json-text", st.dictionaries(st.text("abc", min_size=1), st.integers(), max_size=3).map(json.dumps)
)

# What each operation needs in place of the payment that was drawn; taken in turn.
FITTING = {
    "getPayment": [
        shop.created,
        lambda: shop.paid(CHALLENGED),
        shop.paid,
        shop.captured,
        lambda: shop.paid(DECLINED),
        shop.cancelled,
        shop.refunded,
    ],
    "pay": [shop.created, shop.created, lambda: shop.created(captureMode="AUTOMATIC"), shop.paid],
    "chargePayment": [shop.created],
    "retryPayment": [lambda: shop.paid(DECLINED), lambda: shop.paid(CHALLENGED), shop.paid],
    "capturePayment": [shop.paid, shop.paid, shop.captured],
    "cancelPayment": [shop.created, shop.paid, lambda: shop.paid(CHALLENGED), shop.captured],
    "refundPayment": [shop.captured, shop.captured, lambda: shop.captured(REFUNDED_LATER), shop.paid],
    "checkoutPage": [shop.created],
    "resultPage": [shop.created],
}


@schemathesis.auth(refresh_interval=None)
class Bearer:
    """The merchant's key, or the token of the payment that is named."""

    def get(self, case, context):
        return credentials(case)

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


def credentials(case):
    name = operation(case)
    by_page = name in PAGE or (name == "getPayment" and next(turns["asked by"]) % 2)
    return token((case.path_parameters or {}).get("id")) if by_page else API_KEY


def operation(case):
    return case.operation.definition.raw.get("operationId", "")


def drawn_well(case, location):
    return case.meta is None or not case.meta.is_negative_at(location)


@schemathesis.hook
def before_call(context, case, kwargs):
    name = operation(case)
    if case.method != case.operation.method.upper():
        return
    turn = next(turns[name])
    if drawn_well(case, ParameterLocation.BODY):
        case.body = with_whole_numbers(case.body)
    if turn % 4 == 3:
        return
    if isinstance(case.path_parameters, dict) and drawn_well(case, ParameterLocation.PATH):
        point_to_something(name, case.path_parameters, turn)
    if isinstance(case.body, dict) and drawn_well(case, ParameterLocation.BODY):
        mend_body(name, case.body, turn)
    if "Authorization" in case.headers and case._has_explicit_auth:
        case.headers["Authorization"] = f"Bearer {credentials(case)}"


def with_whole_numbers(value):
    """JSON Schema takes 5.0 for a whole number; the functions do not."""
    if isinstance(value, dict):
        return {name: with_whole_numbers(part) for name, part in value.items()}
    if isinstance(value, list):
        return [with_whole_numbers(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def point_to_something(name, parameters, turn):
    if "id" in parameters and parameters["id"] not in shop.payments and name in FITTING:
        makers = FITTING[name]
        parameters["id"] = makers[turn % len(makers)]()
    if "buyerId" in parameters:
        parameters["buyerId"] = BUYER
    if "storedCard" in parameters:
        parameters["storedCard"] = shop.card()


def mend_body(name, body, turn):
    if name == "createPayment":
        body["paymentRequestId"] = shop.fresh_id()
        body["orderId"] = f"ORDER_{body['paymentRequestId']}"
        shop.payments.add(body["paymentRequestId"])
    if "storedCard" in body:
        body["storedCard"] = shop.card()
    if name == "refundPayment":
        body["refundRequestId"] = shop.fresh_id()
    if name in ("capturePayment", "refundPayment") and turn % 2:
        body["amount"] = {"currency": "EUR", "value": str(turn % 50 + 1)}
        body.pop("number", None)


@schemathesis.hook
def after_call(context, case, response):
    answers[operation(case) or case.operation.label, response.status_code] += 1


@atexit.register
def report():
    counts = [[name, status, count] for (name, status), count in sorted(answers.items())]
    with open(os.environ["ANSWERS"], "w") as file:
        json.dump(counts, file)
