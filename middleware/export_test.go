package middleware

// What a client without a transport of the user's sends through.
var (
	DefaultTransport = defaultTransport
	DialWithin       = dialWithin
)

// DialTimeout bounds dialing.
const DialTimeout = dialTimeout

// Lanes is how many merchants p remembers.
func (p *Pacer) Lanes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lanes)
}

// LeastSweep is how many merchants a pacer remembers without a look at them.
const LeastSweep = leastSweep
