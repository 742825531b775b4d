package codec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"github.com/freedompay-go/freedompay/wire"
)

func TestBindPairs(t *testing.T) {
	pairs := []Pair{
		{"cards[1][pan]", "2"}, {"name", "a=b&c"}, {"count", "007"}, {"tries", "0"}, {"limit", ""}, {"live", "1"}, {"note", ""},
		{"cards[0][pan]", "1"}, {"amount", "9999999999.99"}, {"fee", " 0.01 "}, {"company[bin]", ""}, {"payer[holder]", "h"},
		{"tags[2]", "z"}, {"tags[0]", "x"}, {"tags[1]", ""}, {"at", "86400"}, {"token", "t"}, {"code", "500.00"},
		{"x", "<"}, {"y[a][0]", "1"}, {"y[a][30000000]", "2"}, {"y[b]", `"`}, {"payer[z]", "1"}, {"lines", ""},
	}
	var o order
	if err := BindPairs(pairs, &o, Limits{}); err != nil {
		t.Fatal(err)
	}
	if o.Name != "a=b&c" || o.Count != 7 || o.Tries != 0 || o.Limit != nil || !o.Live || o.Amount.String() != "9999999999.99" ||
		o.Fee.String() != "0.01" || o.At.String() != "86400" || o.Token.Reveal() != "t" || o.Code != "500.00" || o.Company.BIN != "" ||
		o.Payer.Holder != "h" || !slices.Equal(o.Tags, []string{"x", "", "z"}) || len(o.Cards) != 2 || o.Cards[1].PAN.Reveal() != "2" {
		t.Errorf("got %s", String(&o))
	}
	for name, want := range map[string]wire.Form{"note": wire.FormEmpty, "limit": wire.FormEmpty, "tries": wire.FormNumber, "live": wire.FormNumber, "lines": wire.FormEmpty, "code": 0} {
		if got := o.Extra.Form(name); got != want {
			t.Errorf("%s: form %v, want %v", name, got, want)
		}
	}
	if got, want := string(AppendJSON(nil, &o)), `"company":{"bin":""},"payer":{"holder":"h","z":"1"},"tags":["x","","z"],"at":"86400","token":"t","code":500.00,"x":"<","y":{"a":{"0":"1","30000000":"2"},"b":"\""},"lines":""}`; !strings.HasSuffix(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	// The same pairs come out again, but for the white space and zeros around
	// numbers, with the items of a list side by side.
	want := []Pair{
		{"cards[0][pan]", "1"}, {"cards[1][pan]", "2"}, {"name", "a=b&c"}, {"count", "7"}, {"tries", "0"}, {"limit", ""}, {"live", "1"}, {"note", ""},
		{"amount", "9999999999.99"}, {"fee", "0.01"}, {"company[bin]", ""}, {"payer[holder]", "h"}, {"payer[z]", "1"},
		{"tags[0]", "x"}, {"tags[1]", ""}, {"tags[2]", "z"}, {"at", "86400"}, {"token", "t"}, {"code", "500.00"},
		{"x", "<"}, {"y[a][0]", "1"}, {"y[a][30000000]", "2"}, {"y[b]", `"`}, {"lines", ""},
	}
	if got := Pairs(&o); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestBindPairsErrors(t *testing.T) {
	tests := []struct {
		names   string // separated by spaces; each gets the value "1"
		path    string
		problem string
		pair    int
	}{
		{"name cards[0", "", "malformed brackets", 1},
		{"cards[", "", "malformed brackets", 0},
		{"cards]", "", "malformed name", 0},
		{"[0]", "", "malformed name", 0},
		{"name cards[]", "$.cards[0]", "an object", 1},
		{"name cards[][pan]", "", "brackets after empty ones, which begin an item each: items with members need numbers", 1},
		{"x[][y]", "", "brackets after empty ones", 0},
		{"x[][]", "", "brackets after empty ones", 0},
		{"x[][0]", "", "brackets after empty ones", 0},
		{"cards[0][labels][][x]", "", "brackets after empty ones", 0},
		{"marks[] marks[0]", "", "empty brackets beside others in one list", 1},
		{"marks[0] name marks[]", "", "empty brackets beside others in one list", 2},
		{"cards[0][labels][1] cards[0][labels][]", "", "empty brackets beside others in one list", 1},
		{"x[a] x[]", "", "empty brackets beside others in one list", 1},
		{"x[] x[a][b]", "", "empty brackets beside others in one list", 1},
		{"marks[] marks", "", "has a value already", 1},
		{"marks marks[]", "", "has a value already", 1},
		{"[]", "", "malformed name", 0},
		{"name[]", "$.name", "a string", 0},
		{"payer[]", "$.payer", "an object", 0},
		{"count[]", "$.count", "whole number", 0},
		{"marks[", "", "malformed brackets", 0},
		{"marks[]x", "", "brackets", 0},
		{"cards[0]x", "", "malformed brackets", 0},
		{"cards[0]x[1]", "", "malformed brackets", 0},
		{"cards[[0]]", "", "malformed brackets", 0},
		{"cards[0]]", "", "malformed brackets", 0},
		{"x[" + secretWord, "", "malformed brackets", 0},
		{"name live name", "", "has a value already", 2},
		{secretWord + " " + secretWord, "", "has a value already", 1},
		{"payer payer[pan]", "", "has a value already", 1},
		{"payer[pan] payer", "", "has a value already", 1},
		{"x[a] x[a][b]", "", "has a value already", 1},
		{"name cards[1][pan]", "$.cards", "without a gap", 1},
		{"tags[0] tags[2]", "$.tags", "without a gap", 0},
		{"tags[999]", "$.tags", "without a gap", 0},
		{"tags[x]", "$.tags", "index", 0},
		{"tags[-1]", "$.tags", "index", 0},
		{"tags[00]", "$.tags", "index", 0},
		{"tags[+1]", "$.tags", "index", 0},
		{"tags[0][x]", "$.tags[0]", "a string", 0},
		{"tags", "$.tags", "a list", 0},
		{"cards[0]", "$.cards[0]", "an object", 0},
		{"name[x]", "$.name", "a string", 0},
		{"name payer", "$.payer", "an object", 1},
		{"flag[x]", "$.flag", "true or false", 0},
	}
	for _, tt := range tests {
		t.Run(tt.names, func(t *testing.T) {
			var pairs []Pair
			for _, name := range strings.Fields(tt.names) {
				pairs = append(pairs, Pair{name, "1"})
			}
			err := BindPairs(pairs, new(order), Limits{})
			wantSyntaxError(t, err, "form", tt.path, tt.problem)
			if e := err.(*SyntaxError); e.Offset != tt.pair {
				t.Errorf("pair %d, want %d", e.Offset, tt.pair)
			}
		})
	}
	t.Run("empty", func(t *testing.T) {
		wantSyntaxError(t, BindPairs([]Pair{{"", "1"}}, new(order), Limits{}), "form", "", "malformed name")
		wantSyntaxError(t, BindPairs([]Pair{{"name", "\xff"}}, new(order), Limits{}), "form", "", "UTF-8")
		wantSyntaxError(t, BindPairs([]Pair{{"\xff", ""}}, new(order), Limits{}), "form", "", "UTF-8")
		wantSyntaxError(t, BindPairs([]Pair{{"count", secretWord + "x"}}, new(order), Limits{}), "form", "$.count", "whole number")
	})
}

// An item in empty brackets is numbered by whoever reads it.
func TestEmptyBrackets(t *testing.T) {
	numbers := func(name string) []Pair { return []Pair{{name + "[0]", "a"}, {name + "[1]", ""}, {name + "[2]", "b"}} }
	empty := func(name string) []Pair { return []Pair{{name + "[]", "a"}, {name + "[]", ""}, {name + "[]", "b"}} }
	between := func(pairs []Pair) []Pair { return slices.Insert(slices.Clone(pairs), 1, Pair{"name", "n"}) }
	tests := []struct {
		name    string
		in, out []Pair
		json    string
	}{
		{"documented so", empty("marks"), empty("marks"), `{"marks":["a","","b"]}`},
		{"documented so, with numbers", numbers("marks"), empty("marks"), `{"marks":["a","","b"]}`},
		{"documented with numbers", empty("tags"), numbers("tags"), `{"tags":["a","","b"]}`},
		{"nested", empty("items[0][labels]"), empty("items[0][labels]"), `{"items":[{"labels":["a","","b"]}]}`},
		{"in an object", empty("payer[labels]"), empty("payer[labels]"), `{"payer":{"labels":["a","","b"]}}`},
		{"apart", between(empty("marks")), append(empty("marks"), Pair{"name", "n"}), `{"marks":["a","","b"],"name":"n"}`},
		{"unknown", empty("x"), empty("x"), `{"x":["a","","b"]}`},
		{"unknown, with numbers", numbers("x"), numbers("x"), `{"x":{"0":"a","1":"","2":"b"}}`},
		{"unknown, nested", empty("x[y][0]"), empty("x[y][0]"), `{"x":{"y":{"0":["a","","b"]}}}`},
		{"unknown, in a message", empty("payer[x]"), empty("payer[x]"), `{"payer":{"x":["a","","b"]}}`},
		{"one", []Pair{{"marks[]", ""}}, []Pair{{"marks[]", ""}}, `{"marks":[""]}`},
	}
	for _, tt := range tests {
		var o order
		if err := BindPairs(tt.in, &o, Limits{}); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := Pairs(&o); !slices.Equal(got, tt.out) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.out)
		}
		if got := string(AppendJSON(nil, &o)); got != tt.json {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.json)
		}
	}

	// Messages in a list have numbers whatever the table says, and so have the
	// items of an unknown list that are not all texts.
	m := oneOf(Field{Unnumbered: true}, Repeated(&[]card{{Holder: "x"}, {Holder: "y"}}))
	for name, value := range map[string]string{"a": `["1",{"b":[null,2]}]`} {
		if err := m.extra.SetJSON(name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := Pairs(m), []Pair{{"v[0][holder]", "x"}, {"v[1][holder]", "y"}, {"a[0]", "1"}, {"a[1][b][]", "2"}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	pairs := slices.Repeat([]Pair{{"marks[]", ""}}, maxPairs)
	if err := BindPairs(pairs, new(order), Limits{}); err != nil {
		t.Error(err)
	}
	wantLimitError(t, BindPairs(append(pairs, Pair{"marks[]", ""}), new(order), Limits{}), "pairs", maxPairs)
}

func TestBindPairsLimits(t *testing.T) {
	bind := func(l Limits, names ...string) error {
		var pairs []Pair
		for _, name := range names {
			pairs = append(pairs, Pair{name, "1"})
		}
		return BindPairs(pairs, new(order), l)
	}
	many := func(n int, format string) (names []string) {
		for i := range n {
			names = append(names, fmt.Sprintf(format, i))
		}
		return names
	}
	for _, name := range []string{"cards[30000000]", "cards[30000000][pan]", "tags[1000]", "tags[99999999999999999999999999]"} {
		wantLimitError(t, bind(Limits{}, name), "list index", maxIndex)
	}
	if err := bind(Limits{}, many(maxIndex, "tags[%d]")...); err != nil {
		t.Error("items:", err)
	}
	if err := bind(Limits{}, "x"+strings.Repeat("[a]", maxBrackets)); err != nil {
		t.Error("brackets:", err)
	}
	wantLimitError(t, bind(Limits{}, "x"+strings.Repeat("[a]", maxBrackets+1)), "brackets", maxBrackets)
	wantLimitError(t, bind(Limits{}, "x"+strings.Repeat("[a]", 100_000)), "brackets", maxBrackets)
	wantLimitError(t, bind(Limits{Depth: 2}, "x[a][b][c]"), "brackets", 2)
	if err := bind(Limits{}, many(maxPairs, "x%d")...); err != nil {
		t.Error("pairs:", err)
	}
	wantLimitError(t, bind(Limits{}, many(maxPairs+1, "x%d")...), "pairs", maxPairs)
	wantLimitError(t, bind(Limits{Tokens: 3}, "a", "b", "c", "d"), "pairs", 3)
	wantLimitError(t, bind(Limits{Bytes: 3}, "aa", "b"), "bytes", 3)
}

// An index costs nothing, however large it is.
func TestBindPairsAllocatesNothingForIndices(t *testing.T) {
	pairs := []Pair{{"cards[30000000][pan]", "1"}, {"y[30000000]", "2"}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const runs = 100
	for range runs {
		wantLimitError(t, BindPairs(pairs, new(order), Limits{}), "list index", maxIndex)
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / runs; got > 16<<10 {
		t.Errorf("%d bytes allocated", got)
	}
}

func TestURLEncoded(t *testing.T) {
	pairs := []Pair{{"a", "1"}, {"b[0][c]", "x y&z=ж+%"}, {"a", "2"}, {"", ""}, {"e", ""}, {"nl", "\r\n\x00"}}
	encoded := string(AppendURLEncoded([]byte("kept&"), pairs))
	if want := "kept&a=1&b%5B0%5D%5Bc%5D=x+y%26z%3D%D0%B6%2B%25&a=2&=&e=&nl=%0D%0A%00"; encoded != want {
		t.Errorf("got %s, want %s", encoded, want)
	}
	got, err := ParseURLEncoded(strings.TrimPrefix(encoded, "kept&"), Limits{})
	if err != nil || !reflect.DeepEqual(got, pairs) {
		t.Errorf("got %v, %v", got, err)
	}

	for in, want := range map[string][]Pair{
		"":             nil,
		"&&":           nil,
		"a":            {{"a", ""}},
		"a=b=c&":       {{"a", "b=c"}},
		"&a=%41%2b+&b": {{"a", "A+ "}, {"b", ""}},
		"ж=ж":          {{"ж", "ж"}},
	} {
		if got, err := ParseURLEncoded(in, Limits{}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, %v", in, got, err)
		}
	}

	for _, tt := range []struct {
		in      string
		offset  int
		problem string
	}{
		{"a=1&b=%", 6, "escape in a value"},
		{"a=1&b=%" + "zz" + secretWord, 6, "escape in a value"},
		{"a=1&%2=" + secretWord, 4, "escape in a name"},
		{"a=1;b=2", 3, "semicolon"},
		{"a=1&b=%ff", 4, "UTF-8"},
		{"\xff=", 0, "UTF-8"},
	} {
		_, err := ParseURLEncoded(tt.in, Limits{})
		wantSyntaxError(t, err, "form", "", tt.problem)
		if e, ok := err.(*SyntaxError); ok && e.Offset != tt.offset {
			t.Errorf("%s: offset %d, want %d", tt.in, e.Offset, tt.offset)
		}
	}

	_, err = ParseURLEncoded(strings.Repeat("a&", maxPairs), Limits{})
	if err != nil {
		t.Error("pairs:", err)
	}
	_, err = ParseURLEncoded(strings.Repeat("a&", maxPairs+1), Limits{})
	wantLimitError(t, err, "pairs", maxPairs)
	_, err = ParseURLEncoded("a=12", Limits{Bytes: 3})
	wantLimitError(t, err, "bytes", 3)
}

// FuzzParseURLEncoded holds the parser against net/url: both accept the same,
// but for what is no UTF-8, and read the same.
func FuzzParseURLEncoded(f *testing.F) {
	f.Add("a=1&b%5B0%5D=x+y&a=2&=&c")
	f.Add("a=%zz&b;c")
	f.Add("%ff=&&ж=%D0%B6")
	f.Add(string(AppendURLEncoded(nil, Pairs(fullOrder()))))
	f.Fuzz(func(t *testing.T, in string) {
		pairs, err := ParseURLEncoded(in, Limits{})
		values, oracle := url.ParseQuery(in)
		if err != nil {
			var e *SyntaxError
			if oracle == nil && errors.As(err, &e) && !strings.Contains(e.Problem, "UTF-8") {
				t.Fatalf("refused %q: %v", in, err)
			}
			return
		}
		if oracle != nil {
			t.Fatalf("accepted %q, net/url does not: %v", in, oracle)
		}
		got := url.Values{}
		for _, p := range pairs {
			got.Add(p.Name, p.Value)
		}
		if !reflect.DeepEqual(got, values) {
			t.Fatalf("%q: got %v, want %v", in, got, values)
		}
		again, err := ParseURLEncoded(string(AppendURLEncoded(nil, pairs)), Limits{Bytes: 1 << 30})
		if err != nil || !slices.Equal(again, pairs) {
			t.Fatalf("%q: read again as %v, %v", pairs, again, err)
		}
	})
}

// FuzzBindPairs binds any form. What it binds, it must write and bind to the
// same again.
func FuzzBindPairs(f *testing.F) {
	f.Add("name=x&cards[0][pan]=1&cards[1][pan]=2&tags[0]=a&x[y]=z")
	f.Add("cards[30000000]=1")
	f.Add("cards[0=1")
	f.Add("a=1&a[b]=2&[]=3&tags[1]=")
	f.Add("marks[]=a&name=n&marks[]=&x[]=1&x[]=2&items[0][labels][]=b&payer[z][]=c&sig=s&paid=true&retry=0&due=2023-09-20")
	f.Add("x[][y]=1&x[][z]=2")
	f.Add("cards[1][labels][1]=x&y[a][30000000]=1&cards[0][labels][]=&cards[1][labels][0]=")
	f.Add(string(AppendURLEncoded(nil, Pairs(fullOrder()))))
	f.Fuzz(func(t *testing.T, in string) {
		pairs, err := ParseURLEncoded(in, Limits{})
		if err != nil {
			return
		}
		var o, again order
		if err := BindPairs(pairs, &o, Limits{}); err != nil {
			return
		}
		out := Pairs(&o)
		if len(out) != len(pairs) {
			t.Fatalf("%v became %v", pairs, out)
		}
		if err := BindPairs(out, &again, Limits{}); err != nil {
			t.Fatalf("%v: %v", out, err)
		}
		if twice := Pairs(&again); !slices.Equal(twice, out) || !reflect.DeepEqual(o, again) {
			t.Fatalf("got  %v\nwant %v", twice, out)
		}
		boundary := MultipartBoundary("", out)
		read, err := ReadMultipart(multipart.NewReader(bytes.NewReader(AppendMultipart(nil, boundary, out)), boundary), Limits{})
		if printable := !slices.ContainsFunc(out, func(p Pair) bool { return strings.ContainsFunc(p.Name, unicode.IsControl) }); printable && (err != nil || !slices.Equal(read, out)) {
			t.Fatalf("as multipart, %v is read as %v, %v", out, read, err)
		}
		jsonValue(t, AppendJSON(nil, &o))
	})
}

func TestAppendMultipart(t *testing.T) {
	pairs := append(Pairs(fullOrder()), Pair{"a\"b\\c\r\nd", "--x\r\n\r\n"}, Pair{"ж", ""})
	boundary := MultipartBoundary("seed", pairs)
	var want bytes.Buffer
	w := multipart.NewWriter(&want)
	if err := w.SetBoundary(boundary); err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		if err := w.WriteField(p.Name, p.Value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := AppendMultipart([]byte("kept"), boundary, pairs)
	if string(got) != "kept"+want.String() {
		t.Errorf("got  %q\nwant %q", got, want.String())
	}
}

func TestMultipartRoundTrip(t *testing.T) {
	o := fullOrder()
	pairs := Pairs(o)
	boundary := MultipartBoundary("x", pairs)
	got, err := ReadMultipart(multipart.NewReader(bytes.NewReader(AppendMultipart(nil, boundary, pairs)), boundary), Limits{})
	if err != nil || !slices.Equal(got, pairs) {
		t.Fatalf("got  %v, %v\nwant %v", got, err, pairs)
	}
	var bound order
	if err := BindPairs(got, &bound, Limits{}); err != nil || !reflect.DeepEqual(&bound, o) {
		t.Errorf("got %s, %v", String(&bound), err)
	}
}

func TestMultipartBoundary(t *testing.T) {
	uuid := "0199a2b4-7c1e-7000-8000-000000000000"
	tests := []struct {
		seed  string
		pairs []Pair
		start string
		size  int
	}{
		{uuid, nil, "freedompay-" + uuid, 11 + 36},
		{"", nil, "freedompay-", 11},
		{"a b;\"ж\r\n/c", nil, "freedompay-abc", 14},
		{strings.Repeat("x", 100), nil, "freedompay-xxx", 11 + 42},
		{uuid, []Pair{{"a", "--freedompay-" + uuid}}, "freedompay-" + uuid + "-", 70},
		{uuid, []Pair{{"freedompay-" + uuid, ""}}, "freedompay-" + uuid + "-", 70},
		{strings.Repeat("x", 100), []Pair{{"a", "freedompay-" + strings.Repeat("x", 100)}}, "freedompay-xxx", 70},
	}
	for _, tt := range tests {
		got := MultipartBoundary(tt.seed, tt.pairs)
		if !strings.HasPrefix(got, tt.start) || len(got) != tt.size || occurs(got, tt.pairs) {
			t.Errorf("%q: got %q, %d long", tt.seed, got, len(got))
		}
		if got != MultipartBoundary(tt.seed, tt.pairs) {
			t.Errorf("%q: another one the second time", tt.seed)
		}
		if err := multipart.NewWriter(io.Discard).SetBoundary(got); err != nil {
			t.Errorf("%q: %v", got, err)
		}
	}
	// A second collision, as good as impossible, needs a third boundary.
	first := MultipartBoundary("s", []Pair{{"a", "freedompay-s"}})
	if second := MultipartBoundary("s", []Pair{{"a", "freedompay-s" + first}}); second == first || occurs(second, []Pair{{"", first}}) {
		t.Errorf("got %q twice", second)
	}
}

func part(header, value string) string { return "--b\r\n" + header + "\r\n\r\n" + value + "\r\n" }

const aField = `Content-Disposition: form-data; name="a"`

func TestReadMultipartErrors(t *testing.T) {
	tests := []struct{ name, body, problem string }{
		{"file", part(aField, "1") + part(aField+`; filename="`+secretWord+`.txt"`, "x"), "no file"},
		{"file without a name", part(aField+`; filename=""`, "x"), "no file"},
		{"no name", part(`Content-Disposition: form-data`, "x"), "with a name"},
		{"empty name", part(`Content-Disposition: form-data; name=""`, "x"), "with a name"},
		{"attachment", part(`Content-Disposition: attachment; name="a"`, "x"), "with a name"},
		{"no disposition", part(`X: y`, "x"), "with a name"},
		{"malformed disposition", part(`Content-Disposition: form-data; `+secretWord, "x"), "with a name"},
		{"not UTF-8", part(aField, "\xff"), "UTF-8"},
		{"nothing", "", "malformed"},
		{"another boundary", "--" + secretWord + "\r\n", "malformed"},
		{"a line between parts", part(aField, "1") + "--b" + secretWord + "\r\n", "body"},
		{"header without a colon", part(secretWord, "x"), "malformed"},
		{"cut off", part(aField, "1"), "unreadable"},
		{"cut off in a value", "--b\r\n" + aField + "\r\n\r\n" + secretWord, "unreadable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := tt.body
			if tt.problem != "malformed" && tt.problem != "unreadable" && tt.problem != "body" {
				body += "--b--\r\n"
			}
			_, err := ReadMultipart(multipart.NewReader(strings.NewReader(body), "b"), Limits{})
			wantSyntaxError(t, err, "form", "", tt.problem)
			for cause := err; cause != nil; cause = errors.Unwrap(cause) {
				if strings.Contains(cause.Error(), secretWord[:6]) {
					t.Errorf("quotes its input: %v", cause)
				}
			}
		})
	}
}

func TestReadMultipartKeepsReadErrors(t *testing.T) {
	broken := errors.New("connection reset")
	for _, before := range []string{"", part(aField, "1"), "--b\r\n", "--b\r\n" + aField + "\r\n\r\nval"} {
		r := io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken))
		_, err := ReadMultipart(multipart.NewReader(r, "b"), Limits{})
		if !errors.Is(err, broken) {
			t.Errorf("after %q: got %v", before, err)
		}
	}
}

func TestReadMultipartLimits(t *testing.T) {
	read := func(body string, l Limits) error {
		_, err := ReadMultipart(multipart.NewReader(strings.NewReader(body+"--b--\r\n"), "b"), l)
		return err
	}
	if err := read(strings.Repeat(part(aField, "x"), maxPairs), Limits{}); err != nil {
		t.Error("pairs:", err)
	}
	wantLimitError(t, read(strings.Repeat(part(aField, "x"), maxPairs+1), Limits{}), "pairs", maxPairs)
	if err := read(part(aField, "123")+part(aField, "45"), Limits{Bytes: 7}); err != nil {
		t.Error("bytes:", err)
	}
	wantLimitError(t, read(part(aField, "123")+part(aField, "456"), Limits{Bytes: 7}), "bytes", 7)
	wantLimitError(t, read(part(aField, strings.Repeat("x", wire.MaxAnswerBytes)), Limits{}), "bytes", wire.MaxAnswerBytes)
}

// FuzzReadMultipart holds the reader against mime/multipart's own form reader.
func FuzzReadMultipart(f *testing.F) {
	f.Add(part(aField, "1") + "--b--\r\n")
	f.Add(part(aField+`; filename="f"`, "1") + "--b--\r\n")
	f.Add(part("X: y", "1") + part(aField, "\xff"))
	f.Add("--b\n" + aField + "\nContent-Transfer-Encoding: quoted-printable\n\n=41\n--b--")
	f.Add(string(AppendMultipart(nil, "b", Pairs(fullOrder()))))
	f.Fuzz(func(t *testing.T, body string) {
		pairs, err := ReadMultipart(multipart.NewReader(strings.NewReader(body), "b"), Limits{})
		if err != nil {
			return
		}
		form, err := multipart.NewReader(strings.NewReader(body), "b").ReadForm(1 << 20)
		if err != nil {
			t.Fatalf("accepted %q, mime/multipart does not: %v", body, err)
		}
		got := map[string][]string{}
		for _, p := range pairs {
			got[p.Name] = append(got[p.Name], p.Value)
		}
		if !reflect.DeepEqual(got, form.Value) || len(form.File) > 0 {
			t.Fatalf("%q: got %v, want %v and %d files", body, got, form.Value, len(form.File))
		}
		for _, p := range pairs {
			if strings.ContainsFunc(p.Name, unicode.IsControl) {
				return // a line end in a name can be written, but not so that it is read again
			}
		}
		boundary := MultipartBoundary("", pairs)
		again, err := ReadMultipart(multipart.NewReader(bytes.NewReader(AppendMultipart(nil, boundary, pairs)), boundary), Limits{})
		if err != nil || !slices.Equal(again, pairs) {
			t.Fatalf("%q: read again as %q, %v", pairs, again, err)
		}
	})
}
