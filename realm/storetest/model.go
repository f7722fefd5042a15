package storetest

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/realm"
)

// model is what a store should hold, kept in the simplest way.
type model struct {
	value []byte
	seq   uint64
	log   [][]byte
}

// randomRuns compares a store with the model over random changes. The seed is
// printed when they differ.
func randomRuns(t *testing.T, s realm.Store) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	ctx := context.Background()
	models := map[realm.Key]*model{}
	for step := range 150 {
		k := key(byte(r.IntN(3) + 1))
		m := models[k]
		row, err := s.Get(ctx, k)
		if (m == nil) != errors.Is(err, realm.ErrNotFound) || m != nil && !bytes.Equal(m.value, row.Value) {
			t.Fatalf("seed %d, step %d: got %q, %v", seed, step, row.Value, err)
		}
		stale := r.IntN(5) == 0
		c := realm.Change{Key: k, Version: row.Version}
		if stale {
			c.Version += 1 + r.Uint64N(3)
		}
		next := &model{}
		if m != nil {
			*next = *m
		}
		if r.IntN(6) == 0 {
			next = nil
		} else {
			c.Value = []byte{byte(step), byte(r.Uint32())}
			next.value = c.Value
			for range r.IntN(3) {
				c.Log = append(c.Log, []byte{byte(r.Uint32())})
			}
			next.seq += uint64(len(c.Log))
			c.LogSeq = next.seq
			next.log = append(append([][]byte(nil), next.log...), c.Log...)
		}
		err = s.Apply(ctx, c)
		if stale != errors.Is(err, realm.ErrConflict) || !stale && err != nil {
			t.Fatalf("seed %d, step %d: apply (stale %v): %v", seed, step, stale, err)
		}
		if !stale {
			models[k] = next
			if next == nil {
				delete(models, k)
			}
		}
		var want []byte
		if m := models[k]; m != nil {
			want = bytes.Join(m.log, nil)
		}
		log, err := s.Log(ctx, k, 0, 1000)
		if err != nil || !bytes.Equal(bytes.Join(log, nil), want) {
			t.Fatalf("seed %d, step %d: log differs (%v)", seed, step, err)
		}
	}
}
