package sandbox

import (
	"context"
	"time"

	"github.com/freedompay-go/freedompay/gen/freedomid"
	"github.com/freedompay-go/freedompay/wire"
)

// How long a request for a profile is kept, by its pages.
const (
	profilePending = 24 * time.Hour
	profileDone    = time.Hour
)

// profilePayload is the documented example: no page says what a payload holds.
const profilePayload = "DTFcQKJik68Lq0wNavBlW0IDNrWK4TNd185zMX6Q15HimlQcOLfZFFBNN9ECR456isIQYbrRJTsoePhcIs23YlmFeomgwAXr"

// profileAsking is a request for a profile: it is being worked on when it is asked
// about for the first time, and done from then on.
type profileAsking struct {
	asked bool
	until time.Time
}

// asking finds a request for a profile that is still kept. Nobody sees those of
// somebody else's.
func (p *passport) asking(u *user, id string) *profileAsking {
	a := p.profiles[u.id+" "+id]
	if a == nil || !p.now().Before(a.until) {
		return nil
	}
	return a
}

// ProfilePrepare starts putting a profile together. What a second request with the
// same id gets is not documented; here it is told that it is being worked on.
func (p *passport) ProfilePrepare(ctx context.Context, r *freedomid.ProfilePrepareRequest) (*freedomid.ProfilePrepareAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := p.whose(ctx)
	if err != nil {
		return nil, err
	}
	answer := &freedomid.ProfilePrepareAnswer{RequestID: r.RequestID, FreedomID: l.user.id}
	switch {
	case !l.has("read.profile"):
		answer.Status, answer.StatusMessage = freedomid.ProfilePrepareStateRejected, "The login did not ask for read.profile."
	case p.asking(l.user, r.RequestID) != nil:
		answer.Status, answer.StatusMessage = freedomid.ProfilePrepareStatePending, "PROCESS: profile is pending"
	default:
		p.profiles[l.user.id+" "+r.RequestID] = &profileAsking{until: p.now().Add(profilePending)}
		answer.Status, answer.StatusMessage = freedomid.ProfilePrepareStateAccepted, "PROCESS: profile is pending"
	}
	return answer, nil
}

// ProfileStatus tells how far a request for a profile is.
func (p *passport) ProfileStatus(ctx context.Context, r *freedomid.ProfileStatusRequest) (*freedomid.ProfileStatusAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := p.whose(ctx)
	if err != nil {
		return nil, err
	}
	answer := &freedomid.ProfileStatusAnswer{
		RequestID: r.RequestID, Status: freedomid.ProfileStateNotFound, FreedomID: l.user.id, DateTime: zulu(p.now()),
	}
	switch a := p.asking(l.user, r.RequestID); {
	case a == nil:
	case !a.asked:
		a.asked, a.until = true, p.now().Add(profileDone) // from now on it is done
		answer.Status, answer.StatusMessage = freedomid.ProfileStatePending, "PROCESS: profile is pending"
	default:
		answer.Status = freedomid.ProfileStateCompleted
		answer.Profile = &freedomid.Profile{Payload: wire.NewSecret(profilePayload)}
	}
	return answer, nil
}
