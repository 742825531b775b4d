#!/usr/bin/env python3
"""A merchant, a partner, a card issuer and a service with logins, that walk through a Freedom Pay in JSON.

usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... [FREEDOMPAY_PAYOUT_SECRET=...] json_client.py http://HOST:PORT

Whole stories, from the first call to the last: payments with 3DS, invoices, recurring profiles, tips, companies, wallets,
settlements, cards, installments, logins. Each answer is checked for what was asked, for the members and types of the documented
one, and for its header fields. Then what is said twice, and fifty times at once, must be done once. Ids and amounts are its own,
so that an answer that was prepared beforehand cannot pass.
"""

import base64
import concurrent.futures
import datetime
import decimal
import itertools
import json
import random
import re
import secrets
import threading
import urllib.parse
import uuid
import xml.etree.ElementTree

import form_client
import json_table
import wire

# Test cards of the overviews, by what their tables say of them.
GOOD, WITH_3DS, CANCELABLE = form_client.GOOD, form_client.WITH_3DS, form_client.CANCELABLE
DECLINED, DECLINED_CODE = form_client.DECLINED, form_client.DECLINED_CODE
MANY = 50

# Members of the documented answers that an answer need not have, and why.
OPTIONAL = {
    "card.requestStatus": {"cards", "client_id"},  # a request makes one or the other, and both later
    "card.cardholderValidate": {"fishy"},  # optional in its table
    "card.cardInfo": {"request_status", "dt", "card"},  # no page has the answer
    "card.limitsList": {"limits", "dt"},  # no page has their names
    "card.clientAdd": {"request_status", "dt"},  # the page was seen up to status
    "partner.clientRequestStatus": {"terminal_number", "user_id", "merchant_id", "secret_key", "external_id", "external_id ", "client_id",
                                    "error_code", "error_description"},  # filled when there is what they tell
    "partner.userAdd": {"error_code", "error_description"},
    "partner.productAdd": {"product", "client_id"},
    "partner.walletStatement": {"error_code", "error_description"},  # required here, optional in the call beside it
    "partner.invoiceInfo": {"fee", "discount", "freedomId", "mcc"},  # optional in its table
    "installment.applicationStatus": {"approved_amount", "bank_code"},  # there is none before a bank has approved
    "freedomid.tokenCreate": {"id"},
    "freedomid.tokenRefresh": {"id"},
    "freedomid.profilePrepare": {"status_message", "freedom_id"},
    "freedomid.profileStatus": {"status_message", "profile"},
    "gateway.asyncPaymentRead": {"parent_id", "clearing", "additional", "refund_payments", "reverse_payments", "error", "from", "3ds",
                                 "order_id"},  # none of its examples has all
    # What a request did not say is not told.
    "merchant.invoiceInfo": {"expires_at", "back_url", "state_callback", "payer", "tax", "device", "extra", "shop_name", "description"},
    "merchant.invoiceRecurringInfo": {"expires_at", "agreement_type"},
}
# Sections whose pages have header fields of the answer.
WITH_HEADERS = ("gateway.async", "installment.", "merchant.invoice", "merchant.tips", "partner.invoicesInfo")


class Wrong(Exception):
    """What is wrong with an answer."""


LOOKED = itertools.count()  # comparisons; one story has many


def same(got, want, name):
    next(LOOKED)
    if got != want:
        raise Wrong(f"{name} is {got!r}, want {want!r}")


def digits(got, want, name):
    """Amounts are numbers, compared by value: how many zeros follow is no page's."""
    next(LOOKED)
    if isinstance(got, bool) or not isinstance(got, (int, decimal.Decimal)) or decimal.Decimal(got) != decimal.Decimal(want):
        raise Wrong(f"{name} is {got!r}, want {want}")


def moment(text, name):
    next(LOOKED)
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
        raise Wrong(f"{name} is {text!r}, no date-time with a zone")
    return datetime.datetime.fromisoformat(text)


# ---------------------------------------------------------------- shapes

def kind(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, decimal.Decimal)):
        return "number"
    return {str: "string", list: "array", dict: "object"}[type(value)]


def merged(values):
    """The kinds that values have, and for objects and lists those of what is in them."""
    made = {"kinds": {kind(value) for value in values}, "members": {}, "always": set(), "items": None}
    objects = [value for value in values if isinstance(value, dict)]
    for name in {name for value in objects for name in value}:
        made["members"][name] = merged([value[name] for value in objects if name in value])
    if objects:
        made["always"] = set.intersection(*[set(value) for value in objects])
    items = [item for value in values if isinstance(value, list) for item in value]
    if items:
        made["items"] = merged(items)
    return made


def compare(shape, value, path, optional):
    next(LOOKED)
    if kind(value) not in shape["kinds"]:
        raise Wrong(f"{path} is a {kind(value)}, documented: {sorted(shape['kinds'])}")
    if isinstance(value, dict):
        unknown = {name for name in value if name not in shape["members"] and not name.startswith("sandbox_")}
        if unknown:
            raise Wrong(f"{path} has {sorted(unknown)}, which the documented answer does not")
        missing = shape["always"] - set(value) - optional
        if missing:
            raise Wrong(f"{path} has no {sorted(missing)}: {value}")
        for name, member in value.items():
            if name in shape["members"]:
                compare(shape["members"][name], member, f"{path}.{name}", set())
    for number, item in enumerate(value if isinstance(value, list) else []):
        if shape["items"] is not None:
            compare(shape["items"], item, f"{path}[{number}]", set())


# What the field tables have beside the examples, or in place of them.
TABLES = {
    "partner.invoiceInfo": [{"merchantId": "555555", "lifetime": "2026-01-23T11:00:00Z"}],
    "partner.settlementPaymentStatus": [{"error_description": ""}],  # a number in its example, a text in its table
    "gateway.asyncPaymentRead": [
        {"parent_id": "01978d0e-b956-7ea2-9a42-32cff1f44ede", "from": {"recurrent": {"profile_id": "p", "profile_expiry_date": "d"},
                                                                      "card": {"token": "t", "brand": "VI"}}},
        {"from": {"recurrent": {"profile_id": "p", "profile_expiry_date": "d"}}}],
    "gateway.asyncRequestRead": [{"response": {"error": {"code": "1", "description": "d"}}}],
    "card.cardInfo": [{"request_status": "ok", "dt": ""}],
    "card.limitsList": [{"request_status": "ok", "dt": ""}],
}


def shape_of(operation):
    examples = [json.loads(text, parse_float=decimal.Decimal) for text in operation.answers.values()]
    made = merged(examples + TABLES.get(operation.name, []))
    made["always"] = set.intersection(*[set(example) for example in examples])
    return made


SHAPES = {operation.name: shape_of(operation) for operation in json_table.OPERATIONS}


# ---------------------------------------------------------------- calling

