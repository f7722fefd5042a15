package local

import (
	"bytes"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/bus"
)

// maxWaiting bounds the messages of all accounts that wait; the oldest go first.
const maxWaiting = 1 << 14

// relay keeps ephemeral messages for a few seconds. Its zero value is ready.
type relay struct {
	mu     sync.Mutex
	of     map[account.ID][]relayed
	queue  []account.ID // whose message is next to go, in the order of coming
	number uint64       // of the newest; a time, so that it grows over restarts
}

type relayed struct {
	number  uint64
	message []byte
}

// Relay implements bus.Bus.
func (b *Bus) Relay(id account.ID, message []byte) {
	b.relay.put(id, bytes.Clone(message), uint64(time.Now().UnixNano()))
	b.Publish(id)
}

// Relayed implements bus.Bus.
func (b *Bus) Relayed(id account.ID, after uint64) ([][]byte, uint64) {
	return b.relay.after(id, after, uint64(time.Now().UnixNano()))
}

func (r *relay) put(id account.ID, message []byte, now uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire(now)
	r.number = max(r.number+1, now)
	if r.of == nil {
		r.of = map[account.ID][]relayed{}
	}
	r.of[id] = append(r.of[id], relayed{r.number, message})
	r.queue = append(r.queue, id)
}

// after returns what came after a cursor, and the number of the newest of these: one
// of all accounts' would tell how busy others are.
func (r *relay) after(id account.ID, cursor, now uint64) (out [][]byte, next uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire(now)
	next = cursor
	list := r.of[id]
	list = list[max(0, len(list)-bus.MaxRelayed):]
	for _, m := range list {
		if m.number > cursor {
			out = append(out, m.message)
			next = max(next, m.number)
		}
	}
	return out, next
}

// expire forgets what has waited long enough, and what is too much.
func (r *relay) expire(now uint64) {
	for len(r.queue) > 0 {
		id := r.queue[0]
		if r.of[id][0].number+uint64(bus.RelayFor) > now && len(r.queue) < maxWaiting {
			return
		}
		r.queue = r.queue[1:]
		if r.of[id] = r.of[id][1:]; len(r.of[id]) == 0 {
			delete(r.of, id)
		}
	}
}
