package sqlite_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sqlite"
)

// writerEnv makes the test binary write to a store until it is killed.
const writerEnv = "SQLITE_TEST_WRITE"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		fmt.Println(writeForever(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever lets four goroutines write counters, each two entries that must
// agree, and prints a line for each Apply that has returned.
func writeForever(path string) error {
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	errs := make(chan error)
	var out sync.Mutex
	for w := range 4 {
		go func() {
			for n := uint64(1); ; n++ {
				v := binary.BigEndian.AppendUint64(nil, n)
				var b store.Batch
				b.Set([]byte{'a', byte(w)}, v)
				b.Set([]byte{'b', byte(w)}, append(v, make([]byte, 5000)...))
				if err := s.Apply(ctx, &b); err != nil {
					errs <- err
					return
				}
				out.Lock()
				fmt.Println(w, n)
				out.Unlock()
			}
		}()
	}
	return <-errs
}

func TestKilledWriter(t *testing.T) {
	for round := range 3 {
		path := filepath.Join(t.TempDir(), "store.db")
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), writerEnv+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var acked [4]uint64
		lines := bufio.NewScanner(out)
		for i := 0; lines.Scan(); i++ {
			if i == 40+30*round {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			var w, n uint64
			if _, err := fmt.Sscan(lines.Text(), &w, &n); err != nil || w > 3 {
				t.Fatalf("writer said %q", lines.Text())
			}
			acked[w] = n
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the writer ended by itself")
		}
		s, err := sqlite.Open(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		for w, n := range acked {
			var found [2]uint64
			for i, table := range []byte("ab") {
				if v, err := s.Get(ctx, []byte{table, byte(w)}); err == nil {
					found[i] = binary.BigEndian.Uint64(v)
				}
			}
			if found[0] != found[1] || found[0] < n || found[0] > n+1 {
				t.Errorf("writer %d: acknowledged %d, found %v", w, n, found)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
