"""What the other programs of this folder have in common: signing, sending, reading.

Written from the documentation of the API alone, with Python's standard library alone. It shares
nothing with the SDK whose wire it checks, so that a mistake cannot hide in both. vectors.py holds
the signing below against the signatures that the documentation prints. forms.py is the other half: pg_sig.
"""

import base64
import decimal
import hashlib
import hmac
import http.client
import json
import os
import secrets
import socket
import sys
import time
import urllib.parse
import uuid
import xml.etree.ElementTree

DIGESTS = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}
JSON = "application/json"
XML = "application/xml"


# ---------------------------------------------------------------- signing

def b64url(data):
    """Base64 with the URL alphabet and without padding, as a JWS has it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def compact(value):
    """JSON without white space, other scripts as they are, and decimals with all their digits.

    json.dumps has no way to write a decimal.Decimal as a number, hence the placeholders.
    """
    literals = {}

    def as_placeholder(number):
        if not isinstance(number, decimal.Decimal):
            raise TypeError(f"no JSON for {number!r}")
        name = "decimal-" + secrets.token_hex(16)
        literals[f'"{name}"'] = format(number, "f")
        return name

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=as_placeholder)
    for placeholder, literal in literals.items():
        text = text.replace(placeholder, literal)
    return text.encode()


def mac(alg, secret, signing_input):
    return hmac.new(secret, signing_input, DIGESTS[alg]).digest()


def detached(header, payload, secret, alg):
    """header..signature: the MAC covers header.payload, then the payload is cut out.

    header is the JSON text of the JOSE header. alg is given beside it and not read from it, because a
    forgery may say one thing and do another.
    """
    first = b64url(header)
    return first + ".." + b64url(mac(alg, secret, f"{first}.{b64url(payload)}".encode()))


# ---------------------------------------------------------------- the five operations

class Operation:
    """How one operation is called and signed. merchant is True for the header form of 2025."""

    def __init__(self, name, method, path, alg, merchant=False):
        self.name, self.method, self.path, self.alg, self.merchant = name, method, path, alg, merchant

    def header(self, identity, **changed):
        """The header's members in the documented order; a changed member keeps its place."""
        if self.merchant:
            # merchant_id is a number in the documented token, auth_id a string.
            members = {"path": self.path, "merchant_id": int(identity)}
        else:
            members = {"uri": self.path, "auth_id": identity}
        members.update({"method": self.method, "params": "", "alg": self.alg})
        members.update(changed)
        return members

    def sign(self, identity, secret, payload, **changed):
        return detached(compact(self.header(identity, **changed)), payload, secret, self.alg)


INVOICES_INFO = Operation("partner.invoicesInfo", "POST", "/v5/partner/invoices/info", "HS256")
INVOICE_INFO = Operation("partner.invoiceInfo", "GET", "/v5/partner/invoice/info", "HS256")
CLIENT_ADD = Operation("partner.clientAdd", "POST", "/v5/partner/client/add", "HS256")
REQUEST_STATUS = Operation("card.requestStatus", "POST", "/v5/card-api/request/status", "HS512")
INVOICE_PAY = Operation("merchant.invoicePay", "POST", "/v5/merchant/invoice/pay", "HS512", merchant=True)
OPERATIONS = [INVOICES_INFO, INVOICE_INFO, CLIENT_ADD, REQUEST_STATUS, INVOICE_PAY]


def uuid7():
    """A UUID version 7 (RFC 9562): 48 bits of milliseconds, then random bits. Python 3.11 has none."""
    millis = time.time_ns() // 1_000_000
    value = millis << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def multipart(fields, boundary=None):
    """A multipart/form-data body and its content type. These bytes, and no others, are signed and sent."""
    boundary = boundary or "boundary-" + secrets.token_hex(12)
    body = b""
    for name, value in fields.items():
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        body += value.encode() + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


# ---------------------------------------------------------------- sending

