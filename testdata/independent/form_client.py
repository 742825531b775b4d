#!/usr/bin/env python3
"""A shop that calls a Freedom Pay with pg_sig: the Gateway API and the forms of the Merchant API.

usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... [FREEDOMPAY_PAYOUT_SECRET=...] form_client.py http://HOST:PORT

It pays, holds, clears, refunds and pays out in every documented form, with documented test cards, through the payment
page and the 3DS page as a browser would, and checks that every answer is signed and is about what was asked. Order ids,
amounts and texts are its own, so that an answer that was prepared beforehand cannot pass.
"""

import concurrent.futures
import decimal
import html.parser
import os
import re
import secrets
import threading
import urllib.parse

import forms
import wire
from forms import MERCHANT, SALT, SIG

# Test cards of the overviews of both APIs, by what their tables say of them.
GOOD, WITH_3DS, CANCELABLE = "4716047261941981", "4916307416334310", "5367654276102126"
DECLINED, DECLINED_CODE = "5548398681700148", "10009"
PHONE, PHONE_CODE = "77017777777", "111111"
PAYOUT_GOOD, PAYOUT_BAD, PAYOUT_BAD_CODE = "4671593866478252", "4556046085041740", "10001"
PAYOUT_LATE, PAYOUT_LATE_BAD = "5507841999732294", "4532676596620704"

OWN = {"basket_id": "0007", "корзина": "№ 7; «чай» & <b>кофе</b> + 100 %", "Empty": "", "planes": "😀 ]]> &amp; Ә"}
RECEIPT = [{"count": 1, "name": f"Шай № {n}; & <{n}>", "price": decimal.Decimal(f"10{n}.50"), "tax_type": "3"}
           for n in range(12)]
RECEIPT[0]["mark_list"] = [f"код;{n}" for n in range(11)]


class Shop:
    def __init__(self, base_url, identity, secret, payout_secret, chance):
        self.base_url, self.identity, self.chance = base_url, identity, chance
        self.secret, self.payout_secret = secret, payout_secret
        self.form = "multipart"

    def ask(self, path, fields, payout=False, form=None, **how):
        """A right request, unless how says otherwise. The answer's signature is checked if it has one."""
        key = self.payout_secret if payout else self.secret
        fields = {MERCHANT: self.identity} | fields
        sent = forms.request(form or self.form, path, fields, how.get("secret", key), self.chance, how.get("script"))
        return forms.Answer(forms.send(self.base_url, *sent), forms.script_of(path), key)

    def order(self):
        return f"{self.chance.choice(['A', 'Заказ', 'x;y', '<&>'])}-{secrets.token_hex(6)}"

    def amount(self):
        return decimal.Decimal(self.chance.randrange(10_000, 99_999_999)).scaleb(-2)


def same(got, want, name):
    if got != want:
        raise ValueError(f"{name} is {got!r}, want {want!r}")


def same_amount(answer, name, want):
    if answer[name] is None or decimal.Decimal(answer[name]) != want:
        raise ValueError(f"{name} is {answer[name]!r}, want {want}, in {answer}")


def ok(answer, **members):
    """A success is HTTP 200 and signed. Returns the answer."""
    same((answer.status, answer["pg_status"]), (200, "ok"), f"status of {answer}")
    if not answer.is_signed:
        raise ValueError(f"an unsigned success: {answer}")
    for name, want in members.items():
        same(answer[name], want, name)
    return answer


def error(answer, code=None, is_signed=True):
    """A failure; where it is about a known payment of a known merchant it is signed as well."""
    same(answer["pg_status"], "error", f"pg_status of {answer}")
    same(answer.is_signed, is_signed, f"whether there is a {SIG} in {answer}")
    if code is not None:
        same(answer["pg_error_code"], code, f"pg_error_code of {answer}")
    elif not re.fullmatch("[0-9]+", answer["pg_error_code"] or ""):
        raise ValueError(f"no pg_error_code in {answer}")
    return answer


