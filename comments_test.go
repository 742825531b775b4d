package freedompay_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// Everything that a user of a public package can name says what it is, and the
// comment of a field more than its name does.
func TestPublicNamesHaveComments(t *testing.T) {
	said := 0
	for _, p := range publicPackages(t) {
		eachName(sources(t, p), func(s source, n named) {
			said++
			switch {
			case strings.TrimSpace(n.doc) == "":
				t.Errorf("%s: %s.%s has no comment", s.at(n.node), p.name(), n.name)
			case n.kind == field && !adds(n.doc, n.name, n.typ):
				t.Errorf("%s: %s.%s: the comment says the name again: %s", s.at(n.node), p.name(), n.name, strings.Join(strings.Fields(n.doc), " "))
			}
		})
	}
	if said < 1000 {
		t.Errorf("only %d names were looked at", said)
	}
}

// stutters are names that begin with that of their package, or say a word twice,
// and why they may. Of an operation, its Request and Answer are meant too.
var stutters = map[string]string{
	"card.CardClose":             "card/close, beside client/ and request/ in the API of cards",
	"card.CardInfo":              "card/info",
	"card.CardIssue":             "card/issue",
	"card.CardLink":              "card/link",
	"card.CardPINCounterReset":   "card/reset_counter_pin",
	"card.CardPINSet":            "card/set_pin",
	"card.CardStatement":         "card/statement",
	"card.CardStatementExtended": "card/statement_extended",
	"card.CardUnblock":           "card/unblock",
}

// A name is read behind that of its package, and written as Go has it.
func TestPublicNamesReadWell(t *testing.T) {
	known := initialisms(t)
	used := map[string]bool{}
	for _, p := range publicPackages(t) {
		eachName(sources(t, p), func(s source, n named) {
			last := n.name[strings.LastIndex(n.name, ".")+1:]
			if word := misspelled(known, last); word != "" {
				t.Errorf("%s: %s.%s: %q is not how Go writes it", s.at(n.node), p.name(), n.name, word)
			}
			pkg := p.name()
			if strings.Contains(n.name, ".") {
				pkg = "" // it is read behind a value's name
			}
			if word := stutter(pkg, last); word != "" {
				key := p.name() + "." + strings.TrimSuffix(strings.TrimSuffix(n.name, "Request"), "Answer")
				used[key] = true
				if stutters[key] == "" {
					t.Errorf("%s: %s.%s says %q twice", s.at(n.node), p.name(), n.name, word)
				}
			}
		})
	}
	for name := range stutters {
		if !used[name] {
			t.Errorf("%s may stutter and does not", name)
		}
	}
}

// publicPackages are those that users import for themselves. Packages raw and
// server are oapi-codegen's, by its rules.
func publicPackages(t *testing.T) (public []goPackage) {
	t.Helper()
	private := regexp.MustCompile(`(^|/)(internal|raw|server|cmd|examples|generator|testdata)(/|$)`)
	for _, p := range ourPackages(t) {
		if !private.MatchString(p.path()) {
			public = append(public, p)
		}
	}
	return public
}

// name returns the package's name, which is how its path ends.
func (p goPackage) name() string { return p.ImportPath[strings.LastIndex(p.ImportPath, "/")+1:] }

// What a named is.
const (
	declared = iota // a type, function, constant or variable
	method
	field
)

// named is something that users of a package can name.
type named struct {
	name string // with the type it belongs to before it, if there is one
	kind int
	typ  string // of a field: how its type is written
	doc  string
	node ast.Node
}

// eachName calls do for all that users can name in files.
func eachName(files []source, do func(source, named)) {
	for _, s := range files {
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				owner := receiver(d)
				switch {
				case !d.Name.IsExported() || owner != "" && !ast.IsExported(owner):
				case owner == "":
					do(s, named{name: d.Name.Name, doc: d.Doc.Text(), node: d})
				default:
					do(s, named{name: owner + "." + d.Name.Name, kind: method, doc: d.Doc.Text(), node: d})
				}
			case *ast.GenDecl:
				eachSpec(d, func(n named) { do(s, n) })
			}
		}
	}
}

// receiver returns the name of the type that a method is of.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	name := ""
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name // before the type's parameters
		}
		return true
	})
	return name
}