class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if values else None

    def media_type(self):
        return (self.header("Content-Type") or "").split(";")[0].strip().lower()

    def json(self):
        """The body as JSON, strictly: exact decimals, no duplicate members, no NaN."""
        def members(pairs):
            names = [name for name, _ in pairs]
            if len(set(names)) != len(names):
                raise ValueError(f"duplicate member in {names}")
            return dict(pairs)

        def constant(name):
            raise ValueError(f"{name} is not JSON")

        return json.loads(self.body, parse_float=decimal.Decimal, object_pairs_hook=members, parse_constant=constant)

    def xml(self):
        """The body as XML with the documented root and flat members: name to text."""
        root = xml.etree.ElementTree.fromstring(self.body)
        if root.tag != "root":
            raise ValueError(f"root element {root.tag!r}, not 'root'")
        names = [child.tag for child in root]
        if len(set(names)) != len(names):
            raise ValueError(f"an element twice in {names}")
        return {child.tag: child.text or "" for child in root}

    def __str__(self):
        return f"HTTP {self.status} {self.body[:300]!r}"


class Closed(Exception):
    """The server closed the connection without an answer."""


def head(url, method, target, headers, body):
    """What goes before a body, byte for byte.

    headers is a list, as a forgery may need one name twice, and a value given as bytes goes out as it is:
    http.client would refuse some of them. Its reader of answers is fine.
    """
    made = f"{method} {url.path.rstrip('/')}{target} HTTP/1.1\r\nHost: {url.netloc}\r\n".encode()
    if body is not None:
        headers = [*headers, ("Content-Length", str(len(body)))]
    for name, value in headers:
        made += name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
    return made + b"\r\n"


def exchange(connection, method, data):
    """One answer to one request, and whether the connection is of no use any more."""
    try:
        connection.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        pass  # a server need not read a header of a megabyte; its answer may be there all the same
    response = http.client.HTTPResponse(connection, method=method)
    try:
        response.begin()
        return Answer(response.status, response.getheaders(), response.read()), response.will_close
    except (ConnectionError, http.client.HTTPException) as error:
        raise Closed(f"no answer: {error!r}") from error
    finally:
        response.close()


def send(base_url, method, target, headers, body=None, timeout=30):
    """One request on its own connection."""
    url = urllib.parse.urlsplit(base_url)
    data = head(url, method, target, [("Connection", "close"), *headers], body) + (body or b"")
    with socket.create_connection((url.hostname, url.port), timeout=timeout) as connection:
        return exchange(connection, method, data)[0]


class Line:
    """Many requests, one after the other, on one connection: that is cheaper, and what gateways do."""

    def __init__(self, base_url):
        self.url, self.connection = urllib.parse.urlsplit(base_url), None

    def send(self, method, target, headers, body=None, timeout=30):
        if self.connection is None:
            self.connection = socket.create_connection((self.url.hostname, self.url.port), timeout=timeout)
        try:
            answer, is_over = exchange(self.connection, method, head(self.url, method, target, headers, body) + (body or b""))
        except (Closed, OSError):
            self.close()
            raise
        if is_over:
            self.close()
        return answer

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def usage_of_base_url():
    if len(sys.argv) != 2 or not sys.argv[1].startswith("http://"):
        sys.exit(f"usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... {sys.argv[0]} http://HOST:PORT")
    return sys.argv[1].rstrip("/")


def credentials():
    """Identity and secret from the environment: arguments are visible to every user of a machine."""
    identity, secret = os.environ.get("FREEDOMPAY_AUTH_ID"), os.environ.get("FREEDOMPAY_SECRET")
    if not identity or not secret:
        sys.exit("FREEDOMPAY_AUTH_ID and FREEDOMPAY_SECRET must be set")
    return identity, secret.encode()


# ---------------------------------------------------------------- telling

class Checks:
    """Prints `ok NAME` or `not ok NAME: why` and goes on, so that one run shows everything."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, ok, why=""):
        if ok:
            self.passed += 1
            print(f"ok {name}", flush=True)
        else:
            self.failed += 1
            print(f"not ok {name}: {' '.join(str(why).split())}", flush=True)
        return ok

    def equal(self, name, got, want):
        return self.check(name, got == want, f"got {got!r}, want {want!r}")

    def run(self, name, function, *arguments):
        """Runs a function that checks; whatever it throws is a failed check, not the end of the run."""
        try:
            return function(*arguments)
        except Exception as error:  # a broken answer may break in any way
            self.check(name, False, f"{type(error).__name__}: {error}")

    def passes(self, name, function, *arguments, **named):
        """Checks that a function which throws at what is wrong does not."""
        try:
            function(*arguments, **named)
        except Exception as error:
            self.check(name, False, f"{type(error).__name__}: {error}")
        else:
            self.check(name, True)

    def finish(self):
        sys.exit(1 if self.failed or not self.passed else 0)
