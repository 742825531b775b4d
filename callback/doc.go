// Package callback is what the merchant serves and Freedom Pay calls: whether a
// payment may be made, what became of it, of a payout, of a card that was to be
// saved, and the payer's way back.
//
// Delivery is at least once. Freedom Pay repeats what it got no HTTP 200 for, and
// a function that succeeded runs again if its server dies before its outcome is
// stored. What a function does must bear that: it looks at the order before it
// ships.
//
// What the package promises:
//
//   - A function sees only what was verified: signed with the merchant's own
//     secret, for an address with this last segment. Every refusal of a signature
//     is one and the same answer; the cause goes to the log.
//   - What is told twice, at once or later, here or on another server with the
//     same [repeat.Store], is handled once, and every sender gets the same answer.
//     Told twice is what has the same kind and merchant and announces the same:
//     payment, result, amount. Salt and signature do not count.
//   - ok is answered only when the function has succeeded and that is stored. After
//     an error, a panic, or too long a time, the claim is released and the answer
//     makes Freedom Pay come again: HTTP 503 for what is told, a signed refusal for
//     what is asked. A store that is down is 503 for all.
//   - Whoever hangs up does not stop a function.
//   - What no page says how to authenticate is off until it is switched on by name,
//     and then tells its function only what to ask: see [Question].
//
// Freedom Pay signs values and not their names, and of the address only the last
// segment. So give each kind of callback an address whose last segment is its own,
// one that the ways back (pg_success_url) do not have: a payer holds the signature
// of the way back. And serve them by https: whoever can read a callback can send its
// values again under other names.
package callback
