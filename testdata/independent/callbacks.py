#!/usr/bin/env python3
"""Calls a merchant as Freedom Pay would, rightly, and checks what its functions get and what it answers.

usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... FREEDOMPAY_PAYOUT_SECRET=... OTHER_AUTH_ID=... OTHER_SECRET=...
       OTHER_PAYOUT_SECRET=... callbacks.py http://HOST:PORT FILE

For the server of testdata/merchant, whose output goes to FILE: a line for each run of one of its functions. What a function
answers goes by the beginning of the order's id. Its timeout is a second; what has to wait for that is done at once.
"""

import concurrent.futures
import decimal
import http.client
import json
import random
import socket
import threading
import time
import urllib.parse

import forms
import notify
import wire
from forms import SALT, SIG, Wrong
from notify import BACK, CARD, CHECK, KINDS, PAYOUT, RESULT

TIMEOUT = 1  # of the merchant's functions, in seconds
AT_ONCE = 20
RANDOM_ONES = 4  # messages of each kind and form
FORMS = [*forms.FORMS, "xml query"]


def same(got, want, what="got"):
    if got != want:
        raise Wrong(f"{what} {got!r}, want {want!r}"[:1500])


def fingerprint(raw):
    """All of an answer but the time."""
    return raw.status, sorted((name.lower(), value) for name, value in raw.headers if name.lower() != "date"), raw.body


