#!/usr/bin/env python3
"""Tries to get past a Freedom Pay's signature check, and checks that every try is refused alike.

usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... forge.py http://HOST:PORT

For a sandbox that was started with --production-like. Wherever it makes sense a forgery is made with the
right key: the MAC is right, and the only thing wrong is the one that the forgery's name says. Every refusal
must be HTTP 401 with one and the same status, header fields (Date apart) and body, whatever was wrong:
an answer that differs tells a forger what to try next. A few forgeries are no HTTP, or too big for it;
there the HTTP layer may refuse (400, 431, or a closed connection), and a line starting with # says so.
"""

import base64
import decimal
import itertools
import json
import secrets
import uuid

import wire
from wire import CLIENT_ADD, INVOICE_INFO, INVOICE_PAY, INVOICES_INFO, JSON, OPERATIONS, REQUEST_STATUS, XML

OTHER_ALG = {"HS256": "HS512", "HS512": "HS256"}
SIGNATURE = "X-JWS-Signature"
RIGHT_ONE_AFTER = 10  # forgeries, then a right request: the server must still be well


class Request:
    """One right request, to be spoilt by a forgery. Its body is fixed before it is signed."""

    def __init__(self, world, operation):
        self.world, self.operation = world, operation
        self.identity, self.secret = world.identity, world.secret
        self.method, self.path, self.query = operation.method, operation.path, ""
        self.content_type = self.body = None
        world.fill(self)
        self.members = operation.header(self.identity)
        self.field, self.values = SIGNATURE, [self.sign()]

    def payload(self):
        return self.body or b""

    def sign(self, header=None, payload=None, secret=None, alg=None):
        """Signs; what is not given is right. header is a dict of members, or the JSON text as bytes."""
        header = self.members if header is None else header
        text = wire.compact(header) if isinstance(header, (dict, list)) or header is None else header
        return wire.detached(text, self.payload() if payload is None else payload,
                             self.secret if secret is None else secret, alg or self.operation.alg)

    def changed(self, **members):
        """Signs with changed header members, each in its place; None leaves a member out."""
        header = self.members | members
        return self.sign({name: value for name, value in header.items() if value is not Leave})

    def parts(self):
        head, _, signature = self.values[0].partition("..")
        return head, signature

    def send(self):
        headers = [(self.field, value) for value in self.values]
        headers += [("X-Request-Id", wire.uuid7()), ("Accept", XML if self.operation.merchant else JSON)]
        if self.content_type:
            headers.append(("Content-Type", self.content_type))
        return wire.send(self.world.base_url, self.method, self.path + self.query, headers, self.body)


class Leave:
    """Stands for a member that is left out."""


class World:
    """The server and what forgeries aim at: an invoice that nobody pays rightly, and request ids never used rightly."""

    def __init__(self, base_url, identity, secret):
        self.base_url, self.identity, self.secret = base_url, identity, secret
        self.target, self.other = self.create(), self.create()
        self.forged_ids = []
        self.right = False  # whether requests are to do what they say

    def create(self):
        body = wire.compact({"amount": decimal.Decimal("321.00"), "currency": "KZT", "order_id": secrets.token_hex(8)})
        answer = wire.send(self.base_url, "POST", "/_sandbox/invoices", [("Content-Type", JSON)], body)
        if answer.status != 201:
            raise SystemExit(f"no invoice was made: {answer}")
        return answer.json()

    def fill(self, request):
        """Gives a request its body or query."""
        operation = request.operation
        invoice = self.other if self.right else self.target
        if operation is INVOICE_INFO:
            request.query = f"?payment_id={invoice['payment_id']}"
            return
        if operation is INVOICE_PAY:
            request.body, request.content_type = wire.multipart({
                "customer": invoice["customer"], "user_id": "No65GFR755789T25642588",
                "card_token": "ef741cfc-f85e-41a0-84e6-2ba964912182"})
            return
        if operation is INVOICES_INFO:
            value = {"invoice_id": invoice["invoice_id"]}
        elif operation is REQUEST_STATUS:
            value = {"request_id": "828cf71d-a447-4a67-a149-c1df8bc197ca"}
        else:
            request_id = str(uuid.uuid4())
            if not self.right:
                self.forged_ids.append(request_id)
            value = {"request_id": request_id, "company": {
                "company_id": "forged", "name": "Название", "bin": "123456789012", "address": {"country": "KAZ"}}}
        request.body, request.content_type = wire.compact(value), JSON

    def ask(self, operation, payload=b"", query=""):
        """A right call beside the forgeries."""
        signature = operation.sign(self.identity, self.secret, payload)
        headers = [(SIGNATURE, signature), ("X-Request-Id", wire.uuid7()), ("Accept", JSON)]
        if operation.method == "POST":
            return wire.send(self.base_url, "POST", operation.path, headers + [("Content-Type", JSON)], payload).json()
        return wire.send(self.base_url, "GET", operation.path + query, headers).json()


