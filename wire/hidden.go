package wire

// hidden holds a value where fmt cannot find it. On unexported fields fmt calls
// no methods, so one that held the value itself would print it. Of a pointer fmt
// prints the address, except that one to a struct or slice is followed when it
// stands outside or meets a verb that is not for pointers, as in
// Printf("%s", outer): hence a pointer to a pointer.
//
// The zero value holds nothing.
type hidden[T any] struct{ p **T }

// cell is the value and the pointer to it in one allocation.
type cell[T any] struct {
	p *T
	v T
}

func hide[T any](v T) hidden[T] {
	c := &cell[T]{v: v}
	c.p = &c.v
	return hidden[T]{&c.p}
}

func (h hidden[T]) isSet() bool { return h.p != nil }

// get returns the value, the zero one when there is none.
func (h hidden[T]) get() (v T) {
	if h.p != nil {
		v = **h.p
	}
	return v
}
