package account

import (
	"bytes"
	"errors"
	"testing"
)

// forge signs an entry with any body, as by and, for what is added, joiner say.
func (w *world) forge(by, joiner *KeyholderSecret, body Body, change func(e *Entry)) *Entry {
	w.t.Helper()
	e := w.Chain.draft(w.author(by), body)
	if change != nil {
		change(e)
	}
	e.Signature = by.Sign(labelEntry, e.Content())
	if joiner != nil {
		e.Countersignature = joiner.Sign(labelCountersign, e.Content())
	}
	return e
}

// opening is a good opening of the next vault epoch.
func (w *world) opening() VaultOpening {
	w.t.Helper()
	r, err := generateRoot(w.rand, w.Chain.Vault().Number+1)
	if err != nil {
		w.t.Fatal(err)
	}
	return r.opening(w.Chain.ID(), w.Roots.Current())
}

func (w *world) kem() KEMPublic { return w.newDevice().Public().KEM }

// TestAppendRefuses has a case for each rule. Every world has two devices and
// a recovery code; the phone's twin is a device that was removed.
func TestAppendRefuses(t *testing.T) {
	type made struct {
		*world
		phone, code, removed, fresh *KeyholderSecret
	}
	add := func(s *KeyholderSecret) *Add { return &Add{NewKeyholder{Public: s.Public()}} }
	cases := map[string]struct {
		want error
		make func(w made) *Entry
	}{
		"nothing":    {ErrMalformed, func(w made) *Entry { return nil }},
		"empty body": {ErrMalformed, func(w made) *Entry { return &Entry{} }},
		"genesis again": {ErrGenesis, func(w made) *Entry {
			return w.Chain.Entry(1)
		}},
		"other account": {ErrAccount, func(w made) *Entry {
			return w.forge(w.device, w.fresh, add(w.fresh), func(e *Entry) { e.Account[0]++ })
		}},
		"seq behind": {ErrSequence, func(w made) *Entry {
			return w.forge(w.device, w.fresh, add(w.fresh), func(e *Entry) { e.Seq-- })
		}},
		"seq ahead": {ErrSequence, func(w made) *Entry {
			return w.forge(w.device, w.fresh, add(w.fresh), func(e *Entry) { e.Seq++ })
		}},
		"other predecessor": {ErrPrevHash, func(w made) *Entry {
			return w.forge(w.device, w.fresh, add(w.fresh), func(e *Entry) { e.Prev[0]++ })
		}},
		"private log shrinks": {ErrLogHead, func(w made) *Entry {
			w.take(w.Chain.SetRealms(Author{w.device, w.now, LogHead{5, Hash{5}}}, w.Roots, RealmSet{}))
			return w.forge(w.device, w.fresh, add(w.fresh), func(e *Entry) { e.LogHead = LogHead{4, Hash{4}} })
		}},
		"private log forks": {ErrLogHead, func(w made) *Entry {
			w.take(w.Chain.SetRealms(Author{w.device, w.now, LogHead{5, Hash{5}}}, w.Roots, RealmSet{}))
			return w.forge(w.device, w.fresh, add(w.fresh), func(e *Entry) { e.LogHead = LogHead{5, Hash{4}} })
		}},
		"stranger signs": {ErrNotActive, func(w made) *Entry {
			return w.forge(w.fresh, w.fresh, add(w.fresh), nil)
		}},
		"removed device signs": {ErrNotActive, func(w made) *Entry {
			return w.forge(w.removed, w.fresh, add(w.fresh), nil)
		}},
		"recovery method adds": {ErrNoAuthority, func(w made) *Entry {
			return w.forge(w.code, w.fresh, add(w.fresh), nil)
		}},
		"recovery method removes": {ErrNoAuthority, func(w made) *Entry {
			return w.forge(w.code, nil, &Remove{[]Removal{{w.phone.ID(), ReasonLost, LogHead{}}}, w.opening()}, nil)
		}},
		"recovery method rotates": {ErrNoAuthority, func(w made) *Entry {
			return w.forge(w.code, nil, &Rotate{w.kem(), w.opening()}, nil)
		}},
		"recovery method switches the vault": {ErrNoAuthority, func(w made) *Entry {
			return w.forge(w.code, nil, &VaultSwitch{false, w.opening()}, nil)
		}},
		"recovery method sets realms": {ErrNoAuthority, func(w made) *Entry {
			return w.forge(w.code, nil, &Realms{}, nil)
		}},
		"device recovers": {ErrNoAuthority, func(w made) *Entry {
			return w.forge(w.device, w.fresh, &Recover{NewKeyholder{Public: w.fresh.Public()}}, nil)
		}},
		"recover adds a recovery method": {ErrKeyholderKind, func(w made) *Entry {
			m := w.newMethod(KindCloud)
			return w.forge(w.code, m, &Recover{NewKeyholder{Public: m.Public()}}, nil)
		}},
		"signature of another": {ErrSignature, func(w made) *Entry {
			e := w.forge(w.device, w.fresh, add(w.fresh), nil)
			e.Signature = w.phone.Sign(labelEntry, e.Content())
			return e
		}},
		"signature under another label": {ErrSignature, func(w made) *Entry {
			e := w.forge(w.device, w.fresh, add(w.fresh), nil)
			e.Signature = w.device.Sign(labelCountersign, e.Content())
			return e
		}},
		"no signature": {ErrSignature, func(w made) *Entry {
			e := w.forge(w.device, w.fresh, add(w.fresh), nil)
			e.Signature = nil
			return e
		}},
		"altered after signing": {ErrSignature, func(w made) *Entry {
			e := w.forge(w.device, w.fresh, add(w.fresh), nil)
			e.Time++
			return e
		}},
		"no countersignature": {ErrCountersignature, func(w made) *Entry {
			return w.forge(w.device, nil, add(w.fresh), nil)
		}},
		"countersignature of another": {ErrCountersignature, func(w made) *Entry {
			return w.forge(w.device, w.device, add(w.fresh), nil)
		}},
		"countersignature too many": {ErrCountersignature, func(w made) *Entry {
			return w.forge(w.device, w.phone, &Realms{}, nil)
		}},
		"recover without countersignature": {ErrCountersignature, func(w made) *Entry {
			return w.forge(w.code, nil, &Recover{NewKeyholder{Public: w.fresh.Public()}}, nil)
		}},
		"added twice": {ErrKeyholderExists, func(w made) *Entry {
			return w.forge(w.device, w.phone, add(w.phone), nil)
		}},
		"removed and added again": {ErrKeyholderExists, func(w made) *Entry {
			return w.forge(w.device, w.removed, add(w.removed), nil)
		}},
		"KEM key of a keyholder": {ErrKeyReused, func(w made) *Entry {
			s := w.fresh.WithKEM(w.phone.KEM())
			return w.forge(w.device, s, add(s), nil)
		}},
		"KEM key before a rotation": {ErrKeyReused, func(w made) *Entry {
			u, _, err := w.Chain.Rotate(w.rand, w.author(w.phone), w.Roots)
			w.take(u, err)
			s := w.fresh.WithKEM(w.phone.KEM())
			return w.forge(w.device, s, add(s), nil)
		}},
		"KEM key of the vault": {ErrKeyReused, func(w made) *Entry {
			s := w.fresh.WithKEM(w.Roots.At(1).KEM())
			return w.forge(w.device, s, add(s), nil)
		}},
		"signature key of a keyholder": {ErrKeyReused, func(w made) *Entry {
			s := w.phone.WithKEM(w.fresh.KEM())
			return w.forge(w.device, s, add(s), nil)
		}},
		"unknown kind": {ErrKeyholderKind, func(w made) *Entry {
			p := w.fresh.Public()
			p.Kind = 6
			return w.forge(w.device, w.fresh, &Add{NewKeyholder{Public: p}}, nil)
		}},
		"name too long": {ErrKeyholderName, func(w made) *Entry {
			return w.forge(w.device, w.fresh, &Add{NewKeyholder{w.fresh.Public(), make([]byte, MaxSealedName+1), RealmSet{}}}, nil)
		}},
		"device with realms": {ErrKeyholderRealms, func(w made) *Entry {
			return w.forge(w.device, w.fresh, &Add{NewKeyholder{w.fresh.Public(), nil, w.realms(1, 1)}}, nil)
		}},
		"PIN without realms": {ErrKeyholderRealms, func(w made) *Entry {
			pin := w.newMethod(KindPIN)
			return w.forge(w.device, pin, add(pin), nil)
		}},
		"PIN with too low a threshold": {ErrRealms, func(w made) *Entry {
			pin := w.newMethod(KindPIN)
			return w.forge(w.device, pin, &Add{NewKeyholder{pin.Public(), nil, w.realms(4, 2)}}, nil)
		}},
		"nobody removed": {ErrRemoval, func(w made) *Entry {
			return w.forge(w.device, nil, &Remove{nil, w.opening()}, nil)
		}},
		"removed without reason": {ErrRemoval, func(w made) *Entry {
			return w.forge(w.device, nil, &Remove{[]Removal{{w.phone.ID(), 0, LogHead{}}}, w.opening()}, nil)
		}},
		"removed for an unknown reason": {ErrRemoval, func(w made) *Entry {
			return w.forge(w.device, nil, &Remove{[]Removal{{w.phone.ID(), 3, LogHead{}}}, w.opening()}, nil)
		}},
		"removed twice in one": {ErrRemoval, func(w made) *Entry {
			x := Removal{w.phone.ID(), ReasonLost, LogHead{}}
			return w.forge(w.device, nil, &Remove{[]Removal{x, x}, w.opening()}, nil)
		}},
		"removals out of order": {ErrRemoval, func(w made) *Entry {
			a, b := w.phone.ID(), w.code.ID()
			if less(a, b) {
				a, b = b, a
			}
			return w.forge(w.device, nil, &Remove{[]Removal{{a, ReasonLost, LogHead{}}, {b, ReasonLost, LogHead{}}}, w.opening()}, nil)
		}},
		"removes itself": {ErrRemovesSelf, func(w made) *Entry {
			return w.forge(w.device, nil, &Remove{[]Removal{{w.device.ID(), ReasonLost, LogHead{}}}, w.opening()}, nil)
		}},
		"removes a stranger": {ErrNotActive, func(w made) *Entry {
			return w.forge(w.device, nil, &Remove{[]Removal{{w.fresh.ID(), ReasonLost, LogHead{}}}, w.opening()}, nil)
		}},
		"removes a removed one": {ErrNotActive, func(w made) *Entry {
			return w.forge(w.device, nil, &Remove{[]Removal{{w.removed.ID(), ReasonLost, LogHead{}}}, w.opening()}, nil)
		}},
		"removal names a log head that the entry does not": {ErrLogHead, func(w made) *Entry {
			return w.forge(w.device, nil, &Remove{[]Removal{{w.phone.ID(), ReasonLost, LogHead{1, Hash{1}}}}, w.opening()}, nil)
		}},
		"removal opens the same vault epoch": {ErrVaultEpoch, func(w made) *Entry {
			o := w.opening()
			o.Number--
			return w.forge(w.device, nil, &Remove{[]Removal{{w.phone.ID(), ReasonLost, LogHead{}}}, o}, nil)
		}},
		"vault epoch skipped": {ErrVaultEpoch, func(w made) *Entry {
			o := w.opening()
			o.Number++
			return w.forge(w.device, nil, &VaultSwitch{false, o}, nil)
		}},
		"vault epoch without the previous root": {ErrVaultOpening, func(w made) *Entry {
			o := w.opening()
			o.Previous = nil
			return w.forge(w.device, nil, &VaultSwitch{false, o}, nil)
		}},
		"vault epoch with an old key": {ErrKeyReused, func(w made) *Entry {
			o := w.opening()
			o.KEM = w.Chain.Vault().KEM
			return w.forge(w.device, nil, &VaultSwitch{false, o}, nil)
		}},
		"vault epoch with a keyholder's key": {ErrKeyReused, func(w made) *Entry {
			o := w.opening()
			o.KEM = w.phone.Public().KEM
			return w.forge(w.device, nil, &VaultSwitch{false, o}, nil)
		}},
		"vault epoch with an old root": {ErrKeyReused, func(w made) *Entry {
			o := w.opening()
			o.Commitment = w.Chain.Vault().Commitment
			return w.forge(w.device, nil, &VaultSwitch{false, o}, nil)
		}},
		"rotation to the same key": {ErrKeyReused, func(w made) *Entry {
			return w.forge(w.device, nil, &Rotate{w.device.Public().KEM, w.opening()}, nil)
		}},
		"rotation to the vault's new key": {ErrKeyReused, func(w made) *Entry {
			o := w.opening()
			return w.forge(w.device, nil, &Rotate{o.KEM, o}, nil)
		}},
		"vault on twice": {ErrVaultUnchanged, func(w made) *Entry {
			return w.forge(w.device, nil, &VaultSwitch{true, w.opening()}, nil)
		}},
		"realms below the threshold": {ErrRealms, func(w made) *Entry {
			return w.forge(w.device, nil, &Realms{w.realms(2, 3)}, nil)
		}},
		"too large": {ErrEntrySize, func(w made) *Entry {
			return w.forge(w.device, w.fresh, &Add{NewKeyholder{w.fresh.Public(), make([]byte, MaxEntry), RealmSet{}}}, nil)
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := made{world: newWorld(t)}
			w.phone, w.removed, w.fresh, w.code = w.newDevice(), w.newDevice(), w.newDevice(), w.newMethod(KindCode)
			w.add(w.device, w.phone, "")
			w.add(w.device, w.removed, "")
			w.add(w.device, w.code, "")
			w.remove(w.device, ReasonLost, w.removed.ID())
			e := c.make(w)
			before, head := w.Chain, w.Chain.Head()
			after, err := before.Append(e)
			if !errors.Is(err, c.want) || after != nil {
				t.Errorf("%v, want %v", err, c.want)
			}
			if before.Head() != head || len(before.Keyholders()) != 3 && name != "KEM key before a rotation" {
				t.Error("a refused entry changed the chain")
			}
		})
	}
}