class Gateway:
    """What the flows need of the Gateway API."""

    name, is_gateway = "gateway", True
    payout_status, balance = "/g2g/payout_status2", "/g2g/balance_status"

    def __init__(self, shop):
        self.shop = shop

    def page(self, order, amount, **more):
        return self.shop.ask("/g2g/payment_page/", {"pg_order_id": order, "pg_amount": amount, "pg_description": "Чай",
                                                    "pg_currency": "KZT"} | more)

    def card(self, order, amount, card, auto_clearing, **more):
        return self.shop.ask("/g2g/payment", {
            "pg_order_id": order, "pg_amount": amount, "pg_description": "Чай; & <печенье>", "pg_card_pan": card,
            "pg_card_cvc": "123", "pg_card_year": "30", "pg_card_month": "12", "pg_card_name": "CARD HOLDER",
            "pg_auto_clearing": auto_clearing} | more)

    def status(self, payment, order):
        return self.shop.ask("/g2g/status_v2", {"pg_payment_id": payment, "pg_order_id": order})

    def clear(self, payment, amount):
        return self.shop.ask("/g2g/clearing", {"pg_payment_id": payment, "pg_clearing_amount": amount})

    def refund(self, payment, amount):
        return self.shop.ask("/g2g/refund", {"pg_payment_id": payment, "pg_amount": amount})

    def cancel(self, payment):
        return self.shop.ask("/g2g/cancel", {"pg_payment_id": payment})


class Merchant:
    """The same of the Merchant API, whose payments are all made on a page."""

    name, is_gateway = "merchant", False
    payout_status, balance = "/api/payment_status2", "/api/balance_status"

    def __init__(self, shop):
        self.shop = shop

    def page(self, order, amount, **more):
        return self.shop.ask("/init_payment", {"pg_order_id": order, "pg_amount": amount, "pg_description": "Чай",
                                               "pg_auto_clearing": "1"} | more)

    def card(self, order, amount, card, auto_clearing, **more):
        made = ok(self.page(order, amount, pg_auto_clearing=auto_clearing, **more))
        Browser(self.shop.base_url).pay(made["pg_redirect_url"], card)
        return made

    def status(self, payment, order):
        return self.shop.ask("/get_status3.php", {"pg_payment_id": payment, "pg_order_id": order})

    def clear(self, payment, amount):
        return self.shop.ask("/do_capture.php", {"pg_payment_id": payment, "pg_clearing_amount": amount})

    def refund(self, payment, amount):
        return self.shop.ask("/revoke", {"pg_payment_id": payment, "pg_refund_amount": amount})

    def cancel(self, payment):
        return self.shop.ask("/cancel", {"pg_payment_id": payment})


# ---------------------------------------------------------------- the payer's browser

class Page(html.parser.HTMLParser):
    """The one form of a page: its address, method, fields, what can be picked and pressed."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.action, self.method = 0, None, None
        self.fields, self.choices, self.buttons = [], [], []
        self.feed(text)
        if self.forms != 1:
            raise ValueError(f"{self.forms} forms in {text!r}")

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "form":
            self.forms, self.action, self.method = self.forms + 1, a["action"], a.get("method", "get").upper()
        elif tag == "input" and a.get("type") == "radio":
            self.choices.append((a["name"], a["value"]))
        elif tag == "input" and "name" in a:
            self.fields.append((a["name"], a.get("value", "")))
        elif tag == "button" and "name" in a:
            self.buttons.append((a["name"], a["value"]))


class Browser:
    """Goes from page to page of the sandbox, and stops where it leaves it."""

    def __init__(self, base_url):
        self.base_url = base_url

    def load(self, url, pairs=None):
        """Returns the page's text, or where a redirect leads to."""
        if not url.startswith(self.base_url + "/"):
            raise ValueError(f"{url} is no page of {self.base_url}")
        target, body, headers = url.removeprefix(self.base_url), None, []
        if pairs is not None:
            body, content_type = forms.urlencoded(pairs)
            headers = [("Content-Type", content_type)]
        answer = wire.send(self.base_url, "GET" if pairs is None else "POST", target, headers, body)
        if answer.status in (302, 303):
            return answer.header("Location")
        if answer.status != 200 or not answer.media_type() == "text/html":
            raise ValueError(f"{target}: {answer}")
        return answer.body.decode()

    def submit(self, page, picked=None, pressed=None):
        """Sends the form: with what is picked, and the button that has a value."""
        fields = list(page.fields)
        for wanted, offered in ((picked, page.choices), (pressed, page.buttons)):
            found = [(name, value) for name, value in offered if value == wanted]
            if wanted is not None and len(found) != 1:
                raise ValueError(f"{wanted} is not one of {offered}")
            fields += found
        same(page.method, "POST", "the form's method")
        return self.load(page.action, fields)

    def pay(self, url, card, answer="confirm"):
        """Picks a card on a page, and passes 3DS where it asks. Returns the last page or the address that it leads to."""
        page = Page(self.load(url))
        after = self.submit(page, card, "pay" if page.buttons else None)
        if 'name="PaReq"' not in after:
            return after
        asked = Page(self.submit(Page(after)))
        return self.submit(Page(self.submit(asked, pressed=answer)))

    def confirm(self, acs_url, md, pa_req, term_url, answer="confirm"):
        """The 3DS page of a card that the shop itself has taken: MD and PaRes as they are posted to term_url."""
        asked = Page(self.load(acs_url, [("MD", md), ("PaReq", pa_req), ("TermUrl", term_url)]))
        back = Page(self.submit(asked, pressed=answer))
        same((back.method, back.action), ("POST", term_url), "where the 3DS page leads to")
        fields = dict(back.fields)
        same(fields["MD"], md, "MD")
        return fields["MD"], fields["PaRes"]


