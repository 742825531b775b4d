"""Ways to spoil a message that is signed with pg_sig, and to write a right one in other bytes.

What form_forge.py and callback_forge.py have in common. A forgery is a right message that was spoilt after it was signed, or
signed with something that is not quite right.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
import urllib.parse

import forms
import wire
from forms import MERCHANT, SALT, SIG


class Message:
    """The fields of a request, with places to spoil. A place is a path of indices; of a form's pairs it has one.

    path is where it is sent, mark the name of a field at the top with a text that occurs nowhere else, of two letters or
    more: some forgeries spoil one field only. The message has a list of objects too, whose name is many, with two of them.
    """

    def __init__(self, fields, is_xml, path, mark="pg_amount", many="pg_receipt_positions"):
        self.fields, self.is_xml, self.path, self.mark, self.many = fields, is_xml, path, mark, many

    def like(self, fields):
        return Message(fields, self.is_xml, self.path, self.mark, self.many)

    def copy(self):
        def again(fields):
            return [(name, again(value) if isinstance(value, list) else value) for name, value in fields]
        return self.like(again(self.fields))

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

    def script(self):
        return forms.script_of(self.path)

    def base(self, secret="secret"):
        return forms.base(self.script(), self.tree(), secret)

    def marked(self):
        """The marked field's name and text."""
        return self.get(self.find(self.mark))

    def packed(self, form, fields=None):
        return forms.packed(form, self.path, self.fields if fields is None else fields)

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
        yield "all one element deeper", message.like([("request", message.fields)])


def added_fields(message):
    for name, text in (("more", "1"), ("A", "1"), ("zzz", ""), ("pg_amount", "2.00"), ("pg_payment_id", "1"),
                       ("pg_currency", "USD"), ("pg_testing_mode", "1"), (MERCHANT, "654321"), (MERCHANT, ""), (SALT, "x"),
                       ("a" * 300, "1"), ("корзина", "1")):
        yield f"{name[:20]}={text} more, at the end", message.plus((name, text))
        yield f"{name[:20]}={text} more, at the start", message.plus((name, text), at=0)
    if message.is_xml:
        yield "a position more", message.plus((message.many, [("count", "1"), ("name", "x")]))
        yield "an empty position more", message.plus((message.many, ""))
    else:
        yield "a position more", message.plus((f"{message.many}[2][name]", "x"))
        yield "an empty position more", message.plus((f"{message.many}[]", ""))
        yield "a list more", message.plus(("more[]", "1"), ("more[]", "2"))


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


def names_in(fields):
    for name, value in fields:
        yield name
        if isinstance(value, list):
            yield from names_in(value)


def is_blind(message, right):
    """Whether the signature of a message is right all the same. See ambiguities."""
    try:
        signatures = [value for name, value in message.tree() if name == SIG]
        return signatures == [right.get(right.find(SIG))[1]] and message.base() == right.base()
    except ValueError:
        return False


def of_fields(right):
    """All forgeries of fields that a signature can tell, each once."""
    seen = set()
    for forgeries in FIELDS:
        for name, message in forgeries(right):
            if message.is_xml and any(not re.fullmatch(r"[\w.-]+", key) for key in names_in(message.fields)):
                continue
            if repr(message.fields) in seen or is_blind(message, right):
                continue
            seen.add(repr(message.fields))
            yield name, message


# ---------------------------------------------------------------- forgeries of what is signed

def other_keys(right, identity, other):
    """Signed, rightly but for the secret. other is the second of a merchant's two, that for payouts beside that for payments."""
    yield "a wrong secret", "wrong"
    yield "an empty secret", ""
    for name, space in (("a line end", "\n"), ("a space", " "), ("a tab", "\t"), ("a no-break space", "\u00a0"), ("CR LF", "\r\n")):
        yield f"the secret with {name} after it", right + space
        yield f"the secret with {name} before it", space + right
    yield "the secret with a semicolon before", ";" + right
    yield "the secret with a NUL after it", right + "\0"
    yield "the secret without its last letter", right[:-1]
    yield "the secret twice", right + right
    yield "the secret in base64", base64.b64encode(right.encode()).decode()
    yield "the secret in hex", right.encode().hex()
    yield "the secret's md5", forms.md5(right)
    yield "the secret in small letters", right.lower()
    yield "the identity as secret", identity
    yield "a documented secret", "mypasskey"
    yield "the name of a secret", "{{secret_key}}"
    if other != right:
        yield "the other of the two secrets", other


