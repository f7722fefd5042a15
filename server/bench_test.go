package server_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// BenchmarkPost is how many messages the server takes from senders that each
// wait for the answer before they send the next, over loopback and to disk.
// Messages are sealed beforehand. floor is a row of the same size written to
// disk by as many writers, without anything around it.
func BenchmarkPost(b *testing.B) {
	for _, senders := range []int{1, 50, 200} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) { benchmarkPost(b, senders) })
		b.Run(fmt.Sprintf("senders=%d/floor", senders), func(b *testing.B) { benchmarkFloor(b, senders) })
	}
}

func benchmarkPost(b *testing.B, senders int) {
	w := newWorld(b, func(c *server.Config) {
		c.Now = time.Now
		c.Limits = server.Limits{Post: server.Rule{Burst: -1}, Register: server.Rule{Burst: -1}, SignIn: server.Rule{Burst: -1}}
	})
	messages := make([][]*cofferv1.PostMessageRequest, senders)
	clients := make([]*client, senders)
	for i := range senders {
		alice, bob := w.register(fmt.Sprintf("a%d", i)), w.register(fmt.Sprintf("b%d", i))
		x := alice.first.createDirect(bob)
		clients[i] = x.client
		for range (b.N + senders - 1) / senders {
			messages[i] = append(messages[i], x.seal(x.header(), "a message of middling length, as people write them"))
		}
	}
	b.ResetTimer()
	report(b, senders, func(i, n int) error { return try(w, clients[i].convos.PostMessage, messages[i][n]) })
}

func benchmarkFloor(b *testing.B, senders int) {
	db, err := sqlstore.OpenSQLite(b.Context(), filepath.Join(b.TempDir(), "floor.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	body := make([]byte, 700)
	b.ResetTimer()
	report(b, senders, func(i, n int) error {
		return db.UpdateConversation(b.Context(), convo.ID{0: byte(i), 1: byte(i >> 8)}, func(tx store.ConversationTx) error {
			return tx.Append(store.Entry{Seq: uint64(n + 1), Body: body})
		})
	})
}

// report runs b.N calls from as many senders at once and reports their times.
func report(b *testing.B, senders int, f func(sender, n int) error) {
	times := make([][]time.Duration, senders)
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			for n := 0; n < (b.N+senders-1)/senders && left.Add(-1) >= 0; n++ {
				began := time.Now()
				if err := f(i, n); err != nil {
					b.Error(err)
					return
				}
				times[i] = append(times[i], time.Since(began))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Concat(times...)
	slices.Sort(all)
	if len(all) == 0 {
		return
	}
	b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
}
