package mls

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"testing"
)

// savedStore is a store of records with the Saver that fills it.
type savedStore struct {
	*Saver
	rows map[string][]byte
}

func newSavedStore() *savedStore { return &savedStore{&Saver{}, map[string][]byte{}} }

func (s *savedStore) write(list []Record) (size int) {
	for _, r := range list {
		size += len(r.Key) + len(r.Value)
		if r.Value == nil {
			delete(s.rows, r.Key)
		} else {
			s.rows[r.Key] = r.Value
		}
	}
	return size
}

// save brings the store up to date and tells how much it wrote.
func (s *savedStore) save(g *Group) (records, size int) {
	list, written := s.Changes(g)
	size = s.write(list)
	written()
	return len(list), size
}

func (s *savedStore) all() iter.Seq2[string, []byte] { return maps.All(s.rows) }

// load reads the store as after a restart.
func (s *savedStore) load(t testing.TB) *Group {
	t.Helper()
	g, saver, err := LoadSaved(s.all(), nil)
	noErr(t, err)
	s.Saver = saver
	if list, _ := s.Changes(g); len(list) > 0 {
		t.Fatalf("%d records to be written right after loading", len(list))
	}
	return g
}

// resave passes a group through a store of records that stays with the member
// from epoch to epoch.
func (w *world) resave(name string, g *Group) *Group {
	w.Helper()
	if w.stores == nil {
		w.stores = map[string]*savedStore{}
	}
	if w.stores[name] == nil {
		w.stores[name] = newSavedStore()
	}
	s := w.stores[name]
	s.save(g)
	loaded := s.load(w)
	sameGroup(w, name+": saved in records", loaded, g)
	return loaded
}

func sameGroup(t testing.TB, what string, got, want *Group) {
	t.Helper()
	a, err := got.MarshalBinary()
	noErr(t, err)
	b, err := want.MarshalBinary()
	noErr(t, err)
	equal0(t, what, a, b)
	a, err = got.MarshalSender()
	noErr(t, err)
	b, err = want.MarshalSender()
	noErr(t, err)
	equal0(t, what+": sender", a, b)
}

// TestSaverWritesWhatChanged: what is written grows with what has changed, not
// with the group, and the store always holds the group as it is.
func TestSaverWritesWhatChanged(t *testing.T) {
	w := benchWorldOf(t, suite1, 200)
	r := seeded("saver")
	from, g := w.member(t, 0, false), w.member(t, 199, false)
	s := newSavedStore()
	most := func(what string, records, size int) {
		t.Helper()
		n, bytes := s.save(g)
		if n == 0 || n > records || bytes > size {
			t.Errorf("%s: %d records, %d bytes", what, n, bytes)
		}
		loaded, _, err := LoadSaved(s.all(), nil)
		noErr(t, err)
		sameGroup(t, what, loaded, g)
	}
	most("all", 1000, 1<<20)
	if n, _ := s.save(g); n != 0 {
		t.Errorf("%d records for nothing", n)
	}
	message := func() []byte {
		msg, err := from.Seal(r, SealOptions{}, benchText)
		noErr(t, err)
		return msg
	}
	_, err := g.Open(message())
	noErr(t, err)
	most("first message of a sender", 12, 700)
	_, err = g.Open(message())
	noErr(t, err)
	most("second message of a sender", 1, 300)
	_, err = g.Seal(r, SealOptions{}, benchText)
	noErr(t, err)
	most("own message", 1, 300)
	staged, err := from.Commit(r, CommitOptions{})
	noErr(t, err)
	next, err := g.Process(staged.Message, ProcessOptions{})
	noErr(t, err)
	g, from = next.Group(), staged.Group()
	most("commit", 50, 8000)
	staged, err = from.Commit(r, CommitOptions{Remove: []LeafIndex{3}})
	noErr(t, err)
	next, err = g.Process(staged.Message, ProcessOptions{})
	noErr(t, err)
	g, from = next.Group(), staged.Group()
	most("removal", 50, 8000)
}

// TestSaverShrinks: rows of a tree that has become smaller or larger are right.
func TestSaverShrinks(t *testing.T) {
	w := benchWorldOf(t, suite1, 33)
	r := seeded("shrink")
	s, public := newSavedStore(), newSavedStore()
	g := w.member(t, 0, true)
	step := func(o CommitOptions) {
		t.Helper()
		staged, err := g.Commit(r, o)
		noErr(t, err)
		g = staged.Group()
		s.save(g)
		sameGroup(t, "saved", s.load(t), g)
		list, written := public.ChangesPublic(g.Public())
		public.write(list)
		written()
		p, _, err := LoadSavedPublic(public.all(), nil)
		noErr(t, err)
		equal0(t, "public tree", p.Tree(), g.Tree())
		equal0(t, "public context", p.ContextBytes(), g.ContextBytes())
	}
	step(CommitOptions{})
	step(CommitOptions{Remove: []LeafIndex{32}})
	step(CommitOptions{Remove: []LeafIndex{16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31}})
	if g.LeafCount() != 16 {
		t.Fatalf("%d leaves", g.LeafCount())
	}
	var add []*KeyPackage
	for i := range 18 {
		kp, err := NewKeyPackage(r, KeyPackageParams{Suite: suite1, Leaf: benchLeaf(t, suite1, 100+i)})
		noErr(t, err)
		add = append(add, kp.KeyPackage)
	}
	step(CommitOptions{Add: add})
	if g.LeafCount() != 64 {
		t.Fatalf("%d leaves", g.LeafCount())
	}
}

