#!/usr/bin/env python3
"""Tries to tell a merchant what Freedom Pay did not, and checks that every try is refused alike, and that nothing runs.

usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... FREEDOMPAY_PAYOUT_SECRET=... OTHER_AUTH_ID=... OTHER_SECRET=...
       OTHER_PAYOUT_SECRET=... callback_forge.py http://HOST:PORT FILE

For the server of testdata/merchant, whose output goes to FILE: a line for each run of one of its functions. A forgery is a
right callback that was spoilt after it was signed, or signed with something that is not quite right, so that the text that
has to be signed differs. (Where it does not, pg_sig cannot see it: examples of that are sent as well, and listed with a # as
known ambiguities.) Every refusal of every kind must have the same status, header fields (Date apart) and body.
"""

import itertools
import time
import urllib.parse

import forms
import notify
import spoil
import wire
from forms import MERCHANT, SALT, SIG
from notify import BACK, CHECK, KINDS, PAYOUT, RESULT

RIGHT_ONE_AFTER = 25  # forgeries, then a right callback: the server must still be well
MOST_SECONDS = 2  # for one answer, whatever is asked

# All that the pages list, and what a merchant may have added. In the first of a kind's lists is what is always there.
FIELDS = {
    "check": ({
        "pg_amount": "1307.00", "pg_currency": "KZT", "pg_ps_amount": "2.61", "pg_ps_currency": "USD", "pg_ps_full_amount": "2.70",
    }, {}),
    "result": ({
        "pg_amount": "1307.00", "pg_currency": "KZT", "pg_net_amount": "1290.5", "pg_ps_amount": "2.61", "pg_ps_full_amount": "2.70",
        "pg_ps_currency": "USD", "pg_description": "Шай & қант", "pg_result": "1", "pg_payment_date": "2030-01-01 12:00:00",
    }, {
        "pg_can_reject": "1", "pg_user_phone": "77001234567", "pg_user_contact_email": "mail@customer.example",
        "pg_testing_mode": "0", "pg_captured": "0", "pg_card_id": "1234", "pg_card_token": "ef741cfc-f85e-41a0-84e6-2ba964912182",
        "pg_card_pan": "5483-18XX-XXXX-0293", "pg_discount_percent": "1.0", "pg_discount_amount": "5",
        "pg_payment_method": "bankcard", "pg_card_exp": "03/33", "pg_card_owner": "Ivan Ivanov", "pg_card_brand": "VI",
        "pg_recurring_profile_id": "77",
        "pg_failure_code": "", "pg_failure_description": "", "pg_reference": "111111111111",
    }),
    "payout": ({MERCHANT: "", "pg_payment_amount": "1307.00"}, {
        "pg_card_hash": "4400-44XX-XXXX-4440", "pg_status": "ok", "pg_balance": "99000", "pg_to_pay": "1320",
        "pg_payment_date": "2030-01-01 12:00:00",
    }),
    "card": ({"pg_card_hash": "4400-44XX-XXXX-4440", "pg_status": "success"}, {
        "pg_type": "approve", "pg_card_3ds": "1", "pg_card_id": "431231", "pg_user_id": "43", "pg_card_month": "12",
        "pg_card_year": "33", "pg_card_token": "ef741cfc-f85e-41a0-84e6-2ba964912182",
    }),
    "back": ({"basket": "1307.00"}, {}),
}
MARKS = {"check": "pg_amount", "result": "pg_amount", "payout": "pg_payment_amount", "card": "pg_card_hash", "back": "basket"}
THIRDS = {"urlencoded": 0, "query": 1, "xml multipart": 2}
OFF = ("profile", "application", "invoice")


