#!/usr/bin/env python3
"""Calls a Freedom Pay and checks that every answer is about what was asked.

usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... client.py http://HOST:PORT

It makes the five documented calls with its own signatures. It makes invoices of its own with random
contents, so that an answer that was prepared beforehand cannot pass.
"""

import concurrent.futures
import datetime
import decimal
import random
import re
import secrets
import threading
import uuid

import wire
from wire import CLIENT_ADD, INVOICE_INFO, INVOICE_PAY, INVOICES_INFO, JSON, REQUEST_STATUS, XML

# The invoice that the examples of the documentation are about.
DOCUMENTED = {
    "invoice_id": "019d0652-4e2f-7f54-a179-007c80c48adu",
    "payment_id": "1234567890",
    "customer": "kzobd2vgp17214143761774775392946",
    "amount": decimal.Decimal("500.00"),
    "currency": "KZT",
}
CARD_TOKEN = "ef741cfc-f85e-41a0-84e6-2ba964912182"
USER_ID = "No65GFR755789T25642588"

# No value list is printed for the status of invoices/info. Unpaid is "new" (its example); paid is "success"
# in the Merchant API's invoice pages, "ok" in invoice/pay. Either is fine as long as it moves.
PAID = {"success", "ok"}

# Names that a codec with an ASCII habit, or one that escapes nothing in XML, does not bring back.
AWKWARD = [
    "plain", "Название юридического лица", "Қазақстан – «Дүкен» №5", "a < b > c & d", "\"quoted\" 'and' so",
    "&amp; &lt; &#39; ]]>", "<root><status>ok</status></root>", "😀 emoji, ẅïdé", "back\\slash / and %41 +", "{\"json\": 1}",
]
AMOUNTS = ["9999999999.99", "0.01", "500.00", "123.45", "1", "0.10", "1000000", "40993.10"]


class Client:
    """The five calls, each signed by this program's own code."""

    def __init__(self, base_url, identity, secret):
        self.base_url, self.identity, self.secret = base_url, identity, secret

    def call(self, operation, payload=None, content_type=JSON, query="", accept=JSON):
        # A GET has no body: an empty payload is signed, and the query is not part of the uri.
        headers = [
            ("X-JWS-Signature", operation.sign(self.identity, self.secret, payload or b"")),
            ("X-Request-Id", wire.uuid7()),
            ("Accept", accept),
        ]
        if payload is not None:
            headers.append(("Content-Type", content_type))
        return wire.send(self.base_url, operation.method, operation.path + query, headers, payload)

    def post(self, operation, body, accept=JSON):
        return self.call(operation, wire.compact(body), accept=accept)

    def invoices_info(self, invoice_id):
        return self.post(INVOICES_INFO, {"invoice_id": invoice_id})

    def invoice_info(self, payment_id):
        return self.call(INVOICE_INFO, query=f"?payment_id={payment_id}")

    def pay(self, customer, card_token=CARD_TOKEN):
        body, content_type = wire.multipart({"customer": customer, "user_id": USER_ID, "card_token": card_token})
        return self.call(INVOICE_PAY, body, content_type, accept=XML)

    def pay_json(self, customer):
        return self.post(INVOICE_PAY, {"customer": customer, "user_id": USER_ID, "card_token": CARD_TOKEN})

    def create(self, **invoice):
        """Makes an invoice in the sandbox. Not part of the API, hence not signed."""
        answer = wire.send(self.base_url, "POST", "/_sandbox/invoices", [("Content-Type", JSON)], wire.compact(invoice))
        if answer.status != 201:
            raise ValueError(f"no invoice was made: {answer}")
        made = answer.json()
        for name, want in invoice.items():
            same_literal(made[name], want, name) if name == "amount" else same(made[name], want, name)
        return made | invoice  # what was asked for is what is compared with, not what the server made of it


def content(answer):
    """The answer's members, whichever of the two documented forms it has."""
    return answer.xml() if answer.media_type() in (XML, "text/xml") else answer.json()


def same(got, want, name):
    if got != want:
        raise ValueError(f"{name} is {got!r}, want {want!r}")


def same_literal(got, want, name):
    """Amounts are compared by their digits: 500.00 is not 500, and no digit is lost."""
    if isinstance(got, bool) or not isinstance(got, (int, decimal.Decimal)):
        raise ValueError(f"{name} is {got!r}, no number")
    same(str(got), str(want), name)


