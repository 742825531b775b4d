"""The operations that speak JSON, as the documentation has them: written down by hand, from its pages alone.

Each operation has its method, its path, what authorizes it, requests and answers. A text is the documentation's own example
wherever there is one, repaired where it is no JSON (a comma too many, a comment); what was made of a field table instead has
`made` in its name. The members stand in the order of the field table, or of the example where no table was seen.
"""

# Members that stand for a value of the page which is long.
PAYER = ("eyJpdiI6InBHcHU4U3pqTWVWM2hVRGxoc2J0U2c9PSIsInZhbHVlIjoiMmlnaURlNTc0TjdramRBRktxZW9RQT09IiwibWFjIjoiY2YwMWMyYzUxMzllNzc0"
         "OWMwMWQ4ZjViNTA4MDBjY2IzYTg0NWNhYWM5ZmY0NzQ4ZjViYWU0NDlkOTBhNGFiYSIsInRhZyI6IiJ9")
TAX = """[{"name": "Tax name 1", "price": 12000.00, "count": 1, "type": "type"},
 {"name": "Tax name 2", "price": 500.50, "count": 1, "type": "type"}]"""
DEVICE = '{"id": "device-123-abc", "browser_version": "chrome/121.0.0.0", "ip": "10.116.891.120"}'
EXTRA = """{"send_url": "email", "send_receipt": "email", "template": {"name": "freedom-ecosystem", "params": {
 "applepay": "1", "googlepay": "1", "show_details": "1", "show_freedom_logo": "0", "show_email": "1", "show_phone": "1",
 "can_save_card": "1", "freedom_loyalty": "0", "theme": "dark", "css_override": "app.css"}}}"""
ADDRESS = """{"country": "KAZ", "postal_code": "050000", "address_line1": "Almaty", "address_line2": "Zheltoksan",
 "address_line3": "115"}"""
PAIN002 = """<?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?>\\n<Document xmlns=\\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.14\\">\\n\
 <CstmrPmtStsRpt>\\n <GrpHdr>\\n <MsgId>7LTLtytmVQVC901t8XZbQcc2h</MsgId>\\n <CreDtTm>2025-06-16T09:31:49+00:00</CreDtTm>\\n\
 </GrpHdr>\\n <OrgnlGrpInfAndSts>\\n <OrgnlMsgId>14</OrgnlMsgId>\\n <OrgnlMsgNmId>pain.001.001.14</OrgnlMsgNmId>\\n\
 <GrpSts>PART</GrpSts>\\n </OrgnlGrpInfAndSts>\\n </CstmrPmtStsRpt>\\n</Document>"""

# What the pages call a wrong answer, by section: HTTP status and text. {} is what no page has for this section.
# The generated examples have the word string for a status, which is neither of the two that the pages list.
CARD_ERRORS = {"status error": (200, '{"status": "error", "request_status": "error", "dt": "2019-08-24T14:15:22+05:00"}'),
               "a status that is no documented one": (200, '{"status": "string", "request_status": "string", "dt": "2019-08-24T14:15:22Z"}')}
PARTNER_ERRORS = {"status error": (200, '{"status": "error", "error_code": 1002, "error_description": "Request identifier is not '
                                        'unique", "dt": "2019-08-24T14:15:22+05:00"}')}
WALLET_ERRORS = {f"error {code}": (200, '{"status": "error", "request_status": "2", "dt": "2019-08-24T14:15:22+05:00", "error_code": '
                                        f'"{code}", "error_description": "what is wrong"}}') for code in range(1001, 1009)}
SETTLEMENT_ERRORS = {f"error {code}": (200, f'{{"status": "error", "error_code": {code}, "error_description": "what is wrong"}}')
                     for code in (1001, 9403, 9999)}
# One page lists this body under HTTP 200 and 422. Of a call that moves money the client believes the latter alone.
ASYNC_ERROR = '{"error":{"code":"9403","description":"Incorrectly passed input parameters"}}'
ASYNC_ERRORS = {"error 9403 in HTTP 422": (422, ASYNC_ERROR), "an error object alone": (200, ASYNC_ERROR)}
ASYNC_READ_ERRORS = ASYNC_ERRORS | {"error 9403": (200, ASYNC_ERROR)}
INSTALLMENT_ERRORS = {f"error {code}": (200, f'{{"error_code": {code}, "error_description": "what is wrong"}}')
                      for code in (1001, 1002, 1003, 1004)}
FREEDOMID_ERRORS = {
    "error of a field": (200, '{"error": {"message": "Error validating transmitted data.", "errors": {"grants": ["The Grants field is '
                              'required."]}}}'),
    "error of an index": (200, '{"error": {"message": "Error validating transmitted data.", "errors": {"grants.3": ["The selected '
                               'grants.3 is invalid."]}}}'),
    "error 100101": (200, '{"error": {"message": "Invalid authorization_code.", "code": 100101}}'),
}
INVOICE_ERRORS = {"status error (made)": (200, '{"status": "error"}')}
GIFT_ERRORS = {f"status {code}": (200, f'{{"datetime": "2022-05-01 12:01:15", "status": {code}, "card_status": 0, "card_currency": "USD", '
                                       f'"card_balance": 0, "card_mask": ""}}') for code in range(-11, 0)}


# What changes nothing: it can be asked again, and a lost answer leaves nothing open.
READS = {
    "card.cardInfo", "card.cardStatement", "card.cardStatementExtended", "card.requestStatus", "card.limitsList", "card.cardholderValidate",
    "partner.clientRequestStatus", "partner.walletStatement", "partner.settlementPaymentStatus", "partner.settlementBatchStatuses",
    "partner.invoicesInfo", "partner.invoiceInfo", "installment.applicationStatus", "installment.partners",
    "freedomid.authorizationCreate", "freedomid.profileStatus", "gateway.asyncPaymentRead", "gateway.asyncRequestRead", "gateway.health",
    "merchant.invoiceInfo", "merchant.invoiceStatus", "merchant.invoiceRecurringInfo",
}


