package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestSecret(t *testing.T) {
	var none wire.Secret
	if none.IsSet() || none.Reveal() != "" {
		t.Errorf("the zero value holds %q", none.Reveal())
	}
	for _, text := range []string{"", "key", card} {
		if s := wire.NewSecret(text); !s.IsSet() || s.Reveal() != text {
			t.Errorf("NewSecret(%q) holds %q, %t", text, s.Reveal(), s.IsSet())
		}
	}
}

func TestSecretEqual(t *testing.T) {
	secrets := []wire.Secret{{}, wire.NewSecret(""), wire.NewSecret("a"), wire.NewSecret("b"), wire.NewSecret("ab")}
	for i, a := range secrets {
		for j, b := range secrets {
			if got := a.Equal(b); got != (i == j) {
				t.Errorf("%d equals %d: %t", i, j, got)
			}
		}
		if copied := wire.NewSecret(a.Reveal()); a.IsSet() && !a.Equal(copied) {
			t.Errorf("%d does not equal its copy", i)
		}
	}
}

func TestSecretReads(t *testing.T) {
	for in, want := range map[string]string{
		`"key"`:             "key",
		`"a\u0022\n"`:       "a\"\n",
		`""`:                "",
		card:                card,
		`12345678901234567`: "12345678901234567",
	} {
		s := wire.NewSecret("before")
		err := s.UnmarshalJSON([]byte(in))
		if err != nil || s.Reveal() != want || !s.IsSet() {
			t.Errorf("%s became %q, %v", in, s.Reveal(), err)
		}
	}
	var message struct{ Set, Null wire.Secret }
	message.Null = wire.NewSecret("before")
	if err := json.Unmarshal([]byte(`{"Set":"key","Null":null}`), &message); err != nil {
		t.Fatal(err)
	}
	if message.Set.Reveal() != "key" || message.Null.IsSet() {
		t.Errorf("got %q and %t", message.Set.Reveal(), message.Null.IsSet())
	}
	for _, in := range []string{``, `0` + card, `true`, `["` + card + `"]`, `{"a":"` + card + `"}`, `"` + card, card + `x`, "\"\xff\""} {
		s := wire.NewSecret("before")
		err := s.UnmarshalJSON([]byte(in))
		if err == nil || s.Reveal() != "before" || strings.Contains(err.Error(), card) {
			t.Errorf("%s became %q, %v", in, s.Reveal(), err)
		}
	}
	var s wire.Secret
	if err := s.UnmarshalText([]byte("key")); err != nil || s.Reveal() != "key" {
		t.Errorf("got %q, %v", s.Reveal(), err)
	}
}
