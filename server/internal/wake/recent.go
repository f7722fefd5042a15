package wake

import (
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/internal/push"
	"github.com/coffer-chat/coffer/server/store"
)

// looked is how many entries are looked at for what is worth waking a device; of
// more than these at once something will be.
const looked = 16

// recent are a log's last entries, the newest first.
type recent []store.RecentEntry

// urgency says how much the entries after one matter to a participant. What the
// account has posted itself does not.
func (r recent) urgency(p store.Participant, after uint64) (u push.Urgency) {
	for _, e := range r {
		if e.Seq <= after {
			return u
		}
		if e.Account != p.Account {
			u = max(u, urgencyOf(e, p))
		}
	}
	if len(r) == looked && r[looked-1].Seq > after+1 && r[looked-1].Seq > p.Since {
		return push.High
	}
	return u
}

func urgencyOf(e store.RecentEntry, p store.Participant) push.Urgency {
	switch {
	case e.Seq == p.Since: // it was added
		return push.High
	case e.Kind != convo.EntryMessage:
		return push.None
	case e.Purpose == convo.PurposeMessage:
		return push.High
	case e.Purpose == convo.PurposeEdit, e.Purpose == convo.PurposeUnsend:
		return push.Low
	}
	return push.None
}
