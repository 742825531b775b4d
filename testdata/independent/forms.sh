#!/usr/bin/env bash
# Pays, holds, clears, refunds and asks with pg_sig, with nothing but bash, curl and openssl.
#
# usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... [FREEDOMPAY_PAYOUT_SECRET=...] forms.sh http://HOST:PORT
set -euo pipefail

if [[ $# -ne 1 || $1 != http://* ]]; then
  echo "usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... [FREEDOMPAY_PAYOUT_SECRET=...] $0 http://HOST:PORT" >&2
  exit 2
fi
base_url=${1%/}
identity=${FREEDOMPAY_AUTH_ID:?must be set}
secret=${FREEDOMPAY_SECRET:?must be set}
payout_secret=${FREEDOMPAY_PAYOUT_SECRET:-$secret}
unset FREEDOMPAY_AUTH_ID FREEDOMPAY_SECRET FREEDOMPAY_PAYOUT_SECRET
program=forms
source "$(dirname "${BASH_SOURCE[0]}")/pg_sig.sh"

# ask KEY FORM PATH NAME=TEXT...: a signed request.
ask() {
  local key=$1 form=$2 path=$3 script=${3##*/} fields
  [[ $path == */payment_page/ ]] && script=payment_page
  shift 3
  fields=("pg_merchant_id=$identity" "$@" "pg_salt=$(openssl rand -hex 8)")
  fields+=("pg_sig=$(pg_sig "$script" "$key" "${fields[@]}")")
  send "$form" "$path" "${fields[@]}"
}

# expect_refused NAME CODE: an unsigned error.
expect_refused() {
  if [[ $(text pg_status) == error && $(text pg_error_code) == "$2" && -z $(text pg_sig) ]]; then
    ok "$1"
  else
    not_ok "$1" "HTTP $(<"$work/status"), no unsigned error $2: $(<"$work/answer")"
  fi
}

# ---------------------------------------------------------------- the calls

status() { ask "$secret" "$1" /g2g/status_v2 "pg_payment_id=$payment" "pg_order_id=$order"; }

page() {
  order=page-$(openssl rand -hex 6)
  ask "$secret" "$1" /g2g/payment_page/ "pg_order_id=$order" pg_amount=1300.00 'pg_description=Чай & <печенье>; 100%' \
    mine=своё "${@:2}"
  expect "$1: payment page" "$secret" payment_page pg_status=ok
  payment=$(text pg_payment_id)
  status "$1"
  expect "$1: status of a new payment" "$secret" status_v2 pg_status=ok pg_payment_status=new "pg_payment_id=$payment" \
    "pg_order_id=$order"
}

card() {
  order=card-$(openssl rand -hex 6)
  ask "$secret" "$1" /g2g/payment "pg_order_id=$order" pg_amount=1234.50 pg_description=Чай pg_card_pan=4716047261941981 \
    pg_card_cvc=123 pg_card_year=30 pg_card_month=12 'pg_card_name=CARD HOLDER' "pg_auto_clearing=$2"
  expect "$1: payment by card, pg_auto_clearing $2" "$secret" payment pg_status=ok pg_3ds=0
  payment=$(text pg_payment_id)
  status "$1"
  expect "$1: status, pg_captured $2" "$secret" status_v2 pg_payment_status=success "pg_captured=$2" "pg_order_id=$order"
}

merchant_api() {
  order=merchant-$(openssl rand -hex 6)
  ask "$secret" "$1" /init_payment "pg_order_id=$order" pg_amount=10.00 'pg_description=Қант; "шай"' pg_auto_clearing=1
  expect "$1: init_payment" "$secret" init_payment pg_status=ok
  ask "$secret" "$1" /get_status3.php "pg_order_id=$order"
  expect "$1: get_status3.php" "$secret" get_status3.php pg_status=ok pg_payment_status=new "pg_order_id=$order"
}

clearing_and_refund() {
  card "$1" 0
  ask "$secret" "$1" /g2g/clearing "pg_payment_id=$payment" pg_clearing_amount=1000.25
  expect "$1: clearing of a part" "$secret" clearing pg_status=ok pg_status_clearing=1
  status "$1"
  expect "$1: status after the clearing" "$secret" status_v2 pg_payment_status=success pg_captured=1
  ask "$secret" "$1" /g2g/refund "pg_payment_id=$payment" pg_amount=1000.26
  expect "$1: a refund of too much" "$secret" refund pg_status=error
  ask "$secret" "$1" /g2g/refund "pg_payment_id=$payment" pg_amount=1000.25
  expect "$1: refund" "$secret" refund pg_status=ok pg_refund_status=success
}

balance() {
  ask "$payout_secret" "$1" /g2g/balance_status pg_currency=KZT
  expect "$1: balance for payouts" "$payout_secret" balance_status pg_status=ok pg_currency=KZT
}

forged() {
  card multipart 0
  local fields=("pg_merchant_id=$identity" "pg_payment_id=$payment" pg_clearing_amount=1.00 pg_salt=abc) signature
  signature=$(pg_sig clearing "$secret" "${fields[@]}")
  for form in multipart urlencoded query xml; do
    send "$form" /g2g/clearing "${fields[@]/%1.00/1000.00}" "pg_sig=$signature"
    expect_refused "$form: a clearing whose amount was changed is refused" 1100
    ask 'a wrong secret' "$form" /g2g/clearing "pg_payment_id=$payment" pg_clearing_amount=1.00
    expect_refused "$form: a clearing signed with a wrong secret is refused" 1100
    send "$form" /g2g/clearing "${fields[@]/#pg_merchant_id=*/pg_merchant_id=1}" "pg_sig=$signature"
    expect_refused "$form: a clearing of another merchant is refused" 9998
    ask "$secret" "$form" /g2g/status_v2 pg_payment_id=999999999 pg_order_id=no-such-order
    expect_refused "$form: there is no such payment" 11068
  done
  status multipart
  expect 'nothing came of what was refused' "$secret" status_v2 pg_payment_status=success pg_captured=0
}

check_own_signature
page multipart 'pg_receipt_positions[0][count]=2' 'pg_receipt_positions[0][name]=Чай' 'pg_receipt_positions[0][price]=650.00' \
  'pg_receipt_positions[0][tax_type]=0'
page urlencoded 'pg_receipt_positions[0][count]=1' 'pg_receipt_positions[0][name]=Чай; чай' 'pg_receipt_positions[0][price]=650.00' \
  'pg_receipt_positions[1][count]=1' 'pg_receipt_positions[1][name]=Қант' 'pg_receipt_positions[1][price]=650.00'
page query
page xml
card multipart 1
for form in urlencoded xml; do clearing_and_refund "$form"; done
merchant_api multipart
merchant_api xml
balance multipart
forged
exit "$failed"