class Client:
    def __init__(self, base_url, identity, secret, checks):
        self.base_url, self.identity, self.secret, self.checks = base_url, identity, secret, checks
        self.called = {}
        self.lock = threading.Lock()

    def send(self, name, members=None, request_id=None, token=None, action=None):
        """A right request, signed by this program's own code."""
        operation = json_table.BY_NAME[name]
        members = members or {}
        path = re.sub(r"\{(\w+)\}", lambda match: urllib.parse.quote(members[match[1]], safe="-._~"), operation.path)
        query = urllib.parse.urlencode({one: members[one] for one in operation.query if one in members})
        body = None if operation.bodiless else wire.compact(members)
        headers = [("X-Request-Id", request_id or wire.uuid7()), ("Accept", wire.JSON)]
        if body is not None:
            headers.append(("Content-Type", wire.JSON))
        if operation.action or action:
            headers.append(("X-Action", action or operation.action))
        if operation.auth in wire.DIGESTS:
            header = {"uri": path, "auth_id": self.identity, "method": operation.method, "params": "", "alg": operation.auth}
            headers.append(("X-JWS-Signature", wire.detached(wire.compact(header), body or b"", self.secret, operation.auth)))
        elif operation.auth == "basic":
            headers.append(("Authorization", "Basic " + base64.b64encode(f"{self.identity}:".encode() + self.secret).decode()))
        elif operation.auth == "bearer":
            headers.append(("Authorization", f"Bearer {token}"))
        return wire.send(self.base_url, operation.method, path + ("?" + query if query else ""), headers, body)

    def counted(self, name):
        with self.lock:
            self.called[name] = self.called.get(name, 0) + 1

    def ok(self, name, members=None, shaped=True, **how):
        """A call that succeeds: HTTP 200, JSON, the header fields of its section, and the documented members."""
        how.setdefault("request_id", wire.uuid7())
        answer = self.send(name, members, **how)
        self.counted(name)
        same((answer.status, answer.media_type()), (200, wire.JSON), f"{name}: {answer}: status and type")
        if name.startswith(WITH_HEADERS):
            same(answer.header("X-Request-Id"), how["request_id"], f"{name}: X-Request-Id of the answer")
            same(answer.header("X-Request-Status"), "success", f"{name}: X-Request-Status")
            moment(answer.header("X-Datetime"), f"{name}: X-Datetime")
        got = answer.json()
        if shaped:
            compare(SHAPES[name], got, name, OPTIONAL.get(name, set()))
        if got.get("status") == "error" and name not in ("gateway.asyncPaymentRead", "gateway.asyncRequestRead"):
            raise Wrong(f"{name} failed: {answer}")
        for member in ("dt", "created_at"):
            if member in got and name != "gateway.asyncRequestRead":
                moment(got[member], f"{name}: {member}")
        return got

    def error(self, name, members=None, status=200, code=None, **how):
        """A call that is refused, in the documented form of its section. Returns the answer's JSON."""
        how.setdefault("request_id", wire.uuid7())
        answer = self.send(name, members, **how)
        self.counted(name)
        same((answer.status, answer.media_type()), (status, wire.JSON), f"{name}: {answer}: status and type")
        if name.startswith(WITH_HEADERS):
            same((answer.header("X-Request-Id"), answer.header("X-Request-Status")), (how["request_id"], "error"),
                 f"{name}: header fields of the refusal")
        got = answer.json()
        section = name.partition(".")[0]
        if section == "freedomid":
            if not isinstance(got.get("error"), dict) or set(got["error"]) - {"message", "errors", "code"} or not got["error"]["message"]:
                raise Wrong(f"{name}: no documented error: {answer}")
            same(got["error"].get("code"), code, f"{name}: code of {answer}")
        elif name.startswith("gateway.async"):
            same(got["error"]["code"], str(code), f"{name}: code of {answer}")
            same((set(got["error"]), kind(got["error"]["description"])), ({"code", "description"}, "string"), f"{name}: members of error")
        elif section == "installment" and status == 200:
            same(set(got), {"error_code", "error_description"}, f"{name}: members of {answer}")
            same(got["error_code"], code, f"{name}: error_code")
        elif status == 200 and name != "card.giftCardConfirm":
            same(got.get("status"), "error", f"{name}: status of {answer}")
            if code is not None:
                same(got.get("error_code"), code, f"{name}: error_code of {answer}")
        return got

    def door(self, path, value, status=201):
        """What is no call of Freedom Pay: how a program makes the sandbox's world. Not signed."""
        answer = wire.send(self.base_url, "POST", path, [("Content-Type", wire.JSON)], wire.compact(value))
        same(answer.status, status, f"{path}: {answer}")
        return answer.json()

    def browser(self):
        return form_client.Browser(self.base_url)


def at_once(number, function):
    """The results of a function that many threads run at one moment."""
    start = threading.Barrier(number)

    def one(turn):
        start.wait(30)
        return function(turn)
    with concurrent.futures.ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def refused(client, name, members):
    """What no page has a refusal for: it must be one, of whatever form, and not of the signature."""
    answer = client.send(name, members)
    if answer.status == 401 or answer.status >= 500 or answer.status == 200 and answer.json().get("status") != "error":
        raise Wrong(f"{name} of {members} is not refused: {answer}")


def order():
    return f"ORD-{secrets.token_hex(6)}"


def amount(low=1000, high=9_999_999):
    return decimal.Decimal(random.SystemRandom().randrange(low, high)).scaleb(-2)


def fresh():
    return str(uuid.uuid4())


# ---------------------------------------------------------------- the asynchronous Gateway

def pay(card, value, clearing, **more):
    return {"amount": value, "currency": "KZT", "description": "Чай; & <печенье>", "order_id": order(), "auto_clearing": clearing,
            "from": {"type": "card", "card": {"name": "TEST CARD", "pan": card, "cvc": "123", "year": 30, "month": 12}}} | more


def read(client, payment, status, request=None):
    """What the payment is by now. What was asked for last is in process for who asks first."""
    got = client.ok("gateway.asyncPaymentRead", {"id": payment})
    same((got["id"], got["status"]), (payment, status), "id and status of the payment")
    if request:
        same(got["order_id"], request["order_id"], "order_id")
        digits(got["amount"], request["amount"], "amount")
    return got


def async_3ds(client):
    """Held after 3DS, taken in part."""
    value = amount(100_000)
    request, first = pay(WITH_3DS, value, False, user_id=order()), wire.uuid7()
    request["from"]["save"] = True
    made = client.ok("gateway.asyncPaymentCreate", request, request_id=first)
    same(made["status"], "process", "status of the new payment")
    digits(made["amount"], value, "amount of the new payment")
    payment = made["id"]
    read(client, payment, "process", request)
    waiting = read(client, payment, "waiting_3ds", request)
    same(waiting["3ds"]["flow_type"], "C", "flow_type of a challenge")
    for name in ("gateway.asyncPaymentClear", "gateway.asyncPaymentRefund"):
        client.error(name, {"id": payment, "amount": value}, code=9999)
    # The payer is sent to the address by POST, with a TermUrl alone.
    browser, term = client.browser(), "https://shop.example/3ds?order=1&shop=2"
    asked = form_client.Page(browser.load(waiting["3ds"]["acs_url"], [("TermUrl", term)]))
    back = form_client.Page(browser.submit(asked, pressed="confirm"))
    same((back.method, back.action), ("POST", term), "where the 3DS page leads to")
    held = read(client, payment, "approved", request)
    same(held["clearing"]["cleared"], False, "cleared")
    digits(held["clearing"]["amount"], 0, "amount that was taken of a hold")
    same(held["from"]["card"]["brand"], "VI", "brand")
    uuid.UUID(held["from"]["card"]["token"])
    for name in ("approval_code", "reference", "intreference"):
        if not held["additional"][name]:
            raise Wrong(f"no {name} in {held}")
    client.error("gateway.asyncPaymentRefund", {"id": payment, "amount": 1}, code=9999)
    client.error("gateway.asyncPaymentClear", {"id": payment, "amount": value + decimal.Decimal("0.01")}, code=9999)
    taken, second = value - decimal.Decimal("10.01"), wire.uuid7()
    got = client.ok("gateway.asyncPaymentClear", {"id": payment, "amount": taken}, request_id=second)
    same((got["id"], got["status"]), (payment, "process_clearing"), "the answer to a clearing")
    read(client, payment, "process_clearing")
    after = read(client, payment, "success", request)
    same(after["clearing"]["cleared"], True, "cleared")
    digits(after["clearing"]["amount"], taken, "amount that was taken")
    # The table has neither a reversal nor a refund of this card's payments.
    client.error("gateway.asyncPaymentReverse", {"id": payment}, code=9999)
    client.error("gateway.asyncPaymentRefund", {"id": payment, "amount": 1}, code=9999)
    for request_id in (first, second):
        told = client.ok("gateway.asyncRequestRead", {"id": request_id})
        same((told["id"], told["status"], told["response"]["id"]), (request_id, "success", payment), "the result of a request")


