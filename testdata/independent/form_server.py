"""The form half of the Freedom Pay that server.py plays: what it takes, and what it answers.

It takes exactly the requests below, in each documented form, and checks every byte that the documentation fixes: the
fields with their texts and no others, what the client adds (pg_merchant_id, pg_salt, pg_sig), the signature, header
fields. It answers in XML, signed by its own code. What stands in the called path before the operation's own chooses the
answer: /response and /root the right one under that root element (/root/xml to that form alone), /plain/NAME the right one
written in another way, and /wrong/NAME one that no client may take.
"""

import decimal
import functools
import gzip
import json
import re
import urllib.parse
import uuid

import forms
from forms import MERCHANT, SALT, SIG, Wrong

RECEIPT = [{"count": n % 3 + 1, "name": f"Чай № {n} & Co; <b>", "price": decimal.Decimal(f"{400 + n}.50"), "tax_type": "3"}
           for n in range(12)]
RECEIPT[0]["mark_list"] = ["010460406000600021N4N57RSCBUZTQ", "второй;код", "3"]
CARD = {"pg_card_pan": "4916307416334310", "pg_card_cvc": "123", "pg_card_year": "30", "pg_card_month": "12",
        "pg_card_name": "CARD HOLDER"}


class Operation:
    """An operation as the pages have it. want is what a client must come to where a member is more than a text."""

    def __init__(self, name, path, request, answer, payout=False, write=False, want=None, unsigned=False, flags=()):
        self.name, self.path, self.request, self.answer, self.flags = name, path, request, answer, flags
        self.payout, self.write, self.want, self.unsigned = payout, write, want or {}, unsigned

    def expected(self):
        """The answer as JSON: amounts and numbers as numbers with their digits, all else as texts."""
        members = {name: self.want.get(name, number(name, text)) for name, text in self.answer}
        return {name: value for name, value in members.items() if value is not None}


NUMBERS = {"pg_amount", "pg_clearing_amount", "pg_refund_amount", "pg_net_amount", "pg_captured", "pg_3ds", "pg_balance",
           "pg_payment_amount", "pg_status_clearing", "pg_can_reject"}


def number(name, text):
    if name not in NUMBERS:
        return text
    return decimal.Decimal(text) if "." in text else int(text)


