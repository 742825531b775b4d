package repeat

import (
	"container/heap"
	"context"
	"crypto/rand"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"sync"
	"time"
)

// What a [Memory] holds when no option says.
const (
	// DefaultMaxKeys is how many keys.
	DefaultMaxKeys = 1 << 20
	// DefaultMaxBytes is how many bytes.
	DefaultMaxBytes = 256 << 20
)

// overhead is about what an entry takes besides its texts, in bytes.
const overhead = 128

// shards keep callers with different keys out of each other's way.
const shards = 64

// Memory is a [Store] in the memory of one process: it forgets everything when the
// process ends. It holds no goroutine, and forgets what is over whenever it is
// called. A full one refuses new keys with [ErrFull]: to forget an outcome early
// would be to do the work twice. It prints nothing of what it holds.
type Memory struct {
	now    func() time.Time
	most   int // keys in each shard
	bytes  int // in each shard
	seed   maphash.Seed
	shards [shards]shard
}

// MemoryOption changes a [Memory].
type MemoryOption func(*Memory)

// WithMaxKeys limits how many keys are held, roughly: the limit is shared out
// among parts of the store.
func WithMaxKeys(n int) MemoryOption {
	return func(m *Memory) { m.most = max(1, (n+shards-1)/shards) }
}

// WithMaxBytes limits what keys and outcomes take together, roughly. What is claimed
// already is finished all the same, so that the outcomes of work that is under way
// come on top.
func WithMaxBytes(n int) MemoryOption {
	return func(m *Memory) { m.bytes = max(1, (n+shards-1)/shards) }
}

// WithClock replaces the clock.
func WithClock(now func() time.Time) MemoryOption { return func(m *Memory) { m.now = now } }

// NewMemory returns an empty store.
func NewMemory(opts ...MemoryOption) *Memory {
	m := &Memory{now: time.Now, seed: maphash.MakeSeed()}
	WithMaxKeys(DefaultMaxKeys)(m)
	WithMaxBytes(DefaultMaxBytes)(m)
	for _, opt := range opts {
		opt(m)
	}
	return m
}

// Claim implements [Store].
func (m *Memory) Claim(ctx context.Context, key string, lease time.Duration) (Claim, error) {
	if err := ctx.Err(); err != nil {
		return Claim{}, err
	}
	now := m.now()
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
	switch e := s.entries[key]; {
	case e == nil:
	case e.token == "":
		return Claim{State: Finished, Outcome: slices.Clone(e.outcome)}, nil
	default:
		return Claim{State: Busy}, nil
	}
	if len(s.entries) >= m.most || s.bytes >= m.bytes {
		return Claim{}, ErrFull
	}
	e := &entry{key: key, token: rand.Text(), until: now.Add(lease)}
	if s.entries == nil {
		s.entries = map[string]*entry{}
	}
	s.entries[key] = e
	s.bytes += e.size()
	heap.Push(&s.ending, e)
	return Claim{State: Granted, Token: e.token}, nil
}

// Finish implements [Store].
func (m *Memory) Finish(ctx context.Context, key, token string, outcome []byte, keep time.Duration) error {
	return m.end(ctx, key, token, func(s *shard, e *entry, now time.Time) {
		s.bytes -= e.size()
		e.token, e.outcome, e.until = "", slices.Clone(outcome), now.Add(keep)
		s.bytes += e.size()
		heap.Fix(&s.ending, e.at)
	})
}

// Release implements [Store].
func (m *Memory) Release(ctx context.Context, key, token string) error {
	return m.end(ctx, key, token, func(s *shard, e *entry, _ time.Time) {
		heap.Remove(&s.ending, e.at)
		s.drop(e)
	})
}

// end calls do with the entry of a claim that is still held.
func (m *Memory) end(ctx context.Context, key, token string, do func(*shard, *entry, time.Time)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := m.now()
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
	e := s.entries[key]
	if e == nil || e.token == "" || e.token != token {
		return ErrLost
	}
	do(s, e, now)
	return nil
}

// Len returns how many keys are held.
func (m *Memory) Len() (n int) {
	now := m.now()
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		s.forget(now)
		n += len(s.entries)
		s.mu.Unlock()
	}
	return n
}

// Format prints what it is, whatever the verb.
func (m *Memory) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, "store in memory") }

func (m *Memory) shard(key string) *shard {
	return &m.shards[maphash.String(m.seed, key)%shards]
}

// shard is a part of the store, with a lock of its own.
type shard struct {
	mu      sync.Mutex
	entries map[string]*entry
	ending  ending
	bytes   int // what the entries take
}

// forget drops what is over.
func (s *shard) forget(now time.Time) {
	for len(s.ending) > 0 && !now.Before(s.ending[0].until) {
		s.drop(heap.Pop(&s.ending).(*entry))
	}
}

// drop forgets an entry that is not in the heap any more. A map never gets smaller:
// one that is empty goes.
func (s *shard) drop(e *entry) {
	delete(s.entries, e.key)
	s.bytes -= e.size()
	if len(s.entries) == 0 {
		s.entries, s.ending = nil, nil
	}
}

// entry is what is known of a key: a claim, which has a token, or an outcome.
type entry struct {
	key, token string
	outcome    []byte
	until      time.Time
	at         int // its place in the heap
}

// size is about what an entry takes, in bytes.
func (e *entry) size() int { return overhead + len(e.key) + len(e.token) + len(e.outcome) }

// ending is a heap of entries: the one that is over first is on top.
type ending []*entry

func (h ending) Len() int           { return len(h) }
func (h ending) Less(i, j int) bool { return h[i].until.Before(h[j].until) }

func (h ending) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

// Push implements [heap.Interface].
func (h *ending) Push(x any) {
	e := x.(*entry)
	e.at = len(*h)
	*h = append(*h, e)
}

// Pop implements [heap.Interface].
func (h *ending) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}
