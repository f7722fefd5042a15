package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// survey is what a conversation's records say up to an entry.
type survey struct {
	messages uint64
	deleted  []uint64
	excepted []payload.Span
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
	if n := len(s.excepted); n > 0 && s.excepted[n-1].To+1 == r.seq {
		s.excepted[n-1].To = r.seq
		return
	}
	s.excepted = append(s.excepted, payload.Span{From: r.seq, To: r.seq})
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