def async_refunds(client):
    """Held, taken in part, given back in two parts, and not more than was taken."""
    request = pay(GOOD, amount(100_000), False)
    payment = client.ok("gateway.asyncPaymentCreate", request)["id"]
    read(client, payment, "process")
    read(client, payment, "approved")
    taken = request["amount"] - decimal.Decimal("10.01")
    client.ok("gateway.asyncPaymentClear", {"id": payment, "amount": taken})
    read(client, payment, "process_clearing")
    digits(read(client, payment, "success")["clearing"]["amount"], taken, "amount that was taken")
    client.error("gateway.asyncPaymentReverse", {"id": payment}, code=9999)
    part = decimal.Decimal("3.33")
    client.error("gateway.asyncPaymentRefund", {"id": payment, "amount": taken + part}, code=9999)
    back = client.ok("gateway.asyncPaymentRefund", {"id": payment, "amount": part})
    same((back["id"], back["refund_payment"]["status"]), (payment, "process"), "the answer to a refund")
    digits(back["refund_payment"]["amount"], -part, "amount of the refund")
    shown = read(client, payment, "success")["refund_payments"]
    same([(one["id"], one["status"]) for one in shown], [(back["refund_payment"]["id"], "process")], "refunds, asked first")
    shown = read(client, payment, "success")["refund_payments"]
    same([(one["id"], one["status"]) for one in shown], [(back["refund_payment"]["id"], "success")], "refunds, asked again")
    digits(shown[0]["amount"], -part, "amount of the refund")
    client.error("gateway.asyncPaymentRefund", {"id": payment, "amount": taken}, code=9999)
    client.ok("gateway.asyncPaymentRefund", {"id": payment, "amount": taken - part})
    for number in (1, 2):
        got = read(client, payment, "success", request)
    digits(sum(one["amount"] for one in got["refund_payments"]), -taken, "all that was given back")
    client.error("gateway.asyncPaymentRefund", {"id": payment, "amount": decimal.Decimal("0.01")}, code=9999)


def async_one_step(client):
    request = pay(GOOD, amount(), True)
    payment = client.ok("gateway.asyncPaymentCreate", request)["id"]
    read(client, payment, "process", request)
    got = read(client, payment, "success", request)
    digits(got["clearing"]["amount"], request["amount"], "amount that was taken")
    by_order = client.ok("gateway.asyncPaymentRead", {"order_id": request["order_id"]})
    same(by_order, got, "the payment by its order")


def async_again(client):
    """A card that was saved is charged by its token, by its owner alone; a recurring profile by its id."""
    owner = order()
    request = pay(GOOD, amount(), True, user_id=owner)
    request["from"] |= {"save": True, "recurrent": {"lifetime": 5}}
    payment = client.ok("gateway.asyncPaymentCreate", request)["id"]
    read(client, payment, "process")
    kept = read(client, payment, "success", request)["from"]
    sources = [{"type": "saved", "card": {"token": kept["card"]["token"]}}, {"type": "saved", "card": {"uuid": kept["card"]["token"]}},
               {"type": "recurrent", "recurrent": {"profile_id": kept["recurrent"]["profile_id"]}}]
    for source in sources:
        request = pay("", amount(), True, user_id=owner) | {"from": source}
        payment = client.ok("gateway.asyncPaymentCreate", request)["id"]
        read(client, payment, "process")
        read(client, payment, "success", request)
    refused(client, "gateway.asyncPaymentCreate", pay("", amount(), True, user_id="another") | {"from": sources[0]})
    refused(client, "gateway.asyncPaymentCreate", pay("", amount(), True) | {"from": {"type": "recurrent", "recurrent": {"profile_id": "none"}}})


def async_reverse(client):
    request = pay(CANCELABLE, amount(), False)
    payment = client.ok("gateway.asyncPaymentCreate", request)["id"]
    read(client, payment, "process")
    asked = read(client, payment, "waiting_3ds")
    client.browser().submit(form_client.Page(client.browser().load(asked["3ds"]["acs_url"])), pressed="confirm")
    read(client, payment, "approved")
    got = client.ok("gateway.asyncPaymentReverse", {"id": payment})
    same(got["reverse_payment"]["status"], "process", "status of the reversal")
    # What it is for who asks first no page tells.
    client.ok("gateway.asyncPaymentRead", {"id": payment})
    shown = read(client, payment, "reversed", request)
    same([(one["id"], one["status"]) for one in shown["reverse_payments"]], [(got["reverse_payment"]["id"], "success")], "reversals")
    client.error("gateway.asyncPaymentReverse", {"id": payment}, code=9999)
    client.error("gateway.asyncPaymentClear", {"id": payment, "amount": 1}, code=9999)


def async_failures(client):
    """Cards that fail, payers that refuse, and the documented codes 9403 and 1202."""
    request = pay(DECLINED, amount(), True)
    payment = client.ok("gateway.asyncPaymentCreate", request)["id"]
    read(client, payment, "process")
    failed = read(client, payment, "error")
    same(failed["error"]["code"], DECLINED_CODE, "code of a card that is declined")
    request = pay(WITH_3DS, amount(), True)
    payment = client.ok("gateway.asyncPaymentCreate", request)["id"]
    read(client, payment, "process")
    browser, asked = client.browser(), read(client, payment, "waiting_3ds")
    browser.submit(form_client.Page(browser.load(asked["3ds"]["acs_url"])), pressed="refuse")
    same("error" in read(client, payment, "error"), True, "an error of a payer who refused")
    unknown = client.error("gateway.asyncPaymentCreate", pay("4111111111111111", amount(), True), code=10005)
    same(unknown["status"], "error", "status of a card that nobody knows")
    for spoilt in ({"amount": 0}, {"amount": -5}, {"from": {"type": "card"}}, {"from": {"type": "other"}}, {"order_id": ""}):
        refused = client.error("gateway.asyncPaymentCreate", pay(GOOD, amount(), True) | spoilt, status=422, code=9403)
        same(set(refused), {"error"}, f"members of the refusal of {spoilt}")
    nobody = wire.uuid7()
    for name, members in (("gateway.asyncPaymentRefund", {"amount": 1}), ("gateway.asyncPaymentReverse", {}),
                          ("gateway.asyncPaymentClear", {"amount": 1})):
        failed = client.error(name, {"id": nobody} | members, code=1202)
        same(failed["error"]["description"], "Incorrect payment id", f"{name}: description")
    same(client.ok("gateway.asyncPaymentRead", {"id": nobody}, shaped=False), {}, "a payment that there is not")
    failing = wire.uuid7()
    client.error("gateway.asyncPaymentReverse", {"id": nobody}, code=1202, request_id=failing)
    told = client.ok("gateway.asyncRequestRead", {"id": failing})
    same((told["status"], told["response"]["error"]["code"]), ("error", "1202"), "the result of a request that failed")
    for name, action in (("gateway.asyncPaymentReverse", "gateway.payment.create"), ("gateway.asyncPaymentRead", "gateway.payment.nothing")):
        answer = client.send(name, {"id": nobody}, action=action)
        same(400 <= answer.status < 500 and answer.status != 401, True, f"a refusal of X-Action {action} at {name}, {answer}:")


def async_repeats(client):
    """A repeat of X-Request-Id, or of order_id, gets the first answer."""
    request, first = pay(GOOD, amount(), True), wire.uuid7()
    made = client.ok("gateway.asyncPaymentCreate", request, request_id=first)
    same(client.ok("gateway.asyncPaymentCreate", request, request_id=first), made, "the repeat of an X-Request-Id")
    same(client.ok("gateway.asyncPaymentCreate", request), made, "the repeat of an order_id")
    for _ in range(2):
        client.ok("gateway.asyncPaymentRead", {"id": made["id"]})
    same(client.ok("gateway.asyncPaymentCreate", request, request_id=first), made, "the repeat after the end")
    again = wire.uuid7()
    part = {"id": made["id"], "amount": decimal.Decimal("1.01")}
    back = client.ok("gateway.asyncPaymentRefund", part, request_id=again)
    same(client.ok("gateway.asyncPaymentRefund", part, request_id=again), back, "the repeat of a refund")
    for _ in range(2):
        shown = read(client, made["id"], "success")["refund_payments"]
    same([one["id"] for one in shown], [back["refund_payment"]["id"]], "refunds after a repeat")
    # A read's X-Request-Id counts too: the repeat is the first answer, not the newest.
    looked = wire.uuid7()
    before = client.ok("gateway.asyncPaymentRead", {"id": made["id"]}, request_id=looked)
    client.ok("gateway.asyncPaymentRefund", part)
    same(client.ok("gateway.asyncPaymentRead", {"id": made["id"]}, request_id=looked), before, "the repeat of a read")


