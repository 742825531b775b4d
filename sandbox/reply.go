package sandbox

import (
	"net/http"
	"strconv"

	"github.com/freedompay-go/freedompay/middleware/pgform"
	"github.com/freedompay-go/freedompay/sandbox/outbox"
	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// The values of pg_status in the merchant's answers.
const (
	saysOK       = "ok"
	saysRejected = "rejected"
	saysError    = "error"
)

// reply is what the merchant answered to a callback.
type reply struct {
	status      int    // of HTTP; 0 where there is no answer
	arrived     bool   // that status confirms the callback
	word        string // pg_status
	description string
	problem     string // what is wrong; then nothing that it says counts
}

// is reports whether the merchant has said a word, in an answer with which nothing is
// wrong.
func (r reply) is(word string) bool { return r.problem == "" && r.word == word }

// confirms reports whether a status of HTTP confirms a callback of the kind: 200 does,
// and of applications all of 2xx.
func (k CallbackKind) confirms(status int) bool {
	return status == http.StatusOK || k == CallbackApplication && status/100 == 2
}

// outcome is what the log has of it. A message that did not arrive, or whose answer has
// a status that does not confirm it, has to be sent again; whatever else is wrong has
// not.
func (r reply) outcome() outbox.Outcome {
	word := r.word
	switch word {
	case "", saysOK, saysRejected, saysError:
	default:
		word = "other" // it may be anything
	}
	return outbox.Outcome{Status: r.status, Answer: word, Problem: r.problem, Again: !r.arrived}
}

// read reads the answer to a callback.
func (r *reply) read(kind CallbackKind, e *envelope, body []byte) {
	if !r.arrived {
		r.problem = "the HTTP status is " + strconv.Itoa(r.status) + ", not 200"
		return
	}
	switch kind {
	case CallbackCheck, CallbackResult:
		r.problem = r.readSigned(e, body)
	case CallbackPayout, CallbackCardSaved:
		// HTTP 200 is all that is asked for. The page about payouts shows an element
		// without a root and a signature.
		if doc, err := codec.ParseXML(body, codec.Limits{}); err == nil {
			if doc.Root() == "pg_status" {
				r.word, _ = doc.Lookup()
			} else {
				r.word, _ = doc.Lookup("pg_status")
			}
		}
	}
}

// readSigned reads an answer that has to be signed, and returns what is wrong with it.
// Its content type is not looked at: no page names one.
func (r *reply) readSigned(e *envelope, body []byte) (problem string) {
	doc, err := codec.ParseXML(body, codec.Limits{})
	if err != nil {
		return "the answer is not XML that can be read"
	}
	if doc.Root() != "response" {
		return "the root element of the answer is not <response>"
	}
	for _, name := range []string{pgsig.SignatureName, pgsig.SaltName, "pg_status"} {
		switch doc.Count(name) {
		case 0:
			return "the answer has no " + name
		case 1:
		default:
			return "the answer has more than one " + name
		}
	}
	sig, _ := doc.Lookup(pgsig.SignatureName)
	if !pgsig.Verify(e.script, pgform.FieldsOf(doc.Nodes()), e.secret, sig) {
		return "the signature of the answer is wrong"
	}
	r.word, _ = doc.Lookup("pg_status")
	r.description, _ = doc.Lookup("pg_description")
	switch r.word {
	case saysOK, saysRejected, saysError:
		return ""
	}
	return "pg_status of the answer is neither ok nor rejected nor error"
}
