package client

import "context"

// viewer shows single entries of one conversation, such as what a search has
// found, and reads for all of them together what several need.
type viewer struct {
	show     *presenter
	floating []*mark
	begun    bool
	pages    map[uint64]viewedPage
}

type viewedPage struct {
	records *page
	marks   []*mark
}

func (e *Engine) viewer(c *conversation) *viewer {
	return &viewer{show: e.presenter(c), pages: map[uint64]viewedPage{}}
}

// at shows the message of one entry; false where there is none to show.
func (v *viewer) at(ctx context.Context, seq uint64) (Message, bool, error) {
	n, i := pageOf(seq)
	p, err := v.page(ctx, n)
	if err != nil || p.records[i] == nil {
		return Message{}, false, err
	}
	return v.show.message(ctx, p.records[i], p.marks)
}

// page reads a page and the marks on it, once.
func (v *viewer) page(ctx context.Context, n uint64) (viewedPage, error) {
	if p, ok := v.pages[n]; ok {
		return p, nil
	}
	e, c := v.show.e, v.show.c
	records, err := e.loadPage(ctx, c, n)
	if err != nil {
		return viewedPage{}, err
	}
	marks, err := e.loadMarks(ctx, c, n)
	if err != nil {
		return viewedPage{}, err
	}
	if !v.begun {
		if v.floating, err = e.loadMarks(ctx, c, floatingMarks); err != nil {
			return viewedPage{}, err
		}
		v.begun = true
	}
	p := viewedPage{records, append(marks, v.floating...)}
	v.pages[n] = p
	return p, nil
}
