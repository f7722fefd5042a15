package sealed_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/store/sealed"
	"github.com/coffer-chat/coffer/client/store/sqlite"
	"github.com/coffer-chat/coffer/client/store/storetest"
)

var (
	ctx     = context.Background()
	testKey = bytes.Repeat([]byte{7}, sealed.KeySize)
)

// disk seals what is in memory.
type disk struct{ last *mem.Store }

func (d *disk) Open() (store.Store, error) {
	d.last = d.last.Survivor()
	return sealed.Open(ctx, d.last, testKey, rand.Reader)
}

func (d *disk) OpenCrashing(n int, after bool) (store.Store, error) {
	s, err := d.Open()
	fault := mem.CrashBefore
	if after {
		fault = mem.CrashAfter
	}
	d.last.Inject(mem.CrashAt(d.last.Applies()+n, fault))
	return s, err
}

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Suite{
		NewDisk:    func(testing.TB) storetest.Disk { return &disk{mem.New()} },
		Structured: true,
	})
}

func openSealed(t *testing.T, inner store.Store) *sealed.Store {
	t.Helper()
	s, err := sealed.Open(ctx, inner, testKey, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNothingLegibleOnDisk(t *testing.T) {
	dir := t.TempDir()
	inner, err := sqlite.Open(ctx, filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := openSealed(t, inner)
	defer s.Close()
	secrets := []string{"alice", "meet me at the harbour", "conversation-0123456789"}
	var b store.Batch
	for i := range uint64(500) {
		b.Set(store.Table("msg").ID([]byte(secrets[2])).Uint64(i).Bytes(), fmt.Appendf(nil, "%s %s %d", secrets[0], secrets[1], i))
	}
	b.Set(store.Table("nam").ID([]byte(secrets[0])).Bytes(), []byte(secrets[1]))
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		total += len(data)
		for _, secret := range secrets {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s shows %q", f.Name(), secret)
			}
		}
		if bytes.Contains(data, testKey) {
			t.Errorf("%s shows the key", f.Name())
		}
	}
	if total < 500*60 {
		t.Errorf("only %d bytes searched", total)
	}
}

func TestIDsLookDifferentEverywhere(t *testing.T) {
	inner := mem.New()
	s := openSealed(t, inner)
	id := []byte("0123456789abcdef")
	var b store.Batch
	b.Set(store.Table("a").ID(id).Bytes(), []byte("same"))
	b.Set(store.Table("b").ID(id).Bytes(), []byte("same"))
	b.Set(store.Table("b").ID(id).ID(id).Bytes(), []byte("same"))
	b.Set(store.Table("c").Uint64(1).Bytes(), []byte("same"))
	b.Set(store.Table("c").Uint64(2).Bytes(), []byte("same"))
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	hidden, values := map[string]bool{}, map[string]bool{}
	ids := 0
	err := inner.Scan(ctx, store.Table("a").Range(), collect(hidden, values, &ids))
	for _, tag := range []string{"b", "c"} {
		err = errors.Join(err, inner.Scan(ctx, store.Table(tag).Range(), collect(hidden, values, &ids)))
	}
	if err != nil {
		t.Fatal(err)
	}
	// The id beneath b is the same in both keys, as scanning needs it.
	if ids != 4 || len(hidden) != 3 || hidden[string(id)] {
		t.Errorf("%d ids, %d different", ids, len(hidden))
	}
	if len(values) != 5 {
		t.Errorf("%d different values of 5", len(values))
	}
}

func collect(hidden, values map[string]bool, ids *int) func(k, v []byte) error {
	return func(k, v []byte) error {
		_, parts, err := store.ParseKey(k)
		for _, p := range parts {
			if p.IsID {
				hidden[string(p.ID)] = true
				*ids++
			}
		}
		values[string(v)] = true
		return err
	}
}

func TestScanReturnsIDs(t *testing.T) {
	s := openSealed(t, mem.New())
	want := map[string]string{}
	var b store.Batch
	for _, name := range []string{"alice", "bob", "", strings.Repeat("x", 300)} {
		k := store.Table("p").ID([]byte(name)).Uint64(3).ID([]byte("y")).Bytes()
		want[string(k)] = name
		b.Set(k, []byte(name))
	}
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	got, err := store.Collect(ctx, s, store.Table("p").Range())
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d entries, %v", len(got), err)
	}
	for _, e := range got {
		if name, ok := want[string(e.Key)]; !ok || name != string(e.Value) {
			t.Errorf("a key came back changed")
		}
	}
}

