// Package testcards holds the test cards and phones that Freedom Pay documents,
// as values: for tests against a test contract, and for whatever plays Freedom
// Pay.
//
// There are two sources, the overviews of the Gateway API
// (https://docs.freedompay.kz/overview-660954m0) and of the Merchant API
// (https://docs.freedompay.kz/overview-741636m0):
//
//   - Payments. The Merchant's table has twenty-five cards, with an expiry and the
//     outcome of a payment. The Gateway's has eleven of them, with icons for what
//     can be done with the card, read here by the icons' names; the Merchant's has
//     such icons too, which were not seen. Nowhere do the two contradict each
//     other: the four cards that the Gateway's says cannot be authorized have an
//     error in the Merchant's, the four that it says can and that have an outcome
//     there have success. For the last three the Gateway's says that everything
//     but 3DS works, and the Merchant's prints neither expiry nor outcome.
//   - Payouts. Both have the same nine cards. Older pages say that payouts cannot
//     be tested at all.
//   - Phones, for the mobile balance: four in the Merchant's overview.
//
// What the error codes mean is not said beside them, nor is any CVC or name of a
// cardholder. Of the eight cards that begin with 440044 seven have a wrong check
// digit: whoever checks it refuses them.
//
// The numbers are public and belong to nobody, so unlike other card numbers in
// this module they print.
package testcards
