package wire_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/freedompay-go/freedompay/wire"
)

// FuzzScalarJSON holds what the scalars read against encoding/json: the text of
// strings and the literals of numbers, and never anything else.
func FuzzScalarJSON(f *testing.F) {
	for _, seed := range []string{
		`"500.00"`, `500.00`, `null`, `""`, ` "a\u0022" `, `true`, `[1]`, `{"a":"b"}`, `"`, `-`, `01`, "\"\xff\"", `"\ud800"`, ``, "1\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want string
		var set, ok bool
		if json.Valid(data) && utf8.Valid(data) {
			switch v := decodeJSON(t, data).(type) {
			case string:
				want, set, ok = v, true, true
			case json.Number:
				want, set, ok = v.String(), true, true
			case nil:
				ok = true
			}
		}

		var at wire.Time
		if err := at.UnmarshalJSON(data); (err == nil) != ok || at.String() != want {
			t.Fatalf("time %q: %q, %v", data, at, err)
		}
		var secret wire.Secret
		if err := secret.UnmarshalJSON(data); (err == nil) != ok || secret.IsSet() != set || secret.Reveal() != want {
			t.Fatalf("secret %q: %q, %v", data, secret.Reveal(), err)
		}
		number, numberErr := wire.ParseDecimal(want)
		var amount wire.Decimal
		err := amount.UnmarshalJSON(data)
		if (err == nil) != (ok && (!set || numberErr == nil)) || amount != number {
			t.Fatalf("decimal %q: %q, %v", data, amount, err)
		}
	})
}