def async_at_once(client):
    for how, ids in (("order_id", lambda turn, one: wire.uuid7()), ("X-Request-Id", lambda turn, one: one)):
        request, one = pay(GOOD, amount(), True), wire.uuid7()
        answers = at_once(MANY, lambda turn: client.ok("gateway.asyncPaymentCreate", request, request_id=ids(turn, one)))
        same(len({answer["id"] for answer in answers}), 1, f"payments of {MANY} requests at once with one {how}")
    payment = answers[0]["id"]
    for _ in range(2):
        client.ok("gateway.asyncPaymentRead", {"id": payment})
    one, part = wire.uuid7(), {"id": payment, "amount": decimal.Decimal("0.01")}
    backs = at_once(MANY, lambda turn: client.ok("gateway.asyncPaymentRefund", part, request_id=one))
    same(len({back["refund_payment"]["id"] for back in backs}), 1, f"refunds of {MANY} at once with one X-Request-Id")
    for _ in range(2):
        shown = read(client, payment, "success")["refund_payments"]
    same(len(shown), 1, "refunds that the payment shows")
    # Without one id only so many refunds are possible as there is money.
    rest = {"id": payment, "amount": request["amount"] - decimal.Decimal("0.01")}
    answers = at_once(MANY, lambda turn: client.send("gateway.asyncPaymentRefund", rest).json())
    same(sum("refund_payment" in answer for answer in answers), 1, f"refunds of all the money of {MANY} at once")


# ---------------------------------------------------------------- invoices, recurring profiles, tips

def soon(days=1):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def invoice(**more):
    return {"type": "superapp", "amount": amount(), "currency": "KZT", "external_id": order(), "shop_name": "Дүкен & Co",
            "description": "Чай <и> печенье", "expires_at": soon(), "back_url": "https://shop.example/back",
            "tax": [{"name": "Чай", "price": decimal.Decimal("12000.00"), "count": 1, "type": "standard"}],
            "device": {"id": "device-123-abc", "browser_version": "chrome/121.0.0.0", "ip": "10.116.91.120"},
            "extra": json.loads(json_table.EXTRA), "payer": json_table.PAYER} | more


def invoice_states(client):
    """Made, paid on its page, told by three calls, given back in two parts; then it cannot be canceled."""
    request = invoice()
    made = client.ok("merchant.invoiceCreate", request)
    same((made["status"], uuid.UUID(made["id"]).version), ("new", 7), "status and version of the id of an invoice")
    one = {"id": made["id"]}

    def told(status, refunds=()):
        same(client.ok("merchant.invoiceStatus", one)["status"], status, "status")
        got = client.ok("merchant.invoiceInfo", one)
        same(got["status"], status, "status in info")
        for name, want in request.items():
            if isinstance(want, decimal.Decimal):
                digits(got[name], want, name)
            elif name == "expires_at":
                same(moment(got[name], name), moment(want, name), name)
            else:
                same(got.get(name), want, name)
        same([refund["id"] for refund in got["refunds"]], [refund["refund_id"] for refund in refunds], "refunds")
        return got

    told("new")
    client.error("merchant.invoiceRefund", one | {"amount": 1, "description": "d"})
    client.browser().pay(made["url"], GOOD)
    told("success")
    shown = client.ok("partner.invoicesInfo", {"invoice_id": made["id"]})
    digits(shown["amount"], request["amount"], "amount for the payer")
    payment = client.ok("partner.invoiceInfo", {"payment_id": "1234567890"})  # the one of the documented example
    same((payment["paymentStatus"], payment["currency"]), ("waiting", "KZT"), "status and currency of the documented payment")
    client.error("merchant.invoiceCancel", one | {"description": "too late"})
    part = decimal.Decimal("1.10")
    first = client.ok("merchant.invoiceRefund", one | {"amount": part, "description": "Refund description", "device": {
        "id": "device-abc-123", "browserVersion": "Chrome/121.0.0.0", "ip": "85.116.189.120"}})
    same(first["status"], "refunded", "status of the refund")
    digits(told("success", [first])["refunds"][0]["amount"], part, "amount of the refund")
    client.error("merchant.invoiceRefund", one | {"amount": request["amount"], "description": "more than there is"})
    client.ok("merchant.invoiceRefund", one | {"amount": request["amount"] - part, "description": "the rest"})
    client.error("merchant.invoiceRefund", one | {"amount": decimal.Decimal("0.01"), "description": "more than all"})
    got = client.ok("merchant.invoiceInfo", one)
    digits(sum(refund["amount"] for refund in got["refunds"]), request["amount"], "all that was given back")


def invoice_canceled(client):
    request = invoice()
    made = client.ok("merchant.invoiceCreate", request)
    one = {"id": made["id"], "description": "cancel description"}
    same(client.ok("merchant.invoiceCancel", one)["status"], "canceled", "status")
    same(client.ok("merchant.invoiceStatus", {"id": made["id"]})["status"], "canceled", "status, asked")
    client.error("merchant.invoiceCancel", one)
    client.error("merchant.invoiceRefund", one | {"amount": 1})
    for name in ("merchant.invoiceStatus", "merchant.invoiceInfo"):
        client.error(name, {"id": wire.uuid7()}, status=404)
    for name in ("merchant.invoiceCancel", "merchant.invoiceRefund"):
        client.error(name, {"id": wire.uuid7(), "amount": 1, "description": "d"} if "Refund" in name else {"id": wire.uuid7()})
    for spoilt in ({"amount": 0}, {"expires_at": "2020-01-01T00:00:00Z"}, {"currency": "tenge"}):
        refused(client, "merchant.invoiceCreate", invoice(**spoilt))


def profile(client):
    """A profile is signed by its payer, charged, and ended; after that nothing is charged."""
    request = {"invoice_type": "binance", "amount": 1000, "currency": "KZT", "external_id": order(),
               "agreement_type": "on-demand", "expires_at": soon(30)[:10]}
    made = client.ok("merchant.invoiceRecurringCreate", request)
    one = {"external_id": request["external_id"], "profile_id": made["profile_id"]}

    def told(status):
        got = client.ok("merchant.invoiceRecurringInfo", one)
        same(got["status"], status, "status of the profile")
        for name in ("invoice_type", "external_id", "agreement_type", "expires_at"):
            same(got[name], request[name], name)
        same(got["profile_id"], made["profile_id"], "profile_id")

    def execute(**more):
        return {"profile_id": made["profile_id"], "external_id": order(), "type": "binance", "amount": 1000, "currency": "KZT"} | more

    client.error("merchant.invoiceExecute", execute())
    browser = client.browser()
    page = form_client.Page(browser.load(made["url"]))
    browser.submit(page, "sign")
    told("active")
    charge = execute()
    got = client.ok("merchant.invoiceExecute", charge)
    same(got["status"], "success", "status of the charge")
    info = client.ok("merchant.invoiceInfo", {"id": got["invoice_id"]})
    same((info["status"], info["external_id"]), ("success", charge["external_id"]), "the invoice of the charge")
    digits(info["amount"], 1000, "amount of the charge")
    client.error("merchant.invoiceExecute", execute(profile_id="no-such-profile"))
    same(client.ok("merchant.invoiceRecurringCancel", one | {"description": "cancellation reason"})["status"], "canceled", "status")
    told("canceled")
    client.error("merchant.invoiceExecute", execute())
    client.error("merchant.invoiceRecurringCancel", one | {"description": "again"})
    client.error("merchant.invoiceRecurringInfo", {"external_id": "nobody", "profile_id": "none"}, status=404)


def tips(client):
    """A card is saved with a form, and gets a tip."""
    shop = form_client.Shop(client.base_url, client.identity, client.secret.decode(), client.secret.decode(), random.SystemRandom())
    user = secrets.token_hex(6)
    page = form_client.ok(shop.ask(f"/v1/merchant/{client.identity}/cardstorage/add2", {
        "pg_user_id": user, "pg_template": "tips", "pg_phone_number": "77001234567", "pg_post_link": "https://127.0.0.1:1/c", "pg_back_link": "https://shop.example/b"}))
    client.browser().pay(page["pg_redirect_url"], GOOD)
    listed = shop.ask(f"/v1/merchant/{client.identity}/cardstorage/list", {"pg_user_id": user})
    token = [dict(card)["pg_card_token"] for name, card in listed.fields if name == "card"][0]
    request = {"amount": 500, "currency": "KZT", "external_id": order(), "main_order": {"external_id": "ORDER-123", "amount": 5000},
               "recipient": {"user_id": user, "card_token": token}, "sender": {"user_id": "customer-777", "phone": "77001234567"},
               "back_url": "https://merchant.kz/back"}
    made = client.ok("merchant.tipsCreate", request)
    same(made["status"], "new", "status of the tip")
    client.browser().pay(made["redirect_url"], GOOD)
    client.error("merchant.tipsCreate", request | {"external_id": order(), "recipient": {"user_id": user, "card_token": fresh()}})
    client.error("merchant.tipsCreate", request | {"external_id": order(), "amount": -1})


