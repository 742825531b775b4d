#!/usr/bin/env bash
# Tells a merchant of checks, results, payouts and saved cards as Freedom Pay would, with nothing but bash, curl and openssl.
#
# usage: FREEDOMPAY_SECRET=... FREEDOMPAY_PAYOUT_SECRET=... callbacks.sh http://HOST:PORT FILE
#
# For the server of testdata/merchant, whose output goes to FILE: a line for each run of one of its functions.
set -euo pipefail

if [[ $# -ne 2 || $1 != http://* ]]; then
  echo "usage: FREEDOMPAY_SECRET=... FREEDOMPAY_PAYOUT_SECRET=... $0 http://HOST:PORT FILE_WITH_THE_LINES_OF_THE_MERCHANT" >&2
  exit 2
fi
base_url=${1%/}
lines=$2
secret=${FREEDOMPAY_SECRET:?must be set}
payout_secret=${FREEDOMPAY_PAYOUT_SECRET:?must be set}
unset FREEDOMPAY_SECRET FREEDOMPAY_PAYOUT_SECRET
program=callbacks.sh
source "$(dirname "${BASH_SOURCE[0]}")/pg_sig.sh"

# tell KEY FORM PATH NAME=TEXT...: a signed callback.
tell() {
  local key=$1 form=$2 path=$3 script=${3##*/} fields
  shift 3
  fields=("$@" "pg_salt=$(openssl rand -hex 8)")
  fields+=("pg_sig=$(pg_sig "$script" "$key" "${fields[@]}")")
  send "$form" "$path" "${fields[@]}"
}

# expect_http NAME STATUS BODY: exactly this answer.
expect_http() {
  if [[ $(<"$work/status") == "$2" && $(<"$work/answer") == "$3" ]]; then
    ok "$1"
  else
    not_ok "$1" "HTTP $(<"$work/status") $(<"$work/answer"), want $2 $3"
  fi
}

refused() { expect_http "$1" 401 '{"error":"unauthorized"}'; }

# ran NAME TIMES KIND: so often the function of a kind ran for the order.
ran() {
  local times
  times=$(grep -cF -e "{\"kind\":\"$3\",\"merchant\":\"shop\",\"run\":" <(grep -F -e "\"order_id\":\"$order\"" "$lines") || true)
  if [[ $times == "$2" ]]; then ok "$1"; else not_ok "$1" "the function ran $times times, want $2"; fi
}

new() {
  payment=$(date +%s%N)
  order=${1:-order}-$(openssl rand -hex 6)
}

check() {
  new "${2:-order}"
  tell "$secret" "$1" /shop/check "pg_order_id=$order" "pg_payment_id=$payment" pg_amount=1300.00 pg_currency=KZT pg_ps_amount=1300 \
    pg_ps_currency=KZT pg_ps_full_amount=1326.00 'mine=своё; & <чай>' empty=
}

result() {
  tell "${3:-$secret}" "$1" /shop/result "pg_order_id=$order" "pg_payment_id=$payment" pg_amount=1300.00 pg_currency=KZT \
    pg_net_amount=1280 pg_ps_amount=1300 pg_ps_full_amount=1326 pg_ps_currency=KZT 'pg_description=Шай & <қант>; 100%' "pg_result=$2" \
    'pg_payment_date=2030-01-01 12:00:00' pg_can_reject=1 pg_captured=1 pg_card_pan=5483-18XX-XXXX-0293 'mine=своё; & <чай>' empty=
}

# payout KEY FORM
payout() {
  tell "$1" "$2" /shop/payout "pg_payment_id=$payment" "pg_order_id=$order" pg_status=ok pg_balance=1000.50 pg_payment_amount=10 \
    pg_to_pay=10.20 pg_merchant_id=123456 'pg_payment_date=2030-01-01 12:00:00'
}

card() {
  tell "$secret" "$1" /shop/card pg_type=approve "pg_payment_id=$payment" "pg_order_id=$order" pg_status=success pg_card_id=431231 \
    pg_user_id=43 pg_card_month=12 pg_card_year=33
}

callbacks() {
  local form=$1 first
  check "$form"
  expect "$form: a check is accepted" "$secret" check pg_status=ok "pg_description=Принято & <$order>"
  ran "$form: the function of a check ran" 1 check
  check "$form" reject
  expect "$form: a check is rejected" "$secret" check pg_status=rejected "pg_description=Отказано; $order"
  new
  result "$form" 2
  expect "$form: a result is accepted" "$secret" result pg_status=ok "pg_description=Принято & <$order>"
  first=$(<"$work/answer")
  result "$form" 2
  expect_http "$form: the result again: the same answer" 200 "$first"
  ran "$form: the function of a result ran once" 1 result
  result "$form" 1
  expect "$form: another result" "$secret" result pg_status=ok
  ran "$form: the function of a result ran for the other one" 2 result
  result "$form" 0 'a wrong secret'
  refused "$form: a result signed with a wrong secret"
  result "$form" 0 "$payout_secret"
  refused "$form: a result signed with the secret for payouts"
  ran "$form: the function of a result did not run for those" 2 result
  new fail
  result "$form" 1
  expect_http "$form: a function that fails" 503 unavailable
  new
  payout "$payout_secret" "$form"
  expect_http "$form: a payout is accepted" 200 $'<?xml version="1.0" encoding="UTF-8"?>\n<pg_status>ok</pg_status>'
  payout "$payout_secret" "$form"
  ran "$form: the function of a payout ran once" 1 payout
  new
  payout "$secret" "$form"
  refused "$form: a payout signed with the secret for payments"
  ran "$form: the function of a payout did not run" 0 payout
  new
  card "$form"
  expect "$form: a saved card is accepted" "$secret" card pg_status=ok
  ran "$form: the function of a saved card ran" 1 card
}

# What was seen on its way, or written without the secret.
forged() {
  local form fields signature
  for form in multipart urlencoded xml; do
    new
    fields=("pg_order_id=$order" "pg_payment_id=$payment" pg_amount=1300.00 pg_currency=KZT pg_result=0 pg_captured=0 pg_salt=abc)
    signature=$(pg_sig result "$secret" "${fields[@]}")
    send "$form" /shop/result "${fields[@]/#pg_result=0/pg_result=1}" "pg_sig=$signature"
    refused "$form: a changed result"
    send "$form" /shop/result "${fields[@]}" pg_can_reject=1 "pg_sig=$signature"
    refused "$form: a field more"
    send "$form" /shop/result "${fields[@]:1}" "pg_sig=$signature"
    refused "$form: a field less"
    send "$form" /shop/result "${fields[@]}" "pg_sig=${signature^^}"
    refused "$form: a signature in capitals"
    send "$form" /shop/result "${fields[@]}"
    refused "$form: no signature"
    send "$form" /other/result "${fields[@]}" "pg_sig=$signature"
    refused "$form: sent to another merchant"
    signature=$(pg_sig check "$secret" "${fields[@]}")
    send "$form" /shop/result "${fields[@]}" "pg_sig=$signature"
    refused "$form: a result signed for a check"
    ran "$form: the function did not run" 0 result
  done
}

check_own_signature
for form in multipart query xml; do callbacks "$form"; done
forged
exit "$failed"
