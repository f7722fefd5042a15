package client

import "context"

// viewer shows single entries of one conversation, such as what a search has
// found, and reads for all of them together what several need.
type viewer struct {
	show     *presenter
	floating []*mark
	begun    bool
	pages    map[uint64]viewedPage
	ahead    map[uint64]viewedPage // read, and without what floats
}

type viewedPage struct {
	records *page
	marks   []*mark
}

func (e *Engine) viewer(c *conversation) *viewer {
	return &viewer{show: e.presenter(c), pages: map[uint64]viewedPage{}, ahead: map[uint64]viewedPage{}}
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
	p, err := v.read(ctx, n)
	if err != nil {
		return viewedPage{}, err
	}
	if !v.begun {
		if v.floating, err = v.show.e.loadMarks(ctx, v.show.c, floatingMarks); err != nil {
			return viewedPage{}, err
		}
		v.begun = true
	}
	p.marks = append(p.marks, v.floating...)
	v.pages[n] = p
	return p, nil
}

// read reads a page and the marks on its records, unless that was done ahead. It
// changes nothing, so that several may be read at once.
func (v *viewer) read(ctx context.Context, n uint64) (p viewedPage, err error) {
	if p, ok := v.ahead[n]; ok {
		return p, nil
	}
	if p.records, err = v.show.e.loadPage(ctx, v.show.c, n); err == nil {
		p.marks, err = v.show.e.loadMarks(ctx, v.show.c, n)
	}
	return p, err
}

// wantedPage is a page that is read before it is shown.
type wantedPage struct {
	of *viewer
	n  uint64
}

// readAhead reads pages on all cores: of what a search finds, most messages stand
// on a page of their own.
func (e *Engine) readAhead(ctx context.Context, list []wantedPage) error {
	got, errs := make([]viewedPage, len(list)), make([]error, len(list))
	e.cfg.Parallel(len(list), func(i int) { got[i], errs[i] = list[i].of.read(ctx, list[i].n) })
	for i, w := range list {
		if errs[i] != nil {
			return errs[i]
		}
		w.of.ahead[w.n] = got[i]
	}
	return nil
}
