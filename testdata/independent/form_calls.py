#!/usr/bin/env python3
"""Runs the command line's `call` against server.py, for operations that are signed with pg_sig.

usage: form_calls.py PATH_TO_BINARY

Every operation is called in every form, and the right answers must come out as the JSON that the documentation's types
make of them. Then the server gives answers that no client may take for a success, and the command must say what it is.
"""

import concurrent.futures
import decimal
import http.server
import io
import json
import os
import subprocess
import sys
import threading
import urllib.parse

import form_server
import server
import wire

IDENTITY, SECRET, PAYOUT_SECRET = "123456", "Платёж; key #1", "Выплата; key #2"
FORMS = ("multipart", "urlencoded", "xml")
# The wrong answers go to an operation that moves money and one that reads; those that are about signatures to two more,
# which are signed with the payout secret.
WRONGED, PAYOUTS = ["gateway.cardPay", "merchant.paymentStatus"], ["merchant.payoutIBAN", "gateway.payoutBalance"]
# A verified refusal is a promise that nothing was done; a status that refuses around a signed success is none.
KNOWN = {"a signed error", "a signed error of an unknown payment", "a signed error that tells the card number"}
SILENT = "an answer that does not come"


class Calls:
    def __init__(self, binary, base_url):
        self.binary, self.base_url = binary, base_url

    def run(self, operation, prefix, *flags, secret=SECRET, payout=PAYOUT_SECRET, request=None):
        """exit status, standard output, standard error"""
        request = operation.request if request is None else request
        done = subprocess.run(
            [self.binary, "call", operation.name, "--base-url", self.base_url + urllib.parse.quote(prefix), "--auth-id", IDENTITY,
             "--timeout", "10s", *operation.flags, *flags],
            env=os.environ | {"FREEDOMPAY_SECRET": secret, "FREEDOMPAY_PAYOUT_SECRET": payout}, capture_output=True, timeout=20,
            input=wire.compact(request))
        return done.returncode, done.stdout.decode(), done.stderr.decode()


