package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// syncConv takes everything that is new in a conversation's log.
func (e *Engine) syncConv(ctx context.Context, c *conversation) error {
	if err := e.loadWalk(ctx, c); err != nil {
		return err
	}
	if c.pos != nil && c.group == nil && !e.self.chain.VaultOn() {
		// Another device of the account may have added this one.
		if err := e.welcome(ctx, c); err != nil {
			return err
		}
	}
	missing := len(c.st.Missing)
	if err := e.readUp(ctx, c); err != nil || len(c.st.Missing) <= missing {
		return err
	}
	// An own deletion, made on another device, excuses a missing body.
	if err := e.syncPrivate(ctx); err != nil {
		return err
	}
	if len(c.st.Missing) > missing {
		return fault.Broken(fault.PromiseStored, nil, "the server no longer has a message, and nothing excuses that")
	}
	return nil
}

// readUp reads a log from the newest entry known up to its head.
func (e *Engine) readUp(ctx context.Context, c *conversation) error {
	for {
		entries, head, err := e.readLog(ctx, c, c.st.Top.Seq+1, perRead, false)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			if head.Seq > c.st.Top.Seq && !c.st.Gone {
				return fault.Broken(fault.PromiseStored, nil, "the server withholds entries of a conversation")
			}
			return nil
		}
		if err := e.ingest(ctx, c, entries, head, nil); err != nil {
			return err
		}
		if c.st.Top.Seq >= head.Seq {
			return nil
		}
	}
}

// ingest takes a run of entries that follows the newest one known: links,
// commits, then messages; all in one batch. own are bundles of this device's own
// commits, by seq; others are fetched.
func (e *Engine) ingest(ctx context.Context, c *conversation, entries []*convo.Entry, head convo.LogHead, own map[uint64]*wire.EpochBundle) error {
	if err := e.checkRun(&c.st.Top, entries); err != nil {
		return err
	}
	last := entries[len(entries)-1]
	if last.Seq > head.Seq || last.Seq == head.Seq && last.Link != head.Link {
		return fault.Broken(fault.PromiseProved, convo.ErrBadHead, "the log does not lead to the head that the server signed")
	}
	if !c.st.known() {
		c.st.Bottom = convo.LogHead{Seq: entries[0].Seq, Link: entries[0].Link}
	}
	f := e.newFold(c)
	if err := e.ingestCommits(ctx, c, f, entries, own); err != nil {
		e.dropConv(c)
		return err
	}
	for _, x := range entries {
		c.links[x.Seq] = x.Link
	}
	// A device that goes on with a log verifies for itself; one that is new to it
	// may rely on checkpoints.
	if err := e.foldEntries(ctx, f, entries, entries[0].Seq == 1); err != nil {
		e.dropConv(c)
		return err
	}
	if err := e.checkRemoved(ctx, c, entries); err != nil {
		e.dropConv(c)
		return err
	}
	c.st.Top = convo.LogHead{Seq: last.Seq, Link: last.Link}
	c.st.HeadSeq = max(c.st.HeadSeq, head.Seq)
	if err := f.finish(ctx); err != nil {
		e.dropConv(c)
		return err
	}
	return nil
}

// dropConv forgets what is in memory of a conversation: an error has left it
// ahead of the store.
func (e *Engine) dropConv(c *conversation) {
	delete(e.convs, string(c.id[:]))
}

// ingestCommits walks the creation, commits and leave entries of a run in order.
func (e *Engine) ingestCommits(ctx context.Context, c *conversation, f *fold, entries []*convo.Entry, bundles map[uint64]*wire.EpochBundle) error {
	if bundles == nil {
		var err error
		if bundles, err = e.readBundles(ctx, c, entries); err != nil {
			return err
		}
	}
	for _, x := range entries {
		switch x.Kind {
		case convo.EntryMessage:
		case convo.EntryCreate:
			if x.Seq != 1 {
				return fault.Broken(fault.PromiseProved, nil, "the server put a creation inside a log")
			}
			if c.pos == nil {
				if err := e.begin(f.b, c, x); err != nil {
					return err
				}
			}
		case convo.EntryGeneration:
			if err := e.takeGeneration(ctx, f.b, c, x); err != nil {
				return err
			}
			if err := f.noteGeneration(x); err != nil {
				return err
			}
		case convo.EntryCommit:
			_, was := c.st.Participants.Role(e.self.id)
			if err := e.walk(ctx, f.b, c, x, bundles[x.Seq]); err != nil {
				return err
			}
			if _, is := c.st.Participants.Role(e.self.id); is && !was {
				c.st.Gone = false // added, perhaps again
			}
			if err := f.noteCommit(ctx, x); err != nil {
				return err
			}
		case convo.EntryLeave:
			if err := e.verifyLeave(ctx, c, x); err != nil {
				return err
			}
			f.event(x, x.Sender.Account, "left")
			settled, err := e.settledLeave(ctx, c, x)
			if err != nil {
				return err
			}
			if settled {
				continue
			}
			c.st.addLeaving(x.Sender.Account)
			c.st.Gone = c.st.Gone || x.Sender.Account == e.self.id
		default:
			return fault.Failed(nil, "the conversation uses what only a newer version of coffer knows; update this program")
		}
	}
	if _, in := c.st.Participants.Role(e.self.id); !in && c.pos != nil {
		c.st.Gone = true
	}
	return nil
}

