package wake

import (
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/internal/push"
	"github.com/coffer-chat/coffer/server/store"
)

// TestUrgency: what is worth waking a participant for.
func TestUrgency(t *testing.T) {
	me, other := account.ID{1}, account.ID{2}
	p := store.Participant{Account: me, Since: 1}
	entry := func(seq uint64, by account.ID, k convo.EntryKind, purpose convo.Purpose) store.RecentEntry {
		return store.RecentEntry{Seq: seq, Kind: k, Purpose: purpose, Account: by}
	}
	message := func(seq uint64, by account.ID) store.RecentEntry {
		return entry(seq, by, convo.EntryMessage, convo.PurposeMessage)
	}
	var many recent
	for seq := uint64(40); len(many) < looked; seq-- {
		many = append(many, entry(seq, other, convo.EntryCommit, 0))
	}
	for name, c := range map[string]struct {
		recent recent
		p      store.Participant
		after  uint64
		want   push.Urgency
	}{
		"nothing":                 {nil, p, 0, push.None},
		"a message":               {recent{message(2, other)}, p, 1, push.High},
		"one that is known":       {recent{message(2, other)}, p, 2, push.None},
		"an own one":              {recent{message(2, me)}, p, 1, push.None},
		"an own one after it":     {recent{message(3, me), message(2, other)}, p, 1, push.High},
		"a commit after it":       {recent{entry(3, other, convo.EntryCommit, 0), message(2, other)}, p, 1, push.High},
		"a commit":                {recent{entry(3, other, convo.EntryCommit, 0)}, p, 2, push.None},
		"a leave":                 {recent{entry(3, other, convo.EntryLeave, 0)}, p, 2, push.None},
		"a name":                  {recent{entry(3, other, convo.EntryMessage, convo.PurposeInfo)}, p, 2, push.None},
		"an edit":                 {recent{entry(3, other, convo.EntryMessage, convo.PurposeEdit)}, p, 2, push.Low},
		"an unsend, known before": {recent{entry(3, other, convo.EntryMessage, convo.PurposeUnsend), message(2, other)}, p, 2, push.Low},
		"being added":             {recent{entry(7, other, convo.EntryCommit, 0)}, store.Participant{Account: me, Since: 7}, 0, push.High},
		"beginning a group":       {recent{entry(1, me, convo.EntryCreate, 0)}, p, 0, push.None},
		"more than is looked at":  {many, p, 3, push.High},
		"all that is new, seen":   {many, p, 40 - looked, push.None},
		"added just before":       {many, store.Participant{Account: me, Since: 40 - looked + 1}, 0, push.High},
	} {
		if got := c.recent.urgency(c.p, c.after); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
