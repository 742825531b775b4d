#!/usr/bin/env python3
"""A Freedom Pay that knows the documentation's examples only, and takes nothing that differs from them.

usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... server.py     serves; prints `listening on http://127.0.0.1:PORT`
       server.py requests FOLDER                                  writes the request that it takes of each operation, as
                                                                  JSON, to a file with its name
       server.py compare OPERATION                                compares JSON on standard input with its answer

It checks every byte that the documentation fixes in a request: the signature with its members in the documented order,
header fields, content type, and a body with exactly the documented members. A request that is right is answered with
the documentation's example (made valid where it is not); any other with HTTP 400 and a text that says what was wrong,
which is printed too. It checks a client; forge.py is what checks a server.
"""

import decimal
import http.server
import json
import os
import pathlib
import re
import sys
import threading
import time
import uuid

import form_server
import wire
from wire import CLIENT_ADD, INVOICE_INFO, INVOICE_PAY, INVOICES_INFO, JSON, OPERATIONS, REQUEST_STATUS, XML

BY_NAME = {operation.name: operation for operation in OPERATIONS}

REQUESTS = {
    INVOICES_INFO.name: {"invoice_id": "019d0652-4e2f-7f54-a179-007c80c48adu"},
    INVOICE_INFO.name: {"payment_id": "1234567890"},
    CLIENT_ADD.name: {
        "request_id": "828cf71d-a447-4a67-a149-c1df8bc197ca",
        "company": {
            "company_id": "5f6c8b9e-3a0b-4c43-9a53-2f8f3a1c6a10",
            "name": "Название юридического лица",
            "bin": "123456789012",
            "address": {"country": "KAZ", "postal_code": "050000", "address_line1": "Almaty",
                        "address_line2": "Zheltoksan", "address_line3": "115"},
            "iban": "KZ12345B789012345KZT",
            "description": "Новый партнер",
        },
        "product": {
            "product_id": 20000, "name": "Дүкен & Co", "mcc": "5599", "descriptor": "SHOP", "merchant_url": "https://shop.kz",
            "merchant_ip": "85.116.189.120",
            "address": {"country": "KAZ", "postal_code": "050000", "address_line1": "Almaty",
                        "address_line2": "Zheltoksan", "address_line3": "115"},
            "limit": [{"type": "DAILY_LIM", "value": "1MLN"}],
            "currency": "KZT",
        },
    },
    REQUEST_STATUS.name: {"request_id": "828cf71d-a447-4a67-a149-c1df8bc197ca"},
    INVOICE_PAY.name: {
        "customer": "kzobd2vgp17214143761774775392946",
        "user_id": "No65GFR755789T25642588",
        "card_token": "ef741cfc-f85e-41a0-84e6-2ba964912182",
    },
}

# The examples as printed, but for a comma after the last member of refunds[0].
INVOICES_INFO_ANSWER = """{
    "status": "new",
    "amount": 500.00,
    "currency": "KZT",
    "merchant_id": 12345,
    "merchant_name": "SHOP NAME",
    "description": "invoice description",
    "expires_at": "2026-01-23T11:00:00Z",
    "back_url": "https://back.url",
    "refunds": [
        {
            "id": "019d0652-4e2f-7f54-a179-007c80c48cef"
        }
    ],
    "tax": [
        {
            "name": "Position",
            "price": 500.00,
            "type": "standard",
            "count": 1
        }
    ],
    "device": {
        "id": "device-abc-123",
        "browser_version": "Chrome/121.0.0.0",
        "ip": "85.116.189.120"
    },
    "created_at": "2026-01-22T11:00:00Z"
}"""

# As printed, but for a quote too many before the IBAN. merchantId and lifetime are numbers here although the
# table says string: a client must live with both.
INVOICE_INFO_ANSWER = """{
    "paymentStatus": "success",
    "amount": 5000,
    "currency": "KZT",
    "fee": 0,
    "discount": 0,
    "freedomId": "FID123456987ID",
    "orderId": "payment_123",
    "merchantId": 555555,
    "merchantName": "Merchant name",
    "description": "Ticket",
    "lifetime": 86400,
    "facilitatorIBAN": "KZ505518729251417KZT",
    "mcc": "5599",
    "dt": "2025-07-11T11:19:49+00:00"
}"""

CLIENT_ADD_ANSWER = '{"status": "ok", "request_status": "process", "dt": "2019-08-24T14:15:22+05:00"}'

REQUEST_STATUS_ANSWER = """{"status": "ok", "request_status": "success", "cards": [{"card_id": "1"}, {"card_id": "02"}],
 "client_id": "string", "dt": "2019-08-24T14:15:22+05:00"}"""

# The example holds the names of types; these are the values that the table gives as examples.
INVOICE_PAY_ANSWER = """<?xml version="1.0" encoding="UTF-8"?>
<root>
  <status>ok</status>
  <order_id>00102</order_id>
  <invoice_status>ok</invoice_status>
  <invoice_id>1234567890</invoice_id>
  <card_pan>5483-18XX-XXXX-0293</card_pan>
  <amount>500.00</amount>
  <currency>KZT</currency>
  <dt>2019-08-24T14:15:22Z</dt>
</root>
"""