// settledLeave reports whether a commit that was walked already has taken out
// the account of a leave entry; it may have been added again since.
func (e *Engine) settledLeave(ctx context.Context, c *conversation, x *convo.Entry) (bool, error) {
	if _, in := c.st.Participants.Role(x.Sender.Account); !in {
		return true, nil
	}
	settled := false
	err := e.backwards(ctx, c, c.here(), func(_ epochID, row *epochRow) bool {
		_, in := row.participants().Role(x.Sender.Account)
		settled = !in && row.seq >= x.Seq
		return settled || row.seq < x.Seq
	})
	return settled, err
}

// commitRun is a run of commits of one generation, from the epoch that the first
// of them begins.
type commitRun struct {
	from epochID
	n    uint64
}

// commitRuns returns the commits among entries, by generation.
func commitRuns(entries []*convo.Entry) []commitRun {
	var runs []commitRun
	for _, x := range entries {
		if x.Kind != convo.EntryCommit {
			continue
		}
		h, err := mls.ParseHeader(x.Body)
		if err != nil {
			return runs // the walk will say so
		}
		at, err := placeOf(h)
		if err != nil {
			return runs
		}
		if i := len(runs) - 1; i >= 0 && runs[i].from.generation == at.generation {
			runs[i].n++
		} else {
			runs = append(runs, commitRun{at.next(), 1})
		}
	}
	return runs
}

// readBundles reads the bundles of the commits among entries that were not walked
// yet, by seq.
func (e *Engine) readBundles(ctx context.Context, c *conversation, entries []*convo.Entry) (map[uint64]*wire.EpochBundle, error) {
	out := map[uint64]*wire.EpochBundle{}
	for _, run := range commitRuns(entries) {
		if last := run.from.epoch + run.n - 1; c.pos != nil &&
			(run.from.generation < c.pos.Generation || run.from.generation == c.pos.Generation && last <= c.pos.Epoch) {
			continue
		}
		if err := e.readRun(ctx, c, run, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *Engine) readRun(ctx context.Context, c *conversation, run commitRun, out map[uint64]*wire.EpochBundle) error {
	from := run.from.epoch
	for left := run.n; left > 0; {
		r, err := e.conversations().ReadEpochs(ctx, &wire.ReadEpochsRequest{
			Conversation: c.id[:], Generation: run.from.generation, FromEpoch: from, Limit: uint32(min(left, perRead)),
		})
		if err != nil {
			return fault.FromServer(err)
		}
		for i := range r.Bundles {
			w := &r.Bundles[i]
			out[w.Seq] = w
			from = w.Epoch + 1
		}
		left -= min(left, uint64(len(r.Bundles)))
		if len(r.Bundles) == 0 || !r.More {
			break
		}
	}
	return nil
}

// foldEntries opens the messages of a run and adds all its entries to the fold.
// Checkpoints must agree with the run in any case; history says that the run is
// not news: they may stand for signatures.
func (e *Engine) foldEntries(ctx context.Context, f *fold, entries []*convo.Entry, history bool) error {
	known, err := e.checkpointFor(ctx, f.c, entries)
	if err != nil {
		return err
	}
	if !history {
		known = nil
	}
	messages, err := e.openEntries(ctx, f.c, entries, known, history)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(messages, func(o *opened) bool { return o.vouched && o.app != nil }) {
		t, err := e.trustOf(ctx, f.c)
		if err != nil {
			return err
		}
		t.rely(known)
		f.c.saveTrust(f.b)
	}
	for _, x := range entries {
		f.latestMS = max(f.latestMS, x.AcceptedMS)
	}
	next := 0
	for _, x := range entries {
		if x.Kind != convo.EntryMessage {
			if err := f.silent(ctx, x); err != nil {
				return err
			}
			continue
		}
		if err := f.message(ctx, messages[next]); err != nil {
			return err
		}
		next++
	}
	return nil
}

// participantsDiff returns who is in after and not in before.
func participantsDiff(before, after convo.Participants) []account.ID {
	var out []account.ID
	for _, p := range after {
		if _, in := before.Role(p.Account); !in {
			out = append(out, p.Account)
		}
	}
	return out
}
