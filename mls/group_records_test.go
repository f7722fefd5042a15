package mls

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// recordStore is a key-value store of one group.
type recordStore map[string][]byte

func (s recordStore) apply(list []Record) (size int) {
	for _, r := range list {
		if r.Value == nil {
			delete(s, r.Key)
		} else {
			s[r.Key] = bytes.Clone(r.Value)
		}
		size += len(r.Key) + len(r.Value)
	}
	return size
}

func (s recordStore) load(t *testing.T) *Group {
	t.Helper()
	g, err := LoadRecords(s.list())
	noErr(t, err)
	return g
}

func (s recordStore) list() (list []Record) {
	for k, v := range s {
		list = append(list, Record{k, v})
	}
	return list
}

// save applies a group's changes and returns their size.
func (s recordStore) save(t *testing.T, g *Group) int {
	t.Helper()
	list, saved, err := g.Changes()
	noErr(t, err)
	saved()
	return s.apply(list)
}

// TestRecords saves a group of 64 after random operations: what is loaded is the
// same group as MarshalBinary's, at a cost that does not depend on its size.
func TestRecords(t *testing.T) {
	w := newWorld(t, suite1, nil)
	w.members["a0"].KeepHistory(false)
	var join []*KeyPackageBundle
	for i := range 63 {
		join = append(join, w.bundle(fmt.Sprint("m", i)))
	}
	g := w.members["a0"]
	o := CommitOptions{WelcomeTree: true}
	for _, b := range join {
		o.Add = append(o.Add, b.KeyPackage)
	}
	staged := w.stage("a0", o)
	g = staged.Group()
	senders := make([]*Group, 6)
	for i := range senders {
		var err error
		senders[i], err = JoinWelcome(staged.Welcome, join[i*9], JoinOptions{})
		noErr(t, err)
	}
	store := recordStore{}
	if n := store.save(t, g); n < 10_000 {
		t.Errorf("the first save has %d bytes", n)
	}
	r := rand.New(rand.NewPCG(1, 1))
	var waiting [][]byte
	for step := range 200 {
		limit := 0
		switch r.IntN(3) {
		case 0:
			_, err := g.Seal(w.rand, SealOptions{}, []byte("x"))
			noErr(t, err)
			limit = 300
		case 1:
			msg, err := senders[r.IntN(len(senders))].Seal(w.rand, SealOptions{}, []byte("x"))
			noErr(t, err)
			waiting = append(waiting, msg)
		default:
			if len(waiting) == 0 {
				continue
			}
			i := r.IntN(len(waiting))
			_, err := g.Open(waiting[i])
			noErr(t, err)
			waiting = append(waiting[:i], waiting[i+1:]...)
			limit = 1500 // six nodes, one leaf with its skipped keys
		}
		if r.IntN(4) == 0 {
			// A save that did not happen: the store is as it was, the next one catches up.
			_, _, err := g.Changes()
			noErr(t, err)
		}
		if n := store.save(t, g); n > limit {
			t.Errorf("step %d saves %d bytes, want at most %d", step, n, limit)
		}
		loaded := store.load(t)
		equal0(t, "state", saved(t, loaded), saved(t, g))
		if n := store.save(t, loaded); n != 0 {
			t.Errorf("a loaded group has %d bytes to save", n)
		}
		if r.IntN(10) == 0 {
			g = loaded // a crash
		}
	}
}

// TestRecordsForget: no record holds a key that was used, or what it came from.
func TestRecordsForget(t *testing.T) {
	w := forgetful(t)
	b := w.members["b"]
	store := recordStore{}
	store.save(t, b)
	used := map[string][]byte{}
	for x, s := range b.keys.nodes {
		if x.contains(LeafIndex(0).node()) {
			used[fmt.Sprint("node ", x)] = bytes.Clone(s)
			if !bytes.Contains(bytes.Join(values(store), nil), s) {
				t.Fatal("the search finds nothing")
			}
		}
	}
	first := bytes.Clone(b.keys.look(0)[ratchetApplication].secret)
	used["ratchet"], used["key"] = first, generationKey(suite1, first, 0).key
	msg := sealed(t, w, "a0", 1)[0]
	_, err := b.Open(msg)
	noErr(t, err)
	store.save(t, b)
	absent(t, "records", bytes.Join(values(store), nil), used)
	_, err = store.load(t).Open(msg)
	wantErr(t, "read twice", err, ErrGenerationUsed)

	// Turning history off in the middle of an epoch erases its secret.
	a := w.members["a0"]
	a.KeepHistory(true)
	w.commit("a0", CommitOptions{})
	a = w.members["a0"]
	store = recordStore{}
	store.save(t, a)
	if len(store) != 2 {
		t.Errorf("%d records while history is kept, want 2", len(store))
	}
	secret := bytes.Clone(a.secrets.encryption)
	a.KeepHistory(false)
	store.save(t, a)
	absent(t, "records", bytes.Join(values(store), nil), map[string][]byte{"encryption": secret})
	equal0(t, "state", saved(t, store.load(t)), saved(t, a))
}

func values(s recordStore) (list [][]byte) {
	for _, v := range s {
		list = append(list, v)
	}
	return list
}

func TestRecordsRefused(t *testing.T) {
	w := forgetful(t)
	store := recordStore{}
	_, err := w.members["b"].Open(sealed(t, w, "a0", 1)[0])
	noErr(t, err)
	store.save(t, w.members["b"])
	with := func(key string, value []byte) []Record { return append(store.list(), Record{key, value}) }
	leaf := store[recordLeaf+"0"]
	for name, list := range map[string][]Record{
		"no records":                 nil,
		"no epoch":                   {{recordSender, store[recordSender]}},
		"an unknown key":             with("x", nil),
		"a node that is not there":   with(recordNode+"7", make([]byte, 32)),
		"a node of another length":   with(recordNode+"1", make([]byte, 31)),
		"a number in another form":   with(recordNode+"01", make([]byte, 32)),
		"a leaf that is not there":   with(recordLeaf+"4", leaf),
		"a leaf that ends early":     with(recordLeaf+"0", leaf[:len(leaf)-1]),
		"a leaf with a byte more":    with(recordLeaf+"0", append(bytes.Clone(leaf), 0)),
		"a sender record of nothing": with(recordSender, []byte("x")),
	} {
		_, err := LoadRecords(list)
		wantErr(t, name, err, ErrMalformed)
	}
	mute, err := LoadRecords([]Record{{recordEpoch, store[recordEpoch]}})
	noErr(t, err)
	_, err = mute.Seal(w.rand, SealOptions{}, nil)
	wantErr(t, "without the sender record", err, ErrNoSender)
}