class Operation:
    """One operation. auth is HS256, HS512, basic, bearer or none; target is a function from the request's members to the
    path and query that are called, where they are not the path alone."""

    def __init__(self, name, method, path, auth, requests, answers, errors, action=None, query=(), bodiless=False):
        self.name, self.method, self.path, self.auth, self.action = name, method, path, auth, action
        self.requests, self.answers, self.errors = dict(requests), dict(answers), dict(errors)
        self.query, self.bodiless, self.reads = query, bodiless, name in READS


OPERATIONS = []


def operation(name, method, path, auth, requests, answers, errors, **more):
    """Requests and answers are one text, or texts by their names."""
    by_name = lambda texts: texts if isinstance(texts, dict) else {"example": texts}  # noqa: E731
    OPERATIONS.append(Operation(name, method, path, auth, by_name(requests), by_name(answers), errors, **more))


# ---------------------------------------------------------------- Card API

DONE = '{"status": "ok", "request_status": "process", "dt": "2019-08-24T14:15:22+05:00"}'
REQUEST, CARD = "828cf71d-a447-4a67-a149-c1df8bc197ca", "828cf71d-a447-4a67-a149-c1df8bc197ca"
CARD_WRITES = {"made": DONE}

operation("card.cardIssue", "POST", "/v5/card-api/card/issue", "HS512", {"made": f"""{{"request_id": "{REQUEST}", "product_id": 1000,
 "cardholder": {{"first_name": "Ivan", "last_name": "Ivanov", "middle_name": "I", "birthdate": "1990-01-31", "phone": 77077070707,
 "email": "mail@example.kz", "country": "KAZ", "person_id": "900131300123"}}}}"""}, {"made": DONE}, CARD_ERRORS)
operation("card.cardUnblock", "POST", "/v5/card-api/card/unblock", "HS512",
          {"made": f'{{"request_id": "{REQUEST}", "card_id": "{CARD}", "description": "Табылды & қайтарылды"}}'}, CARD_WRITES, CARD_ERRORS)
operation("card.cardPINSet", "POST", "/v5/card-api/card/set_pin", "HS512",
          {"made": f'{{"card_id": "{CARD}", "pin": "q83vEjRWeJA="}}', "made without a PIN": f'{{"card_id": "{CARD}"}}'},
          CARD_WRITES, CARD_ERRORS)
operation("card.cardPINCounterReset", "POST", "/v5/card-api/card/reset_counter_pin", "HS512",
          {"made": f'{{"request_id": "{REQUEST}", "card_id": "{CARD}"}}'}, CARD_WRITES, CARD_ERRORS)
operation("card.cardClose", "POST", "/v5/card-api/card/close", "HS512",
          {"made": f'{{"request_id": "{REQUEST}", "card_id": "{CARD}", "description": "lost"}}'}, CARD_WRITES, CARD_ERRORS)
operation("card.cardInfo", "POST", "/v5/card-api/card/info", "HS512", f'{{"request_id":"{REQUEST}","card_id":"{CARD}"}}',
          {"made": DONE, "made, with members that no page has": '{"status": "ok", "card": {"balance": 100.10, "masks": ["4400**1", null]}}'},
          CARD_ERRORS)
operation("card.cardStatement", "POST", "/v5/card-api/card/statement", "HS512",
          {"made": f'{{"card_id": "{CARD}", "start_date": "2025-01-01T00:00:00+05:00", "end_date": "2025-02-01T00:00:00+05:00"}}',
           "made without dates": f'{{"card_id": "{CARD}"}}'},
          {"made": """{"status": "ok", "request_status": "success", "operations": [{"type": "pay", "amount": 1000.50, "commission": 0.00,
 "currency": "KZT", "mcc": 5599, "datetime": "2025-01-02T03:04:05+05:00", "rrn": "012345678901", "merchant": {"name": "Shop"}}],
 "dt": "2019-08-24T14:15:22+05:00"}""", "made without operations": '{"status": "ok", "request_status": "success", "operations": [], '
           '"dt": "2019-08-24T14:15:22+05:00"}'}, CARD_ERRORS)
operation("card.cardStatementExtended", "POST", "/v5/card-api/card/statement_extended", "HS512",
          {"made": f'{{"card_id": "{CARD}", "start_date": "2025-01-01T00:00:00+05:00", "end_date": "2025-02-01T00:00:00+05:00"}}'},
          {"made": """{"status": "ok", "request_status": "success", "client_id": "17", "card": {"card_id": "1", "card_mask": "4400**4440"},
 "balances": {"accounts": [{"iban": "KZ12345B789012345KZT", "currency": "KZT", "debit": 1, "credit": 0, "amount": 100.50,
 "blocked_amount": 0.1}]}, "authorizations": [{"datetime": "2025-01-02T03:04:05+05:00", "type": "pay", "amount": 10.00,
 "commission": 0.00, "full_amount": 10.00, "cashback": 0.10, "currency": "KZT", "iban": "KZ12345B789012345KZT",
 "merchant": {"name": "Shop"}, "additional_parameters": [{"a": "b"}]}]}"""}, CARD_ERRORS)
operation("card.cardLink", "POST", "/v5/card-api/card/link", "HS512",
          {"made": f'{{"request_id": "{REQUEST}", "client_id": "17", "card_id": "{CARD}"}}'}, CARD_WRITES, CARD_ERRORS)
