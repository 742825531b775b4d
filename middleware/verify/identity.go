package verify

import "context"

type identityKey struct{}

// IdentityFrom returns the verified identity, auth_id or merchant_id, of the
// request whose context ctx is or descends from. It is false for a request that
// did not pass [JWS] or [PgSig].
func IdentityFrom(ctx context.Context) (string, bool) {
	identity, ok := ctx.Value(identityKey{}).(string)
	return identity, ok
}
