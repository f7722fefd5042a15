package store

import (
	"context"
	"errors"
)

// Entry is a key with its value.
type Entry struct{ Key, Value []byte }

// First returns the first entry of r (with Reverse the last), or ErrNotFound.
func First(ctx context.Context, s Store, r Range) (Entry, error) {
	r.Limit = 1
	e, err := Collect(ctx, s, r)
	if err == nil && len(e) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Entry{}, err
	}
	return e[0], nil
}

// Collect returns all entries of r. It is for ranges that are known to be
// small, or have a Limit.
func Collect(ctx context.Context, s Store, r Range) ([]Entry, error) {
	var out []Entry
	err := s.Scan(ctx, r, func(key, value []byte) error {
		out = append(out, Entry{key, value})
		return nil
	})
	return out, err
}

// Has reports whether key is there.
func Has(ctx context.Context, s Store, key []byte) (bool, error) {
	_, err := s.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
