package sandbox

import (
	"errors"
	"slices"
	"time"

	"github.com/freedompay-go/freedompay/gen/card"
)

var (
	errNoRequest = errors.New("no such request")
	errUsed      = errors.New("request_id is missing, or was used before")
)

// workTime is how long a request is in process while nobody asks about it. How
// long that is in reality is not documented.
const workTime = time.Minute

// cardRequest is a request of the Card API, which works once.
type cardRequest struct {
	state card.RequestState
	asked bool // whether its state was asked for
	// plan is what is to be done, until that is done at the time due at the latest.
	plan plan
	due  time.Time
	// failure is why nothing came of it.
	failure error
	// clientID and cardIDs are what came of it.
	clientID string
	cardIDs  []string
	// example says that the id is one of the pages' examples, which nobody has used.
	example bool
}

// plan tells whether something can be done as things are, and returns what does
// it. It is asked when the request arrives and again before it is carried out,
// since another request may have come in between.
type plan func() (do func(*cardRequest), err error)

// use remembers a request under its id, which must be a new one.
func (i *issuing) use(id string, r *cardRequest) error {
	if old := i.requests[id]; id == "" || old != nil && !old.example {
		return errUsed
	}
	i.requests[id] = r
	return nil
}

// take is a call that changes something: it is refused at once, or in process,
// and RequestStatus tells the rest. The pages show the other two words for
// request_status without saying when they come; whoever can wait for a request is
// right in any case. wrong is what was found to be wrong with the request before.
//
// A refused request uses its id up too: what it did not do, a repeat of it does
// not do either. The answers of all operations have the same members.
func (s cardService) take(requestID string, wrong error, p plan) *card.CardIssueAnswer {
	defer s.begin()()
	r := &cardRequest{state: card.RequestStateProcess, plan: p, due: s.now().Add(workTime)}
	err := s.issuing.use(requestID, r)
	if err == nil {
		if err = wrong; err == nil {
			_, err = p()
		}
		if err != nil {
			r.end(err)
		}
	}
	if err != nil {
		a := &card.CardIssueAnswer{Status: card.CallStatusError, RequestStatus: card.RequestStateError, DateTime: s.dt()}
		s.refuseCard(err)
		s.tellReason(a.Extra(), err)
		return a
	}
	s.issuing.pending = append(s.issuing.pending, r)
	return &card.CardIssueAnswer{Status: card.CallStatusOK, RequestStatus: r.state, DateTime: s.dt()}
}

// look is a call that changes nothing but uses its request id up, where it has
// one. The caller holds the lock.
func (s cardService) look(requestID string, find func() error) error {
	r := &cardRequest{}
	if requestID != "" {
		if old := s.issuing.requests[requestID]; old != nil && old.example {
			old.example = false // it tells what the page prints all the same
		} else if err := s.issuing.use(requestID, r); err != nil {
			s.refuseCard(err)
			return err
		}
	}
	err := find()
	r.end(err)
	if err != nil {
		s.refuseCard(err)
	}
	return err
}

// inquire is what a question about a request does to it: the second carries it out.
func (s cardService) inquire(r *cardRequest) {
	if r.plan != nil && r.asked {
		s.finish(r)
		s.issuing.pending = slices.DeleteFunc(s.issuing.pending, func(other *cardRequest) bool { return other == r })
	}
	r.asked = true
}

// catchUp carries out what nobody has asked about for long enough.
func (s cardService) catchUp() {
	now, done := s.now(), 0
	for _, r := range s.issuing.pending {
		if now.Before(r.due) {
			break
		}
		s.finish(r)
		done++
	}
	s.issuing.pending = slices.Delete(s.issuing.pending, 0, done)
}

// finish carries a request out, if that can still be done.
func (s cardService) finish(r *cardRequest) {
	do, err := r.plan()
	if err == nil {
		do(r)
	} else {
		s.refuseCard(err)
	}
	r.end(err)
}

// end is the end of a request.
func (r *cardRequest) end(failure error) {
	r.state, r.failure, r.plan = card.RequestStateSuccess, failure, nil
	if failure != nil {
		r.state = card.RequestStateError
	}
}

// refuseCard logs why a call is refused. The reasons quote nothing of the request.
func (s cardService) refuseCard(reason error) {
	s.logger.Warn("request refused", "reason", reason.Error())
}
