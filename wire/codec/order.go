package codec

import (
	"math"
	"strconv"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
)

// sightings tells whether the members of one message come in the documented
// order. What order they come in is looked up when it is another.
type sightings struct {
	// last is the largest index of a field met, and beyond all of them once a
	// member without a field was.
	last int
	// differs says that the order is not the documented one.
	differs bool
}

// field notes a member that has a field, when it is met first.
func (s *sightings) field(at int) {
	if at < s.last {
		s.differs = true
	}
	s.last = max(s.last, at)
}

// unknown notes a member that has no field.
func (s *sightings) unknown() { s.last = math.MaxInt }

// recordOrder leaves the order of node i's members in the message's Extra, unless
// they are too many. It unsets the fields that it meets in seen, which holds all
// that are there.
func (d *document) recordOrder(i uint32, fields Fields, seen []bool) {
	if fields.Extra == nil {
		return
	}
	names := make([]string, 0, min(d.count(i), maxOrdered))
	hint := 0
	for c := i + 1; c < d.nodes[i].next && len(names) <= maxOrdered; c = d.nodes[c].next {
		at := findField(fields.Type, d.name(c), hint)
		if at < 0 {
			names = append(names, "")
			continue
		}
		hint = at
		if !seen[at] {
			continue // an element that is repeated
		}
		seen[at] = false
		f := &fields.Type.Fields[at]
		names = append(names, f.Name)
		if d.format == formatXML && f.XMLItem != "" {
			names = d.appendStrayPlaces(names, c, f)
		}
	}
	if len(names) <= maxOrdered {
		fields.Extra.SetOrder(names)
	}
}

// appendStrayPlaces appends the places of the elements in list i that are no
// items, as long as there are not too many.
func (d *document) appendStrayPlaces(names []string, i uint32, f *Field) []string {
	items := 0
	for c := i + 1; c < d.nodes[i].next && len(names) <= maxOrdered; c = d.nodes[c].next {
		if string(d.name(c)) == f.XMLItem {
			items++
		} else {
			names = append(names, strayName(f.Name, strconv.Itoa(items)))
		}
	}
	return names
}

// members are the members of a message as they are to be written.
type members struct {
	Fields
	// unknown are those that have no field. A member that has one is not
	// written twice, whoever put it there.
	unknown []wire.Member
	// names is the order that was recorded, if any, and places what it comes to:
	// see at.
	names  []string
	places []int
}

// of makes m the members of a message.
func (m *members) of(msg Message) {
	m.Fields = msg.WireFields()
	if m.Extra == nil || m.Extra.IsZero() {
		return
	}
	m.unknown = unknownOf(m.Fields)
	if m.names = m.Extra.Order(); m.names != nil {
		m.arrange()
	}
}

// len is the number of members.
func (m *members) len() int { return len(m.Type.Fields) + len(m.unknown) }

// at returns what comes at place i: the index of a field, or else an unknown
// member.
func (m *members) at(i int) (field int, unknown *wire.Member) {
	if m.places != nil {
		i = m.places[i]
	}
	if n := len(m.Type.Fields); i >= n {
		return 0, &m.unknown[i-n]
	}
	return i, nil
}

// arrange places all members: first those that the recorded order names, then
// the others in documented order.
func (m *members) arrange() {
	n := len(m.Type.Fields)
	placed := make([]bool, m.len())
	m.places = make([]int, 0, m.len())
	put := func(i int) {
		if !placed[i] {
			placed[i] = true
			m.places = append(m.places, i)
		}
	}
	hint, unknown := 0, 0
	for _, name := range m.names {
		if name == "" {
			for unknown < len(m.unknown) && isStray(m.unknown[unknown]) {
				unknown++
			}
			if unknown < len(m.unknown) {
				put(n + unknown)
				unknown++
			}
		} else if at := findField(m.Type, name, hint); at >= 0 {
			put(at)
			hint = at + 1
		}
	}
	for i := range placed {
		put(i)
	}
}

// unknownOf returns the members that have no field.
func unknownOf(fields Fields) []wire.Member {
	unknown := fields.Extra.Unknown()
	kept := unknown[:0]
	for _, u := range unknown {
		if findField(fields.Type, u.Name, 0) < 0 {
			kept = append(kept, u)
		}
	}
	return kept
}

// An element inside a list that is no item of it is kept by the list's name and
// its own, and its place by the list's name and the number of items before it.
func strayName(list, rest string) string { return list + "/" + rest }

// isStray tells such an element from the members of a message.
func isStray(m wire.Member) bool {
	return m.Format == wire.FormatXML && strings.Contains(m.Name, "/")
}

// strays are the elements inside one list that are no items, on their way to
// their places.
type strays struct {
	elements []wire.Member
	places   []int // how many items are before each; those it says nothing of are last
}

func (m *members) straysOf(list string) strays {
	var s strays
	for _, u := range m.unknown {
		if rest, ok := strings.CutPrefix(u.Name, strayName(list, "")); ok && u.Format == wire.FormatXML && isXMLName(rest) {
			s.elements = append(s.elements, u)
		}
	}
	if len(s.elements) == 0 {
		return s
	}
	for _, name := range m.names {
		if rest, ok := strings.CutPrefix(name, strayName(list, "")); ok {
			if items, err := strconv.Atoi(rest); err == nil {
				s.places = append(s.places, items)
			}
		}
	}
	return s
}

// appendBefore appends those that come before item i.
func (s *strays) appendBefore(b []byte, i int) []byte {
	for len(s.elements) > 0 && len(s.places) > 0 && s.places[0] <= i {
		b = append(b, s.elements[0].Value.Reveal()...)
		s.elements, s.places = s.elements[1:], s.places[1:]
	}
	return b
}

// appendRest appends those that are left.
func (s *strays) appendRest(b []byte) []byte {
	for _, u := range s.elements {
		b = append(b, u.Value.Reveal()...)
	}
	return b
}
