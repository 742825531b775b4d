#!/usr/bin/env python3
"""Tries to get past a Freedom Pay's check of pg_sig, and checks that every try is refused alike.

usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... [FREEDOMPAY_PAYOUT_SECRET=...] form_forge.py http://HOST:PORT

For a sandbox that was started with --production-like. The forgeries ask for a refund, in every form of a request. Each is
a right request that was spoilt after it was signed, or signed with something that is not quite right, so that the text
that has to be signed differs. (Where it does not, pg_sig cannot see it: examples of that are sent as well, and listed with
a # as known ambiguities.) Every refusal must have the same status, header fields (Date apart) and body (pg_datetime
apart): error 1100, unsigned, or, where the message does not tell the one known merchant, error 9998. Afterwards the
payment must still have its money.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
import urllib.parse

import form_client
import forms
import wire
from forms import MERCHANT, SALT, SIG

PATH = "/g2g/refund"
SCRIPT = "refund"
RIGHT_ONE_AFTER = 25  # forgeries, then a right request: the server must still be well


class Message:
    """The fields of a request, with places to spoil. A place is a path of indices; of a form's pairs it has one."""

    def __init__(self, fields, is_xml):
        self.fields, self.is_xml = fields, is_xml

    def copy(self):
        def again(fields):
            return [(name, again(value) if isinstance(value, list) else value) for name, value in fields]
        return Message(again(self.fields), self.is_xml)

    def places(self):
        def walk(fields, before):
            for index, (name, value) in enumerate(fields):
                if isinstance(value, list):
                    yield from walk(value, (*before, index))
                else:
                    yield (*before, index)
        return list(walk(self.fields, ()))

    def level(self, place):
        fields = self.fields
        for index in place[:-1]:
            fields = fields[index][1]
        return fields

    def get(self, place):
        return self.level(place)[place[-1]]

    def set(self, place, *fields):
        """A copy with other fields in a place."""
        made = self.copy()
        made.level(place)[place[-1]:place[-1] + 1] = fields
        return made

    def plus(self, *fields, at=None):
        made = self.copy()
        made.fields[at if at is not None else len(made.fields):0] = fields
        return made

    def find(self, name):
        return next(((index,) for index, (key, _) in enumerate(self.fields) if key == name), None)

    def change(self, name, text):
        return self.set(self.find(name), (name, text))

    def tree(self):
        return self.fields if self.is_xml else forms.tree(self.fields)

    def base(self, script=SCRIPT, secret="secret"):
        return forms.base(script, self.tree(), secret)

    def tells_merchant(self, identity):
        return [value for name, value in self.tree() if name == MERCHANT] == [identity]

    def label(self, place):
        names, fields = [], self.fields
        for index in place:
            names.append(fields[index][0])
            fields = fields[index][1]
        return ".".join(names) + (f" {place[0]}" if self.is_xml and len(place) > 1 else "")


# ---------------------------------------------------------------- forgeries of fields
# Each generator yields (name, message): what becomes of a rightly signed message.

def other_texts(name, text):
    yield "changed", text[:-1] + chr(ord(text[-1]) ^ 1) if text else "x"
    yield "emptied", ""
    yield "with a space after it", text + " "
    yield "with a space before it", " " + text
    yield "with a letter more", text + "0"
    yield "with a zero-width space", text + "\u200b"
    yield "with a semicolon", text + ";"
    if name in ("pg_amount", "price"):
        for number in (text.rstrip("0").rstrip("."), text + "0", "0" + text, "+" + text, text + "e0",
                       text.replace(".", ",")):
            yield f"as {number}", number
        yield "in other digits", text.translate({48 + d: 0x660 + d for d in range(10)})
    if name in ("pg_currency", "mine"):
        yield "in other capitals", text.swapcase()
        yield "in letters that look alike", text.translate(str.maketrans("KTZкруг", "КТΖkpyг"))
        yield "decomposed", unicodedata.normalize("NFD", text)


