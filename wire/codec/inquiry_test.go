package codec

import (
	"errors"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestBindInquiry(t *testing.T) {
	var o order
	ask := &wire.Inquiry{Operation: "shop.order", Arguments: []wire.Argument{{Name: "name", Value: "7"}, {Name: "count", Value: "1"}}}
	if err := BindInquiry(ask, &o); err != nil || o.Name != "7" || o.Count != 1 {
		t.Errorf("%v, %s", err, String(&o))
	}
	for _, c := range []struct {
		arguments []wire.Argument
		says      string
	}{
		{[]wire.Argument{{Name: "count", Value: "4405639704015096 or so"}}, "shop.order: invalid request: "},
		{[]wire.Argument{{Name: "name", Value: "7"}, {Name: "name", Value: "8"}}, "shop.order: invalid request: "},
	} {
		err := BindInquiry(&wire.Inquiry{Operation: "shop.order", Arguments: c.arguments}, new(order))
		if !errors.Is(err, wire.ErrInvalidRequest) || !strings.HasPrefix(err.Error(), c.says) || strings.Contains(err.Error(), "4405") {
			t.Errorf("%v: %v", c.arguments, err)
		}
	}
}
