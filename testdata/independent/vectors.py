#!/usr/bin/env python3
"""Recomputes JWS signatures and prints them as NAME<TAB>VALUE.

usage: vectors.py                 all of them; fails if a documented one comes out otherwise than documented
       vectors.py list            NAME ALG FORM IDENTITY METHOD URI KEY of each, one a line
       vectors.py bodies FOLDER   writes the bytes that each signs, as they are, to a file with its name

Names that start with documented- are printed by the vendor's documentation with their key. The others are of our making,
for what no documented one covers. All keys are public: nothing here is a secret.

The tokens on the Partner API's pages (client/add, rates/add) are no vectors: they verify with no key that is stated.
"""

import pathlib
import sys

import wire

# The newer copy of the Gateway's page changed the card in the body and left the old signature: this is the older body.
GATEWAY_BODY = (
    '{"amount":123.42,"currency":"KZT","description":"description","order_id":"order_id","user_id":"user_id",'
    '"auto_clearing":true,"from":{"type":"card","card":{"name":"CARD HOLDER","pan":"1234567890123456","cvc":"012",'
    '"year":24,"month":1},"save":true,"recurrent":{"lifetime":3}},"device":{"user_ip":"123.123.123.123"},'
    '"urls":{"check_url":"https://webhook.site/2af177da-0d72-4651-a31e-a0ea56ccc8a4",'
    '"result_url":"https://webhook.site/2af177da-0d72-4651-a31e-a0ea56ccc8a4"}}'
)
# What the page prints beside the token differs (uri, a string, English); this is what the token holds.
INIT_BODY = (
    '{"order_id":"828cf71d-a447-4a67-a149-c1df8bc197ca","merchant_id":123456,"amount":100,'
    '"description":"Счет за услуги","invoice_method":"qr","currency":"KZT"}'
)


class Vector:
    def __init__(self, name, alg, form, identity, method, uri, key, body, documented=None):
        self.name, self.alg, self.form, self.identity = name, alg, form, identity
        self.method, self.uri, self.key, self.body, self.documented = method, uri, key, body, documented

    def value(self):
        operation = wire.Operation(self.name, self.method, self.uri, self.alg, merchant=self.form == "merchant-id")
        return operation.sign(self.identity, self.key.encode(), self.body)


JWS = [
    Vector("documented-card", "HS512", "auth-id", "123456", "POST", "/v5/card-api/request/status", "secret",
           b'{"request_id":"828cf71d-a447-4a67-a149-c1df8bc197ca"}',
           "eyJ1cmkiOiIvdjUvY2FyZC1hcGkvcmVxdWVzdC9zdGF0dXMiLCJhdXRoX2lkIjoiMTIzNDU2IiwibWV0aG9kIjoiUE9TVCIsInBhcmFtcyI6IiIs"
           "ImFsZyI6IkhTNTEyIn0..f1sQoeIpX_ZjOaykQzSeylvvKaVrEQV4gNM2ACFbEMkFDUV9Zk5WO1yQGEWez-vnQMVHodLBDVEyh5Xm2-3MjQ"),
    Vector("documented-merchant", "HS512", "merchant-id", "123456", "POST", "/v5/merchant/invoice/init", "secret_key",
           INIT_BODY.encode(),
           "eyJwYXRoIjoiL3Y1L21lcmNoYW50L2ludm9pY2UvaW5pdCIsIm1lcmNoYW50X2lkIjoxMjM0NTYsIm1ldGhvZCI6IlBPU1QiLCJwYXJhbXMiOiIi"
           "LCJhbGciOiJIUzUxMiJ9..wCwFCAmxN0nbTm6mad8GxowIjgkCwfF7IAy2ijO9thLjsZFXnS4K_I4NPnXjkTFTMnEzqjk8rtIVmtf7NbGyvg"),
    Vector("documented-gateway", "HS256", "auth-id", "123456", "POST", "/v5/g2g/create", "123456", GATEWAY_BODY.encode(),
           "eyJ1cmkiOiIvdjUvZzJnL2NyZWF0ZSIsImF1dGhfaWQiOiIxMjM0NTYiLCJtZXRob2QiOiJQT1NUIiwicGFyYW1zIjoiIiwiYWxnIjoiSFMyNTYi"
           "fQ..82NnkgrNjfYu2UnAajnVsJUn2AgJWsqnmCK4x5A7zt0"),
    Vector("get-without-body", "HS256", "auth-id", "123456", "GET", "/v5/partner/invoice/info", "secret", b""),
    Vector("body-with-newline", "HS256", "auth-id", "123456", "POST", "/v5/partner/invoices/info", "secret",
           b'{\r\n  "invoice_id": "019d0652-4e2f-7f54-a179-007c80c48adu"\r\n}\n\n'),
    Vector("body-of-all-bytes", "HS256", "auth-id", "123456", "POST", "/v5/partner/client/add", "secret", bytes(range(256))),
    Vector("multipart", "HS512", "merchant-id", "123456", "POST", "/v5/merchant/invoice/pay", "secret", wire.multipart(
        {"customer": "kzobd2vgp17214143761774775392946", "user_id": "No65GFR755789T25642588",
         "card_token": "ef741cfc-f85e-41a0-84e6-2ba964912182"}, boundary="b")[0]),
    # HMAC hashes a key that is longer than its block (64 and 128 bytes) before it uses it.
    Vector("long-key-hs256", "HS256", "auth-id", "123456", "POST", "/v5/partner/invoices/info", "k" * 65, b"{}"),
    Vector("long-key-hs512", "HS512", "auth-id", "123456", "POST", "/v5/card-api/request/status", "Құпия" * 20, b"{}"),
    Vector("escaped-path", "HS256", "auth-id", "123456", "POST", "/v5/partner/caf%C3%A9/a%2Fb", "secret", b"{}"),
]

def values():
    for vector in JWS:
        yield vector.name, vector.value(), vector.documented


def print_all():
    wrong = []
    for name, value, documented in values():
        print(f"{name}\t{value}")
        if documented is not None and value != documented:
            wrong.append(f"{name} is {value}, documented as {documented}")
    sys.exit("\n".join(wrong) or None)


def main():
    match sys.argv[1:]:
        case []:
            print_all()
        case ["list"]:
            for v in JWS:
                print(v.name, v.alg, v.form, v.identity, v.method, v.uri, v.key)
        case ["bodies", folder]:
            for v in JWS:
                pathlib.Path(folder, v.name).write_bytes(v.body)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
