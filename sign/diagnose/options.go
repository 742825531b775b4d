package diagnose

import "slices"

// Limits of the search for the usual causes.
const (
	// MaxCandidates is the largest number of signatures that one diagnosis
	// computes.
	MaxCandidates = 4096
	// MaxMessage is the size of a body, or of the names and values of a form,
	// above which no usual cause is tried. In bytes.
	MaxMessage = 1 << 20
	// MaxPaired is the size above which causes are tried singly only. In bytes.
	MaxPaired = 16 << 10
	// MaxOtherSecrets is how many of the secrets of [WithOtherSecret] are tried.
	MaxOtherSecrets = 8
)

// Option changes what a diagnosis tries.
type Option func(*options)

type options struct{ others []candidate }

// WithOtherSecret adds a secret that the sender may have taken by mistake, such
// as the one for payouts, or that of the test environment. The name is what is
// printed when it fits: "the payout secret". After the first [MaxOtherSecrets]
// secrets, and for an empty one, the option does nothing.
func WithOtherSecret(name string, secret []byte) Option {
	secret = slices.Clone(secret)
	return func(o *options) {
		if len(o.others) < MaxOtherSecrets && len(secret) > 0 {
			o.others = append(o.others, candidate{name, secret})
		}
	}
}

func collect(opts []Option) (o options) {
	for _, opt := range opts {
		opt(&o)
	}
	return o
}