# ---------------------------------------------------------------- flows

def check_status(answer, payment, order, amount, status="success", captured=None, cleared=None, refunded=None):
    ok(answer, pg_payment_id=payment, pg_order_id=order, pg_payment_status=status)
    same_amount(answer, "pg_amount", amount)
    if captured is not None:
        same(answer["pg_captured"], captured, f"pg_captured of {answer}")
    if cleared is not None:
        same_amount(answer, "pg_clearing_amount", cleared)
    if refunded is not None:  # negative, as the pages and live answers have it
        same_amount(answer, "pg_refund_amount", -refunded)
    return answer


def page_paid(api, method="GET"):
    """A page with a receipt and parameters of the shop's own, paid, and the way back to the shop."""
    shop, order = api.shop, api.shop.order()
    amount = sum(position["price"] for position in RECEIPT)
    made = ok(api.page(order, amount, pg_success_url="https://shop.example/paid/success.php", pg_success_url_method=method,
                       pg_receipt_positions=RECEIPT, pg_param1="a;b", pg_generate_qr="0", **OWN))
    payment = made["pg_payment_id"]
    check_status(api.status(payment, order), payment, order, amount, "new")
    back = Browser(shop.base_url).pay(made["pg_redirect_url"], GOOD)
    check_status(api.status(payment, order), payment, order, amount, captured="1", cleared=amount)
    if method == "POST":
        page = Page(back)
        same((page.method, page.action), ("POST", "https://shop.example/paid/success.php"), "the way back")
        pairs = page.fields
    else:
        address, _, query = back.partition("?")
        same(address, "https://shop.example/paid/success.php", "the way back")
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    got = dict(pairs)
    same(got[SIG], forms.pg_sig("success.php", forms.tree(pairs), shop.secret), f"{SIG} of the way back")
    same((got["pg_order_id"], got["pg_payment_id"]), (order, payment), "ids on the way back")
    for name, text in OWN.items():
        if text and got.get(name) != text:
            raise ValueError(f"the parameter {name} is {got.get(name)!r} on the way back, want {text!r}")


def one_step(api):
    """Taken at once; a part is given back, then the rest, then no more."""
    order, amount = api.shop.order(), api.shop.amount()
    payment = ok(api.card(order, amount, GOOD, "1"))["pg_payment_id"]
    check_status(api.status(payment, order), payment, order, amount, captured="1", cleared=amount, refunded=0)
    error(api.clear(payment, amount))
    error(api.cancel(payment))
    part = decimal.Decimal("0.01")
    ok(api.refund(payment, part))
    check_status(api.status(payment, order), payment, order, amount, captured="1", refunded=part)
    error(api.refund(payment, amount))
    ok(api.refund(payment, amount - part))
    answer = check_status(api.status(payment, order), payment, order, amount, captured="1", refunded=amount)
    refunds = [dict(value) for name, value in answer["pg_refund_payments"] if name == "pg_refund_payment"]
    same(sorted(decimal.Decimal(refund["pg_amount"]) for refund in refunds), sorted([-part, part - amount]), "the refunds")
    error(api.refund(payment, part))


