package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// How many entries, in all conversations together, must have come after the
// newest checkpoints for new ones to be worth an entry of the private log.
const (
	checkpointEvery   = 500
	checkpointRestore = 64
)

// writeCheckpoints writes one for each conversation that has moved, if they all
// together have moved by at least so many entries.
func (e *Engine) writeCheckpoints(ctx context.Context, least uint64) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	var due []*conversation
	moved := uint64(0)
	for _, c := range list {
		t, err := e.trustOf(ctx, c)
		if err != nil {
			return err
		}
		from := t.tried
		if h := e.newestCheckpoint(t); h != nil {
			from = max(from, h.head.Seq)
		}
		if !c.verified() || c.st.Top.Seq <= from || e.compromised(t.devices...) {
			continue
		}
		moved += c.st.Top.Seq - from
		due = append(due, c)
	}
	if moved == 0 || moved < least {
		return nil
	}
	var payloads []payload
	var chunk checkpointList
	size := 0
	flush := func() {
		if len(chunk) > 0 {
			payloads = append(payloads, payload{kind: payloadCheckpoints, body: chunk.bytes()})
		}
		chunk, size = nil, 0
	}
	for _, c := range due {
		p, err := e.makeCheckpoint(ctx, c)
		if err != nil {
			return err
		}
		c.trust.tried = c.st.Top.Seq
		if p == nil {
			continue
		}
		if chunk, size = append(chunk, *p), size+len(p.append(nil)); size > checkpointChunk {
			flush()
		}
	}
	flush()
	// What cannot be written now is written after a later sync; nothing depends
	// on it.
	if err := e.appendPrivate(ctx, payloads...); KindOf(err) == KindIntegrity {
		return err
	}
	return nil
}

// verified reports whether the whole log is here and each entry's signatures were
// verified, by this device or by one whose checkpoint it relied on: nothing is
// said of a log with messages that should open and do not.
func (c *conversation) verified() bool {
	return c.st.known() && c.st.Bottom.Seq <= 1 && c.st.Locked == 0
}

// makeCheckpoint makes a conversation's checkpoint, nil where there is none that
// says more than the one before.
func (e *Engine) makeCheckpoint(ctx context.Context, c *conversation) (*checkpoint, error) {
	if err := e.loadWalk(ctx, c); err != nil || c.pos == nil {
		return nil, err
	}
	s, err := e.survey(ctx, c, c.st.Top.Seq)
	if err != nil || !s.whole {
		return nil, err
	}
	row, err := e.epochAt(ctx, c, c.st.Top.Seq)
	if err != nil || row == nil {
		return nil, err
	}
	p := &checkpoint{
		conversation: c.id, head: c.st.Top, record: row.record.Hash(),
		messages: s.messages, deleted: deletionSet(c.id, s.deleted), excepted: s.excepted,
	}
	for _, id := range c.trust.devices {
		if id != e.self.device.ID() {
			p.trusted = append(p.trusted, id)
		}
	}
	if len(p.excepted) > maxExcepted || len(p.trusted) > maxTrusted {
		return nil, nil
	}
	return p, nil
}

// survey is what a conversation's records say up to an entry.
type survey struct {
	messages uint64
	deleted  []uint64
	excepted []span
	whole    bool // there is a record of each entry
}

// survey goes through a conversation's records.
func (e *Engine) survey(ctx context.Context, c *conversation, upTo uint64) (*survey, error) {
	commits, err := e.commitSeqs(ctx, c)
	if err != nil {
		return nil, err
	}
	floating, err := e.loadMarks(ctx, c, floatingMarks)
	if err != nil {
		return nil, err
	}
	s, next := new(survey), uint64(1)
	last, _ := pageOf(upTo)
	r := tablePage.ID(c.id[:]).Range()
	r.To = tablePage.ID(c.id[:]).Uint64(last).End()
	err = e.cfg.Store.Scan(ctx, r, func(key, v []byte) error {
		n, ok := store.Last(key)
		p, err := parsePage(v)
		if err != nil || !ok {
			return damaged(err, "messages")
		}
		marks, err := e.loadMarks(ctx, c, n)
		if err != nil {
			return err
		}
		marks = append(slices.Clip(marks), floating...)
		for _, r := range p {
			if r == nil || r.seq != next || r.seq > upTo {
				continue
			}
			next++
			s.add(r, marks, commits[r.seq])
		}
		return nil
	})
	s.whole = next == upTo+1
	return s, err
}

// add takes the next entry's record.
func (s *survey) add(r *record, marks []*mark, commit bool) {
	switch now := effectOf(r, marks); {
	case r.kind == recordErased, r.kind == recordMessage && (now.hidden || now.unsent):
		s.deleted = append(s.deleted, r.seq)
	case r.kind == recordMessage:
		s.messages++
	}
	// Only what opened has an id.
	if !r.id.IsZero() || r.kind == recordEvent || commit {
		return
	}
	if n := len(s.excepted); n > 0 && s.excepted[n-1].to+1 == r.seq {
		s.excepted[n-1].to = r.seq
		return
	}
	s.excepted = append(s.excepted, span{r.seq, r.seq})
}

// commitSeqs returns the entries that begin an epoch.
func (e *Engine) commitSeqs(ctx context.Context, c *conversation) (map[uint64]bool, error) {
	out := map[uint64]bool{}
	err := e.cfg.Store.Scan(ctx, tableEpoch.ID(c.id[:]).Range(), func(_, v []byte) error {
		r := syntax.NewReader(v)
		r.Uint16()
		r.Opaque()
		r.Fixed(32)
		out[r.Uint64()] = true
		if r.Err() != nil {
			return damaged(r.Err(), "epoch")
		}
		return nil
	})
	return out, err
}

// compareCheckpoints holds what is here against the checkpoints of the account's
// other devices: a server that shows them different logs is found out.
func (e *Engine) compareCheckpoints(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := e.compareConv(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) compareConv(ctx context.Context, c *conversation) error {
	t, err := e.trustOf(ctx, c)
	if err != nil {
		return err
	}
	for _, h := range t.held {
		if !e.counts(h) || t.compared[h.device] == h.head {
			continue
		}
		link, known, err := e.linkAt(ctx, c, h.head.Seq)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		if link != h.head.Link {
			return broken(PromiseProved, convo.ErrBadLink, "the server shows the devices of this account different logs")
		}
		if t.compared == nil {
			t.compared = map[account.KeyholderID]convo.LogHead{}
		}
		t.compared[h.device] = h.head
	}
	return nil
}
