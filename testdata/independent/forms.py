"""Messages that are signed with pg_sig: signing, writing and reading them.

Written from the words of docs/signing.md and of the API's documentation, with Python's standard library alone; it
shares nothing with the SDK. form_vectors.py holds the signing against the documented signature and the vendor's sample.

A form is a list of pairs (name, text), in the order of the message, names with brackets: ("a[b][0]", "1"). Its tree is a
list of pairs too, in which a field that has fields of its own has such a list in place of a text:
[("a", [("b", [("0", "1")])])]. An XML message is a tree from the start.
"""

import email.parser
import email.policy
import hashlib
import os
import random
import re
import string
import urllib.parse
import xml.etree.ElementTree

import wire

URLENCODED, MULTIPART, XML = "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"
SIG, SALT, MERCHANT = "pg_sig", "pg_salt", "pg_merchant_id"


def seeded():
    """Random numbers that are the same in every run, and a note that says how to have others."""
    seed = os.environ.get("SEED", "1")
    print(f"# SEED={seed}", flush=True)
    return random.Random(seed)


# ---------------------------------------------------------------- signing

def tree(pairs):
    """The fields that the bracket notation of names describes. Empty brackets are always a new field."""
    top = []
    for name, text in pairs:
        match = re.fullmatch(r"([^\[\]]+)((?:\[[^\[\]]*\])*)", name)
        if not match:
            raise ValueError(f"the name {name!r}")
        *parents, last = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        level = top
        for parent in parents:
            below = next((value for key, value in level if key == parent != "" and isinstance(value, list)), None)
            if below is None:
                below = []
                level.append((parent, below))
            level = below
        level.append((last, text))
    return top


def is_list(fields):
    """Whether these are the positions of a list: what stands in brackets is a number, or nothing."""
    return all(re.fullmatch("[0-9]*", name) for name, _ in fields)


def numbered(fields):
    """Empty brackets with the numbers that PHP gives them: one more than the highest so far."""
    following = 0
    for name, value in fields:
        name = name or str(following)
        if name.isdigit():
            following = max(following, int(name) + 1)
        yield name, value


def sample_names(fields, parent=""):
    """The names that the vendor's makeFlatParamsArray gives to the fields below parent, with their texts.

    It appends to each name the ordinal of the field among its siblings, in three digits.
    """
    for ordinal, (name, value) in enumerate(numbered(fields), 1):
        name = f"{parent}{name}{ordinal:03d}"
        if isinstance(value, list):
            yield from sample_names(value, name)
        else:
            yield name, value


def sample_values(fields):
    """The values as the vendor's code has them: all sorted by the names above. Documented it is not: see values."""
    return [text for _, text in sorted(sample_names([f for f in fields if f[0] != SIG]), key=lambda f: f[0].encode())]


def values(fields, top=True):
    """The values in the order in which they are signed.

    By name, byte by byte, and of one name in the order of the message. A field with fields of its own has no value; its
    fields, sorted among themselves, take its place. The positions of a list are sorted as the vendor's code sorts them.
    """
    if top:
        fields = [(name, value) for name, value in fields if name != SIG]
    if not top and is_list(fields):
        keys = []
        for ordinal, (name, value) in enumerate(numbered(fields), 1):
            name = f"{name}{ordinal:03d}"
            below = sample_names(value, name) if isinstance(value, list) else []
            keys.append(min((full for full, _ in below), default=name))
    else:
        keys = [name.encode() for name, _ in fields]
    for _, (_, value) in sorted(zip(keys, fields), key=lambda pair: pair[0]):
        if isinstance(value, list):
            yield from values(value, False)
        else:
            yield value


def base(script, fields, secret):
    """The text whose md5 is the signature."""
    return ";".join([script, *values(fields), secret])


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def pg_sig(script, fields, secret):
    return md5(base(script, fields, secret))


def script_of(path):
    """What follows the last slash of the called path, up to a question mark. See docs/signing.md for payment_page."""
    path = path.partition("?")[0]
    return "payment_page" if path.endswith("/g2g/payment_page/") else path.rpartition("/")[2]


def salt(chance):
    return "".join(chance.choices(string.ascii_letters + string.digits, k=16))


# ---------------------------------------------------------------- writing

def fields_of(request):
    """The fields of a request, a dictionary, as the pages write them in a form: a[0][b] of lists of objects, a[] of texts."""
    found = []

    def add(name, value):
        if isinstance(value, dict):
            for key, below in value.items():
                add(f"{name}[{key}]", below)
        elif isinstance(value, list):
            for index, below in enumerate(value):
                add(f"{name}[{index}]" if isinstance(below, dict) else f"{name}[]", below)
        else:
            found.append((name, str(value)))

    for name, value in request.items():
        add(name, value)
    return found


def elements(request):
    """The same as XML: each position of a list is an element with the list's name."""
    if not isinstance(request, dict):
        return str(request)
    return [(key, elements(one)) for key, many in request.items() for one in (many if isinstance(many, list) else [many])]


def multipart(pairs, boundary="----form-of-python-7dd1a6"):
    body = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in pairs)
    return (body + f"--{boundary}--\r\n").encode(), f"{MULTIPART}; boundary={boundary}"


def urlencoded(pairs):
    return urllib.parse.urlencode(pairs).encode(), URLENCODED


def element(name, value):
    node = xml.etree.ElementTree.Element(name)
    if isinstance(value, list):
        node.extend(element(*field) for field in value)
    else:
        node.text = value
    return node


def to_xml(root, fields):
    return xml.etree.ElementTree.tostring(element(root, fields), encoding="utf-8", xml_declaration=True)


# ---------------------------------------------------------------- reading

class Wrong(Exception):
    """What is wrong with a message."""