def moment(text, name):
    """A date-time of RFC 3339; one without a zone is no moment."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text):
        raise ValueError(f"{name} is {text!r}, no date-time with a zone")
    return datetime.datetime.fromisoformat(text)


def is_answer(answer, media_type):
    same(answer.status, 200, "HTTP status")
    same(answer.media_type(), media_type, "Content-Type")


# ---------------------------------------------------------------- what one answer must hold

def check_invoices_info(answer, invoice, identity, paid):
    is_answer(answer, JSON)
    got = answer.json()
    if paid:
        same(got["status"] in PAID, True, f"status {got['status']!r} is one for paid:")
    else:
        same(got["status"], "new", "status")
    same_literal(got["amount"], invoice["amount"], "amount")
    same(got["currency"], invoice["currency"], "currency")
    same(got["merchant_id"], int(identity), "merchant_id")
    for name in ("merchant_name", "description"):
        if name in invoice:
            same(got[name], invoice[name], name)
    if moment(got["expires_at"], "expires_at") <= moment(got["created_at"], "created_at"):
        raise ValueError("it expires before it was created")


def check_answer_headers(answer):
    """invoices/info is the one of the five whose page lists header fields of the answer."""
    same(uuid.UUID(answer.header("X-Request-Id") or "").version, 7, "version of X-Request-Id")
    moment(answer.header("X-Datetime"), "X-Datetime")
    same(answer.header("X-Request-Status"), "success", "X-Request-Status")


def check_invoice_info(answer, invoice, identity, status):
    is_answer(answer, JSON)
    got = answer.json()
    same(got["paymentStatus"], status, "paymentStatus")
    same_literal(got["amount"], invoice["amount"], "amount")
    same(got["currency"], invoice["currency"], "currency")
    same(got["merchantId"], identity, "merchantId")  # a string in the table, a number in the example
    for name, made_as in (("orderId", "order_id"), ("merchantName", "merchant_name"), ("description", "description")):
        if made_as in invoice:
            same(got[name], invoice[made_as], name)
        elif not isinstance(got[name], str):
            raise ValueError(f"{name} is {got[name]!r}, no string")
    moment(got["lifetime"], "lifetime")
    if not re.fullmatch(r"[A-Z]{2}\d\d[0-9A-Z]{10,30}", got["facilitatorIBAN"]):
        raise ValueError(f"facilitatorIBAN is {got['facilitatorIBAN']!r}")


def check_paid(answer, invoice, media_type=XML):
    """A payment that was made. Returns the transaction's id."""
    is_answer(answer, media_type)
    got = content(answer)
    same(got["status"], "ok", "status")
    same(got["invoice_status"], "ok", "invoice_status")
    if "order_id" in invoice:
        same(got["order_id"], invoice["order_id"], "order_id")
    same_literal(decimal.Decimal(got["amount"]), invoice["amount"], "amount")
    same(got["currency"], invoice["currency"], "currency")
    if media_type == JSON and not isinstance(got["invoice_id"], int):
        raise ValueError(f"invoice_id {got['invoice_id']!r} is no integer")
    if not re.fullmatch(r"\d{4}-\d\dXX-XXXX-\d{4}", got["card_pan"]):
        raise ValueError(f"card_pan {got['card_pan']!r} is not masked as documented")
    if "error_code" in got or "error_description" in got:
        raise ValueError(f"an error beside ok: {got}")
    moment(got["dt"], "dt")
    return int(got["invoice_id"])


def check_refused(answer, media_type=JSON, **members):
    """A documented refusal: HTTP 200 and status error."""
    is_answer(answer, media_type)
    got = content(answer)
    for name, want in {"status": "error", **members}.items():
        same(got.get(name), want, name)
    if "dt" in got:
        moment(got["dt"], "dt")
    return got


# ---------------------------------------------------------------- the checks

def documented_invoice(client, checks):
    """The ids that the documentation's examples use are answered. It is never paid here: runs may repeat."""
    def run():
        answer = client.invoices_info(DOCUMENTED["invoice_id"])
        check_answer_headers(answer)
        check_invoices_info(answer, DOCUMENTED, client.identity, paid=False)
        check_invoice_info(client.invoice_info(DOCUMENTED["payment_id"]), DOCUMENTED, client.identity, "waiting")
        checks.check("client: the documentation's invoice", True)
    checks.run("client: the documentation's invoice", run)


