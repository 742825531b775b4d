package main

import (
	"strings"
	"unicode"
)

// initialisms are written in capitals in Go names.
var initialisms = map[string]bool{
	"ACS": true, "API": true, "BIK": true, "BIN": true, "CSS": true, "CVC": true, "CVV": true, "ECI": true, "GTIN": true,
	"HTTP": true, "IBAN": true, "ID": true, "IIN": true, "IP": true, "KNP": true, "MCC": true, "MD": true, "NTIN": true, "OIDC": true,
	"OTP": true, "PAN": true, "PIN": true, "POS": true, "PS": true, "QR": true, "RRN": true, "URI": true, "URL": true, "UUID": true,
}

// spellings are words that Go writes neither in capitals nor with one capital,
// or that cannot begin a Go name.
var spellings = map[string]string{
	"3d": "ThreeDS", "3ds": "ThreeDS", "acsurl": "ACSURL", "applepay": "ApplePay", "birthdate": "BirthDate",
	"datetime": "DateTime", "dt": "DateTime", "firstname": "FirstName", "googlepay": "GooglePay", "idn": "Identification", "Instr": "Instruction",
	"intreference": "IntReference", "kbe": "KBe", "lastname": "LastName", "Msg": "Message", "Orgnl": "Original", "pareq": "PaReq",
	"pares": "PaRes", "urls": "URLs",
}

// goName turns a name of the wire into an exported Go name: invoice_id and
// invoiceId become InvoiceID, facilitatorIBAN becomes FacilitatorIBAN. The
// prefix pg_, which nearly every field of the forms has, says nothing in Go.
func goName(name string) string {
	var b strings.Builder
	for _, word := range words(strings.TrimPrefix(name, "pg_")) {
		if up := strings.ToUpper(word); initialisms[up] {
			b.WriteString(up)
			continue
		}
		if spelled := spellings[word]; spelled != "" {
			b.WriteString(spelled)
			continue
		}
		r := []rune(word)
		r[0] = unicode.ToUpper(r[0])
		b.WriteString(string(r))
	}
	if b.String() == "Extra" {
		return "ExtraData" // every message has a method of that name
	}
	return b.String()
}

// words splits a name at punctuation and at the humps of camel case.
func words(name string) []string {
	var all []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			all = append(all, string(word))
			word = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) ||
			i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1])):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return all
}

// lowerFirst makes an exported Go name unexported.
func lowerFirst(name string) string {
	ws := words(name)
	if len(ws) == 0 {
		return name
	}
	return strings.ToLower(ws[0]) + name[len(ws[0]):]
}

// checkNames finds Go names that collide.
func (b *builder) checkNames() {
	owner := map[string]string{}
	claim := func(name, what string, t tree) {
		if other, taken := owner[name]; taken {
			b.problems.add(t, ruleName, "%s would be declared twice: %s and %s", name, other, what)
		}
		owner[name] = what
	}
	for _, reserved := range []string{"API", "Client", "New", "Operations"} {
		owner[reserved] = "the client itself"
	}
	for _, t := range b.api.Types {
		claim(t.Name, "schema "+t.Name, t.where)
		for _, v := range t.Values {
			claim(v.Name, "value "+v.Value+" of "+t.Name, t.where)
		}
		fields := map[string]string{}
		for _, method := range []string{
			"Extra", "LogValue", "MarshalJSON", "MarshalXML", "String",
			"UnmarshalJSON", "UnmarshalXML", "Validate", "WireFields",
		} {
			fields[method] = "the method of that name"
		}
		for _, f := range t.Fields {
			if other, taken := fields[f.Name]; taken {
				b.problems.add(f.where, ruleName, "%s.%s would be declared twice: %s and property %s", t.Name, f.Name, other, f.Wire)
			}
			fields[f.Name] = "property " + f.Wire
		}
	}
}
