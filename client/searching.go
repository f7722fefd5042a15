package client

import (
	"context"
	"errors"
	"strings"

	"github.com/coffer-chat/coffer/client/fault"
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
		if err := e.indexOwed(ctx); err != nil {
			return err
		}
		hits, err := e.searchIndex().Query(ctx, q)
		if errors.Is(err, search.ErrNoWords) || errors.Is(err, search.ErrTooLong) {
			return fault.Usage("there are no words to search for, or too many")
		}
		if err != nil {
			return fault.Failed(err, "the search index cannot be read")
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
	convs, err := e.convsOf(ctx, hits)
	if err != nil {
		return nil, err
	}
	byNumber := map[uint32]*viewer{}
	people := e.presenter(nil)
	for n, c := range convs {
		byNumber[n] = e.viewer(c)
		byNumber[n].show.knows(people)
	}
	var wanted []wantedPage
	known := map[wantedPage]bool{}
	for _, h := range hits {
		n, _ := pageOf(h.Seq)
		if w := (wantedPage{byNumber[h.Conv], n}); w.of != nil && !known[w] {
			known[w] = true
			wanted = append(wanted, w)
		}
	}
	if err := e.readAhead(ctx, wanted); err != nil {
		return nil, err
	}
	var out []Message
	for _, h := range hits {
		var m Message
		var ok bool
		if v := byNumber[h.Conv]; v != nil {
			m, ok, err = v.at(ctx, h.Seq)
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

// convsOf returns the conversations that hits are in, by their numbers; imported
// threads are none. They are read only if one is not at hand.
func (e *Engine) convsOf(ctx context.Context, hits []search.Hit) (map[uint32]*conversation, error) {
	wanted := map[uint32]bool{}
	for _, h := range hits {
		wanted[h.Conv] = true
	}
	out := map[uint32]*conversation{}
	for _, c := range e.convs {
		if wanted[c.st.Number] {
			out[c.st.Number] = c
		}
	}
	if len(out) == len(wanted) {
		return out, nil
	}
	list, err := e.allConvs(ctx)
	for _, c := range list {
		if wanted[c.st.Number] {
			out[c.st.Number] = c
		}
	}
	return out, err
}
