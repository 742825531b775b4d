#!/usr/bin/env bash
# Makes the five documented calls, and two forged ones, with nothing but bash, curl and openssl.
#
# usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... calls.sh http://HOST:PORT
#
# Every program's arguments are visible to all users of a machine (ps), and `openssl dgst` of OpenSSL 3.0 takes an HMAC
# key as an argument only (-hmac KEY, -macopt hexkey:KEY). So the key stays in this shell: HMAC is two digests (RFC 2104),
# and the key goes into them through a pipe from printf, which is built into bash. That this is HMAC is checked below
# against openssl's own, with a key that is public.
set -euo pipefail

[[ $# -eq 1 && $1 == http://* ]] || { echo "usage: FREEDOMPAY_AUTH_ID=... FREEDOMPAY_SECRET=... $0 http://HOST:PORT" >&2; exit 2; }
base_url=${1%/}
identity=${FREEDOMPAY_AUTH_ID:?must be set}
secret=${FREEDOMPAY_SECRET:?must be set}
# Not for curl and openssl: the environment of a process is no secret from its own user.
unset FREEDOMPAY_AUTH_ID FREEDOMPAY_SECRET
export LC_ALL=C # bytes, not characters

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

ok() { printf 'ok calls: %s\n' "$1"; }
not_ok() { printf 'not ok calls: %s: %s\n' "$1" "$(tr '\r\n' '  ' <<<"$2")"; failed=1; }

# ---------------------------------------------------------------- signing

b64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
to_hex() { od -An -v -tx1 | tr -d ' \n'; }

# from_hex HEX: writes the bytes.
from_hex() {
  local escaped='' i
  for ((i = 0; i < ${#1}; i += 2)); do escaped+="\\x${1:i:2}"; done
  printf '%b' "$escaped"
}

# xor_block HEX BYTE LENGTH: HEX filled up with zeros to LENGTH bytes, every byte XOR BYTE; as hex.
xor_block() {
  local out='' byte i
  for ((i = 0; i < $3; i++)); do
    byte=${1:i*2:2}
    out+=$(printf '%02x' $((16#${byte:-00} ^ $2)))
  done
  printf '%s' "$out"
}

# hmac ALG KEY FILE: HMAC of a file with a key as text, as bytes.
hmac() {
  local digest block key
  case $1 in
    HS256) digest=-sha256 block=64 ;;
    HS512) digest=-sha512 block=128 ;;
  esac
  key=$(printf '%s' "$2" | to_hex)
  if ((${#key} > 2 * block)); then
    key=$(from_hex "$key" | openssl dgst "$digest" -binary | to_hex)
  fi
  { from_hex "$(xor_block "$key" 0x36 "$block")"; cat "$3"; } | openssl dgst "$digest" -binary >"$work/inner"
  { from_hex "$(xor_block "$key" 0x5c "$block")"; cat "$work/inner"; } | openssl dgst "$digest" -binary
}

# sign ALG KEY HEADER FILE: header..signature for the bytes of FILE.
sign() {
  local head
  head=$(printf '%s' "$3" | b64url)
  { printf '%s.' "$head"; b64url <"$4"; } >"$work/input"
  printf '%s..%s' "$head" "$(hmac "$1" "$2" "$work/input" | b64url)"
}

# The two documented header forms; merchant_id is a number.
partner_header() { printf '{"uri":"%s","auth_id":"%s","method":"%s","params":"","alg":"%s"}' "$2" "$identity" "$1" "$3"; }
merchant_header() { printf '{"path":"%s","merchant_id":%s,"method":"%s","params":"","alg":"%s"}' "$2" "$identity" "$1" "$3"; }

# The HMAC above must be HMAC: openssl's own with the documentation's example key, and the documented signature.
check_own_hmac() {
  local header body own theirs hexkey alg
  header='{"uri":"/v5/card-api/request/status","auth_id":"123456","method":"POST","params":"","alg":"HS512"}'
  body='{"request_id":"828cf71d-a447-4a67-a149-c1df8bc197ca"}'
  printf '%s' "$body" >"$work/body"
  own=$(sign HS512 secret "$header" "$work/body")
  if [[ $own == *..f1sQoeIpX_ZjOaykQzSeylvvKaVrEQV4gNM2ACFbEMkFDUV9Zk5WO1yQGEWez-vnQMVHodLBDVEyh5Xm2-3MjQ ]]; then
    ok 'the documented signature comes out'
  else
    not_ok 'the documented signature comes out' "$own"
  fi
  for alg in HS256 HS512; do
    hexkey=$(printf 'secret' | to_hex)
    own=$(hmac "$alg" secret "$work/body" | to_hex)
    theirs=$(openssl dgst "-sha${alg#HS}" -mac HMAC -macopt "hexkey:$hexkey" -binary <"$work/body" | to_hex)
    if [[ $own == "$theirs" ]]; then ok "$alg is openssl's"; else not_ok "$alg is openssl's" "$own, not $theirs"; fi
  done
}

# ---------------------------------------------------------------- calling

# random_uuid7: a UUID version 7 for X-Request-Id.
random_uuid7() {
  local millis random
  millis=$(printf '%012x' "$(date +%s%3N)")
  random=$(openssl rand -hex 10)
  printf '%s-%s-7%s-8%s-%s' "${millis:0:8}" "${millis:8:4}" "${random:0:3}" "${random:3:3}" "${random:6:12}"
}

# request METHOD TARGET SIGNATURE ACCEPT [CONTENT_TYPE FILE]: the status goes to $work/status, the body to $work/answer.
request() {
  local arguments=(--silent --show-error --max-time 20 --noproxy '*' --request "$1" --output "$work/answer"
    --write-out '%{http_code}' --header "X-JWS-Signature: $3" --header "X-Request-Id: $(random_uuid7)" --header "Accept: $4")
  # --data-binary sends a file as it is; --form would make a body that nobody has signed.
  if [[ $# -gt 4 ]]; then arguments+=(--header "Content-Type: $5" --data-binary "@$6"); fi
  : >"$work/answer"
  curl "${arguments[@]}" "$base_url$2" >"$work/status" || true
}

# expect NAME STATUS [PATTERN...]: the answer has the status, and every pattern (a basic regular expression).
expect() {
  local name=$1 status=$2 pattern
  shift 2
  if [[ $(<"$work/status") != "$status" ]]; then
    not_ok "$name" "HTTP $(<"$work/status"), want $status: $(<"$work/answer")"
    return
  fi
  for pattern in "$@"; do
    if ! grep -q -e "$pattern" "$work/answer"; then
      not_ok "$name" "no $pattern in $(<"$work/answer")"
      return
    fi
  done
  ok "$name"
}

# member NAME: the value of a string member of the JSON in $work/answer. Enough for ids, which hold nothing awkward.
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/answer"; }

make_invoice() {
  printf '{"amount":1234.50,"currency":"KZT","order_id":"calls-1","merchant_name":"Shop","description":"of calls.sh"}' >"$work/body"
  : >"$work/answer"
  curl --silent --show-error --max-time 20 --noproxy '*' --output "$work/answer" --write-out '%{http_code}' \
    --header 'Content-Type: application/json' --data-binary "@$work/body" "$base_url/_sandbox/invoices" >"$work/status" || true
  expect 'an invoice is made' 201 '"invoice_id":"[^"]' '"payment_id":"[^"]' '"customer":"[^"]'
  invoice_id=$(member invoice_id) payment_id=$(member payment_id) customer=$(member customer)
}

invoices_info() {
  printf '{"invoice_id":"%s"}' "$invoice_id" >"$work/body"
  local path=/v5/partner/invoices/info
  request POST "$path" "$(sign HS256 "$secret" "$(partner_header POST "$path" HS256)" "$work/body")" \
    application/json application/json "$work/body"
  expect 'invoices/info' 200 '"status":"new"' '"amount":1234\.50[,}]' '"currency":"KZT"' "\"merchant_id\":$identity[,}]" \
    '"merchant_name":"Shop"' '"description":"of calls.sh"'
}

# invoice_info NAME STATUS: a GET signs an empty payload, and its query is not part of the uri.
invoice_info() {
  : >"$work/body"
  local path=/v5/partner/invoice/info
  request GET "$path?payment_id=$payment_id" \
    "$(sign HS256 "$secret" "$(partner_header GET "$path" HS256)" "$work/body")" application/json
  expect "$1" 200 "\"paymentStatus\":\"$2\"" '"amount":1234\.50[,}]' '"orderId":"calls-1"' "\"merchantId\":\"$identity\""
}

# multipart_body: the bytes are made here, once, because they are signed and sent.
multipart_body() {
  local name
  {
    for name in customer user_id card_token; do
      printf -- '--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n' calls-boundary "$name"
      case $name in
        customer) printf '%s\r\n' "$customer" ;;
        user_id) printf 'No65GFR755789T25642588\r\n' ;;
        card_token) printf 'ef741cfc-f85e-41a0-84e6-2ba964912182\r\n' ;;
      esac
    done
    printf -- '--%s--\r\n' calls-boundary
  } >"$work/multipart"
}

# pay KEY: sends the payment, signed with a key.
pay() {
  local path=/v5/merchant/invoice/pay
  request POST "$path" "$(sign HS512 "$1" "$(merchant_header POST "$path" HS512)" "$work/multipart")" \
    application/xml 'multipart/form-data; boundary=calls-boundary' "$work/multipart"
}

client_add() {
  local path=/v5/partner/client/add
  request_id=$(random_uuid7)
  printf '{"request_id":"%s","company":{"company_id":"calls","name":"Название","bin":"123456789012","address":{"country":"KAZ"}}}' \
    "$request_id" >"$work/body"
  request POST "$path" "$(sign HS256 "$secret" "$(partner_header POST "$path" HS256)" "$work/body")" \
    application/json application/json "$work/body"
  expect 'client/add' 200 '"status":"ok"' '"request_status":"process"' '"dt":"[0-9-]*T[0-9:]*[+-]'
}

request_status() {
  local path=/v5/card-api/request/status
  printf '{"request_id":"%s"}' "$request_id" >"$work/body"
  request POST "$path" "$(sign HS512 "$secret" "$(partner_header POST "$path" HS512)" "$work/body")" \
    application/json application/json "$work/body"
  expect 'request/status' 200 '"status":"ok"' '"request_status":"\(process\|success\)"' '"dt":"[0-9-]*T[0-9:]*[+-]'
}

# Forged: the form names who pays for what with which card, so a changed letter must not pass.
forged_body() {
  local path=/v5/merchant/invoice/pay signature
  signature=$(sign HS512 "$secret" "$(merchant_header POST "$path" HS512)" "$work/multipart")
  sed 's/No65GFR755789T25642588/No65GFR755789T25642589/' "$work/multipart" >"$work/changed"
  request POST "$path" "$signature" application/xml 'multipart/form-data; boundary=calls-boundary' "$work/changed"
  expect 'a payment whose body was changed is refused' 401
}

forged_key() {
  pay 'a wrong key'
  expect 'a payment signed with a wrong key is refused' 401
}

check_own_hmac
make_invoice
invoices_info
invoice_info 'invoice/info before the payment' waiting
multipart_body
forged_body
forged_key
invoice_info 'invoice/info after forged payments' waiting
pay "$secret"
expect 'invoice/pay' 200 '<root>' '<status>ok</status>' '<order_id>calls-1</order_id>' '<invoice_status>ok</invoice_status>' \
  '<amount>1234\.50</amount>' '<currency>KZT</currency>' '<invoice_id>[0-9][0-9]*</invoice_id>'
invoice_info 'invoice/info after the payment' success
pay "$secret"
expect 'invoice/pay a second time is refused' 200 '<status>error</status>'
client_add
request_status
exit "$failed"
