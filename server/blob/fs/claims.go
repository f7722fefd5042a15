package fs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/coffer-chat/coffer/server/blob"
)

// Claims stand in the meta file behind what every blob has: a byte that says
// whether its uploader has let go of it, and 32 bytes for each further claim.

// Hold implements blob.Store.
func (s *Store) Hold(_ context.Context, id blob.ID, hash [32]byte) error {
	defer s.lock(id)()
	info, err := s.stat(id)
	if err != nil {
		return err
	}
	if !info.Complete() {
		return blob.ErrNotFound
	}
	c, err := s.claims(id)
	switch {
	case err != nil:
		return err
	case hash == info.DeletionHash || slices.Contains(c.held, hash):
		return nil
	case len(c.held) >= blob.MaxHolds:
		return blob.ErrFull
	}
	c.held = append(c.held, hash)
	return s.writeClaims(id, info, c)
}

// Release implements blob.Store.
func (s *Store) Release(_ context.Context, id blob.ID, hash [32]byte) error {
	defer s.lock(id)()
	info, err := s.stat(id)
	if err != nil {
		return err
	}
	c, err := s.claims(id)
	if err != nil {
		return err
	}
	if hash == info.DeletionHash {
		c.letGo = true
	} else {
		i := slices.Index(c.held, hash)
		if i < 0 {
			return blob.ErrForeign
		}
		c.held = slices.Delete(c.held, i, i+1)
	}
	if c.letGo && len(c.held) == 0 {
		return s.remove(id)
	}
	return s.writeClaims(id, info, c)
}

// claims are who still needs a blob, its uploader apart.
type claims struct {
	letGo bool // the uploader does not
	held  [][32]byte
}

func (c claims) append(b []byte) []byte {
	if !c.letGo && len(c.held) == 0 {
		return b
	}
	flag := byte(0)
	if c.letGo {
		flag = 1
	}
	b = append(b, flag)
	for _, h := range c.held {
		b = append(b, h[:]...)
	}
	return b
}

// validClaims reports whether the rest of a meta file can be claims.
func validClaims(b []byte) bool {
	return len(b) == 0 || b[0] <= 1 && (len(b)-1)%32 == 0 && (len(b)-1)/32 <= blob.MaxHolds
}

func (s *Store) claims(id blob.ID) (c claims, err error) {
	b, err := os.ReadFile(s.meta(id))
	if errors.Is(err, fs.ErrNotExist) {
		return c, blob.ErrNotFound
	}
	if err != nil || len(b) < metaSize {
		return c, fmt.Errorf("blob/fs: meta file of %d bytes: %w", len(b), err)
	}
	if b = b[metaSize:]; len(b) == 0 {
		return c, nil
	}
	c.letGo = b[0] == 1
	for b = b[1:]; len(b) >= 32; b = b[32:] {
		c.held = append(c.held, [32]byte(b))
	}
	return c, nil
}
