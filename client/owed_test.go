package client

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// The history of these tests: so many conversations, so many runs of each, so many
// messages a run, which cut pages in two.
const owedConvs, owedRuns, owedPerRun = 3, 3, 100

var owedAuthor = account.ID{9}

func owedContent(t testing.TB, text string) ([]byte, string) {
	t.Helper()
	m, err := content.NewMessage(content.Header{Sender: "mimi://h/u/a", Room: "mimi://h/r/b"}, content.Text{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	v := m.View()
	return m.Bytes(), searchText(&v)
}

// owedText is what a message says: "all", and a word of its own.
func owedText(conv int, seq uint64) string { return fmt.Sprintf("all c%ds%d", conv, seq) }

// bringDown does what a restore does with the messages of a history, but for the
// indexing of what is left in the end.
func bringDown(t testing.TB, e *Engine, text func(conv int, seq uint64) string) error {
	t.Helper()
	ctx := context.Background()
	for n := range owedConvs {
		id := convo.ID{byte(n + 1)}
		c, err := e.conv(ctx, id)
		if err != nil {
			return err
		}
		if c == nil {
			if c, err = e.newConv(ctx, id, 0, account.ID{}); err != nil {
				return err
			}
			c.st.Top, c.st.Bottom = convo.LogHead{Seq: owedRuns * owedPerRun}, convo.LogHead{Seq: owedRuns*owedPerRun + 1}
		}
		for c.st.Bottom.Seq > 1 {
			f := e.newFold(c)
			for range owedPerRun {
				c.st.Bottom.Seq--
				seq := c.st.Bottom.Seq
				raw, words := owedContent(t, text(n, seq))
				r := &record{seq: seq, kind: recordMessage, account: owedAuthor, atMS: 1000 * seq, id: content.MessageID{byte(n), byte(seq >> 8), byte(seq), 1}, content: raw}
				if err := f.put(ctx, r); err != nil {
					return err
				}
				page, at := pageOf(seq)
				p, err := f.folded(ctx, page)
				if err != nil {
					return err
				}
				p.setText(at, words)
			}
			late, err := f.close(ctx, true)
			if err != nil {
				return err
			}
			if err := e.applyBehind(ctx, late); err != nil {
				return err
			}
		}
	}
	return e.settle()
}

// hits asks the index for words, page by page.
func hits(t testing.TB, e *Engine, text string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	q := search.Query{Text: text + " ", Limit: 1000}
	for {
		list, err := e.searchIndex().Query(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list {
			key := fmt.Sprintf("c%ds%d", h.Conv-1, h.Seq)
			if out[key] {
				t.Fatalf("%s was found twice", key)
			}
			out[key] = true
		}
		if len(list) < q.Limit {
			return out
		}
		q.After = &list[len(list)-1]
	}
}

// indexed returns how many parts the index has, and documents in them.
func indexed(t testing.TB, s store.Store) (parts, docs int) {
	t.Helper()
	err := s.Scan(context.Background(), store.Table("ix").Uint64(1).Range(), func(_, v []byte) error {
		n, _ := binary.Uvarint(v[1:]) // after the version
		parts, docs = parts+1, docs+int(n)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return parts, docs
}

// owedRows is how many rows say that something is not in the index.
func owedRows(t testing.TB, s store.Store) (n int) {
	t.Helper()
	if err := s.Scan(context.Background(), tableOwed.Range(), func(_, _ []byte) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestOwedIsOnePart: several conversations become one part of the index, and then
// nothing is owed.
func TestOwedIsOnePart(t *testing.T) {
	e, disk := fileDevice(t, newFileServer())
	if err := bringDown(t, e, owedText); err != nil {
		t.Fatal(err)
	}
	if rows := owedRows(t, disk); rows != owedConvs*owedRuns {
		t.Errorf("%d rows", rows)
	}
	for range 2 {
		if err := e.indexOwed(t.Context()); err != nil {
			t.Fatal(err)
		}
		parts, docs := indexed(t, disk)
		if parts != 1 || docs != owedConvs*owedRuns*owedPerRun || len(hits(t, e, "all")) != docs || owedRows(t, disk) != 0 {
			t.Fatalf("%d parts, %d documents, %d rows", parts, docs, owedRows(t, disk))
		}
	}
}

// TestOwedAfterACrash: whichever write is the last, the next program indexes what is
// stored, and nothing twice.
func TestOwedAfterACrash(t *testing.T) {
	for _, kind := range []mem.Fault{mem.CrashBefore, mem.CrashAfter, mem.Refuse} {
		for k := 0; ; k++ {
			s := newFileServer()
			e, disk := fileDevice(t, s)
			start, crashed := disk.Applies(), false
			disk.Inject(func(n int) mem.Fault {
				if n == start+k {
					crashed = true
					return kind
				}
				return mem.None
			})
			err := bringDown(t, e, owedText)
			if err == nil {
				err = e.indexOwed(t.Context())
			}
			disk.Inject(nil)
			if crashed != (err != nil) {
				t.Fatalf("write %d: crashed %v, %v", k, crashed, err)
			}
			if kind != mem.Refuse {
				disk = disk.Survivor()
				e = reopenFileDevice(t, s, disk)
			}
			// Once with all of it brought, once with what there is.
			for _, again := range []bool{k%2 == 1, true} {
				if again {
					if err := bringDown(t, e, owedText); err != nil {
						t.Fatal(err)
					}
				}
				if err := e.indexOwed(t.Context()); err != nil {
					t.Fatal(err)
				}
				want := 0
				for n := range owedConvs {
					c, err := e.conv(t.Context(), convo.ID{byte(n + 1)})
					if err != nil {
						t.Fatal(err)
					}
					if c != nil && c.st.Bottom.Seq > 1 && again {
						t.Fatal("it was not brought")
					}
					if c != nil && c.st.known() {
						want += int(c.st.Top.Seq + 1 - c.st.Bottom.Seq)
					}
				}
				if _, docs := indexed(t, disk); docs != want || len(hits(t, e, "all")) != want || owedRows(t, disk) != 0 {
					t.Fatalf("fault %d at write %d: %d documents, want %d; %d rows", kind, k, docs, want, owedRows(t, disk))
				}
			}
			if !crashed {
				break
			}
		}
	}
}

// TestOwedAndChanged: what is edited, unsent or cleared before it is indexed is
// indexed as it is then, whether it was gathered or lies in the store only, and
// whether the index was compacted meanwhile.
func TestOwedAndChanged(t *testing.T) {
	for _, crash := range []bool{false, true} {
		t.Run(fmt.Sprint("crash ", crash), func(t *testing.T) {
			s := newFileServer()
			e, disk := fileDevice(t, s)
			if err := bringDown(t, e, owedText); err != nil {
				t.Fatal(err)
			}
			if crash {
				disk = disk.Survivor()
				e = reopenFileDevice(t, s, disk)
			}
			ctx := t.Context()
			const edited, unsent, cleared = 150, 151, 90
			c, err := e.conv(ctx, convo.ID{1})
			if err != nil {
				t.Fatal(err)
			}
			f := e.newFold(c)
			raw, _ := owedContent(t, "all anew")
			for _, m := range []*mark{{kind: markEdit, target: edited, data: raw}, {kind: markUnsend, target: unsent}} {
				m.id = content.MessageID{0, 0, byte(m.target), 1}
				m.by, m.seq, m.atMS = owedAuthor, m.target+1, 1000*m.target
				if err := f.mark(ctx, m); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.finish(ctx); err != nil {
				t.Fatal(err)
			}
			if err := e.applyClearing(ctx, &payload.Clearing{Conversation: c.id, Seq: cleared}, false); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := e.compactIndex(ctx, 0); err != nil {
					t.Fatal(err)
				}
			}
			const total = owedConvs * owedRuns * owedPerRun
			found := hits(t, e, "all")
			for seq := uint64(1); seq <= owedRuns*owedPerRun; seq++ {
				if want := seq > cleared && seq != unsent; found[fmt.Sprintf("c0s%d", seq)] != want {
					t.Errorf("entry %d: found %v", seq, !want)
				}
			}
			if len(found) != total-cleared-1 {
				t.Errorf("%d found", len(found))
			}
			if old, anew := hits(t, e, fmt.Sprintf("c0s%d", edited)), hits(t, e, "anew"); len(old) != 0 || len(anew) != 1 {
				t.Errorf("of the edited message: old text %v, new text %v", old, anew)
			}
			if owedRows(t, disk) != 0 {
				t.Errorf("%d rows are left", owedRows(t, disk))
			}
			err = disk.Scan(ctx, store.Table("ix").Range(), func(key, v []byte) error {
				if strings.Contains(string(v), fmt.Sprintf("c0s%d", unsent)) {
					return errors.New("an unsent message is in the index")
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOwedLongTexts: texts too long to be gathered are indexed from the store, a
// part at a time, and a crash between two parts loses and doubles nothing.
func TestOwedLongTexts(t *testing.T) {
	long := func(conv int, seq uint64) string {
		var b strings.Builder
		b.WriteString(owedText(conv, seq))
		for i := 0; conv == 0 && b.Len() < 24<<10; i++ {
			fmt.Fprintf(&b, " %d", seq*100_000+uint64(i))
		}
		return b.String()
	}
	s := newFileServer()
	e, disk := fileDevice(t, s)
	e.cfg.Stepwise = true // smaller parts
	if err := bringDown(t, e, long); err != nil {
		t.Fatal(err)
	}
	if want := (owedConvs - 1) * owedRuns * owedPerRun; e.owing.gathered.Docs() != want || e.owing.all {
		t.Fatalf("%d documents are gathered, want %d", e.owing.gathered.Docs(), want)
	}
	at := disk.Applies() + 1
	disk.Inject(mem.CrashAt(at, mem.CrashBefore))
	if err := e.indexOwed(t.Context()); fault.KindOf(err) != fault.KindFailed {
		t.Fatalf("no crash: %v", err)
	}
	disk = disk.Survivor()
	e = reopenFileDevice(t, s, disk)
	e.cfg.Stepwise = true
	if parts, _ := indexed(t, disk); parts != 1 {
		t.Fatalf("%d parts before the crash", parts)
	}
	if err := e.indexOwed(t.Context()); err != nil {
		t.Fatal(err)
	}
	parts, docs := indexed(t, disk)
	if want := owedConvs * owedRuns * owedPerRun; docs != want || parts < 3 || len(hits(t, e, "all")) != want || owedRows(t, disk) != 0 {
		t.Errorf("%d parts, %d documents, %d rows", parts, docs, owedRows(t, disk))
	}
}

// TestOwedIsDamaged: a row that does not parse is an error; one that says too much ends.
func TestOwedIsDamaged(t *testing.T) {
	e, disk := fileDevice(t, newFileServer())
	run := owedRun{convo.ID{1}, 1, 1 << 60}
	var b store.Batch
	run.set(&b)
	if err := disk.Apply(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if err := e.indexOwed(t.Context()); err != nil || owedRows(t, disk) != 0 {
		t.Errorf("of a conversation that is gone: %v, %d rows", err, owedRows(t, disk))
	}
	c, err := e.newConv(t.Context(), convo.ID{1}, 0, account.ID{})
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.Apply(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	c.st.Top.Seq, e.owing = 70, new(owing)
	if err := e.indexOwed(t.Context()); err != nil || owedRows(t, disk) != 0 {
		t.Errorf("of more than there is: %v, %d rows", err, owedRows(t, disk))
	}
	b.Reset()
	b.Set(run.key(), make([]byte, 7))
	if err := disk.Apply(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	e.owing = new(owing)
	if err := e.indexOwed(t.Context()); fault.KindOf(err) != fault.KindFailed {
		t.Errorf("a damaged row: %v", err)
	}
}