def two_steps(api):
    """Held: not captured. Then a part is taken, and what was taken can be given back, and no more."""
    order, amount = api.shop.order(), api.shop.amount()
    part = (amount / 3).quantize(decimal.Decimal("0.01"))
    payment = ok(api.card(order, amount, GOOD, "0"))["pg_payment_id"]
    check_status(api.status(payment, order), payment, order, amount, captured="0")
    error(api.refund(payment, part))
    error(api.clear(payment, amount + 1))
    check_status(api.status(payment, order), payment, order, amount, captured="0")
    cleared = ok(api.clear(payment, part))
    same_amount(cleared, "pg_amount", amount)
    same_amount(cleared, "pg_clearing_amount", part)
    if api.is_gateway:
        same(cleared["pg_status_clearing"], "1", "pg_status_clearing")
    check_status(api.status(payment, order), payment, order, amount, captured="1", cleared=part)
    error(api.clear(payment, part))
    error(api.refund(payment, amount))
    ok(api.refund(payment, part))
    check_status(api.status(payment, order), payment, order, amount, captured="1", cleared=part, refunded=part)


def canceled(api):
    order, amount = api.shop.order(), api.shop.amount()
    made = ok(api.card(order, amount, CANCELABLE, "0"))
    if api.is_gateway:
        complete(api, made)
    payment = made["pg_payment_id"]
    check_status(api.status(payment, order), payment, order, amount, captured="0")
    ok(api.cancel(payment))
    answer = check_status(api.status(payment, order), payment, order, amount, captured="0")
    if not answer["pg_revoked_payments"]:
        raise ValueError(f"no pg_revoked_payments in {answer}")
    error(api.cancel(payment))
    error(api.clear(payment, amount))


def complete(api, made, answer="confirm"):
    term_url = "https://shop.example/3ds?order=1&shop=2"
    md, pa_res = Browser(api.shop.base_url).confirm(
        made["pg_3d_acsurl"], made["pg_3d_md"], made["pg_3d_pareq"], term_url, answer)
    return api.shop.ask("/g2g/paymentAcs", {"pg_payment_id": made["pg_payment_id"], "pg_md": md, "pg_pares": pa_res})


def with_3ds(api):
    """The payer is asked; what the 3DS page did not say decides nothing."""
    order, amount = api.shop.order(), api.shop.amount()
    made = ok(api.card(order, amount, WITH_3DS, "1"), pg_3ds="1")
    payment = made["pg_payment_id"]
    check_status(api.status(payment, order), payment, order, amount, "process")
    error(api.shop.ask("/g2g/paymentAcs", {
        "pg_payment_id": payment, "pg_md": made["pg_3d_md"], "pg_pares": made["pg_3d_pareq"]}))
    check_status(api.status(payment, order), payment, order, amount, "process")
    ok(complete(api, made), pg_payment_id=payment)
    check_status(api.status(payment, order), payment, order, amount, captured="1")
    order = api.shop.order()
    made = ok(api.card(order, amount, WITH_3DS, "1"), pg_3ds="1")
    error(complete(api, made, "refuse"))
    check_status(api.status(made["pg_payment_id"], order), made["pg_payment_id"], order, amount, "error")


def with_3ds_on_page(api):
    order, amount = api.shop.order(), api.shop.amount()
    made = ok(api.card(order, amount, WITH_3DS, "1"))
    check_status(api.status(made["pg_payment_id"], order), made["pg_payment_id"], order, amount, captured="1")


def declined(api):
    order, amount = api.shop.order(), api.shop.amount()
    answer = api.card(order, amount, DECLINED, "1")
    if api.is_gateway:
        error(answer, DECLINED_CODE)
    answer = check_status(api.status(answer["pg_payment_id"], order), answer["pg_payment_id"], order, amount, "error")
    same(answer["pg_failure_code"], DECLINED_CODE, "pg_failure_code")


def not_found(api):
    """Status of what nobody knows: its page shows the answer unsigned. What changes something is refused, signed or not."""
    error(api.status("999999999", "no-such-order"), "11068", is_signed=False)
    for answer in (api.clear("999999999", 1), api.refund("999999999", 1), api.cancel("999999999")):
        same(answer["pg_error_code"], "11068", f"pg_error_code of {answer}")


