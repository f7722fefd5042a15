package itest

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// BenchmarkDeliver has pairs of accounts talk over loopback: each sender posts
// the next message when the one before is acknowledged, that is, on disk; each
// receiver waits for news and reads the log. Messages are sealed before. It
// reports how many were acknowledged and read in a second, and how long it took
// from the call to the acknowledgement (ack) and to the receiver (got).
//
// The floor, in the same run: as many writers that store the same rows in the
// same kind of database, with a sync before each answer and shared among those
// that wait, and nothing else.
func BenchmarkDeliver(b *testing.B) {
	for _, n := range []int{1, 50, 200} {
		b.Run(fmt.Sprint("pairs=", n), func(b *testing.B) {
			w := newBenchServer(b)
			pairs := w.pairs(n)
			each := max(1, 4000/n)
			if n == 1 {
				each = 1000
			}
			var acks, gots, floors []time.Duration
			var took, floorTook effort
			for b.Loop() {
				b.StopTimer()
				messages := make([][]*wire.PostMessageRequest, n)
				text := newTexts(1)
				for i, x := range pairs {
					for range each {
						messages[i] = append(messages[i], x.seal(text()))
					}
				}
				b.StartTimer()
				took.measure(nil, func() {
					a, g := w.deliver(pairs, messages)
					acks, gots = append(acks, a...), append(gots, g...)
				})
				b.StopTimer()
				floorTook.measure(nil, func() { floors = append(floors, w.deliverFloor(messages)...) })
				b.StartTimer()
			}
			rate, floor := float64(len(acks))/took.clock.Seconds(), float64(len(floors))/floorTook.clock.Seconds()
			b.ReportMetric(rate, "messages/s")
			b.ReportMetric(floor, "floor/s")
			b.ReportMetric(floor/rate, "x-floor")
			b.ReportMetric(float64(took.cpu.Microseconds())/float64(len(acks)), "cpu-us/message")
			b.ReportMetric(took.cpu.Seconds()/floorTook.cpu.Seconds(), "cpu-x-floor")
			for _, of := range []struct {
				name string
				list []time.Duration
			}{{"ack", acks}, {"got", gots}, {"floor", floors}} {
				slices.Sort(of.list)
				b.ReportMetric(ms(of.list[len(of.list)/2]), of.name+"-p50-ms")
				b.ReportMetric(ms(of.list[len(of.list)*99/100]), of.name+"-p99-ms")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// deliver posts all messages and waits until they have been received.
func (w *benchServer) deliver(pairs []*benchTalk, messages [][]*wire.PostMessageRequest) (acks, gots []time.Duration) {
	w.tb.Helper()
	var work sync.WaitGroup
	var mu sync.Mutex
	errs := make([]error, 2*len(pairs))
	for i, x := range pairs {
		begun := make([]time.Time, len(messages[i])) // by place in the log after head
		var began sync.Mutex
		head := x.head
		work.Go(func() {
			mine := make([]time.Duration, 0, len(begun))
			for k, m := range messages[i] {
				start := time.Now()
				began.Lock()
				begun[k] = start
				began.Unlock()
				r, err := x.from.convos.PostMessage(w.ctx, m)
				if err != nil {
					errs[2*i] = err
					return
				}
				mine = append(mine, time.Since(start))
				x.head = convo.LogHead{Seq: r.Head.Seq, Link: [32]byte(r.Head.Link)}
			}
			mu.Lock()
			defer mu.Unlock()
			acks = append(acks, mine...)
		})
		work.Go(func() {
			var mine []time.Duration
			errs[2*i+1] = x.receive(w.ctx, head.Seq, len(begun), func(seq uint64) {
				began.Lock()
				defer began.Unlock()
				mine = append(mine, time.Since(begun[seq-head.Seq-1]))
			})
			mu.Lock()
			defer mu.Unlock()
			gots = append(gots, mine...)
		})
	}
	work.Wait()
	for _, err := range errs {
		w.must(err)
	}
	return acks, gots
}

// receive waits for n entries after seq and tells of each.
func (x *benchTalk) receive(ctx context.Context, seq uint64, n int, got func(seq uint64)) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	end := seq + uint64(n)
	var cursor uint64
	for seq < end {
		// The log first: what came before the wait began wakes nobody.
		r, err := x.to.convos.ReadLog(ctx, &wire.ReadLogRequest{Conversation: x.id[:], FromSeq: seq + 1})
		if err != nil {
			return err
		}
		for i := range r.Entries {
			if r.Entries[i].Seq != seq+1 {
				return fmt.Errorf("entry %d after entry %d", r.Entries[i].Seq, seq)
			}
			seq++
			got(seq)
		}
		if seq == end {
			return nil
		}
		news, err := x.to.Wait(ctx, &wire.WaitRequest{Cursor: cursor, TimeoutMs: 1000})
		if err != nil {
			return err
		}
		cursor = news.Cursor
	}
	return nil
}

// deliverFloor stores the same rows with as many writers.
func (w *benchServer) deliverFloor(messages [][]*wire.PostMessageRequest) (took []time.Duration) {
	w.tb.Helper()
	db, err := sqlstore.OpenSQLite(w.ctx, filepath.Join(w.tb.TempDir(), "floor.db"))
	w.must(err)
	defer db.Close()
	var work sync.WaitGroup
	var mu sync.Mutex
	for i := range messages {
		id := convo.ID(messages[i][0].Conversation)
		row := store.Conversation{ID: id, Epoch: 1, Suite: uint16(benchSuite)}
		w.must(db.UpdateConversation(w.ctx, id, func(tx store.ConversationTx) error { return tx.Create(row) }))
		work.Go(func() {
			var mine []time.Duration
			for _, m := range messages[i] {
				start := time.Now()
				row.Head.Seq++
				err := db.UpdateConversation(w.ctx, id, func(tx store.ConversationTx) error {
					if err := tx.Append(floorEntry(row.Head.Seq, m.Message)); err != nil {
						return err
					}
					return tx.SetConversation(row)
				})
				if err != nil {
					w.tb.Error(err)
					return
				}
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	work.Wait()
	return took
}

// floorEntry is a row as the server stores one for a message.
func floorEntry(seq uint64, body []byte) store.Entry {
	return store.Entry{
		Seq: seq, Kind: convo.EntryMessage, Sender: convo.Sender{Account: account.ID(random(32)), Device: account.KeyholderID(random(16))},
		AcceptedMS: seq, Epoch: 1, Purpose: convo.PurposeMessage, Body: body, Frank: make([]byte, 180), Idempotency: random(16),
	}
}