operation("card.clientAdd", "POST", "/v5/card-api/client/add", "HS512", {"made": f"""{{"request_id": "{REQUEST}", "product_id": 1000,
 "branch_id": "7", "client": {{"phone": 77077070707, "type": 1, "resident": 1, "first_name": "Ivan", "last_name": "Ivanov",
 "middle_name": "I", "birthdate": "1990-01-31", "email": "mail@example.kz", "country": "KAZ", "person_id": "900131300123",
 "language": "kk", "document": "JVBERi0xLjQK", "external_user_id": "u-1", "address1": {ADDRESS}, "address2": {{"country": "KAZ",
 "postal_code": "050000"}}, "identification_info": {{"idn_date": "2025-01-02T03:04:05+05:00", "identified_by": "branch"}}}}}}""",
           "made of what must be": f"""{{"request_id": "{REQUEST}", "product_id": 2000, "client": {{"phone": 77077070707, "type": 3,
 "resident": 2, "first_name": "Ivan", "last_name": "Ivanov"}}}}"""}, {"made": DONE, "made of what was seen": '{"status": "ok"}'}, CARD_ERRORS)
operation("card.clientEdit", "POST", "/v5/card-api/client/update", "HS512",
          {"made": f'{{"request_id": "{REQUEST}", "client_id": "17", "product_id": 1000, "client": {{"phone": 77077070708}}}}'},
          CARD_WRITES, CARD_ERRORS)
operation("card.requestStatus", "POST", "/v5/card-api/request/status", "HS512", f'{{"request_id":"{REQUEST}"}}',
          {"made": """{"status": "ok", "request_status": "success", "cards": [{"card_id": "1"}, {"card_id": "02"}],
 "client_id": "17", "dt": "2019-08-24T14:15:22+05:00"}""", "made, a request that failed":
           '{"status": "ok", "request_status": "error", "cards": [], "client_id": "17", "dt": "2019-08-24T14:15:22+05:00"}'}, CARD_ERRORS)
operation("card.limitsSet", "POST", "/v5/card-api/limits/set", "HS512", """{"request_id": "550e8400-e29b-41d4-a716-446655440000",
 "object": {"type": "card", "value": "123456789"}, "limits": [{"transaction_type": "withdrawal_atm", "period": "month",
 "amount": [{"type": "max", "value": "5000", "currency": "USD"}]}]}""", {"made": DONE}, CARD_ERRORS)
operation("card.limitsList", "POST", "/v5/card-api/limits/list", "HS512",
          '{"request_id": "123e4567-e89b-12d3-a456-426614174000", "object": {"type": "card", "value": "123456789"}}',
          {"made": '{"status": "ok", "limits": [{"transaction_type": "pay", "period": "day", "amount": 5000.10, "left": 0}]}'}, CARD_ERRORS)
operation("card.cardholderValidate", "POST", "/v5/card-api/external/cardholder_validate", "HS512", """{"user_phone": "7077070707",
 "first_name": "Ivan", "last_name": "Ivanov", "card_token": "00000000-0000-0000-0000-000000000000",
 "request_id": "9a1c6959-2188-4292-a48e-aeb586204676"}""",
          {"made": '{"status": "ok", "score": "44.37%", "fishy": 0, "dt": "2019-08-24T14:15:22+05:00"}',
           "made without fishy": '{"status": "ok", "score": "44.37%", "dt": "2019-08-24T14:15:22+05:00"}'},
          {"status error": (200, '{"status": "error", "dt": "2019-08-24T14:15:22+05:00"}')})
operation("card.giftCardConfirm", "POST", "/v5/cards/activate_card", "HS512", '{"otp": "1234", "card_id": 555}',
          """{"datetime": "2022-05-01 12:01:15", "status": 0, "card_status": 1, "card_currency": "USD", "card_balance": 100,
 "card_mask": "1234********5678"}""", GIFT_ERRORS)

# ---------------------------------------------------------------- Partner API

PARTNER_WRITES = {"made": DONE}

operation("partner.ratesAdd", "POST", "/v5/partner/rates/add", "HS256", {"example": """{"rates": [{"currency_from": "USD",
 "currency_to": "KZT", "rate": 123.123456, "rate_type": "p2p", "start_date": "2023-09-20 12:00:00", "end_date": "2023-09-20 12:00:00"},
 {"currency_from": "EUR", "currency_to": "KZT", "rate": 123.123456}]}""", "made": """{"rates": [{"currency_from": "USD",
 "currency_to": "KZT", "rate": 441.507, "operation": "buy"}]}"""}, {"made": '{"status": "ok", "dt": "2019-08-24T14:15:22+05:00"}'},
          {"status error": (200, '{"status": "error", "error_code": 9403, "error_description": "wrong", "dt": "2019-08-24T14:15:22+05:00"}')})
operation("partner.clientAdd", "POST", "/v5/partner/client/add", "HS256", {"made, Freedom Ecom": f"""{{"request_id": "{REQUEST}",
 "company": {{"company_id": "7cebad9e-dd7a-49c9-afe6-d880d58c999a", "name": "Название юридического лица", "bin": "123456789012",
 "address": {ADDRESS}, "iban": "KZ12345B789012345KZT", "description": "Новый партнер", "legal_type": "LLP"}}, "product": {{
 "product_id": 20000, "name": "Дүкен & Co", "mcc": "5599", "descriptor": "SHOP", "merchant_url": "https://shop.kz/?a=1&b=<2>",
 "merchant_ip": "85.116.189.120", "address": {ADDRESS}, "limit": [{{"type": "DAILY_LIM", "value": "1MLN"}}], "currency": "KZT"}}}}""",
           "made, Freedom Pos": f"""{{"request_id": "{REQUEST}", "company": {{"company_id": "c", "name": "n", "bin": "123456789012",
 "address": {ADDRESS}}}, "product": {{"product_id": 10001, "mcc": "5599", "currency": "KZT", "name": "Shop", "descriptor": "SHOP",
 "address": {ADDRESS}, "user": {{"name": "Айгүл", "email": "a@b.kz", "phone": "77077070707"}}, "package_name": "pos"}}}}"""},
          PARTNER_WRITES, CARD_ERRORS)
