#!/usr/bin/env python3
"""Signs forms with pg_sig and compares the command line's `sign form` and `verify form` with it.

usage: form_vectors.py PATH_TO_BINARY

The first vectors are printed somewhere, with the text that is signed or with its md5; the others are of our making, for
what no printed one covers, most of them at random. All keys are public: nothing here is a secret.
"""

import concurrent.futures
import os
import subprocess
import sys

import forms
import wire

# name, script, secret, fields, the text that is signed (where it is printed), its md5 (where it is printed)
PRINTED = [
    # Printed on paybox.money as the string to sign; its md5 is in a public client's tests.
    ("the nested example of paybox.money", "script.php", "mypasskey", [
        ("pg_salt", "9imM909TH820jwk387"), ("pg_t_param", "value3"), ("pg_a_param", "value1"),
        ("pg_z_param[pg_q_subparam]", "subvalue2"), ("pg_z_param[pg_m_subparam]", "subvalue1"), ("pg_b_param", "value2")],
        "script.php;value1;value2;9imM909TH820jwk387;value3;subvalue1;subvalue2;mypasskey",
        "a8a4d5a9188f24038a14a4d65c387bf7"),
    ("the receipt of docs/signing.md", "init_payment", "secret", [
        ("pg_merchant_id", "123456"), ("pg_order_id", "A-17"), ("pg_amount", "1300.00"), ("pg_description", "Чай и печенье"),
        ("pg_receipt_positions[0][count]", "2"), ("pg_receipt_positions[0][name]", "Чай"),
        ("pg_receipt_positions[0][tax_type]", "0"), ("pg_receipt_positions[0][price]", "400.00"),
        ("pg_receipt_positions[1][count]", "1"), ("pg_receipt_positions[1][name]", "Печенье"),
        ("pg_receipt_positions[1][tax_type]", "0"), ("pg_receipt_positions[1][price]", "500.00"),
        ("pg_salt", "9imM909TH820jwk3")],
        "init_payment;1300.00;Чай и печенье;123456;A-17;2;Чай;400.00;0;1;Печенье;500.00;0;9imM909TH820jwk3;secret",
        "3645c8c2779f4a1b35be47e6e0d992a6"),
    # Overviews of the Merchant API and of the Gateway's older site; shop id and key are placeholders there.
    ("the example of the Merchant's overview", "init_payment.php", "{{secret_key}}", [
        ("pg_merchant_id", "{{merchant_id}}"), ("pg_order_id", "23"), ("pg_amount", "25"),
        ("pg_description", "Order description"), ("pg_salt", "some_random_string")],
        "init_payment.php;25;Order description;{{merchant_id}};23;some_random_string;{{secret_key}}", None),
    ("the example of the older site", "init_payment.php", "{{secret_key}}", [
        ("pg_order_id", "23"), ("pg_merchant_id", "{{merchant_id}}"), ("pg_amount", "25"), ("pg_description", "test"),
        ("pg_salt", "molbulak")],
        "init_payment.php;25;test;{{merchant_id}};23;molbulak;{{secret_key}}", None),
]


def lines(name, numbers):
    return [(f"{name}[{n}]", f"v{n}") for n in numbers]


def receipt(numbers):
    return [(f"pg_receipt_positions[{n}][{field}]", f"{field}{n}") for n in numbers
            for field in ("count", "name", "price", "tax_type")]


def in_order(numbers):
    return ";".join(f"count{n};name{n};price{n};tax_type{n}" for n in numbers)


def texts(numbers):
    return ";".join(f"v{n}" for n in numbers)


# docs/signing.md, "Lists of more than ten", by its words; the text is what stands between script and secret.
LISTS = [
    ("ten positions from 0", receipt(range(10)), in_order(range(10))),
    ("twelve positions from 0", receipt(range(12)), in_order([0, 10, 1, 11, 2, 3, 4, 5, 6, 7, 8, 9])),
    ("ten positions from 1", receipt(range(1, 11)), in_order([10, 1, 2, 3, 4, 5, 6, 7, 8, 9])),
    ("twelve texts from 0", lines("a", range(12)), texts([0, 10, 1, 11, 2, 3, 4, 5, 6, 7, 8, 9])),
    ("twelve empty brackets", [("mark_list[]", f"v{n}") for n in range(12)], texts([0, 10, 1, 11, 2, 3, 4, 5, 6, 7, 8, 9])),
    ("ten empty brackets", [("mark_list[]", f"v{n}") for n in range(9, -1, -1)], texts(range(9, -1, -1))),
    ("twelve codes of one position", [("pg_receipt_positions[0][mark_list][]", f"v{n}") for n in range(12)],
     texts([0, 10, 1, 11, 2, 3, 4, 5, 6, 7, 8, 9])),
    ("twenty-one positions", receipt(range(21)),
     in_order([0, 10, 1, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 2, 3, 4, 5, 6, 7, 8, 9])),
]

