package sandbox

import (
	"context"

	"github.com/freedompay-go/freedompay/wire/codec"
)

// once is what keeps a request from being carried out twice: an idempotency key,
// and the operation that it is for. Without a key nothing does.
type once struct{ operation, key string }

// outcome is what came of a request with an idempotency key.
type outcome struct {
	operation string
	answer    codec.Message
	busy      bool // nothing yet: the request is being carried out
}

// call runs one operation, alone on the state, and gives a fault the form of the
// operation's answer: pg_status error with code and text, beside what do itself
// answered.
//
// The repeat of a key gets the first answer again, whatever else the second
// request says: no page documents a key with other fields. A fault without an
// answer made nothing, and leaves the key free.
func call[T any, M interface {
	*T
	codec.Message
}](ctx context.Context, s *state, o once, do func() (M, error)) (answer M, err error) {
	s.alone(func() { answer, err = callAlone(s, o, do) }).after(ctx)
	return answer, err
}

// callAlone is call for who has the state. It may give it to others while it asks the
// merchant: whoever repeats the key meanwhile waits.
func callAlone[T any, M interface {
	*T
	codec.Message
}](s *state, o once, do func() (M, error)) (M, error) {
	for s.outcomes[o.key].busy {
		s.idle.Wait()
	}
	if first, ok := s.outcomes[o.key]; ok {
		if answer, same := first.answer.(M); same && first.operation == o.operation {
			return copied(answer), nil
		}
		do = func() (M, error) { return nil, wrong("the idempotency key was used for another operation") }
		o.key = ""
	}
	if o.key != "" {
		s.outcomes[o.key] = outcome{busy: true}
		defer s.freeKey(o.key)
	}
	answer, err := do()
	made := answer != nil
	if f, ok := asFault(err); ok {
		s.logger.Warn("request refused", "reason", f.Error())
		if !made {
			answer = new(T)
		}
		fill(answer, f, s.datetime())
	} else if err != nil {
		return nil, err
	}
	if made && o.key != "" {
		s.outcomes[o.key] = outcome{operation: o.operation, answer: copied(answer)}
	}
	return answer, nil
}

// freeKey ends the wait for a key, which is free again if there is no answer.
func (s *state) freeKey(key string) {
	if s.outcomes[key].busy {
		delete(s.outcomes, key)
	}
	s.idle.Broadcast()
}

// copied copies an answer, for each is signed on its own.
func copied[T any, M interface {
	*T
	codec.Message
}](answer M) M {
	again := *answer
	if extra := M(&again).WireFields().Extra; extra != nil {
		*extra = extra.Clone()
	}
	return &again
}
