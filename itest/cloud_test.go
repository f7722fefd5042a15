package itest

import (
	"bytes"
	"context"
	"encoding/base32"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/cloud/cloudtest"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

// withCloud gives the account a key of which half is in a place.
func (d *device) withCloud(place string) client.Keyholder {
	d.w.tb.Helper()
	k, err := d.AddCloud(d.w.ctx, client.CloudOptions{Place: place})
	d.w.must(err)
	return k
}

func (w *world) restoreCloud(handle, place, password string) (*device, *client.Restored, error) {
	d := w.device(handle + "'s spare")
	r, err := d.Restore(w.ctx, client.RestoreOptions{
		Server: w.http.URL, Handle: handle, Cloud: place, Password: []byte(password), WaitAll: true,
	})
	return d, r, err
}

// files returns the contents of a folder's files.
func (w *world) files(dir string) map[string][]byte {
	w.tb.Helper()
	out := map[string][]byte{}
	w.must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			out[path], err = os.ReadFile(path)
		}
		return err
	}))
	return out
}

// only returns a folder's one file.
func (w *world) only(dir string) (path string, content []byte) {
	w.tb.Helper()
	all := w.files(dir)
	if len(all) != 1 {
		w.tb.Fatalf("%d files, want one", len(all))
	}
	for path, content = range all {
	}
	return path, content
}

// check returns one check of an account's health.
func (d *device) check(name string) client.Check {
	d.w.tb.Helper()
	v, err := d.VaultStatus(d.w.ctx)
	d.w.must(err)
	for _, c := range v.Checks {
		if c.Name == name {
			return c
		}
	}
	d.w.tb.Fatalf("there is no check of %s", name)
	return client.Check{}
}

// TestCloudKey: half of a key in a cloud and half at the server bring everything
// back, in a folder and by rclone; each account has its own file there.
func TestCloudKey(t *testing.T) {
	for name, place := range map[string]func(t *testing.T) (place, folder string){
		"folder": func(t *testing.T) (string, string) { dir := t.TempDir(); return dir, dir },
		"rclone": func(t *testing.T) (string, string) {
			folder := cloudtest.Serve(t)
			return "rclone:cloud:Backups/keys", folder
		},
	} {
		t.Run(name, func(t *testing.T) {
			at, folder := place(t)
			w := newWorld(t)
			alice, bob := w.register("alice"), w.register("bob")
			k := alice.withCloud(at)
			bob.withCloud(at)
			if n := len(w.files(folder)); n != 2 {
				t.Errorf("%d files, want one for each account", n)
			}
			alice.say("bob", "hello bob")
			bob.say("alice", "hello alice")
			tested, err := alice.TestRecovery(w.ctx, client.RecoverySecret{Cloud: at})
			if w.must(err); tested.ID != k.ID {
				t.Error("another key was tested")
			}
			if c := alice.check("cloud"); c.State != client.CheckOK {
				t.Errorf("vault status: %+v", c)
			}
			alice.Close()
			bob.say("alice", "are you there?")

			again, report, err := w.restoreCloud("alice", at, "")
			w.must(err)
			w.intact(report, 3)
			again.sees("bob", "alice: hello bob", "bob: hello alice", "bob: are you there?")
			list, err := again.RecoveryMethods(w.ctx)
			if w.must(err); len(list) != 1 || list[0].Place == "" || list[0].Place != k.Place {
				t.Errorf("the new device knows %+v, want the place %q", list, k.Place)
			}

			// The new device, which never wrote the file, deletes it.
			_, err = again.RemoveRecovery(w.ctx, k.ID.String())
			w.must(err)
			if n := len(w.files(folder)); n != 1 {
				t.Errorf("%d files, want bob's alone", n)
			}
			_, _, err = w.restoreCloud("alice", at, "")
			w.refused(err, fault.KindWrongSecret)
			if _, _, err := w.restoreCloud("bob", at, ""); err != nil {
				t.Errorf("bob's key: %v", err)
			}
		})
	}
}

