package sqlite_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sqlite"
	"github.com/coffer-chat/coffer/client/store/storetest"
)

var ctx = context.Background()

// disk is a folder; a restart after a crash goes on in a copy of it, made at
// the moment of the crash.
type disk struct {
	t   testing.TB
	dir string
}

// Shared tells the suite that the store may be open twice.
func (d *disk) Shared() {}

func (d *disk) Open() (store.Store, error) {
	return sqlite.Open(ctx, filepath.Join(d.dir, "store.db"))
}

func (d *disk) OpenCrashing(n int, after bool) (store.Store, error) {
	s, err := d.Open()
	return &crashing{Store: s, disk: d, n: n, after: after}, err
}

// crashing copies the folder at the n-th Apply and is dead from then on.
type crashing struct {
	store.Store
	disk  *disk
	mu    sync.Mutex
	n     int
	after bool
	dead  bool
}

func (c *crashing) Apply(ctx context.Context, b *store.Batch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return store.ErrCrashed
	}
	due := c.n == 0
	c.n--
	if !due {
		return c.Store.Apply(ctx, b)
	}
	c.dead = true
	if c.after {
		if err := c.Store.Apply(ctx, b); err != nil {
			return err
		}
	}
	dir := c.disk.t.TempDir()
	if err := copyFolder(c.disk.dir, dir); err != nil {
		return err
	}
	c.disk.dir = dir
	return store.ErrCrashed
}

func (c *crashing) Get(ctx context.Context, key []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return nil, store.ErrCrashed
	}
	return c.Store.Get(ctx, key)
}

// copyFolder copies the files that survive a power cut: not the shared-memory
// index, which SQLite makes anew.
func copyFolder(from, to string) error {
	for _, name := range []string{"store.db", "store.db-wal"} {
		in, err := os.Open(filepath.Join(from, name))
		if err != nil {
			return err
		}
		out, err := os.Create(filepath.Join(to, name))
		if err != nil {
			in.Close()
			return err
		}
		_, err = io.Copy(out, in)
		in.Close()
		if cerr := out.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Suite{
		NewDisk: func(t testing.TB) storetest.Disk { return &disk{t, t.TempDir()} },
		Short:   true,
	})
}