def invoice_repeats(client):
    """The second request with an X-Request-Id gets the first answer, of many at once too, and does nothing."""
    one, request = wire.uuid7(), invoice()
    answers = at_once(MANY, lambda turn: client.ok("merchant.invoiceCreate", request, request_id=one))
    same(len({answer["id"] for answer in answers}), 1, f"invoices of {MANY} requests at once with one X-Request-Id")
    client.browser().pay(answers[0]["url"], GOOD)
    again, part = wire.uuid7(), {"id": answers[0]["id"], "amount": decimal.Decimal("0.10"), "description": "d"}
    backs = at_once(MANY, lambda turn: client.ok("merchant.invoiceRefund", part, request_id=again))
    same(len({back["refund_id"] for back in backs}), 1, f"refunds of {MANY} at once with one X-Request-Id")
    same(len(client.ok("merchant.invoiceInfo", {"id": answers[0]["id"]})["refunds"]), 1, "refunds that the invoice shows")
    rest = {"id": answers[0]["id"], "amount": request["amount"] - decimal.Decimal("0.10"), "description": "d"}
    answers = at_once(MANY, lambda turn: client.send("merchant.invoiceRefund", rest).json())
    same(sum("refund_id" in answer for answer in answers), 1, f"refunds of all the money of {MANY} at once")


# ---------------------------------------------------------------- partners

ADDRESS = json.loads(json_table.ADDRESS)


def product(number=20000):
    return {"product_id": number, "name": "Дүкен", "mcc": "5599", "descriptor": "SHOP", "merchant_url": "https://shop.kz",
            "merchant_ip": "85.116.189.120", "address": ADDRESS, "limit": [{"type": "DAILY_LIM", "value": "1MLN"}], "currency": "KZT"}


def connect(client):
    request = {"request_id": fresh(), "company": {"company_id": fresh(), "name": "Название", "bin": "123456789012", "address": ADDRESS,
                                                  "iban": "KZ12345B789012345KZT", "description": "Новый партнер"}, "product": product()}
    got = client.ok("partner.clientAdd", request)
    same(got["request_status"], "process", "request_status of client/add")
    return request


def job(client, request_id, *states):
    for state in states:
        got = client.ok("partner.clientRequestStatus", {"request_id": request_id})
        same(got["request_status"], state, "request_status")
    return got


def company(client):
    """A company is connected, gets a terminal, a user and a product."""
    request = connect(client)
    done = job(client, request["request_id"], "process", "success", "success")
    merchant = done.get("external_id", done.get("merchant_id"))
    if not isinstance(merchant, int) or not isinstance(done["client_id"], int):
        raise Wrong(f"no numbers of a merchant in {done}")
    client.error("partner.clientAdd", request)
    client.error("partner.clientRequestStatus", {"request_id": fresh()})
    terminal = {"request_id": fresh(), "company": {"company_id": request["company"]["company_id"], "merchant_id": merchant},
                "product": product()}
    same(client.ok("partner.terminalCreate", terminal)["request_status"], "process", "request_status of a terminal")
    made = job(client, terminal["request_id"], "process", "success")
    if not made["terminal_number"]:
        raise Wrong(f"no terminal_number in {made}")
    client.error("partner.terminalCreate", terminal)
    user = {"request_id": fresh(), "client_id": done["client_id"],
            "user_info": {"first_name": "Айгүл", "last_name": "Ә", "phone": "77077070707", "email": "a@b.kz"}}
    got = client.ok("partner.userAdd", user)
    same((got["status"], got["client_id"]), ("ok", done["client_id"]), "status and client of a user")
    client.error("partner.userAdd", user)
    client.error("partner.userAdd", user | {"request_id": fresh(), "client_id": 1})
    more = {"request_id": fresh(), "client_id": done["client_id"], "product": {"product_id": 10001}}
    got = client.ok("partner.productAdd", more)
    same((got["client_id"], got["product"]["product_id"]), (done["client_id"], 10001), "client and product")
    client.error("partner.productAdd", more)
    refused(client, "partner.productAdd", more | {"request_id": fresh(), "product": {"product_id": 5}})
    twice = request | {"request_id": fresh()}  # a company that is there already fails in the end
    client.ok("partner.clientAdd", twice)
    failed = client.send("partner.clientRequestStatus", {"request_id": twice["request_id"]}).json()
    failed = client.send("partner.clientRequestStatus", {"request_id": twice["request_id"]}).json()
    same(failed["request_status"], "error", "request_status of a company that there is")


def company_at_once(client):
    request = {"request_id": fresh(), "company": {"company_id": fresh(), "name": "n", "bin": "123456789012", "address": ADDRESS},
               "product": product()}
    answers = at_once(MANY, lambda turn: client.send("partner.clientAdd", request).json())
    same(sum(answer["status"] == "ok" for answer in answers), 1, f"companies of {MANY} requests at once with one request_id")
    same(sum(answer["status"] == "error" for answer in answers), MANY - 1, "those that were refused")


def rates(client):
    rate = {"currency_from": "USD", "currency_to": "KZT", "rate": decimal.Decimal("441.507"), "rate_type": "p2p", "operation": "buy"}
    same(client.ok("partner.ratesAdd", {"rates": [rate, rate | {"rate_type": "retail"}]})["status"], "ok", "status")
    for spoilt in ([], [rate | {"rate": -1}], [rate | {"rate": 0}], [rate | {"currency_to": "tenge"}]):
        refused(client, "partner.ratesAdd", {"rates": spoilt})


def wallet(client):
    """A wallet is made, its statement fills, it is blocked; 1002, 1003, 1004 and 1008 are documented."""
    one = fresh()
    made = client.ok("partner.walletAdd", {"request_id": one, "country": "KAZ", "currency": "KZT"})
    same(made["status"], "ok", "status")
    client.error("partner.walletAdd", {"request_id": one, "country": "KAZ", "currency": "KZT"}, code="1002")
    same(client.ok("partner.walletStatement", {"identifier": one})["operations"], [], "operations of a new wallet")
    value = amount()
    client.door("/_sandbox/wallets/operations", {"identifier": one, "operation": {
        "type": "emoney_sale", "amount": value, "commission": decimal.Decimal("0.50"), "currency": "KZT",
        "correspondent": {"name": "Шай", "account_number": "KZ12345B789012345KZT"}}})
    shown = client.ok("partner.walletStatement", {"identifier": one})["operations"]
    same((len(shown), shown[0]["type"], shown[0]["correspondent"]["name"]), (1, "emoney_sale", "Шай"), "operations")
    digits(shown[0]["amount"], value, "amount")
    digits(shown[0]["commission"], "0.50", "commission")
    moment(shown[0]["datetime"], "datetime")
    past = {"identifier": one, "start_date": "2020-01-01T00:00:00Z", "end_date": "2020-02-01T00:00:00Z"}
    same(client.ok("partner.walletStatement", past)["operations"], [], "operations of another time")
    block = {"identifier": one, "description": "by its owner"}
    client.ok("partner.walletBlock", block | {"request_id": fresh()})
    client.error("partner.walletBlock", block | {"request_id": fresh()}, code="1008")
    client.error("partner.walletBlock", {"identifier": "nobody's", "description": "d", "request_id": fresh()}, code="1004")
    client.error("partner.walletStatement", {"identifier": "nobody's"}, code="1004")
    client.error("partner.walletAdd", {"request_id": fresh(), "country": "KAZ", "currency": "KZT", "identifier": one}, code="1003")
    client.error("partner.walletAdd", {"country": "KAZ", "currency": "KZT"}, code="1001")
    request = {"request_id": fresh(), "country": "KAZ", "currency": "KZT"}
    answers = at_once(MANY, lambda turn: client.send("partner.walletAdd", request).json())
    same(sum(answer["status"] == "ok" for answer in answers), 1, f"wallets of {MANY} requests at once with one request_id")
    same({answer["error_code"] for answer in answers if answer["status"] == "error"}, {"1002"}, "the error of the others")


