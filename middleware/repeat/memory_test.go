package repeat_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freedompay-go/freedompay/middleware/repeat"
	"github.com/freedompay-go/freedompay/middleware/repeat/repeattest"
)

func TestMemory(t *testing.T) { repeattest.Run(t, repeat.NewMemory()) }

// clock is moved by hand.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func claim(t *testing.T, m *repeat.Memory, key string, lease time.Duration) repeat.Claim {
	t.Helper()
	c, err := m.Claim(t.Context(), key, lease)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A claim holds to the last moment of its lease, and an outcome of its time.
func TestMemoryTimes(t *testing.T) {
	var c clock
	m := repeat.NewMemory(repeat.WithClock(c.now))
	first := claim(t, m, "k", time.Second)
	c.advance(time.Second - 1)
	if got := claim(t, m, "k", time.Second); got.State != repeat.Busy {
		t.Errorf("%v before its end", got.State)
	}
	c.advance(1)
	if err := m.Finish(t.Context(), "k", first.Token, nil, time.Hour); !errors.Is(err, repeat.ErrLost) {
		t.Errorf("finished when its lease was over: %v", err)
	}
	second := claim(t, m, "k", time.Second)
	if second.State != repeat.Granted {
		t.Fatalf("%v at its end", second.State)
	}
	if err := m.Finish(t.Context(), "k", second.Token, []byte("done"), time.Hour); err != nil {
		t.Fatal(err)
	}
	c.advance(time.Hour - 1)
	if got := claim(t, m, "k", time.Second); got.State != repeat.Finished || string(got.Outcome) != "done" {
		t.Errorf("%v %q before its end", got.State, got.Outcome)
	}
	c.advance(1)
	if m.Len() != 0 {
		t.Errorf("%d keys are kept longer than they should be", m.Len())
	}
	if got := claim(t, m, "k", time.Second); got.State != repeat.Granted {
		t.Errorf("%v at its end", got.State)
	}
}

// A full store refuses new keys, forgets none before its time, and takes new ones
// when others are over.
func TestMemoryIsBounded(t *testing.T) {
	const most = 64 // one for each part
	var c clock
	m := repeat.NewMemory(repeat.WithMaxKeys(most), repeat.WithClock(c.now))
	var held []string
	refused := 0
	for i := range 100 * most {
		key := fmt.Sprint("key ", i)
		switch got, err := m.Claim(t.Context(), key, time.Minute); {
		case errors.Is(err, repeat.ErrFull) && got.State == 0:
			refused++
		case err != nil:
			t.Fatal(err)
		default:
			held = append(held, key)
		}
	}
	if len(held) > most || len(held) < most/2 || m.Len() != len(held) || refused != 100*most-len(held) {
		t.Errorf("%d keys held, %d by its own count, %d refused", len(held), m.Len(), refused)
	}
	for _, key := range held {
		if got := claim(t, m, key, time.Minute); got.State != repeat.Busy {
			t.Errorf("%s: %v", key, got.State)
		}
	}
	c.advance(time.Minute)
	if got := claim(t, m, "another", time.Minute); got.State != repeat.Granted || m.Len() != 1 {
		t.Errorf("%v, %d keys", got.State, m.Len())
	}
}

// The limit is rounded up to a whole number for each part, and is never none: a
// store that takes nothing would refuse everybody.
func TestMemoryLimitIsRoundedUp(t *testing.T) {
	const parts = 64
	for limit, want := range map[int]int{
		-1: parts, 0: parts, 1: parts, parts: parts, parts + 1: 2 * parts, 2 * parts: 2 * parts, 2*parts + 1: 3 * parts, 3 * parts: 3 * parts,
	} {
		m := repeat.NewMemory(repeat.WithMaxKeys(limit))
		for i := range 200 * parts { // so many that no part is left with room
			if _, err := m.Claim(t.Context(), fmt.Sprint("key ", i), time.Minute); err != nil && !errors.Is(err, repeat.ErrFull) {
				t.Fatal(err)
			}
		}
		if got := m.Len(); got != want {
			t.Errorf("a limit of %d: %d keys are held, want %d", limit, got, want)
		}
	}
}

