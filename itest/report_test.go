package itest

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// report drafts and sends.
func (d *device) report(around int, ids ...string) (client.SentReport, error) {
	d.w.tb.Helper()
	draft, err := d.DraftReport(d.w.ctx, ids, around)
	d.w.must(err)
	return d.SendReport(d.w.ctx, draft, "he goes on")
}

// reviewed is what a moderator of the world's server sees of a report.
func (w *world) reviewed(id string) server.ReviewedReport {
	w.tb.Helper()
	db, err := sqlstore.OpenSQLite(w.ctx, filepath.Join(w.dir, "coffer.db"))
	w.must(err)
	defer db.Close()
	r, err := server.ReviewReport(w.ctx, db, id)
	w.must(err)
	return r
}

// TestReport: a recipient shows messages, with what was said around them and what
// was said before an edit, also from a device that has them by a restore; the
// moderator sees these and no other.
func TestReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	bob.say("alice", "long before")
	alice.say("bob", "please stop")
	m := bob.say("alice", "an insult")
	_, err = bob.Edit(w.ctx, m.ID.String(), "a compliment")
	w.must(err)
	gone := bob.say("alice", "unsent")
	w.must(bob.Unsend(w.ctx, gone.ID.String()))
	bob.say("alice", "right after")
	bob.say("alice", "long after")
	alice.sync()

	again, restored, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(restored, 5)
	var ids []string
	for _, d := range []*device{alice, again} {
		draft, err := d.DraftReport(w.ctx, []string{m.ID.String()}, 1)
		w.must(err)
		var shown []string
		for _, r := range draft.Messages {
			text := r.SenderHandle + ": " + r.Text
			for _, v := range r.Versions {
				text += " < " + v.Text
			}
			if r.Chosen {
				text += " !"
			}
			shown = append(shown, text)
		}
		want := "alice: please stop|bob: a compliment < an insult < a compliment !|bob: right after"
		if got := strings.Join(shown, "|"); got != want || draft.Openings != 4 || draft.Name != "bob" || draft.KeptDays != 180 {
			t.Errorf("the draft of %s shows %s (%d), want %s", d.name, got, draft.Openings, want)
		}
		sent, err := d.SendReport(w.ctx, draft, "he goes on")
		w.must(err)
		ids = append(ids, sent.ID)
	}
	if ids[0] != ids[1] {
		t.Errorf("the same messages from two devices are reports %v", ids)
	}
	r := w.reviewed(ids[0])
	var seen []string
	for _, m := range r.Messages {
		w.must(m.Err)
		v := m.Message.View()
		seen = append(seen, m.Handle+" "+v.Kind.String()+" "+v.Text)
	}
	if got := strings.Join(seen, "|"); got != "alice text please stop|bob text an insult|bob edit a compliment|bob text right after" {
		t.Errorf("the moderator sees %s", got)
	}
	if r.Handle != "alice" || r.Reason != "he goes on" {
		t.Errorf("filed by %q, because %q", r.Handle, r.Reason)
	}
}

// TestReportRefused: what cannot be reported is refused before anything is shown.
func TestReportRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	one := bob.say("alice", "one")
	two := carol.say("alice", "two")
	gone := bob.say("alice", "gone")
	w.must(bob.Unsend(w.ctx, gone.ID.String()))
	short, err := bob.Send(w.ctx, "alice", client.Outgoing{Text: "short", Expiry: 30 * time.Second})
	w.must(err)
	alice.sync()
	refused := func(around int, ids ...string) {
		t.Helper()
		_, err := alice.DraftReport(w.ctx, ids, around)
		w.refused(err, fault.KindUsage)
	}
	refused(0)
	refused(-1, one.ID.String())
	refused(client.MaxReportContext+1, one.ID.String())
	refused(0, one.ID.String(), two.ID.String())
	refused(0, gone.ID.String())
	refused(0, strings.Repeat("f", 64))
	// What disappears can be reported while it is there.
	_, err = alice.report(0, short.ID.String())
	w.must(err)
	_, err = alice.SendReport(w.ctx, &client.ReportDraft{}, "")
	w.refused(err, fault.KindUsage)
	draft, err := alice.DraftReport(w.ctx, []string{one.ID.String()}, 0)
	w.must(err)
	_, err = alice.SendReport(w.ctx, draft, strings.Repeat("x", client.MaxReportReason+1))
	w.refused(err, fault.KindUsage)
	var many []string
	for range client.MaxReported + 1 {
		many = append(many, bob.say("alice", "again").ID.String())
	}
	alice.sync()
	refused(0, many...)
	_, err = alice.report(0, many[1:]...)
	w.must(err)
	// Between draft and report it is edited: what was not shown is not sent.
	_, err = bob.Edit(w.ctx, one.ID.String(), "two")
	w.must(err)
	alice.sync()
	_, err = alice.SendReport(w.ctx, draft, "")
	w.refused(err, fault.KindUsage)
	// And unsent: then it is not shown at all.
	w.must(bob.Unsend(w.ctx, one.ID.String()))
	alice.sync()
	_, err = alice.SendReport(w.ctx, draft, "")
	w.refused(err, fault.KindUsage)
}

// TestReportSpoiled: a server that does not want a message to be reported is found
// out by who reports it.
func TestReportSpoiled(t *testing.T) {
	for name, c := range map[string]struct {
		promise fault.Promise
		lie     func(l *liar)
	}{
		"it refuses it as unproved": {fault.PromiseReports, func(l *liar) {
			spoil(l, "FileReport", func(q *pb.FileReportRequest, a *pb.FileReportResponse) { a.Verified = 0 })
		}},
		"it hides one": {fault.PromiseReports, func(l *liar) {
			spoil(l, "FileReport", func(q *pb.FileReportRequest, a *pb.FileReportResponse) { a.Verified-- })
		}},
		"another frank": {fault.PromiseProved, func(l *liar) {
			l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) {
				for _, x := range a.Entries {
					x.Frank = flipAt(x.Frank, 40)
				}
			})
		}},
		"no such entry": {fault.PromiseStored, func(l *liar) {
			l.logs(func(_ *pb.ReadLogRequest, a *pb.ReadLogResponse) { a.Entries = a.Entries[:len(a.Entries)-1] })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alice, bob := w.register("alice"), w.register("bob")
			bob.say("alice", "first")
			m := bob.say("alice", "an insult")
			alice.sync()
			l := w.liar()
			c.lie(l)
			_, err := alice.report(1, m.ID.String())
			w.misbehaved(err, c.promise)
			if l.honest() == 0 {
				t.Error("nothing was changed")
			}
		})
	}
}

// TestReportDisowned: a server that spoils what makes franks, signs it, and so
// gets it past every reader, is found out by the report itself.
func TestReportDisowned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	m := bob.say("alice", "an insult")
	alice.sync()
	// The operator takes another hub key: what it signed for it now disowns.
	w.stop()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "coffer.db"))
	w.must(err)
	_, err = db.ExecContext(w.ctx, `DELETE FROM meta WHERE name = 'hub key'`)
	w.must(err)
	w.must(db.Close())
	w.start()
	_, err = alice.report(0, m.ID.String())
	w.misbehaved(err, fault.PromiseReports)
}
