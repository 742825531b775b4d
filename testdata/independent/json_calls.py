#!/usr/bin/env python3
"""Runs the command line's `call` against a server that writes down what it gets, for every operation that speaks JSON.

usage: json_calls.py PATH_TO_BINARY

First what goes out: method, path, query, header fields, signature and body, byte for byte, against json_table.py, which is
written from the documentation alone. Then what comes in: every documented answer must be printed with all its digits, every
documented failure and some thirty answers that are none must be a failure, and tell nothing that is a secret.
"""

import base64
import concurrent.futures
import decimal
import http.server
import json
import os
import queue
import re
import subprocess
import sys
import threading
import urllib.parse
import uuid

import json_table
import wire

IDENTITY, SECRET, TOKEN = "123456", 'Құпия кілт; "key" #1', "bearer-Token_0.9~/+="
LIMIT = 4 << 20  # of an answer's bytes; a longer one is refused
HTML = "<!DOCTYPE html><html><body><h1>OK</h1></body></html>"
TEXT = "Дүкен & <b>Co</b> \"№5\" \\ 😀 \u2028\u007f\t'ok'"  # what a codec of JSON might escape, or lose


def read_json(text):
    """JSON, strictly: no member twice, every digit of a number."""
    def members(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError(f"a member twice in {pairs}")
        return dict(pairs)
    return json.loads(text, parse_float=decimal.Decimal, object_pairs_hook=members)


def literals(value):
    """Numbers as their digits, so that 500.00 and 500 differ, and 1 and true."""
    if isinstance(value, dict):
        return {name: literals(member) for name, member in value.items()}
    if isinstance(value, list):
        return [literals(item) for item in value]
    if isinstance(value, (int, decimal.Decimal)) and not isinstance(value, bool):
        return "number", str(value)
    return value


# ---------------------------------------------------------------- the server

class Record:
    """One request as it came."""

    def __init__(self, handler, body):
        self.method, self.target, self.body = handler.command, handler.path, body
        self.headers = [(name.lower(), value) for name, value in handler.headers.items()]

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]


class Reply:
    """One answer. body is bytes; how says what is done to the connection."""

    def __init__(self, status=200, body=b"", content_type="application/json", headers=(), how=""):
        self.status, self.body, self.content_type, self.headers, self.how = status, body, content_type, list(headers), how


class Recorder(http.server.ThreadingHTTPServer):
    """Gives one prepared answer, and keeps the requests."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.records, self.reply = [], Reply()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that has read enough closes


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.records.append(Record(self, body))
        reply = self.server.reply
        self.close_connection = True
        if reply.how == "closed":
            return
        self.send_response(reply.status)
        if reply.content_type:
            self.send_header("Content-Type", reply.content_type)
        for header in reply.headers:
            self.send_header(*header)
        if reply.how != "without its length":
            self.send_header("Content-Length", str(len(reply.body) + (10 if reply.how == "cut" else 0)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def log_message(self, *arguments):
        pass


class Caller:
    """Runs the command against a server of its own."""

    def __init__(self, binary):
        self.binary, self.server = binary, Recorder()
        self.base_url = f"http://127.0.0.1:{self.server.server_port}"

    def run(self, operation, request, reply, *flags):
        """exit status, standard output, standard error, requests that came"""
        self.server.records, self.server.reply = [], reply
        done = subprocess.run(
            [self.binary, "call", operation.name, "--base-url", self.base_url, "--auth-id", IDENTITY, "--timeout", "15s", *flags],
            env=os.environ | {"FREEDOMPAY_SECRET": SECRET, "FREEDOMPAY_TOKEN": TOKEN}, capture_output=True, timeout=30,
            input=request if isinstance(request, bytes) else request.encode())
        return done.returncode, done.stdout.decode(), done.stderr.decode(), self.server.records


# ---------------------------------------------------------------- what goes out

def escaped(text):
    """One segment of a path (RFC 3986): all but unreserved characters, as UTF-8."""
    return urllib.parse.quote(text, safe="-._~")


def same_escapes(target):
    """A target with its escapes undone as far as that does not change what it means, as `+` or `%20` for a space may stand in
    a query, and sub-delims like `$` in a segment may be escaped or not."""
    path, _, query = target.partition("?")
    return ([urllib.parse.unquote(segment) for segment in path.split("/")],
            urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))


def target_of(operation, members):
    path = re.sub(r"\{(\w+)\}", lambda match: escaped(members[match[1]]), operation.path)
    query = urllib.parse.urlencode([(name, members[name]) for name in operation.query if name in members])
    return path + ("?" + query if query else "")


def documented_header(operation, path):
    """The protected header's members, in the order of the pages."""
    return json.dumps({"uri": path, "auth_id": IDENTITY, "method": operation.method, "params": "", "alg": operation.auth},
                      separators=(",", ":"), ensure_ascii=False).encode()


