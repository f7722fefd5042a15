package client

import (
	"context"
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
)

// History returns messages of a conversation, oldest first. It takes what is new
// from the server before, if that can be reached.
func (e *Engine) History(ctx context.Context, to string, p Page) ([]Message, error) {
	var out []Message
	err := e.withAccount(ctx, func() error {
		c, thread, err := e.targetAny(ctx, to)
		if err != nil {
			return err
		}
		if thread != nil {
			out, err = e.importedHistory(ctx, thread.ID, p)
			return err
		}
		if !p.NoSync || !c.st.known() {
			if err := e.freshen(ctx, c); err != nil {
				return err
			}
			if err := e.askReadersOf(ctx, c); err != nil && fault.KindOf(err) != fault.KindUnreachable {
				return err
			}
		}
		if err := e.reach(ctx, c, p); err != nil {
			return err
		}
		out, err = e.history(ctx, c, p)
		return err
	})
	return out, err
}

// reach goes on with a restore that was cut short, as far as a page needs it.
func (e *Engine) reach(ctx context.Context, c *conversation, p Page) error {
	if e.cfg.Stepwise {
		return e.reachStepwise(ctx, c, p)
	}
	have := c.st.Top.Seq + 1 - min(c.st.Bottom.Seq, c.st.Top.Seq+1)
	if c.st.Bottom.Seq <= 1 || p.Limit > 0 && p.Before == 0 && have >= uint64(max(p.Limit, firstScreen)) {
		return nil
	}
	limit := 0
	if p.Limit > 0 && p.Before == 0 {
		limit = max(p.Limit, firstScreen)
	}
	err := e.fillDown(ctx, c, limit)
	if fault.KindOf(err) == fault.KindUnreachable {
		return nil
	}
	return err
}

// freshen takes what is new in one conversation; a server that cannot be reached,
// or serves this device no more, is no error, since what is here can be shown.
func (e *Engine) freshen(ctx context.Context, c *conversation) error {
	var err error
	if !c.st.known() {
		_, err = e.discover(ctx, c)
	} else {
		err = e.syncConv(ctx, c)
	}
	if fault.KindOf(err) == fault.KindUnreachable || errors.Is(err, ErrDeviceRemoved) {
		return nil
	}
	return err
}

// history collects from the newest page down until there is enough.
func (e *Engine) history(ctx context.Context, c *conversation, p Page) ([]Message, error) {
	show := e.presenter(c)
	var newest []Message // newest first
	if p.Before == 0 {
		waiting, err := e.outbox(ctx, c)
		if err != nil {
			return nil, err
		}
		for _, q := range slices.Backward(waiting) {
			m, ok, err := show.queuedMessage(ctx, q)
			if err != nil {
				return nil, err
			}
			if ok {
				newest = append(newest, m)
			}
		}
	}
	floating, err := e.loadMarks(ctx, c, floatingMarks)
	if err != nil {
		return nil, err
	}
	enough := func() bool { return p.Limit > 0 && len(newest) >= p.Limit }
	r := tablePage.ID(c.id[:]).Range()
	r.Reverse = true
	if p.Before > 0 {
		n, _ := pageOf(p.Before)
		r.To = tablePage.ID(c.id[:]).Uint64(n).End()
	}
	if !enough() {
		err = e.cfg.Store.Scan(ctx, r, func(key, v []byte) error {
			n, _ := store.Last(key)
			found, err := e.pageMessages(ctx, show, n, v, floating, p.Before)
			if err != nil {
				return err
			}
			newest = append(newest, found...)
			if enough() {
				return store.ErrStop
			}
			return nil
		})
	}
	if err != nil {
		return nil, err
	}
	if p.Limit > 0 && len(newest) > p.Limit {
		newest = newest[:p.Limit]
	}
	slices.Reverse(newest)
	return newest, nil
}

// pageMessages shows one page, newest first.
func (e *Engine) pageMessages(ctx context.Context, show *presenter, n uint64, v []byte, floating []*mark, before uint64) ([]Message, error) {
	pg, err := parsePage(v)
	if err != nil {
		return nil, damaged(err, "messages")
	}
	marks, err := e.loadMarks(ctx, show.c, n)
	if err != nil {
		return nil, err
	}
	marks = append(marks, floating...)
	var out []Message
	for _, r := range slices.Backward(pg[:]) {
		if r == nil || before > 0 && r.seq >= before {
			continue
		}
		m, ok, err := show.message(ctx, r, marks)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, m)
		}
	}
	return out, nil
}

// messageAt shows the message of one entry.
func (e *Engine) messageAt(ctx context.Context, c *conversation, seq uint64) (Message, bool, error) {
	return e.viewer(c).at(ctx, seq)
}

// List returns all conversations, newest activity first.
func (e *Engine) List(ctx context.Context) ([]Conversation, error) {
	var out []Conversation
	err := e.withAccount(ctx, func() error {
		if err := e.pull(ctx); err != nil && fault.KindOf(err) != fault.KindUnreachable {
			return err
		}
		list, err := e.allConvs(ctx)
		if err != nil {
			return err
		}
		for _, c := range list {
			if !c.st.known() {
				waiting, err := e.outbox(ctx, c)
				if err != nil {
					return err
				}
				if len(waiting) == 0 {
					continue
				}
			}
			s, err := e.summary(ctx, c)
			if err != nil {
				return err
			}
			if s.Request && s.Messages == 0 {
				continue // a stranger who has said nothing, but may have followed an invite link
			}
			out = append(out, s)
		}
		threads, err := e.importedThreads(ctx)
		if err != nil {
			return err
		}
		for i := range threads {
			if err := e.fillIn(ctx, &threads[i]); err != nil {
				return err
			}
		}
		out = append(out, threads...)
		sortByActivity(out)
		return nil
	})
	return out, err
}
