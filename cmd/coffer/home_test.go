package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store/homelock"
)

func testApp(env map[string]string) *app {
	return &app{env: func(k string) string { return env[k] }, term: &script{}, timeout: 50 * time.Millisecond, now: time.Now}
}

func TestHomeFolder(t *testing.T) {
	a := testApp(map[string]string{"COFFER_HOME": "/from/env"})
	if got, err := a.homeFolder(); got != "/from/env" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	a.home = "/from/flag"
	if got, err := a.homeFolder(); got != "/from/flag" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	t.Setenv("XDG_CONFIG_HOME", "/config")
	if runtime.GOOS == "linux" {
		if got, err := testApp(nil).homeFolder(); got != "/config/coffer" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestDeviceKey(t *testing.T) {
	a, home := testApp(nil), filepath.Join(t.TempDir(), "a", "home")
	if _, err := a.deviceKey(t.Context(), home, false); fault.KindOf(err) != fault.KindUsage {
		t.Errorf("no home: %v", err)
	}
	if _, err := os.Stat(home); err == nil {
		t.Error("a home was made by a command that makes none")
	}
	key, err := a.deviceKey(t.Context(), home, true)
	if err != nil || len(key) != 32 || bytes.Equal(key, make([]byte, 32)) {
		t.Fatalf("%d bytes, %v", len(key), err)
	}
	again, err := a.deviceKey(t.Context(), home, true)
	if err != nil || !bytes.Equal(key, again) {
		t.Errorf("another key the second time, %v", err)
	}
	path := filepath.Join(home, keyName)
	for name, mode := range map[string]os.FileMode{path: 0o600, home: 0o700} {
		info, err := os.Stat(name)
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := a.deviceKey(t.Context(), home, false); err != nil {
		t.Error(err)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others may still read the key: %v", info.Mode())
	}
}

func TestDeviceKeyDamaged(t *testing.T) {
	a := testApp(nil)
	short := t.TempDir()
	if err := os.WriteFile(filepath.Join(short, keyName), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	lost := t.TempDir() // a store whose key is gone: a new key would not open it
	if err := os.WriteFile(filepath.Join(lost, storeName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, home := range []string{short, lost} {
		if _, err := a.deviceKey(t.Context(), home, true); fault.KindOf(err) != fault.KindFailed {
			t.Errorf("%v", err)
		}
	}
	if _, err := os.Stat(filepath.Join(lost, keyName)); err == nil {
		t.Error("a new key was made beside an old store")
	}
}

// TestDeviceKeyAfterCrash leaves what a crash in the middle leaves.
func TestDeviceKeyAfterCrash(t *testing.T) {
	a, home := testApp(nil), t.TempDir()
	if err := os.WriteFile(filepath.Join(home, keyName+".new"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := a.deviceKey(t.Context(), home, true); err != nil || len(key) != 32 {
		t.Errorf("%d bytes, %v", len(key), err)
	}
}

func TestHomeInUse(t *testing.T) {
	a, home := testApp(nil), t.TempDir()
	release, err := homelock.Lock(home)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := a.deviceKey(t.Context(), home, true); fault.KindOf(err) != fault.KindInUse {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(home, keyName)); err == nil {
		t.Error("a key was made without the lock")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.lockHome(ctx, home); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestDeviceName(t *testing.T) {
	for _, c := range []struct {
		host string
		err  error
		want string
	}{
		{"laptop", nil, "laptop"}, {"laptop.example.org", nil, "laptop"}, {"", nil, "command line"},
		{"x", errors.New("no name"), "command line"},
	} {
		if got := deviceName(c.host, c.err); got != c.want {
			t.Errorf("%q: %q", c.host, got)
		}
	}
	if got := deviceName(string(bytes.Repeat([]byte("ä"), 100)), nil); len(got) != 62 {
		t.Errorf("%d bytes", len(got))
	}
}