// eachSpec calls do for what a declaration names. The comment of a group is not
// that of any name in it.
func eachSpec(d *ast.GenDecl, do func(named)) {
	alone, before := "", ""
	if !d.Lparen.IsValid() {
		alone = d.Doc.Text()
	}
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() {
				do(named{name: spec.Name.Name, doc: alone + spec.Doc.Text() + spec.Comment.Text(), node: spec})
				eachMember(spec.Name.Name, spec.Type, do)
			}
		case *ast.ValueSpec:
			doc := alone + spec.Doc.Text() + spec.Comment.Text()
			for _, name := range spec.Names {
				doc = with(before, doc, name.Name)
				if name.IsExported() {
					do(named{name: name.Name, doc: doc, node: name})
				}
			}
			before = doc
		}
	}
}

// with returns the comment of what is called name: its own, or the one before it
// if that is about name too.
func with(before, own, name string) string {
	if own == "" && regexp.MustCompile(`\b`+name+`\b`).MatchString(before) {
		return before
	}
	return own
}

// eachMember calls do for what a struct or an interface holds, however deep.
func eachMember(owner string, in ast.Expr, do func(named)) {
	ast.Inspect(in, func(n ast.Node) bool {
		var list *ast.FieldList
		kind := field
		switch n := n.(type) {
		case *ast.StructType:
			list = n.Fields
		case *ast.InterfaceType:
			list, kind = n.Methods, method
		case *ast.FuncType:
			return false
		default:
			return true
		}
		before := ""
		for _, f := range list.List {
			doc := f.Doc.Text() + f.Comment.Text()
			for _, name := range f.Names {
				doc = with(before, doc, name.Name)
				if name.IsExported() {
					do(named{owner + "." + name.Name, kind, spelled(f.Type), doc, name})
				}
			}
			before = doc
		}
		return true
	})
}

// spelled returns the names in a type, without the packages that they are of.
func spelled(typ ast.Expr) string {
	var all []string
	ast.Inspect(typ, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			all = append(all, n.Sel.Name)
			return false
		case *ast.Ident:
			all = append(all, n.Name)
		case *ast.StructType, *ast.InterfaceType, *ast.FuncType:
			return false
		}
		return true
	})
	return strings.Join(all, " ")
}

// limits are the sentences that the generator adds to what the spec says of a
// field. They are no meaning.
var limits = regexp.MustCompile(`(?:^|\s)(?:` + strings.Join([]string{
	`Required( here, although the API lets one leave it out)?`, `May be null`, `Not empty`, `From [-\d.]+ to [-\d.]+`,
	`(At (least|most)|Exactly) ([-\d.]+|one)( characters| items?)?`, `One character`, `Matches \S+`,
	`An? (UUID|URL|IPv4 address|e-?mail address)`, `Masked when printed \(\w+\)`,
}, "|") + `)\.`)

// idle are words that say nothing of themselves.
var idle = func() map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(`
		a about an and any are as at be been being by can contains corresponding current field for from given given has have
		holds how if in indicates information into is it its itself may member of on or own parameter property represents
		s said specified specifies such that the their them these they this those to value was were what when where
		whether which who whose will with`) {
		all[word] = true
	}
	return all
}()

// adds reports whether a comment says more than the names do: that it has a word
// of content that is in none of them.
func adds(comment string, names ...string) bool {
	known := map[string]bool{}
	for _, name := range names {
		for _, word := range humps(name) {
			known[stem(word)] = true
		}
	}
	all := strings.Join(humps(strings.Join(names, " ")), "") // orderid, where a comment glues words
	comment = strings.Join(strings.Fields(comment), " ")
	for before := ""; before != comment; { // what one takes away was before the next
		before, comment = comment, limits.ReplaceAllString(comment, "")
	}
	return slices.ContainsFunc(humps(comment), func(word string) bool {
		return !idle[word] && !known[stem(word)] && !strings.Contains(all, word)
	})
}

// same are words that mean one thing.
var same = map[string]string{
	"amt": "amount", "datetime": "time", "flag": "is", "identification": "id", "identifier": "id", "kind": "type", "link": "url",
	"num": "number", "paid": "pay", "sum": "amount", "uri": "url",
}