def mobile(api):
    """From the balance of a phone, confirmed with the documented code. Its pages show answers without a signature."""
    shop, order, amount = api.shop, api.shop.order(), decimal.Decimal("100.00")
    made = ok(shop.ask("/init_payment.php", {"pg_order_id": order, "pg_amount": amount, "pg_description": "Пополнение",
                                            "pg_payment_method": "mobile_commerce"}))
    payment = made["pg_payment_id"]
    answer = shop.ask("/mfs/pay", {"pg_payment_id": payment, "pg_abonent_phone": PHONE})
    same(answer["pg_status"], "need_approve", f"pg_status of {answer}")
    answer = shop.ask("/mfs/approve", {"pg_payment_id": payment, "pg_approval_code": "000000"})
    same(answer["pg_status"] == "ok", False, f"whether a wrong code is taken by {answer}")
    check_status(api.status(payment, order), payment, order, amount, "process")
    answer = shop.ask("/mfs/approve", {"pg_payment_id": payment, "pg_approval_code": PHONE_CODE})
    same(answer["pg_status"], "ok", f"pg_status of {answer}")
    check_status(api.status(payment, order), payment, order, amount, captured="1")


def saved_card(api):
    """A card is saved on a page, listed, charged by its token, and removed."""
    shop, user = api.shop, secrets.token_hex(8)
    cards_of, own = f"/v1/merchant/{shop.identity}/cardstorage", {"pg_user_id": user}
    page = ok(shop.ask(f"{cards_of}/add2", own | {
        "pg_back_link": "https://shop.example/back", "pg_post_link": "https://shop.example/card"}))
    Browser(shop.base_url).pay(page["pg_redirect_url"], GOOD)
    cards = [dict(card) for name, card in shop.ask(f"{cards_of}/list", own).fields if name == "card"]
    same(len(cards), 1, "the number of saved cards")
    token, order, amount = cards[0]["pg_card_token"], shop.order(), shop.amount()
    made = ok(shop.ask(f"/v1/merchant/{shop.identity}/card/init", own | {
        "pg_order_id": order, "pg_amount": amount, "pg_description": "Чай", "pg_card_token": token,
        "pg_success_url": "https://shop.example/ok", "pg_failure_url": "https://shop.example/no"}))
    payment = made["pg_payment_id"]
    check_status(api.status(payment, order), payment, order, amount, "new")
    shop.ask(f"/v1/merchant/{shop.identity}/card/direct", {"pg_payment_id": payment})
    check_status(api.status(payment, order), payment, order, amount)
    removed = shop.ask(f"{cards_of}/remove", own | {"pg_card_token": token})
    same(removed.is_signed, True, f"whether there is a {SIG} in {removed}")
    left = shop.ask(f"{cards_of}/list", own)
    same([name for name, _ in left.fields if name == "card"], [], "the saved cards")


FLOWS = [(Gateway, [one_step, two_steps, canceled, with_3ds, declined, page_paid, not_found]),
         (Merchant, [one_step, two_steps, canceled, with_3ds_on_page, declined, page_paid, mobile, saved_card, not_found])]


def flows(shop, checks):
    for make, listed in FLOWS:
        for form in forms.FORMS:
            shop.form = form
            for flow in listed:
                checks.passes(f"shop: {make.name}, {form}: {flow.__name__.replace('_', ' ')}", flow, make(shop))
    shop.form = "urlencoded"
    for make, _ in FLOWS:
        checks.passes(f"shop: {make.name}: back by POST", page_paid, make(shop), "POST")


# ---------------------------------------------------------------- payouts

def balance(shop, api):
    return decimal.Decimal(ok(shop.ask(api.balance, {"pg_currency": "KZT"}, payout=True))["pg_balance"])


def payout_card(shop, card, amount):
    order = shop.order()
    return order, shop.ask("/g2g/p2p2nonreg", {
        "pg_order_id": order, "pg_amount": amount, "pg_currency": "KZT", "pg_description": "Выплата", "pg_user_id": "7",
        "pg_payment_to": card, "pg_post_link": "https://shop.example/payout"}, payout=True)


def payout_status(shop, api, order, want, tries=5):
    for _ in range(tries):
        answer = ok(shop.ask(api.payout_status, {"pg_order_id": order}, payout=True))
        if answer["pg_payment_status"] == want:
            return answer
    raise ValueError(f"pg_payment_status does not become {want}: {answer}")