class Gateway:
    def __init__(self, merchant, checks):
        self.merchant, self.checks, self.chance = merchant, checks, merchant.chance
        self.lines, self.lock = {}, threading.Lock()

    # ------------------------------------------------------------ calling

    def request(self, kind, form, fields, merchant="shop", secret=None, prefix="", path=None, chance=None):
        """A signed request: method, target, content type, body."""
        path = path or prefix + kind.path(merchant)
        return forms.request(form, path, fields, secret or self.merchant.secret(kind, merchant), chance or self.chance)

    def call(self, kind, form, fields, merchant="shop", **how):
        return self.merchant.send(*self.request(kind, form, fields, merchant, **how))

    def runs(self, kind, order):
        """The runs of a kind's function for an order, whose id no other test has."""
        with self.lock:
            for line in self.merchant.ran():
                self.lines.setdefault((line["kind"], line["order_id"]), []).append(line)
            return list(self.lines.get((kind.name, order), ()))

    def ran(self, kind, order, times):
        lines = self.runs(kind, order)
        if len(lines) != times:
            raise Wrong(f"the function ran {len(lines)} times, want {times}: {lines}"[:1500])
        return lines

    def answer(self, kind, raw, status="ok", merchant="shop", secret=None, code=200, **elements):
        """Holds an answer against what is documented, and against these elements. One that is None must not be there."""
        same(raw.status, code, "HTTP status")
        found = notify.Answer(kind, raw, secret or self.merchant.secret(kind, merchant))
        same(found["pg_status"], status, "pg_status")
        for name, text in elements.items():
            same(found[name], text, name)
        return found

    def failed(self, raw):
        """The answer where nothing can be promised: to be asked again later."""
        same((raw.status, raw.header("Retry-After")), (503, "60"), "HTTP status and Retry-After")
        if b"ok" in raw.body or b"pg_" in raw.body:
            raise Wrong(f"an answer for an answer: {raw}")

    def description(self, kind, order):
        """What the merchant says to an order that it takes."""
        return {"pg_description": f"Принято & <{order}>"} if kind in (CHECK, RESULT) else {}

    # ------------------------------------------------------------ right messages

    def right(self, kind):
        for form in FORMS:
            for number in range(1, RANDOM_ONES + 1):
                merchant = ("shop", "other", "both", "shop")[number - 1]
                payment, order = self.merchant.new()
                fields = kind.fields(self.chance, payment, order)
                name = f"callbacks: {kind.name}: {form} {number}"
                first = self.call(kind, form, fields, merchant)
                self.checks.passes(f"{name}: is answered", self.answer, kind, first, "ok", merchant, **self.description(kind, order))
                self.checks.passes(f"{name}: the function got what was sent", self.got, kind, form, fields, merchant)
                self.repeats(name, kind, form, fields, merchant, first)

    def got(self, kind, form, fields, merchant):
        line, = self.ran(kind, fields["pg_order_id"], 1)
        same((line["merchant"], line["payment_id"], line["order_id"]), (merchant, fields["pg_payment_id"], fields["pg_order_id"]))
        want = fields.get({PAYOUT: "pg_payment_amount", CARD: None}.get(kind, "pg_amount"))
        same(line["amount"] or None, want or None, "amount")
        if kind is RESULT:
            same(str(line["result"]), fields["pg_result"], "pg_result")
            for member in ("can_reject", "captured"):
                same(line[member], {"1": True, "0": False}.get(fields.get("pg_" + member)), member)
        same(notify.got(line), notify.pairs_of(form, fields), "fields")

    def repeats(self, name, kind, form, fields, merchant, first):
        """The same bytes, a new salt and signature, another form: one answer, and no other run."""
        others = [other for other in FORMS if other != form]
        request = self.request(kind, form, fields, merchant)
        for how, again in [
                ("a new salt", request), ("the same bytes", request),
                *((f"by {other}", self.request(kind, other, fields, merchant)) for other in self.chance.sample(others, 2))]:
            self.checks.passes(f"{name}: the same answer to {how}", lambda: same(
                fingerprint(self.merchant.send(*again)), fingerprint(first)))
        if merchant == "both":
            # Signed with the other of the two secrets, it is answered with that one, and otherwise the same.
            secret = self.merchant.secret(kind, "other")
            raw = self.call(kind, form, fields, merchant, secret=secret)
            self.checks.passes(f"{name}: the other secret signs the same answer", lambda: same(
                [field for field in self.answer(kind, raw, secret=secret).fields if field[0] != SIG],
                [field for field in self.answer(kind, first, merchant="both").fields if field[0] != SIG]))
        self.checks.passes(f"{name}: the function ran once", self.ran, kind, fields["pg_order_id"], 1)

    def salts(self):
        """Each answer has a salt of its own."""
        found = set()
        for _ in range(20):
            payment, order = self.merchant.new()
            found.add(self.answer(CHECK, self.call(CHECK, "query", CHECK.fields(self.chance, payment, order)))[SALT])
        self.checks.equal("callbacks: twenty answers have twenty salts", len(found), 20)

    def otherwise(self, kind):
        """Right messages that come in another way over HTTP."""
        def fields():
            payment, order = self.merchant.new()
            return kind.fields(self.chance, payment, order)

        def passes(name, made, raw):
            name = f"callbacks: {kind.name}: {name}"
            self.checks.passes(f"{name}: is answered", self.answer, kind, raw)
            self.checks.passes(f"{name}: the function got what was sent", self.got, kind, "multipart", made, "shop")

        for form in ("multipart", "urlencoded"):
            made = fields()
            method, target, content_type, body = self.request(kind, form, made)
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 100]), body[at:at + 100]) for at in range(0, len(body), 100))
            passes(f"{form}, chunked", made, self.raw(
                method, target, [f"Content-Type: {content_type}", "Transfer-Encoding: chunked"], chunks + b"0\r\n\r\n"))
            made = fields()
            method, target, content_type, body = self.request(kind, form, made)
            passes(f"{form}, by HTTP/1.0", made, self.raw(
                method, target, [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"], body, version="1.0"))
            made = fields()
            method, target, content_type, body = self.request(kind, form, made)
            passes(f"{form}, with header fields of all sorts", made, self.raw(method, target, [
                f"content-TYPE:  {content_type}", f"CONTENT-length: {len(body)}", "Accept: text/html", "Cookie: a=b",
                "User-Agent: PHP", "Accept-Encoding: gzip", "X-Forwarded-For: 127.0.0.1", "Origin: null", "Authorization: Basic eDp5"], body))
            # The query belongs to the merchant's address. It is not signed, so nothing of it may come through.
            made = fields()
            method, target, content_type, body = self.request(kind, form, made)
            passes(f"{form}, at an address with a query", made, self.merchant.send(
                method, target + "?pg_amount=1&pg_order_id=other&a=b&shop=7", content_type, body))
        # By GET the fields are added to the query that is there, and all of it is one message.
        made = fields()
        with_own = {"shop_of_mine": "7", **made}
        method, target, content_type, body = self.request(kind, "query", with_own)
        raw = self.merchant.send(method, target, content_type, body)
        self.checks.passes(f"callbacks: {kind.name}: query, with a parameter of the address: is answered", self.answer, kind, raw)
        self.checks.passes(f"callbacks: {kind.name}: query, with a parameter of the address: the function got it",
                           self.got, kind, "query", with_own, "shop")

    def raw(self, method, target, headers, body, version="1.1"):
        """A request written by hand."""
        host, port = urllib.parse.urlsplit(self.merchant.base_url).netloc.split(":")
        head = [f"{method} {target} HTTP/{version}", f"Host: {host}:{port}", "Connection: close", *headers]
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            return wire.Answer(response.status, response.getheaders(), response.read())

    # ------------------------------------------------------------ at once

    def together(self, kind):
        """Many senders of one message at once, in all forms: one run, one answer."""
        for name, of_each in (("the same bytes", False), ("each with its salt and form", True)):
            payment, order = self.merchant.new("work")
            fields = kind.fields(self.chance, payment, order)
            requests = [self.request(kind, FORMS[number % len(FORMS)] if of_each else "multipart", fields)
                        for number in range(AT_ONCE if of_each else 1)]
            requests *= AT_ONCE // len(requests)
            gate = threading.Barrier(AT_ONCE)

            def send(request):
                gate.wait(10)
                return self.merchant.send(*request)

            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                answers = list(pool.map(send, requests))
            name = f"callbacks: {kind.name}: {AT_ONCE} at once, {name}"
            self.checks.passes(f"{name}: are answered", lambda: [self.answer(kind, answer) for answer in answers])
            self.checks.equal(f"{name}: have one answer", len({repr(fingerprint(answer)) for answer in answers}), 1)
            self.checks.passes(f"{name}: the function ran once", self.ran, kind, order, 1)

    # ------------------------------------------------------------ what is news

    def news(self):
        """What is another announcement of one payment, and what only another copy of one."""
        payment, order = self.merchant.new()
        base = RESULT.fields(self.chance, payment, order, pg_result="2", pg_captured=None, pg_can_reject=None, pg_amount="10.50",
                             pg_currency="KZT")
        seen, answers = [], {}
        steps = [("the first", {}), ("pg_result 2, then 1", {"pg_result": "1"}), ("held", {"pg_result": "1", "pg_captured": "0"}),
                 ("taken", {"pg_result": "1", "pg_captured": "1"}), ("failed", {"pg_result": "0"}),
                 ("another amount", {"pg_result": "1", "pg_amount": "10.51"}),
                 ("another currency", {"pg_result": "1", "pg_currency": "USD"})]
        for number, (name, change) in enumerate(steps):
            fields = {**base, **change}
            raw = self.call(RESULT, self.chance.choice(FORMS), fields)
            seen.append(fields)
            answers[number] = fingerprint(raw)
            name = f"callbacks: result: news: {name}"
            self.checks.passes(f"{name}: is answered", self.answer, RESULT, raw)
            self.checks.passes(f"{name}: the function runs", self.ran, RESULT, order, number + 1)
        for number, fields in enumerate(seen):
            self.checks.passes(f"callbacks: result: news: the answer to number {number + 1} is still there", lambda: same(
                fingerprint(self.call(RESULT, self.chance.choice(FORMS), fields)), answers[number]))
        for name, change in {
            "pg_can_reject": {"pg_can_reject": "1"}, "pg_description": {"pg_description": "something else"},
            "an own parameter": {"own": "1"}, "pg_payment_date": {"pg_payment_date": "2030-01-01 00:00:00"},
            "pg_net_amount": {"pg_net_amount": "7"}, "pg_user_phone": {"pg_user_phone": "77001234567"},
        }.items():
            self.checks.passes(f"callbacks: result: no news: another {name}", lambda: same(
                fingerprint(self.call(RESULT, self.chance.choice(FORMS), {**base, **change})), answers[0]))
        self.checks.passes("callbacks: result: no news: the function did not run again", self.ran, RESULT, order, len(steps))
        other = f"order-{payment}-other"
        for merchant, kind, order in (("other", RESULT, order), ("shop", CHECK, order), ("shop", PAYOUT, order),
                                      ("shop", CARD, order), ("shop", RESULT, other)):
            fields = {**base, "pg_order_id": order} if kind is RESULT else kind.fields(self.chance, payment, order)
            before = len(self.runs(kind, order))
            raw = self.call(kind, "multipart", fields, merchant)
            name = f"callbacks: {kind.name}: news: of the same payment, {merchant}{', another order' if order == other else ''}"
            self.checks.passes(f"{name}: is answered", self.answer, kind, raw, "ok", merchant)
            self.checks.passes(f"{name}: the function runs", self.ran, kind, order, before + 1)

    def other_news(self):
        """The same of payouts and saved cards."""
        for kind, changes in ((PAYOUT, [{}, {"pg_status": "error"}, {"pg_order_id": None}, {"pg_payment_id": "7"}]),
                              (CARD, [{}, {"pg_status": "error"}, {"pg_card_id": "7"}, {"pg_order_id": None},
                                      {"pg_payment_id": "7"}])):
            payment, order = self.merchant.new()
            base = kind.fields(self.chance, payment, order, pg_status="ok", pg_card_id="1", pg_type="approve", own="1")
            for change in changes:
                fields = {**base, **change}
                if "pg_order_id" in change:
                    fields["pg_order_id"] = f"{order}-other"
                if "pg_payment_id" in change:
                    fields["pg_payment_id"] = f"7{payment}"
                name = f"callbacks: {kind.name}: news: {', '.join(change) or 'the first'}"
                before = len(self.runs(kind, fields["pg_order_id"]))
                answers = [self.call(kind, form, {**fields, "own": form}) for form in ("multipart", "query")]
                self.checks.passes(f"{name}: is answered", self.answer, kind, answers[0])
                self.checks.equal(f"{name}: and again with another own parameter", fingerprint(answers[1]), fingerprint(answers[0]))
                self.checks.passes(f"{name}: the function runs", self.ran, kind, fields["pg_order_id"], before + 1)

    # ------------------------------------------------------------ rejections

    def rejections(self):
        for form in FORMS:
            payment, order = self.merchant.new("reject")
            fields = CHECK.fields(self.chance, payment, order)
            raw = self.call(CHECK, form, fields)
            refusal = {"pg_description": f"Отказано; {order}"}
            self.checks.passes(f"callbacks: check: {form}: rejected", self.answer, CHECK, raw, "rejected", **refusal)
            self.checks.passes(f"callbacks: check: {form}: rejected once", lambda: (
                same(fingerprint(self.call(CHECK, form, fields)), fingerprint(raw)), self.ran(CHECK, order, 1)))
            payment, order = self.merchant.new("reject")
            fields = RESULT.fields(self.chance, payment, order, pg_can_reject="1", pg_result="1")
            raw = self.call(RESULT, form, fields)
            refusal = {"pg_description": f"Отказано; {order}"}
            self.checks.passes(f"callbacks: result: {form}: rejected", self.answer, RESULT, raw, "rejected", **refusal)
            self.checks.passes(f"callbacks: result: {form}: rejected once", lambda: (
                same(fingerprint(self.call(RESULT, form, fields)), fingerprint(raw)), self.ran(RESULT, order, 1)))
            self.checks.passes(f"callbacks: result: {form}: rejected in vain", self.in_vain, form)
            for can_reject in ("0", None, ""):
                payment, order = self.merchant.new("reject")
                fields = RESULT.fields(self.chance, payment, order, pg_can_reject=can_reject, pg_result="1")
                raw = self.call(RESULT, form, fields)
                # The payment counts as made, so that whoever rejects it has not understood.
                name = f"callbacks: result: {form}: not rejected with pg_can_reject {can_reject}"
                self.checks.passes(name, self.failed, raw)
                self.checks.passes(f"{name}: runs", self.ran, RESULT, order, 1)
        self.more_of_answers()

    def in_vain(self, form):
        """A rejection that did not arrive: told again, the payment counts as made, which is news to the merchant."""
        payment, order = self.merchant.new("reject-once")
        fields = RESULT.fields(self.chance, payment, order, pg_can_reject="1", pg_result="1")
        rejected = self.call(RESULT, form, fields)
        self.answer(RESULT, rejected, "rejected")
        taken = self.call(RESULT, form, {**fields, "pg_can_reject": "0"})
        self.answer(RESULT, taken, **self.description(RESULT, order))
        same([line["can_reject"] for line in self.ran(RESULT, order, 2)], [True, False], "pg_can_reject")
        for _ in range(2):
            for can_reject, want in (("0", taken), ("", taken), ("1", rejected)):
                same(fingerprint(self.call(RESULT, form, {**fields, "pg_can_reject": can_reject})), fingerprint(want))
        self.ran(RESULT, order, 2)

    def more_of_answers(self):
        payment, order = self.merchant.new("hour")
        raw = self.call(CHECK, "multipart", CHECK.fields(self.chance, payment, order))
        want = {"pg_timeout": "3600", **self.description(CHECK, order)}
        self.checks.passes("callbacks: check: pg_timeout", self.answer, CHECK, raw, **want)
        payment, order = self.merchant.new()
        raw = self.call(CHECK, "multipart", CHECK.fields(self.chance, payment, order))
        self.checks.passes("callbacks: check: no pg_timeout", self.answer, CHECK, raw, pg_timeout=None)
        # What XML has no way to write, or reads otherwise than it was written, must not spoil the signature.
        for name, odd in {"marks": "<&>\"' ]]> &amp; <!-- -->", "lines": "\r\n\r\n \t ", "planes": "😀 Ә \u00a0\u200b\u2028\ufeff",
                          "controls": "\x01\x1f\x7f\x85", "no characters": "\ufffe\uffff", "spaces": "   "}.items():
            for kind in (CHECK, RESULT):
                payment, order = self.merchant.new()
                order = f"{order[-12:]}-{odd}"
                fields = kind.fields(self.chance, payment, order)
                raw = self.call(kind, "urlencoded", fields)
                self.checks.passes(f"callbacks: {kind.name}: a description with {name}", lambda: (
                    self.answer(kind, raw, **(self.description(kind, order) if name in ("marks", "planes", "spaces") else {})),
                    same(fingerprint(self.call(kind, "multipart", fields)), fingerprint(raw)), self.ran(kind, order, 1)))
        for kind in (CHECK, RESULT):
            payment, order = self.merchant.new("silent")
            raw = self.call(kind, "multipart", kind.fields(self.chance, payment, order))
            self.checks.passes(f"callbacks: {kind.name}: without a description", lambda: same(
                (self.answer(kind, raw)["pg_description"] or ""), ""))

    # ------------------------------------------------------------ failures

    def failures(self):
        """Functions that fail, all at once: they take a second or more, and each has an order of its own."""
        tests = []
        for kind in KINDS:
            for number, how in enumerate(("fail", "panic", "zero", "slow")):
                if how == "zero" and kind in (PAYOUT, CARD):
                    continue
                tests.append((f"{kind.name}: {how}", self.failure, kind, how, FORMS[number]))
                tests.append((f"{kind.name}: {how}, once", self.failure_once, kind, how, FORMS[-number]))
            tests.append((f"{kind.name}: late", self.late, kind))
            tests.append((f"{kind.name}: stuck", self.stuck, kind))
            tests.append((f"{kind.name}: waits in vain", self.waits, kind))
            tests.append((f"{kind.name}: gone", self.gone, kind))
        for name in WEBHOOKS:
            for how in ("fail", "panic", "slow"):
                tests.append((f"{name}: {how}", self.webhook_failure, name, how))
        # Threads must not share the random numbers, or what is sent depends on which one comes first.
        made = [(name, function, random.Random(self.chance.random()), arguments) for name, function, *arguments in tests]
        with concurrent.futures.ThreadPoolExecutor(len(made)) as pool:
            results = [(name, pool.submit(function, chance, *arguments)) for name, function, chance, arguments in made]
        for name, result in results:
            self.checks.passes(f"callbacks: {name}", result.result)

    def fresh(self, prefix, kind, chance):
        with self.lock:
            payment, order = self.merchant.new(prefix)
        return order, kind.fields(chance, payment, order, **({"pg_can_reject": "1"} if kind is RESULT else {}))

    def not_taken(self, kind, raw):
        """The answer where a function failed: the payer is refused, anything else is to come again."""
        if kind is CHECK:
            self.answer(CHECK, raw, "rejected", pg_description="Попробуйте позже & снова")
        else:
            self.failed(raw)

    def failure(self, chance, kind, how, form):
        order, fields = self.fresh(how, kind, chance)
        for run in (1, 2):
            self.not_taken(kind, self.call(kind, form, fields, chance=chance))
            self.ran(kind, order, run)

    def failure_once(self, chance, kind, how, form):
        """A failure is not remembered; the success after it is."""
        order, fields = self.fresh(how + "-once", kind, chance)
        self.not_taken(kind, self.call(kind, form, fields, chance=chance))
        self.ran(kind, order, 1)
        answers = [self.call(kind, other, fields, chance=chance) for other in (form, "multipart", "query")]
        self.answer(kind, answers[0], **self.description(kind, order))
        same(len({repr(fingerprint(answer)) for answer in answers}), 1, "different answers")
        self.ran(kind, order, 2)

    def webhook_failure(self, chance, name, how):
        with self.lock:
            payment, order = self.merchant.new(how + "-once")
        body = wire.compact(webhook(name, chance, payment, order)[0])
        self.failed(self.merchant.send("POST", f"/shop/{name}", wire.JSON, body))
        same(self.merchant.send("POST", f"/shop/{name}", wire.JSON, body).status, 200)
        self.ran(notify.Kind(name, {}, {}), order, 2)

    def late(self, chance, kind):
        """A function that ends after its time keeps its claim, and its success counts."""
        order, fields = self.fresh("late", kind, chance)
        self.not_taken(kind, self.call(kind, "multipart", fields, chance=chance))
        for _ in range(3):  # the first of these waits for the function to end
            raw = self.call(kind, "urlencoded", fields, chance=chance)
            if raw.status == 200 and b"rejected" not in raw.body:
                break
        self.answer(kind, raw, **self.description(kind, order))
        same(fingerprint(self.call(kind, "query", fields, chance=chance)), fingerprint(raw))
        self.ran(kind, order, 1)

    def stuck(self, chance, kind):
        """A function that does not end loses its claim after twice its time; the next one runs then, and not before."""
        order, fields = self.fresh("stuck-once", kind, chance)
        start = time.monotonic()
        self.not_taken(kind, self.call(kind, "multipart", fields, chance=chance))
        answers = []
        while not answers or answers[-1].status == 503 or b"rejected" in answers[-1].body:
            if time.monotonic() - start > 10 * TIMEOUT:
                raise Wrong(f"never taken: {answers[-1]}")
            answers.append(self.call(kind, "multipart", fields, chance=chance))
        if time.monotonic() - start < 1.9 * TIMEOUT:
            raise Wrong("the claim was given to another one before its time")
        self.answer(kind, answers[-1], **self.description(kind, order))
        self.ran(kind, order, 2)
        time.sleep(1.5 * TIMEOUT)  # what the first one comes to in the end changes nothing
        same(fingerprint(self.call(kind, "multipart", fields, chance=chance)), fingerprint(answers[-1]))
        self.ran(kind, order, 2)

    def waits(self, chance, kind):
        """Whoever comes while the function is at work waits, and is told to come again when it takes too long."""
        order, fields = self.fresh("stuck", kind, chance)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(
                lambda form: self.call(kind, form, fields, chance=random.Random(form)), ("multipart", "query", "xml multipart")))
        self.ran(kind, order, 1)
        for answer in answers:
            self.not_taken(kind, answer)

    def gone(self, chance, kind):
        """A sender that goes away does not stop the function."""
        order, fields = self.fresh("work", kind, chance)
        method, target, content_type, body = self.request(kind, "urlencoded", fields, chance=chance)
        url = urllib.parse.urlsplit(self.merchant.base_url)
        with socket.create_connection((url.hostname, url.port)) as connection:
            head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            time.sleep(TIMEOUT / 20)
        raw = self.call(kind, "multipart", fields, chance=chance)
        self.answer(kind, raw, **self.description(kind, order))
        self.ran(kind, order, 1)

    def stores(self):
        """Without a store nothing is promised, whatever the function said."""
        for kind in KINDS:
            for prefix, runs in (("/noclaim", 0), ("/nofinish", 1)):
                payment, order = self.merchant.new()
                raw = self.call(kind, "multipart", kind.fields(self.chance, payment, order), prefix=prefix)
                self.checks.passes(f"callbacks: {kind.name}: {prefix[1:]}: is not answered", self.failed, raw)
                self.checks.passes(f"callbacks: {kind.name}: {prefix[1:]}: runs", self.ran, kind, order, runs)
            payment, order = self.merchant.new()
            raw = self.call(kind, "multipart", kind.fields(self.chance, payment, order), path=kind.path("lost"))
            self.checks.passes(f"callbacks: {kind.name}: secrets that cannot be looked up", lambda: same(raw.status, 503))
            self.checks.passes(f"callbacks: {kind.name}: secrets that cannot be looked up: runs", self.ran, kind, order, 0)

    # ------------------------------------------------------------ signed, but no such message

    def not_understood(self, kind):
        for number, (name, change) in enumerate(WRONG[kind.name].items()):
            for form in (FORMS[number % len(FORMS)], FORMS[(number + 3) % len(FORMS)]):
                payment, order = self.merchant.new()
                fields = kind.fields(self.chance, payment, order, **change)
                raw = self.call(kind, form, fields)
                self.checks.passes(f"callbacks: {kind.name}: {form}: {name}: error", self.answer, kind, raw, "error", code=400)
                self.checks.passes(f"callbacks: {kind.name}: {form}: {name}: the function does not run", self.ran, kind, order, 0)
        # One field is there twice, signed: whoever reads it may read the one or the other.
        for form in FORMS:
            payment, order = self.merchant.new()
            fields = kind.fields(self.chance, payment, order)
            pairs = forms.elements(fields) if form.startswith("xml") else forms.fields_of(fields)
            pairs.append(("pg_payment_id", "1" + payment))
            raw = self.call(kind, form, pairs)
            name = f"callbacks: {kind.name}: {form}: two payment ids"
            self.checks.passes(f"{name}: error", self.answer, kind, raw, "error", code=400)
            self.checks.passes(f"{name}: the function does not run", self.ran, kind, order, 0)

    def odd(self, kind):
        """A member that cannot be read hides nothing: the function runs, and has all the others."""
        number = 0
        for member, texts in ODD[kind.name].items():
            for text in texts:
                form = FORMS[number % len(FORMS)]
                number += 1
                payment, order = self.merchant.new()
                fields = kind.fields(self.chance, payment, order, **{member: text})
                raw = self.call(kind, form, fields)
                name = f"callbacks: {kind.name}: {form}: {member} {text}"
                self.checks.passes(f"{name}: is answered", self.answer, kind, raw)
                rest = {key: value for key, value in fields.items() if key != member}
                self.checks.passes(f"{name}: the function got the others", self.got, kind, form, rest, "shop")

    def still_understood(self):
        """Signed callbacks that lack what the page requires but nobody needs, and have what it does not know."""
        for number, (name, change) in enumerate({
            "no pg_ps_currency": {"pg_ps_currency": None},
            "no amounts but one": {"pg_net_amount": None, "pg_ps_amount": None, "pg_ps_full_amount": None},
            "no pg_description": {"pg_description": None}, "no pg_payment_date": {"pg_payment_date": None},
            "an empty pg_payment_date": {"pg_payment_date": ""}, "an empty pg_net_amount": {"pg_net_amount": ""},
            "an unknown pg_result": {"pg_result": "7"}, "an unknown payment method": {"pg_payment_method": "of_tomorrow"},
            "an unknown currency": {"pg_currency": "KZTX"}, "a long description": {"pg_description": "Шай " * 1000},
            "a negative amount": {"pg_amount": "-10.50"}, "a large amount": {"pg_amount": "12345678901234567890.12"},
            "an amount with many zeros": {"pg_amount": "10.5000"}, "a long payment id": {"pg_payment_id": "9" * 30},
        }.items()):
            form = FORMS[number % len(FORMS)]
            payment, order = self.merchant.new()
            fields = RESULT.fields(self.chance, payment, order, **change)
            raw = self.call(RESULT, form, fields)
            name = f"callbacks: result: {form}: {name}"
            self.checks.passes(f"{name}: is answered", self.answer, RESULT, raw)
            self.checks.passes(f"{name}: the function got what was sent", self.got, RESULT, form, fields, "shop")

    # ------------------------------------------------------------ notifications in JSON

    def webhooks(self, name):
        """A function is only told what to ask, as often as it is told; and nothing that is not said in JSON."""
        kind = notify.Kind(name, {}, {})
        for number in range(1, RANDOM_ONES + 1):
            payment, order = self.merchant.new()
            merchant = self.chance.choice(["shop", "other", "both"])
            members, asked, operation = webhook(name, self.chance, payment, order)
            body = wire.compact(members)
            if number % 2:
                body = json.dumps(json.loads(body), indent=4).encode() + b"\n"
            for times, content_type in enumerate((wire.JSON, f"{wire.JSON}; charset=utf-8"), 1):
                raw = self.merchant.send("POST", f"/{merchant}/{name}", content_type, body)
                self.checks.passes(f"callbacks: {name} {number}: is answered, time {times}", lambda: same(
                    (raw.status, raw.media_type(), raw.json()), (200, wire.JSON, {})))
                self.checks.passes(f"callbacks: {name} {number}: the function is told what to ask, time {times}", lambda: same(
                    [(line["merchant"], line["asks"], notify.got(line)) for line in self.ran(kind, order, times)][-1],
                    (merchant, operation, asked)))
        payment, order = self.merchant.new()
        body = wire.compact(webhook(name, self.chance, payment, order)[0])
        for what, method, content_type, sent, want in [
                *((f"by {method}", method, wire.JSON, body, 405) for method in ("GET", "PUT", "DELETE", "HEAD")),
                *((f"as {content_type}", "POST", content_type, body, 400)
                  for content_type in (None, "text/plain", forms.URLENCODED, "json")),
                ("cut", "POST", wire.JSON, body[:-1], 400), ("empty", "POST", wire.JSON, b"", 400),
                ("with text after it", "POST", wire.JSON, body + b"x", 400), ("twice", "POST", wire.JSON, body * 2, 400),
                ("with bytes that are no UTF-8", "POST", wire.JSON, body.replace(b"order", b"\xff"), 400),
                ("as a form", "POST", wire.JSON, b"external_id=" + order.encode(), 400),
                ("of ten thousand levels", "POST", wire.JSON, b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400),
                ("of two megabytes", "POST", wire.JSON, body + b" " * (2 << 20), 413)]:
            raw = self.merchant.send(method, f"/shop/{name}", content_type, sent)
            self.checks.passes(f"callbacks: {name}: {what}: is refused", lambda: (same(raw.status, want), self.ran(kind, order, 0)))

    # ------------------------------------------------------------ the payer's way back

    def back(self):
        for form in ("query", "urlencoded"):
            for number in range(1, RANDOM_ONES + 1):
                payment, order = self.merchant.new()
                fields = BACK.fields(self.chance, payment, order)
                merchant = ("shop", "other", "both", "shop")[number - 1]
                name = f"callbacks: back: {form} {number}"
                for times in (1, 2):  # a payer may come back twice
                    raw = self.call(BACK, form, fields, merchant)
                    got = (raw.status, raw.media_type())
                    self.checks.equal(f"{name}: the page, time {times}", got, (200, "text/html"))
                    self.checks.passes(f"{name}: the function ran, time {times}", self.came_back, form, fields, merchant, times)
        for prefix, runs in (("", 1), ("/off", 0)):
            order = self.merchant.new()[1]
            failure = {"pg_order_id": order, "pg_status": "error", "pg_error_code": "9999", "pg_error_description": "Отказано"}
            raw = self.merchant.send("GET", f"{prefix}/shop/back?{urllib.parse.urlencode(failure)}", None, None)
            name = f"callbacks: back: a failure in a frame, {'switched on' if runs else 'off'}"
            self.checks.check(f"{name}: the page", (raw.status == 200) == (runs == 1), raw)
            self.checks.passes(f"{name}: the function", lambda: same(
                [line["verified"] for line in self.ran(BACK, order, runs)], [False] * runs))

    def came_back(self, form, fields, merchant, times):
        line = self.ran(BACK, fields["pg_order_id"], times)[-1]
        same((line["merchant"], line["payment_id"], line["verified"]), (merchant, fields["pg_payment_id"], True))
        pairs = [pair for pair in notify.pairs_of(form, fields) if pair[0] not in ("pg_order_id", "pg_payment_id")]
        same(notify.got(line), pairs, "fields")


def webhook(name, chance, payment, order):
    """A notification in JSON, after the examples of its page; of the one about an invoice there is none. And what to ask with."""
    amount = decimal.Decimal(notify.amount(chance))
    return {
        "profile": ({
            "profile_id": payment, "status": chance.choice(["active", "canceled", "of tomorrow"]), "invoice_type": "binance",
            "external_id": order, "agreement_type": "on-demand", "expires_at": "2030-06-30", "created_at": "2030-06-30T13:09:39Z",
        }, [("external_id", order), ("profile_id", payment)], "merchant.invoiceRecurringInfo"),
        "application": ({
            "id": payment, "external_id": order, "status": "new", "approved_amount": amount, "currency": "KZT", "bank_code": "TEST",
            "created_at": "2030-06-30T13:09:39Z", "updated_at": "2030-06-30T13:09:39Z", "of_tomorrow": [{"a": notify.text(chance)}],
        }, [("id", payment)], "installment.applicationStatus"),
        "invoice": ({"external_id": order, "status": "paid", "amount": amount, "nested": {"a": [1, None, notify.text(chance)]}}, [],
                    "merchant.invoiceStatus"),
    }[name]


WEBHOOKS = ("profile", "application", "invoice")
NO_NUMBER = ["ten", "1,5", "1 000", "0x10", "1e", "--1", "NaN", "٣"]
NO_ID = {"no payment id": {"pg_payment_id": None}, "an empty payment id": {"pg_payment_id": ""},
         "a payment id with fields in it": {"pg_payment_id": {"a": "1"}}}
NO_AMOUNT = {"no amount": {"pg_amount": None}, "an empty amount": {"pg_amount": ""}, "no currency": {"pg_currency": None}}
WRONG = {
    "check": {
        **NO_ID, **NO_AMOUNT, **{f"pg_amount {text}": {"pg_amount": text} for text in NO_NUMBER},
    },
    "result": {
        **NO_ID, **NO_AMOUNT, "no result": {"pg_result": None},
        "an empty result": {"pg_result": ""}, **{f"pg_amount {text}": {"pg_amount": text} for text in NO_NUMBER},
        **{f"pg_result {text}": {"pg_result": text} for text in ("ok", "success", "1.5", "yes")},
    },
    "payout": NO_ID,
    "card": NO_ID,
}
# What cannot be read and says nothing of what is told: it is taken for missing.
ODD = {
    "check": {"pg_ps_amount": [*NO_NUMBER, {"a": "1"}]},
    "result": {
        "pg_captured": ["maybe", "2", {"a": "1"}], "pg_can_reject": ["maybe", "-1"], "pg_net_amount": NO_NUMBER,
        "pg_discount_percent": ["10%"], "pg_testing_mode": ["yes"], "pg_user_phone": [{"a": "1", "b": "2"}],
    },
    "payout": {"pg_payment_amount": NO_NUMBER, "pg_balance": ["n/a"], "pg_to_pay": [{"a": "1"}]},
    "card": {"pg_card_hash": [{"a": "1"}]},
}


def main():
    base_url, lines = notify.usage()
    checks = wire.Checks()
    gateway = Gateway(notify.Merchant(base_url, lines, forms.seeded()), checks)
    for kind in KINDS:
        for part in (gateway.right, gateway.otherwise, gateway.together, gateway.not_understood, gateway.odd):
            checks.run(f"callbacks: {kind.name}: {part.__name__}", part, kind)
    for name in WEBHOOKS:
        checks.run(f"callbacks: {name}", gateway.webhooks, name)
    for part in (gateway.salts, gateway.still_understood, gateway.news, gateway.other_news, gateway.rejections, gateway.stores,
                 gateway.back, gateway.failures):
        checks.run(f"callbacks: {part.__name__}", part)
    checks.finish()


if __name__ == "__main__":
    main()