// stem cuts what inflects a word: status and statuses, pay and paid, refund and
// refunded are one.
func stem(word string) string {
	if to := same[word]; to != "" {
		return to
	}
	for _, ending := range []string{"ing", "ers", "ies", "ed", "es", "er", "s", "y", "e"} {
		if rest, ok := strings.CutSuffix(word, ending); ok && len(rest) >= 3 {
			return rest
		}
	}
	return word
}

// humps splits text and names into words, lower-cased: CardIDs and "card ids"
// alike into card and id.
func humps(text string) (words []string) {
	for _, word := range pieces(text) {
		words = append(words, strings.ToLower(word))
	}
	return words
}

// pieces splits at what is neither letter nor digit and at the humps of camel
// case. The s of a plural is no part of an initialism: URLs is URL.
func pieces(text string) (words []string) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		words = append(words, humpsOf([]rune(part))...)
	}
	return words
}

func humpsOf(name []rune) (words []string) {
	capital := func(i int) bool { return i < len(name) && !unicode.IsLower(name[i]) }
	for i := 0; i < len(name); {
		j := i
		for capital(j) {
			j++
		}
		switch upper := j - i; {
		case j < len(name) && upper > 1 && name[j] == 's' && (j+1 == len(name) || unicode.IsUpper(name[j+1])):
			words = append(words, string(name[i:j]))
			i = j + 1
			continue
		case j < len(name) && upper > 1 && unicode.IsLetter(name[j-1]):
			words = append(words, string(name[i:j-1]))
			i = j - 1
			continue
		}
		for j < len(name) && !unicode.IsUpper(name[j]) {
			j++
		}
		words = append(words, string(name[i:j]))
		i = j
	}
	return words
}

// initialisms are those of the generator, and those that only code written by
// hand has. In lower case.
func initialisms(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, word := range strings.Fields("HTML HTTPS JSON JWE JWK JWS JWT OIDC SQL TCP TLS TTL UTC XML") {
		all[strings.ToLower(word)] = true
	}
	f, err := parser.ParseFile(token.NewFileSet(), "generator/names.go", nil, parser.SkipObjectResolution)
	must(t, err)
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || v.Names[0].Name != "initialisms" {
			return true
		}
		for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
			word, err := strconv.Unquote(e.(*ast.KeyValueExpr).Key.(*ast.BasicLit).Value)
			must(t, err)
			all[strings.ToLower(word)] = true
		}
		return false
	})
	if !all["url"] || !all["bik"] {
		t.Error("the generator's initialisms were not found")
	}
	return all
}

// glued are initialisms that are looked for at the end of a word, where the rest
// of it is another one; and english the words that end so by themselves.
var (
	glued   = []string{"api", "css", "http", "iban", "id", "json", "otp", "rrn", "uri", "url", "uuid", "xml"}
	english = strings.Fields("aid android avoid bid did fluid grid hybrid invalid laid mid paid prepaid rapid said solid unpaid valid void")
)

// misspelled returns the first word of a Go name that is an initialism in the
// wrong case, is glued of some, or ends with one.
func misspelled(known map[string]bool, name string) string {
	for _, piece := range pieces(name) {
		word := strings.ToLower(piece)
		switch {
		case strings.ToUpper(word) == piece: // in capitals, or a single letter
		case isGlued(known, word), isGlued(known, strings.TrimSuffix(word, "s")):
			return piece
		case slices.Contains(english, word):
		case slices.ContainsFunc(glued, func(end string) bool {
			return strings.HasSuffix(word, end) || strings.HasSuffix(word, end+"s")
		}):
			return piece
		}
	}
	return ""
}

// isGlued reports whether word is one or more initialisms and nothing else.
func isGlued(known map[string]bool, word string) bool {
	for initialism := range maps.Keys(known) {
		if rest, ok := strings.CutPrefix(word, initialism); ok && (rest == "" || isGlued(known, rest)) {
			return true
		}
	}
	return false
}

// stutter returns the word that is said twice: by the name itself, or by the
// name and the package that it is in. A name that is the package's is not.
func stutter(pkg, name string) string {
	words := humps(name)
	for i := range words[1:] {
		if words[i] == words[i+1] {
			return words[i]
		}
	}
	for i := range words[1:] {
		if strings.Join(words[:i+1], "") == pkg {
			return pkg
		}
	}
	return ""
}

