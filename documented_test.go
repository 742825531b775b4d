package freedompay_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"mime/multipart"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/gen/partner/server"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// Every example that a page prints goes through the generated type and comes out
// as it was, whatever the page got wrong.
func TestDocumentedExamplesSurvive(t *testing.T) {
	examples := 0
	operations := specOperations(t)
	for _, op := range operations {
		body, ok := bodies[op.id]
		if !ok {
			t.Errorf("operation %s is not in the catalog", op.id)
			continue
		}
		for _, e := range op.get("x-documented-examples").items() {
			fresh := map[string]func() codec.Message{"request": body.NewRequest, "answer": body.NewAnswer}[e.get("of").text()]
			if fresh == nil || fresh() == nil {
				continue // of a header, a token, a query, or an answer without a schema
			}
			text := e.get("text").text()
			if corrected := e.get("corrected"); corrected.ok() {
				text = corrected.text()
			}
			examples++
			t.Run(fmt.Sprintf("%s/line %d", op.id, e.Line), func(t *testing.T) {
				switch {
				case strings.HasPrefix(text, "curl "):
					survivesForm(t, fresh, curlForm(text))
				case strings.HasPrefix(text, "<"):
					survivesXML(t, fresh, rootOf(t, text), text)
				default:
					survivesJSON(t, fresh, text)
				}
			})
		}
	}
	if examples == 0 {
		t.Error("the specs hold no examples")
	}
	for id := range bodies {
		if !slices.ContainsFunc(operations, func(op specOperation) bool { return op.id == id }) {
			t.Errorf("operation %s of the catalog is in no spec", id)
		}
	}
}

// The examples that the specs give themselves are right.
func TestExamplesOfTheSpecsAreValid(t *testing.T) {
	examples := 0
	check := func(where string, fresh func() codec.Message, text string) {
		examples++
		t.Run(where, func(t *testing.T) {
			m := survivesJSON(t, fresh, text)
			if err := m.(interface{ Validate() error }).Validate(); err != nil {
				t.Error(err)
			}
			if err := codec.Report(m).Err(); err != nil {
				t.Errorf("as an answer: %v", err)
			}
		})
	}
	for _, op := range specOperations(t) {
		body, ok := bodies[op.id]
		if !ok {
			t.Errorf("operation %s is not in the catalog", op.id)
			continue
		}
		var query []string
		for _, p := range op.get("parameters").items() {
			if example := p.get("example"); example.ok() {
				query = append(query, fmt.Sprintf("%q:%s", p.get("name").text(), example.json(t)))
			}
		}
		if query != nil {
			check(op.id+"/query", body.NewRequest, "{"+strings.Join(query, ",")+"}")
		}
		for _, media := range op.get("requestBody").get("content").members() {
			check(op.id+"/request/"+media.name, body.NewRequest, media.get("example").json(t))
		}
		for _, response := range op.get("responses").members() {
			for _, media := range response.get("content").members() {
				check(op.id+"/answer/"+media.name, body.NewAnswer, media.get("example").json(t))
			}
		}
	}
	want := 0
	for _, op := range bodies {
		for _, m := range []codec.Message{op.NewRequest(), op.NewAnswer()} {
			if m != nil {
				want++
			}
		}
	}
	if examples < want {
		t.Errorf("%d examples, fewer than the %d requests and answers", examples, want)
	}
}

