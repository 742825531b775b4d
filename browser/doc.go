// Package browser makes what the payer's browser takes to Freedom Pay or to a
// bank, and reads what it brings back.
//
// There: [PaymentForm] is the signed form of a payment page, [ConfirmCVC] the
// signed address at which a payer types the CVC of a saved card, [ThreeDSForm]
// the form that takes a payer to the 3DS page of the card's issuer. Each is a
// [Form], which is an HTML page that sends itself, and, where that is allowed,
// an address to redirect to. Back: [ParseThreeDS] reads what the 3DS page posts,
// [ParseRedirect] what comes to pg_success_url and pg_failure_url.
//
// What the package promises:
//
//   - What is signed is what arrives. A browser writes line breaks as CR LF, so
//     they are signed that way; what no browser sends as it is, is refused.
//   - Every value in a page is escaped by html/template. The page needs no
//     JavaScript, and with a nonce it keeps to a Content-Security-Policy.
//   - No address without TLS, other than of the local host.
//   - What comes back is read strictly and in small sizes, by the exact names. A
//     signature that does not fit is an error, never a note beside a result.
//   - No value of a [Field] prints, in whatever way Go prints it. Errors quote
//     nothing that a browser brought, and of a request only what codec.Validate
//     says of it, which masks what is sensitive.
//
// What a browser brings proves nothing. A payer may never come back, come back
// twice, or type the address; a signature on a redirect tells who made it and
// not that anything was paid. What was paid is for the result callback and the
// status call to say.
package browser