// damage applies f to the one entry of table t in inner.
func damage(t *testing.T, inner *mem.Store, f func(b *store.Batch, e store.Entry)) {
	t.Helper()
	e, err := store.First(ctx, inner, store.Table("t").Range())
	if err != nil {
		t.Fatal(err)
	}
	var b store.Batch
	f(&b, e)
	if err := inner.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsNoticed(t *testing.T) {
	k := store.Table("t").ID([]byte("id")).Uint64(1)
	moved := store.Table("t").ID([]byte("id")).Uint64(2)
	flip := func(at int) func(*store.Batch, store.Entry) {
		return func(b *store.Batch, e store.Entry) {
			v := bytes.Clone(e.Value)
			v[(at+len(v))%len(v)] ^= 1
			b.Set(e.Key, v)
		}
	}
	cut := func(n int) func(*store.Batch, store.Entry) {
		return func(b *store.Batch, e store.Entry) { b.Set(e.Key, e.Value[:n]) }
	}
	for name, f := range map[string]func(*store.Batch, store.Entry){
		"nonce":     flip(0),
		"body":      flip(30),
		"tag":       flip(-1),
		"truncated": cut(40),
		"short":     cut(39),
		"empty":     cut(0),
		"longer":    func(b *store.Batch, e store.Entry) { b.Set(e.Key, append(bytes.Clone(e.Value), 0)) },
		"moved":     func(b *store.Batch, e store.Entry) { b.Set(append(bytes.Clone(e.Key[:len(e.Key)-1]), 2), e.Value) },
	} {
		inner := mem.New()
		s := openSealed(t, inner)
		var b store.Batch
		b.Set(k.Bytes(), []byte("value"))
		if err := s.Apply(ctx, &b); err != nil {
			t.Fatal(err)
		}
		damage(t, inner, f)
		read := k
		if name == "moved" {
			read = moved
		}
		if _, err := s.Get(ctx, read.Bytes()); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: get: %v", name, err)
		}
		err := s.Scan(ctx, read.Range(), func(k, v []byte) error { return nil })
		if !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: scan: %v", name, err)
		}
		var again store.Batch
		again.RequireValue(read.Bytes(), []byte("value"))
		if err := s.Apply(ctx, &again); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: apply: %v", name, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	other := bytes.Clone(testKey)
	other[31] ^= 1
	inner := mem.New()
	openSealed(t, inner)
	openSealed(t, inner)
	later := mem.New()
	foreign := mem.New()
	var b store.Batch
	b.Set([]byte{0}, append([]byte{2}, make([]byte, 60)...))
	if err := later.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	b.Set([]byte("x"), nil)
	if err := foreign.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		inner store.Store
		key   []byte
		want  error
	}{
		{"another key", inner, other, store.ErrWrongKey},
		{"short key", inner, testKey[:31], store.ErrWrongKey},
		{"no key", inner, nil, store.ErrWrongKey},
		{"later format", later, testKey, store.ErrFormat},
		{"not sealed", foreign, testKey, store.ErrFormat},
	} {
		if _, err := sealed.Open(ctx, test.inner, test.key, rand.Reader); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	if _, err := sealed.Open(ctx, mem.New(), testKey, strings.NewReader("short")); err == nil {
		t.Error("opened without randomness")
	}
}

func TestDeleteAllKeepsTheMarker(t *testing.T) {
	inner := mem.New()
	s := openSealed(t, inner)
	var b store.Batch
	b.Set(store.Table("zzz").Uint64(1<<64-1).Bytes(), nil)
	b.DeleteRange(nil, nil)
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if e, err := store.Collect(ctx, inner, store.Range{}); err != nil || len(e) != 1 {
		t.Errorf("%d entries left, %v", len(e), err)
	}
	openSealed(t, inner)
}

func TestPrintsNoKey(t *testing.T) {
	s := openSealed(t, mem.New())
	for _, f := range []string{"%v", "%+v", "%#v", "%x", "%s"} {
		if out := fmt.Sprintf(f, s); strings.Contains(out, "0707") || strings.Contains(out, "7 7 7") {
			t.Errorf("%s prints the key", f)
		}
	}
}