def one_invoice(client, invoice, pay, media_type):
    """The life of one invoice. Returns the transaction's id."""
    identity = client.identity
    check_invoices_info(client.invoices_info(invoice["invoice_id"]), invoice, identity, paid=False)
    check_invoice_info(client.invoice_info(invoice["payment_id"]), invoice, identity, "waiting")
    transaction = check_paid(pay(invoice["customer"]), invoice, media_type)
    check_invoices_info(client.invoices_info(invoice["invoice_id"]), invoice, identity, paid=True)
    check_invoice_info(client.invoice_info(invoice["payment_id"]), invoice, identity, "success")
    got = check_refused(pay(invoice["customer"]), media_type, order_id=invoice["order_id"])
    same_literal(decimal.Decimal(got["amount"]), invoice["amount"], "amount of the second payment")
    check_invoice_info(client.invoice_info(invoice["payment_id"]), invoice, identity, "success")
    return transaction


def random_invoice(client, amount):
    chance = random.SystemRandom()
    return client.create(
        amount=decimal.Decimal(amount), currency=chance.choice(["KZT", "USD", "KGS"]),
        order_id=f"{chance.choice(AWKWARD)} {secrets.token_hex(4)}",
        merchant_name=f"{chance.choice(AWKWARD)} {secrets.token_hex(4)}",
        description=f"{chance.choice(AWKWARD)} {secrets.token_hex(4)}",
    )


def random_invoices(client, checks):
    """No prepared answers: every member that was asked for comes back, and states move."""
    transactions = []
    amounts = AMOUNTS + [f"{secrets.randbelow(10**8)}.{secrets.randbelow(100):02d}" for _ in range(8)]
    forms = [("multipart", client.pay, XML), ("JSON", client.pay_json, None)]
    for number, amount in enumerate(amounts, 1):
        form, pay, media_type = forms[number % 2]
        name = f"client: invoice {number} of {amount}, paid by {form}"

        def run():
            invoice = random_invoice(client, amount)
            transactions.append(one_invoice(client, invoice, pay, media_type or json_or_xml(client)))
            checks.check(name, True)
        checks.run(name, run)
    checks.equal("client: every payment has its own transaction id", len(set(transactions)), len(amounts))


def json_or_xml(client):
    """Which form the answer to a JSON payment has: the page promises XML, the section overview JSON.

    Nothing documented decides, so the program takes the one that the server uses, and then holds it to it.
    """
    answer = client.pay_json("no-such-customer-" + secrets.token_hex(8))
    if answer.media_type() not in (JSON, XML):
        raise ValueError(f"neither JSON nor XML: {answer}")
    return answer.media_type()


def awkward_texts(client, checks):
    """Each awkward text in all three places at once, through JSON and XML."""
    for number, text in enumerate(AWKWARD, 1):
        name = f"client: awkward text {number} survives"

        def run():
            text_here = f"{text} {secrets.token_hex(4)}"
            invoice = client.create(amount=decimal.Decimal("7.77"), currency="KZT", order_id=text_here,
                                    merchant_name=text_here, description=text_here)
            one_invoice(client, invoice, client.pay, XML)
            checks.check(name, True)
        checks.run(name, run)


def unknown_ids(client, checks):
    unknown = secrets.token_hex(16)

    def expect(name, call, media_type=JSON, **members):
        def run():
            check_refused(call(), media_type, **members)
            checks.check(name, True)
        checks.run(name, run)

    expect("client: unknown invoice_id", lambda: client.invoices_info(unknown))
    expect("client: unknown payment_id", lambda: client.invoice_info(unknown))
    expect("client: unknown customer", lambda: client.pay(unknown), XML, invoice_status="failed")
    expect("client: unknown request_id", lambda: client.post(REQUEST_STATUS, {"request_id": str(uuid.uuid4())}),
           request_status="error")


def missing_fields(client, checks):
    """A request without a required field must not pass for one that was done."""
    body, content_type = wire.multipart({"customer": "nobody", "user_id": USER_ID})
    calls = {
        "client: invoice/pay without card_token": lambda: client.call(INVOICE_PAY, body, content_type, accept=XML),
        "client: invoice/info without payment_id": lambda: client.call(INVOICE_INFO),
        "client: request/status without request_id": lambda: client.post(REQUEST_STATUS, {}),
        "client: client/add without company": lambda: client.post(CLIENT_ADD, {"request_id": str(uuid.uuid4())}),
        "client: client/add with a body that is no JSON": lambda: client.call(CLIENT_ADD, b'{"request_id":'),
    }
    for name, call in calls.items():
        def run():
            answer = call()
            refused = 400 <= answer.status < 500 and answer.status != 401 or content(answer)["status"] == "error"
            checks.check(name, refused, answer)
        checks.run(name, run)


