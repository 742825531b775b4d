package sandbox

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/partner"
)

// ClientAdd starts the work of connecting a company. A company is connected once:
// what happens to one that is there already is not documented, and here its work
// fails, for a further product is added by a call of its own.
func (s partnerService) ClientAdd(_ context.Context, r *partner.ClientAddRequest) (*partner.ClientAddAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkRequest(r.RequestID, r.Product); err != nil {
		return nil, err
	}
	work := &connection{request: &request{}}
	if s.companyOf(func(c *company) bool { return c.id == r.Company.CompanyID }) != nil {
		work.failure = "the company is connected already"
	} else {
		work.company = s.connect(r.Company.CompanyID)
		work.secret = work.company.secret
		s.clients[r.RequestID] = work.request
	}
	s.start(r.RequestID, work, r.Product)
	return &partner.ClientAddAnswer{
		Status:        partner.CallStatusOK,
		RequestStatus: partner.RequestStateProcess,
		DateTime:      s.dt(),
	}, nil
}

// TerminalCreate starts the work of adding a terminal to a company. Of the two
// numbers of a merchant that the status of ClientAdd tells, either names the
// company: no page decides which is meant.
func (s partnerService) TerminalCreate(_ context.Context, r *partner.TerminalCreateRequest) (*partner.TerminalCreateAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Company == nil:
		return nil, &failure{"company is missing"}
	case r.Product == nil:
		return nil, &failure{"product is missing"}
	}
	if err := s.checkRequest(r.RequestID, r.Product); err != nil {
		return nil, err
	}
	owner := s.companyOf(func(c *company) bool {
		return c.merchantID == r.Company.MerchantID || slices.Contains(c.mids, r.Company.MerchantID)
	})
	if owner == nil || r.Company.CompanyID != "" && r.Company.CompanyID != owner.id {
		return nil, &failure{"no such company"}
	}
	s.start(r.RequestID, &connection{request: &request{}, company: owner}, r.Product)
	return &partner.TerminalCreateAnswer{
		Status:        partner.CallStatusOK,
		RequestStatus: partner.RequestStateProcess,
		DateTime:      s.dt(),
	}, nil
}

// checkRequest refuses a request whose number was used, or whose product cannot be.
func (s *state) checkRequest(requestID string, p *partner.Product) error {
	problem := s.partners.unusable(requestID)
	if problem == "" && p != nil {
		problem = checkProduct(p)
	}
	if problem != "" {
		return &failure{problem}
	}
	return nil
}

// start does the work, of which ClientRequestStatus tells later.
func (s *state) start(requestID string, work *connection, p *partner.Product) {
	s.partners.use(requestID)
	s.partners.work[requestID] = work
	if work.failure != "" {
		return
	}
	work.clientID = work.company.clientID
	if p == nil {
		return
	}
	work.terminal = s.install(work.company, p.ProductID, p.PackageName)
	if p.Cashier != nil {
		work.userID = s.number()
	}
}

// ClientRequestStatus tells how far the work of ClientAdd or TerminalCreate is, and
// what it made, once it is done: which members there are before and after a failure
// is not documented. The key is told for a company, the user is the cashier. Of an
// unknown request the page says nothing; the answer has the words for an error.
func (s partnerService) ClientRequestStatus(_ context.Context, r *partner.ClientRequestStatusRequest) (*partner.ClientRequestStatusAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &partner.ClientRequestStatusAnswer{
		Status:        partner.CallStatusOK,
		RequestStatus: partner.RequestStateProcess,
		DateTime:      s.dt(),
	}
	work, ok := s.partners.work[r.RequestID]
	switch {
	case !ok:
		answer.Status, answer.RequestStatus = partner.CallStatusError, partner.RequestStateError
		answer.ErrorDescription = s.refusing("no such request")
	case work.asked == 0:
		work.asked++
	case work.failure != "":
		answer.RequestStatus, answer.ErrorDescription = partner.RequestStateError, work.failure
	default:
		answer.RequestStatus = partner.RequestStateSuccess
		answer.ClientID, answer.MerchantID = work.company.clientID, work.company.merchantID
		answer.UserID, answer.SecretKey = work.userID, work.secret
		if work.terminal != nil {
			answer.TerminalNumber, answer.ExternalID = work.terminal.tid, work.terminal.mid
		}
	}
	return answer, nil
}

// UserAdd adds a user to a company. Nobody asks for users, so nothing is kept of
// them.
func (s partnerService) UserAdd(_ context.Context, r *partner.UserAddRequest) (*partner.UserAddAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &partner.UserAddAnswer{Status: partner.CallStatusOK, ClientID: r.ClientID, DateTime: s.dt()}
	if _, problem := s.ofClient(r.RequestID, r.ClientID); problem != "" {
		answer.Status, answer.ErrorDescription = partner.CallStatusError, s.refusing(problem)
		return answer, nil
	}
	s.partners.use(r.RequestID)
	answer.UserID = s.number()
	return answer, nil
}

// ProductAdd connects a product to a company, with a terminal. Another terminal for
// a product that the company has is added by TerminalCreate; that it is refused
// here is not documented.
func (s partnerService) ProductAdd(_ context.Context, r *partner.ProductAddRequest) (*partner.ProductAddAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := &partner.ProductAddAnswer{Status: partner.ProductAddStatusOK, ClientID: r.ClientID, DateTime: s.dt()}
	owner, problem := s.ofClient(r.RequestID, r.ClientID)
	switch {
	case problem != "":
	case terminalLimits[r.Product.ProductID] == nil:
		problem = "there is no such product"
	case slices.Contains(owner.products, r.Product.ProductID):
		problem = "the product is connected already"
	}
	if problem != "" {
		answer.Status, answer.ErrorDescription = partner.ProductAddStatusError, s.refusing(problem)
		return answer, nil
	}
	s.partners.use(r.RequestID)
	answer.Product = &partner.ConnectedProduct{
		ProductID:   new(int64(r.Product.ProductID)),
		ProductUUID: uuid.NewString(),
		TerminalID:  s.install(owner, r.Product.ProductID, "").tid,
		Enabled:     new(true),
	}
	return answer, nil
}

// ofClient finds the company of a request for more, and says why the request is
// refused, if it is.
func (s *state) ofClient(requestID, clientID string) (owner *company, problem string) {
	owner = s.companyOf(func(c *company) bool { return c.clientID == clientID })
	problem = s.partners.unusable(requestID)
	if problem == "" && owner == nil {
		problem = "no such client"
	}
	return owner, problem
}

// refusing logs why a request is refused in an answer of its own form.
func (s *state) refusing(reason string) string {
	s.logger.Warn("request refused", "reason", reason)
	return reason
}
