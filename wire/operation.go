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
	// Path is the path on the wire, "/v5/partner/invoices/info". In it,
	// {merchant_id} stands for the identity of the credentials.
	Path string
	// Aliases are other paths under which the operation has been documented,
	// "/cancel.php" for one. [WithPath] calls them; a server answers there too.
	Aliases []string
	// Variant tells operations on one path apart: for a server only, the path
	// on the wire is the same.
	Variant string
	// Select says what a server knows the variant by. A header field in it is
	// sent with every call.
	Select Select
	// Elsewhere says at which environment the operation is documented, in place
	// of one at which the others of its API are. A client of any other environment
	// calls it there like the others.
	Elsewhere map[Environment]Environment
	// Security is how the request is signed.
	Security Scheme
	// SecurityInferred says that no page states Security; [WithScheme] signs
	// otherwise.
	SecurityInferred bool
	// Script is the script name of pg_sig where it is not the last segment of
	// Path: of a path that ends in a slash, say. [WithScript] overrides it.
	Script string
	// Identity is the member of the request that holds the identity of the
	// credentials, "pg_merchant_id". It is sent beside what the typed request
	// holds. Empty: there is none.
	Identity string
	// IdentityIsNumber says that in JSON it is a number.
	IdentityIsNumber bool
	// Request lists the documented body forms, the default first. Empty: no body.
	Request []Media
	// Query says that the request's members go into the query, but for those of
	// InPath.
	Query bool
	// InPath are members of the request that stand in Path, as {name}. Only an
	// operation whose others go into the query has them.
	InPath []string
	// Answer lists the documented forms of the answer.
	Answer []Media
	// Root is the root element of an XML answer.
	Root string
	// Effect says whether the operation changes anything.
	Effect Effect
	// Repeat is how the API knows a repeat of the operation.
	Repeat Repeat
	// ResolveWith is the id of the operation that tells what became of this one,
	// and ResolveBy are the members of its request that this one's has too, to ask
	// by. Empty: no page documents such an operation.
	ResolveWith string
	ResolveBy   []string
	// Failure is where this section says, inside a 200, that it failed.
	Failure Failure
	// ShownUnsigned says that the operation's page shows its answer without the
	// signature that all answers to pg_sig requests are said to have. One is
	// demanded all the same, unless [WithUnsignedAnswer] says otherwise.
	ShownUnsigned bool
}

// ScriptAt returns the script name of pg_sig for a call under path, if the
// operation has one of its own: that belongs to the operation's own path, not to
// its aliases. Otherwise it is empty, and the path gives the name.
func (o Operation) ScriptAt(path string) string {
	if path == o.Path {
		return o.Script
	}
	return ""
}

// Select is what tells a server that a request on a shared path means one
// operation. All that is set must hold; the zero value holds for all requests.
type Select struct {
	// Header and Value: the request has this header field, X-Action for one. The
	// client sends it.
	Header, Value string
	// Present and Absent are members that the body has, and has not.
	Present, Absent []string
	// SameAs is the variant from which nothing on the wire tells this one: a
	// server never sees this one.
	SameAs string
}

// Media is a media type of this API.
type Media string

// The media types of this API.
const (
	// JSON is that of the newer sections, both ways.
	JSON Media = "application/json"
	// XML is that of answers to forms.
	XML Media = "application/xml"
	// Multipart is the form in which requests with pg_sig are sent.
	Multipart Media = "multipart/form-data"
	// URLEncoded is the other form, that of browsers and callbacks.
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
	// Unsigned is for what anybody may ask: nothing is signed.
	Unsigned Scheme = "unsigned"
	// Basic sends identity and secret themselves, as HTTP has it.
	Basic Scheme = "basic"
	// Bearer sends the token that the call is given with [WithBearer].
	Bearer Scheme = "bearer"
)

// IsPgSig reports whether s signs form fields, with either secret.
func (s Scheme) IsPgSig() bool { return s == PgSigPayment || s == PgSigPayout }

// Failure says where an answer reports that the call failed.
type Failure struct {
	// Member is the top-level member that tells, "status". Empty: no such
	// member is documented.
	Member string
	// Values are the values of Member that mean failure.
	Values []string
	// Any says that every value of Member means failure, but those of Except: it
	// is a code that only failures have, or an object that only they have.
	Any    bool
	Except []string
	// Unless names a member with which Member is no failure of the call: it is part
	// of what the call asked about.
	Unless string
	// Others are its other documented values. An answer with a value that is
	// neither among these nor among Values is not a documented one. Empty: any
	// other value will do.
	Others []string
	// Always says that Member is in every answer, so that one without it is not a
	// documented one either.
	Always bool
	// Code and Text name the members with the error's code and text. A member
	// of an object has the object's name in front, "error.code".
	Code, Text string
	// Details names the object that says of members of the request what is wrong
	// with each, "error.errors".
	Details string
	// Kinds maps documented codes to kinds; any other is [ErrRejected].
	Kinds map[string]Kind
}
