package client

import (
	"bytes"
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableGiven holds the history that admins have given: .ID(conversation).Uint64(seq).
var tableGiven = store.Table("ng")

const givenVersion = 1

// givenHistory is a history that an admin has given to newcomers.
type givenHistory struct {
	seq    uint64
	by     account.ID
	opens  []byte // what it opens epochs with, until it was used
	ranges []givenRange
}

// givenRange is a run of entries that this account could not read before: it took no
// part in their epochs.
type givenRange struct{ from, to uint64 }

func (g *givenHistory) bytes() []byte {
	b := syntax.AppendUint64(syntax.AppendUint16(nil, givenVersion), g.seq)
	b = syntax.AppendOpaque(append(b, g.by[:]...), g.opens)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, r := range g.ranges {
			b = syntax.AppendUint64(syntax.AppendUint64(b, r.from), r.to)
		}
		return b
	})
}

func parseGivenHistory(v []byte) (*givenHistory, error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != givenVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	g := &givenHistory{seq: r.Uint64()}
	r.Copy(g.by[:])
	g.opens = bytes.Clone(r.Opaque())
	g.ranges = syntax.List(r, func(r *syntax.Reader) givenRange { return givenRange{r.Uint64(), r.Uint64()} })
	return g, r.Done()
}

func (g *givenHistory) row(c *conversation) store.Key { return tableGiven.ID(c.id[:]).Uint64(g.seq) }

func (g *givenHistory) holds(seq uint64) bool {
	for _, r := range g.ranges {
		if r.from <= seq && seq < r.to {
			return true
		}
	}
	return false
}

// noteGiven keeps a history that an admin or owner, in the message's MLS epoch,
// gives. What others give counts for nothing.
func (f *fold) noteGiven(ctx context.Context, o *opened, r *record) error {
	list, err := f.participantsIn(ctx, epochOf(o.entry))
	if err != nil {
		return err
	}
	if list == nil {
		list = f.c.st.Participants
	}
	if role, in := list.Role(r.account); !in || role == convo.Member || f.c.st.Kind != convo.Group {
		return f.put(ctx, r)
	}
	if _, err := convo.ParseGiven(o.view.Given); err != nil {
		return f.put(ctx, r)
	}
	g := &givenHistory{seq: r.seq, by: r.account, opens: o.view.Given}
	f.b.Set(g.row(f.c).Bytes(), g.bytes())
	f.c.given = nil
	r.kind, r.text = recordEvent, eventHistory+" given"
	f.c.st.ActivityMS = max(f.c.st.ActivityMS, r.atMS)
	return f.put(ctx, r)
}

// givenIn returns the histories that were given in a group, in the log's order.
func (e *Engine) givenIn(ctx context.Context, c *conversation) ([]*givenHistory, error) {
	if c.given != nil {
		return *c.given, nil
	}
	if c.st.Kind != convo.Group {
		return nil, nil
	}
	var out []*givenHistory
	r := tableGiven.ID(c.id[:]).Range()
	if err := e.settleIn(r); err != nil {
		return nil, err
	}
	err := e.cfg.Store.Scan(ctx, r, func(_, v []byte) error {
		g, err := parseGivenHistory(v)
		if err != nil {
			return damaged(err, "conversation's history")
		}
		out = append(out, g)
		return nil
	})
	if err == nil {
		c.given = &out
	}
	return out, err
}

// givenBy returns who has given the history that holds an entry, zero for nobody.
func (e *Engine) givenBy(ctx context.Context, c *conversation, seq uint64) (account.ID, error) {
	list, err := e.givenIn(ctx, c)
	for _, g := range list {
		if g.holds(seq) {
			return g.by, err
		}
	}
	return account.ID{}, err
}

// takeAllGiven reads what newcomers were given.
func (e *Engine) takeAllGiven(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		given, err := e.givenIn(ctx, c)
		if err != nil {
			return err
		}
		for _, g := range given {
			if len(g.opens) == 0 {
				continue
			}
			if err := e.takeGiven(ctx, c, g); err != nil {
				e.dropConv(c)
				return err
			}
		}
	}
	return nil
}

