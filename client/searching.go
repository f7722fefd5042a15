package client

import (
	"context"
	"errors"
	"strings"

	"github.com/coffer-chat/coffer/client/search"
)

// maxFound is how many messages a search returns at most.
const maxFound = 100

// Search returns messages that hold all the words, newest first; in limits it to
// one conversation. It happens on this device: the server learns nothing of it.
func (e *Engine) Search(ctx context.Context, words []string, in string) ([]Message, error) {
	var out []Message
	err := e.withAccount(ctx, func() error {
		q := search.Query{Text: strings.Join(words, " "), Limit: maxFound}
		if in != "" {
			n, err := e.searchNumber(ctx, in)
			if err != nil {
				return err
			}
			q.In = []uint32{n}
		}
		hits, err := e.searchIndex().Query(ctx, q)
		if errors.Is(err, search.ErrNoWords) || errors.Is(err, search.ErrTooLong) {
			return usage("there are no words to search for, or too many")
		}
		if err != nil {
			return failed(err, "the search index cannot be read")
		}
		out, err = e.showHits(ctx, hits)
		return err
	})
	return out, err
}

func (e *Engine) searchNumber(ctx context.Context, in string) (uint32, error) {
	c, thread, err := e.targetAny(ctx, in)
	if err != nil {
		return 0, err
	}
	if thread != nil {
		return e.importedNumber(ctx, thread.ID)
	}
	return c.st.Number, nil
}

// showHits shows what a search has found.
func (e *Engine) showHits(ctx context.Context, hits []search.Hit) ([]Message, error) {
	list, err := e.allConvs(ctx)
	if err != nil {
		return nil, err
	}
	byNumber := map[uint32]*shownIn{}
	for _, c := range list {
		byNumber[c.st.Number] = &shownIn{c: c}
	}
	var out []Message
	for _, h := range hits {
		var m Message
		var ok bool
		if c := byNumber[h.Conv]; c != nil {
			m, ok, err = c.messageAt(ctx, e, h.Seq)
		} else {
			m, ok, err = e.importedAt(ctx, h.Conv, h.Seq)
		}
		if err != nil {
			return nil, err
		}
		if ok && !m.Unsent {
			out = append(out, m)
		}
	}
	return out, nil
}

// shownIn shows messages of one conversation that are found here and there, and
// reads what they share once.
type shownIn struct {
	c        *conversation
	show     *presenter // nil: nothing was shown yet
	floating []*mark
	pages    map[uint64]*shownPage
}

type shownPage struct {
	*page
	marks []*mark // with the floating ones
}

// messageAt shows the message of one entry.
func (s *shownIn) messageAt(ctx context.Context, e *Engine, seq uint64) (Message, bool, error) {
	if s.show == nil {
		floating, err := e.loadMarks(ctx, s.c, floatingMarks)
		if err != nil {
			return Message{}, false, err
		}
		s.show, s.floating, s.pages = e.presenter(s.c), floating, map[uint64]*shownPage{}
	}
	n, at := pageOf(seq)
	p := s.pages[n]
	if p == nil {
		records, err := e.loadPage(ctx, s.c, n)
		if err != nil {
			return Message{}, false, err
		}
		marks, err := e.loadMarks(ctx, s.c, n)
		if err != nil {
			return Message{}, false, err
		}
		p = &shownPage{records, append(marks, s.floating...)}
		s.pages[n] = p
	}
	if p.page[at] == nil {
		return Message{}, false, nil
	}
	return s.show.message(ctx, p.page[at], p.marks)
}