ANSWERS = {
    INVOICES_INFO.name: (JSON, INVOICES_INFO_ANSWER),
    INVOICE_INFO.name: (JSON, INVOICE_INFO_ANSWER),
    CLIENT_ADD.name: (JSON, CLIENT_ADD_ANSWER),
    REQUEST_STATUS.name: (JSON, REQUEST_STATUS_ANSWER),
    INVOICE_PAY.name: (XML, INVOICE_PAY_ANSWER),
}

# What a client that turns the XML answer into JSON must come to: integers and amounts are numbers.
INVOICE_PAY_AS_JSON = """{"status": "ok", "order_id": "00102", "invoice_status": "ok", "invoice_id": 1234567890,
 "card_pan": "5483-18XX-XXXX-0293", "amount": 500.00, "currency": "KZT", "dt": "2019-08-24T14:15:22Z"}"""


class Wrong(Exception):
    """What is wrong with a request."""


def parse_json(data, what):
    """JSON with exact decimals and without duplicate members."""
    def members(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise Wrong(f"{what}: a member twice in {names}")
        return dict(pairs)
    try:
        return json.loads(data, parse_float=decimal.Decimal, object_pairs_hook=members)
    except ValueError as error:
        raise Wrong(f"{what}: {error}") from error


def parse_multipart(data, content_type):
    """The few lines of RFC 7578 that three text fields need. Strict: a form that differs is told, not guessed at."""
    match = re.fullmatch(r'multipart/form-data; *boundary=(?:"([^"]{1,70})"|([^ ";,]{1,70}))', content_type)
    if not match:
        raise Wrong(f"content type {content_type!r}")
    delimiter = b"--" + (match[1] or match[2]).encode()
    if not data.startswith(delimiter + b"\r\n") or not data.endswith(b"\r\n" + delimiter + b"--\r\n"):
        raise Wrong(f"multipart body does not start and end with {delimiter!r}")
    inner = data[len(delimiter) + 2:-len(delimiter) - 6]
    fields = {}
    for part in inner.split(b"\r\n" + delimiter + b"\r\n"):
        head, blank, value = part.partition(b"\r\n\r\n")
        name = re.fullmatch(rb'Content-Disposition: form-data; name="([^"\r\n]+)"', head, re.IGNORECASE)
        if not blank or not name:
            raise Wrong(f"multipart part with the head {head!r}")
        if name[1].decode() in fields:
            raise Wrong(f"multipart field {name[1]!r} twice")
        fields[name[1].decode()] = value.decode()
    return fields


class Verifier:
    """Holds a request against what the documentation says."""

    def __init__(self, identity, secret):
        self.identity, self.secret = identity, secret
        self.lock, self.seen = threading.Lock(), set()

    def check(self, method, target, headers, body):
        """Returns the operation that a right request is for, or raises Wrong."""
        path, _, query = target.partition("?")
        operation = next((o for o in OPERATIONS if (o.method, o.path) == (method, path)), None)
        if operation is None:
            raise Wrong(f"no operation {method} {path}")
        self.signature(operation, headers, body)
        self.header_fields(operation, headers)
        if operation.method == "GET":
            self.query(operation, query, body)
        else:
            if query:
                raise Wrong(f"query {query!r}")
            self.body(operation, headers, body)
        return operation

    @staticmethod
    def one(headers, name):
        values = headers.get_all(name) or []
        if len(values) != 1:
            raise Wrong(f"{len(values)} header fields {name}, want one")
        return values[0]

    def signature(self, operation, headers, body):
        got, want = self.one(headers, "X-JWS-Signature"), operation.sign(self.identity, self.secret, body)
        if got == want:
            return
        # Telling what is wrong is what this server is for; forge.py is about servers that must not.
        head, _, _ = got.partition(".")
        padded = head + "=" * (-len(head) % 4)
        try:
            shown = wire.base64.urlsafe_b64decode(padded).decode()
        except ValueError:
            shown = "not base64url"
        raise Wrong(f"signature {got!r}, want {want!r}; its header is {shown}; payload {body!r}")

    def header_fields(self, operation, headers):
        request_id = self.one(headers, "X-Request-Id")
        try:
            right = uuid.UUID(request_id).version == 7 and str(uuid.UUID(request_id)) == request_id.lower()
        except ValueError:
            right = False
        if not right:
            raise Wrong(f"X-Request-Id {request_id!r} is no UUID version 7")
        # A retry may repeat it, but nothing here makes a client retry: a second time is a second call.
        with self.lock:
            if request_id in self.seen:
                raise Wrong(f"X-Request-Id {request_id} a second time")
            self.seen.add(request_id)
        media_type = ANSWERS[operation.name][0]
        accepted = [part.split(";")[0].strip() for part in self.one(headers, "Accept").split(",")]
        if media_type not in accepted:
            raise Wrong(f"Accept {accepted}, but the answer is {media_type}")

    @staticmethod
    def query(operation, query, body):
        if body:
            raise Wrong(f"a body beside GET: {body!r}")
        want = "&".join(f"{name}={value}" for name, value in REQUESTS[operation.name].items())
        if query != want:
            raise Wrong(f"query {query!r}, want {want!r}")

    def body(self, operation, headers, body):
        content_type = self.one(headers, "Content-Type")
        if operation is INVOICE_PAY and content_type != JSON:
            got = parse_multipart(body, content_type)
        else:
            if not re.fullmatch(r"application/json(; *charset=utf-8)?", content_type, re.IGNORECASE):
                raise Wrong(f"Content-Type {content_type!r}, want {JSON}")
            got = parse_json(body, "body")
            # Outside of strings there must be no white space: the documentation's tokens hold compact JSON.
            if re.search(rb"\s", re.sub(rb'"(?:[^"\\]|\\.)*"', b"", body)):
                raise Wrong(f"the body is not compact: {body!r}")
        if got != REQUESTS[operation.name]:
            raise Wrong(f"body {got}, want {REQUESTS[operation.name]}")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    verifier = form_verifier = None

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.path.startswith("/v5/"):
            self.handle_form(body)
            return
        try:
            if self.headers.get("Transfer-Encoding"):
                raise Wrong("a body in chunks: it is known before it is sent, as it is signed")
            operation = self.verifier.check(self.command, self.path, self.headers, body)
        except Wrong as wrong:
            self.log(f"refused {self.command} {self.path}: {wrong}")
            self.answer(400, "text/plain; charset=utf-8", f"{wrong}\n")
            return
        self.log(f"answered {operation.name}")
        self.answer(200, *ANSWERS[operation.name])

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def handle_form(self, body):
        """An operation with pg_sig. See form_server.py."""
        verifier = self.form_verifier
        try:
            operation, prefix, form = verifier.check(self.command, self.path, self.headers, body)
            answers = form_server.Answers(operation, verifier.key(operation), verifier.other_key(operation))
            reply = answers.reply(prefix, form)
        except (form_server.Wrong, ValueError, KeyError) as wrong:
            self.log(f"refused {self.command} {self.path}: {wrong}")
            self.answer(400, "text/plain; charset=utf-8", f"{wrong}\n")
            return
        self.log(f"answered {operation.name}, {form}")
        self.close_connection = True
        if reply.how == "silent":
            time.sleep(form_server.SILENCE)
        if reply.how in ("silent", "closed"):
            return
        self.send_response(reply.status)
        for header in reply.headers():
            self.send_header(*header)
        self.end_headers()
        try:
            for part in reply.parts():
                self.wfile.write(part)
        except OSError:
            pass  # the client has read enough

    def answer(self, status, content_type, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Request-Id", self.headers.get("X-Request-Id", ""))
        self.send_header("X-Datetime", "2026-01-22T11:00:00Z")
        self.send_header("X-Request-Status", "success" if status == 200 else "error")
        self.end_headers()
        self.wfile.write(data)

    def log(self, text):
        print(text, flush=True)

    def log_message(self, *arguments):
        pass


def literals(value):
    """Numbers as their digits, so that 500.00 and 500 differ."""
    if isinstance(value, dict):
        return {name: literals(member) for name, member in value.items()}
    if isinstance(value, list):
        return [literals(item) for item in value]
    if isinstance(value, (int, decimal.Decimal)) and not isinstance(value, bool):
        return ("number", str(value))
    return value


def compare(name):
    want_text = INVOICE_PAY_AS_JSON if name == INVOICE_PAY.name else ANSWERS[name][1]
    try:
        got = literals(parse_json(sys.stdin.buffer.read(), "answer"))
    except Wrong as wrong:
        sys.exit(str(wrong))
    want = literals(parse_json(want_text, "documented answer"))
    if got != want:
        members = [m for m in sorted(set(got) | set(want)) if got.get(m) != want.get(m)] if isinstance(got, dict) else []
        sys.exit("; ".join(f"{m} is {got.get(m)!r}, want {want.get(m)!r}" for m in members) or f"got {got!r}")


def serve():
    identity, secret = wire.credentials()
    Handler.verifier = Verifier(identity, secret)
    payout_secret = os.environ.get("FREEDOMPAY_PAYOUT_SECRET") or secret.decode()
    Handler.form_verifier = form_server.Verifier(identity, secret.decode(), payout_secret)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


def main():
    match sys.argv[1:]:
        case []:
            serve()
        case ["requests", folder]:
            for name, request in REQUESTS.items():
                pathlib.Path(folder, name).write_text(json.dumps(request, ensure_ascii=False), encoding="utf-8")
        case ["compare", name] if name in BY_NAME:
            compare(name)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