operation("partner.clientRequestStatus", "POST", "/v5/partner/client/request/status", "HS256",
          '{"request_id": "266ea41d-adf5-480b-af50-15b940c2b846"}',
          {"example with words for its types": """{"status": "ok", "request_status": "success", "terminal_number": "string", "user_id": 0,
 "merchant_id": 0, "secret_key": "string", "dt": "2019-08-24T14:15:22.123Z", "error_code": "", "error_description": "",
 "external_id ": 60000025, "client_id": 71423}""", "made": """{"status": "ok", "request_status": "success", "terminal_number": "55000001",
 "user_id": 7, "merchant_id": 60000025, "secret_key": "k", "dt": "2019-08-24T14:15:22+05:00", "external_id": 60000025,
 "client_id": 71423}"""}, {"status error": (200, """{"status": "error", "request_status": "error", "dt": "2019-08-24T14:15:22.123Z",
 "error_code": "1006", "error_description": "no such request"}""")})
operation("partner.terminalCreate", "POST", "/v5/partner/product/add", "HS256", {"made": f"""{{"request_id": "{REQUEST}", "company": {{
 "company_id": "7cebad9e-dd7a-49c9-afe6-d880d58c999a", "merchant_id": 60000025}}, "product": {{"product_id": 11001, "mcc": "5599",
 "currency": "KZT", "package_name": "freedombox.credit", "name": "Shop", "descriptor": "SHOP", "address": {ADDRESS},
 "limit": [{{"type": "DAILY_LIM_POS", "value": "GROUP1"}}]}}}}""", "example, which has no product": f"""{{"request_id": "{REQUEST}", "company": {{
 "company_id": "7cebad9e-dd7a-49c9-afe6-d880d58c999a", "merchant_id": 60000025}}, "product": {{}}}}"""},
          '{"dt": "2025-06-24T14:15:22Z", "status": "ok", "request_status": "process"}', CARD_ERRORS)
operation("partner.userAdd", "POST", "/v5/partner/client/user/add", "HS256", {"made": f"""{{"request_id": "{REQUEST}", "client_id": 71423,
 "user_info": {{"first_name": "Айгүл", "last_name": "Ә", "phone": "77077070707", "email": "a@b.kz"}}}}"""},
          {"made": '{"status": "ok", "client_id": 71423, "user_id": 9, "error_code": 0, "error_description": "", '
                   '"dt": "2019-08-24T14:15:22+05:00"}'}, PARTNER_ERRORS)
operation("partner.productAdd", "POST", "/v5/partner/client/product/add", "HS256",
          {"made": f'{{"request_id": "{REQUEST}", "client_id": 71423, "product": {{"product_id": 10001}}}}'},
          {"made, OK in capitals": """{"status": "OK", "client_id": 71423, "product": {"product_id": 10001,
 "product_uuid": "7cebad9e-dd7a-49c9-afe6-d880d58c999a", "terminal_id": 55000001, "status": true}, "dt": "2019-08-24T14:15:22+05:00"}""",
           "made, a status that is a number": '{"status": "OK", "product": {"product_id": 10001, "status": 1}}'}, PARTNER_ERRORS)
operation("partner.walletAdd", "POST", "/v5/partner/wallet/add", "HS256",
          f'{{"request_id": "{REQUEST}", "country": "KAZ", "currency": "KZT"}}',
          {"made": '{"status": "ok", "request_status": "1", "dt": "2019-08-24T14:15:22+05:00"}'}, WALLET_ERRORS)
operation("partner.walletBlock", "POST", "/v5/partner/wallet/block", "HS256",
          {"made": f'{{"request_id": "{REQUEST}", "identifier": "wallet-1", "description": "by its owner"}}'},
          {"made": '{"status": "ok", "request_status": "1", "dt": "2019-08-24T14:15:22+05:00"}'}, WALLET_ERRORS)
operation("partner.walletStatement", "POST", "/v5/partner/wallet/statement", "HS256",
          {"made": '{"identifier": "wallet-1", "start_date": "2025-01-01T00:00:00+05:00", "end_date": "2025-02-01T00:00:00Z"}',
           "made without dates": '{"identifier": "wallet-1"}'},
          {"made": """{"status": "ok", "request_status": "0", "operations": [{"type": "emoney_sale", "amount": 1000.50, "commission": 0.00,
 "currency": "KZT", "datetime": "2025-01-02T03:04:05+05:00", "rrn": "012345678901", "correspondent": {"name": "Shop",
 "account_number": "KZ1"}}], "dt": "2019-08-24T14:15:22+05:00", "error_code": "", "error_description": ""}"""}, WALLET_ERRORS)
operation("partner.settlementPaymentStatus", "GET", "/v5/partner/settlement-partitions/{OrgnlInstrId}/status", "HS256",
          {"made": '{"OrgnlInstrId": "INSTR-20250611_0001"}', "made, a segment to escape": '{"OrgnlInstrId": "a/b ü?c"}'},
          {"example": f"""{{"status": "success", "error_code": 0, "error_description": 0, "document_type": "iso20022",
 "document_body": "{PAIN002}"}}"""}, SETTLEMENT_ERRORS, bodiless=True)
operation("partner.settlementBatchStatuses", "GET", "/v5/partner/settlement-partitions/{OrgnlMsgId}/batch-statuses", "HS256",
          {"made": '{"OrgnlMsgId": "CLIENT-PAIN_0001"}'},
          {"example": f"""{{"status": "success", "error_code": 0, "error_description": "", "document_type": "iso20022",
 "document_body": "{PAIN002}"}}"""}, SETTLEMENT_ERRORS, bodiless=True)
operation("partner.invoicesInfo", "POST", "/v5/partner/invoices/info", "HS256", '{"invoice_id": "019d0652-4e2f-7f54-a179-007c80c48adu"}',
          """{"status": "new", "amount": 500.00, "currency": "KZT", "merchant_id": 12345, "merchant_name": "SHOP NAME",
 "description": "invoice description", "expires_at": "2026-01-23T11:00:00Z", "back_url": "https://back.url",
 "refunds": [{"id": "019d0652-4e2f-7f54-a179-007c80c48cef"}], "tax": [{"name": "Position", "price": 500.00, "type": "standard",
 "count": 1}], "device": {"id": "device-abc-123", "browser_version": "Chrome/121.0.0.0", "ip": "85.116.189.120"},
 "created_at": "2026-01-22T11:00:00Z"}""", INVOICE_ERRORS)
