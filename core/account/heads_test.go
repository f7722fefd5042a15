package account

import (
	"bytes"
	"errors"
	"testing"
)

func TestHistoryOfAChain(t *testing.T) {
	w := newWorld(t)
	phone, code := w.newDevice(), w.newMethod(KindCode)
	w.add(w.device, phone, "")                                                                          // 2
	w.add(phone, code, "")                                                                              // 3
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, false))                                // 4
	tablet := w.newDevice()                                                                             //
	w.take(w.Chain.Recover(w.rand, w.author(code), w.Roots, tablet.Join(w.Chain.ID(), "", RealmSet{}))) // 5
	w.remove(tablet, ReasonCompromised, phone.ID())                                                     // 6
	w.take(w.Chain.SetRealms(Author{w.device, w.now, LogHead{7, Hash{7}}}, w.Roots, w.realms(3, 2)))    // 7
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, true))                                 // 8
	c := w.Chain

	for _, x := range []struct {
		id          KeyholderID
		from, until uint64
	}{{w.device.ID(), 1, 99}, {phone.ID(), 2, 6}, {code.ID(), 3, 99}, {tablet.ID(), 5, 99}, {KeyholderID{1}, 99, 99}} {
		for seq := range uint64(11) {
			if got, want := c.ActiveAt(x.id, seq), seq >= x.from && seq < x.until && seq <= 8; got != want {
				t.Errorf("%s active at %d: %v", x.id, seq, got)
			}
		}
	}
	for seq, want := range []int{0, 1, 2, 3, 3, 4, 3, 3, 3, 0} {
		if got := len(c.KeyholdersAt(uint64(seq))); got != want {
			t.Errorf("%d keyholders at %d, want %d", got, seq, want)
		}
	}
	for seq, want := range []uint64{0, 1, 1, 1, 2, 2, 3, 3, 4, 0} {
		v, ok := c.VaultAt(uint64(seq))
		if v.Number != want || ok != (want > 0) {
			t.Errorf("vault epoch at %d is %d, want %d", seq, v.Number, want)
		}
	}
	for seq, want := range []bool{false, true, true, true, false, false, false, false, true} {
		if c.VaultOnAt(uint64(seq)) != want {
			t.Errorf("vault on at %d is %v", seq, !want)
		}
	}
	if seq, removed := c.RemovedAt(phone.ID()); seq != 6 || !removed {
		t.Errorf("phone removed at %d", seq)
	}
	if _, removed := c.RemovedAt(code.ID()); removed {
		t.Error("code is removed")
	}
	made := c.MadeBy(phone.ID())
	if len(made) != 2 || made[0].ID != code.ID() || made[1].ID != tablet.ID() {
		t.Errorf("the phone made %d keyholders", len(made))
	}
	if made := c.MadeBy(tablet.ID()); made != nil {
		t.Errorf("the tablet made %d keyholders", len(made))
	}
	if c.LogHead() != (LogHead{7, Hash{7}}) || len(c.Realms().Realms) != 3 || len(c.VaultEpochs()) != 4 {
		t.Error("log head, realms or vault epochs")
	}
	k, ok := c.Keyholder(phone.ID())
	if !ok || k.Active() || k.AddedBy != w.device.ID() || k.Removal.Reason != ReasonCompromised {
		t.Errorf("phone: %+v", k.Removal)
	}
	if _, ok := c.Keyholder(KeyholderID{1}); ok {
		t.Error("knows a stranger")
	}
	if _, ok := c.VaultEpoch(0); ok {
		t.Error("has a vault epoch 0")
	}
	if v, ok := c.VaultEpoch(4); !ok || v.KEM != w.Roots.At(4).KEM().Public() || v.Seq != 8 {
		t.Error("vault epoch 4")
	}
	if c.Entry(0) != nil || c.Entry(9) != nil || c.Entry(8).Hash() != c.Head().Hash {
		t.Error("entries by seq")
	}
	if len(c.Entries(6)) != 2 || len(c.Entries(100)) != 0 {
		t.Error("entries after a seq")
	}
	if w.Roots.At(0) != nil || w.Roots.At(5) != nil || w.Roots.Account() != c.ID() {
		t.Error("roots by epoch")
	}
	if !c.Entry(1).ClaimedTime().Equal(testTime) {
		t.Error("claimed time")
	}
}