def pain001(message, payments):
    rows = "".join(
        f"<CdtTrfTxInf><PmtId><EndToEndId>{end}</EndToEndId></PmtId><PmtTpInf><InstrPrty>NORM</InstrPrty></PmtTpInf>"
        f"<Amt><InstdAmt Ccy=\"KZT\">{value}</InstdAmt></Amt><CdtrAgt><FinInstnId><BICFI>KSNVKZKA</BICFI></FinInstnId></CdtrAgt>"
        f"<Cdtr><Nm>Shop</Nm></Cdtr><CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct><Purp><Cd>GDDS</Cd></Purp>"
        f"<RmtInf><Ustrd>invoice</Ustrd></RmtInf></CdtTrfTxInf>" for end, value, iban in payments)
    total = sum(value for _, value, _ in payments)
    return (f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.12"><CstmrCdtTrfInitn>'
            f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>2025-06-11T15:30:00Z</CreDtTm><NbOfTxs>{len(payments)}</NbOfTxs>"
            f"<CtrlSum>{total}</CtrlSum><InitgPty><Nm>Shop</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>PMT-001</PmtInfId>"
            f"<PmtMtd>TRF</PmtMtd><NbOfTxs>{len(payments)}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
            f"<PmtTpInf><InstrPrty>NORM</InstrPrty></PmtTpInf><ReqdExctnDt><Dt>2025-06-12</Dt></ReqdExctnDt><Dbtr><Nm>Partner</Nm></Dbtr>"
            f"<DbtrAcct><Id><IBAN>{IBAN}</IBAN></Id></DbtrAcct>{rows}</PmtInf></CstmrCdtTrfInitn></Document>")


def iban(account):
    """An account of Kazakhstan with the check digits of ISO 13616."""
    number = int("".join(str(int(letter, 36)) for letter in account + "KZ00"))
    return f"KZ{98 - number % 97:02d}{account}"


IBAN = iban("550ABC0123456789"[:16])


def report(answer):
    """(MsgId asked about, group status, {end-to-end id: (status, reason)}) of a pain.002."""
    root = xml.etree.ElementTree.fromstring(answer["document_body"])
    space = root.tag[:root.tag.index("}") + 1]
    same(space, "{urn:iso:std:iso:20022:tech:xsd:pain.002.001.14}", "the namespace of the report")
    text = lambda node, name: next((one.text for one in node.iter(space + name)), None)  # noqa: E731
    group = next(root.iter(space + "OrgnlGrpInfAndSts"))
    found = {text(one, "OrgnlEndToEndId") or text(one, "EndToEndId"): (text(one, "TxSts"), text(one, "Cd"))
             for one in root.iter(space + "TxInfAndSts")}
    return text(group, "OrgnlMsgId"), text(group, "GrpSts"), found


def settlement(client):
    """Payments are pending when they are asked about first, then accepted; a wrong one is rejected with its documented reason."""
    message = "MSG-" + secrets.token_hex(6)
    made = client.door("/_sandbox/settlements", {"document_type": "iso20022", "document_body": pain001(message, [
        ("E2E-1", decimal.Decimal("100.50"), IBAN), ("E2E-2", decimal.Decimal("0.25"), "KZ00")])})
    same((made["message_id"], len(made["instruction_ids"])), (message, 2), "the message's id and its payments")
    batch = {"OrgnlMsgId": message}
    states = []
    for _ in range(2):
        got = client.ok("partner.settlementBatchStatuses", batch)
        same((got["status"], got["error_code"], got["document_type"]), ("success", 0, "iso20022"), "the envelope")
        of, group, payments = report(got)
        same((of, set(payments), payments["E2E-2"]), (message, {"E2E-1", "E2E-2"}, ("RJCT", "AC01")), "the report")
        states.append((group, payments["E2E-1"][0]))
    same(states, [("PART", "PDNG"), ("PART", "ACCP")], "states of the batch and the right payment")
    _, _, payments = report(client.ok("partner.settlementPaymentStatus", {"OrgnlInstrId": made["instruction_ids"][0]}))
    same(payments, {"E2E-1": ("ACCP", None)}, "the report of one payment")
    _, _, payments = report(client.ok("partner.settlementPaymentStatus", {"OrgnlInstrId": made["instruction_ids"][1]}))
    same(payments, {"E2E-2": ("RJCT", "AC01")}, "the report of the other")
    client.error("partner.settlementBatchStatuses", {"OrgnlMsgId": "NOBODYS"}, status=404)
    client.error("partner.settlementPaymentStatus", {"OrgnlInstrId": "a/b c"}, status=404)


# ---------------------------------------------------------------- cards

def request_done(client, request_id, *states):
    for state in states:
        got = client.ok("card.requestStatus", {"request_id": request_id})
        same((got["status"], got["request_status"]), ("ok", state), "status and request_status")
    return got


def written(client, name, members, result="success"):
    """A write of the Card API: taken in process, asked about until it is done; its request_id works once."""
    members = {"request_id": fresh()} | members
    same(client.ok(name, members)["request_status"], "process", f"request_status of {name}")
    done = request_done(client, members["request_id"], "process", result, result)
    client.error(name, members)
    return done


def card_life(client):
    """Client, card, PIN, limits, statement, blocked, closed."""
    person = {"phone": 77077070000 + secrets.randbelow(9999), "type": 1, "resident": 1, "first_name": "Ivan", "last_name": "Ivanov",
              "country": "KAZ", "person_id": "900131300123", "document": "JVBERi0xLjQK", "address1": ADDRESS, "address2": ADDRESS}
    owner = written(client, "card.clientAdd", {"product_id": 1000, "client": person})["client_id"]
    written(client, "card.clientEdit", {"client_id": owner, "product_id": 1000, "client": {"phone": person["phone"] + 1}})
    holder = {"first_name": "Ivan", "last_name": "Ivanov", "phone": person["phone"], "country": "KAZ", "person_id": "900131300123"}
    cards = written(client, "card.cardIssue", {"product_id": 1000, "cardholder": holder})["cards"]
    card = {"card_id": cards[0]["card_id"]}
    client.ok("card.cardInfo", card | {"request_id": fresh()})
    written(client, "card.cardLink", card | {"client_id": owner})
    pin = base64.b64encode(secrets.token_bytes(32)).decode()
    for members in (card | {"pin": pin}, card):
        same(client.ok("card.cardPINSet", members)["status"], "ok", "status of a PIN")
    client.error("card.cardPINSet", card | {"pin": "1234"})
    written(client, "card.cardPINCounterReset", card)
    thing = {"type": "card", "value": card["card_id"]}
    limit = {"transaction_type": "withdrawal_atm", "period": "month", "amount": [{"type": "max", "value": "5000", "currency": "USD"}]}
    written(client, "card.limitsSet", {"object": thing, "limits": [limit]})
    client.ok("card.limitsList", {"request_id": fresh(), "object": thing})
    for spoilt in ({"object": thing | {"value": "nobody's"}, "limits": [limit]}, {"object": thing | {"type": "house"}, "limits": [limit]},
                   {"object": thing, "limits": []}):
        client.error("card.limitsSet", {"request_id": fresh()} | spoilt)
    for dates in ({}, {"start_date": "2025-01-01T00:00:00+05:00", "end_date": "2025-02-01T00:00:00+05:00"}):
        same(client.ok("card.cardStatement", card | dates)["operations"], [], "operations of a new card")
    got = client.ok("card.cardStatementExtended", card | dates)
    same((got["card"]["card_id"], got["client_id"]), (card["card_id"], owner), "card and client of the statement")
    client.error("card.cardStatementExtended", card | {"start_date": dates["end_date"], "end_date": dates["start_date"]})
    client.error("card.cardUnblock", card | {"request_id": fresh(), "description": "it is not blocked"})
    client.door("/_sandbox/cards/block", card, 200)
    written(client, "card.cardUnblock", card | {"description": "found"})
    written(client, "card.cardClose", card | {"description": "lost"})
    for name, more in (("card.cardClose", {"description": "again"}), ("card.cardPINCounterReset", {}),
                       ("card.cardUnblock", {"description": "again"})):
        client.error(name, card | {"request_id": fresh()} | more)
    for name in ("card.cardStatement", "card.cardPINSet"):
        client.error(name, {"card_id": "nobody's"})
    client.error("card.requestStatus", {"request_id": fresh()})
    client.error("card.clientEdit", {"request_id": fresh(), "client_id": "nobody", "product_id": 1000, "client": {"phone": 77077070707}})
    client.error("card.clientAdd", {"request_id": fresh(), "product_id": 1, "client": person})
    client.error("card.cardLink", {"request_id": fresh(), "client_id": owner, "card_id": "nobody's"})


