package codec

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

// kept is what the codec keeps of an object that it reads as m: whole numbers
// without leading zeros, lists of texts as texts, [] among objects as {}.
// Everything else it keeps, in its order.
func (o object) kept(m Message) object {
	fields := m.WireFields()
	kept := slices.Clone(o)
	for i, p := range o {
		at := findField(fields.Type, p.name, 0)
		if at < 0 {
			continue
		}
		value := &kept[i].value
		switch ref := fields.Refs[at].(type) {
		case *int64, **int64:
			switch v := p.value.(type) {
			case json.Number:
				*value = json.Number(whole(string(v)))
			case string:
				*value = whole(v)
			}
		case *[]string:
			if items, ok := p.value.([]any); ok {
				*value = texts(items)
			}
		case List:
			if items, ok := p.value.([]any); ok {
				*value = objects(items, ref.Append())
			}
		case Pointer:
			if members, ok := p.value.(object); ok {
				*value = members.kept(ref.New())
			}
		case Message:
			if members, ok := p.value.(object); ok {
				*value = members.kept(ref)
			}
		}
	}
	return kept
}

func texts(items []any) []any {
	kept := slices.Clone(items)
	for i, item := range items {
		switch item := item.(type) {
		case json.Number:
			kept[i] = string(item)
		case bool:
			kept[i] = map[bool]string{true: "true", false: "false"}[item]
		}
	}
	return kept
}

func objects(items []any, m Message) []any {
	kept := slices.Clone(items)
	for i, item := range items {
		switch item := item.(type) {
		case []any:
			kept[i] = object{}
		case object:
			kept[i] = item.kept(m)
		}
	}
	return kept
}

// whole writes a whole number as the codec does.
func whole(text string) string {
	digits, negative := strings.CutPrefix(text, "-")
	trimmed := strings.TrimLeft(digits, "0")
	switch {
	case digits == "":
		return text
	case trimmed == "":
		return "0"
	case negative:
		return "-" + trimmed
	}
	return trimmed
}

// kept is what the codec keeps of an element that it reads as m: repeated
// elements side by side, numbers and bools without white space, whole ones
// without leading zeros.
func (e element) kept(m Message) element {
	fields := m.WireFields()
	kept := element{Name: e.Name}
	first := map[string]int{} // where the elements of a list begin
	for _, c := range e.Children {
		at := findField(fields.Type, c.Name, 0)
		if at < 0 {
			kept.Children = append(kept.Children, c)
			continue
		}
		f, ref := &fields.Type.Fields[at], fields.Refs[at]
		place := len(kept.Children)
		if isList(ref) && f.XMLItem == "" {
			if begin, again := first[c.Name]; again {
				for place = begin; place < len(kept.Children) && kept.Children[place].Name == c.Name; place++ {
				}
			} else {
				first[c.Name] = place
			}
			for name, begin := range first {
				if begin >= place && name != c.Name {
					first[name]++
				}
			}
		}
		kept.Children = slices.Insert(kept.Children, place, c.keptIn(f, ref))
	}
	return kept
}

// keptIn is what the codec keeps of an element that it reads into a field.
func (e element) keptIn(f *Field, ref any) element {
	switch ref := ref.(type) {
	case *int64, **int64:
		e.Text = whole(strings.Trim(e.Text, " \t\r\n"))
	case *bool, **bool, *wire.Decimal:
		e.Text = strings.Trim(e.Text, " \t\r\n")
	case Pointer:
		return e.kept(ref.New())
	case Message:
		return e.kept(ref)
	case *[]string, List:
		if f.XMLItem == "" {
			return e.keptAsItem(ref)
		}
		list := element{Name: e.Name}
		for _, c := range e.Children {
			if c.Name == f.XMLItem {
				c = c.keptAsItem(ref)
			}
			list.Children = append(list.Children, c)
		}
		return list
	}
	return e
}

func (e element) keptAsItem(ref any) element {
	if list, ok := ref.(List); ok {
		return e.kept(list.Append())
	}
	return e
}

// widest is the largest number of members or elements in one.
func (o object) widest() int {
	most := len(o)
	for _, p := range o {
		most = max(most, widestIn(p.value))
	}
	return most
}