operation("partner.invoiceInfo", "GET", "/v5/partner/invoice/info", "HS256", '{"payment_id": "1234567890"}',
          """{"paymentStatus": "success", "amount": 5000, "currency": "KZT", "fee": 0, "discount": 0, "freedomId": "FID123456987ID",
 "orderId": "payment_123", "merchantId": 555555, "merchantName": "Merchant name", "description": "Ticket", "lifetime": 86400,
 "facilitatorIBAN": "KZ505518729251417KZT", "mcc": "5599", "dt": "2025-07-11T11:19:49+00:00"}""", {}, query=("payment_id",), bodiless=True)

# ---------------------------------------------------------------- Installment

PHONE = "eyJhbGciOiJQQkVTMi1IUzUxMitBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIiwicDJzIjoiLi4uIiwicDJjIjo2NTUzNn0....."
operation("installment.applicationCreate", "POST", "/v5/installment/applications", "HS256", f"""{{"external_id": "TGR1234",
 "total_amount": 1500000, "currency": "UZS", "goods": [{{"name": "Смартфон Xiaomi Poco F3 256/8GB", "price": 1500000, "quantity": 1,
 "category": "electronics"}}], "customer": {{"phone": "{PHONE}"}}, "callback_url": "https://shop.uz/fp/status-callback"}}""",
          """{"id": "497f6eca-6276-4993-bfeb-53cbbbba6f08", "status": "new", "redirect_url": "http://example.com", "token": "string"}""",
          INSTALLMENT_ERRORS)
operation("installment.applicationStatus", "GET", "/v5/installment/applications", "HS256",
          {"example, by id": '{"id": "0190c3e2-7f3a-7c1b-9e4d-2a6f8b1c4d55"}', "example, by external_id": '{"external_id": "TGR1234"}',
           "made, to escape": '{"external_id": "Т 1&2=3+4"}'},
          """{"id": "497f6eca-6276-4993-bfeb-53cbbbba6f08", "external_id": "string", "status": "new", "approved_amount": 1500000,
 "currency": "UZS", "bank_code": "anorbank", "created_at": "2019-08-24T14:15:22.123Z", "updated_at": "2019-08-24T14:15:22.123Z"}""",
          INSTALLMENT_ERRORS, query=("id", "external_id"), bodiless=True)
operation("installment.applicationChangeStatus", "POST", "/v5/installment/applications/status", "HS256",
          {"example, by id": '{"id": "0190c3e2-7f3a-7c1b-9e4d-2a6f8b1c4d55", "status": "canceled"}',
           "example, by external_id": '{"external_id": "TGR1234", "status": "delivered"}'},
          '{"id": "497f6eca-6276-4993-bfeb-53cbbbba6f08", "status": "canceled", "updated_at": "2019-08-24T14:15:22.123Z"}', INSTALLMENT_ERRORS)
operation("installment.partners", "GET", "/v5/installment/partners", "HS256", {"example": "{}"},
          """{"partners": [{"code": "anorbank", "name": "Anorbank", "logo": "https://cdn.freedompay.kz/logos/anorbank.png", "products": [
 {"term_months": 12, "calculation_rate": 0.095, "type": "installment", "amount_limits": {"currency": "UZS", "min": 100000,
 "max": 30000000}}, {"term_months": 6, "calculation_rate": 0.095, "type": "credit", "amount_limits": {"currency": "UZS", "min": 100000,
 "max": 30000000}}]}]}""", INSTALLMENT_ERRORS, bodiless=True)

# ---------------------------------------------------------------- Freedom ID

TOKENS = """{"access_token": "your_access_token", "refresh_token": "your_refresh_token",
 "access_expire_at": "2024-10-02T10:52:21.000000Z", "refresh_expire_at": "2024-10-25T10:52:21.000000Z"}"""
LETTERS = "aZ09" * 32
USER = """"phone": "+1234567890", "email": "user@example.com", "firstname": "John", "lastname": "Doe", "date_of_birth": "2000-01-01",
 "identifier": "123456789", "country": "KAZ", "gender": "M", "nationality": "citizen of the world"}"""
UUID = "eeca9287-d824-4f50-928b-450d2e46f874"
operation("freedomid.authorizationCreate", "POST", "/api/v1/oauth/authorize", "basic", """{"redirect_uri": "https://example.com/login",
 "grants": ["read.email", "read.emails", "read.phone", "read.phones", "read.date_of_birth", "read.firstname", "read.lastname",
 "read.patronymic", "read.gender", "read.country", "read.nationality", "read.identifier", "read.profile", "read.cards", "openid"]}""",
          """{"redirect_uri": "https://passport.freedompay.kz/login?track_id=ac22c50c-22c7-4aeb-9160-e59b735f9c44&expire_at=1727246098"}""",
          FREEDOMID_ERRORS)
operation("freedomid.tokenCreate", "POST", "/api/v1/oauth/token", "basic", '{"authorization_code": "your_authorization_code"}', TOKENS,
          FREEDOMID_ERRORS)
operation("freedomid.tokenRefresh", "PATCH", "/api/v1/oauth/token", "bearer", {"example": "{}"}, {"made": f"""{{
 "id": "01953bd1-a6d3-739e-8aa3-83e881f09055", "access_token": "{LETTERS}", "refresh_token": "{LETTERS[::-1]}",
 "access_expire_at": "2025-03-04T06:35:50.000000Z", "refresh_expire_at": "2025-03-25T06:35:50.000000Z"}}""", "an older copy": TOKENS},
          FREEDOMID_ERRORS, bodiless=True)
