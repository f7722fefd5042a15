package homelock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/store/homelock"
)

// holderEnv makes the test binary take the lock of a folder and wait.
const holderEnv = "HOMELOCK_TEST_HOLD"

func TestMain(m *testing.M) {
	if home := os.Getenv(holderEnv); home != "" {
		if _, err := homelock.Lock(home); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestLockExcludes(t *testing.T) {
	home := t.TempDir()
	release, err := homelock.Lock(home)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := homelock.Lock(home); !errors.Is(err, homelock.ErrInUse) {
		t.Errorf("second lock: %v", err)
	}
	if other, err := homelock.Lock(t.TempDir()); err != nil || other() != nil {
		t.Errorf("another folder: %v", err)
	}
	for range 2 {
		if err := release(); err != nil {
			t.Errorf("release: %v", err)
		}
	}
	release, err = homelock.Lock(home)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	if err := release(); err != nil {
		t.Errorf("release: %v", err)
	}
}

func TestLockNeedsTheFolder(t *testing.T) {
	_, err := homelock.Lock(filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, homelock.ErrInUse) {
		t.Errorf("lock in no folder: %v", err)
	}
}

func TestWait(t *testing.T) {
	home := t.TempDir()
	release, err := homelock.Lock(home)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := homelock.Wait(ctx, home); !errors.Is(err, homelock.ErrInUse) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("wait for a lock that is kept: %v", err)
	}
	got := make(chan error)
	go func() {
		release, err := homelock.Wait(context.Background(), home)
		if err == nil {
			err = release()
		}
		got <- err
	}()
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Errorf("wait for a lock that is released: %v", err)
	}
}

// TestKilledHolder needs a lock that ends with its process.
func TestKilledHolder(t *testing.T) {
	if !endsWithProcess {
		t.Skip("not run: this system has no flock")
	}
	home := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holderEnv+"="+home)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("holder: %q, %v", line, err)
	}
	if _, err := homelock.Lock(home); !errors.Is(err, homelock.ErrInUse) {
		t.Errorf("lock held by another process: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the holder ended by itself")
	}
	release, err := homelock.Lock(home)
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	if err := release(); err != nil {
		t.Errorf("release: %v", err)
	}
}
