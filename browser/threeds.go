package browser

import (
	"fmt"
	"net/http"

	"github.com/freedompay-go/freedompay/wire"
)

// MaxThreeDS is the largest body that [ParseThreeDS] reads, in bytes. A PaRes
// has some thousand.
const MaxThreeDS = 256 << 10

// ThreeDSForm returns the form that takes a payer to the 3DS page of the card's
// issuer, with the fields MD, PaReq and TermUrl. The first three parameters are
// pg_3d_acsurl, pg_3d_md and pg_3d_pareq of the answer; termURL is the address
// of the merchant's own to which the 3DS page posts its answer, for
// [ParseThreeDS]. The names of the fields are those of 3-D Secure 1; for a card
// payment the documentation has only the values, and MD and PaRes as what comes
// back.
//
// Not every answer has all of them:
//
//   - A payment of the Gateway API in JSON has an address only, to which a
//     browser is to post TermUrl: leave md and paReq unset, and the form has
//     TermUrl alone.
//   - A transfer from card to card has an address only, and completing it takes no
//     answer of the 3DS page. There is nothing to post: redirect the payer.
//   - So has the saving of a card, and yet completing it takes MD and PaRes. How
//     the 3DS page learns where to post them is not documented; a form with
//     TermUrl alone is the nearest thing that is.
//
// Both addresses must be absolute and https, or http of the local host.
func ThreeDSForm(acsURL string, md, paReq wire.Secret, termURL string) (*Form, error) {
	if _, err := address("the address of the 3DS page", acsURL); err != nil {
		return nil, err
	}
	if _, err := address("the address to come back to", termURL); err != nil {
		return nil, err
	}
	f := &Form{Method: http.MethodPost, Action: acsURL, onlyPost: true}
	switch hasMD, hasPaReq := md.Reveal() != "", paReq.Reveal() != ""; {
	case hasMD && hasPaReq:
		f.Fields = []Field{{"MD", md}, {"PaReq", paReq}}
	case hasMD || hasPaReq:
		return nil, fmt.Errorf("%w: only one of MD and PaReq", ErrForm)
	}
	f.Fields = append(f.Fields, Field{"TermUrl", wire.NewSecret(termURL)})
	return f, nil
}

// ThreeDSReturn is what a 3DS page posts when the payer is done. It is for the
// call that completes the payment, as pg_md and pg_pares; only that call's
// answer says what the bank makes of it.
type ThreeDSReturn struct {
	// MD is that of the form, as it comes back: pg_md.
	MD wire.Secret
	// PaRes is what the issuer answers to the PaReq of the form: pg_pares.
	PaRes wire.Secret
}

// ParseThreeDS reads what the payer's browser posts to the TermUrl of
// [ThreeDSForm]: exactly one MD and one PaRes. Other fields are ignored. It
// reads the body, at most [MaxThreeDS] bytes of it; of a request whose form was
// parsed before, it takes that.
//
// The request comes from another site. Cookies with SameSite=Lax do not come
// along, so the payment has to be found by MD or by the address, and protection
// against requests from other sites, such as http.CrossOriginProtection, has to
// let this address be. What is posted is not signed: anybody can post anything.
func ParseThreeDS(r *http.Request) (*ThreeDSReturn, error) {
	if r.Method != http.MethodPost {
		return nil, fmt.Errorf("%w: not a POST", ErrReturn)
	}
	pairs, err := posted(r, MaxThreeDS)
	if err != nil {
		return nil, err
	}
	answer := new(ThreeDSReturn)
	for name, value := range map[string]*wire.Secret{"MD": &answer.MD, "PaRes": &answer.PaRes} {
		text, found, err := only(pairs, name)
		switch {
		case err != nil:
			return nil, err
		case !found || text == "":
			return nil, fmt.Errorf("%w: no %s", ErrReturn, name)
		}
		*value = wire.NewSecret(text)
	}
	return answer, nil
}
