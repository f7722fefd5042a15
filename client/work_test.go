package client

import (
	"context"
	"fmt"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/storetest"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// countedDevice is a device whose store counts.
func countedDevice(t *testing.T) (*Engine, *storetest.Counted) {
	t.Helper()
	e, disk := fileDevice(t, newFileServer())
	counted := storetest.Count(disk)
	e.cfg.Store = counted
	return e, counted
}

// TestWorkOfASearch: each page that a hit stands on is read once, and beside it a
// bounded number of small values for each page, each conversation and the question.
func TestWorkOfASearch(t *testing.T) {
	e, counted := countedDevice(t)
	ctx := t.Context()
	const every = 7 // several hits stand on one page
	text := func(conv int, seq uint64) string {
		if seq%every == 0 {
			return "needle " + owedText(conv, seq)
		}
		return owedText(conv, seq)
	}
	if err := bringDown(t, e, text); err != nil {
		t.Fatal(err)
	}
	if err := e.indexOwed(ctx); err != nil {
		t.Fatal(err)
	}
	ask := func() storetest.Work {
		t.Helper()
		counted.Take()
		found, err := e.Search(ctx, []string{"needle"}, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != maxFound {
			t.Fatalf("%d found", len(found))
		}
		return counted.Take()
	}
	ask()
	again := ask()
	// 300 entries, of which one in seven is a hit, and 100 of those are shown.
	const pages = owedConvs * (maxFound*every/owedConvs/perPage + 2)
	if n := again.Gets["mp"]; n == 0 || n > pages {
		t.Errorf("%d pages of messages read, want at most %d", n, pages)
	}
	if n := again.AllGets(); n > 2*pages+owedConvs+10 {
		t.Errorf("%d values read: %v", n, again.Gets)
	}
	if again.Applies != 0 || again.Scans > owedConvs+8 {
		t.Errorf("%d scans, %d writes", again.Scans, again.Applies)
	}
	if n := again.Rows["mp"] + again.Rows["mi"] + again.Rows["cv"]; n != 0 {
		t.Errorf("a search went through %d rows of messages and conversations", n)
	}
	if n := again.Gets["ix"]; n > 6 {
		t.Errorf("%d values of the index read, although they were read just before", n)
	}
}

// longConversation stores entries of a conversation, an hour apart.
func longConversation(t *testing.T, e *Engine, entries uint64) *conversation {
	t.Helper()
	ctx := t.Context()
	id := convo.ID{1}
	c, err := e.newConv(ctx, id, 0, account.ID{})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := owedContent(t, "a line")
	var b store.Batch
	for first := uint64(0); first <= entries; first += perPage {
		p := new(page)
		for seq := max(first, 1); seq < first+perPage && seq <= entries; seq++ {
			p[seq%perPage] = &record{
				seq: seq, kind: recordMessage, account: owedAuthor, atMS: seq * 3_600_000, content: raw,
				id: [32]byte{byte(seq >> 16), byte(seq >> 8), byte(seq), 1},
			}
		}
		setPage(&b, c, first/perPage, p)
	}
	c.st.Bottom, c.st.Top = convo.LogHead{Seq: 1}, convo.LogHead{Seq: entries}
	c.save(&b)
	if err := e.apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWorkOfAJump: the place of a date is found by reading a few pages, and a screen
// of history by reading those that it shows.
func TestWorkOfAJump(t *testing.T) {
	e, counted := countedDevice(t)
	ctx := context.Background()
	const entries = 200 * perPage
	c := longConversation(t, e, entries)
	for _, seq := range []uint64{1, 100, 5000, 7777, entries} {
		t.Run(fmt.Sprint(seq), func(t *testing.T) {
			counted.Take()
			at, err := e.seqAt(ctx, c, seq*3_600_000)
			if err != nil || at != seq {
				t.Fatalf("at %d, %v", at, err)
			}
			if w := counted.Take(); w.Gets["mp"] > 6 || w.Rows["mp"] > 0 {
				t.Errorf("a jump read %d pages, and went through %d", w.Gets["mp"], w.Rows["mp"])
			}
			list, err := e.history(ctx, c, Page{Limit: 50, Before: seq + 1})
			if err != nil || len(list) != int(min(seq, 50)) || list[len(list)-1].Seq != seq {
				t.Fatalf("%d shown, %v", len(list), err)
			}
			w := counted.Take()
			if w.Gets["mp"]+w.Rows["mp"] > 2 {
				t.Errorf("a screen of 50 messages read %d pages", w.Gets["mp"]+w.Rows["mp"])
			}
			if n := w.AllGets(); n > 12 {
				t.Errorf("a screen of 50 messages read %d values: %v", n, w.Gets)
			}
		})
	}
}

// TestWorkAfterACrash: what a crash has left to be indexed is read once, by the page,
// and becomes one part.
func TestWorkAfterACrash(t *testing.T) {
	e, counted := countedDevice(t)
	if err := bringDown(t, e, owedText); err != nil {
		t.Fatal(err)
	}
	e.owing = new(owing)
	counted.Take()
	if err := e.indexOwed(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := counted.Take()
	// A page that two runs share is read for both.
	const runs = owedConvs * owedRuns
	const pages = owedConvs*(owedRuns*owedPerRun/perPage+1) + runs
	if w.Gets["mp"] > pages || w.AllGets() > 2*pages+2*runs+4 || w.Applies != 1 {
		t.Errorf("%d pages read, %d values, %d writes", w.Gets["mp"], w.AllGets(), w.Applies)
	}
	if parts, docs := indexed(t, e.cfg.Store); parts != 1 || docs != runs*owedPerRun {
		t.Errorf("%d parts with %d documents", parts, docs)
	}
}

// TestWorkOfAPage: what storing a page of messages allocates, and reading it again.
func TestWorkOfAPage(t *testing.T) {
	c := newConversation(convo.ID{1})
	raw, _ := owedContent(t, "a line")
	p := new(page)
	for i := range p {
		p[i] = &record{seq: uint64(i), kind: recordMessage, account: owedAuthor, id: [32]byte{byte(i), 1}, content: raw}
	}
	stored := testing.AllocsPerRun(10, func() {
		var b store.Batch
		setPage(&b, c, 0, p)
	})
	v := p.append(nil)
	read := testing.AllocsPerRun(10, func() {
		if _, err := parsePage(v); err != nil {
			t.Fatal(err)
		}
	})
	if stored > perPage/2 || read > perPage+perPage/2 {
		t.Errorf("%g allocations to store a page, %g to read it", stored, read)
	}
}