func widestIn(v any) int {
	most := 0
	switch v := v.(type) {
	case object:
		return v.widest()
	case []any:
		for _, item := range v {
			most = max(most, widestIn(item))
		}
	}
	return most
}

func (e element) widest() int {
	most := len(e.Children)
	for _, c := range e.Children {
		most = max(most, c.widest())
	}
	return most
}

// FuzzRoundTripJSON decodes anything and encodes it again: the same value comes
// out, in the same order, and reads as the same message.
func FuzzRoundTripJSON(f *testing.F) {
	f.Add(AppendJSON(nil, fullOrder()))
	f.Add([]byte(`{"name":1.0,"note":true,"count":"1","tries":0,"live":0,"amount":"500.00","at":1e5,"cvc":"012","company":[],"x":{"y":null}}`))
	f.Add([]byte(`{"tags":["a"],"cards":[{"pan":""}],"payer":{"holder":null,"z":1},"limit":"","flag":1}`))
	f.Add([]byte(`{"sig":5,"groups":[],"x":1,"paid":true,"retry":"0","auto":0,"y":2,"memo":null,"parent":{"labels":["a"],"z":0,"pan":"1"},"name":"n"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o, again order
		if err := UnmarshalJSON(data, &o); err != nil {
			return
		}
		out := AppendJSON(nil, &o)
		want := jsonValue(t, []byte(strings.TrimPrefix(string(data), utf8BOM))).(object)
		if got := jsonValue(t, out); want.widest() <= maxOrdered && !reflect.DeepEqual(got, any(want.kept(new(order)))) {
			t.Fatalf("got  %s\nwant %s", out, data)
		}
		if err := UnmarshalJSON(out, &again); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if twice := AppendJSON(nil, &again); string(twice) != string(out) || !reflect.DeepEqual(o, again) {
			t.Fatalf("%s became %s", out, twice)
		}
		Report(&o)
		Validate(&o)
		_ = String(&o)
		LogValue(&o)
		if err := UnmarshalXML(AppendXML(nil, "r", &o), new(order)); err != nil {
			if _, tooDeep := err.(*LimitError); !tooDeep {
				t.Fatalf("as XML, %s is unreadable: %v", AppendXML(nil, "r", &o), err)
			}
		}
	})
}

// FuzzRoundTripXML does the same for XML.
func FuzzRoundTripXML(f *testing.F) {
	f.Add(AppendXML(nil, "response", fullOrder()))
	f.Add([]byte(`<r><lines>1</lines><x/><lines>2</lines><items/><lines/><name>n</name><zz a='1'>t<b/></zz><zz/></r>`))
	f.Add([]byte(`<r xmlns:i="` + xsiNamespace + `"><memo i:nil="true"/><links xsi:nil="true"/><groups xsi:nil="1"></groups><parent i:nil="true"/><fee xsi:nil="true">1</fee></r>`))
	f.Add([]byte("<r><tags><x/><tag>a</tag><y>b</y><tag/></tags>\n<count> 007 </count><live> 1</live><amount> 1.50</amount><payer> </payer><cards> <z/> </cards></r>"))
	f.Add([]byte(`<r><sig>s</sig><paid>0</paid><retry>true</retry><auto/><due>2023-09-20</due><marks>a</marks><marks/></r>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o, again order
		if err := UnmarshalXML(data, &o); err != nil {
			return
		}
		out := AppendXML(nil, "r", &o)
		if err := UnmarshalXML(out, &again); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if twice := AppendXML(nil, "r", &again); string(twice) != string(out) || !reflect.DeepEqual(o, again) {
			t.Fatalf("%s became %s", out, twice)
		}
		want, err := xmlValue([]byte(strings.TrimPrefix(string(data), utf8BOM)))
		if err != nil {
			return // FuzzParseXML knows which of these are all right
		}
		got, err := xmlValue(out)
		if err != nil {
			t.Fatalf("encoding/xml refuses %s: %v", out, err)
		}
		want = want.kept(new(order))
		want.Name = "r"
		if want.widest() <= maxOrdered && !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %s\nwant %s", out, data)
		}
		jsonValue(t, AppendJSON(nil, &o))
		Pairs(&o)
	})
}