// TestSaverForwardSecrecy: the thief of the store finds no key of what was read,
// nor of an epoch that is over.
func TestSaverForwardSecrecy(t *testing.T) {
	w := benchWorldOf(t, suite1, 33)
	r := seeded("secrecy")
	from, g := w.member(t, 0, false), w.member(t, 32, false)
	s := newSavedStore()
	s.save(g)
	msg, err := from.Seal(r, SealOptions{}, benchText)
	noErr(t, err)
	var gone []Secret // that lead to the message's key
	found := g.keys.look(0)
	gone = append(gone, found.secrets...)
	gone = append(gone, found.ratchets[ratchetApplication].secret)
	_, err = g.Open(msg)
	noErr(t, err)
	s.save(g)
	_, err = s.load(t).Open(msg)
	wantErr(t, "opened again after a restart", err, ErrGenerationUsed)
	missing := func(secrets []Secret) {
		t.Helper()
		for key, value := range s.rows {
			for _, secret := range secrets {
				if bytes.Contains(value, secret) {
					t.Errorf("row %q holds an erased secret", key)
				}
			}
		}
	}
	missing(gone)
	g = s.load(t)
	old := []Secret{g.secrets.init, g.secrets.senderData, g.secrets.membership, Secret(g.private[g.own.node()])}
	for _, n := range g.keys.nodes {
		old = append(old, n)
	}
	staged, err := g.Commit(r, CommitOptions{})
	noErr(t, err)
	s.save(staged.Group())
	missing(old)
	sameGroup(t, "next epoch", s.load(t), staged.Group())
}

// TestSaverFailure: what could not be written is written the next time.
func TestSaverFailure(t *testing.T) {
	w := benchWorldOf(t, suite1, 33)
	r := seeded("failure")
	from, g := w.member(t, 0, false), w.member(t, 32, false)
	s := newSavedStore()
	for i := range 4 {
		for range 2 { // twice: the first of them is lost
			msg, err := from.Seal(r, SealOptions{}, fmt.Append(nil, i))
			noErr(t, err)
			_, err = g.Open(msg)
			noErr(t, err)
			s.Changes(g)
		}
		s.save(g)
		loaded, _, err := LoadSaved(s.all(), nil)
		noErr(t, err)
		sameGroup(t, "after a failure", loaded, g)
		if i == 1 {
			staged, err := from.Commit(r, CommitOptions{})
			noErr(t, err)
			next, err := g.Process(staged.Message, ProcessOptions{})
			noErr(t, err)
			from, g = staged.Group(), next.Group()
		}
	}
	g.KeepHistory(true) // counts from the next epoch
	staged, err := g.Commit(r, CommitOptions{})
	noErr(t, err)
	g = staged.Group()
	s.save(g)
	sameGroup(t, "with history", s.load(t), g)
	g.KeepHistory(false)
	s.save(g)
	sameGroup(t, "without history again", s.load(t), g)
}

func TestLoadSavedRefused(t *testing.T) {
	w := benchWorldOf(t, suite1, 7)
	g := w.member(t, 0, false)
	s := newSavedStore()
	s.save(g)
	staged, err := g.Commit(seeded("refused"), CommitOptions{})
	noErr(t, err)
	other := newSavedStore()
	other.save(staged.Group())
	for _, c := range []struct {
		name   string
		change func(rows map[string][]byte)
		want   error
	}{
		{"nothing", func(rows map[string][]byte) { clear(rows) }, ErrMalformed},
		{"no epoch", func(rows map[string][]byte) { delete(rows, rowEpoch) }, ErrMalformed},
		{"epoch cut off", func(rows map[string][]byte) { rows[rowEpoch] = rows[rowEpoch][:200] }, ErrMalformed},
		{"a node missing", func(rows map[string][]byte) { delete(rows, rowKey(rowNode, 2)) }, ErrTreeHash},
		{"a node of another epoch", func(rows map[string][]byte) { rows[rowKey(rowNode, 0)] = other.rows[rowKey(rowNode, 0)] }, ErrTreeHash},
		{"a node outside the tree", func(rows map[string][]byte) { rows[rowKey(rowNode, 99)] = rows[rowKey(rowNode, 0)] }, ErrMalformed},
		{"a leaf as a parent", func(rows map[string][]byte) { rows[rowKey(rowNode, 1)] = rows[rowKey(rowNode, 0)] }, ErrMalformed},
		{"sender of another epoch", func(rows map[string][]byte) { rows[rowSender] = other.rows[rowSender] }, ErrSenderMismatch},
		{"a short secret", func(rows map[string][]byte) { rows[rowKey(rowSecret, 9)] = []byte("short") }, ErrMalformed},
		{"another row", func(rows map[string][]byte) { rows["x"] = nil }, ErrMalformed},
	} {
		rows := maps.Clone(s.rows)
		c.change(rows)
		_, _, err := LoadSaved(maps.All(rows), nil)
		wantErr(t, c.name, err, c.want)
	}
	_, _, err = LoadSavedPublic(s.all(), nil)
	wantErr(t, "a member's rows as public ones", err, ErrMalformed)
	delete(s.rows, rowSender)
	loaded, _, err := LoadSaved(s.all(), nil)
	noErr(t, err)
	_, err = loaded.Seal(seeded("x"), SealOptions{}, nil)
	wantErr(t, "without a sender record", err, ErrNoSender)
}
