package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

const perRead = 1000

// readLog reads a run of entries, verifies the server's signature on the head,
// and refuses a log that went back.
func (e *Engine) readLog(ctx context.Context, c *conversation, from uint64, limit int, descending bool) ([]*convo.Entry, convo.LogHead, error) {
	r, err := e.conversations().ReadLog(ctx, &wire.ReadLogRequest{
		Conversation: c.id[:], FromSeq: from, Limit: uint32(limit), Descending: descending,
	})
	if err != nil {
		return nil, convo.LogHead{}, fault.FromServer(err)
	}
	return e.takeLog(ctx, c, r)
}

// takeLog takes an answer to readLog.
func (e *Engine) takeLog(ctx context.Context, c *conversation, r *wire.ReadLogResponse) ([]*convo.Entry, convo.LogHead, error) {
	head, err := e.takeHead(ctx, c, r.Head)
	if err != nil {
		return nil, head, err
	}
	entries := make([]*convo.Entry, len(r.Entries))
	for i := range r.Entries {
		if entries[i], err = parseEntry(&r.Entries[i]); err != nil {
			return nil, head, fault.Broken(fault.PromiseProved, err, "the server sent a damaged log entry")
		}
	}
	return entries, head, nil
}

func parseEntry(w *wire.LogEntry) (*convo.Entry, error) {
	x := &convo.Entry{
		Seq: w.Seq, Kind: convo.EntryKind(w.Kind), AcceptedMS: w.AcceptedMs,
		Body: w.Body, Header: w.Header, BodyHash: w.BodyHash, Frank: w.Frank,
	}
	if len(w.Account) != len(account.ID{}) || len(w.Device) != len(account.KeyholderID{}) || len(w.Link) != len(x.Link) {
		return nil, convo.ErrMalformed
	}
	x.Sender = convo.Sender{Account: account.ID(w.Account), Device: account.KeyholderID(w.Device)}
	copy(x.Link[:], w.Link)
	return x, nil
}

// takeHead verifies a signed head and holds it against what is known.
func (e *Engine) takeHead(ctx context.Context, c *conversation, w *wire.LogHead) (convo.LogHead, error) {
	var head convo.LogHead
	if w == nil || len(w.Link) != len(head.Link) {
		return head, fault.Broken(fault.PromiseProved, nil, "the server sent a log without its head")
	}
	head.Seq = w.Seq
	copy(head.Link[:], w.Link)
	if err := convo.VerifyHead(e.self.serverKey, c.id, head, w.Signature); err != nil {
		return head, fault.Broken(fault.PromiseProved, err, "the server's signature on a log's head does not verify")
	}
	if head.Seq < c.st.Top.Seq && c.st.known() {
		link, ok, err := e.linkAt(ctx, c, head.Seq)
		if err != nil {
			return head, err
		}
		if ok && link != head.Link {
			return head, fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server shows another log than before")
		}
		// An older head of the same log: an answer that was overtaken, or, where
		// the account was removed, all that it may read.
		if !c.st.Gone && head.Seq < c.st.HeadSeq {
			return head, fault.Broken(fault.PromiseStored, nil, "the server's log of a conversation has gone back")
		}
	}
	if head.Seq == c.st.Top.Seq && c.st.known() && head.Link != c.st.Top.Link {
		return head, fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server shows another log than before")
	}
	return head, nil
}

// checkRun verifies the links of a run that is in ascending order.
func (e *Engine) checkRun(prev *convo.LogHead, entries []*convo.Entry) error {
	if err := convo.CheckRun(prev, entries, e.cfg.Parallel); err != nil {
		return fault.Broken(fault.PromiseProved, err, "the log that the server sent does not verify")
	}
	return nil
}
