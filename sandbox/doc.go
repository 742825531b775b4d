// Package sandbox is a Freedom Pay that runs on your own machine: an
// http.Handler that verifies every request's signature as the documentation
// prescribes, answers in the documented forms from a small state in memory, and
// signs what is to be signed.
//
// It knows every operation that this module has specs for. What it answers
// follows from its state and from the request, never from a list of canned
// answers; where no page says what the real Freedom Pay would answer, the
// comment on the operation says so, and the sandbox does the careful thing.
//
// # Payments
//
// A payment is new, in process while its payer has to pass 3DS, held, captured,
// canceled or failed. A hold that is left alone is cleared five days later, by
// Options.Now. Cards are those of package testcards, whose documented outcome a
// payment has, and which can be cleared, canceled and refunded as far as their
// tables say; any other card is error 10005. Nothing else moves money: no bank is
// asked.
//
// # Payouts and transfers
//
// There is a balance for payouts for each currency, Options.PayoutBalances, which
// never goes below zero. Recipients are the test cards to pay out to; a payout that
// their table has as in process is so when it is asked for for the first time, and
// has its end from then on, as has every payout to an account. A payout that fails
// in the end gives its money back. Transfers go from a card to pay with to a card
// to pay out to, by Options.Rates. What a payout is refused for is never 9999,
// which means of payouts that their outcome is unknown.
//
// # Pages
//
// A payer's browser finds the pages of the sandbox under /_sandbox/: the payment
// page, where one picks a test card and pays or leaves, and the page of the
// card's issuer for 3DS, where one confirms or refuses. They need no JavaScript,
// so a test can drive them by posting their forms. From the payment page the
// browser is sent back to the merchant, with a signature. There are pages on which
// a card is saved, a payout's recipient picks one, the CVC of a saved card is asked
// for, and a phone is charged; each gives its answer in the field answer.
//
// # Callbacks
//
// The sandbox calls the addresses that requests name, or else those of the shop's
// settings, Options.CheckURL and Options.ResultURL, with the signatures that the real
// service makes. Before money is taken, and before 3DS, it asks at pg_check_url: only an
// ok that is rightly signed lets the payment go on. In the end it tells the result at
// pg_result_url. The first answer to a success can refuse it, and undoes it then; where
// the server is not reachable, or answers another status than 200, it is told again four
// times, every 30 minutes, which nobody can refuse. pg_post_link is told of a payout that
// was made and a card that was saved, once.
//
// A payer goes back from a page when the first call was made, however it ended; other
// calls get their answer first. While the sandbox calls the merchant it answers others:
// the merchant may ask it for the status, or clear a hold. Redirects are not followed,
// and of an answer 64 KiB are read. There are callbacks that nothing in the sandbox gives
// rise to: [Sandbox.Announce] sends one of any kind by hand, and [Sandbox.Replay] sends
// one again, byte for byte, as whoever has captured it.
//
// [Sandbox.Deliveries] is the log. GET /_sandbox/callbacks shows it as a page, and as
// JSON to who accepts that; POST /_sandbox/callbacks/{number}/replay, POST
// /_sandbox/announce with an [Announcement] as JSON, and POST /_sandbox/clock with
// advance=30m do what Replay, Announce and [Sandbox.Advance] do. Repeats, lifetimes and
// holds go by the sandbox's clock: [Sandbox.Advance] puts it forward, Options.Speed lets
// it run faster, and [Sandbox.Settle] waits until nothing is due.
//
// What a browser, the check and the result bring along of the merchant's own are the
// members of the request whose names do not begin with pg_.
//
// # Errors
//
// The pages document few error codes. 1100 is a wrong signature and 9998 a
// merchant that there is not: neither answer is signed, nor is 11068, an unknown
// payment, as the answer to a status call. What breaks a documented limit is 9403,
// and what cannot be done as things are 9999, each with a text that says more.
// Wrong cards have the codes of their tables.
package sandbox