def read_json(text):
    def members(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError(f"a member twice in {pairs}")
        return dict(pairs)
    return json.loads(text, parse_float=decimal.Decimal, object_pairs_hook=members)


def right(calls, operation, prefix, *flags, **how):
    """Why the call did not come to the expected JSON, or None. Numbers are compared by their digits."""
    code, out, err = calls.run(operation, prefix, *flags, **how)
    if code != 0:
        return err
    got, want = read_json(out), operation.expected()
    want |= dict([extra for name, extra in form_server.EXTRA.items() if prefix == f"/plain/{name}"])
    for name in ("pg_salt", "pg_sig"):
        got.pop(name, None)
    # An empty element says nothing: a client may leave it out.
    got, want = ({n: v for n, v in members.items() if v != ""} for members in (got, want))
    return None if server.literals(got) == server.literals(want) and not err else f"got {got}, want {want}; {err}"


def wrong(calls, operation, name):
    """Why the call was not refused as it should be, or None."""
    kind = form_server.WRONG[name][1]
    code, out, err = calls.run(operation, f"/wrong/{name}", *(["--timeout", "500ms"] if name == SILENT else []))
    first = err.partition("\n")[0]
    if code != 1 or out or not first.startswith(f"freedompay: {operation.name}: {kind}"):
        return f"exit status {code}, {out!r}, {err!r}, want 1 and {kind!r}"
    if "HTTP 400" in first:
        return f"the server did not take the request: {err!r}"
    if operation.write and name not in KNOWN and "unknown outcome" not in first:
        return f"nothing of an unknown outcome in {first!r}"
    if "unknown outcome" in first and (not operation.write or name in KNOWN):
        return f"an unknown outcome in {first!r}"
    for secret in (SECRET, PAYOUT_SECRET, form_server.CARD["pg_card_pan"]):
        if secret in err:
            return f"it tells a secret: {err!r}"
    return None


def refused(calls, log, operation, *flags, **how):
    """Why the server did not refuse the call's signature, or None: it must be able to say no."""
    code, out, err = calls.run(operation, "/response", *flags, **how)
    told = [line for line in log.getvalue().splitlines() if line.startswith("refused ") and operation.path in line]
    if code != 1 or out or not told or "signature" not in told[-1]:
        return f"exit status {code}, {out!r}, {err!r}; the server said {told[-1:]}"
    return None


def cases(calls, log):
    """(name, function, arguments)"""
    of = form_server.BY_NAME
    for operation in form_server.OPERATIONS:
        for form in FORMS:
            for root in ("response", "root") if form == "multipart" else ("response",):
                name = f"call: {operation.name} --form {form}, <{root}>"
                yield name, right, operation, f"/{root}/{form}", "--form", form
    status = of["gateway.paymentStatus"]
    for name in form_server.PLAIN:
        yield f"call: the right answer {name}", right, status, f"/plain/{name}"
    yield "call: the default form is multipart", right, status, "/response/multipart"
    for operation in map(of.get, WRONGED + PAYOUTS):
        yield f"call: {operation.name} with a wrong secret is refused", refused, log, operation, dict(secret="wrong", payout="wrong")
    for operation, scheme in ((of["gateway.payoutCard"], "payment"), (of["gateway.cardPay"], "payout")):
        yield f"call: {operation.name} --sign-with {scheme} is refused", refused, log, operation, "--sign-with", scheme
    yield "call: gateway.cardPay --script other is refused", refused, log, of["gateway.cardPay"], "--script", "other"
    mobile = of["merchant.mobilePay"]
    yield ("call: a success that its page shows unsigned is refused without --unsigned-answer", unsigned, mobile, "/response",
           "--unsigned-answer=false")
    yield ("call: --unsigned-answer is for such operations alone", unsigned, of["gateway.cardPay"],
           "/wrong/a success without pg_salt and pg_sig", "--unsigned-answer")
    yield "call: --unsigned-answer does not take a wrong signature", unsigned, mobile, "/wrong/a success with a pg_sig of zeros"
    yield "call: --unsigned-answer does not take an error", unsigned, mobile, "/wrong/an unsigned error", "rejected"
    for name, (_, kind) in form_server.WRONG.items():
        for operation in map(of.get, WRONGED + (PAYOUTS if kind == form_server.BAD else [])):
            yield f"call: {operation.name} does not take {name}", wrong, operation, name


def unsigned(calls, operation, prefix, *flags):
    kind = "rejected" if "rejected" in flags else "bad signature"
    code, out, err = calls.run(operation, prefix, *(flag for flag in flags if flag != kind))
    if code != 1 or out or not err.startswith(f"freedompay: {operation.name}: {kind} (unknown outcome)"):
        return f"exit status {code}, {out!r}, {err!r}"
    return None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    checks, log = wire.Checks(), io.StringIO()

    class Handler(server.Handler):
        form_verifier = form_server.Verifier(IDENTITY, SECRET, PAYOUT_SECRET)

        def log(self, text):
            log.write(text + "\n")

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    calls = Calls(sys.argv[1], f"http://127.0.0.1:{listener.server_port}")

    def attempt(case):
        _, function, *arguments = case
        how = arguments.pop() if isinstance(arguments[-1], dict) else {}
        try:
            return function(calls, *arguments, **how)
        except Exception as error:  # a broken answer may break in any way
            return f"{type(error).__name__}: {error}"

    listed = list(cases(calls, log))
    with concurrent.futures.ThreadPoolExecutor(max(4, os.cpu_count())) as pool:
        for case, trouble in zip(listed, pool.map(attempt, listed)):
            checks.check(case[0], trouble is None, trouble)
    again = [line for line in log.getvalue().splitlines() if "X-Request-Id" in line or line.startswith("refused GET")]
    checks.check("call: no request was sent twice, and no redirect followed", not again, again)
    listener.shutdown()
    checks.finish()


if __name__ == "__main__":
    main()