def exact_bytes(client, checks):
    """The bytes that are sent are signed: the documentation's own tokens hold compact and pretty JSON."""
    invoice_id = DOCUMENTED["invoice_id"]
    bodies = {
        "with spaces": f'{{ "invoice_id" : "{invoice_id}" }}',
        "with a newline at its end": f'{{\n  "invoice_id": "{invoice_id}"\n}}\n',
        "with escapes": '{"invoice_id":"\\u0030' + invoice_id[1:] + '"}',
    }
    for how, body in bodies.items():
        def run():
            answer = client.call(INVOICES_INFO, body.encode())
            check_invoices_info(answer, DOCUMENTED, client.identity, paid=False)
            checks.check(f"client: JSON {how} is signed as it is", True)
        checks.run(f"client: JSON {how} is signed as it is", run)


def company(client, checks):
    """A company is connected: the request is in process first, then done, and cannot be made twice."""
    name = "client: a company's request moves from process to success"
    request = {
        "request_id": str(uuid.uuid4()),
        "company": {
            "company_id": str(uuid.uuid4()), "name": "Название юридического лица", "bin": "123456789012",
            "address": {"country": "KAZ", "postal_code": "050000", "address_line1": "Алматы",
                        "address_line2": "Zheltoksan", "address_line3": "115"},
            "iban": "KZ12345B789012345KZT", "description": "Новый партнер",
        },
        "product": {
            "product_id": 20000, "name": "Shop", "mcc": "5599", "descriptor": "SHOP", "currency": "KZT",
            "merchant_url": "https://shop.kz", "merchant_ip": "85.116.189.120",
            "address": {"country": "KAZ", "postal_code": "050000", "address_line1": "Almaty",
                        "address_line2": "Zheltoksan", "address_line3": "115"},
        },
    }

    def state(expected):
        answer = client.post(REQUEST_STATUS, {"request_id": request["request_id"]})
        is_answer(answer, JSON)
        got = answer.json()
        same(got["status"], "ok", "status")
        same(got["request_status"], expected, "request_status")
        moment(got["dt"], "dt")
        return got

    def run():
        answer = client.post(CLIENT_ADD, request)
        is_answer(answer, JSON)
        got = answer.json()
        same((got["status"], got["request_status"]), ("ok", "process"), "answer to client/add")
        moment(got["dt"], "dt")
        state("process")
        done = state("success")
        if not isinstance(done["client_id"], str) or not done["client_id"]:
            raise ValueError(f"client_id is {done['client_id']!r}")
        same(state("success")["client_id"], done["client_id"], "client_id, asked again")
        checks.check(name, True)

    def again():
        check_refused(client.post(CLIENT_ADD, request))
        checks.check("client: a request_id is taken once", True)

    checks.run(name, run)
    checks.run("client: a request_id is taken once", again)


def concurrent_payments(client, checks, number=100):
    """However many pay one invoice at one moment, one payment is made."""
    invoice = random_invoice(client, "12345.67")
    start = threading.Barrier(number)

    def pay(turn):
        start.wait(30)
        return content(client.pay(invoice["customer"]) if turn % 2 else client.pay_json(invoice["customer"]))

    with concurrent.futures.ThreadPoolExecutor(number) as pool:
        answers = list(pool.map(pay, range(number)))
    statuses = [answer["status"] for answer in answers]
    checks.equal("client: one of 100 payments at once is made", statuses.count("ok"), 1)
    checks.equal("client: the others of 100 payments at once are refused", statuses.count("error"), number - 1)
    check_invoice_info(client.invoice_info(invoice["payment_id"]), invoice, client.identity, "success")
    checks.check("client: the invoice is paid after 100 payments at once", True)


def main():
    base_url = wire.usage_of_base_url()
    client, checks = Client(base_url, *wire.credentials()), wire.Checks()
    for part in (documented_invoice, random_invoices, awkward_texts, unknown_ids, missing_fields, exact_bytes, company,
                 concurrent_payments):
        checks.run(f"client: {part.__name__}", part, client, checks)
    checks.finish()


if __name__ == "__main__":
    main()