def changed_fields(message):
    for place in message.places():
        name, text = message.get(place)
        label = message.label(place)
        for how, other in other_texts(name, text):
            if name != SIG and other != text:
                yield f"{label} {how}", message.set(place, (name, other))


def removed_fields(message):
    for place in message.places():
        yield f"without {message.label(place)}", message.set(place)
        yield f"{message.label(place)} twice, with one text", message.set(place, message.get(place), message.get(place))
        name = message.get(place)[0]
        yield f"{message.label(place)} twice, first another", message.set(place, (name, "1"), message.get(place))
        yield f"{message.label(place)} twice, then another", message.set(place, message.get(place), (name, "1"))


def renamed_fields(message):
    for place in message.places():
        name, text = message.get(place)
        for other in ("A" + name, "zz" + name, name.upper(), name + "_", name.capitalize()):
            yield f"{message.label(place)} as {other}", message.set(place, (other, text))
    if not message.is_xml:
        for place in message.places():
            name, text = message.get(place)
            for other in (name + "[]", name + "[0]", name.replace("[0]", "[1]"), name.replace("[1]", "[01]"),
                          name.replace("[", "%5B"), name.replace("[", ".").replace("]", ""), name.replace("[1]", "[11]"),
                          name.replace("[0]", "[]")):
                if other != name:
                    yield f"{name} as {other}", message.set(place, (other, text))


def moved_values(message):
    """Two values change places."""
    places = [place for place in message.places() if message.get(place)[0] not in (SIG, MERCHANT)]
    for one, two in zip(places, places[1:]):
        (name, text), (other_name, other_text) = message.get(one), message.get(two)
        swapped = message.set(one, (name, other_text)).set(two, (other_name, text))
        yield f"{message.label(one)} and {message.label(two)} swapped", swapped
    if message.is_xml:
        positions = [index for index, (name, value) in enumerate(message.fields) if isinstance(value, list)]
        one, two = positions
        made = message.copy()
        made.fields[one], made.fields[two] = made.fields[two], made.fields[one]
        yield "two positions swapped", made
        made = message.copy()
        made.fields[one][1].append(made.fields[two][1].pop())
        yield "a field moved to the other position", made
        made = message.copy()
        made.fields.append(made.fields[one][1].pop(1))
        yield "a field moved out of its position", made
        yield "all one element deeper", Message([("request", message.fields)], True)


def added_fields(message):
    for name, text in (("more", "1"), ("A", "1"), ("zzz", ""), ("pg_amount", "2.00"), ("pg_payment_id", "1"),
                       ("pg_currency", "USD"), ("pg_testing_mode", "1"), (MERCHANT, "654321"), (MERCHANT, ""), (SALT, "x"),
                       ("a" * 300, "1"), ("корзина", "1")):
        yield f"{name[:20]}={text} more, at the end", message.plus((name, text))
        yield f"{name[:20]}={text} more, at the start", message.plus((name, text), at=0)
    if message.is_xml:
        yield "a position more", message.plus(("pg_receipt_positions", [("count", "1"), ("name", "x")]))
        yield "an empty position more", message.plus(("pg_receipt_positions", ""))
    else:
        yield "a position more", message.plus(("pg_receipt_positions[2][name]", "x"))
        yield "an empty position more", message.plus(("pg_receipt_positions[]", ""))
        yield "a list of pg_amount", message.plus(("more[]", "1"), ("more[]", "2"))


