package sandbox

import (
	"github.com/freedompay-go/freedompay/wire/codec"
)

// once is what keeps a request from being carried out twice: an idempotency key,
// and the operation that it is for. Without a key nothing does.
type once struct{ operation, key string }

// outcome is what came of a request with an idempotency key.
type outcome struct {
	operation string
	answer    codec.Message
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
}](s *state, o once, do func() (M, error)) (M, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, ok := s.outcomes[o.key]; ok {
		if answer, same := first.answer.(M); same && first.operation == o.operation {
			return copied(answer), nil
		}
		do = func() (M, error) { return nil, wrong("the idempotency key was used for another operation") }
		o.key = ""
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
		s.outcomes[o.key] = outcome{o.operation, copied(answer)}
	}
	return answer, nil
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
