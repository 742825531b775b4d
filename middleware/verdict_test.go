package middleware_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// What an answer to a call with pg_sig is worth. The signatures are computed by
// the test's own md5 over values sorted by hand.
func TestAnswersOfPgSig(t *testing.T) {
	xml := func(members string, signed ...string) string {
		if signed != nil {
			members += "<pg_sig>" + md5of(append(append([]string{"script"}, signed...), "payments")...) + "</pg_sig>"
		}
		return "<response>" + members + "</response>"
	}
	const paid = "<pg_status>ok</pg_status><pg_payment_id>7</pg_payment_id><pg_salt>s</pg_salt>"
	const refused = "<pg_status>error</pg_status><pg_error_code>11068</pg_error_code><pg_error_description>not found</pg_error_description>"
	for _, test := range []struct {
		name    string
		status  int
		body    string
		kind    wire.Kind // 0: a good answer
		verdict wire.Verdict
		unknown bool // of a write
	}{
		{"a signed success", 200, xml(paid, "7", "s", "ok"), 0, wire.AnswerVerified, false},
		{"members in another order", 200, xml("<pg_salt>s</pg_salt><pg_payment_id>7</pg_payment_id><pg_status>ok</pg_status>", "7", "s", "ok"), 0, wire.AnswerVerified, false},
		{"an undocumented member that is signed", 200, xml(paid+"<zz>9</zz>", "7", "s", "ok", "9"), 0, wire.AnswerVerified, false},
		{"members inside of others", 200, xml("<pg_status>ok</pg_status><a><c>2</c><b>1</b></a>", "1", "2", "ok"), 0, wire.AnswerVerified, false},
		{"escapes", 200, xml("<pg_status>ok</pg_status><pg_url>https://a/?b=1&amp;c=2</pg_url>", "ok", "https://a/?b=1&c=2"), 0, wire.AnswerVerified, false},
		{"an unsigned success", 200, xml(paid), wire.ErrBadSignature, wire.AnswerUnsigned, true},
		{"an empty signature", 200, xml(paid + "<pg_sig></pg_sig>"), wire.ErrBadSignature, wire.AnswerUnsigned, true},
		{"a changed success", 200, xml(paid, "8", "s", "ok"), wire.ErrBadSignature, wire.AnswerForged, true},
		{"a member added to a success", 200, xml(paid+"<zz>9</zz>", "7", "s", "ok"), wire.ErrBadSignature, wire.AnswerForged, true},
		{"a success signed with the other secret", 200,
			"<response>" + paid + "<pg_sig>" + md5of("script", "7", "s", "ok", "payouts") + "</pg_sig></response>", wire.ErrBadSignature, wire.AnswerForged, true},
		{"a success signed for another script", 200,
			"<response>" + paid + "<pg_sig>" + md5of("other", "7", "s", "ok", "payments") + "</pg_sig></response>", wire.ErrBadSignature, wire.AnswerForged, true},
		{"a signed error", 200, xml(refused, "11068", "not found", "error"), wire.ErrNotFound, wire.AnswerVerified, false},
		{"an unsigned error", 200, xml(refused), wire.ErrNotFound, wire.AnswerUnsigned, true},
		{"a forged error", 200, xml(refused, "1", "not found", "error"), wire.ErrBadSignature, wire.AnswerForged, true},
		{"a signed refusal by status", 401, xml(refused, "11068", "not found", "error"), wire.ErrNotFound, wire.AnswerVerified, false},
		{"an unsigned refusal by status", 401, xml(refused), wire.ErrNotFound, wire.AnswerUnsigned, true},
		{"a forged refusal by status", 401, xml(refused, "1"), wire.ErrUnauthorized, wire.AnswerForged, true},
		{"a signed success in a refusal", 422, xml(paid, "7", "s", "ok"), wire.ErrRejected, wire.AnswerVerified, true},
		{"a refusal in HTML", 403, "<html>", wire.ErrUnauthorized, wire.AnswerUnsigned, true},
	} {
		for _, effect := range []wire.Effect{wire.Write, wire.Read} {
			t.Run(fmt.Sprint(test.name, " ", effect), func(t *testing.T) {
				p := newPeer(t, answerWith(test.status, "application/xml", test.body))
				c, err := merchant.New(wire.Environment(p.base()), shop)
				if err != nil {
					t.Fatal(err)
				}
				op := wire.Operation{
					ID: "test.form", Method: "POST", Path: "/g2g/", Script: "script", Security: wire.PgSigPayment, Effect: effect,
					Request: []wire.Media{wire.Multipart}, Answer: []wire.Media{wire.XML}, Root: "response",
					Failure: wire.Failure{
						Member: "pg_status", Values: []string{"error"}, Others: []string{"ok"}, Code: "pg_error_code", Text: "pg_error_description",
						Kinds: map[string]wire.Kind{"11068": wire.ErrNotFound},
					},
				}
				var meta wire.Meta
				answer := new(wire.Unknown)
				err = c.Do(t.Context(), op, payRequest(), answer, wire.WithMeta(&meta))
				if meta.Signature != test.verdict {
					t.Errorf("verdict %v, want %v", meta.Signature, test.verdict)
				}
				if test.kind == 0 {
					if status, _ := answer.Lookup("pg_status"); err != nil || status != "ok" {
						t.Errorf("%v, status %q", err, status)
					}
					return
				}
				e := (*wire.Error)(nil)
				if !errors.As(err, &e) || e.Kind != test.kind {
					t.Fatalf("%v, want %v", err, test.kind)
				}
				if want := test.unknown && effect == wire.Write; errors.Is(err, wire.ErrUnknownOutcome) != want {
					t.Errorf("unknown outcome %v, want %v: %v", !want, want, err)
				}
				if e.Meta.Signature != test.verdict {
					t.Errorf("the error says %v", e.Meta.Signature)
				}
				// Words that anybody may have changed are not repeated.
				if test.verdict == wire.AnswerForged && (strings.Contains(err.Error(), "11068") || strings.Contains(err.Error(), "not found")) {
					t.Errorf("repeats what is forged: %v", err)
				}
			})
		}
	}
}
