package store_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
)

func TestKeysSortAsTold(t *testing.T) {
	tab, id := store.Table("t"), []byte("id")
	inOrder := [][]byte{
		tab.Bytes(),
		tab.ID(id).Bytes(),
		tab.ID(id).Uint64(0).Bytes(),
		tab.ID(id).Uint64(0).ID(id).Bytes(),
		tab.ID(id).Uint64(0).End(),
		tab.ID(id).Uint64(1).Bytes(),
		tab.ID(id).Uint64(255).Bytes(),
		tab.ID(id).Uint64(256).Bytes(),
		tab.ID(id).Uint64(1<<64 - 1).Bytes(),
		tab.ID(id).Uint64(1<<64 - 1).End(),
		tab.ID(id).End(),
		tab.ID([]byte("ie")).Bytes(),
		tab.Uint64(0).Bytes(),
		tab.Uint64(1).Bytes(),
		tab.Uint64(1).End(),
		tab.End(),
		store.Table("ta").Bytes(),
		store.Table("ta").End(),
		store.Table("u").Bytes(),
	}
	if !slices.IsSortedFunc(inOrder, bytes.Compare) {
		t.Errorf("not in order: % x", inOrder)
	}
}

func TestParseKey(t *testing.T) {
	k := store.Table("abc").ID([]byte("who")).Uint64(7).ID(nil)
	tag, parts, err := store.ParseKey(k.Bytes())
	if err != nil || tag != "abc" || len(parts) != 3 ||
		string(parts[0].ID) != "who" || !parts[0].IsID || parts[1].Ordinal != 7 || parts[1].IsID || len(parts[2].ID) != 0 {
		t.Errorf("parsed %q %v, %v", tag, parts, err)
	}
	if _, _, end, err := store.ParseBound(k.End()); err != nil || !end {
		t.Errorf("end not recognised: %v", err)
	}
	for _, k := range []store.Key{k, store.Table("t").Uint64(0x40), store.Table("t").ID([]byte("@"))} {
		if _, _, end, err := store.ParseBound(k.Bytes()); err != nil || end {
			t.Errorf("a key taken for an end, or refused: %v", err)
		}
	}
	if n, ok := store.Last(store.Table("t").Uint64(9).Bytes()); n != 9 || !ok {
		t.Errorf("last = %d, %v", n, ok)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	for name, k := range map[string]string{
		"empty":         "",
		"no tag":        "\x02\x00\x00\x00\x00\x00\x00\x00\x07",
		"long tag":      "abcd",
		"capital":       "A",
		"unknown part":  "t\x03",
		"short ordinal": "t\x02\x00\x00\x00\x00\x00\x00\x07",
		"short length":  "t\x01\x00",
		"short id":      "t\x01\x00\x04abc",
		"trailing":      "t\x01\x00\x03abcd",
		"end":           "t@",
		"text":          "t message",
	} {
		if _, _, err := store.ParseKey([]byte(k)); !errors.Is(err, store.ErrKey) {
			t.Errorf("%s: %v, want ErrKey", name, err)
		}
		if _, ok := store.Last([]byte(k)); ok {
			t.Errorf("%s: has a last number", name)
		}
	}
	for _, b := range []string{"@", "t@@", "abcd@", "t\xff"} {
		if _, _, _, err := store.ParseBound([]byte(b)); !errors.Is(err, store.ErrKey) {
			t.Errorf("bound %q: %v, want ErrKey", b, err)
		}
	}
}

func TestErrorsNameNoKey(t *testing.T) {
	var b store.Batch
	b.Set(store.Table("t").ID([]byte(strings.Repeat("secret", 100))).Bytes(), nil)
	if err := b.Check(); !errors.Is(err, store.ErrKey) || strings.Contains(err.Error(), "secret") {
		t.Errorf("check: %v", err)
	}
}

func FuzzParseBound(f *testing.F) {
	f.Add([]byte("t"))
	f.Add(store.Table("abc").ID([]byte("who")).Uint64(7).End())
	f.Add([]byte("t\x01\xff\xff"))
	f.Fuzz(func(t *testing.T, bound []byte) {
		tag, parts, end, err := store.ParseBound(bound)
		if err != nil {
			if !errors.Is(err, store.ErrKey) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		k := store.Table(tag)
		for _, p := range parts {
			if p.IsID {
				k = k.ID(p.ID)
			} else {
				k = k.Uint64(p.Ordinal)
			}
		}
		again := k.Bytes()
		if end {
			again = k.End()
		}
		if !bytes.Equal(again, bound) {
			t.Fatalf("% x parsed and written is % x", bound, again)
		}
	})
}
