package fs

import (
	iofs "io/fs"
	"path/filepath"
	"testing"

	"github.com/coffer-chat/coffer/server/blob"
	"github.com/coffer-chat/coffer/server/blob/blobtest"
)

func TestSuite(t *testing.T) {
	blobtest.Run(t, func(dir string) (blob.Store, error) { return Open(filepath.Join(dir, "blobs")) })
}

// TestPrivate: nobody else may read files or folders.
func TestPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), blob.ID{1}, blob.Meta{Size: 1}); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(dir, func(path string, d iofs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := iofs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: %v", path, info.Mode())
		}
		seen++
		return nil
	})
	if err != nil || seen < 3 {
		t.Error(seen, err)
	}
}