def changed_signature(message):
    sig = dict((name, value) for name, value in message.fields if not isinstance(value, list))[SIG]
    for how, other in {
        "in capitals": sig.upper(), "without its last letter": sig[:-1], "with a letter more": sig + "0", "twice in one": sig * 2,
        "half": sig[:16], "empty": "", "of zeros": "0" * 32, "reversed": sig[::-1], "with a space after it": sig + " ",
        "with a space before it": " " + sig, "with a tab after it": sig + "\t", "with a line end after it": sig + "\n",
        "with 0x": "0x" + sig, "in braces": "{" + sig + "}", "in base64": base64.b64encode(bytes.fromhex(sig)).decode(),
        "with a comma": f"{sig},{sig}", "in other digits": sig.translate({48 + d: 0xFF10 + d for d in range(10)}),
        "last bit changed": sig[:-1] + f"{int(sig[-1], 16) ^ 1:x}", "percent-encoded": "".join(f"%{ord(c):02x}" for c in sig),
        "null": "null", "with a semicolon": sig + ";",
    }.items():
        yield f"{SIG} {how}", message.change(SIG, other)
    place = message.find(SIG)
    yield f"no {SIG}", message.set(place)
    for name in ("PG_SIG", "Pg_Sig", "pg_sig_", "pg_sign", "sig", "pg-sig"):
        yield f"{name} for {SIG}", message.set(place, (name, sig))
    yield f"a wrong {SIG} before the right one", message.plus((SIG, "0" * 32), at=0)
    yield f"a wrong {SIG} after the right one", message.plus((SIG, "0" * 32))
    yield f"an empty {SIG} before the right one", message.plus((SIG, ""), at=0)
    if message.is_xml:
        yield f"{SIG} in an element", message.set(place, ("s", [(SIG, sig)]))
        yield f"{SIG} in {SIG}", message.set(place, (SIG, [(SIG, sig)]))
    else:
        for name in (f"{SIG}[]", f"{SIG}[0]", f"{SIG}[{SIG}]", f"s[{SIG}]"):
            yield f"{name} for {SIG}", message.set(place, (name, sig))


FIELDS = [changed_fields, removed_fields, renamed_fields, moved_values, added_fields, changed_signature]


# ---------------------------------------------------------------- forgeries of what is signed

def other_keys(world):
    """Signed, rightly but for the secret."""
    right, identity = world.secret, world.identity
    yield "a wrong secret", "wrong"
    yield "an empty secret", ""
    yield "the secret with a line end", right + "\n"
    yield "the secret with a space before", " " + right
    yield "the secret with a semicolon before", ";" + right
    yield "the secret without its last letter", right[:-1]
    yield "the secret twice", right + right
    yield "the secret in base64", base64.b64encode(right.encode()).decode()
    yield "the secret in hex", right.encode().hex()
    yield "the secret's md5", forms.md5(right)
    yield "the identity as secret", identity
    yield "a documented secret", "mypasskey"
    yield "the name of a secret", "{{secret_key}}"
    if world.payout_secret != right:
        yield "the secret for payouts", world.payout_secret


SCRIPTS = ["cancel", "clearing", "status_v2", "payment", "payment_page", "revoke", "refund.php", "refund/", "/refund",
           "g2g/refund", "/g2g/refund", "Refund", "REFUND", "refund?", "refund ", "", "refund;", "ref%75nd", "index.php",
           "https://api.freedompay.kz/g2g/refund"]


ELSEWHERE = ["/g2g/cancel", "/g2g/clearing", "/g2g/status_v2", "/g2g/payment", "/g2g/p2p/transfer", "/g2g/balance_status",
             "/g2g/payment_page/", "/revoke", "/cancel", "/get_status3.php", "/api/reg2reg"]


