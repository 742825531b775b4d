"""The callbacks of Freedom Pay to a merchant: what callbacks.py and callback_forge.py have in common.

Written from the pages of the callbacks and from docs/signing.md. The merchant is the program of testdata/merchant; it says
in lines of JSON which of its functions ran, and with what.
"""

import json
import os
import re
import string
import sys
import time
import xml.etree.ElementTree

import forms
from forms import SALT, SIG

ENGLISH = string.ascii_letters + string.digits
RUSSIAN, KAZAKH = "абвгджзийклмнопрстуфхцчшщъыьэюяёАБВЯ", "әғқңөұүһіӘҒҚҢӨҰҮҺІ"
MARKS = " ;&<>\"'%+=?#/\\[]{}|~^`,.:-_@$*()!№«»—😀\u00a0"


# ---------------------------------------------------------------- texts

def text(chance, most=30):
    letters = chance.choice([ENGLISH, RUSSIAN, KAZAKH, ENGLISH + RUSSIAN + KAZAKH + MARKS, MARKS])
    return "".join(chance.choices(letters, k=chance.randint(1, most)))


def digits(most):
    return lambda chance: "".join(chance.choices(string.digits, k=most))


def one_of(*texts):
    return lambda chance: chance.choice(texts)


def amount(chance):
    """Of up to 9999999, with a point and at most two digits after it."""
    whole = str(chance.choice([0, chance.randint(1, 9), chance.randint(10, 99999), chance.randint(100000, 9999998)]))
    return whole + chance.choice(["", f".{chance.randint(0, 9)}", f".{chance.randint(0, 99):02d}"]) if whole != "0" else "0.01"


def date(chance):
    """YYYY-MM-DD HH:MM:SS without a zone."""
    when = time.gmtime(chance.randint(1_700_000_000, 1_900_000_000))
    return time.strftime("%Y-%m-%d %H:%M:%S", when)


def token(chance):
    return "%08x-%04x-4%03x-a%03x-%012x" % tuple(chance.randrange(16 ** n) for n in (8, 4, 3, 3, 12))


CURRENCY = one_of("KZT", "USD", "EUR", "RUB", "UZS", "KGS")
FLAG = one_of("1", "0")
PAN = one_of("5483-18XX-XXXX-0293", "4400-44XX-XXXX-4440", "4916-30XX-XXXX-4310")


def own_parameters(chance):
    """The merchant's own parameters: whatever has no pg_ before its name."""
    found = {}
    for make in chance.sample([
            lambda: found.update(basket=text(chance)),
            lambda: found.update({"корзина" + str(chance.randint(1, 99)): text(chance)}),
            lambda: found.update(empty=""),
            lambda: found.update(Capital=text(chance), zz=" " + text(chance) + " "),
            lambda: found.update(codes=[text(chance) for _ in range(chance.randint(11, 14))]),
            lambda: found.update(positions=[{"count": str(n), "name": text(chance), "price": amount(chance)}
                                            for n in range(chance.randint(11, 13))]),
            lambda: found.update(goods=[{"name": text(chance), "empty": ""}, {"name": text(chance), "empty": "x"}]),
            lambda: found.update(nested={"a": {"b": text(chance), "A": text(chance)}, "c": text(chance)}),
            lambda: found.update(long="Ұзын мәтін; " * chance.randint(20, 200)),
            lambda: found.update({f"own_{n}": str(n) for n in range(chance.randint(5, 30))}),
    ], k=chance.randint(0, 5)):
        make()
    return found


# ---------------------------------------------------------------- kinds

class Kind:
    """A callback with pg_sig. fields are what the page lists beside ids, salt and signature: those always there, the others."""

    def __init__(self, name, always, sometimes, payout=False, elements=("pg_status", "pg_description", SALT, SIG)):
        self.name, self.always, self.sometimes, self.payout, self.elements = name, always, sometimes, payout, elements

    def path(self, merchant):
        return f"/{merchant}/{self.name}"

    def fields(self, chance, payment, order, **fixed):
        """A right message, without salt and signature. A fixed field that is None is left out."""
        found = {"pg_order_id": order, "pg_payment_id": payment}
        found.update({name: make(chance) for name, make in self.always.items()})
        for name, make in self.sometimes.items():
            if chance.random() < 0.6 and name not in fixed:
                found[name] = "" if chance.random() < 0.1 else make(chance)
        if chance.random() < 0.3:
            found["pg_of_tomorrow"] = text(chance)
        found.update(own_parameters(chance))
        found.update(fixed)
        found = {name: value for name, value in found.items() if value is not None}
        names = list(found)
        chance.shuffle(names)
        return {name: found[name] for name in names}


CHECK = Kind("check", {
    "pg_amount": amount, "pg_currency": CURRENCY, "pg_ps_amount": amount, "pg_ps_full_amount": amount, "pg_ps_currency": CURRENCY,
}, {}, elements=("pg_status", "pg_description", "pg_timeout", SALT, SIG))

RESULT = Kind("result", {
    "pg_amount": amount, "pg_currency": CURRENCY, "pg_net_amount": amount, "pg_ps_amount": amount, "pg_ps_full_amount": amount,
    "pg_ps_currency": CURRENCY, "pg_description": text, "pg_result": one_of("1", "0", "2"), "pg_payment_date": date,
}, {
    "pg_can_reject": FLAG, "pg_user_phone": digits(11), "pg_user_contact_email": one_of("mail@customer.example"),
    "pg_testing_mode": FLAG, "pg_captured": FLAG, "pg_card_id": digits(6), "pg_card_token": token, "pg_card_pan": PAN,
    "pg_discount_percent": one_of("1.0", "10"), "pg_discount_amount": amount, "pg_payment_method": one_of("bankcard"), "pg_card_exp": one_of("03/33"), "pg_card_owner": text,
    "pg_card_brand": one_of("VI", "CA"), "pg_recurring_profile_id": digits(5), "pg_reference": digits(12),
    "pg_failure_code": digits(3), "pg_failure_description": text, "pg_auth_code": digits(6),
})

