// Package freedomid keeps people logged in with Freedom ID.
//
// There are two ways in. The one of Freedom ID's own begins with the address that
// AuthorizationCreate of package gen/freedomid gives: send the browser there. It
// comes back with an authorization code, for which [Login.Exchange] gets the
// person's tokens. [Login.Source] then gives a token whenever one is needed, and a
// new one in time. The other is OpenID Connect, which begins with the address that
// [OpenID] builds, and goes on with TokenCreateOIDC of gen/freedomid: how its
// tokens are refreshed is not documented, so there is no [Source] for them.
//
// A refresh token is good for one refresh. From that follows what a [Source]
// promises:
//
//   - It refreshes one at a time, however many goroutines ask, and whoever of them
//     stops waiting: they share one refresh and what comes of it.
//   - The new token is in the [Store] before anybody gets it. One that could not be
//     saved is kept and saved when a token is asked for again, and not refreshed
//     again.
//   - A refresh whose answer was lost is not repeated. It may have spent the refresh
//     token, and the new one is gone with the answer: [ErrRefreshLost].
//
// That holds for one Source. Two of the same token, in two processes for one, each
// spend it, and the second is refused: have one.
//
// Tokens print nothing of themselves. A program that stores one has to ask for its
// text, with Reveal.
package freedomid