// What the checks take for good and for bad.
func TestCommentsAreJudged(t *testing.T) {
	for _, c := range []struct {
		comment, name, typ string
		want               bool
	}{
		{"OrderID is the order id.", "OrderID", "string", false},
		{"OrderID is the id of your order, which you choose.", "OrderID", "string", true},
		{"The status.", "Answer.Status", "Status", false},
		{"Status of a payment.", "Answer.Status", "PaymentStatus", false},
		{"Whether the money was taken.", "Answer.Status", "PaymentStatus", true},
		{"Refunds of the invoice.", "InvoiceAnswer.Refunds", "[]Refund", false},
		{"What was given back of the invoice, the latest last.", "InvoiceAnswer.Refunds", "[]Refund", true},
		{"Identifier of the card.", "Request.CardID", "string", false},
		{"Amount. Required. At least 0.01. At most 20 characters. Masked when printed (card).", "Amount", "Decimal", false},
		{"Amount in tenge. Required.", "Amount", "Decimal", true},
		{"The paid amount.", "PayAmount", "Decimal", false},
		{"Addresses.", "URLs.Addresses", "string", false},
		{"Required.", "Email", "string", false},
		{"Phone of the user. Matches ^[+]7.$. Exactly 12 characters. An e-mail address.", "UserPhone", "Secret", false},
		{"What is it for?", "Description", "string", false},
	} {
		if adds(c.comment, c.name, c.typ) != c.want {
			t.Errorf("%q adds to %s %s: want %v", c.comment, c.name, c.typ, c.want)
		}
	}
}

func TestNamesAreJudged(t *testing.T) {
	known := initialisms(t)
	for name, want := range map[string]string{
		"OrderID": "", "OrderId": "Id", "URLs": "", "Urls": "Urls", "CallbackUrl": "Url", "OtpCode": "Otp", "CssClass": "Css",
		"HttpStatus": "Http", "OpenidTokenCreate": "Openid", "Fooid": "Fooid", "Acsurl": "Acsurl", "ACSURL": "", "Pinid": "Pinid",
		"Paid": "", "Valid": "", "AndroidVersion": "", "PaReq": "", "KBe": "", "PaymentComplete3DS": "", "Position": "",
		"CardIDs": "", "CardIds": "Ids", "FreedomPos": "Pos", "Postpone": "",
	} {
		if got := misspelled(known, name); got != want {
			t.Errorf("misspelled in %s: %q, want %q", name, got, want)
		}
	}
	for _, c := range [][3]string{
		{"card", "CardIssueRequest", "card"},
		{"card", "Cardholder", ""},
		{"card", "Card", ""},
		{"freedomid", "FreedomIDToken", "freedomid"},
		{"", "CardNumber", ""},
		{"freedomid", "ProfileRequestRequest", "request"},
		{"wire", "Wired", ""},
	} {
		if got := stutter(c[0], c[1]); got != c[2] {
			t.Errorf("stutter in %s.%s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// What has no comment is found, wherever it is declared.
func TestNamesAreFound(t *testing.T) {
	const code = `package p
		type T struct {
			A, B string // both
			c int
			// V and W are one.
			V int
			W int
			VW int
			D struct { E []map[string]struct{ F int } }
			U
		}
		func (t *T) M() {}
		func (t *hidden[V]) N() {}
		type hidden struct{ G int }
		type I interface { O(P int) }
		// of the group
		const (
			X = 1
			Y = 2 // own
		)
		// Z is one.
		var Z, z = 1, 2
		func Func() {}
		func hide() {}`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", code, parser.ParseComments)
	must(t, err)
	var got []string
	eachName([]source{{"p.go", f, fset}}, func(_ source, n named) { got = append(got, n.name+":"+strings.TrimSpace(n.doc)) })
	want := []string{
		"T:", "T.A:both", "T.B:both", "T.V:V and W are one.", "T.W:V and W are one.", "T.VW:", "T.D:", "T.E:", "T.F:", "T.M:", "I:", "I.O:", "X:", "Y:own", "Z:Z is one.", "Func:",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q\nwant  %q", got, want)
	}
}
