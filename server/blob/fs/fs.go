// Package fs keeps blobs in a folder. Start with Open.
//
// A blob is two files in a subfolder named by the first byte of its id: ID.meta
// with size, deletion hash, how much has come and who else has a claim, and its content, named ID.part
// until it is complete and ID from then on. Files are synced before they count.
package fs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/server/blob"
)

// metaSize is the size of a meta file without claims: version, size, deletion
// hash, offset.
const metaSize = 1 + 8 + 32 + 8

const metaVersion = 1

// Store is a blob.Store in a folder.
type Store struct {
	dir string

	mu    sync.Mutex
	locks map[blob.ID]*idLock // of blobs in use
}

// idLock lets one call at a time work on a blob.
type idLock struct {
	sync.Mutex
	users int
}

var _ blob.Store = (*Store)(nil)

// Open opens the folder, which it makes if it is not there.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob/fs: %w", err)
	}
	return &Store{dir: dir, locks: make(map[blob.ID]*idLock)}, nil
}

// lock waits for the blob and returns how to free it.
func (s *Store) lock(id blob.ID) (free func()) {
	s.mu.Lock()
	l := s.locks[id]
	if l == nil {
		l = &idLock{}
		s.locks[id] = l
	}
	l.users++
	s.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		s.mu.Lock()
		defer s.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(s.locks, id)
		}
	}
}

func (s *Store) folder(id blob.ID) string { return filepath.Join(s.dir, id.String()[:2]) }
func (s *Store) whole(id blob.ID) string  { return filepath.Join(s.folder(id), id.String()) }
func (s *Store) part(id blob.ID) string   { return s.whole(id) + ".part" }
func (s *Store) meta(id blob.ID) string   { return s.whole(id) + ".meta" }

// Create implements blob.Store.
func (s *Store) Create(_ context.Context, id blob.ID, m blob.Meta) (blob.Info, error) {
	defer s.lock(id)()
	info, err := s.stat(id)
	switch {
	case err == nil && info.Meta == m:
		return info, nil
	case err == nil:
		return blob.Info{}, blob.ErrExists
	case !errors.Is(err, blob.ErrNotFound):
		return blob.Info{}, err
	case m.Size <= 0:
		return blob.Info{}, blob.ErrTooLong
	}
	if err := os.MkdirAll(s.folder(id), 0o700); err != nil {
		return blob.Info{}, fmt.Errorf("blob/fs: %w", err)
	}
	info = blob.Info{Meta: m}
	return info, s.writeMeta(id, info)
}

func (s *Store) writeMeta(id blob.ID, info blob.Info) error {
	return s.writeClaims(id, info, claims{})
}

func (s *Store) writeClaims(id blob.ID, info blob.Info, c claims) error {
	b := binary.BigEndian.AppendUint64([]byte{metaVersion}, uint64(info.Size))
	b = append(b, info.DeletionHash[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(info.Offset))
	if err := writeFile(s.meta(id), c.append(b)); err != nil {
		return err
	}
	return syncFolder(s.folder(id))
}

// Stat implements blob.Store.
func (s *Store) Stat(_ context.Context, id blob.ID) (blob.Info, error) {
	defer s.lock(id)()
	return s.stat(id)
}

func (s *Store) stat(id blob.ID) (blob.Info, error) {
	b, err := os.ReadFile(s.meta(id))
	if errors.Is(err, fs.ErrNotExist) {
		return blob.Info{}, blob.ErrNotFound
	}
	if err != nil {
		return blob.Info{}, fmt.Errorf("blob/fs: %w", err)
	}
	if len(b) < metaSize || b[0] != metaVersion || !validClaims(b[metaSize:]) {
		return blob.Info{}, fmt.Errorf("blob/fs: meta file of %d bytes", len(b))
	}
	info := blob.Info{
		Meta:   blob.Meta{Size: int64(binary.BigEndian.Uint64(b[1:])), DeletionHash: [32]byte(b[9:])},
		Offset: int64(binary.BigEndian.Uint64(b[41:])),
	}
	if _, err := os.Stat(s.whole(id)); err == nil {
		info.Offset = info.Size
	}
	return info, nil
}

// Append implements blob.Store. The offset in the meta file moves after the
// content is synced, so a crash in between only makes a part come again.
func (s *Store) Append(_ context.Context, id blob.ID, offset int64, r io.Reader) (blob.Info, error) {
	defer s.lock(id)()
	info, err := s.stat(id)
	if err != nil {
		return info, err
	}
	if info.Complete() || offset != info.Offset {
		return info, blob.ErrOffset
	}
	f, err := os.OpenFile(s.part(id), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return info, fmt.Errorf("blob/fs: %w", err)
	}
	n, readErr := io.Copy(io.NewOffsetWriter(f, offset), io.LimitReader(r, info.Size-offset))
	err = errors.Join(f.Sync(), f.Close())
	if err != nil {
		return info, fmt.Errorf("blob/fs: %w", err)
	}
	info.Offset += n
	if readErr == nil && info.Complete() {
		if extra, _ := io.CopyN(io.Discard, r, 1); extra > 0 {
			return info, errors.Join(blob.ErrTooLong, s.remove(id))
		}
	}
	if info.Complete() {
		if err := os.Rename(s.part(id), s.whole(id)); err != nil {
			return info, fmt.Errorf("blob/fs: %w", err)
		}
	}
	return info, errors.Join(readErr, s.writeMeta(id, info))
}

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, id blob.ID) (io.ReadSeekCloser, blob.Info, error) {
	defer s.lock(id)()
	info, err := s.stat(id)
	if err != nil || !info.Complete() {
		return nil, info, errors.Join(err, blob.ErrNotFound)
	}
	f, err := os.Open(s.whole(id))
	if err != nil {
		return nil, info, fmt.Errorf("blob/fs: %w", err)
	}
	return f, info, nil
}

// Delete implements blob.Store.
func (s *Store) Delete(_ context.Context, id blob.ID) error {
	defer s.lock(id)()
	if _, err := s.stat(id); err != nil {
		return err
	}
	return s.remove(id)
}

// remove removes the meta file last, so that what was begun is found again.
func (s *Store) remove(id blob.ID) error {
	for _, path := range []string{s.part(id), s.whole(id), s.meta(id)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("blob/fs: %w", err)
		}
	}
	return syncFolder(s.folder(id))
}

// Sweep implements blob.Store.
func (s *Store) Sweep(ctx context.Context, before time.Time) error {
	return filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		name, ok := strings.CutSuffix(d.Name(), ".meta")
		id, valid := blob.ParseID(name)
		if !ok || !valid {
			return nil
		}
		if f, err := d.Info(); err != nil || !f.ModTime().Before(before) {
			return nil // gone meanwhile, or young
		}
		defer s.lock(id)()
		if info, err := s.stat(id); err != nil || info.Complete() {
			return nil
		}
		return s.remove(id)
	})
}

// writeFile writes a small file whole or not at all.
func writeFile(path string, data []byte) error {
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("blob/fs: %w", err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("blob/fs: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("blob/fs: %w", err)
	}
	return nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("blob/fs: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("blob/fs: %w", err)
	}
	return nil
}