def outgoing(operation, request, record):
    """(what, got, want) for all that the documentation fixes of one request."""
    members = read_json(request)
    path = record.target.partition("?")[0]
    yield "method", record.method, operation.method
    yield "path and query", same_escapes(record.target), same_escapes(target_of(operation, members))
    yield "no user, password, or host in the target", record.target[:1], "/"
    yield "X-Action", record.all("X-Action"), [operation.action] if operation.action else []
    want = b"" if operation.bodiless else wire.compact(members)
    yield "body", record.body, want
    yield "no body in chunks", record.all("Transfer-Encoding"), []
    yield "length", record.all("Content-Length") or ["0"], [str(len(want))]
    if not operation.bodiless:
        yield "Content-Type", record.all("Content-Type"), ["application/json"]
    yield "Accept", record.all("Accept"), ["application/json"]
    # A body's signature and a token have no place in the same request: each is what authorizes.
    if operation.auth in wire.DIGESTS:
        yield "X-JWS-Signature", record.all("X-JWS-Signature"), [
            wire.detached(documented_header(operation, path), want, SECRET.encode(), operation.auth)]
        yield "no Authorization", record.all("Authorization"), []
    else:
        pair = base64.b64encode(f"{IDENTITY}:{SECRET}".encode()).decode()
        yield "no X-JWS-Signature", record.all("X-JWS-Signature"), []
        yield "Authorization", record.all("Authorization"), {"basic": [f"Basic {pair}"], "bearer": [f"Bearer {TOKEN}"], "none": []}[operation.auth]
    for name, value in record.headers:
        if SECRET in value or (TOKEN in value and name != "authorization"):
            yield f"no secret in {name}", value, "no secret"


def is_uuid7(text):
    try:
        return uuid.UUID(text).version == 7 and uuid.UUID(text).variant == uuid.RFC_4122 and str(uuid.UUID(text)) == text
    except ValueError:
        return False


