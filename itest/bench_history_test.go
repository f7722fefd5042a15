package itest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/client"
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
	friends := make([]*client.Engine, h.conversations)
	for i := range friends {
		friends[i] = w.register(fmt.Sprintf("%s-friend%d", handle, i))
	}
	for epoch := range h.epochs {
		var work sync.WaitGroup
		errs := make([]error, len(friends))
		for i, f := range friends {
			work.Go(func() {
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
	for _, f := range friends {
		f.Close()
	}
	owner.Close()
	return code
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
