// Package repeat remembers what was done, so that it is done once: whoever is
// told the same thing again gives the answer that was given before.
//
// A [Store] holds, under a key, a claim while the work goes on and its outcome
// afterwards. Work is bracketed so:
//
//	claim := store.Claim(key)     Granted: do the work
//	                              Busy: somebody else does; ask again later
//	                              Finished: answer with claim.Outcome
//	store.Finish(key, outcome)    the work is done
//	store.Release(key)            it is not: anybody may try again
//
// What a store promises, and package repeattest checks:
//
//   - Of any number of callers that claim a free key at once, in one process or in
//     many, one is granted it.
//   - A claim ends by itself after its lease, for its holder may have died. The
//     work may then be done again: what a store gives is at least once, and exactly
//     once only while nobody dies and no lease is too short.
//   - Whoever holds a claim no longer cannot finish or release it: neither can
//     change what came after.
//   - What cannot be known is an error and never Granted.
//
// Whoever must not do the work again claims for as long as the outcome is kept, as
// verify.Repeats does: nobody can claim after a holder that has died, then.
//
// [Memory] is for one process. Package redisstore, a module of its own, is for
// several.
package repeat