def other_scripts(script):
    """Other names for what is called."""
    return [f"{script}.php", f"{script}/", f"/{script}", f"g2g/{script}", f"/g2g/{script}", script.capitalize(), script.upper(),
            f"{script}?", f"{script} ", "", f"{script};", f"{script[:3]}%{ord(script[3]):02x}{script[4:]}", "index.php",
            f"https://api.freedompay.kz/g2g/{script}"]


def other_sums(message, secret):
    """Other sums over the same fields."""
    text, script = message.base(secret), message.script()
    pairs = [(name, value) for name, value in message.fields if name != SIG]
    values = list(forms.values(message.tree()))
    unsorted = [value for _, value in pairs if isinstance(value, str)]
    named = [f"{name}={value}" for name, value in sorted(pairs, key=lambda pair: pair[0]) if isinstance(value, str)]
    for name, digest in {
        "sha1": hashlib.sha1(text.encode()), "sha256": hashlib.sha256(text.encode()), "sha512": hashlib.sha512(text.encode()),
        "HMAC-MD5": hmac.new(secret.encode(), ";".join([script, *values]).encode(), "md5"),
        "HMAC-SHA256": hmac.new(secret.encode(), ";".join([script, *values]).encode(), "sha256"),
    }.items():
        yield name, digest.hexdigest()
    for name, other in {
        "md5 without the secret": ";".join([script, *values]),
        "md5 with a semicolon after it": text + ";",
        "md5 with the secret first": ";".join([secret, script, *values]),
        "md5 without semicolons": "".join([script, *values, secret]),
        "md5 with commas": ",".join([script, *values, secret]),
        "md5 of the fields as they come": ";".join([script, *unsorted, secret]),
        "md5 in descending order": ";".join([script, *reversed(values), secret]),
        "md5 without the empty values": ";".join([script, *filter(None, values), secret]),
        "md5 without the script name": ";".join([*values, secret]),
        "md5 of names and values": ";".join([script, *named, secret]),
        "md5 of nothing": "",
        "md5 of the text in windows-1251": text.encode("cp1251", "replace"),
        "md5 of the text in UTF-16": text.encode("utf-16"),
        "md5 of the text with its escapes": urllib.parse.quote(text),
        "md5 in small letters": text.lower(),
    }.items():
        yield name, hashlib.md5(other if isinstance(other, bytes) else other.encode()).hexdigest()


# ---------------------------------------------------------------- forgeries of bytes
# Each yields (name, method, target, content type, body): requests whose fields a server must find otherwise, or not at all.

def places(form, message):
    method, target, content_type, body = message.packed(form)
    path = message.path
    if form == "query":
        return
    for what in (message.mark, SIG, SALT, MERCHANT):
        place = message.find(what)
        if place:
            moved = urllib.parse.urlencode([message.get(place)])
            yield f"{what} moved to the query", "POST", f"{path}?{moved}", content_type, message.set(place).packed(form)[3]
    everything = urllib.parse.urlencode(message.fields) if not message.is_xml else urllib.parse.urlencode(
        [("pg_xml", forms.to_xml("request", message.fields).decode())])
    yield "all in the query of a POST with an empty form", "POST", f"{path}?{everything}", content_type, b""
    yield "all in the query of a POST with another form", "POST", f"{path}?{everything}", forms.URLENCODED, b"a=1"