# Requests and answers after the examples of the pages, filled where those have placeholders.
OPERATIONS = [
    Operation("gateway.pageCreate", "/g2g/payment_page/", {
        "pg_order_id": "ORD12345", "pg_amount": decimal.Decimal("5000.00"), "pg_currency": "KZT",
        "pg_description": "Заказ № 12345; «чай» & <печенье> + 100 %", "pg_lifetime": 86400, "pg_language": "ru",
        "pg_user_ip": "203.0.113.10", "pg_user_phone": "77001234567", "pg_user_contact_email": "mail@customer.example",
        "pg_result_url": "https://shop.example/result?a=1&b=2", "pg_success_url_method": "GET", "pg_param1": "a;b",
        "pg_generate_qr": 1, "pg_idempotency_key": "550e8400-e29b-41d4-a716-446655440000", "pg_receipt_positions": RECEIPT,
    }, [("pg_status", "ok"), ("pg_payment_id", "123456"), ("pg_redirect_url", "https://customer.freedompay.kz/?a=1&b=<2>"),
        ("pg_redirect_url_type", "need data"), ("pg_redirect_qr", "data:image/png;base64,iVBORw0KGgo=")], write=True),
    Operation("gateway.cardPay", "/g2g/payment", {
        "pg_order_id": "ORD12345", "pg_amount": decimal.Decimal("1000.00"), "pg_description": "Order 12345", **CARD,
        "pg_auto_clearing": "0", "pg_3ds_challenge": 1, "pg_exchange_params": {"rate": decimal.Decimal("0.07"), "rates_code": "x"},
    }, [("pg_payment_id", "7777777777"), ("pg_status", "ok"), ("pg_3ds", "1"), ("pg_3d_acsurl", "https://bank.example/3ds?a=1&b=2"),
        ("pg_3d_md", "YTE5OThj"), ("pg_3d_pareq", "eyJtZXNz+/=="), ("pg_datetime", "2024-09-02T12:19:01+00:00")], write=True),
    Operation("gateway.paymentComplete3DS", "/g2g/paymentAcs", {
        "pg_payment_id": "7999007771", "pg_md": "YTE5OThj", "pg_pares": "eJzVWFmTokoWfq+I/=="},
        [("pg_payment_id", "7999007771"), ("pg_status", "ok"), ("pg_auth_code", "243412"), ("pg_reference", "241107063029"),
         ("pg_datetime", "2024-11-07T06:30:29+00:00")], write=True),
    Operation("gateway.paymentClear", "/g2g/clearing", {"pg_payment_id": "7777777777", "pg_clearing_amount": 500},
              [("pg_payment_id", "7777777777"), ("pg_amount", "1000"), ("pg_clearing_amount", "500.00"), ("pg_status", "ok"),
               ("pg_status_clearing", "1")], write=True),
    Operation("gateway.paymentRefund", "/g2g/refund", {"pg_payment_id": "7777777777", "pg_amount": decimal.Decimal("40.0")},
              [("pg_payment_id", "7777777777"), ("pg_payment_refund_id", "7777777778"), ("pg_status", "ok"),
               ("pg_refund_status", "success")], write=True),
    Operation("gateway.paymentCancel", "/g2g/cancel", {"pg_payment_id": "7777777777"},
              [("pg_payment_id", "7777777777"), ("pg_payment_revoke_id", "7777777778"), ("pg_status", "ok"),
               ("pg_revoke_status", "success")], write=True),
    Operation("gateway.paymentStatus", "/g2g/status_v2", {"pg_payment_id": "1427057029", "pg_order_id": "2343253465454"}, [
        ("pg_payment_id", "1427057029"), ("pg_order_id", "2343253465454"), ("pg_currency", "KZT"), ("pg_status", "ok"),
        ("pg_payment_status", "success"), ("pg_amount", "1030"), ("pg_clearing_amount", "0"), ("pg_refund_amount", "0"),
        ("pg_user_email", ""), ("pg_card_name", "Ж. ИМЯ & <NAME>"), ("pg_payment_date", "2024-11-28 15:44:53"),
        ("pg_card_pan", "4400-44XX-XXXX-4444"), ("pg_net_amount", "1005.28"), ("pg_captured", "0"),
        ("pg_datetime", "2024-11-28T10:44:55+00:00"), ("pg_of_tomorrow", "a;b")]),
    Operation("gateway.payoutCard", "/g2g/p2p2nonreg", {
        "pg_order_id": "ORD12345", "pg_amount": 1000, "pg_currency": "KZT", "pg_description": "Payout 12345",
        "pg_user_id": "No65GFR755789T", "pg_payment_to": "4671593866478252", "pg_card_name": "John Doe",
        "pg_post_link": "https://shop.example/freedompay/payout"},
        [("pg_payment_id", "7777777777"), ("pg_merchant_id", "123456"), ("pg_order_id", "ORD12345"), ("pg_status", "ok"),
         ("pg_balance", "500000"), ("pg_payment_amount", "1000"), ("pg_payment_date", "2024-09-02T12:19:01+00:00"),
         ("pg_reference", "FSDUNJFA244324")], payout=True, write=True),
    Operation("gateway.payoutBalance", "/g2g/balance_status", {"pg_currency": "KZT"},
              [("pg_balance", "150000.50"), ("pg_status", "ok"), ("pg_currency", "KZT")], payout=True),
    Operation("gateway.payoutStatus", "/g2g/payout_status2", {"pg_order_id": "ORD12345"},
              [("pg_payment_id", "7777777777"), ("pg_status", "ok"), ("pg_payment_status", "process"), ("pg_order_id", "ORD12345")],
              payout=True),
    Operation("gateway.savedCardList", "/g2g/cardstorage/list", {"pg_user_id": "7"}, [
        ("card", [("pg_status", "success"), ("pg_card_token", "tb"), ("pg_is_filled", "1"), ("pg_card_hash", "4400-44XX-XXXX-4440"),
                  ("created_at", "2024-09-02T12:19:01+00:00")]),
        ("card", [("pg_status", "success"), ("pg_card_token", "ta"), ("pg_is_filled", "0"), ("pg_card_hash", "5483-18XX-XXXX-0293"),
                  ("created_at", "2024-09-01T12:19:01+00:00")])],
        want={"card": [{"pg_status": "success", "pg_card_token": "tb", "pg_is_filled": 1, "pg_card_hash": "4400-44XX-XXXX-4440",
                        "created_at": "2024-09-02T12:19:01+00:00"},
                       {"pg_status": "success", "pg_card_token": "ta", "pg_is_filled": 0, "pg_card_hash": "5483-18XX-XXXX-0293",
                        "created_at": "2024-09-01T12:19:01+00:00"}]}),
    Operation("merchant.paymentCreate", "/init_payment", {
        "pg_order_id": "550e8400-e29b-41d4-a716-446655440000", "pg_amount": decimal.Decimal("5000.00"),
        "pg_description": "Payment for order #8841", "pg_auto_clearing": "0", "pg_language": "ru", "pg_user_id": "No65GFR755789T",
        "pg_request_method": "POST", "pg_result_url": "https://site.com/result", "pg_param1": "Қосымша ақпарат",
        "pg_receipt_positions": [{"count": 2, "name": "Mouse pad", "price": 2500, "tax_type": "0"}]},
        [("pg_status", "ok"), ("pg_payment_id", "4567788"), ("pg_redirect_url_type", "need data"),
         ("pg_redirect_url", "https://api.freedompay.kz/pay.html?customer=498333170d6a895148c57c53ffb18287&x=1")], write=True),
    Operation("merchant.paymentStatus", "/get_status3.php", {"pg_payment_id": "123456789", "pg_order_id": "00102"}, [
        ("pg_status", "ok"), ("pg_payment_id", "123456789"), ("pg_can_reject", "1"), ("pg_payment_method", "bankcard"),
        ("pg_amount", "10"), ("pg_currency", "KZT"), ("pg_payment_status", "success"), ("pg_clearing_amount", "10"),
        ("pg_refund_payments", [
            ("pg_refund_payment", [("pg_payment_id", "12"), ("pg_payment_status", "success"), ("pg_amount", "-10"),
                                   ("pg_payment_date", "2023-05-31 16:26:36"), ("pg_reference", "9")]),
            ("pg_refund_payment", [("pg_payment_id", "11"), ("pg_payment_status", "success"), ("pg_amount", "-0.50"),
                                   ("pg_payment_date", "2023-05-31 16:26:37"), ("pg_reference", "8")])]),
        ("pg_refund_amount", "-10.50"), ("pg_captured", "1"), ("pg_create_date", "2023-05-31 16:24:20")],
        want={"pg_refund_payments": [
            {"pg_payment_id": "12", "pg_payment_status": "success", "pg_amount": -10, "pg_payment_date": "2023-05-31 16:26:36",
             "pg_reference": "9"},
            {"pg_payment_id": "11", "pg_payment_status": "success", "pg_amount": decimal.Decimal("-0.50"),
             "pg_payment_date": "2023-05-31 16:26:37", "pg_reference": "8"}]}),
    Operation("merchant.paymentClear", "/do_capture.php", {"pg_payment_id": "12345", "pg_clearing_amount": decimal.Decimal("0.01")},
              [("pg_amount", "10"), ("pg_clearing_amount", "0.01"), ("pg_status", "ok")], write=True),
    Operation("merchant.paymentRefund", "/revoke", {"pg_payment_id": "12345", "pg_refund_amount": decimal.Decimal("40.00")},
              [("pg_status", "ok")], write=True),
    Operation("merchant.cardList", "/v1/merchant/123456/cardstorage/list", {"pg_user_id": "1234"}, [
        ("card", [("pg_status", "ok"), ("pg_merchant_id", "123456"), ("pg_card_id", "1"), ("pg_card_token", "ef74"),
                  ("created_at", "2019-08-24T14:15:22.123Z")])],
        want={"card": [{"pg_status": "ok", "pg_merchant_id": "123456", "pg_card_id": "1", "pg_card_token": "ef74",
                        "created_at": "2019-08-24T14:15:22.123Z"}]}),
    Operation("merchant.payoutCard", "/api/reg2reg", {
        "pg_order_id": "550e8400", "pg_amount": 10, "pg_description": "Выплата", "pg_order_time_limit": "2030-12-31 12:00:00",
        "pg_user_id": "No65GFR755789T", "pg_post_link": "https://site.com/post", "pg_card_token_to": "ef741cfc"},
        [("pg_payment_id", "1"), ("pg_merchant_id", "123456"), ("pg_status", "ok"), ("pg_order_id", "550e8400")],
        payout=True, write=True),
    Operation("merchant.payoutIBAN", "/api/to_iban", {
        "pg_amount": 10, "pg_order_id": "1234", "pg_recipient_iban": "KZ123412341234123412", "pg_recipient_iin": "761223455678",
        "pg_recipient_name": "ИВАНОВ ИВАН", "pg_recipient_kbe": 19, "pg_knp": 119, "pg_bank_bik": "KZZSAE",
        "pg_post_link": "http://site.kz/post"},
        [("pg_payment_id", "2"), ("pg_merchant_id", "123456"), ("pg_status", "process"), ("pg_order_id", "1234"),
         ("pg_payment_amount", "10")], payout=True, write=True),
    Operation("merchant.payoutBalance", "/api/balance_status", {"pg_currency": "KZT"},
              [("pg_balance", "-0.10"), ("pg_status", "ok")], payout=True),
    Operation("merchant.payoutStatus", "/api/payment_status2", {"pg_order_id": "550e8400"},
              [("pg_payment_id", "1"), ("pg_status", "ok"), ("pg_payment_status", "error"), ("pg_order_id", "550e8400"),
               ("pg_amount", "10")], payout=True),
    # Its page shows the answer without a signature.
    Operation("merchant.mobilePay", "/mfs/pay", {"pg_payment_id": "5", "pg_abonent_phone": "77017777777"},
              [("pg_status", "need_approve"), ("pg_payment_id", "5")], write=True, unsigned=True, flags=["--unsigned-answer"]),
    # With the merchant's own parameters: whatever has no pg_ before it.
    Operation("merchant.mobileCreate", "/init_payment.php", {
        "pg_amount": 100, "pg_description": "Пополнение", "pg_order_id": "7", "basket_id": "0007", "корзина": "№ 7; «чай» & <b>",
        "A": " a ", "zz": "", "lines": "\r\nCR LF\rCR\nLF\ttab ", "planes": "😀 Ә \u00a0\u200b\u2028 ]]> &amp; %41+"},
        [("pg_status", "ok"), ("pg_payment_id", "5")], write=True, flags=["--no-validate"]),
    Operation("merchant.paymentCancel", "/cancel.php", {"pg_payment_id": "12345"}, [("pg_status", "ok")], write=True,
              flags=["--path", "/cancel.php"]),
]
BY_NAME = {operation.name: operation for operation in OPERATIONS}


