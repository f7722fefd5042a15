package realm

import (
	"context"
	"sync"
	"time"
)

// Memory is a Store in memory: for tests and trials.
type Memory struct {
	mu      sync.Mutex
	version uint64
	rows    map[Key]memoryRow
}

type memoryRow struct {
	Row
	due   time.Time
	first uint64 // sequence number of log[0]
	log   [][]byte
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{rows: map[Key]memoryRow{}} }

// Get implements Store.
func (m *Memory) Get(ctx context.Context, key Key) (Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rows[key]
	if !ok {
		return Row{}, ErrNotFound
	}
	return r.Row, ctx.Err()
}

// Apply implements Store.
func (m *Memory) Apply(ctx context.Context, c Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rows[c.Key]
	if r.Version != c.Version {
		return ErrConflict
	}
	if c.Value == nil {
		delete(m.rows, c.Key)
		return nil
	}
	m.version++
	r.Row = Row{Value: c.Value, Version: m.version}
	r.due = c.Due
	if len(c.Log) > 0 {
		r.log = append(r.log[:len(r.log):len(r.log)], c.Log...)
		if c.LogKept > 0 && len(r.log) > c.LogKept {
			r.log = r.log[len(r.log)-c.LogKept:]
		}
		r.first = c.LogSeq + 1 - uint64(len(r.log))
	}
	m.rows[c.Key] = r
	return nil
}

// Log implements Store.
func (m *Memory) Log(ctx context.Context, key Key, from uint64, limit int) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rows[key]
	log := r.log
	if from > r.first {
		log = log[min(from-r.first, uint64(len(log))):]
	}
	return log[:min(limit, len(log))], ctx.Err()
}

// Due implements Store.
func (m *Memory) Due(ctx context.Context, now time.Time, limit int) ([]Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Key
	for k, r := range m.rows {
		if !r.due.IsZero() && !r.due.After(now) && len(out) < limit {
			out = append(out, k)
		}
	}
	return out, ctx.Err()
}