// Where the documentation says one thing here and another there, both are read
// and written again, and both can be used.
func TestContradictionsSurvive(t *testing.T) {
	payment := func() codec.Message { return new(partner.InvoiceInfoAnswer) }
	client := func() codec.Message { return new(partner.ClientAddRequest) }
	for _, c := range []struct {
		name  string
		fresh func() codec.Message
		text  string
		check func(codec.Message) (got, want any)
	}{
		{"lifetime in seconds", payment, `{"lifetime":86400}`, func(m codec.Message) (any, any) {
			seconds, _ := m.(*partner.InvoiceInfoAnswer).Lifetime.Seconds()
			return seconds, int64(86400)
		}},
		{"lifetime as a time", payment, `{"lifetime":"2025-07-12T11:19:49+00:00"}`, func(m codec.Message) (any, any) {
			instant, _ := m.(*partner.InvoiceInfoAnswer).Lifetime.Instant()
			return instant.Unix(), int64(1752319189)
		}},
		{"merchantId as a number", payment, `{"merchantId":555555}`, func(m codec.Message) (any, any) {
			return m.(*partner.InvoiceInfoAnswer).MerchantID, "555555"
		}},
		{"merchantId as a string", payment, `{"merchantId":"0555555"}`, func(m codec.Message) (any, any) {
			return m.(*partner.InvoiceInfoAnswer).MerchantID, "0555555"
		}},
		{"fee of zero", payment, `{"fee":0}`, func(m codec.Message) (any, any) {
			return m.(*partner.InvoiceInfoAnswer).Fee, wire.MustDecimal("0")
		}},
		{"fee of null", payment, `{"fee":null}`, func(m codec.Message) (any, any) {
			a := m.(*partner.InvoiceInfoAnswer)
			return [2]bool{a.Fee.IsSet(), a.Extra().IsNull("fee")}, [2]bool{false, true}
		}},
		{"no fee", payment, `{"amount":1}`, func(m codec.Message) (any, any) {
			a := m.(*partner.InvoiceInfoAnswer)
			return [2]bool{a.Fee.IsSet(), a.Extra().IsNull("fee")}, [2]bool{false, false}
		}},
		{"fee as a string", payment, `{"fee":"0"}`, func(m codec.Message) (any, any) {
			return m.(*partner.InvoiceInfoAnswer).Fee, wire.MustDecimal("0")
		}},
		{"amount as a number", payment, `{"amount":5000.00}`, func(m codec.Message) (any, any) {
			return m.(*partner.InvoiceInfoAnswer).Amount, wire.MustDecimal("5000.00")
		}},
		{"amount as a string", payment, `{"amount":"5000.00"}`, func(m codec.Message) (any, any) {
			return m.(*partner.InvoiceInfoAnswer).Amount, wire.MustDecimal("5000.00")
		}},
		{"amount of more digits than a float has", payment, `{"amount":9999999999.990000000000000001}`, func(m codec.Message) (any, any) {
			return m.(*partner.InvoiceInfoAnswer).Amount, wire.MustDecimal("9999999999.990000000000000001")
		}},
		{"undocumented status", payment, `{"paymentStatus":"refunded"}`, func(m codec.Message) (any, any) {
			return m.(*partner.InvoiceInfoAnswer).PaymentStatus, partner.PaymentStatus("refunded")
		}},
		{"unknown members", payment, `{"amount":1,"z":{"b":[1,2.50,null,{"c":""}],"a":"<&>\u2028"},"a":1e5,"big":12345678901234567890}`,
			func(m codec.Message) (any, any) { return len(m.(*partner.InvoiceInfoAnswer).Extra().Unknown()), 3 }},
		{"no product", client, `{"product":[]}`, func(m codec.Message) (any, any) {
			return m.(*partner.ClientAddRequest).Product == nil, true
		}},
		{"null product", client, `{"product":null}`, func(m codec.Message) (any, any) {
			return m.(*partner.ClientAddRequest).Product == nil, true
		}},
		{"bin as a number", client, `{"company":{"bin":123456789012}}`, func(m codec.Message) (any, any) {
			return m.(*partner.ClientAddRequest).Company.BIN, "123456789012"
		}},
		{"undocumented product", client, `{"product":{"product_id":30000,"package_name":"my app"}}`, func(m codec.Message) (any, any) {
			return m.(*partner.ClientAddRequest).Product.ProductID, partner.ProductID(30000)
		}},
		{"product_id as a string", client, `{"product":{"product_id":"10001"}}`, func(m codec.Message) (any, any) {
			return m.(*partner.ClientAddRequest).Product.ProductID, partner.ProductIDFreedomPOS
		}},
		{"phone as a number", client, `{"product":{"user":{"phone":77017777777}}}`, func(m codec.Message) (any, any) {
			return m.(*partner.ClientAddRequest).Product.Cashier.Phone.Reveal(), "77017777777"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := survivesJSON(t, c.fresh, c.text)
			if got, want := c.check(m); got != want {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

// The body beside the signature of client/add is of an earlier generation. A
// server reads it with its own type and loses nothing.
func TestServerKeepsTheEarlierClientAdd(t *testing.T) {
	for _, op := range specOperations(t) {
		if op.id != "partner.clientAdd" {
			continue
		}
		for _, e := range op.get("x-documented-examples").items() {
			if e.get("of").text() != "request" {
				continue
			}
			m := survivesJSON(t, func() codec.Message { return new(server.ClientAddJSONRequestBody) }, e.get("text").text())
			extra := m.(*server.ClientAddJSONRequestBody).Extra()
			if n := len(extra.Unknown()); n != 6 || !slices.Equal(extra.Missing(), []string{"company"}) {
				t.Errorf("%d unknown members, and %v missing", n, extra.Missing())
			}
			return
		}
	}
	t.Error("the spec holds no such example")
}

// Whatever PHP prints where it has nothing, in any field of any type: null, an
// empty string, an empty list, an empty element.
func TestNothingSurvivesEverywhere(t *testing.T) {
	for name, fresh := range messages() {
		t.Run(name, func(t *testing.T) {
			for i, f := range fresh().WireFields().Type.Fields {
				empties := []string{"null", `""`}
				switch fresh().WireFields().Refs[i].(type) {
				case codec.Message, codec.Pointer, codec.List:
					empties = append(empties, "[]")
				}
				for _, empty := range empties {
					survivesJSON(t, fresh, fmt.Sprintf(`{%q:%s}`, f.Name, empty))
				}
				if f.Name[0] >= '0' && f.Name[0] <= '9' {
					continue // 3ds is no name of an element
				}
				survivesXML(t, fresh, "root", "<root><"+f.Name+"/></root>")
				survivesXML(t, fresh, "root", "<root><"+f.Name+"></"+f.Name+"><unknown><a/>b</unknown></root>")
			}
			survivesJSON(t, fresh, `{}`)
			survivesXML(t, fresh, "root", `<root/>`)
		})
	}
}

// survivesJSON reads a text into a fresh message and holds what is written
// again to the same value: members in the same order, numbers to the last digit.
func survivesJSON(t *testing.T, fresh func() codec.Message, text string) codec.Message {
	t.Helper()
	m := fresh()
	if err := json.Unmarshal([]byte(text), m); err != nil {
		t.Errorf("%s: %v", text, err)
		return m
	}
	written := codec.AppendJSON(nil, m)
	marshaled, err := json.Marshal(m) // compact, and < as \u003c
	must(t, err)
	for _, written := range [][]byte{written, marshaled} {
		if got, want := jsonTokens(t, string(written)), jsonTokens(t, text); !slices.Equal(got, want) {
			t.Errorf("%s\nread by %T and written again:\n%s", text, m, written)
		}
	}
	again := fresh()
	must(t, json.Unmarshal(written, again))
	if !reflect.DeepEqual(m, again) {
		t.Errorf("%s: what is written again reads as something else", text)
	}
	return m
}

func jsonTokens(t *testing.T, text string) (tokens []json.Token) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err == io.EOF {
			return tokens
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		tokens = append(tokens, token)
	}
}

// survivesXML does the same in XML, where white space between elements says
// nothing.
func survivesXML(t *testing.T, fresh func() codec.Message, root, text string) {
	t.Helper()
	m := fresh()
	if err := codec.UnmarshalXML([]byte(text), m, root); err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	written := string(codec.AppendXML(nil, root, m))
	if got, want := xmlTokens(t, written), xmlTokens(t, text); !slices.Equal(got, want) {
		t.Errorf("%s\nread by %T and written again:\n%s", text, m, written)
	}
}

func xmlTokens(t *testing.T, text string) (tokens []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return tokens
		}
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			tokens = append(tokens, "<"+token.Name.Local+">")
		case xml.EndElement:
			tokens = append(tokens, "</"+token.Name.Local+">")
		case xml.CharData:
			if s := string(token); strings.TrimSpace(s) != "" {
				tokens = append(tokens, s)
			}
		}
	}
}

var formField = regexp.MustCompile(`--form '([^=']+)=([^']*)'`)

// curlForm returns the fields of a curl command. Curl takes off quotes around a
// value.
func curlForm(text string) (pairs []codec.Pair) {
	for _, m := range formField.FindAllStringSubmatch(text, -1) {
		value := m[2]
		if len(value) > 1 && strings.HasPrefix(value, `"`) && strings.HasSuffix(value, `"`) {
			value = value[1 : len(value)-1]
		}
		pairs = append(pairs, codec.Pair{Name: m[1], Value: value})
	}
	return pairs
}

// rootOf returns the name of the root element. The pages print both that there
// are, whatever the operation.
func rootOf(t *testing.T, text string) string {
	t.Helper()
	d, err := codec.ParseXML([]byte(text), codec.Limits{})
	must(t, err)
	return d.Root()
}

// survivesForm reads the fields of a form into a message and holds what is
// sent for that to the same fields in the same order.
func survivesForm(t *testing.T, fresh func() codec.Message, pairs []codec.Pair) {
	t.Helper()
	if len(pairs) == 0 {
		t.Error("the form has no fields")
	}
	m := fresh()
	must(t, codec.BindPairs(pairs, m, codec.Limits{}))
	if n := len(m.WireFields().Extra.Unknown()); n > 0 {
		t.Errorf("the type does not know %d fields of the form", n)
	}
	boundary := codec.MultipartBoundary("seed", pairs)
	body := codec.AppendMultipart(nil, boundary, codec.Pairs(m))
	got, err := codec.ReadMultipart(multipart.NewReader(bytes.NewReader(body), boundary), codec.Limits{})
	must(t, err)
	if !slices.Equal(got, pairs) {
		t.Errorf("the form\n%v\nis sent as\n%v", pairs, got)
	}
}
