package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/payload"
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
			from = max(from, h.Head.Seq)
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
	var payloads []payload.Payload
	var chunk payload.CheckpointList
	size := 0
	flush := func() {
		if len(chunk) > 0 {
			payloads = append(payloads, payload.Payload{Kind: payload.KindCheckpoints, Body: chunk.Bytes()})
		}
		chunk, size = nil, 0
	}
	for _, c := range due {
		walked := c.pos != nil
		p, err := e.makeCheckpoint(ctx, c)
		if !walked { // so that memory does not hold every conversation's group
			c.pos, c.group, c.public = nil, nil, nil
			c.erase()
		}
		if err != nil {
			return err
		}
		c.trust.tried = c.st.Top.Seq
		if p == nil {
			continue
		}
		if chunk, size = append(chunk, *p), size+len(p.Append(nil)); size > payload.CheckpointChunk {
			flush()
		}
	}
	flush()
	// What cannot be written now is written after a later sync; nothing depends
	// on it.
	if err := e.appendPrivate(ctx, payloads...); fault.KindOf(err) == fault.KindIntegrity {
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
func (e *Engine) makeCheckpoint(ctx context.Context, c *conversation) (*payload.Checkpoint, error) {
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
	p := &payload.Checkpoint{
		Conversation: c.id, Head: c.st.Top, Record: row.record.Hash(),
		Messages: s.messages, Deleted: payload.DeletionSet(c.id, s.deleted), Excepted: s.excepted,
	}
	for _, id := range c.trust.devices {
		if id != e.self.device.ID() {
			p.Trusted = append(p.Trusted, id)
		}
	}
	if len(p.Excepted) > payload.MaxExcepted || len(p.Trusted) > payload.MaxTrusted {
		return nil, nil
	}
	return p, nil
}