operation("freedomid.profilePrepare", "POST", "/api/v1/oauth/get-profile", "bearer",
          {"example": f'{{"request_id": "{UUID}", "created_at": "2024-10-17T12:00:00Z"}}', "made": f'{{"request_id": "{UUID}"}}'},
          {"example": f'{{"request_id": "{UUID}", "status": "accepted", "status_message": "PROCESS: profile is pending", "freedom_id": "{UUID}"}}',
           "an older copy": f'{{"request_id": "{UUID}", "status": "pending", "freedom_id": "{UUID}"}}'}, FREEDOMID_ERRORS)
operation("freedomid.profileStatus", "GET", "/api/v1/oauth/get-profile/status", "bearer", f'{{"request_id": "{UUID}"}}',
          {"example": f"""{{"request_id": "{UUID}", "status": "accepted", "status_message": "PROCESS: profile is pending",
 "freedom_id": "{UUID}", "profile": {{"payload":
 "DTFcQKJik68Lq0wNavBlW0IDNrWK4TNd185zMX6Q15HimlQcOLfZFFBNN9ECR456isIQYbrRJTsoePhcIs23YlmFeomgwAXr"}},
 "datetime": "2025-02-25T06:50:46.555757Z"}}""", "an older copy": f'{{"request_id": "{UUID}", "status": "completed", "freedom_id": "{UUID}", '
           '"profile": {}, "datetime": "2024-10-17T12:10:00Z"}'}, FREEDOMID_ERRORS)
operation("freedomid.userCreate", "POST", "/api/v1/oauth/user", "bearer", "{" + USER, {"made": f'{{"freedom_id": "{UUID}"}}'}, FREEDOMID_ERRORS)
operation("freedomid.userUpdate", "PUT", "/api/v1/oauth/user", "bearer", f'{{"freedom_id": "{UUID}", ' + USER,
          {"made": f'{{"freedom_id": "{UUID}"}}'}, FREEDOMID_ERRORS)
operation("freedomid.tokenCreateOIDC", "POST", "/api/v1/oidc/token", "basic",
          {"example": '{"code": "string", "redirect_uri": "https://example.com/login", "grant_type": "authorization_code"}'},
          {"made": f"""{{"access_token": "{LETTERS}", "expires_in": 604800, "refresh_token": "r", "token_type": "Bearer",
 "id_token": "e30.e30.AAAA"}}"""}, FREEDOMID_ERRORS)

# ---------------------------------------------------------------- Gateway, asynchronous

