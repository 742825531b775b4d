package codec

import "testing"

func TestOptional(t *testing.T) {
	var c *card
	p := Optional(&c)
	if p.Get() != nil {
		t.Error("something where there is nothing")
	}
	if p.New() != Message(c) || p.Get() != Message(c) || c == nil {
		t.Error("New and Get are not the field's message")
	}
	p.Clear()
	if c != nil || p.Get() != nil {
		t.Error("still there after Clear")
	}
}

func TestRepeated(t *testing.T) {
	var cards []card
	l := Repeated(&cards)
	if l.Present() || l.Len() != 0 {
		t.Error("something where there is nothing")
	}
	l.Make()
	if !l.Present() || l.Len() != 0 || cards == nil {
		t.Error("Make makes no empty list")
	}
	for i := range 5 {
		m := l.Append()
		if l.Len() != i+1 || m != Message(&cards[i]) || l.At(i) != m {
			t.Errorf("item %d is not the field's", i)
		}
	}
}

// References to fields are made for every call: they must cost nothing.
func TestReferencesDoNotAllocate(t *testing.T) {
	var o order
	if got := testing.AllocsPerRun(100, func() { o.WireFields() }); got > 1 {
		t.Errorf("WireFields takes %v allocations, want one for the list", got)
	}
}