# The rest of the rule, by its words.
RULES = [
    ("capitals before small letters before Cyrillic", [("я", "5"), ("b", "4"), ("a", "3"), ("B", "2"), ("A", "1")], "1;2;3;4;5"),
    ("of one name in the order of the message", [("a", "2"), ("b", "x"), ("a", "1"), ("a", "3")], "2;1;3;x"),
    ("of one name in a field", [("a[b]", "2"), ("a[b]", "1")], "2;1"),
    ("empty values", [("c", ""), ("a", ""), ("b", "x")], ";x;"),
    ("an empty value alone", [("a", "")], ""),
    ("nothing at all", [("pg_sig", "0" * 32)], None),
    ("pg_sig is left out", [("pg_a", "1"), ("pg_sig", "0" * 32), ("pg_z", "2")], "1;2"),
    ("pg_sig below the top level is a field", [("a[pg_sig]", "1"), ("a[b]", "2")], "2;1"),
    ("children in place of their parent", [("b[z]", "3"), ("c", "4"), ("b[a][y]", "2"), ("b[a][x]", "1"), ("a", "0")], "0;1;2;3;4"),
    ("an underscore between capitals and small letters", [("pg_a", "3"), ("pg__", "2"), ("pg_A", "1")], "1;2;3"),
    ("semicolons in values", [("a", "1;2"), ("b", ";")], "1;2;;"),
    ("line ends, tabs and quotes", [("a", "1\r\n2\n3\t\"'&<>%41+=[]")], "1\r\n2\n3\t\"'&<>%41+=[]"),
    ("all planes", [("a", "Ә Ғ Қ Ң Ө Ұ Ү Һ І 😀 \u00a0\u200b")], "Ә Ғ Қ Ң Ө Ұ Ү Һ І 😀 \u00a0\u200b"),
    # By the vendor's sample a0 would come first (a0001 before a002); docs/signing.md keeps the documented rule for these.
    ("a name and the same with a 0", [("a0", "2"), ("a", "1")], "1;2"),
    ("a name and the same with a dash", [("a-b", "2"), ("a", "1")], "1;2"),
    ("names that are numbers", [("10", "2"), ("9", "3"), ("1", "1")], "1;2;3"),
]

ALPHABET = ["Чай", "Қант", "a", "Z", " ", ";", "&amp;", "=", "+", "%3B", "[x]", "😀", "\"", "0", "1300.00", "\n", "<b>"]


def random_form(chance):
    """A form as a merchant might send it: documented fields, receipt positions, codes, parameters of its own."""
    def text():
        return "".join(chance.choices(ALPHABET, k=chance.randrange(6)))

    pairs = [(name, text()) for name in chance.sample(
        ["pg_merchant_id", "pg_order_id", "pg_amount", "pg_description", "pg_currency", "pg_param1", "pg_param2",
         "pg_language", "Shop", "корзина", "basket_id"], 6)]
    start = chance.choice([0, 0, 0, 1])
    for position in range(start, start + chance.choice([0, 1, 2, 10, 11, 13, 25])):
        name = f"pg_receipt_positions[{position}]"
        pairs += [(f"{name}[{field}]", text()) for field in chance.sample(["count", "name", "price", "tax_type", "GTIN"], 3)]
        pairs += [(f"{name}[mark_list][]", text())] * (chance.random() < .1) * chance.choice([1, 3, 12])
    if chance.random() < .3:  # else the fields of a position may come from anywhere
        chance.shuffle(pairs)
    return pairs + [("pg_salt", forms.salt(chance))]


def vectors(checks, chance):
    """name, script, secret, pairs, signature"""
    for name, script, secret, pairs, text, md5 in PRINTED:
        fields = forms.tree(pairs)
        checks.equal(f"pg_sig: {name}: its text", forms.base(script, fields, secret), text)
        if md5:
            checks.equal(f"pg_sig: {name}: its md5", forms.pg_sig(script, fields, secret), md5)
        yield name, script, secret, pairs, forms.pg_sig(script, fields, secret)
    for name, pairs, text in LISTS + RULES:
        want = "s;k" if text is None else f"s;{text};k"
        checks.equal(f"pg_sig: {name}: its text", forms.base("s", forms.tree(pairs), "k"), want)
        yield name, "s", "k", pairs, forms.md5(want)
    for number in range(1, 25):
        pairs = random_form(chance)
        fields, secret = forms.tree(pairs), chance.choice(["secret", "Құпия сөз", "a;b", " "])
        checks.equal(f"pg_sig: random form {number}: the words and the vendor's sample agree",
                     list(forms.values(fields)), forms.sample_values(fields))
        yield f"random form {number}", "init_payment", secret, pairs, forms.pg_sig("init_payment", fields, secret)


def run(binary, secret, *arguments):
    done = subprocess.run([binary, *arguments], env=os.environ | {"FREEDOMPAY_SECRET": secret}, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=20)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def compare(binary, vector):
    """What the command line makes of one vector: (what was checked, got, want) three times."""
    _, script, secret, pairs, signature = vector
    fields = [f"{name}={text}" for name, text in pairs]
    unsigned = [f"{name}={text}" for name, text in pairs if name != forms.SIG]
    other = signature[:-1] + ("1" if signature[-1] == "0" else "0")
    results = [("sign form", run(binary, secret, "sign", "form", "--script", script, *fields), (0, signature + "\n", "")),
               ("verify form", run(binary, secret, "verify", "form", "--script", script, *unsigned, f"pg_sig={signature}"),
                (0, "valid\n", ""))]
    code, out, err = run(binary, secret, "verify", "form", "--script", script, "--signature", other, *unsigned)
    return results + [("verify form of another signature", (code, out, bool(err)), (1, "", True))]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    checks, chance = wire.Checks(), forms.seeded()
    listed = list(vectors(checks, chance))
    with concurrent.futures.ThreadPoolExecutor(max(4, os.cpu_count())) as pool:
        for vector, results in zip(listed, pool.map(lambda v: compare(sys.argv[1], v), listed)):
            for command, got, want in results:
                checks.equal(f"{command}: {vector[0]}", got, want)
    checks.finish()


if __name__ == "__main__":
    main()
