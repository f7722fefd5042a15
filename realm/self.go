package realm

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// self is the realm's own row, under the zero Key.
type self struct {
	generation uint64 // how often the store came back from a backup
	seed       []byte // of the realm's key, where the store keeps it; else empty
}

const selfVersion = 1

func (v self) encode() []byte {
	b := syntax.AppendUint8(nil, selfVersion)
	b = syntax.AppendUint64(b, v.generation)
	return syntax.AppendOpaque(b, v.seed)
}

func parseSelf(data []byte) (self, error) {
	r := syntax.NewReader(data)
	version := r.Uint8()
	v := self{generation: r.Uint64(), seed: r.Opaque()}
	if r.Done() != nil || version != selfVersion || len(v.seed) != 0 && len(v.seed) != ed25519.SeedSize {
		return self{}, ErrFormat
	}
	return v, nil
}

// openSelf reads the realm's own row, writing it first where it is missing or
// lacks a seed that is wanted.
func openSelf(ctx context.Context, store Store, rand io.Reader, wantSeed bool) (self, error) {
	for {
		row, err := store.Get(ctx, Key{})
		var v self
		switch {
		case errors.Is(err, ErrNotFound):
		case err != nil:
			return self{}, err
		default:
			if v, err = parseSelf(row.Value); err != nil {
				return self{}, err
			}
			if !wantSeed || len(v.seed) > 0 {
				return v, nil
			}
		}
		if wantSeed {
			v.seed = make([]byte, ed25519.SeedSize)
			if _, err := io.ReadFull(rand, v.seed); err != nil {
				return self{}, fmt.Errorf("realm: randomness: %w", err)
			}
		}
		err = store.Apply(ctx, Change{Version: row.Version, Value: v.encode()})
		if err == nil {
			return v, nil
		}
		if !errors.Is(err, ErrConflict) {
			return self{}, err
		}
	}
}

// MarkRestored says that the store has come back from a backup: each registration
// keeps one guess, and clients are told to register anew. Call it once after
// every restore and before a Server is opened on the store.
func MarkRestored(ctx context.Context, store Store) error {
	for {
		row, err := store.Get(ctx, Key{})
		var v self
		if err == nil {
			v, err = parseSelf(row.Value)
		} else if errors.Is(err, ErrNotFound) {
			err = nil
		}
		if err != nil {
			return err
		}
		v.generation++
		err = store.Apply(ctx, Change{Version: row.Version, Value: v.encode()})
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}
