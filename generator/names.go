package main

import (
	"strings"
	"unicode"
)

// initialisms are written in capitals in Go names.
var initialisms = map[string]bool{
	"API": true, "BIN": true, "CVC": true, "CVV": true, "DT": true, "HTTP": true, "IBAN": true, "ID": true,
	"IP": true, "MCC": true, "PAN": true, "PIN": true, "QR": true, "RRN": true, "URL": true, "UUID": true,
}

// goName turns a name of the wire into an exported Go name: invoice_id and
// invoiceId become InvoiceID, facilitatorIBAN becomes FacilitatorIBAN.
func goName(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		if up := strings.ToUpper(word); initialisms[up] {
			b.WriteString(up)
			continue
		}
		r := []rune(word)
		r[0] = unicode.ToUpper(r[0])
		b.WriteString(string(r))
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