# ---------------------------------------------------------------- requests

class Verifier:
    """Holds a request against what the documentation says."""

    def __init__(self, identity, secret, payout_secret):
        self.identity, self.secret, self.payout_secret = identity, secret, payout_secret
        self.seen = set()

    def key(self, operation):
        return self.payout_secret if operation.payout else self.secret

    def other_key(self, operation):
        return self.secret if operation.payout else self.payout_secret

    def find(self, path):
        """The operation of a path and what chooses its answer."""
        for operation in OPERATIONS:
            if path.endswith(operation.path):
                return operation, urllib.parse.unquote(path.removesuffix(operation.path))
        raise Wrong(f"no operation at {path}")

    def check(self, method, target, headers, body):
        path, question, _ = target.partition("?")
        operation, prefix = self.find(path)
        if method != "POST" or question:
            raise Wrong(f"{method} with the query {target!r}")
        self.header_fields(headers)
        form, fields, want = self.fields(operation, headers.get_all("Content-Type") or [], body)
        if forms.text_of(fields, MERCHANT) != self.identity:
            raise Wrong(f"{MERCHANT} is {forms.text_of(fields, MERCHANT)!r}")
        if not re.fullmatch("[0-9A-Za-z]{8,}", forms.text_of(fields, SALT) or ""):
            raise Wrong(f"{SALT} is {forms.text_of(fields, SALT)!r}")
        own = (MERCHANT, SALT, SIG)
        got, want = (sorted(fields, key=lambda f: f[0]) for fields in ([f for f in fields if f[0] not in own], want))
        if got != want:
            raise Wrong(f"fields {got}, want {want}")
        signature = forms.pg_sig(forms.script_of(operation.path), fields, self.key(operation))
        if forms.text_of(fields, SIG) != signature:
            raise Wrong(f"signature {forms.text_of(fields, SIG)!r}, want {signature!r}")
        return operation, prefix, form

    def fields(self, operation, content_types, body):
        if len(content_types) != 1:
            raise Wrong(f"content types {content_types}")
        if content_types[0].startswith(forms.MULTIPART):
            form, pairs = "multipart", forms.read_multipart(body, content_types[0])
        elif content_types[0] == forms.URLENCODED:
            form, pairs = "urlencoded", forms.read_urlencoded(body)
        else:
            raise Wrong(f"content type {content_types[0]!r}")
        if [name for name, _ in pairs] == ["pg_xml"]:
            return "xml", forms.read_xml(pairs[0][1].encode(), ["request"]), forms.elements(operation.request)
        return form, forms.tree(pairs), forms.tree(forms.fields_of(operation.request))

    def header_fields(self, headers):
        def one(name):
            values = headers.get_all(name) or []
            if len(values) != 1:
                raise Wrong(f"{len(values)} header fields {name}")
            return values[0]

        request_id = one("X-Request-Id")
        if uuid.UUID(request_id).version != 7 or request_id in self.seen:
            raise Wrong(f"X-Request-Id {request_id}")
        self.seen.add(request_id)
        if forms.XML not in one("Accept"):
            raise Wrong(f"Accept {one('Accept')}")
        if headers.get("X-JWS-Signature") or headers.get("Transfer-Encoding"):
            raise Wrong("a JWS, or a body in chunks")