def backwards(value):
    """The same value with the members of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: backwards(member) for name, member in reversed(value.items())}
    return [backwards(item) for item in value] if isinstance(value, list) else value


def unchecked(request):
    """The pages print numbers of cards, and a terminal without a product, that no check of a request would pass."""
    return ["--no-validate"] if "XXXX" in request or '"product": {}' in request else []


def check_outgoing(caller, operation, label):
    """Four calls with one request: as printed, twice written otherwise and with the id of the first, and once more."""
    request = operation.requests[label]
    good = Reply(body=next(iter(operation.answers.values())).encode())
    flags = unchecked(request)
    name = f"call: {operation.name}, request {label}"
    code, out, err, records = caller.run(operation, request, good, *flags)
    yield f"{name}: exit status", (code, err), (0, "")
    yield f"{name}: one request", len(records), 1
    if not records:
        return
    first = records[0]
    for what, got, want in outgoing(operation, request, first):
        yield f"{name}: {what}", got, want
    made = first.all("X-Request-Id")
    yield f"{name}: X-Request-Id is a UUID version 7", [is_uuid7(one) for one in made], [True]
    # White space and escapes in what is given are none of the wire's: it is compact, and other scripts are as they are.
    given = made[0] if made else wire.uuid7()
    pretty = json.dumps(read_json(request), indent=3, default=lambda number: f"@{number}@")
    pretty = re.sub(r'"@([0-9.]+)@"', r"\1", pretty)
    for how, text in (("with white space and escapes", pretty), ("with members backwards", wire.compact(backwards(read_json(request))))):
        code, out, err, records = caller.run(operation, text, good, "--request-id", given, *flags)
        yield f"{name}: {how}: exit status", (code, err), (0, "")
        yield f"{name}: {how}: one request with the X-Request-Id that is given", [one.all("X-Request-Id") for one in records], [[given]]
        for record in records:
            # A client that has an order of its own may keep it: the signature is over what it sends.
            same = first.body if how != "with members backwards" or record.body == first.body else wire.compact(read_json(text))
            yield f"{name}: {how}: target", record.target, first.target
            yield f"{name}: {how}: body", record.body, b"" if operation.bodiless else same
            if operation.auth in wire.DIGESTS:
                yield f"{name}: {how}: X-JWS-Signature", record.all("X-JWS-Signature"), [wire.detached(
                    documented_header(operation, record.target.partition("?")[0]), record.body, SECRET.encode(), operation.auth)]
    code, out, err, records = caller.run(operation, request, good, *flags)
    other = [value for record in records for value in record.all("X-Request-Id")]
    yield f"{name}: another call has another X-Request-Id", (len(other), other != made), (1, True)


# ---------------------------------------------------------------- what comes in

def check_answer(caller, operation, label, text):
    request = next(iter(operation.requests.values()))
    flags = unchecked(request)
    name = f"call: {operation.name}, answer {label}"
    code, out, err, _ = caller.run(operation, request, Reply(body=text.encode()), *flags)
    yield f"{name}: exit status", (code, err), (0, "")
    yield f"{name}: is printed whole", literals(read_json(out)) if code == 0 else out, literals(read_json(text))


def check_failure(caller, operation, label, reply, kinds, error_code=""):
    """A failure is exit status 1, nothing on standard output, and a text that names the operation, the kind, and no secret."""
    request = next(iter(operation.requests.values()))
    flags = unchecked(request)
    code, out, err, records = caller.run(operation, request, reply, *flags)
    name = f"call: {operation.name} does not take {label}"
    yield f"{name}: exit status", (code, out), (1, "")
    said = (rf"freedompay: {re.escape(operation.name)}: (?:{kinds})(?: \(unknown outcome\))?(?: \(HTTP| \(request|:)")
    yield f"{name}: kind", bool(re.match(said, err)) or err, True
    yield f"{name}: a call that only reads has no unknown outcome", operation.reads and "unknown outcome" in err, False
    yield f"{name}: one request", len(records), 1
    if error_code:
        yield f"{name}: tells its code", error_code in err.partition("(HTTP")[0] or err, True
    told = [secret for secret in (SECRET, TOKEN, base64.b64encode(f"{IDENTITY}:{SECRET}".encode()).decode()) if secret in err]
    yield f"{name}: tells no secret", told, []


REFUSED = "rejected|not found|duplicate|temporary"
UNEXPECTED, LOST = "an answer that is none", "no whole answer"
# What an HTTP status means that no page has. The words are those of the command's README and of its help.
STATUSES = {400: "rejected", 401: "unauthorized", 403: "unauthorized", 404: "not found", 409: "rejected", 422: "rejected",
            429: "rate limited", 500: LOST, 502: LOST, 503: LOST}
WHOLE = (401, 404, 422, 500)  # in every form for every operation; the others in one form each
# Errors of json_table.py that are no documented answer.
NO_ANSWERS = {"a status that is no documented one": UNEXPECTED, "an object without members": UNEXPECTED,
              "an error object alone": "unexpected answer|" + REFUSED}


def kind_of(operation, what):
    """What was sent, and may have been done, has an unknown outcome unless an answer tells that it was not."""
    if what == UNEXPECTED:
        return "unexpected answer" if operation.reads else r"unexpected answer \(unknown outcome\)"
    if what == LOST:
        return "temporary" if operation.reads else "unknown outcome"
    return what


def wrong_answers(operation):
    """(label, reply, what it is)"""
    right = next(iter(operation.answers.values())).encode()
    first = next(iter(read_json(right).items()))
    twice = right.rstrip()[:-1] + b", " + wire.compact({first[0]: first[1]})[1:]
    yield "an HTML page", Reply(body=HTML.encode(), content_type="text/html; charset=utf-8"), UNEXPECTED
    yield "an HTML page that says it is JSON", Reply(body=HTML.encode()), UNEXPECTED
    yield "the right answer that says it is HTML", Reply(body=right, content_type="text/html"), UNEXPECTED
    yield "an empty body", Reply(), UNEXPECTED
    yield "an empty body without a content type", Reply(content_type=""), UNEXPECTED
    yield "a body of spaces", Reply(body=b" \n"), UNEXPECTED
    yield "null", Reply(body=b"null"), UNEXPECTED
    yield "a list", Reply(body=b"[" + right + b"]"), UNEXPECTED
    yield "a string", Reply(body=b'"ok"'), UNEXPECTED
    yield "JSON that ends too early", Reply(body=right.rstrip()[:-1]), UNEXPECTED
    yield "JSON with a comma too many", Reply(body=right.rstrip()[:-1] + b",}"), UNEXPECTED
    yield "JSON with something after it", Reply(body=right + b"{}"), UNEXPECTED
    yield "JSON with a member twice", Reply(body=twice), UNEXPECTED
    yield "JSON that is no UTF-8", Reply(body=right.rstrip()[:-1] + b', "x": "\xff\xfe"}'), UNEXPECTED
    yield "an answer of a byte more than 4 MiB", Reply(body=right + b" " * (LIMIT + 1 - len(right))), UNEXPECTED
    yield "an answer that breaks off", Reply(body=right, how="cut"), LOST
    yield "a connection that is closed", Reply(how="closed"), LOST
    yield "HTTP 204", Reply(status=204), UNEXPECTED
    yield "HTTP 302 to itself", Reply(status=302, body=right, headers=[("Location", operation.path)]), UNEXPECTED
    for status in (201, 202):
        yield f"the right answer in HTTP {status}, which no page has", Reply(status=status, body=right), UNEXPECTED
    for number, (status, what) in enumerate(STATUSES.items(), json_table.OPERATIONS.index(operation)):
        forms = [(f"the right answer in HTTP {status}", Reply(status=status, body=right)), (f"HTTP {status} without a body", Reply(status=status)),
                 (f"HTTP {status} with HTML", Reply(status=status, body=HTML.encode(), content_type="text/html"))]
        for label, reply in forms if status in WHOLE else [forms[number % 3]]:
            # A page that is no answer of the API's tells nobody that there is no such payment.
            page = status == 404 and operation.reads and label.endswith("with HTML")
            yield label, reply, UNEXPECTED if page else what
    for label, (status, text) in list(operation.errors.items())[:1]:
        # A code may say more than the status.
        yield f"{label} in HTTP 500", Reply(status=500, body=text.encode()), f"{kind_of(operation, LOST)}|{REFUSED}"
        yield f"{label} in HTTP 404", Reply(status=404, body=text.encode()), REFUSED


# ---------------------------------------------------------------- all of it



def good(operation):
    return Reply(body=next(iter(operation.answers.values())).encode())


def check_errors(caller, operation, label):
    status, text = operation.errors[label]
    code = re.search(r"-?[0-9]{4,6}|-[0-9]+", label)
    yield from check_failure(caller, operation, label, Reply(status=status, body=text.encode()),
                             kind_of(operation, NO_ANSWERS.get(label, REFUSED)), code[0] if code else "")


def check_wrong(caller, operation, label, reply, kinds):
    yield from check_failure(caller, operation, label, reply, kind_of(operation, kinds))


def check_texts(caller, operation):
    """Texts that a codec may spoil, in every member that takes any text, both ways."""
    request = {"request_id": json_table.REQUEST, "card_id": TEXT, "description": TEXT}
    answer = wire.compact({"status": "ok", "request_status": "process", "dt": "2019-08-24T14:15:22+05:00", "sandbox": TEXT,
                           "list": [TEXT, decimal.Decimal("0.10"), 12345678901234567890, decimal.Decimal("1.00000000000000000000001"),
                                    True, None, {}, [], {TEXT: {"a": decimal.Decimal("500.00")}}]})
    code, out, err, records = caller.run(operation, json.dumps(request), Reply(body=answer), "--no-validate")
    yield "call: awkward texts, exit status", (code, err), (0, "")
    yield "call: awkward texts go out as they are", [read_json(record.body) for record in records], [request]
    yield ("call: awkward texts are signed as they go out", [record.all("X-JWS-Signature") for record in records],
           [[wire.detached(documented_header(operation, record.target), record.body, SECRET.encode(), operation.auth)] for record in records])
    yield "call: awkward texts and members that no page has come back", literals(read_json(out)) if out else out, literals(read_json(answer))


def check_length(caller, operation, length, taken, how):
    """An answer of exactly so many bytes, with and without its length before it."""
    right = next(iter(operation.answers.values())).encode()
    code, out, err, _ = caller.run(operation, next(iter(operation.requests.values())), Reply(body=right + b" " * (length - len(right)), how=how))
    name = f"call: an answer of {length} bytes {how or 'with its length'} is {'taken' if taken else 'refused'}"
    yield name, (code, bool(out)), (0, True) if taken else (1, False)


def check_algorithm(caller, operation, flag):
    """--alg must change the signature, else the checks of it show nothing."""
    code, _, err, records = caller.run(operation, next(iter(operation.requests.values())), good(operation), "--alg", flag)
    name = f"call: {operation.name} --alg {flag}"
    yield f"{name}: exit status", (code, err), (0, "")
    for record in records:
        header = documented_header(operation, record.target.partition("?")[0]).replace(operation.auth.encode(), flag.encode())
        yield f"{name}: X-JWS-Signature", record.all("X-JWS-Signature"), [wire.detached(header, record.body, SECRET.encode(), flag)]


def cases(of):
    """(function, arguments...)"""
    for operation in json_table.OPERATIONS:
        for label in operation.requests:
            yield check_outgoing, operation, label
        for label, text in operation.answers.items():
            yield check_answer, operation, label, text
        for label in operation.errors:
            yield check_errors, operation, label
        for wrong in wrong_answers(operation):
            yield check_wrong, operation, *wrong
    yield check_texts, of["card.cardUnblock"]
    for length, taken in ((LIMIT, True), (LIMIT + 1, False)):
        for how in ("", "without its length"):
            yield check_length, of["partner.invoicesInfo"], length, taken, how
    many = b", ".join(b'"x%d": 1' % number for number in [*range(50), 7])
    for name in ("partner.invoicesInfo", "card.cardClose"):
        right = next(iter(of[name].answers.values())).encode().rstrip()[:-1]
        yield check_wrong, of[name], "JSON with a member twice among many", Reply(body=right + b", " + many + b"}"), UNEXPECTED
        yield check_wrong, of[name], "JSON with a member twice, once escaped", Reply(body=right + b', "a": 1, "\\u0061": 1}'), UNEXPECTED
        yield check_wrong, of[name], "JSON with a member twice in an object", Reply(body=right + b', "x": [{"a": 1, "a": 1}]}'), UNEXPECTED
    for name, flag in (("card.requestStatus", "HS256"), ("card.giftCardConfirm", "HS256"), ("partner.ratesAdd", "HS512")):
        yield check_algorithm, of[name], flag


def unknown_operations(binary, checks):
    """Whether the table has every operation that speaks JSON and is none of server.py's or form_server.py's."""
    done = subprocess.run([binary, "operations"], capture_output=True, timeout=30, check=True)
    rows = [line.split() for line in done.stdout.decode().splitlines()[1:]]
    listed = {row[0]: tuple(row[1:3]) for row in rows if row[3] in ("jwsHS256", "jwsHS512", "basic", "bearer", "unsigned")}
    table = {operation.name: (operation.method, operation.path) for operation in json_table.OPERATIONS}
    for name in sorted(listed | table):
        checks.equal(f"call: {name} is listed, with its method and path", listed.get(name), table.get(name))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    checks, binary = wire.Checks(), sys.argv[1]
    unknown_operations(binary, checks)
    number = max(4, os.cpu_count() or 1)
    callers = queue.SimpleQueue()
    for _ in range(number):
        callers.put(Caller(binary))

    def attempt(case):
        function, *arguments = case
        caller = callers.get()
        try:
            return list(function(caller, *arguments))
        except Exception as error:  # a broken answer may break in any way
            told = " ".join(str(one.name if isinstance(one, json_table.Operation) else one) for one in arguments[:2])
            return [(f"call: {function.__name__} {told}", f"{type(error).__name__}: {error}", None)]
        finally:
            callers.put(caller)

    with concurrent.futures.ThreadPoolExecutor(number) as pool:
        for found in pool.map(attempt, list(cases(json_table.BY_NAME))):
            for name, got, want in found:
                checks.equal(name, got, want)
    print(f"# json_calls.py: {checks.passed + checks.failed} checks")
    checks.finish()


if __name__ == "__main__":
    main()
