package server_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/http"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/store"
)

func (d *device) reports() cofferv1connect.ReportServiceClient {
	return cofferv1connect.NewReportServiceClient(&http.Client{Transport: bearer{d.token, d.http.Transport}}, d.url)
}

func (d *device) file(p frank.Report) (*cofferv1.FileReportResponse, error) {
	r, err := d.reports().FileReport(d.Context(), req(&cofferv1.FileReportRequest{Report: p.Append(nil)}))
	if err != nil {
		return nil, err
	}
	return r.Msg, nil
}

// speak posts a text as clients do, and returns its opening.
func (x *talk) speak(text string) frank.Opening {
	x.Helper()
	sender, err := content.UserURI(testHost, x.person.id().String())
	x.ok(err)
	room, err := content.RoomURI(testHost, x.id.String())
	x.ok(err)
	m, err := content.NewMessage(content.Header{Salt: random16(), Sender: sender, Room: room}, content.Text{Text: text})
	x.ok(err)
	h := x.header()
	h.FrankingTag = frank.NewTag(m)
	e := x.post(h, string(m.Bytes())).GetEntry()
	f, err := frank.ParseFrank(e.GetFrank())
	x.ok(err)
	return frank.Opening{Content: m.Bytes(), Context: frank.Context{Sender: sender, Room: room, AcceptedMs: e.GetAcceptedMs()}, Frank: f}
}

// TestReport: what a participant shows is kept, once, listed for the moderator and
// shown as far as it verifies; closing erases it.
func TestReport(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	one, two, forged := x.speak("an insult"), x.speak("another"), x.speak("a third")
	forged.Frank.Server[0] ^= 1

	if m := call(w, bob.first.reports().GetReportTerms, &cofferv1.GetReportTermsRequest{}); !m.GetTaken() || m.GetKeptDays() != 180 {
		t.Errorf("terms are %v", m)
	}
	p := frank.Report{Reason: "rude", Openings: []frank.Opening{one, two, forged}}
	got, err := bob.first.file(p)
	w.ok(err)
	again, err := bob.first.file(p)
	w.ok(err)
	if got.GetVerified() != 2 || hex.EncodeToString(got.GetId()) != hex.EncodeToString(again.GetId()) {
		t.Errorf("filed as %v, then %v", got, again)
	}
	list, err := server.ListReports(t.Context(), w.store)
	w.ok(err)
	id := hex.EncodeToString(got.GetId())
	if len(list) != 1 || list[0].ID != id || list[0].Handle != "bob" || list[0].By != bob.id() {
		t.Fatalf("listed: %+v", list)
	}
	r, err := server.ReviewReport(t.Context(), w.store, id[:6])
	w.ok(err)
	if r.Reason != "rude" || len(r.Messages) != 3 || r.Messages[0].Message.View().Text != "an insult" || r.Messages[1].Handle != "alice" ||
		r.Messages[1].Sender != alice.id() || r.Messages[2].Message != nil || !errors.Is(r.Messages[2].Err, frank.ErrFrank) {
		t.Errorf("shown: %+v", r)
	}
	if _, err := server.ReviewReport(t.Context(), w.store, "ffff"+id[:4]); !errors.Is(err, server.ErrNoReport) {
		t.Errorf("another id: %v", err)
	}
	// A second one of alice's own, so that one digit is not enough.
	for i := range 40 {
		_, err := alice.first.file(frank.Report{Reason: string(rune('a' + i)), Openings: []frank.Opening{one}})
		if i < 20 {
			w.ok(err)
			continue
		}
		w.refused(err, rateLimited)
		break
	}
	many := map[byte]bool{}
	list, err = server.ListReports(t.Context(), w.store)
	w.ok(err)
	for _, r := range list {
		if many[r.ID[0]] {
			if _, err := server.CloseReport(t.Context(), w.store, r.ID[:1]); !errors.Is(err, server.ErrManyReports) {
				t.Errorf("one digit of several: %v", err)
			}
		}
		many[r.ID[0]] = true
	}
	closed, err := server.CloseReport(t.Context(), w.store, id[:8])
	w.ok(err)
	if _, err := server.CloseReport(t.Context(), w.store, id); closed != id || !errors.Is(err, server.ErrNoReport) {
		t.Errorf("closed %s, then %v", closed, err)
	}
}