// The end of a claim that was released is not the end of the next one.
func TestMemoryForgetsReleasedClaims(t *testing.T) {
	var c clock
	m := repeat.NewMemory(repeat.WithClock(c.now))
	for i := range 1000 { // no part is empty, and begins anew
		claim(t, m, fmt.Sprint("another ", i), time.Hour)
	}
	first := claim(t, m, "k", time.Second)
	if err := m.Release(t.Context(), "k", first.Token); err != nil {
		t.Fatal(err)
	}
	claim(t, m, "k", time.Hour)
	c.advance(time.Minute)
	if got := claim(t, m, "k", time.Hour); got.State != repeat.Busy {
		t.Errorf("%v", got.State)
	}
}

// What is over in one order was claimed in another.
func TestMemoryForgetsInOrder(t *testing.T) {
	var c clock
	m := repeat.NewMemory(repeat.WithClock(c.now))
	leases := map[string]time.Duration{}
	for i := range 1000 {
		key := fmt.Sprint(i)
		leases[key] = time.Duration(i*7919%1000+1) * time.Second
		got := claim(t, m, key, leases[key])
		switch i % 4 {
		case 1: // kept for longer
			leases[key] += 500 * time.Second
			if err := m.Finish(t.Context(), key, got.Token, nil, leases[key]); err != nil {
				t.Fatal(err)
			}
		case 2:
			delete(leases, key)
			if err := m.Release(t.Context(), key, got.Token); err != nil {
				t.Fatal(err)
			}
		}
	}
	for second := range 1600 {
		want := 0
		for _, lease := range leases {
			if lease > time.Duration(second)*time.Second {
				want++
			}
		}
		if got := m.Len(); got != want {
			t.Fatalf("after %d s %d keys are held, want %d", second, got, want)
		}
		c.advance(time.Second)
	}
}

// What is handed in and out is nobody else's.
func TestMemoryCopies(t *testing.T) {
	m := repeat.NewMemory()
	c := claim(t, m, "k", time.Minute)
	outcome := []byte("done")
	if err := m.Finish(t.Context(), "k", c.Token, outcome, time.Minute); err != nil {
		t.Fatal(err)
	}
	copy(outcome, "gone")
	if got := claim(t, m, "k", time.Minute); string(got.Outcome) != "done" {
		t.Errorf("%q", got.Outcome)
	}
}

// Many keys, many callers, many ends: whatever is granted is granted to one.
func TestMemoryUnderLoad(t *testing.T) {
	m := repeat.NewMemory()
	const keys, callers = 50, 20
	var holders [keys]atomic.Int32
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for i := range 2000 {
				k := (i*31 + caller*17) % keys
				key := fmt.Sprint(k)
				c, err := m.Claim(t.Context(), key, time.Hour)
				if err != nil {
					t.Error(err)
					return
				}
				if c.State != repeat.Granted {
					continue
				}
				if holders[k].Add(1) != 1 {
					t.Error("two hold one key")
				}
				holders[k].Add(-1)
				if err := m.Release(t.Context(), key, c.Token); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if m.Len() != 0 {
		t.Errorf("%d keys are left", m.Len())
	}
}

func TestStates(t *testing.T) {
	var texts []string
	for s := range repeat.State(6) {
		texts = append(texts, s.String())
	}
	if want := []string{"no state", "granted", "busy", "finished", "no state", "no state"}; !slices.Equal(texts, want) {
		t.Errorf("%q", texts)
	}
	if got := fmt.Sprintf("%v %+v %s", repeat.NewMemory(), repeat.NewMemory(), repeat.NewMemory()); got != "store in memory store in memory store in memory" {
		t.Error(got)
	}
}

func BenchmarkMemory(b *testing.B) {
	m := repeat.NewMemory(repeat.WithMaxKeys(1 << 30))
	b.ReportAllocs()
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := fmt.Sprint(n.Add(1))
			c, _ := m.Claim(b.Context(), key, time.Minute)
			_ = m.Finish(b.Context(), key, c.Token, []byte("done"), 10*time.Millisecond)
		}
	})
}