def other_sums(message, secret):
    """Other sums over the same fields."""
    text = message.base(secret=secret)
    pairs = [(name, value) for name, value in message.fields if name != SIG]
    values = list(forms.values(message.tree()))
    unsorted = [value for _, value in pairs if isinstance(value, str)]
    named = [f"{name}={value}" for name, value in sorted(pairs, key=lambda pair: pair[0]) if isinstance(value, str)]
    for name, digest in {
        "sha1": hashlib.sha1(text.encode()), "sha256": hashlib.sha256(text.encode()), "sha512": hashlib.sha512(text.encode()),
        "HMAC-MD5": hmac.new(secret.encode(), ";".join([SCRIPT, *values]).encode(), "md5"),
        "HMAC-SHA256": hmac.new(secret.encode(), ";".join([SCRIPT, *values]).encode(), "sha256"),
    }.items():
        yield name, digest.hexdigest()
    for name, other in {
        "md5 without the secret": ";".join([SCRIPT, *values]),
        "md5 with a semicolon after it": text + ";",
        "md5 with the secret first": ";".join([secret, SCRIPT, *values]),
        "md5 without semicolons": "".join([SCRIPT, *values, secret]),
        "md5 with commas": ",".join([SCRIPT, *values, secret]),
        "md5 of the fields as they come": ";".join([SCRIPT, *unsorted, secret]),
        "md5 in descending order": ";".join([SCRIPT, *reversed(values), secret]),
        "md5 without the empty values": ";".join([SCRIPT, *filter(None, values), secret]),
        "md5 without the script name": ";".join([*values, secret]),
        "md5 of names and values": ";".join([SCRIPT, *named, secret]),
        "md5 of nothing": "",
        "md5 of the text in windows-1251": text.encode("cp1251", "replace"),
        "md5 of the text in UTF-16": text.encode("utf-16"),
        "md5 of the text with its escapes": urllib.parse.quote(text),
        "md5 in small letters": text.lower(),
    }.items():
        yield name, hashlib.md5(other if isinstance(other, bytes) else other.encode()).hexdigest()


# ---------------------------------------------------------------- forgeries of bytes
# Each yields (name, method, target, content type, body): requests whose fields a server must find otherwise, or not at all.

def place_forgeries(form, message):
    method, target, content_type, body = forms.packed(form, PATH, message.fields)
    if form == "query":
        return
    amount = message.find("pg_amount")
    less = forms.packed(form, PATH, message.set(amount).fields)[3]
    yield "pg_amount moved to the query", "POST", PATH + "?pg_amount=1.00", content_type, less
    for what in (SIG, SALT, MERCHANT):
        name, text = message.get(message.find(what))
        less = forms.packed(form, PATH, message.set(message.find(what)).fields)[3]
        yield f"{what} moved to the query", "POST", f"{PATH}?{name}={text}", content_type, less
    everything = urllib.parse.urlencode(message.fields) if not message.is_xml else urllib.parse.urlencode(
        [("pg_xml", forms.to_xml("request", message.fields).decode())])
    yield "all in the query of a POST with an empty form", "POST", f"{PATH}?{everything}", content_type, b""
    yield "all in the query of a POST with another form", "POST", f"{PATH}?{everything}", forms.URLENCODED, b"a=1"


