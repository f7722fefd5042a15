package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/ephemeral"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableReader holds up to where others have read, as far as they say so, and, under
// the own account, what this device has told them:
// .ID(conversation).ID(account).
var tableReader = store.Table("ty")

// Reader is up to where somebody else has read.
type Reader struct {
	Account account.ID
	Handle  string
	Seq     uint64
	Time    time.Time // when they said so, by their clock
}

// readerRow is a value of tableReader.
type readerRow struct {
	conversation convo.ID
	account      account.ID
	seq, atMS    uint64
}

func (x *readerRow) set(b *store.Batch) {
	v := append(append([]byte(nil), x.conversation[:]...), x.account[:]...)
	b.Set(tableReader.ID(x.conversation[:]).ID(x.account[:]).Bytes(), syntax.AppendUint64(syntax.AppendUint64(v, x.seq), x.atMS))
}

func parseReaderRow(v []byte) (x readerRow, err error) {
	r := syntax.NewReader(v)
	r.Copy(x.conversation[:])
	r.Copy(x.account[:])
	x.seq, x.atMS = r.Uint64(), r.Uint64()
	return x, r.Done()
}

// readerRows lists those of one conversation, or all.
func (e *Engine) readerRows(ctx context.Context, r store.Range) (out []readerRow, err error) {
	err = e.cfg.Store.Scan(ctx, r, func(_, v []byte) error {
		x, err := parseReaderRow(v)
		if err != nil {
			return damaged(err, "read marks")
		}
		out = append(out, x)
		return nil
	})
	return out, err
}

// readers returns up to where the others in a conversation have read, the furthest
// first; none where the person does not show its own.
func (e *Engine) readers(ctx context.Context, c *conversation) ([]Reader, error) {
	if p, err := e.privacy(ctx); err != nil || !p.ReadMarks {
		return nil, err
	}
	rows, err := e.readerRows(ctx, tableReader.ID(c.id[:]).Range())
	if err != nil {
		return nil, err
	}
	var out []Reader
	for _, x := range rows {
		if _, in := c.st.Participants.Role(x.account); !in || x.account == e.self.id {
			continue
		}
		out = append(out, Reader{Account: x.account, Handle: e.handleOf(ctx, x.account), Seq: x.seq, Time: time.UnixMilli(int64(min(x.atMS, payload.LastMS))).UTC()})
	}
	slices.SortFunc(out, func(a, b Reader) int {
		return cmp.Or(cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.Handle, b.Handle))
	})
	return out, nil
}

// tellRead tells the others up to where the person has read, where it lets them
// know. Who cannot be told now is told with the next mark.
func (e *Engine) tellRead(ctx context.Context, marks []payload.ReadMark) error {
	if p, err := e.privacy(ctx); err != nil || !p.ReadMarks {
		return err
	}
	for _, m := range marks {
		c, err := e.conv(ctx, m.Conversation)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		if ok, err := e.sociable(ctx, c); err != nil {
			return err
		} else if !ok {
			continue
		}
		link, ok, err := e.linkAt(ctx, c, m.Seq)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		// Noted first, so that it is taken back even where the answer is lost.
		var b store.Batch
		(&readerRow{conversation: c.id, account: e.self.id, seq: m.Seq}).set(&b)
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
		said := ephemeral.Message{Kind: ephemeral.Read, Head: convo.LogHead{Seq: m.Seq, Link: link}}
		if err := e.whisper(ctx, c, said, true); fault.KindOf(err) == fault.KindUnreachable || hardly(err) {
			return err
		}
	}
	return nil
}

// untell takes back what this device has told the others, where the person no
// longer lets them know.
func (e *Engine) untell(ctx context.Context) error {
	if p, err := e.privacy(ctx); err != nil || p.ReadMarks {
		return err
	}
	rows, err := e.readerRows(ctx, tableReader.Range())
	if err != nil {
		return err
	}
	for _, x := range rows {
		if x.account == e.self.id {
			_, err := e.ephemerals().SendEphemeral(ctx, &wire.SendEphemeralRequest{Conversation: x.conversation[:], Keep: true})
			switch kind, _ := fault.Refusal(err); {
			case kind == wire.ErrorKindNotFound, kind == wire.ErrorKindRemoved: // nothing is handed out any more
			case kind == wire.ErrorKindRateLimited:
				return nil // the row stays, and the next Sync goes on
			case err != nil:
				return fault.FromServer(err)
			}
		}
		var b store.Batch
		b.Delete(tableReader.ID(x.conversation[:]).ID(x.account[:]).Bytes())
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
	}
	return nil
}

// takeReader takes what somebody says of how far they have read: it names a head of
// the log as this device has it, and goes on from the last one.
func (e *Engine) takeReader(ctx context.Context, m *overheard) error {
	if p, err := e.privacy(ctx); err != nil || !p.ReadMarks {
		return err
	}
	if m.Head.Seq > m.c.st.Top.Seq { // said before the news of what was read came
		if err := e.syncConv(ctx, m.c); err != nil {
			return err
		}
	}
	if link, ok, err := e.linkAt(ctx, m.c, m.Head.Seq); err != nil || !ok || link != m.Head.Link {
		return err
	}
	v, err := e.get(ctx, tableReader.ID(m.c.id[:]).ID(m.account[:]))
	if err != nil {
		return err
	}
	if v != nil {
		if x, err := parseReaderRow(v); err != nil || x.seq >= m.Head.Seq {
			return err
		}
	}
	var b store.Batch
	(&readerRow{conversation: m.c.id, account: m.account, seq: m.Head.Seq, atMS: m.Counter}).set(&b)
	e.news[m.c.id] = true
	return e.apply(ctx, &b)
}

// readersAtOnce is of how many conversations Sync asks for marks at most.
const readersAtOnce = 20

// askReaders asks how far others have read meanwhile, in the conversations that were
// last active and where it is not known already.
func (e *Engine) askReaders(ctx context.Context) error {
	if p, err := e.privacy(ctx); err != nil || !p.ReadMarks {
		return err
	}
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b *conversation) int { return cmp.Compare(b.st.ActivityMS, a.st.ActivityMS) })
	var errs []error
	for _, c := range list[:min(len(list), readersAtOnce)] {
		err := e.askReadersOf(ctx, c)
		if fault.KindOf(err) == fault.KindUnreachable && err != nil {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// askReadersOf asks how far the others in a conversation have read.
func (e *Engine) askReadersOf(ctx context.Context, c *conversation) error {
	if p, err := e.privacy(ctx); err != nil || !p.ReadMarks {
		return err
	}
	if ok, err := e.sociable(ctx, c); err != nil || !ok {
		return err
	}
	known, err := e.readers(ctx, c)
	if err != nil {
		return err
	}
	behind := func(r Reader) bool { return r.Seq < c.st.Top.Seq }
	if len(known) >= len(c.st.Participants)-1 && !slices.ContainsFunc(known, behind) {
		return nil
	}
	r, err := e.ephemerals().GetReadMarks(ctx, &wire.GetReadMarksRequest{Conversation: c.id[:]})
	if err := fault.FromServer(err); err != nil {
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound || fault.KindOf(err) == fault.KindRefused {
			return nil // nobody says anything to who is out
		}
		return err
	}
	for _, b := range r.Marks {
		m, err := e.overhear(ctx, b)
		if err != nil {
			return err
		}
		if m == nil || m.Kind != ephemeral.Read || !bytes.Equal(m.c.id[:], c.id[:]) {
			continue
		}
		if err := e.takeReader(ctx, m); err != nil {
			return err
		}
	}
	return nil
}