def read_urlencoded(data):
    """Every byte is accounted for: letters, digits and -._~* stand for themselves, all else is escaped."""
    if not re.fullmatch(rb"(?:[A-Za-z0-9._~*=&+-]|%[0-9A-Fa-f]{2})*", data):
        raise Wrong(f"a byte that must be escaped in {data!r}")
    pairs = []
    for field in data.split(b"&"):
        name, equals, text = field.partition(b"=")
        if not name or not equals:
            raise Wrong(f"the field {field!r}")
        pairs.append(tuple(urllib.parse.unquote_to_bytes(part.replace(b"+", b" ")).decode() for part in (name, text)))
    if pairs != urllib.parse.parse_qsl(data.decode(), keep_blank_values=True, strict_parsing=True, errors="strict"):
        raise Wrong(f"the standard library reads something else than {pairs}")
    return pairs


def read_multipart(data, content_type):
    """RFC 7578 for text fields, strictly, and once more with the library's parser of mail."""
    match = re.fullmatch(r'multipart/form-data; *boundary=(?:"([^"]{1,70})"|([^ ";,]{1,70}))', content_type)
    if not match:
        raise Wrong(f"content type {content_type!r}")
    delimiter = b"--" + (match[1] or match[2]).encode()
    if not data.startswith(delimiter + b"\r\n") or not data.endswith(b"\r\n" + delimiter + b"--\r\n"):
        raise Wrong(f"the body does not start and end with {delimiter!r}")
    pairs = []
    for part in data[len(delimiter) + 2:-len(delimiter) - 6].split(b"\r\n" + delimiter + b"\r\n"):
        head, blank, text = part.partition(b"\r\n\r\n")
        name = re.fullmatch(rb'Content-Disposition: form-data; name="([^"\\\r\n]+)"', head)
        if not blank or not name:
            raise Wrong(f"a part with the head {head!r}")
        pairs.append((name[1].decode(), text.decode()))
    mail = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + data)
    again = [(part.get_param("name", header="content-disposition"), part.get_payload(decode=True).decode())
             for part in mail.iter_parts()]
    if pairs != again:
        raise Wrong(f"the library's parser reads {again}, not {pairs}")
    return pairs


def read_xml(data, root):
    """The tree in XML whose root has one of the given names."""
    if b"<!DOCTYPE" in data:
        raise Wrong("a document type")
    try:
        parsed = xml.etree.ElementTree.fromstring(data)
    except xml.etree.ElementTree.ParseError as error:
        raise Wrong(f"no XML: {error}") from error
    if parsed.tag not in root:
        raise Wrong(f"the root element {parsed.tag!r}")

    def content(node):
        if node.attrib or (node.tail or "").strip() or len(node) and (node.text or "").strip():
            raise Wrong(f"attributes or loose text at {node.tag!r}")
        return [(child.tag, content(child)) for child in node] if len(node) else node.text or ""

    found = content(parsed)
    if not isinstance(found, list):
        raise Wrong(f"no elements in {data!r}")
    return found


def text_of(fields, name):
    """The text of a field that must be there at most once."""
    found = [value for key, value in fields if key == name]
    if len(found) > 1 or found and isinstance(found[0], list):
        raise Wrong(f"{name} is {found!r}")
    return found[0] if found else None


class Answer:
    """An answer in XML. Its signature is checked where it has one; whether it needs one is for the caller to say."""

    def __init__(self, answer, script, secret):
        self.status, self.raw = answer.status, answer
        if answer.media_type() not in (XML, "text/xml"):
            raise Wrong(f"Content-Type {answer.header('Content-Type')!r}: {answer}")
        self.fields = read_xml(answer.body, ("response", "root"))
        self.sig = text_of(self.fields, SIG)
        self.is_signed = self.sig is not None
        if self.is_signed:
            want = pg_sig(script, self.fields, secret)
            if self.sig != want:
                raise Wrong(f"{SIG} is {self.sig}, want {want}, of {base(script, self.fields, 'secret')!r}")
            if not re.fullmatch("[0-9A-Za-z]+", text_of(self.fields, SALT) or ""):
                raise Wrong(f"signed with the salt {text_of(self.fields, SALT)!r}")

    def __getitem__(self, name):
        return next((value for key, value in self.fields if key == name), None)

    def __str__(self):
        return str(self.raw)


# ---------------------------------------------------------------- sending

FORMS = ("multipart", "urlencoded", "query", "xml multipart", "xml urlencoded")


def request(form, path, fields, secret, chance, script=None):
    """A signed request in one of FORMS: method, target, content type, body. fields is a dictionary, or what it makes."""
    is_xml = form.startswith("xml")
    if isinstance(fields, dict):
        fields = elements(fields) if is_xml else fields_of(fields)
    fields = [*fields, (SALT, salt(chance))]
    fields.append((SIG, pg_sig(script or script_of(path), fields if is_xml else tree(fields), secret)))
    return packed(form, path, fields)


def packed(form, path, pairs):
    """A request with fields that are signed already."""
    if form.startswith("xml"):
        pairs = [("pg_xml", to_xml("request", pairs).decode())]
    if form.endswith("query"):
        return "GET", f"{path}?{urllib.parse.urlencode(pairs)}", None, None
    body, content_type = multipart(pairs) if form.endswith("multipart") else urlencoded(pairs)
    return "POST", path, content_type, body


def send(base_url, method, target, content_type, body):
    """base_url may be an open line."""
    headers = [("Accept", XML)] + ([("Content-Type", content_type)] if content_type else [])
    if isinstance(base_url, wire.Line):
        return base_url.send(method, target, headers, body)
    return wire.send(base_url, method, target, headers, body)
