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
// # The asynchronous Gateway API
//
// Its payments are those of the synchronous one too, under ids of their own. What a
// request asks for is done at once, and told late: whoever asks for the first time
// afterwards, by payment or by request, is told that it is in process. A card that is no
// test card fails at once, what the table of a test card says comes later. A 3DS step is
// done when the cardholder has answered: no call completes it. The repeat of an
// X-Request-Id gets the first answer, also to a read, and so does that of an order. An
// X-Action that is none of the path's is refused, and the merchant is not called about
// these payments, for no page says how. An unknown payment that is to be changed is error
// 1202, one that is read an object without members, and a request that cannot be right
// HTTP 422 with an error object.
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
// # Cards
//
// The Card API has clients and cards. What changes one of them is in process when
// RequestStatus is asked for it for the first time, and done when it is asked for
// again or a minute later; it may fail then, if it cannot be done any more. A
// request_id works once. A card is active, blocked or closed for good. Calls that
// block cards, issue gift cards or move money of cards are documented by their names
// alone: Sandbox.BlockCard and Sandbox.CreateGiftCard do the first two, and
// statements are empty. The pages have no members for why something is refused, for
// the data of a card and for the limits that are listed; sandbox_reason,
// sandbox_card and sandbox_limits tell them, unless Options.ProductionLike is set.
//
// # Partners
//
// A partner connects companies, whose work is in process when it is asked about for
// the first time and has its end from then on: a company that is there already fails
// then. Terminals, products and users are added to it, and their numbers are its own.
// A request_id works once, in all sections together. Rates are kept as long as they
// are valid, and Sandbox.LoadedRates tells them.
//
// A wallet has the identifier that the request names in the member identifier, which
// no page shows, or else its request_id. What an owner does with it no call tells:
// Sandbox.RecordWalletOperation adds it to the statement. A blocked wallet stays
// so. Payments in messages of ISO 20022 are taken by Sandbox.CreateSettlement, are
// rejected with the documented codes, or are pending when they are asked about for
// the first time and accepted from then on. Programs that are not written in Go send
// both to /_sandbox/wallets/operations and /_sandbox/settlements.
//
// # Invoices and installments
//
// An invoice of 2026 is paid on the payment page, by card whatever its type is, and given
// back or canceled by its id; the Partner API shows it too. A recurring profile of
// invoices is active once its payer has signed on a page, and can be charged until its
// last day is over. Tips are paid on the payment page, for a recipient whose card is
// saved. The one bank for installments is that of the documented example: it approves
// whatever its customer chooses on a page, and is needed before goods are delivered.
// The second request with an X-Request-Id gets the first answer.
//
// # Pages
//
// A payer's browser finds the pages of the sandbox under /_sandbox/: the payment
// page, where one picks a test card and pays or leaves, and the page of the
// card's issuer for 3DS, where one confirms or refuses. They need no JavaScript,
// so a test can drive them by posting their forms. From the payment page the
// browser is sent back to the merchant, with a signature. There are pages on which
// a card is saved, a payout's recipient picks one, the CVC of a saved card is asked
// for, a phone is charged, an agreement is signed, and a bank is chosen; each gives its
// answer in the field answer.
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
// was made and a card that was saved, once. state_callback is told of a recurring profile
// of invoices and callback_url of an application for installments, each time its status is
// another one, and again every 30 seconds, three times; state_callback of an invoice is
// called so too, with nothing in it, for no page shows what there is. The shop's settings
// do not count for these.
//
// A payer goes back from a page when the first call was made, however it ended; other
// calls get their answer first. While the sandbox calls the merchant it answers others:
// the merchant may ask it for the status, or clear a hold. Redirects are not followed,
// and of an answer 64 KiB are read. [Sandbox.Announce] sends a callback of any kind by
// hand, and [Sandbox.Replay] sends one again, byte for byte, as whoever has captured it.
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
// # Freedom ID
//
// The sandbox's credentials are also the id and the secret of its one client of
// Freedom ID. It knows one user, the one of the documentation's examples, and those
// that are made. The login page of both ways in, under /_sandbox/ too, asks for no
// password: one says who one is. Codes and refresh tokens are good for once, tokens
// last as long as in the examples, 7 and 28 days, and a profile that was asked for is
// there when its status is asked for the second time, and kept as long as documented.
//
// # Errors
//
// The pages document few error codes. 1100 is a wrong signature and 9998 a
// merchant that there is not: neither answer is signed, nor is 11068, an unknown
// payment, as the answer to a status call. What breaks a documented limit is 9403,
// and what cannot be done as things are 9999, each with a text that says more.
// Wrong cards have the codes of their tables.
//
// Of the invoices of 2026, recurring profiles and tips no error is documented: a refusal
// is status error with a text and without a code, and what is asked about and not there is
// HTTP status 404. The codes of the Installment API are documented, and so is HTTP status
// 422 for a request that is wrong.
package sandbox