func TestForks(t *testing.T) {
	w := newWorld(t)
	base := w.Chain
	w.take(base.SetRealms(w.author(w.device), w.Roots, RealmSet{}))
	left := w.Chain
	u, err := base.SetRealms(w.author(w.device), w.Roots, w.realms(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	right := u.Chain
	for name, c := range map[string]struct {
		chain *Chain
		seen  Head
		want  error
	}{
		"nothing seen": {left, Head{}, nil}, "same": {left, left.Head(), nil}, "older": {left, base.Head(), nil},
		"other branch": {left, right.Head(), ErrFork}, "rolled back": {base, left.Head(), ErrFork}, "seq 0": {left, Head{0, Hash{1}}, ErrFork},
	} {
		if err := c.chain.CheckExtends(c.seen); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := base.HeadAt(2); ok || left.Has(right.Head()) || !left.Has(base.Head()) {
		t.Error("heads")
	}
}

func table(t *testing.T, entries ...HeadEntry) HeadTable {
	t.Helper()
	h, err := NewHeadTable(entries)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHeadTable(t *testing.T) {
	w := newWorld(t)
	e := w.Chain.HeadEntry()
	bob := HeadEntry{ID{0xff, 31: 0xff}, "bob", Head{3, Hash{3}}, 2}
	a := table(t, bob, e)
	if a[0] != e || a.Hash() != table(t, e, bob).Hash() || a.Hash() == table(t, e).Hash() {
		t.Error("order matters, or an entry does not")
	}
	parsed, err := ParseHeadTable(a.Marshal())
	if err != nil || parsed.Hash() != a.Hash() {
		t.Fatal(err)
	}
	if got, ok := a.Find(bob.Account); !ok || got != bob {
		t.Error("bob is not found")
	}
	if _, ok := a.Find(ID{9}); ok {
		t.Error("a stranger is found")
	}
	for name, c := range map[string]struct {
		change func(e *HeadEntry)
		want   error
	}{
		"the same":           {func(*HeadEntry) {}, nil},
		"newer":              {func(e *HeadEntry) { e.Head = Head{4, Hash{4}} }, nil},
		"newer, epoch too":   {func(e *HeadEntry) { e.Head, e.VaultEpoch = Head{4, Hash{4}}, 3 }, nil},
		"joined since":       {func(e *HeadEntry) { e.Account[0] = 0xfe; e.Head.Seq = 2 }, nil},
		"older":              {func(e *HeadEntry) { e.Head = Head{2, Hash{2}} }, ErrHeadOlder},
		"other hash":         {func(e *HeadEntry) { e.Head.Hash = Hash{4} }, ErrHeadOlder},
		"other handle":       {func(e *HeadEntry) { e.Handle, e.Head.Seq = "bobby", 4 }, ErrHeadOlder},
		"older vault epoch":  {func(e *HeadEntry) { e.Head, e.VaultEpoch = Head{4, Hash{4}}, 1 }, ErrHeadOlder},
		"other epoch, as is": {func(e *HeadEntry) { e.VaultEpoch = 3 }, ErrHeadOlder},
	} {
		after := bob
		c.change(&after)
		if err := table(t, e, after).CheckFollows(a); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(e *HeadEntry){
		"twice": func(x *HeadEntry) { *x = e }, "no account": func(e *HeadEntry) { e.Account = ID{} }, "no head": func(e *HeadEntry) { e.Head = Head{} },
		"no epoch": func(e *HeadEntry) { e.VaultEpoch = 0 }, "epoch above seq": func(e *HeadEntry) { e.VaultEpoch = 4 },
		"handle": func(e *HeadEntry) { e.Handle = "" }, "seq": func(e *HeadEntry) { e.Head.Seq = MaxChain + 1 },
	} {
		bad := bob
		change(&bad)
		if _, err := NewHeadTable([]HeadEntry{e, bad}); !errors.Is(err, ErrHeadTable) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ParseHeadTable(HeadTable{e, bad}.Marshal()); err == nil {
			t.Errorf("%s: parsed", name)
		}
	}
	if _, err := ParseHeadTable(HeadTable{bob, e}.Marshal()); !errors.Is(err, ErrHeadTable) {
		t.Errorf("out of order: %v", err)
	}
	many := make(HeadTable, MaxHeadTable+1)
	for i := range many {
		many[i] = HeadEntry{ID{1, byte(i >> 8), byte(i)}, "x", Head{1, Hash{1}}, 1}
	}
	if _, err := ParseHeadTable(many.Marshal()); err == nil {
		t.Error("table too long")
	}
	if got, err := ParseHeadTable(many[1:].Marshal()); err != nil || !bytes.Equal(got.Marshal(), many[1:].Marshal()) {
		t.Errorf("longest table: %v", err)
	}
}

func TestCheckHead(t *testing.T) {
	w := newWorld(t)
	first := w.Chain.HeadEntry()
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, false))
	for name, c := range map[string]struct {
		change func(e *HeadEntry)
		want   error
	}{
		"as it was":     {func(*HeadEntry) {}, nil},
		"now":           {func(e *HeadEntry) { *e = w.Chain.HeadEntry() }, nil},
		"other account": {func(e *HeadEntry) { e.Account[0]++ }, ErrHeadMismatch},
		"other handle":  {func(e *HeadEntry) { e.Handle = "bob" }, ErrHeadMismatch},
		"other epoch":   {func(e *HeadEntry) { e.VaultEpoch = 2 }, ErrHeadMismatch},
		"other hash":    {func(e *HeadEntry) { e.Head.Hash[0]++ }, ErrFork},
		"to come":       {func(e *HeadEntry) { e.Head.Seq = 3 }, ErrFork},
	} {
		e := first
		c.change(&e)
		if err := w.Chain.CheckHead(e); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