class Forger:
    def __init__(self, merchant, checks):
        self.merchant, self.checks, self.line = merchant, checks, wire.Line(merchant.base_url)
        self.sent, self.sick, self.refusal = 0, [], {}

    # ------------------------------------------------------------ messages

    def message(self, kind, form, secret=None, sign=True, more=None):
        """A right callback about a new payment, of all fields or of the ones that are always there."""
        payment, _ = self.merchant.new()
        always, sometimes = FIELDS[kind.name]
        if form in THIRDS:
            sometimes = {}
        fields = {"pg_order_id": f"order-{payment[::-1]}", "pg_payment_id": payment, **always, **sometimes,
                  "goods": [{"count": "1", "name": "Чай", "price": "0.60"}, {"count": "2", "name": "Қант", "price": "0.40"}],
                  "mine": "ключ;второй", "Empty": "", **(more or {}), SALT: forms.salt(self.merchant.chance)}
        if MERCHANT in fields:
            fields[MERCHANT] = self.merchant.merchants["shop"]["identity"]
        is_xml = form.startswith("xml")
        fields = forms.elements(fields) if is_xml else forms.fields_of(fields)
        made = spoil.Message(fields, is_xml, kind.path("shop"), MARKS[kind.name], "goods")
        return self.signed(made, kind, secret) if sign else made

    def signed(self, made, kind, secret=None, script=None):
        secret = self.merchant.secret(kind) if secret is None else secret
        return made.plus((SIG, forms.pg_sig(made.script() if script is None else script, made.tree(), secret)))

    # ------------------------------------------------------------ trying

    def check(self, kind, form, name, ok, why=""):
        self.checks.check(f"callback forge: {kind.name}, {form}: {name}", ok, why)

    @staticmethod
    def fingerprint(answer):
        """All that a forger sees of an answer, the time apart."""
        headers = sorted((name.lower(), value) for name, value in answer.headers if name.lower() != "date")
        return answer.status, headers, answer.body

    def is_like(self, status, kind, raw):
        """Whether an answer is the one that all others of its sort are equal to. There is one for all kinds but where a body
        was too long to be looked at: that is one for all but the page for the payer.
        """
        got = self.fingerprint(raw)
        return got == self.refusal.setdefault((status, status == 413 and kind is BACK), got) and raw.status == status

    def send(self, *request):
        """The answer, and what ran."""
        raw = forms.send(self.line, *request)
        return raw, self.merchant.ran()

    def try_one(self, kind, form, name, request, status=401):
        self.sent += 1
        start = time.monotonic()
        try:
            raw, ran = self.send(*request)
        except (wire.Closed, ConnectionError) as error:
            self.check(kind, form, f"refused: {name}", False, error)
            return
        seconds = time.monotonic() - start
        self.check(kind, form, f"refused: {name}", self.is_like(status, kind, raw) and not ran and seconds < MOST_SECONDS,
                   f"{seconds:.1f} seconds, {self.fingerprint(raw)}, want {self.refusal.get((status, False))}; ran: {ran}"[:900])
        if self.sent % RIGHT_ONE_AFTER == 0:
            trouble = self.passes(kind, self.message(kind, form).packed(form))
            if trouble:
                self.sick.append(f"after {name}: {trouble}")

    def passes(self, kind, request, merchant="shop"):
        """What is wrong with the answer to a right callback, or None. The function must run once."""
        try:
            raw, ran = self.send(*request)
            if kind is BACK:
                fine = raw.status == 200 and all(line["verified"] for line in ran)
            else:
                # A merchant that has two pairs of secrets answers with the one that fitted.
                answer = notify.Answer(kind, raw, self.merchant.secret(kind, merchant), forms.script_of(request[1]))
                fine = raw.status == 200 and answer["pg_status"] == "ok"
            return None if fine and [line["kind"] for line in ran] == [kind.name] else f"{raw}; ran: {ran}"
        except (OSError, wire.Closed, forms.Wrong) as error:
            return repr(error)

    @staticmethod
    def at(message, form, path):
        """A message's request, to another path than the one that it was signed for."""
        method, target, *rest = message.packed(form)
        return method, path + target.removeprefix(message.path), *rest

    # ------------------------------------------------------------ what is tried

    def right_ones(self, kind, form):
        """The right callback, each time a new one, written in other bytes."""
        for number in range(len(list(spoil.otherwise(form, self.message(kind, form))))):
            name, *request = list(spoil.otherwise(form, self.message(kind, form)))[number]
            trouble = self.passes(kind, request)
            self.check(kind, form, f"passes: {name}", trouble is None, trouble)

    def fields(self, kind, form):
        """All forgeries of fields in two forms, and in each of the others another third of them."""
        forgeries = spoil.of_fields(self.message(kind, form))
        if form in THIRDS and kind is not BACK:
            forgeries = itertools.islice(forgeries, THIRDS[form], None, 3)
        for name, message in forgeries:
            self.try_one(kind, form, name, message.packed(form))

    def signing(self, kind, form):
        unsigned = self.message(kind, form, sign=False)
        shop, other = self.merchant.merchants["shop"], self.merchant.merchants["other"]
        right = self.merchant.secret(kind)
        other_one = shop["payment" if kind.payout else "payout"]
        keys = [*spoil.other_keys(right, shop["identity"], other_one), ("the other merchant's secret", other["payment"]),
                ("the other merchant's secret for payouts", other["payout"])]
        for name, secret in keys:
            self.try_one(kind, form, f"signed with {name}", self.signed(unsigned, kind, secret).packed(form))
        names = [other.name for other in [*KINDS, BACK] if other is not kind]
        for script in [*names, *spoil.other_scripts(kind.name), f"shop/{kind.name}", "shop", f"{kind.name}?a=b"]:
            self.try_one(kind, form, f"signed under {script!r}", self.signed(unsigned, kind, script=script).packed(form))
        for name, value in spoil.other_sums(unsigned, right):
            self.try_one(kind, form, f"signed by {name}", unsigned.plus((SIG, value)).packed(form))
        # Signed rightly, all of these, but by rule none of them is a signed message.
        salt = unsigned.find(SALT)
        odd = {f"two {SALT}": unsigned.plus((SALT, "another")), f"two {SALT}, alike": unsigned.plus(unsigned.get(salt))}
        if kind is not BACK:  # a way back proves nothing, whatever its salt
            odd[f"no {SALT}"] = unsigned.set(salt)
            odd[f"an empty {SALT}"] = unsigned.set(salt, (SALT, ""))
            if not unsigned.is_xml:
                odd[f"{SALT} in brackets"] = unsigned.set(salt, (f"{SALT}[]", "abcdefgh"))
        for name, message in odd.items():
            self.try_one(kind, form, f"signed, with {name}", self.signed(message, kind).packed(form))
        if not unsigned.is_xml:
            message = unsigned.plus(*((f"own_{number}", "1") for number in range(1100)))
            self.try_one(kind, form, "signed, with a thousand fields", self.signed(message, kind).packed(form))

    def elsewhere(self, kind, form):
        """A right callback at an address that it was not made for."""
        message, own = self.message(kind, form), kind.name
        for merchant in ("other", "nobody", "Shop", "shop%00", "shop%20", "%20", "sh%C3%B6p", "..%2fshop"):
            self.try_one(kind, form, f"sent to {merchant}", self.at(message, form, f"/{merchant}/{own}"))
        if kind is PAYOUT:  # at a merchant who has no secret for payouts, nothing can be right
            for name, secret in (("its secret", None), ("no secret", ""), ("the one for payments", self.merchant.secret(CHECK))):
                request = self.at(self.message(kind, form, secret=secret), form, "/poor/payout")
                self.try_one(kind, form, f"sent to poor, signed with {name}", request)
        for other in [*KINDS, BACK]:
            if other is not kind:
                self.try_one(kind, form, f"sent to {other.name}", self.at(message, form, f"/shop/{other.name}"))
        escaped = f"{own[:2]}%{ord(own[2]):02x}{own[3:]}"
        self.try_one(kind, form, f"sent to {escaped}", self.at(message, form, f"/shop/{escaped}"))
        # No address of the merchant's: whatever the answer, nothing may run.
        for path in (f"/shop/{own}/", f"/shop/{own}.php", f"//shop/{own}", f"/shop//{own}", f"/shop/./{own}", f"/shop/x/../{own}",
                     f"/shop/{own}%2f", f"/shop%2f{own}", f"/{own}", f"/shop/{own.upper()}", f"/shop/{own};a=b",
                     f"/shop/{own}/shop/{own}", f"/shop/{own}%3fa", "/", "*"):
            self.sent += 1
            raw, ran = self.send(*self.at(message, form, path))
            self.check(kind, form, f"refused: sent to {path}", raw.status >= 300 and not ran, f"{raw}; ran: {ran}")

    def bytes(self, kind, form):
        message = self.message(kind, form)
        for forgeries in (spoil.places, spoil.of_bytes):
            for name, *request in forgeries(form, message):
                if kind is BACK and "charset" in name:
                    continue  # a browser says which charset its page had; the bytes are escaped
                self.try_one(kind, form, name, request)
        method, target, content_type, body = message.packed(form)
        for other in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "post"):
            self.try_one(kind, form, f"by {other}", (other, target, content_type, body), 405)
        raw, ran = self.send("HEAD", target, content_type, body)
        self.check(kind, form, "refused: by HEAD", raw.status == 405 and not ran, raw)
        self.check(kind, form, "says which methods it takes", raw.header("Allow") == "GET, POST", raw.header("Allow"))
        if form == "query":
            raw, ran = self.send(method, target + "&a=" + "x" * (2 << 20), None, None)
            self.check(kind, form, "refused: two megabytes", raw.status in (413, 414, 431) and not ran, raw)
            return
        by_get = target + "?" + urllib.parse.urlencode(message.fields if not message.is_xml else [("pg_xml", "<request/>")])
        self.try_one(kind, form, "in the query, with the body of another", ("POST", by_get, content_type, self.message(
            kind, form, secret="wrong").packed(form)[3]))
        self.try_one(kind, form, "with two megabytes after it", (method, target, content_type, body + b"x" * (2 << 20)), 413)
        large = message.plus(("large", "mark")).packed(form)
        large = (*large[:3], large[3].replace(b"mark", b"x" * (2 << 20)))
        self.try_one(kind, form, "with a field of two megabytes", large, 413)

    def bombs(self, kind, form):
        """XML that asks for more than it is."""
        def sent(text):
            body, content_type = forms.multipart([("pg_xml", text)])
            return "POST", kind.path("shop"), content_type, body

        entities = "".join(f'<!ENTITY {n} "{f"&{p};" * 50}">' for p, n in zip("abcdefgh", "bcdefghi"))
        rest = forms.to_xml("request", self.message(kind, "xml multipart").fields).decode().partition("?>")[2]
        for name, text in {
            "entities that grow": f'<!DOCTYPE r [<!ENTITY a "{"ok" * 50}">{entities}]><request><pg_sig>&i;</pg_sig></request>',
            "an entity of 100 KB, 1000 times":
                f'<!DOCTYPE r [<!ENTITY a "{"x" * 100_000}">]><request>{"<a>&a;</a>" * 1000}</request>',
            "an external entity":
                '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + rest.replace("<request>", "<request><a>&a;</a>"),
            "an external document type": f'<!DOCTYPE request SYSTEM "http://127.0.0.1:9/a.dtd">{rest}',
            "a parameter entity": f'<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:9/a.dtd">%a;]>{rest}',
            "thirty thousand levels": "<request>" + "<a>" * 30_000 + "</a>" * 30_000 + "</request>",
            "no end": "<request>" + "<a>" * 60_000, "fifty thousand elements": "<request>" + "<a/>" * 50_000 + "</request>",
            "ten thousand attributes": "<request " + " ".join(f"a{number}=''" for number in range(10_000)) + "/>",
            "a name of 200 KB": f"<request><{'a' * 100_000}></{'a' * 100_000}></request>",
            "many comments": "<!---->" * 30_000 + rest.replace("1", "2"),
            "many references": f"<request><a>{'&#x10FFFF;' * 20_000}</a></request>", "an include": rest.replace(
                "<request>", '<request xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/hostname" parse="text"/>'),
            "UTF-16": '<?xml version="1.0" encoding="UTF-16"?>' + rest, "two declarations": '<?xml version="1.0"?>' * 2 + rest,
        }.items():
            self.try_one(kind, form, f"XML with {name}", sent(text))

    def blind(self, kind, form):
        """What pg_sig cannot see."""
        def known(name, right, message):
            self.check(kind, form, f"known ambiguity: {name}: has the same text", message.base() == right.base(), message.base())
            raw, ran = self.send(*message.packed(form))
            self.check(kind, form, f"known ambiguity: {name}: cannot be told", raw.status != 401, raw)
            print(f"# known ambiguity: {kind.name}, {form}: {name}: HTTP {raw.status}, the function ran {len(ran)} times")

        for number in range(len(list(spoil.ambiguities(self.message(kind, form))))):
            right = self.message(kind, form)
            name, message = list(spoil.ambiguities(right))[number]
            known(name, right, message)
        if kind is RESULT and form in THIRDS:
            right = self.message(kind, form, more={"pg_can_reject": "1"})
            known("pg_can_reject as pg_captured", right, right.set(right.find("pg_can_reject"), ("pg_captured", "1")))
        for name, merchant, path in (("an address of another merchant with the same secret", "both", f"/both/{kind.name}"),
                                     ("another spelling of the path before the script name", "shop", f"/sh%6fp/{kind.name}")):
            trouble = self.passes(kind, self.at(self.message(kind, form), form, path), merchant)
            self.check(kind, form, f"known ambiguity: {name}", trouble is None, trouble)

    # ------------------------------------------------------------ the payer's browser, and kinds that are off

    def frames(self):
        """A failure inside a frame has no signature. It must not bring one in that does not fit, nor pass for verified."""
        for form in ("query", "urlencoded"):
            message = self.message(BACK, form)
            failure = [("pg_status", "error"), ("pg_error_code", "9999"), ("pg_error_description", "Отказано")]
            self.try_one(BACK, form, "with an error's fields added", message.plus(*failure).packed(form))
            for name, sig in (("a wrong", "0" * 32), ("an empty", "")):
                wrong = message.change(SIG, sig).plus(*failure)
                self.try_one(BACK, form, f"with an error's fields and {name} signature", wrong.packed(form))
            unsigned = message.set(message.find(SIG)).plus(*failure)
            raw, ran = self.send(*unsigned.packed(form))
            self.check(BACK, form, "an unsigned failure is not verified",
                       raw.status == 200 and [line["verified"] for line in ran] == [False], f"{raw}; ran: {ran}")
            self.try_one(BACK, form, "an unsigned failure where that is off", self.at(unsigned, form, "/off/shop/back"))

    def off(self):
        """Kinds that are not switched on answer alike, whatever is sent."""
        profile = wire.compact({"profile_id": "1", "status": "active", "external_id": "order-1"})
        bodies = [(None, None), (wire.JSON, profile), (wire.JSON, b"{"), (wire.JSON, b""), ("text/plain", b"x" * 100_000),
                  (forms.URLENCODED, b"pg_sig=1")]
        for kind in OFF:
            seen = set()
            for merchant, method, body, query in itertools.product(
                    ("shop", "nobody"), ("GET", "POST", "PUT", "DELETE"), bodies, ("", "?a=b")):
                self.sent += 1
                seen.add(repr(self.fingerprint(forms.send(self.line, method, f"/off/{merchant}/{kind}{query}", *body))))
            is_one = len(seen) == 1 and next(iter(seen)).startswith("(404,")
            self.checks.check(f"callback forge: {kind}, off: one answer to whatever is sent", is_one, seen)
            self.checks.equal(f"callback forge: {kind}, off: nothing runs", self.merchant.ran(), [])


def main():
    base_url, lines = notify.usage()
    checks = wire.Checks()
    forger = Forger(notify.Merchant(base_url, lines, forms.seeded()), checks)
    parts = (forger.right_ones, forger.fields, forger.signing, forger.elsewhere, forger.bytes, forger.blind)
    for kind in [*KINDS, BACK]:
        for form in forms.FORMS if kind is not BACK else ("query", "urlencoded"):
            before, forger.sick = forger.sent, []
            for part in parts:
                checks.run(f"callback forge: {kind.name}, {form}: {part.__name__}", part, kind, form)
            if form == "xml urlencoded":
                checks.run(f"callback forge: {kind.name}, {form}: bombs", forger.bombs, kind, form)
            checks.check(f"callback forge: {kind.name}, {form}: right callbacks pass in between", not forger.sick, forger.sick)
            print(f"# {kind.name}, {form}: {forger.sent - before} forgeries")
    for part in (forger.frames, forger.off):
        checks.run(f"callback forge: {part.__name__}", part)
    checks.finish()


if __name__ == "__main__":
    main()
