package wire

// Operation describes one call of the API. The generated packages hold one for
// each documented operation; an integrator who was given the description of
// an operation that is not public writes one by hand and sends it with the
// client's Do.
type Operation struct {
	// ID names the operation, "partner.invoicesInfo".
	ID string
	// Method is the HTTP method.
	Method string
	// Path is the path on the wire, "/v5/partner/invoices/info".
	Path string
	// Security is how the request is signed.
	Security Scheme
	// Script is the script name of pg_sig where it is not the last segment of
	// Path: of a path that ends in a slash, say.
	Script string
	// Request lists the documented body forms, the default first. Empty: no body.
	Request []Media
	// Query says that the request's members go into the query.
	Query bool
	// Answer lists the documented forms of the answer.
	Answer []Media
	// Root is the root element of an XML answer.
	Root string
	// Effect says whether the operation changes anything.
	Effect Effect
	// Failure is where this section says, inside a 200, that it failed.
	Failure Failure
}

// Media is a media type of this API.
type Media string

// The media types of this API.
const (
	JSON       Media = "application/json"
	XML        Media = "application/xml"
	Multipart  Media = "multipart/form-data"
	URLEncoded Media = "application/x-www-form-urlencoded"
)

// Effect says whether an operation changes anything.
type Effect uint8

// The effects. The zero value is the careful one.
const (
	// Write: the operation may change something, so a lost answer means an
	// unknown outcome.
	Write Effect = iota
	// Read: the operation can be repeated at will.
	Read
)

// Scheme is a way of signing requests.
type Scheme string

// The schemes of this API.
const (
	// JWSHS256 is a detached JWS with the members uri, auth_id, method,
	// params, alg and HMAC-SHA256.
	JWSHS256 Scheme = "jwsHS256"
	// JWSHS512 is the same with HMAC-SHA512.
	JWSHS512 Scheme = "jwsHS512"
	// JWSMerchant2025 is the form of the merchant's invoices of 2025: members
	// path, merchant_id (a number), method, params, alg and HMAC-SHA512.
	JWSMerchant2025 Scheme = "jwsMerchant2025"
	// PgSigPayment signs form fields with md5 and the payment secret.
	PgSigPayment Scheme = "pgSigPayment"
	// PgSigPayout signs form fields with md5 and the payout secret.
	PgSigPayout Scheme = "pgSigPayout"
)

// Failure says where an answer reports that the call failed.
type Failure struct {
	// Member is the top-level member that tells, "status". Empty: no such
	// member is documented.
	Member string
	// Values are the values of Member that mean failure.
	Values []string
	// Code and Text name the members with the error's code and text.
	Code, Text string
	// Kinds maps documented codes to kinds; any other is [ErrRejected].
	Kinds map[string]Kind
}
