// Package freedompay is the front page of a Go SDK for the payment API of
// Freedom Pay (Kazakhstan). It holds no code; start with one of the APIs:
//
//   - [github.com/freedompay-go/freedompay/gen/partner]: wallets and SuperApps
//     that show invoices, partners that connect companies
//   - [github.com/freedompay-go/freedompay/gen/merchant]: shops that take payments
//     on Freedom Pay's page, with saved cards or from phones, and pay out
//   - [github.com/freedompay-go/freedompay/gen/gateway]: shops that take card data
//     themselves
//   - [github.com/freedompay-go/freedompay/gen/card]: issuers of cards
//   - [github.com/freedompay-go/freedompay/gen/installment]: shops that sell by
//     installments
//   - [github.com/freedompay-go/freedompay/gen/freedomid] and
//     [github.com/freedompay-go/freedompay/freedomid]: services whose users log in
//     with Freedom ID
//
// What Freedom Pay calls a merchant with is for package callback, what goes
// through the payer's browser for package browser. Values, errors and call options
// are in package wire, client options and the request editors for other clients in
// package middleware, the server's side in middleware/verify and in the
// gen/…/server packages, and a Freedom Pay that runs on your own machine in package
// sandbox.
//
// It has nothing to do with FreedomPay Inc. of the USA (freedompay.com).
package freedompay
