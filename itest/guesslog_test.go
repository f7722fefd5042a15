package itest

import (
	"testing"
	"time"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
)

// TestGuessLog: guesses at the PIN are told by the realms themselves; a realm that
// lies is named, and the account's server can neither add to it nor take from it.
func TestGuessLog(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	_, err := alice.GuessLog(w.ctx)
	w.refused(err, client.KindUsage)
	alice.withPIN()
	_, _, err = w.restorePIN("alice", "wrong-PIN")
	w.refused(err, client.KindWrongSecret)
	count := func(l client.GuessLog) map[string]int {
		n := map[string]int{}
		for i, g := range l.Guesses {
			n[g.Event]++
			if i > 0 && g.Time.Before(l.Guesses[i-1].Time) {
				t.Error("not the oldest first")
			}
		}
		return n
	}
	l, err := alice.GuessLog(w.ctx)
	w.must(err)
	if n := count(l); n["registered"] != 3 || n["guess"] != 3 || n["opened"] != 0 || len(l.Silent) != 0 {
		t.Errorf("after a wrong guess: %v, silent %v", n, l.Silent)
	}
	_, _, err = w.restorePIN("alice", testPIN)
	w.must(err)
	if l, err = alice.GuessLog(w.ctx); err != nil || count(l)["opened"] == 0 || count(l)["guess"] < 5 {
		t.Errorf("after a right guess: %v, %v", count(l), err)
	}

	w.realms[1].lie.Store(true)
	l, err = alice.GuessLog(w.ctx)
	w.must(err)
	if len(l.Silent) != 1 || l.Silent[0] != w.realms[1].http.URL || count(l)["registered"] != 2 {
		t.Errorf("with a lying realm: %v, silent %v", count(l), l.Silent)
	}
	for _, r := range w.realms {
		r.down.Store(true)
	}
	_, err = alice.GuessLog(w.ctx)
	w.refused(err, client.KindUnreachable)
	for _, r := range w.realms {
		r.down.Store(false)
	}
	liar := w.liar()
	spoil(liar, "RealmToken", func(_ *pb.RealmTokenRequest, a *pb.RealmTokenResponse) { a.Token = flip(a.Token) })
	if l, err := alice.GuessLog(w.ctx); err == nil {
		t.Errorf("a server that gives no good token shows %v", l)
	}
}

// TestRemind: the person is reminded until there are two ways back in, once a day.
func TestRemind(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	now := time.Now()
	alice.now = func() time.Time { return now }
	due := func(ways int, want bool) {
		t.Helper()
		r, err := alice.Remind(w.ctx)
		w.must(err)
		if r.Due != want || r.Ways != ways {
			t.Errorf("%+v, want %d and %t", r, ways, want)
		}
	}
	due(0, true)
	due(0, false)
	_, _, err := alice.AddCode(w.ctx)
	w.must(err)
	now = now.Add(25 * time.Hour)
	due(1, true)
	alice.open()
	due(1, false)
	now = now.Add(-72 * time.Hour) // the clock was set back
	due(1, true)
	now = time.Now()
	alice.withCloud(t.TempDir())
	now = now.Add(1000 * time.Hour)
	due(2, false)
}
