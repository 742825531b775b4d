package wire_test

import (
	"reflect"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestRaw(t *testing.T) {
	for _, b := range [][]byte{nil, {}, []byte("a"), []byte(card)} {
		r := wire.NewRaw(b)
		if r.Len() != len(b) || string(r.Reveal()) != string(b) {
			t.Errorf("%q became %q of length %d", b, r.Reveal(), r.Len())
		}
		if !reflect.DeepEqual(r, wire.NewRaw([]byte(string(b)))) {
			t.Errorf("%q is not deeply equal to its copy", b)
		}
	}
	if wire.NewRaw([]byte{}) != (wire.Raw{}) {
		t.Error("no bytes are not the zero value")
	}
}