def byte_forgeries(form, message):
    method, target, content_type, body = forms.packed(form, PATH, message.fields)
    if form == "query":
        query = target.partition("?")[2]
        for name, other in {
            "cut": query[:-9], "empty": "", "escaped twice": urllib.parse.quote(query),
            "with a bad escape": query + "%zz", "with a semicolon for an ampersand": query.replace("&", ";"),
            "without names": "=1&" + query, "with bytes that are no UTF-8": query + "&a=%ff",
            "with a NUL in a name": query + "&a%00=1", "with a thousand fields more": query + "&a=1" * 1000,
            "with a field that is a parent too": query + "&pg_amount[x]=1",
        }.items():
            yield f"the query {name}", method, f"{PATH}?{other}", None, None
        return
    yield "the body empty", method, target, content_type, b""
    yield "the body cut", method, target, content_type, body[:-9]
    yield "the body cut in half", method, target, content_type, body[:len(body) // 2]
    yield "a byte changed in the middle", method, target, content_type, body[:len(body) // 2] + b"\xff" + body[len(body) // 2 + 1:]
    for other in ("application/json", "text/plain", "application/xml", "application/octet-stream", "", "form-data",
                  content_type + "; charset=windows-1251", content_type + "; charset=utf-16"):
        yield f"as {other or 'nothing'}", method, target, other or None, body
    yield "JSON of the fields", method, target, "application/json", wire.compact(
        {name: value for name, value in message.fields if not isinstance(value, list)})
    if form.endswith("urlencoded"):
        yield "as multipart", method, target, "multipart/form-data; boundary=x", body
        yield "with a bad escape", method, target, content_type, body + b"%zz"
        yield "with a semicolon for an ampersand", method, target, content_type, body.replace(b"&", b";") + b";a=1"
        yield "with a NUL in a name", method, target, content_type, body + b"&a%00=1"
        yield "with bytes that are no UTF-8", method, target, content_type, body + b"&a=%ff"
        yield "with a nameless field", method, target, content_type, b"=1&" + body
        yield "escaped twice", method, target, content_type, urllib.parse.quote(body).encode()
    else:
        boundary = content_type.partition("boundary=")[2]
        yield "as urlencoded", method, target, forms.URLENCODED, body
        yield "with another boundary", method, target, content_type + "x", body
        yield "without a boundary", method, target, forms.MULTIPART, body
        yield "with an empty boundary", method, target, forms.MULTIPART + "; boundary=", body
        yield "without the last boundary", method, target, content_type, body.rpartition(b"--" + boundary.encode())[0]
        part = f'--{boundary}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        for name, more in {
            "a part more": part % ("more", "", "1"),
            "a file more": part % ("more", '; filename="a"', "1"),
            "a part without a name": f"--{boundary}\r\n\r\n1\r\n",
            "a part with a name of two lines": part % ("a\nb", "", "1"),
            "a part with pg_amount more": part % ("pg_amount", "", "2.00"),
            "an attachment": (part % ("more", "", "1")).replace("form-data", "attachment"),
            "a part in another charset": part % ("more", "\r\nContent-Type: text/plain; charset=koi8-r", "1"),
        }.items():
            yield name, method, target, content_type, more.encode() + body
    if not message.is_xml:
        yield "pg_xml beside the fields", *forms.packed(form, PATH, [*message.fields, ("pg_xml", "<request/>")])
        return
    text = forms.to_xml("request", message.fields).decode()
    head, _, rest = text.partition("?>")

    def outside(pairs):
        return forms.packed(form.removeprefix("xml "), PATH, pairs)

    for name, other in {
        "cut": text[:-12], "of nothing": "", "of text": "1.00", "of an empty root": "<request/>",
        "with a second root": text + rest, "with text after it": text + "x",
        "under another root": text.replace("request>", "response>"),
        "with a prefix": text.replace("<request>", '<x:request xmlns:x="y">').replace("</request>", "</x:request>"),
        "with a document type": head + "?><!DOCTYPE request>" + rest.replace("1.00", "1.01"),
        "with an entity of its own": head + '?><!DOCTYPE request [<!ENTITY a "1.00">]>' + rest.replace(">1.00", ">&a;"),
        "that says windows-1251": "<?xml version='1.0' encoding='windows-1251'?>" + rest,
        "with an unknown entity": text.replace("1.00", "&one;"),
        "with a processing instruction": text.replace("<pg_amount>", "<?php 1?><pg_amount>"),
        "with an attribute for a field": text.replace("<pg_amount>1.00</pg_amount>", '<pg_amount value="1.00"/>'),
        "with an element in the amount": text.replace("<pg_amount>1.00", "<pg_amount><x>1</x>.00"),
        "with a comment in the amount and a digit": text.replace("<pg_amount>1.00", "<pg_amount>1<!-- -->1.00"),
        "with a NUL": text.replace("1.00", "1.00&#0;"),
        "with names in capitals": re.sub(r"<(/?pg_amount)>", lambda match: match[0].upper(), text),
    }.items():
        yield f"the XML {name}", *outside([("pg_xml", other)])
    yield "the XML twice", *outside([("pg_xml", text)] * 2)
    yield "the XML with a field beside it", *outside([("pg_xml", text), ("pg_amount", "2.00")])
    yield "the XML as PG_XML", *outside([("PG_XML", text)])
    yield "the XML as pg_xml[]", *outside([("pg_xml[]", text)])


# ---------------------------------------------------------------- right requests

def otherwise(form, message):
    """The right request, written in other bytes. It must pass."""
    yield "as it is", *forms.packed(form, PATH, message.fields)
    if not message.is_xml:
        yield "with its fields in another order", *forms.packed(form, PATH, list(reversed(message.fields)))
    method, target, content_type, body = forms.packed(form, PATH, message.fields)
    if form == "query":
        escaped = re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), target)
        yield "with escapes in small letters", method, escaped.replace("+", "%20"), None, None
        return
    if form.endswith("urlencoded"):
        yield "with a charset", method, target, content_type + "; charset=UTF-8", body
        everything = "&".join("=".join("".join(f"%{byte:02x}" for byte in text.encode()) for text in pair)
                              for pair in urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        yield "with every byte escaped", method, target, content_type, everything.encode()
    else:
        boundary = content_type.partition("boundary=")[2]
        yield "with a boundary in quotes", method, target, f'{forms.MULTIPART}; boundary="{boundary}"', body
        yield "with types of the parts", method, target, content_type, body.replace(
            b'"\r\n\r\n', b'"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n')
        yield "with header fields in small letters", method, target, content_type, body.replace(
            b"Content-Disposition", b"content-disposition")
        yield "with text before and after the parts", method, target, content_type, b"hello\r\n" + body + b"bye\r\n"
    if not message.is_xml:
        return
    text = forms.to_xml("request", message.fields).decode().partition("?>")[2].lstrip()
    for name, other in {
        "without a declaration": text, "with a comment": text.replace("<pg_amount>", "<!-- <pg_amount>2 --><pg_amount>"),
        "with CDATA": text.replace(">1.00<", "><![CDATA[1.00]]><"), "with references": text.replace(">1.00<", ">&#49;.&#x30;0<"),
        "with white space between elements": text.replace("><", ">\r\n\t<"),
        "with an empty element's end tag": text.replace("<Empty />", "<Empty></Empty>"),
    }.items():
        yield f"with XML {name}", *forms.packed(form.removeprefix("xml "), PATH, [("pg_xml", other)])


# ---------------------------------------------------------------- what pg_sig cannot see

def ambiguities(form, message):
    """Other messages with the same text: the values are the same ones in the same sequence, names only sort them."""
    name, text = message.get(message.find("mine"))
    one, _, two = text.partition(";")
    yield "a value with a semicolon is two values", message.set(message.find("mine"), (name, one), ("mine2", two))
    yield "a field under another name that sorts alike", message.set(message.find("mine"), ("mind", text))
    yield "an empty value under another name", message.set(message.find("Empty"), ("Emptz", ""))
    if not message.is_xml:
        yield "fields in another order", Message(list(reversed(message.fields)), False)
        yield "a field in brackets", message.set(message.find("mine"), ("mine[x]", text))
        yield "positions with other numbers", Message([(key.replace("[1]", "[7]"), value) for key, value in message.fields], False)


class Forger:
    def __init__(self, shop, checks):
        self.shop, self.checks = shop, checks
        self.identity, self.secret, self.payout_secret = shop.identity, shop.secret, shop.payout_secret
        self.gateway = form_client.Gateway(shop)
        self.amount = form_client.decimal.Decimal("90000.00")
        self.target, self.other = self.paid(), self.paid()
        self.sent = self.given = 0
        self.refusals = {}
        self.sick = []

    def paid(self):
        order = secrets.token_hex(8)
        answer = form_client.ok(self.gateway.card(order, self.amount, form_client.GOOD, "1"))
        return answer["pg_payment_id"], order

    def message(self, form, payment=None, secret=None, script=SCRIPT, sign=True):
        fields = {
            MERCHANT: self.identity, "pg_payment_id": (payment or self.target)[0], "pg_amount": "1.00", "pg_currency": "KZT",
            "pg_receipt_positions": [{"count": "1", "name": "Чай", "price": "0.60"},
                                     {"count": "2", "name": "Қант", "price": "0.40"}],
            "mine": "ключ;второй", "Empty": "", SALT: forms.salt(self.shop.chance)}
        is_xml = form.startswith("xml")
        made = Message(forms.elements(fields) if is_xml else forms.fields_of(fields), is_xml)
        if not sign:
            return made
        return made.plus((SIG, forms.pg_sig(script, made.tree(), self.secret if secret is None else secret)))

    @staticmethod
    def fingerprint(answer):
        """All that a forger sees of an answer, the time apart."""
        headers = sorted((name.lower(), value) for name, value in answer.headers if name.lower() != "date")
        return answer.status, headers, re.sub(rb"(?<=<pg_datetime>)[0-9T:+-]{25}(?=</pg_datetime>)", b"", answer.body)

    def right(self, form):
        """A right request; returns what is wrong with the answer, or None."""
        self.given += 1
        try:
            return self.passes(*forms.packed(form, PATH, self.message(form, self.other).fields))
        except (OSError, wire.Closed, forms.Wrong) as error:
            return repr(error)

    def passes(self, *request):
        answer = self.answer(*request)
        return None if answer.is_signed and answer["pg_status"] == "ok" else str(answer)

    def answer(self, *request):
        return forms.Answer(forms.send(self.shop.base_url, *request), SCRIPT, self.secret)

    def right_ones(self, form):
        for name, *request in otherwise(form, self.message(form, self.other)):
            self.given += 1
            trouble = self.passes(*request)
            self.checks.check(f"forge: pg_sig, {form}: passes: {name}", trouble is None, trouble)

    def first_refusals(self):
        """The answers that all others must be equal to: to a signature of zeros, and to a merchant that there is not."""
        for code, message in (("1100", self.message("multipart").change(SIG, "0" * 32)),
                              ("9998", self.message("multipart").change(MERCHANT, "654321"))):
            raw = forms.send(self.shop.base_url, *forms.packed("multipart", PATH, message.fields))
            form_client.error(forms.Answer(raw, SCRIPT, self.secret), code, is_signed=False)
            self.refusals[code] = self.fingerprint(raw)
            names = " ".join(name.lower() for name, _ in raw.headers)
            self.checks.check(f"forge: error {code} says nothing about why", "sandbox" not in names, f"{raw} {names}")

    def try_one(self, form, name, request, want):
        self.sent += 1
        full_name = f"forge: pg_sig, {form}: refused: {name}"
        try:
            got = self.fingerprint(forms.send(self.shop.base_url, *request))
        except (wire.Closed, ConnectionError) as error:
            self.checks.check(full_name, False, error)
            return
        code = next((code for code, refusal in self.refusals.items() if got == refusal), None)
        self.checks.check(full_name, code in want, f"got {got!r}, want {' or '.join(want)}"[:700])
        if self.sent % RIGHT_ONE_AFTER == 0:
            trouble = self.right(form)
            if trouble:
                self.sick.append(f"after {name}: {trouble}")

    def try_message(self, form, name, message, want):
        self.try_one(form, name, forms.packed(form, PATH, message.fields), want)

    def fields(self, form):
        right, seen = self.message(form), set()
        for forgeries in FIELDS:
            for name, message in forgeries(right):
                if message.is_xml and any(not re.fullmatch(r"[\w.-]+", key) for key in names_in(message.fields)):
                    continue
                if repr(message.fields) in seen or self.is_blind(message, right):
                    continue
                seen.add(repr(message.fields))
                self.try_message(form, name, message, self.expected(message))

    @staticmethod
    def is_blind(message, right):
        """Whether the signature of a message is right all the same. See ambiguities."""
        try:
            signatures = [value for name, value in message.tree() if name == SIG]
            return signatures == [right.fields[-1][1]] and message.base() == right.base()
        except ValueError:
            return False

    def expected(self, message):
        """Of a message that cannot be read, or has what may be there once twice, either refusal is right."""
        try:
            fields = message.tree()
        except ValueError:
            return ("1100", "9998")
        if not message.tells_merchant(self.identity):
            return ("9998",)
        names = [name for name, _ in fields]
        if names.count(SIG) > 1 or names.count(SALT) > 1:
            return ("1100", "9998")
        # A form in which a field has a value and fields of its own is none; in XML these are two elements.
        if not message.is_xml and any(names.count(name) > 1 for name, value in fields if isinstance(value, list)):
            return ("1100", "9998")
        return ("1100",)

    def signing(self, form):
        unsigned = self.message(form, sign=False)
        for name, secret in other_keys(self):
            self.try_message(form, f"signed with {name}", self.message(form, secret=secret), ("1100",))
        for script in SCRIPTS:
            self.try_message(form, f"signed under {script!r}", self.message(form, script=script), ("1100",))
        for name, value in other_sums(unsigned, self.secret):
            self.try_message(form, f"signed by {name}", unsigned.plus((SIG, value)), ("1100",))

    def elsewhere(self, form):
        """Other operations have answers of their own, but refuse with the same code, and unsigned."""
        message = self.message(form)
        for path in ELSEWHERE:
            name = f"forge: pg_sig, {form}: refused: sent to {path}"
            raw = forms.send(self.shop.base_url, *forms.packed(form, path, message.fields))
            self.checks.passes(name, lambda: form_client.error(forms.Answer(raw, "none", "none"), "1100", is_signed=False))

    def bytes(self, form):
        message = self.message(form)
        for forgeries in (place_forgeries, byte_forgeries):
            for name, *request in forgeries(form, message):
                self.try_one(form, name, request, ("1100", "9998"))

    def blind(self, form):
        right = self.message(form, self.other)
        for name, message in ambiguities(form, right):
            self.checks.equal(f"forge: pg_sig, {form}: known ambiguity: {name}: has the same text", message.base(), right.base())
            # Only an answer to a message whose signature is right is signed, whatever it says.
            answer = self.answer(*forms.packed(form, PATH, message.fields))
            self.given += answer["pg_status"] == "ok"
            self.checks.check(f"forge: pg_sig, {form}: known ambiguity: {name}: cannot be told", answer.is_signed, answer)
            print(f"# known ambiguity: {form}: {name}: {answer['pg_status']} {answer['pg_error_code'] or ''}".rstrip())

    def nothing_happened(self):
        for (payment, order), given in ((self.target, 0), (self.other, self.given)):
            form_client.check_status(self.gateway.status(payment, order), payment, order, self.amount, captured="1", refunded=given)


def names_in(fields):
    for name, value in fields:
        yield name
        if isinstance(value, list):
            yield from names_in(value)


def main():
    base_url = wire.usage_of_base_url()
    identity, secret = wire.credentials()
    payout_secret = os.environ.get("FREEDOMPAY_PAYOUT_SECRET") or secret.decode()
    checks = wire.Checks()
    forger = Forger(form_client.Shop(base_url, identity, secret.decode(), payout_secret, forms.seeded()), checks)
    forger.first_refusals()
    for form in forms.FORMS:
        before = forger.sent
        for part in (forger.right_ones, forger.fields, forger.signing, forger.elsewhere, forger.bytes, forger.blind):
            checks.run(f"forge: pg_sig, {form}: {part.__name__}", part, form)
        checks.check(f"forge: pg_sig, {form}: right requests pass in between", not forger.sick, forger.sick)
        print(f"# {form}: {forger.sent - before} forgeries")
    checks.passes("forge: pg_sig: no forgery gave money back, and every right request did once", forger.nothing_happened)
    checks.finish()


if __name__ == "__main__":
    main()