# ---------------------------------------------------------------- forgeries
# Each generator yields (name, spoil): spoil(request) changes the request in place. A spoil that returns False says
# that the forgery cannot be made of this request.

def signed(**arguments):
    """A spoil that signs with other arguments than the right ones."""
    def spoil(request):
        request.values = [request.sign(**{name: value(request) if callable(value) else value
                                          for name, value in arguments.items()})]
    return spoil


def with_members(**members):
    """A spoil that signs, rightly, a header with other members."""
    def spoil(request):
        request.values = [request.changed(**{name: value(request) if callable(value) and value is not Leave else value
                                             for name, value in members.items()})]
    return spoil


def header_text(make):
    """A spoil that signs, rightly, a header that is made as text: make(right text) -> bytes."""
    def spoil(request):
        request.values = [request.sign(make(wire.compact(request.members)))]
    return spoil


def value(make):
    """A spoil that changes the right signature as text: make(value) -> value."""
    def spoil(request):
        request.values = [make(request.values[0])]
    return spoil


def body(make):
    """A spoil that changes the body after it was signed."""
    def spoil(request):
        request.body = make(request.body)
    return spoil


def flip(data, index):
    index %= len(data)
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1:]


def body_forgeries(operation):
    if operation.method == "GET":
        # A GET signs an empty payload, so no body goes with it, and signing something else does not help.
        yield "a body beside a GET", lambda request: setattr(request, "body", b"{}")
        yield "the query signed as payload", signed(payload=lambda request: request.query[1:].encode())
        yield "an empty object signed as payload", signed(payload=b"{}")
        return
    yield "body: first byte changed", body(lambda data: flip(data, 0))
    yield "body: middle byte changed", body(lambda data: flip(data, len(data) // 2))
    yield "body: last byte changed", body(lambda data: flip(data, -1))
    yield "body: a byte more", body(lambda data: data + b" ")
    yield "body: a newline more", body(lambda data: data + b"\n")
    yield "body: a byte less", body(lambda data: data[:-1])
    yield "body: empty", body(lambda data: b"")
    yield "an empty payload signed, a body sent", signed(payload=b"")
    yield "the header signed without a payload part", lambda request: setattr(request, "values", [
        request.parts()[0] + ".." + wire.b64url(wire.mac(operation.alg, request.secret, request.parts()[0].encode()))])
    yield "the body signed raw, not as base64url", lambda request: setattr(request, "values", [
        request.parts()[0] + ".." + wire.b64url(wire.mac(
            operation.alg, request.secret, request.parts()[0].encode() + b"." + request.body))])
    if operation is INVOICE_PAY:
        yield "body: another boundary, the same fields", lambda request: (
            setattr(request, "body", request.body.replace(b"boundary-", b"boundary+")),
            setattr(request, "content_type", request.content_type.replace("boundary-", "boundary+"))) and None
    else:
        yield "body: the same JSON with white space", body(
            lambda data: json.dumps(json.loads(data), ensure_ascii=False, indent=1).encode())


def place_forgeries(operation):
    """Another path or method than the one that is called."""
    path = "path" if operation.merchant else "uri"
    for other in OPERATIONS:
        if other is not operation:
            yield f"{path} of {other.name}", with_members(**{path: other.path})
    for name, change in {
        "with a slash at its end": lambda p: p + "/",
        "with a double slash": lambda p: p.replace("/v5/", "/v5//"),
        "in capitals": str.upper,
        "with a host": lambda p: "https://api.freedompay.kz" + p,
        "without its first slash": lambda p: p[1:],
        "percent-encoded": lambda p: p.replace("info", "%69nfo").replace("pay", "p%61y").replace("add", "%61dd")
                                      .replace("status", "st%61tus"),
        "with dot segments": lambda p: p.replace("/v5/", "/v5/x/../"),
        "with a query": lambda p: p + "?payment_id=1234567890",
        "with an empty query": lambda p: p + "?",
        "with a fragment": lambda p: p + "#",
        "with a space after it": lambda p: p + " ",
        "empty": lambda p: "",
        "with a NUL": lambda p: p + "\0",
    }.items():
        yield f"{path} {name}", with_members(**{path: change(operation.path)})
    yield f"{path} with the called query", with_members(**{path: lambda r: r.path + r.query}) \
        if operation is INVOICE_INFO else (lambda request: False)
    yield f"{path} changed in the header, old MAC", lambda request: setattr(request, "values", [
        wire.b64url(wire.compact(request.members | {path: "/v5/elsewhere"})) + ".." + request.parts()[1]])
    for other in OPERATIONS:
        if other is not operation:
            yield f"the signature of {other.name} moved here", lambda request, other=other: setattr(
                request, "values", [other.sign(request.identity, request.secret, request.payload())])
    for method in ("GET" if operation.method == "POST" else "POST", "PUT", operation.method.lower(), "", " POST"):
        yield f"method {method!r} in the header", with_members(method=method)
    for method in ("PUT", "DELETE", "PATCH", "GET" if operation.method == "POST" else "POST"):
        yield f"sent by {method}", lambda request, method=method: setattr(request, "method", method)
    yield "sent to the path with a slash at its end", lambda request: setattr(request, "path", request.path + "/")


def algorithm_forgeries(operation):
    right, other = operation.alg, OTHER_ALG[operation.alg]
    yield f"alg {other} with its MAC", lambda request: setattr(
        request, "values", [request.sign(request.members | {"alg": other}, alg=other)])
    yield f"alg {other} with the MAC of {right}", with_members(alg=other)
    yield f"alg {right} with the MAC of {other}", signed(alg=other)
    for alg in ("none", "None", "NONE", ""):
        yield f"alg {alg!r} without a MAC", lambda request, alg=alg: setattr(
            request, "values", [wire.b64url(wire.compact(request.members | {"alg": alg})) + ".."])
        yield f"alg {alg!r} with a MAC", with_members(alg=alg)
    yield "alg absent", with_members(alg=Leave)
    for alg in (right.lower(), right + " ", "HS384", "RS256", "HS1", None, [right], {"name": right}, 256):
        yield f"alg {alg!r}", with_members(alg=alg)


def key_forgeries(operation):
    yield "a wrong key", signed(secret=b"a wrong key")
    yield "an empty key", signed(secret=b"")
    yield "the key with a newline", signed(secret=lambda r: r.secret + b"\n")
    yield "the key with a space before", signed(secret=lambda r: b" " + r.secret)
    yield "the key without its last byte", signed(secret=lambda r: r.secret[:-1])
    yield "the key in base64", signed(secret=lambda r: base64.b64encode(r.secret))
    yield "the key in hex", signed(secret=lambda r: r.secret.hex().encode())
    yield "the identity as key", signed(secret=lambda r: r.identity.encode())
    yield "a documented key", signed(secret=b"secret_key")


def identity_forgeries(operation):
    name = "merchant_id" if operation.merchant else "auth_id"
    number = operation.merchant
    yield f"{name} of somebody else", with_members(**{name: 654321 if number else "654321"})
    yield f"{name} of nobody", with_members(**{name: 0 if number else ""})
    yield f"{name} negative", with_members(**{name: lambda r: -int(r.identity) if number else "-" + r.identity})
    yield f"{name} null", with_members(**{name: None})
    yield f"{name} absent", with_members(**{name: Leave})
    yield f"{name} true", with_members(**{name: True})
    yield f"{name} in a list", with_members(**{name: lambda r: [r.identity]})
    if number:
        yield "merchant_id as a string", with_members(merchant_id=lambda r: r.identity)
        yield "merchant_id a little more", with_members(
            merchant_id=lambda r: decimal.Decimal(r.identity + ".0000000000000000001"))
        yield "merchant_id of 2^64 more", with_members(merchant_id=lambda r: int(r.identity) + 2**64)
    else:
        yield "auth_id as a number", with_members(auth_id=lambda r: int(r.identity))
        for how, change in {"zero before": lambda i: "0" + i, "space after": lambda i: i + " ",
                            "newline after": lambda i: i + "\n", "NUL after": lambda i: i + "\0",
                            "other digits": lambda i: i.translate({48 + d: 0x660 + d for d in range(10)})}.items():
            yield f"auth_id with {how}", with_members(auth_id=lambda r, change=change: change(r.identity))


def member_forgeries(operation):
    """Members that are too many, too few, twice, or of another name."""
    place, identity = ("path", "merchant_id") if operation.merchant else ("uri", "auth_id")
    for name, extra in {
        "crit": ["exp"], "crit of nothing": [], "kid": "1", "b64": False, "exp": 4102444800, "jwk": {"kty": "oct", "k": ""},
        "zip": "DEF", "cty": "JWT", "an empty name": 1,
    }.items():
        member = {"crit of nothing": "crit", "an empty name": ""}.get(name, name)
        yield f"extra member {name}", with_members(**{member: extra})
    for typ in ("JWS", "jwt", "JOSE", "", None, 1, ["JWT"]):
        yield f"typ {typ!r}", with_members(typ=typ)
    for params in ("x", " ", None, {}, [], 0, False):
        yield f"params {params!r}", with_members(params=params)
    for name in (place, "method", "params"):
        yield f"{name} absent", with_members(**{name: Leave})
    for name in (place, identity, "method", "params", "alg"):
        yield f"{name} twice", header_text(lambda text, name=name: duplicate(text, name))
        yield f"{name} twice, the first wrong", header_text(lambda text, name=name: duplicate(text, name, "wrong", None))
        yield f"{name} twice, the second wrong", header_text(lambda text, name=name: duplicate(text, name, None, "wrong"))
        yield f"{name} twice, once escaped", header_text(
            lambda text, name=name: text[:-1] + f',"\\u{ord(name[0]):04x}{name[1:]}"'.encode()
            + b":" + wire.compact(json.loads(text)[name]) + b"}")
        for spelt in (name.upper(), name.capitalize()):
            yield f"{spelt} for {name}", header_text(lambda text, name=name, spelt=spelt: text.replace(
                f'"{name}"'.encode(), f'"{spelt}"'.encode(), 1))
            yield f"{spelt} beside {name}", header_text(lambda text, name=name, spelt=spelt: text[:-1] + wire.compact(
                {spelt: json.loads(text)[name]}).replace(b"{", b",", 1))
    # A long s, which folds to s without being one: readers of JSON that ignore case may take it.
    yield "param\u017f for params", header_text(lambda text: text.replace(b'"params"', '"param\u017f"'.encode(), 1))
    yield "typ twice", header_text(lambda text: b'{"typ":"JWT","typ":"JWT",' + text[1:])
    yield "TYP JWT", with_members(TYP="JWT")
    yield from wrong_form(operation)


def duplicate(text, name, first=None, second=None):
    """The JSON text with a member a second time at its end; None leaves the right value."""
    members = json.loads(text)
    last = members[name] if second is None else second
    if first is not None:
        members[name] = first
    return wire.compact(members)[:-1] + b"," + wire.compact({name: last})[1:]


def wrong_form(operation):
    """The header form of the other section: path and merchant_id, or uri and auth_id."""
    rest = {"method": operation.method, "params": "", "alg": operation.alg}
    if operation.merchant:
        forms = {"uri and auth_id": lambda i: {"uri": operation.path, "auth_id": i},
                 "uri and merchant_id": lambda i: {"uri": operation.path, "merchant_id": int(i)},
                 "path and auth_id": lambda i: {"path": operation.path, "auth_id": i}}
    else:
        forms = {"path and merchant_id": lambda i: {"path": operation.path, "merchant_id": int(i)},
                 "path and auth_id": lambda i: {"path": operation.path, "auth_id": i},
                 "uri and merchant_id": lambda i: {"uri": operation.path, "merchant_id": int(i)}}
    forms["both forms at once"] = lambda i: {"uri": operation.path, "auth_id": i, "path": operation.path,
                                             "merchant_id": int(i)}
    for name, make in forms.items():
        yield f"the header form with {name}", lambda request, make=make: setattr(
            request, "values", [request.sign(make(request.identity) | rest)])


def header_forgeries(operation):
    """A header that is not one JSON object, and nothing else."""
    yield "header: text after the object", header_text(lambda text: text + b"x")
    yield "header: a second object", header_text(lambda text: text + text)
    yield "header: a NUL after the object", header_text(lambda text: text + b"\0")
    yield "header: a byte order mark", header_text(lambda text: b"\xef\xbb\xbf" + text)
    yield "header: a comment", header_text(lambda text: text[:-1] + b"/**/}")
    yield "header: a comma too many", header_text(lambda text: text[:-1] + b",}")
    yield "header: single quotes", header_text(lambda text: text.replace(b'"', b"'"))
    yield "header: in a list", header_text(lambda text: b"[" + text + b"]")
    yield "header: in a string", header_text(lambda text: json.dumps(text.decode()).encode())
    yield "header: no UTF-8", header_text(lambda text: text.replace(b'"params":""', b'"params":"\xff"'))
    for text in (b"null", b"{}", b"[]", b"1", b'""', b"", b"{", b"[" * 3000, b'{"a":' * 1000):
        yield f"header: {text[:10]!r}", header_text(lambda _, text=text: text)
    yield "header: UTF-16", header_text(lambda text: text.decode().encode("utf-16"))


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def spare_bits(text):
    """The same bytes in another base64url text: the bits of the last letter that stand for nothing are set."""
    return text[:-1] + ALPHABET[ALPHABET.index(text[-1]) + 1]


def with_special_letter(request):
    """Makes the right signature hold - or _, which the standard alphabet writes as + or /.

    The order of the members is free, so that even a GET, whose payload is empty, has many right signatures.
    """
    for order in itertools.permutations(request.members.items()):
        request.values = [request.sign(dict(order))]
        if set("-_") & set(request.parts()[1]):
            return True
    return False


def standard_alphabet(request):
    if not with_special_letter(request):
        return False
    head, signature = request.parts()
    request.values = [head + ".." + signature.replace("-", "+").replace("_", "/")]


def signature_part(make):
    """A spoil that changes the MAC's text: make(text) -> text."""
    def spoil(request):
        head, signature = request.parts()
        request.values = [head + ".." + make(signature)]
    return spoil


def mac_bytes(make):
    """A spoil that changes the MAC's bytes."""
    return signature_part(lambda text: wire.b64url(make(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))))


def encoding_forgeries(operation):
    yield "MAC: first bit changed", mac_bytes(lambda mac: flip(mac, 0))
    yield "MAC: last bit changed", mac_bytes(lambda mac: flip(mac, -1))
    yield "MAC: all zeros", mac_bytes(lambda mac: bytes(len(mac)))
    yield "MAC: truncated by a letter", signature_part(lambda text: text[:-1])
    yield "MAC: truncated by a byte", mac_bytes(lambda mac: mac[:-1])
    yield "MAC: its first half", mac_bytes(lambda mac: mac[:len(mac) // 2])
    yield "MAC: its first byte", mac_bytes(lambda mac: mac[:1])
    yield "MAC: none", signature_part(lambda text: "")
    yield "MAC: extended by a letter", signature_part(lambda text: text + "A")
    yield "MAC: extended by a byte", mac_bytes(lambda mac: mac + b"\0")
    yield "MAC: twice", mac_bytes(lambda mac: mac + mac)
    yield "MAC: padded", signature_part(lambda text: text + "=" * (-len(text) % 4))
    yield "MAC: padded by one", signature_part(lambda text: text + "=")
    yield "MAC: spare bits set", signature_part(spare_bits)
    yield "MAC: standard alphabet", standard_alphabet
    yield "MAC: hex", signature_part(lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex())
    yield "MAC: other case", signature_part(str.swapcase)
    yield "MAC: percent-encoded", signature_part(lambda text: f"%{ord(text[0]):02X}" + text[1:])
    yield "header part: spare bits set, MAC over it", lambda request: resign(request, spare_bits)
    yield "header part: padded, MAC over it", lambda request: resign(request, lambda t: t + "=" * (-len(t) % 4))
    yield "header part: spare bits set, old MAC", lambda request: resign(request, spare_bits, keep_mac=True)
    yield "header part: plain JSON", lambda request: setattr(
        request, "values", [wire.compact(request.members).decode() + ".." + request.parts()[1]])


def resign(request, make, keep_mac=False):
    """Writes the header part in another way, with a right MAC over what is written. False where there is no other way."""
    # A header of a length that fills its last letters has no spare bits: another typ makes another length.
    for members in (request.members, {"typ": "JWT"} | request.members):
        head = wire.b64url(wire.compact(members))
        if len(head) % 4:
            break
    else:
        return False
    signing_input = f"{make(head)}.{wire.b64url(request.payload())}".encode()
    signature = wire.b64url(wire.mac(request.operation.alg, request.secret, signing_input))
    if keep_mac:
        signature = request.sign(members).partition("..")[2]
    request.values = [make(head) + ".." + signature]


def shape_forgeries(operation):
    """Other shapes than header..signature."""
    def middle(request):
        head, signature = request.parts()
        request.values = [f"{head}.{wire.b64url(request.payload())}.{signature}"]
    if operation.method == "POST":  # a GET's payload is empty, so that its whole JWT is the detached one
        yield "the payload left in the middle", middle
    yield "another payload in the middle", value(lambda v: v.replace("..", ".e30."))
    yield "a dot in the middle missing", value(lambda v: v.replace("..", "."))
    yield "a dot too many in the middle", value(lambda v: v.replace("..", "..."))
    yield "a dot at the end", value(lambda v: v + ".")
    yield "a dot at the start", value(lambda v: "." + v)
    yield "no dots", value(lambda v: v.replace("..", ""))
    yield "a part more", value(lambda v: v + ".e30")
    yield "the header alone", value(lambda v: v.partition("..")[0])
    yield "the header and dots", value(lambda v: v.partition("..")[0] + "..")
    yield "dots and the MAC", value(lambda v: ".." + v.partition("..")[2])
    yield "the MAC alone", value(lambda v: v.partition("..")[2])
    yield "two dots alone", value(lambda v: "..")
    yield "a dot alone", value(lambda v: ".")
    yield "parts swapped", value(lambda v: v.partition("..")[2] + ".." + v.partition("..")[0])
    yield "Bearer before it", value(lambda v: "Bearer " + v)
    yield "in quotes", value(lambda v: f'"{v}"')
    yield "twice with a comma", value(lambda v: f"{v}, {v}")
    yield "twice with a comma, no space", value(lambda v: f"{v},{v}")
    yield "as JSON serialization", value(lambda v: json.dumps(
        {"protected": v.partition("..")[0], "signature": v.partition("..")[2]}))


def white_space_forgeries(operation):
    """White space that is part of the value. (Space and tab around a value are not: HTTP takes them away.)"""
    for name, text in {"a space": " ", "a tab": "\t"}.items():
        yield f"{name} between the dots", value(lambda v, text=text: v.replace("..", f".{text}."))
        yield f"{name} in the header part", value(lambda v, text=text: v[:9] + text + v[9:])
        yield f"{name} in the MAC", value(lambda v, text=text: v[:-9] + text + v[-9:])
    for name, text in {"a no-break space": "\u00a0", "an ideographic space": "\u3000", "a zero-width space": "\u200b",
                       "a Latin-1 no-break space": b"\xa0", "%0A": "%0A", "%0D%0A": "%0D%0A", "\\n": "\\n", "+": "+"}.items():
        data = text if isinstance(text, bytes) else text.encode()
        yield f"{name} after it", value(lambda v, data=data: v.encode() + data)
        yield f"{name} before it", value(lambda v, data=data: data + v.encode())
    # Base64 readers may skip line ends, and a folded line is one value to HTTP/1.0.
    yield "a folded line between the dots", value(lambda v: v.replace("..", ".\r\n ."))
    yield "a folded line in the MAC", value(lambda v: v[:-9] + "\r\n " + v[-9:])
    yield "line ends in the header part, MAC over it", lambda request: resign_with_line_end(request)


def resign_with_line_end(request):
    """A line end within the header part as a fold, with a MAC over the unfolded text."""
    head, _ = request.parts()
    unfolded = head[:8] + " " + head[8:]
    signature = wire.b64url(wire.mac(request.operation.alg, request.secret,
                                     f"{unfolded}.{wire.b64url(request.payload())}".encode()))
    request.values = [f"{head[:8]}\r\n {head[8:]}..{signature}"]


def field_forgeries(operation):
    """The header field itself."""
    yield "no header field", lambda request: setattr(request, "values", [])
    yield "an empty header field", value(lambda v: "")
    yield "two header fields, both right", lambda request: setattr(request, "values", request.values * 2)
    yield "two header fields, the first empty", lambda request: setattr(request, "values", ["", *request.values])
    yield "two header fields, the second empty", lambda request: setattr(request, "values", [*request.values, ""])
    yield "two header fields, the first wrong", lambda request: setattr(
        request, "values", [request.sign(secret=b"wrong"), *request.values])
    yield "two header fields, the second wrong", lambda request: setattr(
        request, "values", [*request.values, request.sign(secret=b"wrong")])
    # One table of the documentation calls it so; the text beside it, and every later page, say X-JWS-Signature.
    for field in ("JWS-Signature", "X-JWT-Signature", "X_JWS_Signature", "Authorization"):
        yield f"the header field {field} instead", lambda request, field=field: setattr(request, "field", field)


def huge_forgeries(operation):
    """What a server must not read at leisure. HTTP may refuse these by itself."""
    yield "a header field of 1 MB", value(lambda v: v + "A" * 2**20)
    yield "a header field of 100 kB", value(lambda v: v + "A" * 100_000)
    yield "a million dots", value(lambda v: "." * 1_000_000)
    yield "a thousand dots", value(lambda v: "." * 1000)
    yield "a thousand header fields", lambda request: setattr(request, "values", request.values * 1000)


def broken_http_forgeries(operation):
    """Bytes that no header field may have, or that end it. HTTP may refuse these by itself."""
    for name, text in {"CR": "\r", "LF": "\n", "NUL": "\0", "a vertical tab": "\v", "a form feed": "\f", "DEL": "\x7f"}.items():
        yield f"{name} in the MAC", value(lambda v, text=text: v[:-9] + text + v[-9:])
        yield f"{name} before it", value(lambda v, text=text: text + v)
    yield "CR LF in the MAC", value(lambda v: v[:-9] + "\r\n" + v[-9:])
    yield "NUL after it", value(lambda v: v + "\0")
    yield "a form feed after it", value(lambda v: v + "\f")


STRICT = [body_forgeries, place_forgeries, algorithm_forgeries, key_forgeries, identity_forgeries, member_forgeries,
          header_forgeries, encoding_forgeries, shape_forgeries, white_space_forgeries, field_forgeries]
LENIENT = [(huge_forgeries, 431), (broken_http_forgeries, 400)]


# ---------------------------------------------------------------- right requests

def right_requests(operation):
    """What must pass: HTTP 200, and no word about signatures."""
    yield "as documented", lambda request: None
    yield "members in reverse order", lambda request: setattr(
        request, "values", [request.sign(dict(reversed(request.members.items())))])
    yield "alg first", lambda request: setattr(
        request, "values", [request.sign({"alg": operation.alg} | request.members)])
    yield "typ JWT at the end", with_members(typ="JWT")
    yield "alg and typ JWT first", lambda request: setattr(
        request, "values", [request.sign({"alg": operation.alg, "typ": "JWT"} | request.members)])
    yield "the field's name in small letters", lambda request: setattr(request, "field", SIGNATURE.lower())
    yield "space around the value, which HTTP takes away", value(lambda v: f" \t{v}\t ")
    if operation is INVOICE_PAY:
        def as_json(request):
            request.body, request.content_type = wire.compact({
                "customer": request.world.other["customer"], "user_id": "1", "card_token": "t"}), JSON
            request.values = [request.sign()]
        yield "JSON instead of multipart", as_json


class Forger:
    def __init__(self, world, checks):
        self.world, self.checks = world, checks
        self.refusal = None  # what every refusal must be
        self.sent = 0
        self.sick = []

    def right(self, operation, change=lambda request: None):
        """Sends a right request; returns what is wrong with the answer, or None."""
        self.world.right = True
        try:
            request = Request(self.world, operation)
            change(request)
            answer = request.send()
            return None if answer.status == 200 else str(answer)
        except (OSError, wire.Closed) as error:
            return repr(error)
        finally:
            self.world.right = False

    def check_right(self, operation):
        for name, change in right_requests(operation):
            trouble = self.right(operation, change)
            self.checks.check(f"forge: {operation.name}: passes: {name}", trouble is None, trouble)

    @staticmethod
    def fingerprint(answer):
        """All that a forger sees of an answer, Date apart."""
        headers = sorted((name.lower(), value) for name, value in answer.headers if name.lower() != "date")
        return answer.status, headers, answer.body

    def first_refusal(self):
        """The answer that all others must be equal to: the one without any signature."""
        request = Request(self.world, INVOICES_INFO)
        request.values = []
        answer = request.send()
        self.refusal = self.fingerprint(answer)
        names = " ".join(name.lower() for name, _ in answer.headers)
        self.checks.equal("forge: a refusal is HTTP 401", answer.status, 401)
        self.checks.check("forge: a refusal says nothing about why",
                          "sandbox" not in names and b"signature" not in answer.body.lower(), f"{answer} {names}")

    def try_one(self, operation, name, spoil, lenient_status=None):
        request = Request(self.world, operation)
        if spoil(request) is False:
            return
        self.sent += 1
        full_name = f"forge: {operation.name}: refused: {name}"
        try:
            got = self.fingerprint(request.send())
        except (wire.Closed, ConnectionError) as error:
            self.checks.check(full_name, lenient_status is not None, error)
            print(f"# {operation.name}: {name}: the connection was closed")
            return
        if lenient_status is not None and got[0] == lenient_status:
            self.checks.check(full_name, True)
            print(f"# {operation.name}: {name}: HTTP {got[0]}")
        else:
            self.checks.check(full_name, got == self.refusal, f"got {got!r}, want {self.refusal!r}"[:600])
        if self.sent % RIGHT_ONE_AFTER == 0:
            trouble = self.right(operation)
            if trouble:
                self.sick.append(f"after {name}: {trouble}")

    def operation(self, operation):
        self.check_right(operation)
        self.sick = []
        for forgeries in STRICT:
            for name, spoil in forgeries(operation):
                self.checks.run(f"forge: {operation.name}: refused: {name}", self.try_one, operation, name, spoil)
        for forgeries, status in LENIENT:
            for name, spoil in forgeries(operation):
                self.checks.run(f"forge: {operation.name}: refused: {name}", self.try_one, operation, name, spoil, status)
        self.checks.check(f"forge: {operation.name}: right requests pass in between", not self.sick, self.sick)
        trouble = self.right(operation)
        self.checks.check(f"forge: {operation.name}: a right request passes at the end", trouble is None, trouble)

    def nothing_happened(self):
        """No forgery did what it asked for."""
        world = self.world
        answer = world.ask(INVOICES_INFO, wire.compact({"invoice_id": world.target["invoice_id"]}))
        self.checks.equal("forge: the invoice that forgeries were to pay is new", answer.get("status"), "new")
        answer = world.ask(INVOICE_INFO, query=f"?payment_id={world.other['payment_id']}")
        self.checks.equal("forge: the invoice that right requests paid is paid", answer.get("paymentStatus"), "success")
        made = [request_id for request_id in world.forged_ids
                if world.ask(REQUEST_STATUS, wire.compact({"request_id": request_id})).get("status") != "error"]
        self.checks.check(f"forge: no request of {CLIENT_ADD.name} was made by a forgery", not made and world.forged_ids, made)


def main():
    base_url = wire.usage_of_base_url()
    checks = wire.Checks()
    forger = Forger(World(base_url, *wire.credentials()), checks)
    forger.first_refusal()
    for operation in OPERATIONS:
        checks.run(f"forge: {operation.name}", forger.operation, operation)
    checks.run("forge: nothing happened", forger.nothing_happened)
    print(f"# {forger.sent} forgeries")
    checks.finish()


if __name__ == "__main__":
    main()