func TestReplayRefuses(t *testing.T) {
	w := newWorld(t)
	phone := w.newDevice()
	w.add(w.device, phone, "")
	good := w.Chain.Entries(0)
	genesis := func(change func(e *Entry, g *Genesis)) []*Entry {
		e, g := *good[0], *good[0].Body.(*Genesis)
		e.Body = &g
		change(&e, &g)
		e.Signature = w.device.Sign(labelEntry, e.Content())
		return []*Entry{&e}
	}
	other := newWorld(t)
	for name, c := range map[string]struct {
		entries []*Entry
		want    error
	}{
		"nothing":               {nil, ErrEmpty},
		"no genesis":            {good[1:], ErrGenesis},
		"genesis twice":         {[]*Entry{good[0], good[0]}, ErrGenesis},
		"of two accounts":       {[]*Entry{genesis(func(e *Entry, _ *Genesis) { e.Time++ })[0], good[1]}, ErrAccount},
		"the same again":        {append(append([]*Entry{}, good...), good[1]), ErrSequence},
		"names an account":      {genesis(func(e *Entry, _ *Genesis) { e.Account[0] = 1 }), ErrGenesis},
		"starts at 2":           {genesis(func(e *Entry, _ *Genesis) { e.Seq = 2 }), ErrGenesis},
		"has a log":             {genesis(func(e *Entry, _ *Genesis) { e.LogHead = LogHead{1, Hash{1}} }), ErrGenesis},
		"signed by another":     {genesis(func(e *Entry, _ *Genesis) { e.Signer = phone.ID() }), ErrNotActive},
		"recovery method first": {genesis(func(e *Entry, g *Genesis) { g.Keyholder.Public.Kind = KindCode; e.Signer = g.Keyholder.Public.ID() }), ErrKeyholderKind},
		"handle":                {genesis(func(_ *Entry, g *Genesis) { g.Handle = "Alice" }), ErrHandle},
		"host":                  {genesis(func(_ *Entry, g *Genesis) { g.Host = "a b" }), ErrHost},
		"vault epoch 2":         {genesis(func(_ *Entry, g *Genesis) { g.Opening.Number = 2 }), ErrVaultEpoch},
		"previous root":         {genesis(func(_ *Entry, g *Genesis) { g.Opening.Previous = make([]byte, SealedPreviousSize) }), ErrVaultOpening},
		"vault key its own":     {genesis(func(_ *Entry, g *Genesis) { g.Opening.KEM = g.Keyholder.Public.KEM }), ErrKeyReused},
	} {
		if _, err := Replay(c.entries); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// The same world with other entries is a fork.
	if err := other.Chain.CheckExtends(w.Chain.Head()); !errors.Is(err, ErrFork) {
		t.Errorf("shorter chain: %v", err)
	}
	if _, err := ReplayFrom(good[:1], w.Chain.Head()); !errors.Is(err, ErrFork) {
		t.Errorf("cut chain: %v", err)
	}
	if _, err := ReplayFrom(good, Head{2, Hash{1}}); !errors.Is(err, ErrFork) {
		t.Errorf("other hash: %v", err)
	}
	// What was verified before need not be again, but only that.
	late := *good[1]
	late.Signature = bytes.Clone(late.Signature)
	late.Signature[0] ^= 1
	if _, err := ReplayFrom([]*Entry{good[0], &late}, Head{1, good[0].Hash()}); !errors.Is(err, ErrSignature) {
		t.Errorf("signature after the verified head: %v", err)
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	for range MaxKeyholders - 1 {
		w.add(w.device, w.newDevice(), "")
	}
	s := w.newDevice()
	_, err := w.Chain.Add(w.rand, w.author(w.device), w.Roots, s.Join(w.Chain.ID(), "", RealmSet{}))
	if !errors.Is(err, ErrTooManyKeyholders) {
		t.Errorf("keyholder %d: %v", MaxKeyholders+1, err)
	}
	// The largest entry there can be: all others removed at once.
	var ids []KeyholderID
	for _, k := range w.Chain.Keyholders()[1:] {
		ids = append(ids, k.ID)
	}
	u := w.remove(w.device, ReasonLost, ids...)
	e, err := ParseEntry(u.Entry.Marshal())
	if err != nil || e.Hash() != u.Entry.Hash() {
		t.Errorf("largest entry: %v", err)
	}
}

func TestFullChain(t *testing.T) {
	w := newWorld(t)
	c := w.Chain.clone()
	for len(c.entries) < MaxChain {
		e := c.draft(w.author(w.device), &Realms{})
		if err := c.apply(e, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.apply(c.draft(w.author(w.device), &Realms{}), false); !errors.Is(err, ErrChainFull) {
		t.Errorf("entry %d: %v", MaxChain+1, err)
	}
	if _, err := ParseEntries(make([][]byte, MaxChain+1)); !errors.Is(err, ErrChainFull) {
		t.Errorf("%d entries: %v", MaxChain+1, err)
	}
}
