package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// epochID names an MLS epoch of a conversation: epochs begin at 0 in each
// generation.
type epochID struct {
	generation uint32
	epoch      uint64
}

func (p epochID) next() epochID { return epochID{p.generation, p.epoch + 1} }

// placeOf returns the epoch that a message or commit was made in.
func placeOf(h mls.Header) (epochID, error) {
	_, generation, err := convo.ParseMLSGroupID(h.GroupID)
	return epochID{generation, h.Epoch}, err
}

// here is the newest epoch that was walked.
func (c *conversation) here() epochID { return epochID{c.pos.Generation, c.pos.Epoch} }

// generation is where one of a conversation's groups begins in its log.
type generation struct {
	from  uint64 // seq of the entry
	suite mls.CipherSuite
	last  uint64 // the newest epoch of the generation before
}

func (g *generation) append(b []byte) []byte {
	b = syntax.AppendUint64(b, g.from)
	b = syntax.AppendUint16(b, uint16(g.suite))
	return syntax.AppendUint64(b, g.last)
}

func readGeneration(r *syntax.Reader) generation {
	return generation{from: r.Uint64(), suite: mls.CipherSuite(r.Uint16()), last: r.Uint64()}
}

// before returns the epoch before one, which may be the last of the generation
// before; false at the conversation's first.
func (s *convState) before(p epochID) (epochID, bool) {
	switch {
	case p.epoch > 0:
		return epochID{p.generation, p.epoch - 1}, true
	case p.generation == 0 || int(p.generation) >= len(s.Generations):
		return epochID{}, false
	}
	return epochID{p.generation - 1, s.Generations[p.generation].last}, true
}

// after returns the epoch after one, which may be the first of the next generation.
func (s *convState) after(p epochID) epochID {
	if n := int(p.generation) + 1; n < len(s.Generations) && p.epoch >= s.Generations[n].last {
		return epochID{p.generation + 1, 0}
	}
	return p.next()
}

// generationAt returns the generation that is current at an entry.
func (s *convState) generationAt(seq uint64) uint32 {
	n := len(s.Generations) - 1
	for n > 0 && s.Generations[n].from > seq {
		n--
	}
	return uint32(max(n, 0))
}

// suiteAt returns the cipher suite that is current at an entry, 0 where it is
// not known.
func (s *convState) suiteAt(seq uint64) mls.CipherSuite {
	if len(s.Generations) == 0 {
		return 0
	}
	return s.Generations[s.generationAt(seq)].suite
}

// backwards calls f with each epoch that was walked, from one on towards the
// conversation's first, until f says that it has seen enough.
func (e *Engine) backwards(ctx context.Context, c *conversation, from epochID, f func(at epochID, row *epochRow) (done bool)) error {
	for at, more := from, true; more; at, more = c.st.before(at) {
		row, err := e.epoch(ctx, c, at)
		if err != nil {
			return err
		}
		if row != nil && f(at, row) {
			return nil
		}
	}
	return nil
}

// takeGeneration walks the entry that gives a group up for the next. This device
// is no member of that one until a Welcome, or its own commit, makes it one.
func (e *Engine) takeGeneration(ctx context.Context, b *store.Batch, c *conversation, x *convo.Entry) error {
	if c.pos == nil {
		return fault.Broken(fault.PromiseProved, nil, "the server opened a generation of a conversation that has not begun")
	}
	if n := c.st.generationAt(x.Seq); n > 0 && c.st.Generations[n].from == x.Seq {
		row, err := e.epoch(ctx, c, epochID{n, 0})
		if err != nil {
			return err
		}
		if row == nil || row.commit != convo.HashPart(x.Body) {
			return fault.Broken(fault.PromiseProved, nil, "the server shows another generation than before")
		}
		return nil
	}
	pos, public, _, err := c.pos.Reopen(x)
	if err != nil {
		return judged(err)
	}
	c.st.Generations = append(c.st.Generations, generation{from: x.Seq, suite: pos.Context.CipherSuite, last: c.pos.Epoch})
	c.st.Checked, c.st.Stuck = 0, 0
	c.group, c.public, c.staged, c.joining = nil, public, nil, nil
	c.moveTo(pos, x.AcceptedMS)
	if err := c.keepEpoch(b, &epochRow{record: pos.Record, commit: convo.HashPart(x.Body), seq: x.Seq, atMS: x.AcceptedMS}); err != nil {
		return err
	}
	if x.Sender == (convo.Sender{Account: e.self.id, Device: e.self.device.ID()}) {
		return nil // the commit that follows is this device's own
	}
	return e.welcome(ctx, c)
}

// openingOf reads why a generation was opened; the entry was walked.
func openingOf(x *convo.Entry) (*convo.Opening, error) {
	info, err := mls.ParseGroupInfo(x.Body)
	if err != nil {
		return nil, err
	}
	d, err := info.Extensions.AppData()
	if err != nil {
		return nil, err
	}
	b, _ := d.Get(convo.ComponentOpening)
	return convo.ParseOpening(b)
}

// eventReopened is the event of a generation, before its reason.
const eventReopened = "reopened"

// reasons are what a generation's event says of why it was opened.
var reasons = map[convo.Reason]string{
	convo.ReasonCommit:  "a commit could not be processed",
	convo.ReasonDeposit: "a deposit did not open",
	convo.ReasonSuite:   "it moves to a newer cipher suite",
}

// noteGeneration notes who opened a generation, and why.
func (f *fold) noteGeneration(x *convo.Entry) error {
	o, err := openingOf(x)
	if err != nil {
		return fault.Broken(fault.PromiseProved, err, "the server accepted what opens no generation")
	}
	f.event(x, x.Sender.Account, eventReopened+string(rune('0'+o.Reason)))
	return nil
}

// reopened splits the event of a generation into its name and reason.
func reopened(text string) (event, why string, ok bool) {
	n := len(eventReopened)
	if len(text) != n+1 || text[:n] != eventReopened {
		return "", "", false
	}
	return eventReopened, reasons[convo.Reason(text[n]-'0')], true
}

// stuckAfter says whether, and why, this device cannot take part any more after
// a commit, unless the next generation is opened. The commit's deposit was opened.
func (c *conversation) stuckAfter(w *walked) convo.Reason {
	switch {
	case w.member:
		return 0
	case w.failed:
		return convo.ReasonCommit
	case w.deposited && w.row.secrets == nil:
		return convo.ReasonDeposit
	case w.row.secrets != nil:
		return 0 // somebody went on, and this device can join them
	}
	return c.st.Stuck
}