def of_bytes(form, message):
    method, target, content_type, body = message.packed(form)
    mark, text = message.marked()
    if form == "query":
        query = target.partition("?")[2]
        for name, other in {
            "cut": query[:-9], "empty": "", "escaped twice": urllib.parse.quote(query),
            "with a bad escape": query + "%zz", "with a semicolon for an ampersand": query.replace("&", ";"),
            "without names": "=1&" + query, "with bytes that are no UTF-8": query + "&a=%ff",
            "with a NUL in a name": query + "&a%00=1", "with a thousand fields more": query + "&a=1" * 1000,
            "with a field that is a parent too": query + f"&{mark}[x]=1",
        }.items():
            yield f"the query {name}", method, f"{message.path}?{other}", None, None
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
            f"a part with {mark} more": part % (mark, "", "2.00"),
            "an attachment": (part % ("more", "", "1")).replace("form-data", "attachment"),
            "a part in another charset": part % ("more", "\r\nContent-Type: text/plain; charset=koi8-r", "1"),
        }.items():
            yield name, method, target, content_type, more.encode() + body
    if not message.is_xml:
        yield "pg_xml beside the fields", *message.packed(form, [*message.fields, ("pg_xml", "<request/>")])
        return
    xml = forms.to_xml("request", message.fields).decode()
    head, _, rest = xml.partition("?>")
    field = f"<{mark}>{text}</{mark}>"

    def outside(pairs):
        return message.packed(form.removeprefix("xml "), pairs)

    for name, other in {
        "cut": xml[:-12], "of nothing": "", "of text": "1.00", "of an empty root": "<request/>",
        "with a second root": xml + rest, "with text after it": xml + "x",
        "under another root": xml.replace("request>", "response>"),
        "with a prefix": xml.replace("<request>", '<x:request xmlns:x="y">').replace("</request>", "</x:request>"),
        "with a document type": head + "?><!DOCTYPE request>" + rest.replace(field, f"<{mark}>{text}1</{mark}>"),
        "with an entity of its own": head + f'?><!DOCTYPE request [<!ENTITY a "{text}">]>' + rest.replace(f">{text}", ">&a;"),
        "that says windows-1251": "<?xml version='1.0' encoding='windows-1251'?>" + rest,
        "with an unknown entity": xml.replace(text, "&one;"),
        "with a processing instruction": xml.replace(field, "<?php 1?>" + field),
        "with an attribute for a field": xml.replace(field, f'<{mark} value="{text}"/>'),
        f"with an element in {mark}": xml.replace(field, f"<{mark}><x>{text[0]}</x>{text[1:]}</{mark}>"),
        f"with a comment in {mark} and a digit": xml.replace(field, f"<{mark}>{text[0]}<!-- -->{text}</{mark}>"),
        "with a NUL": xml.replace(text, text + "&#0;"),
        "with names in capitals": re.sub(f"<(/?{mark})>", lambda match: match[0].upper(), xml),
    }.items():
        yield f"the XML {name}", *outside([("pg_xml", other)])
    yield "the XML twice", *outside([("pg_xml", xml)] * 2)
    yield "the XML with a field beside it", *outside([("pg_xml", xml), (mark, "2.00")])
    yield "the XML as PG_XML", *outside([("PG_XML", xml)])
    yield "the XML as pg_xml[]", *outside([("pg_xml[]", xml)])


# ---------------------------------------------------------------- right requests

def otherwise(form, message):
    """The right request, written in other bytes. It must pass."""
    yield "as it is", *message.packed(form)
    if not message.is_xml:
        yield "with its fields in another order", *message.packed(form, list(reversed(message.fields)))
    method, target, content_type, body = message.packed(form)
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
    xml = forms.to_xml("request", message.fields).decode().partition("?>")[2].lstrip()
    mark, text = message.marked()
    field = f"<{mark}>{text}</{mark}>"
    for name, other in {
        "without a declaration": xml, "with a comment": xml.replace(field, f"<!-- <{mark}>2 -->" + field),
        "with CDATA": xml.replace(field, f"<{mark}><![CDATA[{text}]]></{mark}>"),
        "with references": xml.replace(field, f"<{mark}>&#{ord(text[0])};&#x{ord(text[1]):x};{text[2:]}</{mark}>"),
        "with white space between elements": xml.replace("><", ">\r\n\t<"),
        "with an empty element's end tag": xml.replace("<Empty />", "<Empty></Empty>"),
    }.items():
        yield f"with XML {name}", *message.packed(form.removeprefix("xml "), [("pg_xml", other)])


# ---------------------------------------------------------------- what pg_sig cannot see

def ambiguities(message):
    """Other messages with the same text: the values are the same ones in the same sequence, names only sort them."""
    name, text = message.get(message.find("mine"))
    one, _, two = text.partition(";")
    yield "a value with a semicolon is two values", message.set(message.find("mine"), (name, one), ("mine2", two))
    yield "a field under another name that sorts alike", message.set(message.find("mine"), ("mind", text))
    yield "an empty value under another name", message.set(message.find("Empty"), ("Emptz", ""))
    if not message.is_xml:
        yield "fields in another order", message.like(list(reversed(message.fields)))
        yield "a field in brackets", message.set(message.find("mine"), ("mine[x]", text))
        yield "positions with other numbers", message.like([(key.replace("[1]", "[7]"), value) for key, value in message.fields])
