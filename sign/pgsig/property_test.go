package pgsig

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// forEachSeed runs check with random numbers from fixed seeds, and from one that
// no run before had. Seeds are printed where a check fails.
func forEachSeed(t *testing.T, check func(t *testing.T, r *rand.Rand)) {
	for seed := range uint64(200) {
		if seed == 0 {
			seed = rand.Uint64()
		}
		check(t, rand.New(rand.NewPCG(seed, 0)))
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

var (
	someNames  = []string{"pg_amount", "pg_order_id", "pg_salt", "a", "a1", "a10", "a-b", "a.b", "B", "UnitCode", "GTIN", "цена", "счёт №1", "x y", "0", "10", "7"}
	someValues = []string{"", "", "0", "25.00", "Счёт за услуги", "a b", "<&>", "1;2", ";", "a;", "\r\n", "0", "25.00"}
)

// randomFields returns a message: names of all kinds, some more than once, lists
// of more than ten positions with and without gaps, empty values.
func randomFields(r *rand.Rand, depth int) []Field {
	return randomSiblings(r, depth, func(int) string { return someNames[r.IntN(len(someNames))] }, 1+r.IntN(8))
}

func randomSiblings(r *rand.Rand, depth int, name func(i int) string, n int) []Field {
	var fields []Field
	for i := range n {
		f := leaf(name(i), someValues[r.IntN(len(someValues))])
		if r.IntN(3) == 0 {
			f.Value = strconv.Itoa(r.IntN(1000))
		}
		switch {
		case depth == 0 || r.IntN(3) > 0:
		case r.IntN(2) == 0:
			f.Children = randomFields(r, depth-1)
		default:
			f.Children = randomList(r, depth-1)
		}
		// As Fields has it: one name is either leaves or one parent.
		same := func(g Field) bool { return g.Name == f.Name && (len(f.Children) > 0 || len(g.Children) > 0) }
		if f.Name == "" || !slices.ContainsFunc(fields, same) {
			fields = append(fields, f)
		}
	}
	return fields
}

func randomList(r *rand.Rand, depth int) []Field {
	n := 1 + r.IntN(25)
	from, step := r.IntN(3), 1+r.IntN(3)*r.IntN(2)
	name := func(i int) string { return strconv.Itoa(from + i*step) }
	if r.IntN(4) == 0 {
		name = func(int) string { return "" }
	}
	list := randomSiblings(r, depth, name, n)
	if r.IntN(2) == 0 {
		shuffle(r, list)
	}
	return list
}

func shuffle(r *rand.Rand, fields []Field) {
	r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
}

// base is an independent reading of the rule, for OrderName and OrderNumber: one
// sort of all values by the names above them. Names hold no NUL here.
func base(o Order, script string, fields []Field, secret string) string {
	type value struct{ key, text string }
	var all []value
	var walk func(prefix string, fields []Field, top bool)
	walk = func(prefix string, fields []Field, top bool) {
		list, next := !top, 0
		for _, f := range fields {
			if _, err := strconv.Atoi("0" + f.Name); err != nil || strings.ContainsAny(f.Name, "+-_") {
				list = false
			}
		}
		for i, f := range fields {
			if top && f.Name == SignatureName {
				continue
			}
			name := f.Name
			if o == OrderNumber && list {
				n, err := strconv.Atoi(name)
				if err != nil {
					n = next
				}
				next = max(next, n+1)
				name = fmt.Sprintf("%09d", n)
			}
			key := fmt.Sprintf("%s%s\x00%06d\x00", prefix, name, i)
			if len(f.Children) == 0 {
				all = append(all, value{key, f.Value})
			}
			walk(key, f.Children, false)
		}
	}
	walk("", fields, true)
	slices.SortFunc(all, func(a, b value) int { return strings.Compare(a.key, b.key) })
	text := script
	for _, v := range all {
		text += ";" + v.text
	}
	return text + ";" + secret
}

// copied returns a deep copy.
func copied(fields []Field) []Field {
	fields = slices.Clone(fields)
	for i := range fields {
		fields[i].Children = copied(fields[i].Children)
	}
	return fields
}

// TestSignIsTheRule: what is signed is what an independent reading of the rule
// says, and verifies.
func TestSignIsTheRule(t *testing.T) {
	lists := 0
	forEachSeed(t, func(t *testing.T, r *rand.Rand) {
		fields := randomFields(r, 3)
		before := copied(fields)
		for _, o := range orders {
			sig := o.Sign("script", fields, "secret")
			if !o.Verify("script", fields, "secret", sig) {
				t.Errorf("%v: does not verify", o)
			}
			if o != OrderSample && sig != sum(base(o, "script", fields, "secret")) {
				t.Errorf("%v: not by the rule: %+v", o, fields)
			}
			signed := slices.Insert(slices.Clone(fields), r.IntN(len(fields)+1), leaf(SignatureName, sig))
			if got := o.Sign("script", signed, "secret"); got != sig {
				t.Errorf("%v: pg_sig is signed", o)
			}
		}
		if OrderName.Sign("s", fields, "k") != OrderNumber.Sign("s", fields, "k") {
			lists++
		}
		if fmt.Sprint(fields) != fmt.Sprint(before) {
			t.Error("fields were changed")
		}
	})
	if lists < 30 {
		t.Errorf("only in %d messages do the orders differ", lists)
	}
}

// TestSignIsTheSample: in messages whose names the sample and the documentation
// sort alike, lists stand as in the sample. Each name is there once, as a PHP
// array has it, and lists hold no lists but by a name.
func TestSignIsTheSample(t *testing.T) {
	names := []string{"pg_amount", "pg_receipt_positions", "pg_salt", "count", "name", "price", "tax_type", "UnitCode", "GTIN", "mark_list", "цена", "Z_", "zz"}
	var message func(r *rand.Rand, depth int) []Field
	numbers := 0
	list := func(r *rand.Rand, depth int) []Field {
		var all []Field
		n, from, step := 1+r.IntN(25), r.IntN(3), 1+r.IntN(4)*r.IntN(2)
		named, plain := r.IntN(4) > 0, r.IntN(2) == 0
		if plain {
			n += r.IntN(110) // beyond 100
		}
		for i := range n {
			f := leaf("", "v"+strconv.Itoa(numbers))
			numbers++
			if named {
				f.Name = strconv.Itoa(from + i*step)
			}
			if depth > 0 && !plain {
				f.Children = message(r, depth-1)
			}
			all = append(all, f)
		}
		if r.IntN(2) == 0 {
			shuffle(r, all)
		}
		return all
	}
	message = func(r *rand.Rand, depth int) []Field {
		var all []Field
		for _, i := range r.Perm(len(names))[:1+r.IntN(4)] {
			f := leaf(names[i], "v"+strconv.Itoa(numbers))
			numbers++
			switch {
			case depth == 0 || r.IntN(3) > 0:
			case r.IntN(2) == 0:
				f.Children = message(r, depth-1)
			default:
				f.Children = list(r, depth-1)
			}
			all = append(all, f)
		}
		return all
	}
	others := 0
	forEachSeed(t, func(t *testing.T, r *rand.Rand) {
		fields := message(r, 3)
		want := sum(sampleBase("script", fields, "secret"))
		if got := Sign("script", fields, "secret"); got != want || !Verify("script", fields, "secret", want) {
			t.Errorf("got %s, want %s", values(OrderSample.Sorted(fields)), sampleBase("script", fields, "secret"))
		}
		if OrderName.Sign("script", fields, "secret") != want && OrderNumber.Sign("script", fields, "secret") != want {
			others++
		}
	})
	if others < 10 {
		t.Errorf("only in %d messages does the sample differ from the other orders", others)
	}
}

// TestOrderOfDistinctNames: fields of distinct names may stand in any order. In
// OrderSample the positions of lists may not.
func TestOrderOfDistinctNames(t *testing.T) {
	forEachSeed(t, func(t *testing.T, r *rand.Rand) {
		fields := randomFields(r, 3)
		for _, o := range orders {
			mixed := copied(fields)
			shuffleNames(r, mixed, o, true)
			if o.Sign("s", mixed, "k") != o.Sign("s", fields, "k") {
				t.Errorf("%v: %+v, and then %+v", o, fields, mixed)
			}
		}
	})
}

// shuffleNames shuffles siblings; those of one name, and lists that may not be
// shuffled, keep their order.
func shuffleNames(r *rand.Rand, fields []Field, o Order, top bool) {
	for i := range fields {
		shuffleNames(r, fields[i].Children, o, false)
	}
	isUnnamed := func(f Field) bool { return f.Name == "" }
	if !top && o != OrderName && isList(fields) && (o == OrderSample || slices.ContainsFunc(fields, isUnnamed)) {
		return
	}
	byNames := map[string][]Field{}
	for _, f := range fields {
		byNames[f.Name] = append(byNames[f.Name], f)
	}
	order := make([]string, len(fields))
	for i, f := range fields {
		order[i] = f.Name
	}
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for i, name := range order {
		fields[i], byNames[name] = byNames[name][0], byNames[name][1:]
	}
}

// TestChangesDoNotVerify: whatever is changed in a message, the signature fits
// no longer, unless what is joined is the same text. That is the whole of it:
// where no value holds a semicolon, the text is the same only if the values are
// the same in the same order. Names are not signed.
func TestChangesDoNotVerify(t *testing.T) {
	kept, ambiguous := map[string]int{}, 0
	forEachSeed(t, func(t *testing.T, r *rand.Rand) {
		fields := randomFields(r, 3)
		for _, o := range orders {
			sig := o.Sign("script", fields, "secret")
			for _, name := range slices.Sorted(maps.Keys(changes)) {
				changed := copied(fields)
				changes[name](r, &changed)
				got := o.Verify("script", changed, "secret", sig)
				before, after := inOrder(o, fields), inOrder(o, changed)
				same := strings.Join(before, ";") == strings.Join(after, ";") && (len(before) > 0) == (len(after) > 0)
				if got != same {
					t.Errorf("%v, %s: verifies is %t: %q, %q", o, name, got, before, after)
				}
				if got {
					kept[name]++
				}
				if slices.Equal(before, after) != same {
					ambiguous++
					if !strings.Contains(strings.Join(before, "")+strings.Join(after, ""), ";") {
						t.Errorf("%v, %s: ambiguous without a semicolon: %q, %q", o, name, before, after)
					}
				}
				if got && (name == "value" || name == "added" || name == "removed") && slices.Equal(before, after) {
					t.Errorf("%v, %s: nothing was changed", o, name)
				}
			}
			if o.Verify("script2", fields, "secret", sig) || o.Verify("script", fields, "secret2", sig) {
				t.Errorf("%v: script or secret", o)
			}
		}
	})
	t.Logf("of 600 each, verify: %v; %d ambiguous", kept, ambiguous)
	if kept["value"]+kept["added"]+kept["removed"] > 0 || kept["moved"] == 0 || kept["moved"] > 400 || kept["semicolon"] == 0 || ambiguous < 20 {
		t.Errorf("verify: %v; %d ambiguous", kept, ambiguous)
	}
}

// inOrder returns the values of fields in the order in which they are signed.
func inOrder(o Order, fields []Field) (all []string) {
	var walk func(fields []Field)
	walk = func(fields []Field) {
		for _, f := range fields {
			if len(f.Children) == 0 {
				all = append(all, f.Value)
			}
			walk(f.Children)
		}
	}
	walk(o.Sorted(fields))
	return all
}

// changes are what may be done to a message on its way.
var changes = map[string]func(r *rand.Rand, fields *[]Field){
	"value": func(r *rand.Rand, fields *[]Field) { randomLeaf(r, *fields).Value += "x" },
	"added": func(r *rand.Rand, fields *[]Field) {
		// Its value is empty: it adds one semicolon.
		*fields = slices.Insert(*fields, r.IntN(len(*fields)+1), leaf("added", ""))
	},
	"removed": func(r *rand.Rand, fields *[]Field) { *fields = slices.Delete(*fields, 0, 1) },
	"renamed": func(r *rand.Rand, fields *[]Field) { randomLeaf(r, *fields).Name = "renamed" },
	"moved": func(r *rand.Rand, fields *[]Field) {
		a, b := randomLeaf(r, *fields), randomLeaf(r, *fields)
		a.Value, b.Value = b.Value, a.Value
	},
	"semicolon": func(_ *rand.Rand, fields *[]Field) {
		// From the end of a value to the beginning of the next, in OrderName.
		*fields = OrderName.Sorted(*fields)
		var last *Field
		var walk func(fields []Field)
		walk = func(fields []Field) {
			for i := range fields {
				f := &fields[i]
				if len(f.Children) == 0 {
					if last != nil && strings.HasSuffix(last.Value, ";") {
						last.Value, f.Value = last.Value[:len(last.Value)-1], ";"+f.Value
					}
					last = f
				}
				walk(f.Children)
			}
		}
		walk(*fields)
	},
}

// randomLeaf returns one of the leaves of fields, which has some.
func randomLeaf(r *rand.Rand, fields []Field) *Field {
	f := &fields[r.IntN(len(fields))]
	for len(f.Children) > 0 {
		f = &f.Children[r.IntN(len(f.Children))]
	}
	return f
}

// TestSemicolonsAreTheBoundary: two messages have one signature, exactly if their
// values are the same after a split at semicolons. Here are all splits of one
// text.
func TestSemicolonsAreTheBoundary(t *testing.T) {
	parts := []string{"1", "2", "", "3"}
	names := []string{"a", "b", "c", "d"}
	sig := Sign("s", []Field{leaf("a", strings.Join(parts, ";"))}, "k")
	for splits := range 1 << (len(parts) - 1) {
		value := parts[0]
		var fields []Field
		for i, part := range parts[1:] {
			if splits>>i&1 == 0 {
				value += ";" + part
				continue
			}
			fields = append(fields, leaf(names[len(fields)], value))
			value = part
		}
		fields = append(fields, leaf(names[len(fields)], value))
		if !Verify("s", fields, "k", sig) {
			t.Errorf("%q does not verify", inOrder(OrderSample, fields))
		}
	}
	// Script and secret are joined by the same semicolons.
	if Sign("s", []Field{leaf("a", "1")}, "2;k") != Sign("s", []Field{leaf("a", "1"), leaf("b", "2")}, "k") ||
		Sign("s;1", nil, "k") != Sign("s", []Field{leaf("a", "1")}, "k") {
		t.Error("script and secret are told from values")
	}
	if Sign("s", nil, "k") == Sign("s", []Field{leaf("a", "")}, "k") {
		t.Error("no field is one empty field")
	}
}

// FuzzOrder takes a form, in lines of name=value, and checks it in every order.
func FuzzOrder(f *testing.F) {
	for _, text := range []string{
		"", "a=1", "b=2\na=1\npg_sig=x", "p[0]=1\np[10]=2\np[1]=3", "p[]=1\np[]=2\np[3]=4", "p[1][a]=1\np[10][a]=2\np[1][b]=3",
		"p[a1]=1\np[a10]=2", "a=1;2\nb=", "p[0][0]=1\np[00][1]=2\np[][]=3", "цена=Счёт", "a=1\na=3\na=2",
		"p[99999999999999999999]=1\np[9223372036854775807]=2\np[]=3",
	} {
		f.Add(text, "script", "secret", uint8(0))
	}
	f.Fuzz(func(t *testing.T, text, script, secret string, which uint8) {
		var pairs []Pair
		for line := range strings.SplitSeq(text, "\n") {
			name, value, _ := strings.Cut(line, "=")
			pairs = append(pairs, Pair{name, value})
		}
		fields, err := Fields(pairs)
		if err != nil || secret == "" {
			return
		}
		for _, o := range orders {
			sig := o.Sign(script, fields, secret)
			if !o.Verify(script, fields, secret, sig) {
				t.Fatalf("%v: does not verify", o)
			}
			before := inOrder(o, fields)
			if sig != sum(strings.Join(slices.Concat([]string{script}, before, []string{secret}), ";")) {
				t.Fatalf("%v: Sorted is not what is signed: %q", o, before)
			}
			// Nothing is lost and nothing is added, whatever the order.
			got, want := slices.Clone(before), []string{}
			for _, p := range pairs {
				if top, _, _ := strings.Cut(p.Name, "["); top != SignatureName {
					want = append(want, p.Value)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%v: got %q, want %q", o, got, want)
			}
			if i := int(which); i < len(fields) && fields[i].Name != SignatureName && len(fields[i].Children) == 0 {
				changed := copied(fields)
				changed[i].Value += "x"
				if o.Verify(script, changed, secret, sig) {
					t.Fatalf("%v: changed, and verifies", o)
				}
			}
		}
	})
}