CREATE = {
    "card": """{"amount":10,"currency":"KZT","description":"desc","order_id":"123test","auto_clearing":false,"from":{"type":"card",
 "card":{"name":"Test Test","pan":"4716XXXXXXXX1981","cvc":"XXX","year":30,"month":12}}}""",
    "card_with_save": """{"amount":100,"currency":"KZT","description":"desc","order_id":"test_order","user_id":"1234","auto_clearing":false,
 "from":{"type":"card","card":{"name":"Test Test","pan":"4400XXXXXXXX4440","cvc":"XXX","year":30,"month":12},"save":true}}""",
    "applepay": """{"amount":10,"currency":"KZT","description":"test applepay","order_id":"apple2","auto_clearing":false,
 "from":{"type":"tokenized","card":{"pan":"4476XXXXXXXX7601","year":30,"month":12},"token":{"type":"applepay","eci_indicator":"05",
 "online_payment_cryptogram":"/wAAAAoAeZvCDJkAAAAAgL1gE4A="}}}""",
    "googlepay": """{"amount":10,"currency":"KZT","description":"test googlepay1","order_id":"22832","auto_clearing":false,
 "from":{"type":"tokenized","card":{"pan":"4476XXXXXXXX1845","year":30,"month":12},"token":{"type":"googlepay","eci_indicator":"07",
 "online_payment_cryptogram":"/wAAAAABkQEdJniiHv3JQBAAAAA="}}}""",
    "vts": """{"amount":10,"currency":"KZT","description":"test vts","order_id":"vts3","auto_clearing":false,"from":{"type":"tokenized",
 "card":{"pan":"4326XXXXXXXX7667","year":30,"month":12},"token":{"type":"vts","eci_indicator":"07",
 "online_payment_cryptogram":"/wAAAAAAjiq1vn8AmeRKgwsAAAA="}}}""",
    "mscof": """{"amount":10,"currency":"KZT","description":"test scof","order_id":"scof","auto_clearing":false,"from":{"type":"tokenized",
 "card":{"pan":"4326XXXXXXXX7667","year":30,"month":12},"token":{"type":"mscof","eci_indicator":"07",
 "online_payment_cryptogram":"/wAAAAAAjiq1vn8AmeRKgwsAAAA="}}}""",
    "recurrent": """{"amount":10,"currency":"KZT","description":"description","order_id":"1234","auto_clearing":true,
 "from":{"type":"recurrent","recurrent":{"profile_id":"019980ce-543f-71d5-a91f-56bbca52e99e"}}}""",
    "saved": """{"amount":100,"currency":"KZT","description":"desc","order_id":"test_saved","user_id":"1234","auto_clearing":false,
 "from":{"type":"saved","card":{"token":"d6a069dc-0fac-40d4-be4f-2273350ee256"}}}""",
}
READ = {
    "approved": """{"id":"01978d0e-b956-7ea2-9a42-32cff1f44ede","status":"approved","amount":100,"created_at":"2025-06-20T07:13:31.068188524Z","order_id":"1234","clearing":{"cleared":false,"amount":0},"from":{"card":{"token":"01978d11-669e-7dd1-bf1b-75a12bf57ca9","brand":"VI"}},"additional":{"approval_code":"95F69T","reference":"1234567891234","intreference":"AC1BFED11052BFAC"},"3ds":{"acs_url":"","flow_type":"F"}}""",
    "process": """{"id":"01978d0e-b956-7ea2-9a42-32cff1f44ede","status":"process","amount":100,"created_at":"2025-06-20T07:13:31.068188524Z","order_id":"1234","from":{"card":{"brand":"VI","token":"01978d11-669e-7dd1-bf1b-75a12bf57ca9"}},"3ds":{"acs_url":""}}""",
    "success_with_refund": """{"id":"01978d0e-b956-7ea2-9a42-32cff1f44ede","status":"success","amount":100,"created_at":"2025-06-20T07:13:31.068188524Z","order_id":"1234","clearing":{"cleared":true,"amount":100},"from":{"card":{"token":"01978d11-669e-7dd1-bf1b-75a12bf57ca9","brand":"VI"}},"refund_payments":[{"id":"01978d53-4748-74c1-9c0a-0ca2b64b9c1b","amount":-100,"status":"success"}],"additional":{"approval_code":"95F69T","reference":"1234567891234","intreference":"AC1BFED11052BFAC"},"3ds":{"acs_url":"","flow_type":"F"}}""",
    "reversed": """{"id":"01978d55-748b-79a4-9e9e-77ab3c15aadd","status":"reversed","amount":100,"created_at":"2025-06-20T12:34:37.323632498Z","order_id":"1234","clearing":{"cleared":false,"amount":0},"from":{"card":{"token":"01978d27-fdb1-7fd1-8812-ce7a83414c72","brand":"VI"}},"reverse_payments":[{"id":"01978d55-ba15-738e-8a99-44cd25f0eb6b","amount":-100,"status":"success"}],"additional":{"approval_code":"218881","reference":"517101387057","intreference":"8A24B87C6A5D27D9"},"3ds":{"acs_url":"","flow_type":"F"}}""",
    "error": """{"amount":"100","created_at":"2025-06-19T14:13:49.812118623Z","error":{"code":"10012","description":"Limits on your card"},"id":"01978c87-82ad-793f-9a91-eb83d4566410","status":"error"}""",
    "waiting_3ds": """{"id":"0199765b-a007-7339-93fe-f073ac14aa9b","status":"waiting_3ds","amount":10,"created_at":"2025-09-23T11:35:40.295211818Z","order_id":"order064","from":{"card":{"token":"d9118161-8840-44e6-9cfa-91496c6bd653","brand":"VI"}},"3ds":{"acs_url":"https://secure-pg.freedompay.kz/v2/user/3ds-page/e3a549b9-6a09-4f38-ba7c-b8723f4181a4","flow_type":"C"}}""",
}
REQUEST_READ = {
    "approved": """{"id":"23fce447-82ad-45df-be37-a67151e2e299","status":"success","response":{"id":"01978d5c-ab89-72a0-a5a1-2cc56029f041","status":"approved","amount":40,"created_at":"2025-06-20T12:42:30.15317269Z"}}""",
    "process": """{"id":"d0708790-85fa-4e49-9151-3ff2a6e9b855","status":"success","response":{"id":"ee648c34-a6b0-4a26-afd7-819198aae664","status":"process","amount":100.01,"created_at":"2005-08-09T18:31:42+06:00"}}""",
    "error": """{"id":"bfe49b6e-2af3-4da8-aef3-c609ed1be949","status":"error","response":{"id":"bfe49b6e-2af3-4da8-aef3-c609ed1be949","status":"error","amount":0,"created_at":"0001-01-01T00:00:00Z","error":{"code":"1202","description":"Incorrect payment id"}}}""",
}
operation("gateway.asyncPaymentCreate", "POST", "/v5/g2g/create", "HS256", CREATE,
          """{"id":"01978c37-a961-7d20-8434-632242b24d48","status":"process","amount":100,"created_at":"2025-06-20T07:13:31.068188524Z"}""",
          ASYNC_ERRORS | {"status error": (200, """{"amount":"100","created_at":"2025-06-19T14:13:49.812118623Z","error":{"code":"10045",
 "description":"Charge from card declined due to security reasons."},"id":"01978c87-82ad-793f-9a91-eb83d4566410","status":"error"}""")},
          action="gateway.payment.create")
operation("gateway.asyncPaymentRead", "POST", "/v5/g2g/read", "HS256",
          {"example": '{"id":"01907dac-a93d-776e-b475-cba6a54a4888","order_id":"1234"}', "made, by order_id": '{"order_id":"1234"}',
           "made, by id": '{"id":"01907dac-a93d-776e-b475-cba6a54a4888"}'},
          READ, ASYNC_READ_ERRORS | {"an object without members": (200, "{}")}, action="gateway.payment.status")
operation("gateway.asyncRequestRead", "POST", "/v5/g2g/read", "HS256", '{"id":"29e0f9f5-592d-46f5-8eb0-6aad0f44c28c"}', REQUEST_READ, ASYNC_READ_ERRORS,
          action="gateway.request.status")
operation("gateway.asyncPaymentRefund", "POST", "/v5/g2g/edit", "HS256", '{"id":"01904e28-a01d-75d0-bc3a-56d777f0a39b","amount":100}',
          """{"id":"01978d4f-fb27-7615-a95c-d646dc1df3f3","amount":100,"refund_payment":{"id":"01978d53-4748-74c1-9c0a-0ca2b64b9c1b",
 "status":"process","amount":-100}}""", ASYNC_ERRORS, action="gateway.payment.refund")
operation("gateway.asyncPaymentReverse", "POST", "/v5/g2g/edit", "HS256", '{"id":"01909b30-b86a-77ef-ab25-0a7d126e8f4a"}',
          """{"id":"01978d5c-ab89-72a0-a5a1-2cc56029f041","amount":100,"reverse_payment":{"id":"01978d62-9962-7380-b51a-67c174e4b4f6",
 "status":"process"}}""", ASYNC_ERRORS, action="gateway.payment.reverse")