def payouts(shop, checks):
    gateway, merchant, amount = Gateway(shop), Merchant(shop), decimal.Decimal("1234.56")

    def good():
        before = balance(shop, gateway)
        order, answer = payout_card(shop, PAYOUT_GOOD, amount)
        ok(answer, pg_order_id=order)
        same_amount(answer, "pg_payment_amount", amount)
        payout_status(shop, gateway, order, "success")
        same(balance(shop, gateway), before - amount, "the balance after the payout")
        same(balance(shop, merchant), before - amount, "the balance by the Merchant API")

    def bad():
        before = balance(shop, gateway)
        order, answer = payout_card(shop, PAYOUT_BAD, amount)
        if answer["pg_status"] == "error":
            error(answer, PAYOUT_BAD_CODE)
        payout_status(shop, gateway, order, "error")
        same(balance(shop, gateway), before, "the balance after the payout that failed")

    def too_much():
        before = balance(shop, gateway)
        _, answer = payout_card(shop, PAYOUT_GOOD, before + decimal.Decimal("0.01"))
        error(answer)
        same(balance(shop, gateway), before, "the balance after a payout of more than there is")

    def late(card, want):
        order, answer = payout_card(shop, card, amount)
        # The page shows ok only; pending is the pages' word for what is not done yet.
        same(answer.is_signed and answer["pg_status"] in ("ok", "pending"), True, f"{answer}")
        same(answer["pg_order_id"], order, "pg_order_id")
        payout_status(shop, gateway, order, "process", 1)
        payout_status(shop, gateway, order, want)

    def iban():
        before, order = balance(shop, merchant), shop.order()
        answer = shop.ask("/api/to_iban", {
            "pg_amount": amount, "pg_order_id": order, "pg_recipient_iban": "KZ123412341234123412",
            "pg_recipient_iin": "761223455678", "pg_recipient_name": "ИВАНОВ ИВАН", "pg_recipient_kbe": 19, "pg_knp": 119,
            "pg_bank_bik": "KZZSAE", "pg_post_link": "https://shop.example/payout"}, payout=True)
        same(answer.is_signed and answer["pg_status"] in ("ok", "process"), True, f"{answer}")
        payout_status(shop, merchant, order, "success")
        same(balance(shop, merchant), before - amount, "the balance after the payout")

    def wrong_secret():
        """The payment secret is not that for payouts, and the other way round."""
        before = balance(shop, gateway)
        asked = {"pg_currency": "KZT", "pg_order_id": "1", "pg_amount": "1"}
        for path in (gateway.balance, merchant.balance, gateway.payout_status, merchant.payout_status, "/g2g/p2p2nonreg",
                     "/api/to_iban"):
            error(shop.ask(path, asked, payout=True, secret=shop.secret), "1100", is_signed=False)
        for path in ("/g2g/status_v2", "/get_status3.php", "/g2g/payment_page/", "/init_payment"):
            error(shop.ask(path, {"pg_order_id": "1"}, secret=shop.payout_secret), "1100", is_signed=False)
        same(balance(shop, gateway), before, "the balance")

    listed = [("to a good card", good), ("to a bad card", bad), ("of too much", too_much), ("to an account", iban),
              ("in process, then success", late, PAYOUT_LATE, "success"), ("in process, then error", late, PAYOUT_LATE_BAD, "error")]
    for form in forms.FORMS:
        shop.form = form
        for name, run, *arguments in listed:
            checks.passes(f"shop: {form}: payout {name}", run, *arguments)
    if shop.payout_secret != shop.secret:
        checks.passes("shop: payouts and payments have secrets of their own", wrong_secret)


# ---------------------------------------------------------------- refusals

