package sandbox

import (
	"encoding/json"
	"encoding/xml"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// ownParameters are the merchant's own parameters of a request: the members that
// no page documents and whose names do not begin with pg_. Those that are no
// texts are left out.
func ownParameters(extra *wire.Extra) (own []codec.Pair) {
	for _, m := range extra.Unknown() {
		if text, ok := textOf(m); ok && !strings.HasPrefix(m.Name, "pg_") {
			own = append(own, codec.Pair{Name: m.Name, Value: text})
		}
	}
	return own
}

// said is the text of a member that the operation's page does not list, and that
// other pages do.
func said(extra *wire.Extra, name string) string {
	for _, m := range extra.Unknown() {
		if text, ok := textOf(m); ok && m.Name == name {
			return text
		}
	}
	return ""
}

func textOf(m wire.Member) (text string, ok bool) {
	if m.Format == wire.FormatXML {
		element := struct {
			Text  string     `xml:",chardata"`
			Inner []struct{} `xml:",any"`
		}{}
		err := xml.Unmarshal(m.Value.Reveal(), &element)
		return element.Text, err == nil && len(element.Inner) == 0
	}
	err := json.Unmarshal(m.Value.Reveal(), &text)
	return text, err == nil
}