// TestReportRefused: what proves nothing here is not kept.
func TestReportRefused(t *testing.T) {
	w := newWorld(t)
	alice, bob, eve := w.register("alice"), w.register("bob"), w.register("eve")
	x, other := alice.first.createDirect(bob), alice.first.createDirect(eve)
	one, elsewhere := x.speak("one"), other.speak("elsewhere")
	change := func(f func(*frank.Opening)) frank.Report {
		o := one
		f(&o)
		return frank.Report{Openings: []frank.Opening{o}}
	}
	for name, c := range map[string]struct {
		by   *device
		p    frank.Report
		kind cofferv1.ErrorKind
	}{
		"nobody's":           {&device{person: bob, client: w.client("")}, frank.Report{Openings: []frank.Opening{one}}, noSession},
		"a stranger's":       {eve.first, frank.Report{Openings: []frank.Opening{one}}, notFound},
		"two conversations'": {alice.first, frank.Report{Openings: []frank.Opening{one, elsewhere}}, invalid},
		"another server's":   {bob.first, change(func(o *frank.Opening) { o.Context.Room = "mimi://elsewhere.example/r/" + content.URI(x.id.String()) }), invalid},
		"a user's room":      {bob.first, change(func(o *frank.Opening) { o.Context.Room = o.Context.Sender }), invalid},
		"no room's":          {bob.first, change(func(o *frank.Opening) { o.Context.Room = "mimi://" + testHost + "/r/x" }), invalid},
		"another sender's":   {bob.first, change(func(o *frank.Opening) { o.Context.Sender = o.Context.Room }), invalid},
		"an altered text":    {bob.first, change(func(o *frank.Opening) { o.Content = bytes.Replace(o.Content, []byte("one"), []byte("two"), 1) }), invalid},
		"another time":       {bob.first, change(func(o *frank.Opening) { o.Context.AcceptedMs++ }), invalid},
		"no frank":           {bob.first, change(func(o *frank.Opening) { o.Frank = frank.Frank{} }), invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.by.file(c.p)
			w.refused(err, c.kind)
		})
	}
	for _, b := range [][]byte{nil, {0, 1}, {0, 2, 0, 0}, (&frank.Report{Openings: make([]frank.Opening, 31)}).Append(nil)} {
		w.refused(try(w, bob.first.reports().FileReport, &cofferv1.FileReportRequest{Report: b}), malformed)
	}
	w.refused(try(w, bob.first.reports().FileReport, &cofferv1.FileReportRequest{Report: make([]byte, 4<<20+1)}), tooLarge)
	if list, err := server.ListReports(t.Context(), w.store); err != nil || len(list) != 0 {
		t.Errorf("kept: %v, %v", list, err)
	}
}

// TestReportsOff: a server that takes none says so, and keeps none.
func TestReportsOff(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Reports.Off = true })
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	if m := call(w, bob.first.reports().GetReportTerms, &cofferv1.GetReportTermsRequest{}); m.GetTaken() || m.GetKeptDays() != 0 {
		t.Errorf("terms are %v", m)
	}
	_, err := bob.first.file(frank.Report{Openings: []frank.Opening{x.speak("hi")}})
	w.refused(err, forbidden)
}

// TestReportsQuota: an account's reports are bounded in number, over any time.
func TestReportsQuota(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limits.Report = server.Rule{Burst: -1} })
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	one := x.speak("hi")
	w.ok(w.store.UpdateAccount(t.Context(), bob.id(), func(tx store.AccountTx) error {
		for i := range 200 {
			if err := tx.PutReport(store.Report{ID: [16]byte{byte(i)}, FiledMS: uint64(w.clock.Now().UnixMilli())}); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := bob.first.file(frank.Report{Openings: []frank.Opening{one}})
	w.refused(err, quota)
}

// TestReportsSwept: a report that nobody closes is erased when its time is over,
// and not before.
func TestReportsSwept(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Reports.Keep = time.Hour; c.SweepEvery = time.Millisecond })
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	one := x.speak("hi")
	_, err := bob.first.file(frank.Report{Openings: []frank.Opening{one}})
	w.ok(err)
	w.clock.Add(59 * time.Minute)
	_, err = alice.first.file(frank.Report{Openings: []frank.Opening{one}})
	w.ok(err)
	w.clock.Add(time.Minute)
	for {
		list, err := server.ListReports(t.Context(), w.store)
		w.ok(err)
		if len(list) == 1 && list[0].By == alice.id() {
			return
		}
		if len(list) == 0 {
			t.Fatal("both are gone")
		}
		time.Sleep(time.Millisecond)
	}
}
