package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// walkAll walks a conversation's commits from its creation to its head, and
// nothing else of its log. Nothing is sent before this walk is done.
// What was read of it ahead is a, if it is not nil.
func (e *Engine) walkAll(ctx context.Context, c *conversation, a *ahead) error {
	if err := e.loadWalk(ctx, c); err != nil {
		return err
	}
	err := e.walkOn(ctx, c, a)
	if err != nil {
		e.dropConv(c)
	}
	return err
}

func (e *Engine) walkOn(ctx context.Context, c *conversation, a *ahead) error {
	t, err := e.trustOf(ctx, c)
	if err != nil {
		return err
	}
	l := &longWalk{e: e, c: c, b: new(store.Batch), ahead: a, known: e.newestCheckpoint(t)}
	// The head is read before the commits, so that none below it is missed when
	// others commit meanwhile.
	entries, head, err := a.takeCreation(ctx, e, c)
	if err != nil {
		return err
	}
	if c.pos == nil {
		if len(entries) != 1 || entries[0].Kind != convo.EntryCreate {
			return fault.Broken(fault.PromiseStored, nil, "the server lacks a conversation's creation")
		}
		if err := e.checkRun(&convo.LogHead{}, entries); err != nil {
			return err
		}
		if err := e.begin(l.b, c, entries[0]); err != nil {
			return err
		}
	} else {
		l.known = nil // what it stood for has been walked
	}
	if err := l.run(ctx); err != nil {
		return err
	}
	if err := e.checkHead(ctx, c, head); err != nil {
		return err
	}
	if c.st.known() {
		c.st.HeadSeq = max(c.st.HeadSeq, head.Seq)
	} else {
		c.st.Top, c.st.HeadSeq = head, head.Seq
		c.st.Bottom = convo.LogHead{Seq: head.Seq + 1}
	}
	if err := c.saveWalk(l.b); err != nil {
		return err
	}
	if err := e.saveAccused(ctx, l.b, c); err != nil {
		return err
	}
	c.save(l.b)
	return e.applySoon(ctx, l.b)
}

// longWalk walks many commits. What is done for each of them alone, the checks of
// signatures and the opening of deposits, is done for some hundred at a time on
// all cores, and nothing is stored before.
//
// Up to a checkpoint, the signatures of commits and leaves are checked of a
// sample only: the record that the checkpoint names holds the transcript hash,
// which depends on every commit before it (spec/epoch.md). The committer's
// signature over record and deposits is checked always.
type longWalk struct {
	e      *Engine
	c      *conversation
	b      *store.Batch
	ahead  *ahead
	known  *heldCheckpoint // to be met; nil: none, or it was
	checks []func() error
	rows   []*walked
}

// run walks to the newest commit, generation after generation.
func (l *longWalk) run(ctx context.Context) error {
	for {
		newest, err := l.generation(ctx)
		if err != nil {
			return err
		}
		if newest <= l.c.pos.Generation {
			return l.meet(ctx, nil)
		}
		if more, err := l.reopen(ctx); err != nil || !more {
			return errors.Join(err, l.meet(ctx, nil))
		}
	}
}

// reopen walks the entry that opens the next generation; false where there is
// none that this account may read.
func (l *longWalk) reopen(ctx context.Context) (more bool, err error) {
	next := epochID{l.c.pos.Generation + 1, 1}
	page := l.fetch(ctx, next)
	if page.err != nil || len(page.bundles) == 0 {
		return false, page.err
	}
	seq := page.bundles[0].Seq
	entries, _, err := l.e.readLog(ctx, l.c, seq-1, 1, false)
	if err != nil {
		return false, err
	}
	if len(entries) != 1 || entries[0].Kind != convo.EntryGeneration || entries[0].Seq+1 != seq {
		return false, fault.Broken(fault.PromiseStored, nil, "the server lacks the entry that opens a generation")
	}
	if err := l.meet(ctx, &wire.EpochBundle{Seq: entries[0].Seq}); err != nil {
		return false, err
	}
	return true, l.e.takeGeneration(ctx, l.b, l.c, entries[0])
}

// generation walks to the newest commit of a generation, while the next commits
// are on their way. It returns which generation is the conversation's newest.
func (l *longWalk) generation(ctx context.Context) (newest uint32, err error) {
	from := l.c.here().next()
	page, ok := l.ahead.takeCommits(from)
	if !ok {
		page = l.fetch(ctx, from)
	}
	for {
		if page.err != nil {
			return 0, page.err
		}
		next := make(chan epochsPage, 1)
		n := len(page.bundles)
		more := page.more && n > 0
		if more {
			from = epochID{page.bundles[n-1].Generation, page.bundles[n-1].Epoch + 1}
			client := l.e.beside()
			go func(from epochID) { next <- fetchCommits(ctx, client, l.c.id, from) }(from)
		}
		err := l.page(ctx, &page)
		if !more {
			return page.newest, err
		}
		page = <-next
		if err != nil {
			return 0, err
		}
		if errors.Is(page.err, errAskAgain) {
			page = l.fetch(ctx, from)
		}
	}
}

