package codec

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/freedompay-go/freedompay/wire"
)

// fill makes an input of the largest size of n items, between which there is
// opening and closing. Each item gets so many x as are needed for that.
func fill(n int, opening, closing string, item func(i int, x string) string) []byte {
	size := wire.MaxAnswerBytes - len(opening) - len(closing)
	x := strings.Repeat("x", max(size/n-len(item(n, "")), 0))
	var b bytes.Buffer
	b.WriteString(opening)
	for i := range n {
		b.WriteString(item(i, x))
	}
	b.WriteString(closing)
	return b.Bytes()
}

// Parsing an answer that is as large as can be takes less than three times its
// memory, whatever the answer does to make it more.
func TestMemoryOfParsing(t *testing.T) {
	const most = wire.MaxTokens - 2
	inputs := map[string][]byte{
		"members":         fill(most/2-1, `{`, `"":0}`, func(i int, x string) string { return fmt.Sprintf(`"k%05d":"%s",`, i, x) }),
		"escaped members": fill(most/2-1, `{`, `"":0}`, func(i int, x string) string { return fmt.Sprintf(`"\u0061%s%05d":1,`, x, i) }),
		"scalars":         fill(most, `[`, `0]`, func(_ int, x string) string { return `"` + x + `",` }),
		"objects":         fill(most/3, `[`, `{}]`, func(_ int, x string) string { return `{"a":"` + x + `"},` }),
		"one string":      fill(1, `[`, `0]`, func(_ int, x string) string { return `"` + x + `",` }),
		"elements":        fill(most/2, `<r>`, `</r>`, func(_ int, x string) string { return "<e>" + x + "</e>" }),
		"empty elements":  fill(most, `<r>`, `</r>`, func(_ int, x string) string { return "<e/>" + x }),
		"comments":        fill(400_000, `<r>`, `</r>`, func(_ int, x string) string { return "x<!---->" }),
		"references":      fill(800_000, `<r>`, `</r>`, func(_ int, x string) string { return "&#65;" }),
		"attributes":      fill(most, `<r>`, `</r>`, func(_ int, x string) string { return `<e a="` + x + `" b=""/>` }),
	}
	for name, data := range inputs {
		parse := parseJSON
		if data[0] == '<' {
			parse = parseXML
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d, err := parse(data, Limits{})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		ratio := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(data))
		t.Logf("%s: %d bytes, %d nodes, allocated %.2f times the input", name, len(data), len(d.nodes), ratio)
		if ratio > 3 {
			t.Errorf("%s: allocated %.2f times the input of %d bytes", name, ratio, len(data))
		}
	}
}

// What is refused costs next to nothing.
func TestMemoryOfRefusing(t *testing.T) {
	inputs := map[string][]byte{
		"brackets": bytes.Repeat([]byte("["), 1_000_000),
		"objects":  bytes.Repeat([]byte(`{"a":`), 800_000),
		"elements": bytes.Repeat([]byte("<a>"), 1_000_000),
		"too long": make([]byte, wire.MaxAnswerBytes+1),
	}
	for name, data := range inputs {
		parse := parseJSON
		if data[0] == '<' {
			parse = parseXML
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := parse(data, Limits{})
		runtime.ReadMemStats(&after)
		if _, ok := err.(*LimitError); !ok {
			t.Errorf("%s: got error %v", name, err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
			t.Errorf("%s: %d bytes allocated", name, got)
		}
	}
}

// A message takes an allocation for each of its texts, and a few more.
func TestAllocations(t *testing.T) {
	data := AppendJSON(nil, fullOrder())
	b := make([]byte, 0, 2*len(data))
	o := fullOrder()
	if got := testing.AllocsPerRun(100, func() { b = AppendJSON(b[:0], o) }); got > 20 {
		t.Errorf("encoding takes %v allocations", got)
	}
	if got := testing.AllocsPerRun(100, func() { _, _ = parseJSON(data, Limits{}) }); got > 6 {
		t.Errorf("parsing takes %v allocations", got)
	}
}

// To keep the order of messages costs little, however many of them come in
// another one than the documented.
func TestMemoryOfOrders(t *testing.T) {
	const tokens = 5 // of one item: itself, two names, two values
	items := func(format string) []byte {
		return fill(wire.MaxTokens/tokens-2, `{"items":[`, `{}]}`, func(_ int, x string) string { return fmt.Sprintf(format, x) })
	}
	allocated := func(data []byte) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d, err := ParseJSON(data, Limits{})
		if err == nil {
			err = d.Decode(new(answer))
		}
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Error(err)
		}
		return float64(after.TotalAlloc-before.TotalAlloc) / wire.MaxAnswerBytes
	}
	documented := allocated(items(`{"pan":"%s","holder":""},`))
	another := allocated(items(`{"holder":"","pan":"%s"},`))
	t.Logf("in the documented order %.2f times the cap, in another %.2f", documented, another)
	if another > documented+0.5 {
		t.Errorf("another order costs %.2f times the cap, the documented one %.2f", another, documented)
	}
}
