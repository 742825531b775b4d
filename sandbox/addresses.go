package sandbox

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// addresses are those of the merchant's that are called about something. Where one is
// empty, that of the shop's settings counts.
type addresses struct {
	check, result string
	// method is pg_request_method, which says how these two are called.
	method string
	// post is called about payouts and saved cards, always by POST.
	post string
	// state is called when an invoice of 2026 has another state.
	state string
	// ownOnly says that the shop's settings do not count.
	ownOnly bool
}

// or is an address that a request may have named, or else that of the shop's settings.
func (a addresses) or(own, settings string) string {
	if a.ownOnly {
		return own
	}
	return cmp.Or(own, settings)
}

// addressesOf are those that a request names, whether its page lists them or not.
func addressesOf(r interface {
	codec.Message
	Extra() *wire.Extra
}) addresses {
	get := func(name string) string { return cmp.Or(textIn(r, name), said(r.Extra(), name)) }
	return addresses{
		check: get("pg_check_url"), result: get("pg_result_url"), post: get("pg_post_link"),
		method: get("pg_request_method"),
	}
}

// methodOf is how addresses are called by a value of pg_request_method: by POST, as
// their pages have it, unless it says otherwise.
func methodOf(said string) string {
	switch method := strings.ToUpper(said); method {
	case http.MethodGet, methodXML:
		return method
	}
	return http.MethodPost
}
