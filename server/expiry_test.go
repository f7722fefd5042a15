package server_test

import (
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/convo"
)

// TestEraseAfterOfChanges: an edit lasts as long as its message and is erased with
// it; what takes back or describes does not disappear.
func TestEraseAfterOfChanges(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	at := uint64(w.clock.Now().Add(time.Hour).UnixMilli())
	post := func(purpose convo.Purpose, target, erase uint64) error {
		h := x.header()
		h.Purpose, h.Target, h.EraseAfterMS = purpose, target, erase
		return try(w, x.convos.PostMessage, x.seal(h, "text"))
	}
	h := x.header()
	h.EraseAfterMS = at
	seq := x.post(h, "for an hour").GetEntry().GetSeq()
	for _, erase := range []uint64{0, at + 1, at - 1} {
		w.refused(post(convo.PurposeEdit, seq, erase), invalid)
	}
	w.refused(post(convo.PurposeUnsend, seq, at), invalid)
	w.refused(post(convo.PurposeInfo, 0, at), invalid)
	w.refused(post(convo.PurposeMessage, 0, at+366*24*3600*1000), invalid)
	h = x.header()
	h.Purpose, h.Target, h.EraseAfterMS = convo.PurposeEdit, seq, at
	edit := x.post(h, "for an hour, edited").GetEntry().GetSeq()
	w.clock.Add(time.Hour + time.Second)
	waitFor(t, func() bool { return erased(x.entry(seq)) && erased(x.entry(edit)) })
}