operation("gateway.asyncPaymentClear", "POST", "/v5/g2g/edit", "HS256", '{"id":"019052f1-e8dd-7de5-b09c-787d09f53891","amount":100}',
          """{"id":"01976974-b5ec-7e89-bb88-5ba118385e88","status":"process_clearing","amount":100,
 "created_at":"2025-06-13T13:22:25.900953117Z","clearing":{"amount":0}}""", ASYNC_ERRORS, action="gateway.payment.clearing")
operation("gateway.health", "GET", "/status/healthcheck", "none", {"example": "{}"},
          '{"status":"ok","time":"1970-01-01T00:00:00+00:00"}', {}, bodiless=True)

# ---------------------------------------------------------------- Merchant API: invoices of 2026, recurring profiles, tips

INVOICE = f""""amount": 12500.50, "currency": "KZT", "external_id": "external_id_1", "shop_name": "SHOP NAME",
 "description": "text description", "expires_at": "2026-03-15T07:15:00Z", "back_url": "https://merchant.kz/success",
 "state_callback": "https://merchant.kz/callback", """
INVOICE_ID = "019d0652-4e2f-7f54-a179-007c80c48adu"
operation("merchant.invoiceCreate", "POST", "/v5/merchant/invoice/create", "HS256",
          f'{{"type": "invoice_type", {INVOICE} "payer": "{PAYER}", "tax": {TAX}, "device": {DEVICE}, "extra": {EXTRA}}}',
          """{"id": "019d0652-4e2f-7f54-a179-007c80c48cef", "status": "new", "url": "https://your.url=019d0652-4e2f-7f54-a179-007c80c48cef",
 "created_at": "2026-03-20T07:15:00Z"}""", INVOICE_ERRORS)
operation("merchant.invoiceExecute", "POST", "/v5/merchant/invoice/create", "HS256",
          '{"profile_id": "123456789", "external_id": "ORDER-123", "type": "binance", "amount": 1000, "currency": "KZT"}',
          '{"invoice_id": "ieguf-hjdfv-1jhsksj", "status": "success", "created_at": "2026-04-23T12:15:00Z"}', INVOICE_ERRORS)
operation("merchant.invoiceInfo", "POST", "/v5/merchant/invoice/info", "HS256", f'{{"id": "{INVOICE_ID}"}}', f"""{{"status": "success",
 "type": "invoice_type", {INVOICE} "refunds": [{{"id": "019d0652-4e2f-7f54-a179-007c80c48cef", "amount": 100, "status": "success",
 "created_at": "2026-01-25T11:00:00Z"}}], "payer": "{PAYER}", "tax": {TAX}, "device": {DEVICE}, "extra": {EXTRA}}}""", {})
operation("merchant.invoiceRefund", "POST", "/v5/merchant/invoice/refund", "HS256", f"""{{"id": "{INVOICE_ID}", "amount": 12500.50,
 "description": "Refund description", "device": {{"id": "device-abc-123", "browserVersion": "Chrome/121.0.0.0", "ip": "85.116.189.120"}}}}""",
          '{"refund_id": "019d2ec0-f051-76ae-a8a7-125369e63020", "status": "refunded", "created_at": "2026-03-23T15:10:00Z"}', INVOICE_ERRORS)
operation("merchant.invoiceStatus", "POST", "/v5/merchant/invoice/status", "HS256", f'{{"id": "{INVOICE_ID}"}}',
          '{"status": "success", "created_at": "2026-03-23T08:20:00Z"}', {})
operation("merchant.invoiceCancel", "POST", "/v5/merchant/invoice/cancel", "HS256",
          f'{{"id": "{INVOICE_ID}", "description": "cancel description"}}',
          '{"status": "canceled", "created_at": "2026-03-23T19:02:52+05:00"}', INVOICE_ERRORS)
operation("merchant.invoiceRecurringCreate", "POST", "/v5/merchant/invoice/recurring/create", "HS256", """{"invoice_type": "binance",
 "amount": 1000, "currency": "KZT", "external_id": "SUBSCRIPTION-001", "state_callback": "https://merchant.kz/callback",
 "agreement_type": "on-demand", "expires_at": "2026-06-30"}""",
          '{"profile_id": "123456789", "url": "url://route/route=.....", "created_at": "2025-09-23T07:15:00Z"}', INVOICE_ERRORS)
operation("merchant.invoiceRecurringCancel", "POST", "/v5/merchant/invoice/recurring/cancel", "HS256",
          '{"external_id": "SUBSCRIPTION-001", "profile_id": "a-b-c-d-e", "description": "cancellation reason"}',
          '{"status": "canceled", "created_at": "2026-04-23T12:15:00Z"}', INVOICE_ERRORS)
operation("merchant.invoiceRecurringInfo", "POST", "/v5/merchant/invoice/recurring/info", "HS256",
          '{"external_id": "SUBSCRIPTION-001", "profile_id": "123456789"}', """{"status": "active", "invoice_type": "binance",
 "profile_id": "123456789", "external_id": "SUBSCRIPTION-001", "agreement_type": "on-demand", "expires_at": "2026-06-30",
 "created_at": "2026-06-30T13:09:39Z"}""", {})
operation("merchant.tipsCreate", "POST", "/v5/merchant/tips/create", "HS256", """{"amount": 500, "currency": "KZT", "external_id": "TIP-001",
 "main_order": {"external_id": "ORDER-123", "amount": 5000}, "recipient": {"user_id": "courier-042",
 "card_token": "a1b2c3d4-e5f6-7890-abcd-ef1234567890"}, "sender": {"user_id": "customer-777", "phone": "77001234567"},
 "back_url": "https://merchant.kz/back", "post_link": "https://merchant.kz/callback"}""", """{"id": "b2c3d4e5-f6a7-8901-bcde-f12345678901",
 "status": "new", "redirect_url": "https://customer.freedompay.kz/tips?token=eyJhbGciOi...", "created_at": "2026-09-22T10:15:00Z"}""",
          INVOICE_ERRORS)

BY_NAME = {one.name: one for one in OPERATIONS}
