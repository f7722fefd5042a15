package itest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

// hears syncs, and fails the test unless the device has exactly these notices;
// then they are shown.
func (d *device) hears(want ...string) {
	d.w.tb.Helper()
	d.sync()
	d.told(want...)
}

func (d *device) told(want ...string) {
	d.w.tb.Helper()
	list, err := d.Notices(d.w.ctx)
	d.w.must(err)
	var got []string
	for _, n := range list {
		s := n.Kind
		for _, k := range []client.Keyholder{n.Keyholder, n.By} {
			if !k.ID.IsZero() {
				s += " " + k.Name
			}
		}
		if n.Guesses > 0 {
			s += fmt.Sprintf(" %d/%d", n.Wrong, n.Guesses)
		}
		got = append(got, strings.TrimSpace(s+" "+n.Text))
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		d.w.tb.Errorf("%s hears %q, want %q", d.name, got, want)
	}
	if len(list) > 0 {
		d.w.must(d.NoticesShown(d.w.ctx, list[len(list)-1].Number))
	}
}

// TestNotices: each device hears, once, of every keyholder that another one added
// or removed, and of nothing that it did itself or that was before its time.
func TestNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := w.register("alice")
	code, _, err := phone.AddCode(w.ctx)
	w.must(err)
	phone.hears()
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	tablet.hears()
	_, _, err = tablet.AddCode(w.ctx)
	w.must(err)
	list, err := phone.Notices(w.ctx)
	w.must(err)
	if len(list) != 0 {
		t.Errorf("notices without asking the server: %+v", list)
	}
	phone.sync()
	phone.open() // not shown yet: they are kept
	phone.told("recovered alice's tablet recovery code", "added recovery code alice's tablet")
	phone.hears()
	third, _, err := w.restoreCode("alice", code)
	w.must(err)
	_, err = third.RenameDevice(w.ctx, mustDevice(w, third), "stranger")
	w.must(err)
	phone.hears("recovered stranger recovery code")
	_, err = phone.Revoke(w.ctx, mustDevice(w, third), true)
	w.must(err)
	tablet.hears("recovered stranger recovery code", "removed stranger alice's phone compromised")
	phone.hears()
}

// TestWatchTellsNotices: who watches hears at once.
func TestWatchTellsNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := w.register("alice")
	code, _, err := phone.AddCode(w.ctx)
	w.must(err)
	got := make(chan client.Notice, 4)
	phone.notice = func(n client.Notice) { got <- n }
	phone.open()
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() { ended <- phone.Watch(ctx, "", func(client.Message) error { return nil }) }()
	_, _, err = w.restoreCode("alice", code)
	w.must(err)
	select {
	case n := <-got:
		if n.Kind != client.NoticeRecovered || n.Keyholder.Name != "alice's tablet" {
			t.Errorf("%+v", n)
		}
	case <-time.After(time.Minute):
		t.Error("nothing was told")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestGuessNotices: guesses at the PIN are told, with how many were wrong, although
// one realm lies; a device that reads the log sees them realm by realm.
func TestGuessNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := w.register("alice")
	phone.withPIN()
	phone.hears()
	for range 2 {
		_, _, err := w.restorePIN("alice", "384756")
		w.refused(err, fault.KindWrongSecret)
	}
	phone.hears() // the logs were read just now
	w.pass(2 * time.Hour)
	w.realms[0].lie.Store(true)
	phone.hears("guess PIN 2/2")
	phone.hears()
	log, missing, err := phone.GuessLog(w.ctx)
	w.must(err)
	if len(missing) != 1 || missing[0] != w.realms[0].http.URL {
		t.Errorf("missing %v", missing)
	}
	guesses := map[string]int{}
	for _, g := range log {
		if g.Event == "guess" {
			guesses[g.Realm]++
		}
	}
	// Each guess reached two of the three realms at least.
	if len(guesses) != 2 || guesses[w.realms[1].http.URL]+guesses[w.realms[2].http.URL] < 2 {
		t.Errorf("guesses %v", guesses)
	}
	w.realms[0].lie.Store(false)
	again, _, err := w.restorePIN("alice", testPIN)
	w.must(err)
	again.hears() // it was itself
	w.pass(2 * time.Hour)
	phone.hears("recovered alice's new phone PIN", "guess PIN 0/1")
}

// TestGuessesHidden: a server that hands out no tokens, so that the realms cannot
// be asked, hides guesses for a day at most.
func TestGuessesHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := w.register("alice")
	phone.withPIN()
	phone.hears()
	l := w.liar()
	fake(l, "RealmToken", func(*pb.RealmTokenRequest) *pb.RealmTokenResponse { return &pb.RealmTokenResponse{} })
	w.pass(2 * time.Hour)
	phone.sync()
	w.pass(25 * time.Hour)
	phone.sync()
	list, err := phone.Notices(w.ctx)
	w.must(err)
	if len(list) != 1 || list[0].Kind != client.NoticeRealm || list[0].Text != "" {
		t.Errorf("%+v", list)
	}
}

// TestDeviceNames: names and last use are the account's own knowledge: every
// device has them, a restore too, and nobody else.
func TestDeviceNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone, bob := w.register("alice"), w.register("bob")
	code, _, err := phone.AddCode(w.ctx)
	w.must(err)
	phone.say("bob", "hello")
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	tablet.sync()
	k, err := phone.RenameDevice(w.ctx, mustDevice(w, tablet), " Küchenbrett ")
	w.must(err)
	if k.Name != "Küchenbrett" {
		t.Errorf("%+v", k)
	}
	w.pass(50 * time.Hour)
	phone.sync()
	tablet.sync()
	third, _, err := w.restoreCode("alice", code)
	w.must(err)
	for _, d := range []*device{phone, tablet, third} {
		d.sync()
		list, err := d.Devices(w.ctx)
		w.must(err)
		if len(list) != 3 || list[1].Name != "Küchenbrett" || list[1].Platform == "" || w.now().Sub(list[1].LastSeen) > time.Hour {
			t.Errorf("%s: %+v", d.name, list)
		}
	}
	who, err := tablet.Whoami(w.ctx)
	w.must(err)
	if who.DeviceName != "Küchenbrett" {
		t.Errorf("it calls itself %q", who.DeviceName)
	}
	for _, name := range []string{"", "  ", strings.Repeat("x", 63), "\xff"} {
		if _, err := phone.RenameDevice(w.ctx, mustDevice(w, tablet), name); fault.KindOf(err) != fault.KindUsage {
			t.Errorf("name %q: %v", name, err)
		}
	}
	bob.sync()
	w.stop()
	found, err := grepFolder(w.dir, "chenbrett")
	w.must(err)
	if found != "" {
		t.Errorf("the server's %s holds the name", found)
	}
	w.start()
}

// grepFolder returns the first file that holds the text.
func grepFolder(dir, text string) (found string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = path
		}
		return err
	})
	return found, err
}
