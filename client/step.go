package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// perStep is how many entries of a history one step brings.
const perStep = 256

// Stepped is how far a history that is brought back step by step has come.
type Stepped struct {
	// More says that there are steps left.
	More bool
	// Done and Total count log entries, of all conversations together.
	Done, Total int64
}

// Step goes on, by one bounded piece, with a history that a restore has begun:
// the conversation with the newest activity that is not whole yet, from its
// newest messages down. It is for Config.Stepwise, where nothing else does this
// work, so that between two steps whatever the person does comes first. When
// More is false, Restore with WaitAll has little left to do but to report.
func (e *Engine) Step(ctx context.Context) (Stepped, error) {
	var s Stepped
	err := e.withAccount(ctx, func() error {
		e.stepping = false
		list, err := e.allConvs(ctx)
		if err != nil {
			return err
		}
		if next := e.unfinished(ctx, list); next != nil {
			if err := e.bring(ctx, next); err != nil {
				return err
			}
		}
		for _, c := range list {
			if !c.st.known() {
				continue
			}
			below := int64(max(c.st.Bottom.Seq, 1) - 1)
			s.Total += int64(c.st.Top.Seq)
			s.Done += int64(c.st.Top.Seq) - below
		}
		s.More = e.unfinished(ctx, list) != nil
		e.stepping = s.More
		if !s.More {
			return e.indexOwed(ctx)
		}
		return nil
	})
	return s, err
}

// bring is one step of one conversation. What lies below what is shown changes
// nothing on a screen, so that only the first step and the last are told of.
func (e *Engine) bring(ctx context.Context, c *conversation) error {
	if c.st.Bottom.Seq <= c.st.Top.Seq {
		e.below = c.id
		defer func() { e.below = convo.ID{} }()
	}
	err := e.fillDown(ctx, c, perStep)
	if late := e.settle(); err == nil { // before what is told of is told
		err = late
	}
	if err != nil {
		return err
	}
	if c.st.Bottom.Seq <= 1 {
		e.cfg.Changed(c.id)
	}
	return nil
}

// unfinished is the conversation that a step goes on with.
func (e *Engine) unfinished(ctx context.Context, list []*conversation) *conversation {
	var next *conversation
	for _, c := range list {
		if !c.st.known() || c.st.Bottom.Seq <= 1 || next != nil && c.st.ActivityMS <= next.st.ActivityMS {
			continue
		}
		if c.pos == nil && (e.loadWalk(ctx, c) != nil || c.pos == nil) {
			continue
		}
		next = c
	}
	return next
}

// begun fetches as much of a conversation as a first screen shows.
func (e *Engine) begun(ctx context.Context, c *conversation) error {
	if c.st.Bottom.Seq <= c.st.Top.Seq {
		return nil
	}
	return e.fillDown(ctx, c, firstScreen)
}

// reachStepwise goes down to what a page shows, and no further.
func (e *Engine) reachStepwise(ctx context.Context, c *conversation, p Page) error {
	for c.st.known() && c.st.Bottom.Seq > 1 {
		want := c.st.Top.Seq + 1
		if p.Before > 0 {
			want = min(want, p.Before)
		}
		if p.Limit > 0 && c.st.Bottom.Seq+uint64(p.Limit) <= want {
			return nil
		}
		if c.pos == nil {
			if err := e.loadWalk(ctx, c); err != nil || c.pos == nil {
				return err
			}
		}
		if err := e.fillDown(ctx, c, perStep); err != nil {
			if fault.KindOf(err) == fault.KindUnreachable {
				return nil
			}
			return err
		}
	}
	return nil
}