def cardholder(client):
    """How alike a name is: a percentage."""
    of = {"user_phone": "7077070707", "card_token": "00000000-0000-0000-0000-000000000000"}
    for names in ({"first_name": "Ivan", "last_name": "Ivanov"}, {"first_name": "Qwerty", "last_name": "Zxcvb"}):
        got = client.ok("card.cardholderValidate", of | names | {"request_id": fresh()})
        if not re.fullmatch(r"(100\.00|\d{1,2}\.\d\d)%", got["score"]):
            raise Wrong(f"score is {got['score']!r}")


def gift_card(client):
    """A code that is wrong (-8), a card that there is not (-7), one that is active already (-10)."""
    number = 10_000_000 + secrets.randbelow(90_000_000)
    made = client.door("/_sandbox/gift-cards", gift_request(number))
    same(made is not None, True, "a gift card")
    same(client.error("card.giftCardConfirm", {"otp": "9999", "card_id": number})["status"], -8, "status of a wrong code")
    same(client.error("card.giftCardConfirm", {"otp": "4321", "card_id": number + 1})["status"], -7, "status of no card")
    got = client.ok("card.giftCardConfirm", {"otp": "4321", "card_id": number})
    same((got["status"], got["card_currency"]), (0, "USD"), "status and currency")
    digits(got["card_balance"], 100, "balance")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", got["datetime"]) or not re.fullmatch(r"\d{4}\*{8}\d{4}", got["card_mask"]):
        raise Wrong(f"datetime or mask of {got}")
    same(client.error("card.giftCardConfirm", {"otp": "4321", "card_id": number})["status"], -10, "status of the second time")


def gift_request(number):
    return {"card_id": str(number), "otp": "4321", "card_currency": "USD", "card_balance": 100}


def card_at_once(client):
    """A request_id is taken once, however many come at one moment."""
    person = {"phone": 77077070000 + secrets.randbelow(9999), "type": 1, "resident": 1, "first_name": "Anna", "last_name": "Annova"}
    request = {"request_id": fresh(), "product_id": 2000, "client": person}
    answers = at_once(MANY, lambda turn: client.send("card.clientAdd", request).json())
    same([answer["status"] for answer in answers].count("ok"), 1, f"clients of {MANY} requests at once with one request_id")
    same([answer["status"] for answer in answers].count("error"), MANY - 1, "those that were refused")


# ---------------------------------------------------------------- installments

def jwe():
    """A phone in the form of the example; what it is encrypted with no page tells, so that nobody can look inside."""
    header = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2s": wire.b64url(secrets.token_bytes(16)), "p2c": 65536}
    return ".".join([wire.b64url(wire.compact(header))] + [wire.b64url(secrets.token_bytes(size)) for size in (40, 12, 11, 16)])


def application(**more):
    return {"external_id": order(), "total_amount": 1_500_000, "currency": "UZS", "goods": [
        {"name": "Смартфон", "price": 700_000, "quantity": 2, "category": "electronics"},
        {"name": "Чехол", "price": 100_000, "quantity": 1, "category": "other"}], "customer": {"phone": jwe()}} | more


def installment(client):
    """New, approved on the bank's page, delivered, given back; or canceled."""
    banks = client.ok("installment.partners")["partners"]
    request = application()
    made = client.ok("installment.applicationCreate", request)
    same(made["status"], "new", "status")

    def told(status, bank=None):
        by_id = client.ok("installment.applicationStatus", {"id": made["id"]})
        same(client.ok("installment.applicationStatus", {"external_id": request["external_id"]}), by_id, "the answer by external_id")
        same((by_id["status"], by_id["external_id"], by_id.get("bank_code") or None), (status, request["external_id"], bank),
             "status, external_id and bank")
        if bank:
            digits(by_id["approved_amount"], request["total_amount"], "approved_amount")

    told("new")
    client.error("installment.applicationChangeStatus", {"id": made["id"], "status": "delivered"}, **forbidden(client, made, "delivered"))
    browser = client.browser()
    page = form_client.Page(browser.load(made["redirect_url"]))
    browser.submit(page, page.choices[0][1])
    told("new", banks[0]["code"])
    for status in ("delivered", "refund"):
        got = client.ok("installment.applicationChangeStatus", {"external_id": request["external_id"], "status": status})
        same((got["id"], got["status"]), (made["id"], status), "id and status")
        told(status, banks[0]["code"])
    client.error("installment.applicationChangeStatus", {"id": made["id"], "status": "canceled"}, **forbidden(client, made, "canceled"))
    other = client.ok("installment.applicationCreate", application())
    same(client.ok("installment.applicationChangeStatus", {"id": other["id"], "status": "canceled"})["status"], "canceled", "status")
    # 1002 is an application that there is not, and 422 a request that is wrong.
    client.error("installment.applicationStatus", {"id": fresh()}, code=1002)
    client.error("installment.applicationChangeStatus", {"external_id": "nobody's", "status": "canceled"}, code=1002)
    client.error("installment.applicationStatus", {}, status=422)
    client.error("installment.applicationStatus", {"id": made["id"], "external_id": request["external_id"]}, status=422)
    client.error("installment.applicationChangeStatus", {"status": "canceled"}, status=422)
    for spoilt in ({"total_amount": 1_500_001}, {"customer": {"phone": "77077070707"}}, {"total_amount": 1, "goods": [
            {"name": "x", "price": 1, "quantity": 1, "category": "c"}]}, {"goods": []}):
        client.error("installment.applicationCreate", application(**spoilt), status=422)


def forbidden(client, made, status):
    """One page has HTTP 409 for what cannot follow, another error 1003."""
    answer = client.send("installment.applicationChangeStatus", {"id": made["id"], "status": status})
    if answer.status not in (200, 409):
        raise Wrong(f"a change that is not allowed: {answer}")
    return {"status": 409} if answer.status == 409 else {"code": 1003}


def installment_repeats(client):
    one, request = wire.uuid7(), application()
    answers = at_once(MANY, lambda turn: client.ok("installment.applicationCreate", request, request_id=one))
    same(len({answer["id"] for answer in answers}), 1, f"applications of {MANY} requests at once with one X-Request-Id")
    same(len({answer["token"] for answer in answers}), 1, "their tokens")
    again = wire.uuid7()
    change = {"id": answers[0]["id"], "status": "canceled"}
    first = client.ok("installment.applicationChangeStatus", change, request_id=again)
    same(client.ok("installment.applicationChangeStatus", change, request_id=again), first, "the repeat of a change")
    if client.send("installment.applicationChangeStatus", change).json() == first:
        raise Wrong("a change under another X-Request-Id was taken for a repeat")


# ---------------------------------------------------------------- Freedom ID

GRANTS = ["read.phone", "read.firstname", "read.profile", "openid"]


def log_in(client, url, action="login"):
    """The payer's browser at the login page. Returns the query of the address that it is sent back to."""
    browser = client.browser()
    page = form_client.Page(browser.load(url))
    back = browser.submit(page, page.choices[0][1], action)
    same(back.startswith("https://example.com/login?"), True, f"back at the partner from {back}:")
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))


def code(client):
    link = client.ok("freedomid.authorizationCreate", {"redirect_uri": "https://example.com/login?a=1", "grants": GRANTS})["redirect_uri"]
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))
    same(set(query) >= {"track_id", "expire_at"}, True, f"track_id and expire_at in {link}:")
    back = log_in(client, link)
    same(back["a"], "1", "the partner's own parameter")
    return back["authorization_code"]


