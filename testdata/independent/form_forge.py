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

import os
import re
import secrets

import form_client
import forms
import spoil
import wire
from forms import MERCHANT, SALT, SIG

PATH = "/g2g/refund"
SCRIPT = "refund"
OTHERS = ["cancel", "clearing", "status_v2", "payment", "payment_page", "revoke"]
ELSEWHERE = ["/g2g/cancel", "/g2g/clearing", "/g2g/status_v2", "/g2g/payment", "/g2g/p2p/transfer", "/g2g/balance_status",
             "/g2g/payment_page/", "/revoke", "/cancel", "/get_status3.php", "/api/reg2reg"]
RIGHT_ONE_AFTER = 25  # forgeries, then a right request: the server must still be well


class Forger:
    def __init__(self, shop, checks):
        self.shop, self.checks, self.line = shop, checks, wire.Line(shop.base_url)
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
        made = spoil.Message(forms.elements(fields) if is_xml else forms.fields_of(fields), is_xml, PATH)
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
            return self.passes(*self.message(form, self.other).packed(form))
        except (OSError, wire.Closed, forms.Wrong) as error:
            return repr(error)

    def passes(self, *request):
        answer = self.answer(*request)
        return None if answer.is_signed and answer["pg_status"] == "ok" else str(answer)

    def answer(self, *request):
        return forms.Answer(forms.send(self.line, *request), SCRIPT, self.secret)

    def right_ones(self, form):
        for name, *request in spoil.otherwise(form, self.message(form, self.other)):
            self.given += 1
            trouble = self.passes(*request)
            self.checks.check(f"forge: pg_sig, {form}: passes: {name}", trouble is None, trouble)

    def first_refusals(self):
        """The answers that all others must be equal to: to a signature of zeros, and to a merchant that there is not."""
        for code, message in (("1100", self.message("multipart").change(SIG, "0" * 32)),
                              ("9998", self.message("multipart").change(MERCHANT, "654321"))):
            raw = forms.send(self.line, *message.packed("multipart"))
            form_client.error(forms.Answer(raw, SCRIPT, self.secret), code, is_signed=False)
            self.refusals[code] = self.fingerprint(raw)
            names = " ".join(name.lower() for name, _ in raw.headers)
            self.checks.check(f"forge: error {code} says nothing about why", "sandbox" not in names, f"{raw} {names}")

    def try_one(self, form, name, request, want):
        self.sent += 1
        full_name = f"forge: pg_sig, {form}: refused: {name}"
        try:
            got = self.fingerprint(forms.send(self.line, *request))
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
        self.try_one(form, name, message.packed(form), want)

    def fields(self, form):
        for name, message in spoil.of_fields(self.message(form)):
            self.try_message(form, name, message, self.expected(message))

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
        for name, secret in spoil.other_keys(self.secret, self.identity, self.payout_secret):
            self.try_message(form, f"signed with {name}", self.message(form, secret=secret), ("1100",))
        for script in [*OTHERS, *spoil.other_scripts(SCRIPT)]:
            self.try_message(form, f"signed under {script!r}", self.message(form, script=script), ("1100",))
        for name, value in spoil.other_sums(unsigned, self.secret):
            self.try_message(form, f"signed by {name}", unsigned.plus((SIG, value)), ("1100",))

    def elsewhere(self, form):
        """Other operations have answers of their own, but refuse with the same code, and unsigned."""
        message = self.message(form)
        for path in ELSEWHERE:
            name = f"forge: pg_sig, {form}: refused: sent to {path}"
            raw = forms.send(self.line, *forms.packed(form, path, message.fields))
            self.checks.passes(name, lambda: form_client.error(forms.Answer(raw, "none", "none"), "1100", is_signed=False))

    def bytes(self, form):
        message = self.message(form)
        for forgeries in (spoil.places, spoil.of_bytes):
            for name, *request in forgeries(form, message):
                self.try_one(form, name, request, ("1100", "9998"))

    def blind(self, form):
        right = self.message(form, self.other)
        for name, message in spoil.ambiguities(right):
            self.checks.equal(f"forge: pg_sig, {form}: known ambiguity: {name}: has the same text", message.base(), right.base())
            # Only an answer to a message whose signature is right is signed, whatever it says.
            answer = self.answer(*message.packed(form))
            self.given += answer["pg_status"] == "ok"
            self.checks.check(f"forge: pg_sig, {form}: known ambiguity: {name}: cannot be told", answer.is_signed, answer)
            print(f"# known ambiguity: {form}: {name}: {answer['pg_status']} {answer['pg_error_code'] or ''}".rstrip())

    def nothing_happened(self):
        for (payment, order), given in ((self.target, 0), (self.other, self.given)):
            form_client.check_status(self.gateway.status(payment, order), payment, order, self.amount, captured="1", refunded=given)


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