def refusals(shop, checks):
    """What is wrong is refused, unsigned, with the documented code, in every form; and nothing comes of it."""
    shop.form = "multipart"
    gateway, order, amount = Gateway(shop), shop.order(), decimal.Decimal("500.00")
    payment = ok(gateway.card(order, amount, GOOD, "0"))["pg_payment_id"]

    def spoilt(form, path, fields, spoil, secret=None):
        """Signs fields, then spoils what is signed: spoil(fields) -> fields."""
        fields = [(MERCHANT, shop.identity), *fields, (SALT, forms.salt(shop.chance))]
        tree = fields if form.startswith("xml") else forms.tree(fields)
        fields = spoil([*fields, (SIG, forms.pg_sig(forms.script_of(path), tree, secret or shop.secret))])
        return forms.Answer(forms.send(shop.base_url, *forms.packed(form, path, fields)), forms.script_of(path), shop.secret)

    def changed(name, text):
        return lambda fields: [(key, text if key == name else old) for key, old in fields]

    clearing, capture = "/g2g/clearing", "/do_capture.php"
    asked = [("pg_payment_id", payment), ("pg_clearing_amount", "1.00"), ("mine", "x")]
    cases = {
        "a changed amount": ("1100", changed("pg_clearing_amount", "2.00")),
        "another payment": ("1100", changed("pg_payment_id", "1")),
        "a changed salt": ("1100", changed(SALT, "x")),
        "a wrong signature": ("1100", changed(SIG, "0" * 32)),
        "an empty signature": ("1100", changed(SIG, "")),
        "no signature": ("1100", lambda fields: fields[:-1]),
        "a signature in capitals": ("1100", lambda fields: [*fields[:-1], (SIG, fields[-1][1].upper())]),
        "a field more": ("1100", lambda fields: [*fields, ("more", "1")]),
        "a field less": ("1100", lambda fields: [f for f in fields if f[0] != "mine"]),
        "a field renamed so that it moves": ("1100", lambda fields: [("z" if n == "mine" else n, t) for n, t in fields]),
        "values swapped": ("1100", lambda fields: changed("pg_clearing_amount", payment)(
            changed("pg_payment_id", "1.00")(fields))),
        "the signature twice": (None, lambda fields: [*fields, fields[-1]]),
        "a wrong signature before the right one": (None, lambda fields: [(SIG, "0" * 32), *fields]),
        "another merchant": ("9998", changed(MERCHANT, "654321")),
        "no merchant": ("9998", lambda fields: fields[1:]),
    }
    def refused(name, ask, code, *arguments, **how):
        checks.passes(f"shop: {name}", lambda: error(ask(*arguments, **how), code, is_signed=False))

    for form in forms.FORMS:
        for name, (code, spoil) in cases.items():
            for api, path in (("gateway", clearing), ("merchant", capture)):
                refused(f"{api}, {form}: refused: {name}", spoilt, code, form, path, asked, spoil)
        for name, how in {"a wrong secret": {"secret": "wrong"}, "an empty secret": {"secret": ""},
                          "another script name": {"script": "status_v2"}, "the name with .php": {"script": "clearing.php"},
                          "no script name": {"script": " "}}.items():
            refused(f"{form}: refused: signed with {name}", shop.ask, "1100", clearing, dict(asked), form=form, **how)
        refused(f"{form}: refused: signed rightly for another merchant", shop.ask, "9998", clearing,
                {MERCHANT: "654321"} | dict(asked), form=form)
        refused(f"{form}: refused: the path of another merchant", shop.ask, None, "/v1/merchant/654321/cardstorage/list",
                {"pg_user_id": "7"}, form=form)

    def untouched():
        check_status(gateway.status(payment, order), payment, order, amount, captured="0")
        ok(gateway.clear(payment, amount))
    checks.passes("shop: nothing came of what was refused", untouched)


# ---------------------------------------------------------------- anything

# All operations with pg_sig, by the pages; those of the second list are signed with the payout secret.
PATHS = """/g2g/payment_page/ /g2g/any_amount /g2g/payment /g2g/paymentAcs /g2g/recurrent /g2g/cancel /g2g/clearing /g2g/refund
    /g2g/status_v2 /g2g/p2p/transfer /g2g/p2p/transfer_acs /g2g/p2p/rates /g2g/p2p/status /g2g/cardstorage/add
    /g2g/cardstorage/payment_acs /g2g/cardstorage/list /g2g/cardstorage/remove /init_payment /any_amount.php
    /make_recurring_payment /cancel /do_capture.php /revoke /get_status3.php /v1/merchant/*/cardstorage/add2
    /v1/merchant/*/cardstorage/remove /v1/merchant/*/cardstorage/list /v1/merchant/*/card/init /v1/merchant/*/card/pay
    /v1/merchant/*/card/direct /v1/merchant/*/cardstoragepayout/add /init_payment.php /mfs/pay /mfs/approve
    /mfs/resend_otp""".split()
PAYOUT_PATHS = """/g2g/reg2reg /g2g/p2p2nonreg /g2g/to_iban /g2g/balance_status /g2g/payout_status2 /api/reg2reg
    /api/reg2nonreg /api/to_iban /api/balance_status /get_status2.php /api/payment_status /api/payment_status2""".split()