def lifetime(got, days, which):
    left = moment(got[which], which) - datetime.datetime.now(datetime.timezone.utc)
    same(round(left / datetime.timedelta(days=1), 2), float(days), f"days until {which}")


def login(client):
    """Logged in, tokens, refreshed by two at once, a profile asked for until it is there."""
    once = code(client)
    tokens = client.ok("freedomid.tokenCreate", {"authorization_code": once})
    lifetime(tokens, 7, "access_expire_at")
    lifetime(tokens, 28, "refresh_expire_at")
    client.error("freedomid.tokenCreate", {"authorization_code": once}, code=100101)
    client.error("freedomid.tokenCreate", {"authorization_code": "your_authorization_code"}, code=100101)
    # A refresh token is good for once: of two at once one gets the new tokens.
    answers = at_once(2, lambda turn: client.send("freedomid.tokenRefresh", token=tokens["refresh_token"]))
    fine = [answer for answer in answers if answer.status == 200 and "access_token" in answer.json()]
    same(len(fine), 1, "refreshes of two at once that succeed")
    fresher = fine[0].json()
    compare(SHAPES["freedomid.tokenRefresh"], fresher, "freedomid.tokenRefresh", OPTIONAL["freedomid.tokenRefresh"])
    for name in ("access_token", "refresh_token"):
        if not re.fullmatch("[a-zA-Z0-9]{128}", fresher[name]):
            raise Wrong(f"{name} is not of 128 letters and digits")
        same(fresher[name] != tokens[name], True, f"another {name}:")
    uuid.UUID(fresher["id"])
    client.error("freedomid.tokenRefresh", token=tokens["refresh_token"], status=401)
    client.error("freedomid.tokenRefresh", token=fresher["access_token"], status=401)  # it takes the other one
    token = fresher["access_token"]
    request = {"request_id": fresh(), "created_at": soon(0)}
    got = client.ok("freedomid.profilePrepare", request, token=token)
    same((got["request_id"], got["status"]), (request["request_id"], "accepted"), "request_id and status")
    asked = {"request_id": request["request_id"]}
    first = client.ok("freedomid.profileStatus", asked, token=token)
    same(first["status"], "pending", "status, asked first")
    done = client.ok("freedomid.profileStatus", asked, token=token)
    same((done["request_id"], done["status"], done["freedom_id"]), (request["request_id"], "completed", first["freedom_id"]), "the profile")
    same(set(done["profile"]) <= {"payload"}, True, "members of the profile")
    moment(done["datetime"], "datetime")
    nobody = client.ok("freedomid.profileStatus", {"request_id": fresh()}, token=token, shaped=False)
    same(nobody["status"], "not_found", "status of a request that there was not")
    for name, members in (("freedomid.profilePrepare", request), ("freedomid.profileStatus", asked)):
        client.error(name, members, token="nobody's", status=401)
        client.error(name, members, token=fresher["refresh_token"], status=401)


def login_left(client):
    link = client.ok("freedomid.authorizationCreate", {"redirect_uri": "https://example.com/login", "grants": GRANTS})["redirect_uri"]
    same(log_in(client, link, "leave"), {"error_code": "100102"}, "what the partner is told")
    for spoilt in ({"grants": []}, {"grants": ["read.secrets"]}, {"redirect_uri": "nowhere"}):
        got = client.error("freedomid.authorizationCreate", {"redirect_uri": "https://example.com/login", "grants": GRANTS} | spoilt)
        same(set(got["error"]), {"message", "errors"}, f"members of the error of {spoilt}")
    got = client.error("freedomid.authorizationCreate", {"redirect_uri": "https://example.com/login", "grants": ["openid", "read.secrets"]})
    same(got["error"]["errors"], {"grants.1": ["The selected grants.1 is invalid."]}, "errors")


def without_grant(client):
    """A profile needs read.profile."""
    link = client.ok("freedomid.authorizationCreate", {"redirect_uri": "https://example.com/login", "grants": ["read.phone"]})["redirect_uri"]
    tokens = client.ok("freedomid.tokenCreate", {"authorization_code": log_in(client, link)["authorization_code"]})
    answer = client.send("freedomid.profilePrepare", {"request_id": fresh()}, token=tokens["access_token"])
    if answer.status == 200 and answer.json().get("status") != "rejected":
        raise Wrong(f"a profile without its grant: {answer}")


def open_id(client):
    """OpenID Connect: state comes back, and the nonce in the id_token."""
    state, nonce = secrets.token_hex(16), secrets.token_hex(16)
    query = urllib.parse.urlencode({"scope": "openid read.profile", "state": state, "response_type": "code", "client_id": client.identity,
                                    "redirect_uri": "https://example.com/login", "nonce": nonce})
    link = client.browser().load(f"{client.base_url}/openid?{query}")
    back = log_in(client, link)
    same(back["state"], state, "state")
    exchange = {"code": back["code"], "redirect_uri": "https://example.com/login", "grant_type": "authorization_code"}
    got = client.ok("freedomid.tokenCreateOIDC", exchange)
    same(got["expires_in"], 604800, "expires_in")
    claims = json.loads(base64.urlsafe_b64decode(got["id_token"].split(".")[1] + "=="))
    same((claims["aud"], claims["nonce"], claims["exp"] - claims["iat"]), (client.identity, nonce, 604800), "aud, nonce and lifetime")
    same(set(claims), {"iss", "sub", "aud", "exp", "iat", "nonce"}, "claims")
    client.error("freedomid.tokenCreateOIDC", exchange, code=100101)


def users(client):
    tokens = client.ok("freedomid.tokenCreate", {"authorization_code": code(client)})
    user = {"phone": f"+7707{secrets.randbelow(10**8):08d}", "email": f"{secrets.token_hex(5)}@example.com", "firstname": "Айгүл",
            "date_of_birth": "2000-01-01", "country": "KAZ", "gender": "F"}
    made = client.ok("freedomid.userCreate", user, token=tokens["access_token"])
    uuid.UUID(made["freedom_id"])
    client.error("freedomid.userCreate", user, token=tokens["access_token"])  # phone and mail are one person's
    client.ok("freedomid.userUpdate", {"freedom_id": made["freedom_id"], "lastname": "Ә"}, token=tokens["access_token"])
    client.error("freedomid.userUpdate", {"freedom_id": fresh(), "lastname": "Ә"}, token=tokens["access_token"])
    client.error("freedomid.userCreate", {"phone": "123"}, token=tokens["access_token"])
    client.error("freedomid.userCreate", user, token="nobody's", status=401)


def codes_at_once(client):
    """A code is good for once, and so is a refresh token, however many come at one moment."""
    once = code(client)
    answers = at_once(MANY, lambda turn: client.send("freedomid.tokenCreate", {"authorization_code": once}))
    fine = [answer.json() for answer in answers if "access_token" in answer.json()]
    same(len(fine), 1, f"tokens of {MANY} exchanges of one code at once")
    answers = at_once(MANY, lambda turn: client.send("freedomid.tokenRefresh", token=fine[0]["refresh_token"]))
    same(sum(answer.status == 200 for answer in answers), 1, f"tokens of {MANY} refreshes at once")
    same({answer.status for answer in answers}, {200, 401}, "HTTP statuses of the refreshes")


def health(client):
    got = client.ok("gateway.health")
    same(got["status"], "ok", "status")
    moment(got["time"], "time")


STORIES = [async_3ds, async_refunds, async_one_step, async_again, async_reverse, async_failures, async_repeats, async_at_once, invoice_states, invoice_canceled,
           profile, tips, invoice_repeats, company, company_at_once, rates, wallet, settlement, card_life, cardholder, gift_card,
           card_at_once, installment, installment_repeats, login, login_left, without_grant, open_id, users, codes_at_once, health]


def main():
    base_url = wire.usage_of_base_url()
    checks = wire.Checks()
    client = Client(base_url, *wire.credentials(), checks)
    for story in STORIES:
        checks.passes(f"json: {story.__name__}", story, client)
    for name in sorted(json_table.BY_NAME):
        checks.check(f"json: {name} was called", client.called.get(name), "it was not")
    print(f"# json_client.py: {checks.passed + checks.failed} checks, {next(LOOKED)} comparisons, {sum(client.called.values())} answers")
    checks.finish()


if __name__ == "__main__":
    main()