PAYOUT = Kind("payout", {"pg_merchant_id": digits(6)}, {
    "pg_card_hash": PAN, "pg_status": one_of("ok", "error"), "pg_balance": amount, "pg_payment_amount": amount, "pg_to_pay": amount,
    "pg_payment_date": date,
}, payout=True, elements=("pg_status",))

CARD = Kind("card", {"pg_status": one_of("success"), "pg_card_id": digits(6)}, {
    "pg_type": one_of("approve"), "pg_card_3ds": FLAG, "pg_card_hash": PAN, "pg_user_id": digits(6), "pg_card_month": one_of("12"),
    "pg_card_year": one_of("33"), "pg_card_token": token,
})

KINDS = [CHECK, RESULT, PAYOUT, CARD]

# The payer's browser brings nothing else.
BACK = Kind("back", {}, {})


# ---------------------------------------------------------------- the merchant

class Merchant:
    """The merchant's server, seen from outside, and the lines that it writes."""

    def __init__(self, base_url, lines, chance):
        self.base_url, self.chance = base_url, chance
        self.file = open(lines, "rb")
        self.file.seek(0, os.SEEK_END)
        self.rest = b""
        # What the merchant saw before must not be announced again by another program.
        self.number = time.time_ns() // 1000
        shop, other = (self.secrets(prefix) for prefix in ("FREEDOMPAY", "OTHER"))
        if shop["identity"] == other["identity"] or len({shop["payment"], shop["payout"], other["payment"], other["payout"]}) < 4:
            sys.exit("ids and secrets must differ")
        # The last one is changing its secrets: it has both pairs.
        self.merchants = {"shop": shop, "other": other, "both": shop}

    @staticmethod
    def secrets(prefix):
        try:
            return {"identity": os.environ[prefix + "_AUTH_ID"], "payment": os.environ[prefix + "_SECRET"],
                    "payout": os.environ[prefix + "_PAYOUT_SECRET"]}
        except KeyError as error:
            sys.exit(f"{error} must be set")

    def secret(self, kind, merchant="shop"):
        return self.merchants[merchant]["payout" if kind.payout else "payment"]

    def new(self, prefix="order"):
        """Ids of a new payment. The merchant's functions go by the beginning of the order's."""
        self.number += 1
        return str(self.number), f"{prefix}-{self.number}"

    def ran(self):
        """What the merchant's functions got since the last time."""
        self.rest += self.file.read()
        *lines, self.rest = self.rest.split(b"\n")
        return [json.loads(line) for line in lines]

    def send(self, *request):
        return forms.send(self.base_url, *request)


def usage():
    """Base URL and file of lines, from the command line."""
    if len(sys.argv) != 3 or not sys.argv[1].startswith("http://"):
        sys.exit(f"usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... FREEDOMPAY_PAYOUT_SECRET=... OTHER_AUTH_ID=... "
                 f"OTHER_SECRET=... OTHER_PAYOUT_SECRET=... {sys.argv[0]} http://HOST:PORT FILE_WITH_THE_MERCHANTS_LINES")
    return sys.argv[1].rstrip("/"), sys.argv[2]


# ---------------------------------------------------------------- answers

class Answer:
    """The merchant's answer to a callback: the documented elements in the documented order, signed where the page says so."""

    def __init__(self, kind, raw, secret, script=None):
        self.raw, self.body = raw, raw.body
        if raw.media_type() not in (forms.XML, "text/xml"):
            raise forms.Wrong(f"Content-Type {raw.header('Content-Type')!r}: {raw}")
        if not re.fullmatch(r"[a-z/]+(; *charset=\"?utf-8\"?)?", raw.header("Content-Type"), re.IGNORECASE):
            raise forms.Wrong(f"Content-Type {raw.header('Content-Type')!r}")
        if kind.elements == ("pg_status",):
            node = xml.etree.ElementTree.fromstring(raw.body)
            if node.tag != "pg_status" or node.attrib or len(node):
                raise forms.Wrong(f"not the element pg_status alone: {raw}")
            self.fields = [("pg_status", node.text or "")]
            return
        signed = forms.Answer(raw, script or kind.name, secret)
        self.fields = signed.fields
        if not signed.is_signed:
            raise forms.Wrong(f"not signed: {raw}")
        names = [name for name, _ in self.fields]
        root = xml.etree.ElementTree.fromstring(raw.body).tag
        if names != [name for name in kind.elements if name in names] or root != "response":
            raise forms.Wrong(f"elements {names}, want <response> with {kind.elements}")

    def __getitem__(self, name):
        return next((value for key, value in self.fields if key == name), None)

    def __str__(self):
        return str(self.raw)


def flat(fields, parent=""):
    """The fields of an XML message as pairs: (name with brackets, text)."""
    for name, value in fields:
        name = f"{parent}[{name}]" if parent else name
        if isinstance(value, list):
            yield from flat(value, name)
        else:
            yield name, value


def pairs_of(form, fields):
    """What a function must get of a message, sorted: every field but salt and signature."""
    pairs = flat(forms.elements(fields)) if form.startswith("xml") else forms.fields_of(fields)
    return sorted((name, value) for name, value in pairs if name not in (SALT, SIG))


def got(line):
    return sorted((name, value) for name, value in line["fields"] or () if name not in (SALT, SIG))