// takeGiven reads a history that was given, where the group wanted that, from the
// server's log like any other: links, signatures, senders and franks are verified.
// What is given of epochs in which this account took part, or from before the group
// wanted it, is passed over; what is left out, or does not open, shows as
// unreadable. It waits until all of the log is here.
func (e *Engine) takeGiven(ctx context.Context, c *conversation, g *givenHistory) error {
	if err := e.loadWalk(ctx, c); err != nil || c.pos == nil || c.st.Bottom.Seq > 1 {
		return err
	}
	since, err := e.historySince(ctx, c, g.seq)
	if err != nil {
		return err
	}
	rows, err := e.closedEpochs(ctx, c, since, g)
	if err != nil {
		return err
	}
	opens, err := convo.ParseGiven(g.opens)
	if err != nil {
		return damaged(err, "conversation's history")
	}
	defer func() {
		for i := range opens {
			clear(opens[i].EncryptionSecret)
			clear(opens[i].SenderDataSecret)
		}
	}()
	var b store.Batch
	i := len(opens)
	for _, row := range rows { // both from the newest down
		for i > 0 && row.id().before(opens[i-1].Generation, opens[i-1].Epoch) {
			i--
		}
		if i == 0 || row.id() != (epochID{opens[i-1].Generation, opens[i-1].Epoch}) {
			continue
		}
		x := &opens[i-1]
		next := *row
		next.secrets = &convo.Secrets{
			EncryptionSecret: bytes.Clone(x.EncryptionSecret), SenderDataSecret: bytes.Clone(x.SenderDataSecret), RecordHash: row.record.Hash(),
		}
		if next.reader, err = row.record.Reader(next.secrets.History()); err != nil {
			continue // no secrets of this suite
		}
		if err := c.keepEpoch(&b, &next); err != nil {
			return err
		}
	}
	// Until all of it is read, what was given stays, and is gone on with.
	b.Set(g.row(c).Bytes(), g.bytes())
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	for _, r := range g.ranges {
		if err := e.readGiven(ctx, c, r); err != nil {
			return err
		}
	}
	clear(g.opens)
	g.opens = nil
	b = store.Batch{}
	b.Set(g.row(c).Bytes(), g.bytes())
	return e.apply(ctx, &b)
}

// closedEpochs returns the epochs that a history may open, and notes their entries.
func (e *Engine) closedEpochs(ctx context.Context, c *conversation, since uint64, g *givenHistory) (out []*epochRow, err error) {
	g.ranges = nil
	if since == 0 {
		return nil, nil
	}
	to, failed := g.seq, error(nil)
	err = e.backwards(ctx, c, c.here(), func(_ epochID, row *epochRow) bool {
		if row.seq <= since {
			return true
		}
		if row.seq < g.seq && !e.takesPart(row.record) {
			deposited, err := e.deposited(ctx, row)
			if failed = err; err != nil {
				return true
			}
			if deposited {
				out = append(out, row)
				if n := len(g.ranges); n > 0 && g.ranges[n-1].from == to {
					g.ranges[n-1].from = row.seq
				} else {
					g.ranges = append(g.ranges, givenRange{row.seq, to})
				}
			}
		}
		to = min(to, row.seq)
		return false
	})
	if failed != nil {
		err = failed
	}
	return out, err
}

// readGiven reads entries once more. What was shown of them stays.
func (e *Engine) readGiven(ctx context.Context, c *conversation, r givenRange) error {
	for from := r.from; from < r.to; {
		link, ok, err := e.linkAt(ctx, c, from-1)
		if err != nil || !ok {
			return err
		}
		entries, _, err := e.readLog(ctx, c, from, int(min(r.to-from, perRead)), false)
		if err != nil {
			return err
		}
		if err := e.checkRun(&convo.LogHead{Seq: from - 1, Link: link}, entries); err != nil {
			return err
		}
		if len(entries) == 0 {
			return fault.Broken(fault.PromiseStored, nil, "the server withholds entries of a conversation")
		}
		last := entries[len(entries)-1]
		if link, ok, err = e.linkAt(ctx, c, last.Seq); err != nil {
			return err
		} else if !ok || link != last.Link {
			return fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server shows another log than before")
		}
		from = last.Seq + 1
		f := e.newFold(c)
		var again []*convo.Entry
		for _, x := range entries {
			n, at := pageOf(x.Seq)
			p, err := f.page(ctx, n)
			if err != nil {
				return err
			}
			if x.Kind != convo.EntryMessage || p[at] == nil || p[at].kind != recordSilent && p[at].kind != recordUnreadable {
				continue
			}
			p[at] = nil // to be put again
			again = append(again, x)
		}
		if err := e.foldEntries(ctx, f, again, false); err != nil {
			return err
		}
		if err := f.finish(ctx); err != nil {
			return err
		}
	}
	return nil
}

// before reports whether an epoch is older than another one.
func (p epochID) before(generation uint32, epoch uint64) bool {
	return p.generation < generation || p.generation == generation && p.epoch < epoch
}
