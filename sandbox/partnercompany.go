package sandbox

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/freedompay-go/freedompay/gen/partner"
	"github.com/freedompay-go/freedompay/wire"
)

// partners is what the Partner API has made.
type partners struct {
	// requests are the partner's own numbers that were used. They are called unique
	// among the partner's requests, so the sections of the API share them.
	requests  map[string]bool
	work      map[string]*connection // by request id
	companies []*company
	rates     []loadedRate
	wallets   map[string]*wallet // by identifier

	settlements  map[string]*settlement  // by MsgId
	instructions map[string]*instruction // by the platform's id
}

func newPartners() partners {
	return partners{
		requests: map[string]bool{}, work: map[string]*connection{}, wallets: map[string]*wallet{},
		settlements: map[string]*settlement{}, instructions: map[string]*instruction{},
	}
}

// use takes a number of the partner's own, which works once: the pages call it
// unique. What a second request gets is documented for wallets only, where it is
// an error; so it is here for all. A request that is refused leaves its number free.
func (p *partners) use(requestID string) { p.requests[requestID] = true }

// unusable says why a request cannot have a number, if it cannot.
func (p *partners) unusable(requestID string) (problem string) {
	switch {
	case requestID == "":
		return "request_id is missing"
	case p.requests[requestID]:
		return "request_id is not unique"
	}
	return ""
}

// company is a company that a partner has connected.
type company struct {
	id                   string // the partner's own
	clientID, merchantID string
	// mids are the numbers of the merchant with the bank, one for each kind of
	// terminal that there is.
	mids     []string
	secret   wire.Secret
	products []partner.ProductID
}

// terminal is what a product of a company is used with.
type terminal struct{ mid, tid string }

// connection is the work that a request to connect a company or a terminal asked
// for. It is in process when it is asked about for the first time, and has its end
// from then on.
type connection struct {
	*request
	company  *company
	terminal *terminal // none for a company without a product
	userID   string    // of the cashier, where the product has one
	secret   wire.Secret
	failure  string // why nothing was made
}

// connect makes a company. The key is made up: the sandbox has one merchant, and
// nothing that another has signed is accepted.
func (s *state) connect(id string) *company {
	c := &company{id: id, clientID: s.number(), merchantID: s.number(), secret: wire.NewSecret(uuid.NewString())}
	s.partners.companies = append(s.partners.companies, c)
	return c
}

// companyOf finds the first company that match accepts.
func (s *state) companyOf(match func(*company) bool) *company {
	if i := slices.IndexFunc(s.partners.companies, match); i >= 0 {
		return s.partners.companies[i]
	}
	return nil
}

// install gives a company a terminal for a product. The numbers have the masks of
// the kinds of Freedom Box. For other products none is documented, and theirs are
// those of a box with a credit limit, which an example of a MID has.
func (s *state) install(c *company, product partner.ProductID, kind partner.PackageName) *terminal {
	mid, tid := "6", "8"
	if product == partner.ProductIDFreedomBox && (kind == partner.PackageNameBoxNoCredit || kind == partner.PackageNameBoxBankPOS) {
		mid, tid = "70", "55"
	}
	if !slices.Contains(c.products, product) {
		c.products = append(c.products, product)
	}
	return &terminal{mid: s.mid(c, mid), tid: s.bankNumber(tid)}
}

// mid is the company's MID of a mask.
func (s *state) mid(c *company, prefix string) string {
	for _, mid := range c.mids {
		if mid[:len(prefix)] == prefix {
			return mid
		}
	}
	mid := s.bankNumber(prefix)
	c.mids = append(c.mids, mid)
	return mid
}

// bankNumber is a new number of eight digits that begins with prefix.
func (s *state) bankNumber(prefix string) string {
	s.last++
	return fmt.Sprintf("%s%0*d", prefix, 8-len(prefix), s.last)
}

// checkProduct holds a product to the table of its members, which demands more of
// some products than the common schema. It returns what is wrong, if anything.
func checkProduct(p *partner.Product) (problem string) {
	boxes := []partner.PackageName{"", partner.PackageNameBoxCredit, partner.PackageNameBoxNoCredit, partner.PackageNameBoxBankPOS}
	switch {
	case terminalLimits[p.ProductID] == nil:
		return "there is no such product"
	case p.ProductID == partner.ProductIDFreedomPOS && (p.Cashier == nil || p.PackageName == ""):
		return "Freedom Pos demands user and package_name"
	case p.ProductID == partner.ProductIDFreedomEcom && (p.MerchantURL == "" || p.MerchantIP == ""):
		return "Freedom Ecom demands merchant_url and merchant_ip"
	case p.ProductID == partner.ProductIDFreedomBox && !slices.Contains(boxes, p.PackageName):
		return "package_name is no kind of Freedom Box"
	case !isPlain(p.Descriptor):
		return "the descriptor has to be in Latin letters"
	}
	for _, limit := range p.Limits {
		if !allowsLimit(p.ProductID, limit) {
			return fmt.Sprintf("the product has no limit %s of %s", limit.Type, limit.Value)
		}
	}
	return ""
}

// isPlain reports whether a text is plain enough for a descriptor: what the pages
// call Latin letters is taken for printable ASCII.
func isPlain(text string) bool {
	for _, r := range text {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}
