package sandbox

import (
	"context"
	"net/http"
	"strings"

	"github.com/freedompay-go/freedompay/gen/merchant"
	"github.com/freedompay-go/freedompay/wire"
)

// PageHeader is a header field of the answer to Merchant > Confirm payment with
// CVC. It holds the address of the sandbox's page that asks the payer for the CVC,
// for the documented answer has no place for it.
const PageHeader = "X-Sandbox-Page"

// CardPaymentConfirmCVC lets the payer confirm a payment with the CVC of the saved
// card. The page has two answers, a form in its prose and XML in its example:
// who wants HTML is sent to the form, anybody else gets the XML, and the address
// of the form in [PageHeader].
func (s merchantService) CardPaymentConfirmCVC(ctx context.Context, r *merchant.CardPaymentConfirmCVCRequest) (*merchant.CardPaymentConfirmCVCAnswer, error) {
	return call(ctx, s.state, once{}, func() (*merchant.CardPaymentConfirmCVCAnswer, error) {
		p, err := s.ofSavedCard(r.PaymentID)
		if err != nil {
			return nil, err
		}
		if p.state != wire.ReadingNew {
			return nil, impossible("the payment is %s, and only a new one can be paid", p.state)
		}
		if page, ok := ctx.Value(cvcKey{}).(*string); ok {
			*page = p.address(ctx, cvcPath)
		}
		return &merchant.CardPaymentConfirmCVCAnswer{
			Status: merchant.StatusOK, PaymentID: p.id, OrderID: p.order.id, MerchantID: s.merchant(),
		}, nil
	})
}

type cvcKey struct{}

// toCVC puts the address of the page for the CVC into an answer, or sends a browser
// there.
func toCVC(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := ""
		answer := &answerBuffer{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), cvcKey{}, &page)))
		switch {
		case page == "":
		case strings.Contains(r.Header.Get("Accept"), "text/html"):
			seeOther(page).ServeHTTP(w, r)
			return
		default:
			w.Header().Set(PageHeader, page)
		}
		answer.copyTo(w)
	})
}
