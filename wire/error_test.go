package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestMaskDigits(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"card 4405639704015096 refused":  "card ************5096 refused",
		"4405 6397 0401 5096":            "**** **** **** 5096",
		"4405-6397-0401-5096.":           "****-****-****-5096.",
		"44056397\t04015096":             "********\t****5096",
		"4405\u00a06397\u202f0401\n5096": "****\u00a0****\u202f****\n5096",
		"4405\xff6397\xff0401\xff5096":   "****\xff****\xff****\xff5096",
		"12345678901":                    "12345678901",  // eleven digits are no card
		"123456789012":                   "********9012", // twelve may be
		"9999999999.99":                  "9999999999.99",
		"2026-01-22 16:00:00":            "2026-01-22 16:00:00",
		"Карта 4405639704015096":         "Карта ************5096",
		"5483-18XX-XXXX-0293":            "5483-18XX-XXXX-0293",
		"-- -":                           "-- -",
	} {
		if got := MaskDigits(in); got != want {
			t.Errorf("MaskDigits(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzMaskDigits(f *testing.F) {
	f.Add("4405 6397 0401 5096")
	f.Add("1-2-3-4-5-6-7-8-9-0-1-2")
	f.Fuzz(func(t *testing.T, s string) {
		masked := MaskDigits(s)
		if len(masked) != len(s) {
			t.Fatalf("%q became %q", s, masked)
		}
		digits := 0
		for _, c := range masked {
			switch {
			case c >= '0' && c <= '9':
				digits++
			case !strings.ContainsRune(separators, c):
				digits = 0
			}
			if digits >= 12 {
				t.Fatalf("%q became %q, which still holds a run of %d digits", s, masked, digits)
			}
		}
	})
}

func TestErrorIs(t *testing.T) {
	plain := &Error{Kind: ErrRejected}
	lost := &Error{Kind: ErrUnexpectedAnswer, OutcomeUnknown: true}
	canceled := &Error{Kind: ErrUnknownOutcome, OutcomeUnknown: true, Canceled: true}
	for _, test := range []struct {
		err  error
		kind Kind
		want bool
	}{
		{plain, ErrRejected, true},
		{plain, ErrUnknownOutcome, false},
		{plain, ErrCanceled, false},
		{lost, ErrUnexpectedAnswer, true},
		{lost, ErrUnknownOutcome, true},
		{canceled, ErrUnknownOutcome, true},
		{canceled, ErrCanceled, true},
		{fmt.Errorf("while paying: %w", lost), ErrUnknownOutcome, true},
	} {
		if got := errors.Is(test.err, test.kind); got != test.want {
			t.Errorf("errors.Is(%v, %v) = %v", test.err, test.kind, got)
		}
	}
	if err := NewError(ErrTemporary, "a.b", io.ErrUnexpectedEOF); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is not behind Unwrap")
	}
}

func TestErrorText(t *testing.T) {
	err := NewError(ErrUnexpectedAnswer, "merchant.invoicePay", io.ErrUnexpectedEOF).Said("1100", "no")
	err.OutcomeUnknown = true
	err.Meta = Meta{Status: 200, RequestID: "019d0652-4e2f-7f54-a179-007c80c48ade"}
	want := "merchant.invoicePay: unexpected answer (unknown outcome): 1100: no: unexpected EOF " +
		"(HTTP 200, request id 019d0652-4e2f-7f54-a179-007c80c48ade)"
	for _, verb := range []string{"%v", "%s", "%+v", "%#v"} {
		if got := fmt.Sprintf(verb, err); got != want {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

// A number at the end of the text that is kept is masked like any other.
func TestSaidMasksBeforeItClips(t *testing.T) {
	const card = "4405639704015096"
	for n := 490; n < 520; n++ {
		e := NewError(ErrRejected, "", nil).Said(strings.Repeat("x", n-450)+card, strings.Repeat("x", n)+card)
		if strings.Contains(e.Code+e.Text, card[:11]) {
			t.Fatalf("after %d bytes: %s", n, e.Text)
		}
		if len(e.Text) > 512+len("…") {
			t.Fatalf("%d bytes are kept", len(e.Text))
		}
	}
}

func TestEveryKindHasWords(t *testing.T) {
	seen := map[string]bool{}
	for k := ErrUnexpectedAnswer; k <= ErrCanceled; k++ {
		text := k.Error()
		if strings.HasPrefix(text, "kind ") || seen[text] {
			t.Errorf("kind %d says %q", k, text)
		}
		seen[text] = true
	}
	if got := Kind(0).Error(); got != "kind 0" {
		t.Errorf("no kind says %q", got)
	}
}

// Whoever answers writes the text of an error. It must not forge a line of a log,
// nor turn what stands around it about.
func TestErrorTextIsOneLine(t *testing.T) {
	e := NewError(ErrRejected, "merchant.paymentCancel", nil).Said("1\n2", "x\nfreedompay: paid \u009b31m\u202e\x1b[2J Нет \xff")
	text := e.Error()
	for _, r := range text {
		if r == '\n' || r == '\u009b' || r == '\u202e' || r == '\x1b' {
			t.Errorf("%q", text)
		}
	}
	if !strings.Contains(text, "Нет") {
		t.Errorf("%q", text)
	}
}
