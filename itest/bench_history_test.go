package itest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/core/convo"
	serverstore "github.com/coffer-chat/coffer/server/store"
)

// history is the size of a history to restore.
type history struct {
	conversations int
	epochs        int // MLS epochs of each
	perEpoch      int // messages in each epoch
}

func (h history) messages() int { return h.conversations * h.epochs * h.perEpoch }

// makeHistory registers an account, has others write to it with real devices
// over the real API, and returns its recovery code. A conversation's keys are
// renewed because the clock goes on by more than a week.
func (w *benchServer) makeHistory(handle string, h history) (code string) {
	w.tb.Helper()
	owner := w.register(handle)
	code, _, err := owner.AddCode(w.ctx)
	w.must(err)
	friends := make([]store.Store, h.conversations)
	for i := range friends {
		friends[i] = mem.New()
		f := w.engine(friends[i])
		w.must(f.Register(w.ctx, client.RegisterOptions{Server: w.url, Handle: fmt.Sprintf("%s-friend%d", handle, i)}))
		f.Close()
	}
	for epoch := range h.epochs {
		var work sync.WaitGroup
		errs := make([]error, len(friends))
		for i, device := range friends {
			work.Go(func() {
				f := w.engine(device) // as a program that is started to send
				defer f.Close()
				left, text := h.perEpoch, newTexts(uint64(epoch*len(friends)+i))
				next := func() (client.Outgoing, bool) {
					left--
					return client.Outgoing{Text: text()}, left >= 0
				}
				errs[i] = f.SendMany(w.ctx, handle, next, func(_ client.Message, err error) {
					if err != nil && errs[i] == nil {
						errs[i] = err
					}
				})
			})
		}
		work.Wait()
		for _, err := range errs {
			w.must(err)
		}
		w.skew.Add(int64(8 * 24 * time.Hour))
	}
	owner.Close()
	for _, device := range friends {
		f := w.engine(device)
		list, err := f.List(w.ctx)
		w.must(err)
		f.Close()
		w.hasEpochs(list[0].ID, h.epochs)
	}
	return code
}

// hasEpochs checks that a conversation has had as many MLS epochs as it should.
func (w *benchServer) hasEpochs(id convo.ID, n int) {
	w.tb.Helper()
	w.must(w.db.ViewConversation(w.ctx, id, func(v serverstore.ConversationView) error {
		c, err := v.Conversation()
		if err == nil && c.Epoch != uint64(n) {
			w.tb.Fatalf("the history has %d MLS epochs in a conversation, not %d", c.Epoch, n)
		}
		return err
	}))
}

// newTexts returns a source of texts of about 200 bytes, of words as frequent
// as those of a language are.
func newTexts(seed uint64) func() string {
	r := rand.New(rand.NewPCG(seed, 200))
	zipf := rand.NewZipf(r, 1.1, 4, 50_000)
	return func() string {
		var b strings.Builder
		for b.Len() < 195 {
			n := zipf.Uint64()
			for {
				b.WriteByte("etaoinshrdlucmfwypvbgk"[n%22])
				b.WriteByte("aeiou"[n%5])
				if n /= 22; n == 0 {
					break
				}
			}
			b.WriteByte(' ')
		}
		return b.String()[:min(b.Len(), 200)]
	}
}