NAMES = """pg_order_id pg_amount pg_currency pg_description pg_payment_id pg_user_id pg_card_pan pg_card_cvc pg_card_year
    pg_card_month pg_card_name pg_auto_clearing pg_clearing_amount pg_refund_amount pg_lifetime pg_language pg_success_url
    pg_success_url_method pg_idempotency_key pg_card_token pg_card_token_to pg_payment_to pg_post_link pg_back_link
    pg_order_time_limit pg_recipient_iban pg_abonent_phone pg_approval_code pg_payment_method pg_recurring_start pg_md
    pg_pares pg_param1 pg_user_contact_email pg_user_ip pg_generate_qr Shop корзина""".split()
ODD = ["", "0", "-1", "1", "1.00", "0.001", "1e5", "9" * 30, "9" * 500, "NaN", "abc", "№", "2030-12-31 12:00:00", "2020-01-01",
       "KZT", GOOD, PAYOUT_GOOD, "12", "30", "https://shop.example/x", "http://[::1", "javascript:alert(1)", "%zz", "[]", "{}",
       "null", "true", "😀", "a@b.c", PHONE, "error", "1;2", "a" * 5000, "\u2028", "]]>"]


def anything(shop, number=600):
    """Whatever is signed rightly gets an answer in XML with HTTP 200, which is signed but for error 11068."""
    for turn in range(number):
        path = shop.chance.choice(PATHS + PAYOUT_PATHS)
        fields = {name: shop.chance.choice(ODD) for name in shop.chance.sample(NAMES, shop.chance.randrange(len(NAMES)))}
        if turn % 3 == 0:
            fields["pg_receipt_positions"] = [{name: shop.chance.choice(ODD) for name in ("count", "name", "price", "tax_type")}
                                              for _ in range(shop.chance.choice([1, 2, 12]))]
        form = shop.chance.choice(forms.FORMS)
        answer = shop.ask(path.replace("*", shop.identity), fields, payout=path in PAYOUT_PATHS, form=form)
        is_right = answer.is_signed or answer["pg_error_code"] == "11068"
        if answer.status != 200 or not is_right:
            raise ValueError(f"request {turn}, {path}, {form}: {answer} to {fields}")


# ---------------------------------------------------------------- at once

def at_once(shop, checks, number=40):
    """However many ask for the same money at one moment, it is given once."""
    shop.form = "urlencoded"
    gateway, amount = Gateway(shop), decimal.Decimal("77.77")

    def together(function):
        start = threading.Barrier(number)

        def one(_):
            start.wait(30)
            return function()["pg_status"]
        with concurrent.futures.ThreadPoolExecutor(number) as pool:
            statuses = list(pool.map(one, range(number)))
        return statuses.count("ok"), statuses.count("error")

    order = shop.order()
    payment = ok(gateway.card(order, amount, GOOD, "0"))["pg_payment_id"]
    for name, ask in (("clearings", gateway.clear), ("refunds", gateway.refund)):
        made = together(lambda: ask(payment, amount))
        checks.equal(f"shop: one of {number} {name} at once is made", made, (1, number - 1))
    checks.passes("shop: the payment after all that came at once", lambda: check_status(
        gateway.status(payment, order), payment, order, amount, captured="1", refunded=amount))
    checks.equal("shop: of two requests with one idempotency key one payment comes", *twice(gateway, amount))


def twice(gateway, amount):
    """What a repeat gets is not documented, but it must not be a second payment."""
    order, key = gateway.shop.order(), secrets.token_hex(8)
    first = ok(gateway.page(order, amount, pg_idempotency_key=key))
    second = gateway.page(order, amount, pg_idempotency_key=key)
    return (second["pg_payment_id"] if second["pg_status"] == "ok" else first["pg_payment_id"]), first["pg_payment_id"]


def main():
    base_url = wire.usage_of_base_url()
    identity, secret = wire.credentials()
    payout_secret = os.environ.get("FREEDOMPAY_PAYOUT_SECRET") or secret.decode()
    checks, chance = wire.Checks(), forms.seeded()
    shop = Shop(base_url, identity, secret.decode(), payout_secret, chance)
    for part in (flows, payouts, refusals, at_once):
        checks.run(f"shop: {part.__name__}", part, shop, checks)
    checks.passes("shop: whatever is signed rightly is answered", anything, shop)
    checks.finish()


if __name__ == "__main__":
    main()
