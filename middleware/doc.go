// Package middleware is the way out to Freedom Pay: it gives a request its id
// and its signature and sends it under a transport policy.
//
// It comes in three layers, each usable without the next:
//
//   - Request editors ([RequestID], [JWS], [PgSig]) fit oapi-codegen's
//     WithRequestEditorFn, in this module's raw packages and in anybody
//     else's generated client.
//   - [NewDoer] runs editors last, directly before the request is sent, so
//     that nothing can change what was signed. [NewHTTPClient] is an
//     http.Client with this package's transport policy.
//   - [Caller] carries out typed calls and turns whatever goes wrong into a
//     *wire.Error. The generated clients are a thin layer above it.
//
// What the package promises: the bytes that are signed are the bytes that are
// sent; a signed request never follows a redirect; an answer costs at most a
// stated amount of memory; a call is sent again only when that cannot do
// anything twice ([RetryPolicy]); and it either returns a documented answer or
// an error, never neither.
//
// What a client is not told to do, it does not: keep a pause between payments
// ([WithPacer]), log ([WithLogger]), tell of its calls ([WithTrace]).
package middleware