// What keys and outcomes take is bounded too, and what was claimed is finished all the
// same.
func TestMemoryIsBoundedInBytes(t *testing.T) {
	const most = 64 << 10
	var c clock
	m := repeat.NewMemory(repeat.WithMaxBytes(most), repeat.WithClock(c.now))
	outcome := make([]byte, 512)
	held := 0
	for i := range 1000 {
		key := fmt.Sprint("key ", i)
		got, err := m.Claim(t.Context(), key, time.Minute)
		if errors.Is(err, repeat.ErrFull) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		held++
		if err := m.Finish(t.Context(), key, got.Token, outcome, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	// Each of 64 parts takes one outcome after another until it has its 1 KiB.
	if held > 2*64 || held < 64 {
		t.Errorf("%d outcomes of %d bytes are held, of %d bytes that may be", held, len(outcome), most)
	}
	c.advance(time.Minute)
	for range 2 { // what was forgotten counts no more, nor what was released
		got := claim(t, m, "key 1", time.Minute)
		if got.State != repeat.Granted {
			t.Fatalf("%v", got.State)
		}
		if err := m.Release(t.Context(), "key 1", got.Token); err != nil {
			t.Fatal(err)
		}
	}
	if m.Len() != 0 {
		t.Errorf("%d keys are left", m.Len())
	}
}

// What a store may take is rounded up to whole bytes for each part, is never nothing,
// and is made up of the key, of the token of a claim and of an outcome: each counts
// while it is held, and no longer.
func TestMemoryCountsBytes(t *testing.T) {
	const parts = 64
	// held is how many keys each part takes that may have so many bytes.
	held := func(bytes, key int, outcome []byte) int {
		m := repeat.NewMemory(repeat.WithMaxBytes(bytes))
		for i := range 50 * parts { // so many that no part is left with room
			key := fmt.Sprintf("%0*d", key, i)
			got, err := m.Claim(t.Context(), key, time.Minute)
			if err == nil && outcome != nil {
				err = m.Finish(t.Context(), key, got.Token, outcome, time.Minute)
			}
			if err != nil && !errors.Is(err, repeat.ErrFull) {
				t.Fatal(err)
			}
		}
		return m.Len() / parts
	}
	// least is the least number of bytes with which a part takes n keys.
	least := func(n, key int, outcome []byte) int {
		return sort.Search(1<<16, func(bytes int) bool { return held(bytes, key, outcome) >= n })
	}
	for _, limit := range []int{-1000, 0, 1, parts} {
		if got := held(limit, 10, nil); got != 1 {
			t.Errorf("a limit of %d bytes: each part has %d keys", limit, got)
		}
	}
	// A part takes one key more while it has room for a byte.
	claimed := least(2, 10, nil) - 1
	if claimed%parts != 0 || least(3, 10, nil)-1 != 2*claimed {
		t.Errorf("a part has two keys from %d bytes on, three from %d", claimed+1, least(3, 10, nil))
	}
	if got := least(2, 30, nil) - 1; got != claimed+20*parts {
		t.Errorf("20 bytes of a key: %d bytes are %d", claimed, got)
	}
	finished := least(2, 10, []byte{}) - 1
	if token := (claimed - finished) / parts; token < 16 || token > 64 {
		t.Errorf("a token of %d bytes", token)
	}
	if least(3, 10, []byte{})-1 != 2*finished {
		t.Errorf("a part has two outcomes from %d bytes on, three from %d", finished+1, least(3, 10, []byte{}))
	}
	if got := least(2, 10, make([]byte, 100)) - 1; got != finished+100*parts {
		t.Errorf("100 bytes of an outcome: %d bytes are %d", finished, got)
	}
}

// A hundred times as many keys come and go as are ever held at once: nothing piles up.
func TestMemoryLeaksNothing(t *testing.T) {
	const rounds, keys = 100, 2000
	var c clock
	m := repeat.NewMemory(repeat.WithClock(c.now), repeat.WithMaxKeys(4*keys))
	heap := func() uint64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := heap()
	for round := range rounds {
		for i := range keys {
			key := fmt.Sprintf("round %d, key %d", round, i)
			got := claim(t, m, key, time.Minute)
			var err error
			switch i % 3 {
			case 0:
				err = m.Finish(t.Context(), key, got.Token, make([]byte, 1024), time.Minute)
			case 1:
				err = m.Release(t.Context(), key, got.Token)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		c.advance(time.Minute)
	}
	if m.Len() != 0 {
		t.Errorf("%d keys are left", m.Len())
	}
	// A round takes about 1 MB: of a hundred not one is left.
	if after := heap(); after > before+1<<19 {
		t.Errorf("%d bytes before, %d after", before, after)
	}
	runtime.KeepAlive(m)
}