// TestCloudHalfAlone: a thief with the cloud's file and a server that has
// forgotten its half; one with the server's database and no file; and the copy of a
// file whose key was removed. None of them opens anything.
func TestCloudHalfAlone(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	dir := t.TempDir()
	k := alice.withCloud(dir)
	alice.say("bob", "the text of texts")
	bob.sync()
	path, file := w.only(dir)
	id := w.idOf("alice")
	_, holder, err := account.ParseCloudFile(file, id)
	w.must(err)
	if holder != k.ID || bytes.Contains(file, []byte("alice")) || strings.Contains(path, "alice") {
		t.Error("the file is another's, or names whose it is")
	}

	// The server's files hold nothing of the cloud's half.
	w.stop()
	line := strings.ToUpper(strings.Split(string(file), "\n")[1])
	raw, err := base32.StdEncoding.DecodeString(line)
	w.must(err)
	for where, b := range w.files(w.dir) {
		if bytes.Contains(b, raw[16:48]) || bytes.Contains(b, file[60:90]) {
			t.Errorf("%s holds the cloud's half", filepath.Base(where))
		}
	}
	w.start()

	// Who has the server's half only: there is no file to go with it.
	empty := t.TempDir()
	_, _, err = w.restoreCloud("alice", empty, "")
	w.refused(err, fault.KindWrongSecret)
	forged, err := account.NewCloudHalf(bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	w.must(err)
	w.must(os.WriteFile(filepath.Join(empty, account.CloudFileName(id, holder)), forged.CloudFile(id, holder), 0o600))
	_, _, err = w.restoreCloud("alice", empty, "")
	w.refused(err, fault.KindWrongSecret)

	// Who has the cloud's half only, after the key was removed.
	copied := t.TempDir()
	w.must(os.WriteFile(filepath.Join(copied, filepath.Base(path)), file, 0o600))
	if _, _, err := w.restoreCloud("alice", copied, ""); err != nil {
		t.Fatalf("the copy of a good file: %v", err)
	}
	_, err = alice.RemoveRecovery(w.ctx, k.ID.String())
	w.must(err)
	_, _, err = w.restoreCloud("alice", copied, "")
	w.refused(err, fault.KindWrongSecret)
}

// TestCloudPassword: a key made with the password is not given to who has the file
// alone, and the guesses at the password are limited.
func TestCloudPassword(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	dir := t.TempDir()
	_, err := alice.AddCloud(w.ctx, client.CloudOptions{Place: dir, Password: []byte(testPassword)})
	w.must(err)
	_, _, err = w.restoreCloud("alice", dir, "")
	if !errors.Is(err, client.ErrPasswordWanted) || fault.KindOf(err) != fault.KindUsage {
		t.Errorf("without the password: %v", err)
	}
	_, _, err = w.restoreCloud("alice", dir, "guess")
	w.refused(err, fault.KindWrongSecret)
	if _, _, err := w.restoreCloud("alice", dir, testPassword); err != nil {
		t.Errorf("with the password: %v", err)
	}
	_, err = alice.AddCloud(w.ctx, client.CloudOptions{Place: dir, Password: []byte("another one")})
	w.refused(err, fault.KindWrongSecret)
	if c := alice.check("cloud"); c.State != client.CheckOK {
		t.Errorf("a device needs no password: %+v", c)
	}
	if _, _, err := w.restoreCloud("alice", dir, testPassword); err != nil {
		t.Errorf("after a refused change: %v", err)
	}
}

// TestCloudReplaced: a new key in the same place replaces the old one; what is
// not this account's stays.
func TestCloudReplaced(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	dir, other := t.TempDir(), t.TempDir()
	first := alice.withCloud(dir)
	kept := alice.withCloud(other)
	foreign := filepath.Join(dir, "coffer-aaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaaaaaaaaaaaa.half")
	w.must(os.WriteFile(foreign, []byte("somebody else's"), 0o600))
	stray := filepath.Join(dir, account.CloudFileName(w.idOf("alice"), account.KeyholderID{1}))
	w.must(os.WriteFile(stray, []byte("of an attempt cut short"), 0o600))
	second := alice.withCloud(dir + "/./")
	list, err := alice.RecoveryMethods(w.ctx)
	w.must(err)
	var ids []account.KeyholderID
	for _, k := range list {
		ids = append(ids, k.ID)
	}
	if len(ids) != 2 || ids[0] != kept.ID || ids[1] != second.ID || first.ID == second.ID {
		t.Errorf("ways back: %v", ids)
	}
	all := w.files(dir)
	if _, there := all[foreign]; !there || len(all) != 2 {
		t.Errorf("%d files, want the new key's and the foreign one", len(all))
	}
	for path := range all {
		if info, err := os.Stat(path); err != nil || path != foreign && info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	}
	if _, _, err := w.restoreCloud("alice", dir, ""); err != nil {
		t.Error(err)
	}

	before := len(list)
	_, err = alice.AddCloud(w.ctx, client.CloudOptions{Place: filepath.Join(dir, "not mounted")})
	w.refused(err, fault.KindUsage)
	_, err = alice.AddCloud(w.ctx, client.CloudOptions{Place: "rclone:no remote"})
	w.refused(err, fault.KindUsage)
	if list, err = alice.RecoveryMethods(w.ctx); err != nil || len(list) != before {
		t.Errorf("a place that cannot be used leaves %d ways back (%v)", len(list), err)
	}
}

// TestCloudDamaged: a file that is cut, altered, another account's or gone is told
// as such, and vault status sees it.
func TestCloudDamaged(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	dir, bobs := t.TempDir(), t.TempDir()
	alice.withCloud(dir)
	bob.withCloud(bobs)
	path, good := w.only(dir)
	_, others := w.only(bobs)
	altered := bytes.Clone(good)
	altered[60] ^= 1
	for name, content := range map[string][]byte{
		"cut": good[:100], "altered": altered, "empty": {}, "another account's": others, "huge": make([]byte, 1<<16), "gone": nil,
	} {
		w.must(os.Remove(path))
		if content != nil {
			w.must(os.WriteFile(path, content, 0o600))
		}
		_, _, err := w.restoreCloud("alice", dir, "")
		e := w.refused(err, fault.KindWrongSecret)
		if damaged := strings.Contains(e.Message, "damaged"); damaged == (content == nil) {
			t.Errorf("%s: %s", name, e.Message)
		}
		if c := alice.check("cloud"); c.State != client.CheckDegraded {
			t.Errorf("%s: vault status says %+v", name, c)
		}
		w.must(os.WriteFile(path, good, 0o600))
	}
	w.must(os.RemoveAll(dir))
	if c := alice.check("cloud"); c.State != client.CheckUnknown {
		t.Errorf("a folder that is not there: %+v", c)
	}
}

// TestCloudClock: a device whose clock is wrong comes back all the same.
func TestCloudClock(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	w.register("alice").withCloud(dir)
	d := w.device("slow")
	d.now = func() time.Time { return time.Now().Add(-3 * time.Hour) }
	_, err := d.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Cloud: dir, WaitAll: true})
	w.must(err)
}

// TestCloudCancelled: an attempt that was cut short leaves no way back behind, and
// the next one works.
func TestCloudCancelled(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	if _, err := alice.AddCloud(ctx, client.CloudOptions{Place: dir}); err == nil {
		t.Error("a cancelled attempt worked")
	}
	alice.withCloud(dir)
	if _, _, err := w.restoreCloud("alice", dir, ""); err != nil {
		t.Error(err)
	}
}