# ---------------------------------------------------------------- answers

class Reply:
    """What goes out, and how: whole, in chunks, broken off after half of the body, without end, not at all, or never."""

    def __init__(self, body, content_type=forms.XML, status=200, how="whole", more=()):
        self.body = body if isinstance(body, bytes) else body.encode()
        self.content_type, self.status, self.how, self.more = content_type, status, how, more

    def parts(self):
        """The bytes after the header."""
        match self.how:
            case "broken":
                yield self.body[:len(self.body) // 2]
            case "endless":
                yield self.body
                for _ in range(1024):  # a gigabyte, which nobody reads to its end
                    yield b" " * (1 << 20)
            case "chunked" | "broken chunks":
                for start in range(0, len(self.body), 50):
                    part = self.body[start:start + 50]
                    yield b"%x\r\n%s\r\n" % (len(part), part)
                if self.how == "chunked":
                    yield b"0\r\n\r\n"
            case _:
                yield self.body

    def headers(self):
        yield "Connection", "close"
        if self.content_type:
            yield "Content-Type", self.content_type
        yield from self.more
        if "chunk" in self.how:
            yield "Transfer-Encoding", "chunked"
        elif self.how != "endless":
            yield "Content-Length", str(len(self.body))


SILENCE = 1.5  # seconds; a client that waits for an answer has to give up before
SALT_OF_ANSWERS = "7ORw1FKsAkHleInh"


class Answers:
    """The answers to one operation, right and wrong."""

    def __init__(self, operation, secret, other_secret):
        self.operation, self.secret, self.other_secret = operation, secret, other_secret
        self.script = forms.script_of(operation.path)

    def seal(self, fields, secret=None, script=None):
        fields = [*fields, (SALT, SALT_OF_ANSWERS)]
        return [*fields, (SIG, forms.pg_sig(script or self.script, fields, self.secret if secret is None else secret))]

    def success(self, **how):
        return self.operation.answer if self.operation.unsigned else self.seal(self.operation.answer, **how)

    def error(self, code="10012", text="Превышен лимит & < ещё"):
        return [("pg_status", "error"), ("pg_error_code", code), ("pg_error_description", text)]

    def xml(self, fields, root="response"):
        return forms.to_xml(root, fields)

    def redirect(self, status):
        return Reply(self.text(), status=status, more=[("Location", "/response" + self.operation.path)])

    def reply(self, prefix, form):
        match prefix.strip("/").split("/"):
            case ["response" | "root" as root, *wanted] if wanted in ([], [form]):
                return Reply(self.xml(self.success(), root))
            case ["plain", name]:
                return PLAIN[name](self)
            case ["wrong", name]:
                return WRONG[name][0](self)
        raise Wrong(f"no answer {prefix!r} to the form {form}")

    def text(self):
        return self.xml(self.success()).decode()

    def with_status(self, text):
        """The right answer with another text for the status, after it was signed."""
        found, number = re.subn("<pg_status>[a-z_]+<", f"<pg_status>{text}<", self.text(), count=1)
        if not number:
            raise Wrong("no status to change")
        return found


def changed(fields, name, value):
    return [(key, value if key == name else old) for key, old in fields]


def pretty(text):
    return re.sub(r"(</?[a-z_0-9]+/?>)(?=<)", "\\1\r\n\t", text)


def numeric(text):
    """Every character outside of tags that is no letter, digit or space of ASCII as a numeric reference."""
    return re.sub(r">([^<]+)<", lambda m: ">" + re.sub(r"&(?:amp|lt|gt);|[^0-9A-Za-z ]", lambda c: "&#x%X;" % ord(
        {"&amp;": "&", "&lt;": "<", "&gt;": ">"}.get(c[0], c[0])), m[1]) + "<", text)


def cdata(text):
    def section(match):
        plain = match[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return f"><![CDATA[{plain}]]><"
    return re.sub(r">([^<]+)<", section, text)


HEAD = re.compile(r"^<\?xml[^>]*\?>\s*")

# What may stand in an answer besides, signed like the rest. It must come out as it is.
EXTRA = {
    "with one more element": ("pg_zzz", "новое;поле"),
    "with line ends, spaces and tabs in a text": ("pg_zzz", " a\nb\nc\rd\t\u00a0\u2028 "),
    "with other planes in a text": ("pg_zzz", "😀 ]]> &amp; Ә"),
    "with an element of another alphabet": ("корзина", "№ 7"),
    "with digits that look like a number": ("pg_aaa", "007.00"),
}


def with_extra(name):
    """A line end may be CR LF in XML, and is read as LF; a CR has to be written as a reference."""
    def reply(answers):
        text = answers.xml(answers.seal([*answers.operation.answer, EXTRA[name]])).decode()
        return Reply(text.replace("a\nb", "a\r\nb").replace("c\rd", "c&#13;d"))
    return reply


# The right answer, written otherwise: XML is not a row of bytes.
PLAIN = {name: with_extra(name) for name in EXTRA} | {
    "without a declaration": lambda a: Reply(HEAD.sub("", a.text())),
    "with capitals in the declaration": lambda a: Reply(HEAD.sub('<?xml version="1.0" encoding="UTF-8"?>\n', a.text())),
    "with white space between elements": lambda a: Reply(pretty(a.text())),
    "with a comment": lambda a: Reply(a.text().replace("<pg_salt>", "<!-- <pg_status>error</pg_status> --><pg_salt>")),
    "with numeric references": lambda a: Reply(numeric(HEAD.sub("", a.text()))),
    "with CDATA": lambda a: Reply(cdata(HEAD.sub("", a.text()))),
    "with empty elements that have end tags": lambda a: Reply(re.sub(r"<(\w+) ?/>", r"<\1></\1>", a.text())),
    "as text xml": lambda a: Reply(a.text(), "text/xml; charset=UTF-8"),
    "in capitals of the charset": lambda a: Reply(a.text(), "application/xml; charset=UTF-8"),
    "with the elements in reverse order": lambda a: Reply(a.xml(list(reversed(a.success())))),
    "in gzip": lambda a: Reply(gzip.compress(a.text().encode()), more=[("Content-Encoding", "gzip")]),
    "in chunks": lambda a: Reply(a.text(), how="chunked"),
}


def windows_1251(text):
    return HEAD.sub('<?xml version="1.0" encoding="windows-1251"?>', text).encode("cp1251", "xmlcharrefreplace")


def with_entity(answers):
    """A success whose status comes out of a document type; the signature is right for what it stands for."""
    return Reply('<?xml version="1.0"?><!DOCTYPE response [<!ENTITY s "%s">]>' % dict(answers.success())["pg_status"]
                 + HEAD.sub("", answers.with_status("&s;")))


HTML = "<!DOCTYPE html><html><head><title>502</title></head><body><p>pg_status: ok</p></body></html>"



@functools.cache
def growing():
    return gzip.compress(b"<response>" + b" " * (64 << 20) + b"</response>")


BAD, ODD, ANY = "bad signature", "unexpected answer", ""

# name: the answer and the kind of failure that a client must report.
WRONG = {
    # A success that nobody has signed, or somebody else.
    "a success without pg_salt and pg_sig": (lambda a: Reply(a.xml(a.operation.answer)), BAD),
    "a success without pg_sig": (lambda a: Reply(a.xml([*a.operation.answer, (SALT, "x")])), BAD),
    "a success with an empty pg_sig": (lambda a: Reply(a.xml([*a.operation.answer, (SALT, "x"), (SIG, "")])), BAD),
    "a success with a pg_sig of zeros": (lambda a: Reply(a.xml([*a.operation.answer, (SALT, "x"), (SIG, "0" * 32)])), BAD),
    "a success signed with a wrong secret": (lambda a: Reply(a.xml(a.success(secret="wrong"))), BAD),
    "a success signed with the other secret": (lambda a: Reply(a.xml(a.success(secret=a.other_secret))), BAD),
    "a success signed under another script name": (lambda a: Reply(a.xml(a.success(script="elsewhere"))), BAD),
    "a success signed under the name with .php": (lambda a: Reply(a.xml(a.success(script=a.script + ".php"))), BAD),
    "a success with a changed status": (lambda a: Reply(a.xml(changed(a.success(), "pg_status", "success"))), BAD),
    "a success with a changed salt": (lambda a: Reply(a.xml(changed(a.success(), SALT, "another"))), BAD),
    "a success with one more element": (lambda a: Reply(a.xml([*a.success(), ("pg_zzz", "")])), BAD),
    "a success with a payment id of another": (
        lambda a: Reply(a.xml([*a.success(), ("pg_payment_id", "666")])), BAD),
    "a success with one element less": (lambda a: Reply(a.xml(a.success()[1:])), BAD),
    "a success with a pg_sig in capitals": (
        lambda a: Reply(a.xml([(n, v.upper() if n == SIG else v) for n, v in a.success()])), BAD),
    "a success with half of a pg_sig": (
        lambda a: Reply(a.xml([(n, v[:16] if n == SIG else v) for n, v in a.success()])), BAD),
    "a success with pg_sig in another element": (
        lambda a: Reply(a.xml([(n, [(SIG, v)] if n == SIG else v) for n, v in a.success()])), BAD),
    "a success with PG_SIG": (
        lambda a: Reply(a.xml([(SIG.upper() if n == SIG else n, v) for n, v in a.success()])), BAD),
    "a success with a space in pg_sig": (
        lambda a: Reply(a.xml([(n, f" {v}" if n == SIG else v) for n, v in a.success()])), BAD),
    "a success signed with nothing": (lambda a: Reply(a.xml(a.success(secret=""))), BAD),
    # An error.
    "an unsigned error": (lambda a: Reply(a.xml(a.error())), "rejected"),
    "an unsigned error of a wrong signature": (lambda a: Reply(a.xml(a.error("1100"))), "unauthorized"),
    "an unsigned error of an unknown merchant": (lambda a: Reply(a.xml(a.error("9998"))), "unauthorized"),
    "an unsigned error of an unknown payment": (lambda a: Reply(a.xml(a.error("11068"))), "not found"),
    "an error signed with a wrong secret": (lambda a: Reply(a.xml(a.seal(a.error(), "wrong"))), BAD),
    "an error signed with the other secret": (lambda a: Reply(a.xml(a.seal(a.error(), a.other_secret))), BAD),
    "an error with a changed code": (lambda a: Reply(a.xml(changed(a.seal(a.error()), "pg_error_code", "1"))), BAD),
    "a signed error": (lambda a: Reply(a.xml(a.seal(a.error()))), "rejected"),
    "a signed error that tells the card number": (
        lambda a: Reply(a.xml(a.seal(a.error("10005", f"card {CARD['pg_card_pan']} refused")))), "rejected"),
    "a signed error of an unknown payment": (lambda a: Reply(a.xml(a.seal(a.error("11068")))), "not found"),
    "an unsigned error in HTTP 401": (lambda a: Reply(a.xml(a.error("1100")), status=401), "unauthorized"),
    "error and then ok": (lambda a: Reply(a.xml([*a.error(), ("pg_status", "ok")])), ANY),
    "ok and then error": (lambda a: Reply(a.xml([("pg_status", "ok"), *a.error()])), ANY),
    # No such XML.
    "XML cut in half": (lambda a: Reply(a.text()[:len(a.text()) // 2]), ODD),
    "XML without its last end tag": (lambda a: Reply(a.text().removesuffix("</response>")), ODD),
    "XML without its last byte": (lambda a: Reply(a.text()[:-1]), ODD),
    "XML cut before the signature": (lambda a: Reply(a.text().partition("<pg_salt>")[0]), ODD),
    "a text after the root": (lambda a: Reply(a.text() + "x"), ODD),
    "a second root": (lambda a: Reply(a.text() + HEAD.sub("", a.text())), ODD),
    "a text between the elements": (lambda a: Reply(a.text().replace("<pg_status>", "ok<pg_status>", 1)), ANY),
    "tags that cross": (lambda a: Reply(a.text().replace("</pg_sig></response>", "</response></pg_sig>")), ODD),
    "another root": (lambda a: Reply(a.xml(a.success(), "html")), ODD),
    "the root of a request": (lambda a: Reply(a.xml(a.success(), "request")), ODD),
    "the answer one element deeper": (lambda a: Reply(a.xml([("response", a.success())])), ANY),
    "nothing": (lambda a: Reply(b""), ODD),
    "an empty root": (lambda a: Reply("<response/>"), ANY),
    "a document type": (lambda a: Reply(a.text().replace("?>", "?><!DOCTYPE response>", 1)), ODD),
    "an entity of its own": (with_entity, ODD),
    "an external entity": (lambda a: Reply(
        '<!DOCTYPE r [<!ENTITY s SYSTEM "file:///etc/hostname">]><response><pg_status>&s;</pg_status></response>'), ODD),
    "entities that grow": (lambda a: Reply('<!DOCTYPE r [<!ENTITY a "%s">%s]><response><pg_status>&i;</pg_status></response>' % (
        "ok" * 50, "".join(f'<!ENTITY {n} "{f"&{p};" * 50}">' for p, n in zip("abcdefgh", "bcdefghi")))), ODD),
    "an unknown entity": (lambda a: Reply(a.with_status("&ok;")), ODD),
    "a processing instruction": (lambda a: Reply(a.text().replace("<pg_status>", "<?php 1?><pg_status>", 1)), ANY),
    # Another encoding.
    "windows-1251": (lambda a: Reply(windows_1251(a.text())), ODD),
    "windows-1251 that says so in Content-Type": (
        lambda a: Reply(windows_1251(a.text()), "application/xml; charset=windows-1251"), ODD),
    "UTF-8 that says windows-1251": (lambda a: Reply(a.text(), "application/xml; charset=windows-1251"), ODD),
    "UTF-16": (lambda a: Reply(HEAD.sub("", a.text()).encode("utf-16")), ODD),
    "UTF-16 that says so": (
        lambda a: Reply(HEAD.sub('<?xml version="1.0" encoding="UTF-16"?>', a.text()).encode("utf-16")), ODD),
    "bytes that are no UTF-8": (lambda a: Reply(a.with_status("o\udcff").encode(errors="surrogateescape")), ODD),
    "a NUL": (lambda a: Reply(a.with_status("ok\0")), ODD),
    # No such answer.
    "HTML": (lambda a: Reply(HTML, "text/html; charset=utf-8"), ODD),
    "HTML that is called XML": (lambda a: Reply(HTML), ODD),
    "the right XML that is called HTML": (lambda a: Reply(a.text(), "text/html"), ODD),
    "the right XML without a type": (lambda a: Reply(a.text(), ANY), ODD),
    "JSON": (lambda a: Reply(json.dumps({"pg_status": "ok", "pg_payment_id": "1"}), "application/json"), ODD),
    "JSON that is called XML": (lambda a: Reply(json.dumps({"pg_status": "ok"})), ODD),
    "the right XML in HTTP 500": (lambda a: Reply(a.text(), status=500), ANY),
    "the right XML in HTTP 202": (lambda a: Reply(a.text(), status=202), ANY),
    "the right XML in HTTP 404": (lambda a: Reply(a.text(), status=404), ANY),
    "a redirect": (lambda a: a.redirect(302), ANY),
    "a redirect that keeps the method": (lambda a: a.redirect(307), ANY),
    "half of a body that was promised": (lambda a: Reply(a.text(), how="broken"), ANY),
    "chunks without the last one": (lambda a: Reply(a.text(), how="broken chunks"), ANY),
    "no answer at all": (lambda a: Reply("", how="closed"), ANY),
    "an answer that does not come": (lambda a: Reply("", how="silent"), ANY),
    "gzip that is none": (lambda a: Reply(a.text(), more=[("Content-Encoding", "gzip")]), ANY),
    "gzip that grows": (lambda a: Reply(growing(), more=[("Content-Encoding", "gzip")]), ANY),
    "a body without end": (lambda a: Reply(a.text(), how="endless"), ANY),
    "elements without end": (lambda a: Reply("<response>" + "<a>" * 100_000), ODD),
}
