package codec

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

func TestParseJSONValues(t *testing.T) {
	for _, in := range []string{
		`{}`, `[]`, `null`, `true`, `false`, `0`, `-0`, `""`,
		` { "a" : [ 1 , 2.50 , -3e+10, 1E-5, 0.0 ] , "b" : { "c" : null } } ` + "\r\n\t",
		`[[],[[]],{},{"a":{}},[{}]]`,
		`"\"\\\/\b\f\n\r\tA\u0436\ud83d\ude00é\u0000"`,
		`"\u00E9\uD83D\uDE00\u00ff"`,
		`{"":1," ":2,"a\u0062":3,"ac":4}`,
		`9999999999.99`, `12345678901234567890123456789012345678901234567890.00`,
		`"` + "\u2028\u007f😀" + `"`,
	} {
		d, err := parseJSON([]byte(in), Limits{})
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got, want := d.value(0), jsonValue(t, []byte(in)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", in, got, want)
		}
	}
}

func TestParseJSONRefuses(t *testing.T) {
	tests := []struct {
		in      string
		offset  int
		problem string
	}{
		{``, 0, "found the end"},
		{` `, 1, "found the end"},
		{`{`, 1, "member name"},
		{`[`, 1, "found the end"},
		{`{"a"`, 4, "colon"},
		{`{"a":`, 5, "found the end"},
		{`{"a":1`, 6, "closing brace"},
		{`{"a":1]`, 6, "closing brace"},
		{`[1}`, 2, "closing bracket"},
		{`[1 2]`, 3, "closing bracket"},
		{`[1,]`, 3, "expected a value"},
		{`[,1]`, 1, "expected a value"},
		{`{"a":1,}`, 7, "member name"},
		{`{,}`, 1, "member name"},
		{`{a:1}`, 1, "member name"},
		{`{'a':1}`, 1, "member name"},
		{`nul`, 0, "expected a value"},
		{`nullx`, 4, "expected the end"},
		{`True`, 0, "expected a value"},
		{`NaN`, 0, "expected a value"},
		{`01`, 0, "invalid number"},
		{`-`, 0, "invalid number"},
		{`+1`, 0, "expected a value"},
		{`.5`, 0, "expected a value"},
		{`5.`, 0, "invalid number"},
		{`1e`, 0, "invalid number"},
		{`1e+`, 0, "invalid number"},
		{`1.5.2`, 0, "invalid number"},
		{`0x10`, 1, "expected the end"},
		{`"` + secretWord, 0, "without an end"},
		{`"\`, 1, "invalid escape"},
		{`"\x"`, 1, "invalid escape"},
		{`"\u12"`, 1, "invalid escape"},
		{`"\u12g4"`, 1, "invalid escape"},
		{`"` + secretWord + `\ud800"`, 17, "invalid escape"},
		{`"\ud800A"`, 1, "invalid escape"},
		{`"\udc00"`, 1, "invalid escape"},
		{`"\ud800\ud800"`, 1, "invalid escape"},
		{`{"\udfff":1}`, 2, "invalid escape"},
		{"\"a\nb\"", 2, "control character"},
		{"\"\x00\"", 1, "control character"},
		{"\"" + secretWord + "\xff\"", 17, "invalid UTF-8"},
		{"\"\xed\xa0\x80\"", 1, "invalid UTF-8"}, // a surrogate in UTF-8
		{"\"\xc0\x80\"", 1, "invalid UTF-8"},     // overlong
		{"\xff\xfe{\x00}\x00", 0, "invalid UTF-8"},
		{"{\x00}\x00", 1, "member name"},
		{"\u00a0{}", 0, "expected a value"},
		{`{} {}`, 3, "expected the end"},
		{`{}` + secretWord, 2, "expected the end"},
		{`{}` + utf8BOM, 2, "expected the end"},
		{utf8BOM + utf8BOM + `{}`, 3, "expected a value"},
		{`{"` + secretWord + `":1,"` + secretWord + `":1}`, 22, "duplicate"},
		{`{"a":1,"b":2,"\u0061":3}`, 13, "duplicate"},
		{`[{"a":{"b":1,"b":1}}]`, 13, "duplicate"},
		{"// c\n{}", 0, "expected a value"},
	}
	for _, tt := range tests {
		_, err := parseJSON([]byte(tt.in), Limits{})
		t.Run(tt.in, func(t *testing.T) {
			wantSyntaxError(t, err, "JSON", "", tt.problem)
			if e := err.(*SyntaxError); e.Offset != tt.offset {
				t.Errorf("offset %d, want %d", e.Offset, tt.offset)
			}
		})
	}
}

func TestParseJSONTakesByteOrderMark(t *testing.T) {
	d, err := parseJSON([]byte(utf8BOM+`{"a":"b"}`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := d.lookup("a"); got != "b" || !ok {
		t.Errorf("got %q, %v", got, ok)
	}
}

func TestParseJSONDuplicatesAmongMany(t *testing.T) {
	members := func(n int, last string) []byte {
		var b strings.Builder
		b.WriteByte('{')
		for i := range n {
			// Every third name has an escape.
			b.WriteString(`"` + strings.Repeat(`\u0061`, i%3/2) + "k" + index(i) + `":{"x":1},`)
		}
		b.WriteString(`"` + last + `":1}`)
		return []byte(b.String())
	}
	for _, n := range []int{31, 32, 33, 40, 20_000} {
		if _, err := parseJSON(members(n, "last"), Limits{}); err != nil {
			t.Errorf("%d: %v", n, err)
		}
		for _, last := range []string{"k[0]", `\u006b[1]`, "k" + index(n-1), "k[0"} {
			_, err := parseJSON(members(n, last), Limits{})
			isNew := last == "k[0" || (n-1)%3 == 2 && last == "k"+index(n-1)
			if isNew != (err == nil) {
				t.Errorf("%d members and %s: %v", n, last, err)
			}
		}
	}
}

func TestParseJSONLimits(t *testing.T) {
	nested := func(n int, opening, inner, closing string) []byte {
		return []byte(strings.Repeat(opening, n) + inner + strings.Repeat(closing, n))
	}
	parse := func(data []byte, l Limits) error {
		_, err := parseJSON(data, l)
		return err
	}
	ones := func(n int) []byte { return []byte("[" + strings.Repeat("1,", n-1) + "1]") }

	if err := parse(nested(wire.MaxDepth, "[", "", "]"), Limits{}); err != nil {
		t.Error("depth:", err)
	}
	if err := parse(nested(wire.MaxDepth, `{"a":`, "1", "}"), Limits{}); err != nil {
		t.Error("depth:", err)
	}
	wantLimitError(t, parse(nested(wire.MaxDepth+1, "[", "", "]"), Limits{}), "depth", wire.MaxDepth)
	wantLimitError(t, parse(nested(wire.MaxDepth+1, `{"a":`, "1", "}"), Limits{}), "depth", wire.MaxDepth)
	wantLimitError(t, parse([]byte(strings.Repeat("[", 1_000_000)), Limits{}), "depth", wire.MaxDepth)
	wantLimitError(t, parse([]byte(strings.Repeat(`{"a":`, 800_000)), Limits{}), "depth", wire.MaxDepth)
	if err := parse(nested(1_000_000, "[", "", "]"), Limits{Depth: 1_000_000, Tokens: 1_000_000}); err != nil {
		t.Error("a million levels, asked for:", err)
	}

	if err := parse(ones(wire.MaxTokens-1), Limits{}); err != nil {
		t.Error("tokens:", err)
	}
	wantLimitError(t, parse(ones(wire.MaxTokens), Limits{}), "tokens", wire.MaxTokens)
	if err := parse([]byte(`{"a":1}`), Limits{Tokens: 3}); err != nil {
		t.Error("tokens:", err)
	}
	wantLimitError(t, parse([]byte(`{"a":1}`), Limits{Tokens: 2}), "tokens", 2)
	wantLimitError(t, parse([]byte(`{"a":1}`), Limits{Tokens: 1}), "tokens", 1)

	if err := parse([]byte(`[1,2]`), Limits{Bytes: 5}); err != nil {
		t.Error("bytes:", err)
	}
	wantLimitError(t, parse([]byte(`[1,2]`), Limits{Bytes: 4}), "bytes", 4)
	wantLimitError(t, parse(make([]byte, wire.MaxAnswerBytes+1), Limits{}), "bytes", wire.MaxAnswerBytes)
}

func TestDocumentJSON(t *testing.T) {
	d, err := parseJSON([]byte(`{"s":"x\n","n":1.50,"b":false,"z":null,"o":{"p":"q","":"e"},"l":[10,{"m":"n"},[7]],"\u0066":"esc"}`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		text string
		ok   bool
	}{
		{"s", "x\n", true}, {"n", "1.50", true}, {"b", "false", true}, {"z", "", false}, {"f", "esc", true},
		{"o", "", false}, {"o/p", "q", true}, {"o/", "e", true}, {"o/p/q", "", false}, {"o/x", "", false},
		{"l", "", false}, {"l/0", "10", true}, {"l/1/m", "n", true}, {"l/2/0", "7", true},
		{"l/3", "", false}, {"l/-1", "", false}, {"l/01", "", false}, {"l/x", "", false}, {"l/30000000000000000000", "", false},
		{"x", "", false},
	}
	for _, tt := range tests {
		if text, ok := d.lookup(strings.Split(tt.path, "/")...); text != tt.text || ok != tt.ok {
			t.Errorf("%s: got %q, %v", tt.path, text, ok)
		}
	}
	if _, ok := d.lookup(); ok {
		t.Error("an object has a text")
	}
	if d.root() != "" || !d.isObject() {
		t.Errorf("root %q, object %v", d.root(), d.isObject())
	}

	for in, want := range map[string]bool{`{"x":1,"na\u006de":2}`: true, `{"x":1}`: false, `{}`: false, `["name"]`: false, `"name"`: false} {
		d, err := parseJSON([]byte(in), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if d.knows(orderType) != want || d.isObject() != (in[0] == '{') {
			t.Errorf("%s: knows %v, object %v", in, d.knows(orderType), d.isObject())
		}
	}

	for in, want := range map[string]bool{
		`{"name":null}`: false, `{"name":""}`: false, `{"x":1,"name":null}`: false, `{"x":1}`: false, `["name"]`: false,
		`{"name":"a"}`: true, `{"name":0}`: true, `{"name":false}`: true, `{"name":[]}`: true, `{"name":{}}`: true,
	} {
		d, err := parseJSON([]byte(in), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if d.tells(orderType) != want {
			t.Errorf("%s: tells %v", in, !want)
		}
	}
}

// FuzzParseJSON holds the parser against encoding/json: it must not accept
// more, must refuse for its own reasons only, and must read the same values.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,2.50,-3e+10,true,false,null,"\u0436\ud83d\ude00"],"b":{"c":{}}}`,
		`{"a":1,"\u0061":2}`, `"\ud800"`, `[[[[[]]]]]`, `[1,]`, `{"a":1]`, `01`, `1.`, `-`, ` "x" `, "\"\xff\"", utf8BOM + "{}", `{} {}`, `nul`,
		string(AppendJSON(nil, fullOrder())),
	} {
		f.Add([]byte(seed))
	}
	own := []string{"duplicate", "invalid escape", "invalid UTF-8"}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := parseJSON(data, Limits{})
		bare := []byte(strings.TrimPrefix(string(data), utf8BOM))
		valid := json.Valid(bare)
		if err == nil {
			if !valid {
				t.Fatalf("accepted what is no JSON: %q", data)
			}
			if got, want := d.value(0), jsonValue(t, bare); !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: got %#v, want %#v", data, got, want)
			}
			for i := range d.nodes {
				if d.nodes[i].end < d.nodes[i].start || d.nodes[i].next <= uint32(i) || int(d.nodes[i].next) > len(d.nodes) {
					t.Fatalf("%q: node %d is %+v", data, i, d.nodes[i])
				}
				if !json.Valid(d.raw(uint32(i))) {
					t.Fatalf("%q: raw value %d is %q", data, i, d.raw(uint32(i)))
				}
			}
			return
		}
		if e, ok := err.(*SyntaxError); ok && valid {
			for _, problem := range own {
				if strings.Contains(e.Problem, problem) {
					return
				}
			}
			t.Fatalf("refused %q: %v", data, err)
		}
	})
}