// epochsPage is a run of commits with what belongs to them.
type epochsPage struct {
	bundles []wire.EpochBundle
	head    *wire.LogHead
	newest  uint32 // generation of the conversation
	more    bool
	err     error
}

// fetch asks for commits.
func (l *longWalk) fetch(ctx context.Context, from epochID) epochsPage {
	return fetchCommits(ctx, l.e.conversations(), l.c.id, from)
}

// fetchCommits asks for commits. It may run while those before are walked.
func fetchCommits(ctx context.Context, client wire.ConversationClient, id convo.ID, from epochID) epochsPage {
	const perStep = 256
	r, err := client.ReadEpochs(ctx, &wire.ReadEpochsRequest{
		Conversation: id[:], Generation: from.generation, FromEpoch: from.epoch, Limit: perStep, WithCommits: true,
	})
	if err != nil {
		return epochsPage{err: fault.FromServer(err)}
	}
	return epochsPage{bundles: r.Bundles, head: r.Head, newest: r.Generation, more: r.More}
}

// page walks a page of commits.
func (l *longWalk) page(ctx context.Context, p *epochsPage) error {
	if _, err := l.e.takeHead(ctx, l.c, p.head); err != nil {
		return err
	}
	for i := range p.bundles {
		if err := l.step(ctx, &p.bundles[i]); err != nil {
			// What was put off may be why.
			return errors.Join(l.settle(), err)
		}
	}
	if err := l.settle(); err != nil {
		return err
	}
	const flushAt = 8 << 20
	if l.b.Size() > flushAt {
		if err := l.e.applySoon(ctx, l.b); err != nil {
			return err
		}
		l.b = new(store.Batch)
	}
	return nil
}

// step walks the next commit.
func (l *longWalk) step(ctx context.Context, w *wire.EpochBundle) error {
	if w.Commit == nil {
		return fault.Broken(fault.PromiseStored, nil, "the server lacks a commit")
	}
	x, err := parseEntry(w.Commit)
	if err != nil {
		return fault.Broken(fault.PromiseProved, err, "the server sent a damaged log entry")
	}
	if x.Kind != convo.EntryCommit || x.Seq != w.Seq {
		return fault.Broken(fault.PromiseProved, nil, "the server names an entry as a commit that is none")
	}
	if err := l.meet(ctx, w); err != nil {
		return err
	}
	put := func(check func() error) { l.checks = append(l.checks, check) }
	later := laterChecks{commit: put, bundle: put}
	if l.known != nil {
		n, err := l.e.randomBelow(sampleOneIn)
		if err != nil {
			return err
		}
		if n != 0 {
			later.commit = func(func() error) {}
		}
	}
	next, err := l.e.walkNext(ctx, l.b, l.c, x, w, later)
	if err != nil {
		return err
	}
	l.c.epochs[next.row.id()] = next.row
	l.rows = append(l.rows, next)
	return nil
}

// meet holds the walk against the checkpoint where it leaves what that stands
// for: before the commit next, or at the end.
func (l *longWalk) meet(ctx context.Context, next *wire.EpochBundle) error {
	if l.known == nil || next != nil && next.Seq <= l.known.Head.Seq {
		return nil
	}
	if l.c.pos.Record.Hash() != l.known.Record {
		return fault.Broken(fault.PromiseProved, nil, "an epoch's record is not the one that a device of this account has verified")
	}
	t, err := l.e.trustOf(ctx, l.c)
	if err != nil {
		return err
	}
	t.rely(l.known)
	l.c.saveTrust(l.b)
	l.known = nil
	return nil
}

// settle runs the checks, opens the deposits and adds the epochs to the batch.
func (l *longWalk) settle() error {
	errs := make([]error, len(l.checks))
	l.e.cfg.Parallel(len(l.checks), func(i int) { errs[i] = l.checks[i]() })
	for _, err := range errs {
		if err != nil {
			return judged(err)
		}
	}
	for from := 0; from < len(l.rows); {
		from += l.open(l.rows[from:])
	}
	for _, x := range l.rows {
		l.c.st.Stuck = l.c.stuckAfter(x)
		if err := l.c.keepEpoch(l.b, x.row); err != nil {
			return err
		}
	}
	l.checks, l.rows = l.checks[:0], l.rows[:0]
	return nil
}

// open opens the first rows' deposits, those of one vault epoch, and returns how
// many rows it went through.
func (l *longWalk) open(rows []*walked) int {
	var kem *account.KEMSecret
	var at uint64
	n := 0
	for ; n < len(rows); n++ {
		s := rows[n].sealed
		if s == nil {
			continue
		}
		if kem != nil && s.place.VaultEpoch != at {
			break
		}
		if kem == nil {
			at = s.place.VaultEpoch
			kem = l.e.kemOf(at)
		}
	}
	l.e.cfg.Parallel(n, func(i int) {
		if s := rows[i].sealed; s != nil {
			rows[i].row.secrets = s.open(kem)
		}
	})
	return n
}
