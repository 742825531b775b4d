#!/usr/bin/env bash
# Checks the SDK's command line, its sandbox and its handlers of callbacks with programs that share nothing with them. See
# README.md.
#
# usage: run.sh PATH_TO_BINARY PATH_TO_MERCHANT
#
# Prints `ok NAME` or `not ok NAME: why` for each check, then `N passed, M failed`. Exits with 1 when one failed.
set -euo pipefail

[[ $# -eq 2 ]] || { echo "usage: $0 PATH_TO_BINARY PATH_TO_MERCHANT" >&2; exit 2; }
for program in "$@"; do
  [[ -f $program && -x $program ]] || { echo "$0: no program at $program" >&2; exit 2; }
done
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
merchant=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# What surrounds the run must not change it: no proxy, no credentials, no files left beside the programs.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
unset FREEDOMPAY_AUTH_ID FREEDOMPAY_SECRET FREEDOMPAY_PAYOUT_SECRET OTHER_AUTH_ID OTHER_SECRET OTHER_PAYOUT_SECRET
export PYTHONDONTWRITEBYTECODE=1 PYTHONIOENCODING=utf-8

work=$(mktemp -d)
log=$work/log
: >"$log"
started=() # process ids of what runs in the background, and nothing else is ever stopped

stop_all() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 130' INT TERM

# ---------------------------------------------------------------- telling

ok() { printf 'ok %s\n' "$1" | tee -a "$log"; }
not_ok() { printf 'not ok %s: %s\n' "$1" "$(tr '\r\n\t' '   ' <<<"$2" | cut -c 1-1000)" | tee -a "$log"; }

# same NAME GOT WANT
same() { if [[ $2 == "$3" ]]; then ok "$1"; else not_ok "$1" "got $2, want $3"; fi; }

# run_program NAME COMMAND...: runs a program that prints ok and not ok lines itself.
run_program() {
  local name=$1 status=0
  shift
  timeout 300 "$@" >"$work/out" 2>"$work/err" || status=$?
  tee -a "$log" <"$work/out"
  # A program that breaks must not look like one that found nothing.
  if [[ $status -ne 0 ]] && ! grep -q '^not ok ' "$work/out"; then
    not_ok "$name" "exit status $status: $(tail -n 5 "$work/err")"
  elif ! grep -q '^ok ' "$work/out"; then
    not_ok "$name" "it checked nothing: $(tail -n 5 "$work/err")"
  fi
}

# ---------------------------------------------------------------- starting and stopping

# wait_for_lines FILE NUMBER PID: waits until a program has printed that many lines.
wait_for_lines() {
  local i
  for ((i = 0; i < 100; i++)); do
    if [[ $(wc -l <"$1") -ge $2 ]]; then return 0; fi
    kill -0 "$3" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

# start_sandbox NAME FLAGS...: sets pid, base_url, auth_id and secret from the three lines that it prints.
start_sandbox() {
  local name=$1
  shift
  "$binary" sandbox --addr 127.0.0.1:0 "$@" >"$work/$name.out" 2>"$work/$name.err" &
  pid=$!
  started+=("$pid")
  if ! wait_for_lines "$work/$name.out" 3 "$pid"; then
    not_ok "$name: starts" "$(cat "$work/$name.out" "$work/$name.err")"
    return 1
  fi
  base_url=$(sed -n '1s/^listening on \(http:\/\/127\.0\.0\.1:[0-9][0-9]*\)$/\1/p' "$work/$name.out")
  auth_id=$(sed -n '2s/^auth_id: \([0-9][0-9]*\)$/\1/p' "$work/$name.out")
  secret=$(sed -n '3s/^secret: \(..*\)$/\1/p' "$work/$name.out")
  if [[ -z $base_url || -z $auth_id || -z $secret || $(wc -l <"$work/$name.out") -ne 3 ]]; then
    not_ok "$name: prints where it listens, auth_id and secret" "$(cat "$work/$name.out")"
    return 1
  fi
  ok "$name: prints where it listens, auth_id and secret"
}

# stop NAME PID: SIGTERM must end it, with exit status 0.
stop() {
  local i status=0
  kill "$2"
  for ((i = 0; i < 100; i++)); do
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$2" 2>/dev/null; then
    not_ok "$1: stops on SIGTERM" 'it still runs after 10 seconds'
    kill -KILL "$2"
    return
  fi
  wait "$2" || status=$?
  same "$1: stops on SIGTERM" "$status" 0
}

# ---------------------------------------------------------------- the sandbox

# unauthorized: one request with a wrong signature; header fields in $work/head, body in $work/body.
unauthorized() {
  curl --silent --show-error --max-time 20 --noproxy '*' --dump-header "$work/head" --output "$work/body" \
    --header 'X-JWS-Signature: e30..AAAA' --header 'Content-Type: application/json' --data-binary '{}' \
    "$base_url/v5/partner/invoices/info"
}

# header_fields: the names of the answer's X-Sandbox- fields, in one line.
header_fields() { sed -n 's/^\([Xx]-[Ss]andbox-[A-Za-z-]*\):.*/\1/p' "$work/head" | tr 'A-Z' 'a-z' | sort | tr '\n' ' '; }

# right_mac: the MAC that would have been right for the request of unauthorized.
right_mac() {
  (cd "$here" && FREEDOMPAY_SECRET=$secret FREEDOMPAY_AUTH_ID=$auth_id python3 -c '
import wire
print(wire.INVOICES_INFO.sign(*wire.credentials(), b"{}").partition("..")[2])')
}

# right_sig: the pg_sig that would have been right for the request of unauthorized_form.
right_sig() {
  (cd "$here" && FREEDOMPAY_SECRET=$secret python3 -c '
import os, sys, forms
print(forms.pg_sig("clearing", [tuple(field.split("=", 1)) for field in sys.argv[1:]], os.environ["FREEDOMPAY_SECRET"]))' \
    "pg_merchant_id=$auth_id" pg_payment_id=1 pg_salt=abc)
}

# unauthorized_form: the same of a form.
unauthorized_form() {
  curl --silent --show-error --max-time 20 --noproxy '*' --dump-header "$work/head" --output "$work/body" \
    --form-string "pg_merchant_id=$auth_id" --form-string pg_payment_id=1 --form-string pg_salt=abc \
    --form-string "pg_sig=00000000000000000000000000000000" "$base_url/g2g/clearing"
}

sandbox_that_explains() {
  export FREEDOMPAY_PAYOUT_SECRET='Төлем; "key" #2'
  start_sandbox sandbox || return 0 # without FREEDOMPAY_SECRET: a random secret
  export FREEDOMPAY_AUTH_ID=$auth_id FREEDOMPAY_SECRET=$secret
  run_program client.py python3 "$here/client.py" "$base_url"
  run_program calls.sh bash "$here/calls.sh" "$base_url"
  run_program form_client.py python3 "$here/form_client.py" "$base_url"
  run_program json_client.py python3 "$here/json_client.py" "$base_url"
  run_program forms.sh bash "$here/forms.sh" "$base_url"
  unset FREEDOMPAY_AUTH_ID FREEDOMPAY_SECRET FREEDOMPAY_PAYOUT_SECRET
  unauthorized
  same 'sandbox: a refusal carries the diagnosis' "$(header_fields)" \
    'x-sandbox-diagnosis x-sandbox-header x-sandbox-payload '
  # Whoever can read the diagnosis must not be able to sign because of it.
  if grep -qF -e "$secret" -e "$(right_mac)" "$work/head" "$work/body" "$work/sandbox.err"; then
    not_ok 'sandbox: a diagnosis holds neither secret nor right signature' "$(cat "$work/head")"
  else
    ok 'sandbox: a diagnosis holds neither secret nor right signature'
  fi
  unauthorized_form
  same 'sandbox: a refusal of a form carries the diagnosis' "$(header_fields)" \
    'x-sandbox-diagnosis x-sandbox-fields x-sandbox-script '
  if grep -qF -e "$secret" -e 'Төлем' -e "$(right_sig)" "$work/head" "$work/body" "$work/sandbox.err"; then
    not_ok 'sandbox: a diagnosis of a form holds neither secret nor right signature' "$(cat "$work/head")"
  else
    ok 'sandbox: a diagnosis of a form holds neither secret nor right signature'
  fi
  stop sandbox "$pid"
}

sandbox_like_production() {
  local want_secret='Құпия сөз = "$ecret"'
  export FREEDOMPAY_SECRET=$want_secret FREEDOMPAY_PAYOUT_SECRET='another secret'
  start_sandbox production-like --production-like --auth-id 7654321 || return 0
  # That it takes it the programs show, which sign with it.
  same 'production-like: does not print the secret that it was given' "$secret" 'that of FREEDOMPAY_SECRET'
  same 'production-like: takes its auth_id from the flag' "$auth_id" 7654321
  export FREEDOMPAY_AUTH_ID=$auth_id
  run_program 'json_client.py, like production' python3 "$here/json_client.py" "$base_url"
  run_program forge.py python3 "$here/forge.py" "$base_url"
  run_program form_forge.py python3 "$here/form_forge.py" "$base_url"
  unset FREEDOMPAY_AUTH_ID FREEDOMPAY_SECRET FREEDOMPAY_PAYOUT_SECRET
  unauthorized
  same 'production-like: a refusal carries no diagnosis' "$(header_fields)" ''
  unauthorized_form
  same 'production-like: a refusal of a form carries no diagnosis' "$(header_fields)" ''
  stop production-like "$pid"
}

# ---------------------------------------------------------------- the client

# call SECRET OPERATION FLAGS...: the binary's call with the documented request; answer in $work/answer, exit status.
call() {
  local key=$1 operation=$2
  shift 2
  FREEDOMPAY_SECRET=$key timeout 20 "$binary" call "$operation" --base-url "$server_url" --auth-id 123456 "$@" \
    <"$work/requests/$operation" >"$work/answer" 2>"$work/err"
}

# good_call NAME OPERATION FLAGS...: the server takes the request, and the documented answer comes out.
good_call() {
  local name=$1 operation=$2 why
  shift 2
  if ! call "$server_secret" "$operation" "$@"; then
    not_ok "$name" "$(cat "$work/err"); server: $(tail -n 1 "$work/server.out")"
  elif ! why=$(python3 "$here/server.py" compare "$operation" <"$work/answer" 2>&1); then
    not_ok "$name" "$why"
  else
    ok "$name"
  fi
}

# bad_call NAME WHY SECRET OPERATION FLAGS...: the server refuses the request for that reason, and the binary fails.
bad_call() {
  local name=$1 why=$2
  shift 2
  if call "$@"; then
    not_ok "$name" "the call passed: $(cat "$work/answer")"
  elif ! tail -n 1 "$work/server.out" | grep -q "^refused .*$why"; then
    not_ok "$name" "the server said: $(tail -n 1 "$work/server.out")"
  else
    ok "$name"
  fi
}

client_against_server() {
  local operation server_pid server_secret='Server key #1'
  FREEDOMPAY_AUTH_ID=123456 FREEDOMPAY_SECRET=$server_secret python3 "$here/server.py" \
    >"$work/server.out" 2>"$work/server.err" &
  server_pid=$!
  started+=("$server_pid")
  if ! wait_for_lines "$work/server.out" 1 "$server_pid"; then
    not_ok 'server.py: starts' "$(cat "$work/server.out" "$work/server.err")"
    return 0
  fi
  server_url=$(sed -n '1s/^listening on //p' "$work/server.out")
  mkdir "$work/requests"
  python3 "$here/server.py" requests "$work/requests"
  for operation in partner.invoicesInfo partner.invoiceInfo partner.clientAdd card.requestStatus merchant.invoicePay; do
    good_call "call: $operation" "$operation"
  done
  good_call 'call: merchant.invoicePay --json-body' merchant.invoicePay --json-body
  good_call 'call: partner.invoicesInfo --request-id' partner.invoicesInfo --request-id 019d0652-4e2f-7f54-a179-007c80c48ad0
  # The server must be able to say no, else the calls above show nothing.
  for operation in partner.invoicesInfo partner.invoiceInfo partner.clientAdd card.requestStatus merchant.invoicePay; do
    bad_call "call: $operation with a wrong key is refused" signature 'a wrong key' "$operation"
  done
  bad_call 'call: card.requestStatus --alg HS256 is refused' signature "$server_secret" card.requestStatus --alg HS256
  bad_call 'call: the same --request-id again is refused' 'a second time' "$server_secret" partner.invoicesInfo \
    --request-id 019d0652-4e2f-7f54-a179-007c80c48ad0
  kill "$server_pid"
  run_program form_calls.py python3 "$here/form_calls.py" "$binary"
}

# ---------------------------------------------------------------- the signatures

# value_of NAME: what vectors.py computed.
value_of() { sed -n "s/^$1	//p" "$work/vectors"; }

signatures() {
  local name alg form identity method uri key got
  if ! python3 "$here/vectors.py" >"$work/vectors" 2>"$work/err"; then
    not_ok 'vectors.py: the documented signatures come out' "$(cat "$work/err")"
    return 0
  fi
  ok 'vectors.py: the documented signatures come out'
  mkdir "$work/bodies"
  python3 "$here/vectors.py" bodies "$work/bodies"
  while read -r name alg form identity method uri key; do
    got=$(FREEDOMPAY_SECRET=$key timeout 20 "$binary" sign jws --alg "$alg" "--$form" "$identity" --method "$method" \
      --uri "$uri" --body "$work/bodies/$name" 2>&1) || true
    same "sign jws: $name" "$got" "$(value_of "$name")"
    got=$(FREEDOMPAY_SECRET=$key timeout 20 "$binary" sign jws --alg "$alg" "--$form" "$identity" --method "$method" \
      --uri "$uri" <"$work/bodies/$name" 2>&1) || true
    same "sign jws: $name, from standard input" "$got" "$(value_of "$name")"
  done < <(python3 "$here/vectors.py" list)
  run_program form_vectors.py python3 "$here/form_vectors.py" "$binary"
}

client_and_signatures() {
  signatures
  client_against_server
}

json_calls() { run_program json_calls.py python3 "$here/json_calls.py" "$binary"; }

# ---------------------------------------------------------------- the merchant

# start_merchant: sets pid, base_url, and lines, the file that its output goes to.
start_merchant() {
  export FREEDOMPAY_AUTH_ID=123456 FREEDOMPAY_SECRET='Құпия сөз = "$ecret"' FREEDOMPAY_PAYOUT_SECRET='Төлем; "key" #2'
  export OTHER_AUTH_ID=654321 OTHER_SECRET='Other key' OTHER_PAYOUT_SECRET='Other key for payouts'
  lines=$work/lines
  : >"$lines"
  "$merchant" --verbose >"$lines" 2>"$work/merchant.err" &
  pid=$!
  started+=("$pid")
  if ! wait_for_lines "$lines" 1 "$pid"; then
    not_ok 'merchant: starts' "$(cat "$lines" "$work/merchant.err")"
    return 1
  fi
  base_url=$(sed -n '1s/^listening on //p' "$lines")
}

# stop_merchant: what it logged must not hold what nobody may read there: secrets, and what callbacks said of cards and payers.
# (That of a panic is logged where it was, and not what it said.)
stop_merchant() {
  if [[ ! -s $work/merchant.err ]]; then
    not_ok 'merchant: says why it refused something' 'its log is empty'
  elif grep -F -e "$FREEDOMPAY_SECRET" -e "$FREEDOMPAY_PAYOUT_SECRET" -e "$OTHER_SECRET" -e 'Құпия' -e 'Төлем' \
    -e 'mail@customer.example' -e 77001234567 -e ef741cfc -e 'Ivan Ivanov' -e 5483-18 -e 4400-44 -e 'Шай' -e 'secret of a panic' \
    "$work/merchant.err" >"$work/found"; then
    not_ok 'merchant: its log holds no secrets' "$(head -n 1 "$work/found")"
  else
    ok 'merchant: its log holds no secrets'
  fi
  stop merchant "$pid"
}

callbacks() {
  start_merchant || return 0
  run_program callbacks.py python3 "$here/callbacks.py" "$base_url" "$lines"
  run_program callbacks.sh bash "$here/callbacks.sh" "$base_url" "$lines"
  stop_merchant
}

callback_forgeries() {
  start_merchant || return 0
  run_program callback_forge.py python3 "$here/callback_forge.py" "$base_url" "$lines"
  stop_merchant
}

# ---------------------------------------------------------------- all of it

# What needs no sandbox runs beside what does, in processes with files and children of their own, and is told afterwards.
besides=()
beside() {
  (
    trap 'exit 143' TERM
    trap stop_all EXIT
    work=$work/$1
    mkdir "$work"
    log=$work/log
    started=()
    "$1"
  ) >"$work/$1.out" 2>&1 &
  started+=("$!")
  besides+=("$1 $!")
}

beside callback_forgeries
beside callbacks
beside client_and_signatures
beside json_calls
sandbox_that_explains
sandbox_like_production
for one in "${besides[@]}"; do
  read -r name process <<<"$one"
  status=0
  wait "$process" || status=$?
  tee -a "$log" <"$work/$name.out"
  if [[ $status -ne 0 ]]; then not_ok "$name runs to its end" "exit status $status"; fi
done

passed=$(grep -c '^ok ' "$log" || true)
failed=$(grep -c '^not ok ' "$log" || true)
printf '%s passed, %s failed\n' "$passed" "$failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
