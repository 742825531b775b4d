# What forms.sh and callbacks.sh have in common: messages signed with pg_sig, by bash, curl and openssl. They source it, with
# base_url and program set, and end with `exit "$failed"`.
#
# Arguments of programs are visible to all users of a machine (ps), so the secret goes through a pipe from printf, which is
# built into bash. A form is a list of NAME=TEXT, one array element each; texts here hold no line ends.

export LC_ALL=C # bytes, not characters: names are sorted byte by byte

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
answer=()

ok() { printf 'ok %s: %s\n' "$program" "$1"; }
not_ok() { printf 'not ok %s: %s: %s\n' "$program" "$1" "$(tr '\r\n' '  ' <<<"$2")"; failed=1; }

# ---------------------------------------------------------------- signing

# pg_sig SCRIPT KEY NAME=TEXT...: md5 over script, texts in the order of their names, and key. Of nested names, as in
# a[0][b], the brackets sort before all else here: below ten positions with ASCII names that is the documented order.
pg_sig() {
  local script=$1 key=$2 text=$1 field name
  shift 2
  while IFS=$'\t' read -r _ field; do text+=";${field%.}"; done < <(
    for field in "$@"; do
      name=${field%%=*}
      if [[ $name != pg_sig ]]; then printf '%s\t%s.\n' "${name//[\[\]]/$'\1'}" "${field#*=}"; fi
    done | sort -s -t $'\t' -k 1,1)
  # -r prints the digits first
  read -r field _ < <(printf '%s;%s' "$text" "$key" | openssl md5 -r)
  printf '%s' "$field"
}

# The signature above must be the documented one: paybox.money prints this form, a public client its md5.
check_own_signature() {
  local got
  got=$(pg_sig script.php mypasskey pg_salt=9imM909TH820jwk387 pg_t_param=value3 pg_a_param=value1 \
    'pg_z_param[pg_q_subparam]=subvalue2' 'pg_z_param[pg_m_subparam]=subvalue1' pg_b_param=value2)
  if [[ $got == a8a4d5a9188f24038a14a4d65c387bf7 ]]; then
    ok 'the documented signature comes out'
  else
    not_ok 'the documented signature comes out' "$got"
  fi
}

# ---------------------------------------------------------------- calling

# as_xml NAME=TEXT...: the form as XML; names here are not nested.
as_xml() {
  local field text
  printf '<?xml version="1.0" encoding="utf-8"?><request>'
  for field in "$@"; do
    text=${field#*=}
    text=${text//&/'&amp;'}
    text=${text//</'&lt;'}
    printf '<%s>%s</%s>' "${field%%=*}" "${text//>/'&gt;'}" "${field%%=*}"
  done
  printf '</request>'
}

# send FORM PATH NAME=TEXT...: the status goes to $work/status, the body to $work/answer.
send() {
  local form=$1 path=$2 field
  local arguments=(--silent --show-error --max-time 20 --noproxy '*' --output "$work/answer" --write-out '%{http_code}')
  shift 2
  case $form in
    multipart) for field in "$@"; do arguments+=(--form-string "$field"); done ;;
    urlencoded) for field in "$@"; do arguments+=(--data-urlencode "$field"); done ;;
    query) arguments+=(--get); for field in "$@"; do arguments+=(--data-urlencode "$field"); done ;;
    xml) arguments+=(--data-urlencode "pg_xml=$(as_xml "$@")") ;;
  esac
  : >"$work/answer"
  curl "${arguments[@]}" "$base_url$path" >"$work/status" || true
  read_answer
}

# read_answer: the answer, whose elements are flat, as NAME=TEXT in the array answer.
read_answer() {
  mapfile -t answer < <(tr -d '\r\n' <"$work/answer" | sed -e 's/<?[^>]*>//' -e 's/<\/\{0,1\}\(response\|root\)>//g' \
    -e 's/<\([a-zA-Z_0-9]*\) *\/>/<\1><\/\1>/g' -e 's/ *<\([a-zA-Z_0-9]*\)>\([^<]*\)<\/[a-zA-Z_0-9]*> */\1=\2\n/g' |
    sed -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&quot;/"/g' -e "s/&apos;/'/g" -e 's/&#34;/"/g' -e "s/&#39;/'/g" -e 's/&amp;/\&/g')
}

# text NAME: the text of an element of the answer.
text() {
  local field
  for field in "${answer[@]}"; do
    if [[ ${field%%=*} == "$1" ]]; then printf '%s' "${field#*=}"; fi
  done
}

# expect NAME KEY SCRIPT NAME=TEXT...: the answer is signed rightly and has these elements.
expect() {
  local name=$1 key=$2 script=$3 want signature field
  shift 3
  signature=$(text pg_sig)
  if [[ -z $signature || $signature != "$(pg_sig "$script" "$key" "${answer[@]}")" ]]; then
    not_ok "$name" "HTTP $(<"$work/status"), not signed rightly: $(<"$work/answer")"
    return
  fi
  for want in "$@"; do
    for field in "${answer[@]}"; do
      if [[ $field == "$want" ]]; then continue 2; fi
    done
    not_ok "$name" "HTTP $(<"$work/status"), no $want in $(<"$work/answer")"
    return
  done
  ok "$name"
}
