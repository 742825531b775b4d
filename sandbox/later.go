package sandbox

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/freedompay-go/freedompay/sandbox/outbox"
)

// entry is a callback that may be sent.
type entry = outbox.Entry

// later are callbacks that follow from what was done alone on the state, and that are
// made when it is free again: the merchant may ask the sandbox before it answers.
type later []*entry

// start makes the callbacks, each in a goroutine of its own.
func (l later) start() {
	for _, e := range l {
		e.Start()
	}
}

type laterKey struct{}

// after makes the callbacks after the answer to the request whose context ctx is.
func (l later) after(ctx context.Context) {
	if all, ok := ctx.Value(laterKey{}).(*later); ok {
		*all = append(*all, l...)
		return
	}
	l.start()
}

// answersFirst makes the callbacks that follow from a request after its answer has
// gone out: whoever is called knows by then what is spoken of.
func answersFirst(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var all later
		defer func() { all.start() }()
		answer := &answerBuffer{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), laterKey{}, &all)))
		if answer.header.Get("Content-Length") == "" {
			answer.header.Set("Content-Length", strconv.Itoa(answer.body.Len()))
		}
		answer.copyTo(w)
		_ = http.NewResponseController(w).Flush() // a writer that cannot holds nothing back
	})
}

// alone runs f while nobody else has the state, and returns the callbacks that follow
// from that. None of them may get lost.
func (s *state) alone(f func()) (after later) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	after, s.ready = s.ready, nil
	return after
}

// during lets others have the state while f runs, which calls the merchant about p.
// Who comes back from it has to look again at what he knew. In the meantime p is busy:
// nobody else pays it or calls about it.
func (s *state) during(p *payment, f func()) {
	p.busy = true
	defer func() {
		p.busy = false
		s.idle.Broadcast()
	}()
	s.outside(f)
}

// outside lets others have the state while f runs.
func (s *state) outside(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}

// put takes a callback that is made as soon as the state is free.
func (s *state) put(l *letter) *entry {
	e := s.calls.box.Put(l)
	s.ready = append(s.ready, e)
	return e
}

// pull takes one of these callbacks back, to be sent right now.
func (s *state) pull(e *entry) {
	s.ready = slices.DeleteFunc(s.ready, func(other *entry) bool { return other == e })
}
