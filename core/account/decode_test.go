package account

import (
	"bytes"
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// decoders lists every decoder of the package, each with what an encoder made.
func decoders(t testing.TB, w *world) map[string]struct {
	good   []byte
	decode func([]byte) ([]byte, error)
} {
	signIn, err := w.device.SignIn("chat.example", w.Chain.ID(), make([]byte, 32), w.now)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]struct {
		good   []byte
		decode func([]byte) ([]byte, error)
	}{
		"entry": {w.Entry.Marshal(), func(b []byte) ([]byte, error) {
			e, err := ParseEntry(b)
			if err != nil {
				return nil, err
			}
			return e.Marshal(), nil
		}},
		"entry content": {w.Entry.Content(), func(b []byte) ([]byte, error) {
			e, err := ParseEntryContent(b)
			if err != nil {
				return nil, err
			}
			return e.Content(), nil
		}},
		"sealed roots": {w.Sealed.Marshal(), func(b []byte) ([]byte, error) {
			s, err := ParseSealedRoots(b)
			return s.Marshal(), err
		}},
		"sign-in": {signIn, func(b []byte) ([]byte, error) {
			s, err := ParseSignIn(b)
			return s.Marshal(), err
		}},
		"leaf identity": {w.device.CertifyLeaf(w.Chain.ID(), []byte("key")).Marshal(), func(b []byte) ([]byte, error) {
			l, err := ParseLeafIdentity(b)
			return l.Marshal(), err
		}},
		"head table": {HeadTable{w.Chain.HeadEntry()}.Marshal(), func(b []byte) ([]byte, error) {
			h, err := ParseHeadTable(b)
			return h.Marshal(), err
		}},
		"cloud record": {testCloudRecord(w.Chain.ID()).Marshal(), func(b []byte) ([]byte, error) {
			c, err := ParseCloudRecord(b)
			return c.Marshal(), err
		}},
		"password parameters": {DefaultPasswordParameters().Marshal(), func(b []byte) ([]byte, error) {
			p, err := ParsePasswordParameters(b)
			return p.Marshal(), err
		}},
		"keyholder secret": {w.device.Bytes(), func(b []byte) ([]byte, error) {
			s, err := ParseKeyholderSecret(b)
			if err != nil {
				return nil, err
			}
			return s.Bytes(), nil
		}},
	}
}

func TestDecodersRefuseOtherLengths(t *testing.T) {
	w := newWorld(t)
	w.add(w.device, w.newMethod(KindPIN), "PIN")
	for name, d := range decoders(t, w) {
		if again, err := d.decode(d.good); err != nil || !bytes.Equal(again, d.good) {
			t.Errorf("%s: %v", name, err)
		}
		for n := range d.good {
			if _, err := d.decode(d.good[:n]); err == nil {
				t.Errorf("%s: accepted %d of %d bytes", name, n, len(d.good))
			}
		}
		if _, err := d.decode(append(bytes.Clone(d.good), 0)); err == nil {
			t.Errorf("%s: accepted a byte more", name)
		}
	}
	for name, d := range decoders(t, w) {
		if name == "password parameters" || name == "keyholder secret" {
			continue // their version errors are tested with them
		}
		bad := bytes.Clone(d.good)
		bad[1] = 2
		if _, err := d.decode(bad); !errors.Is(err, ErrVersion) {
			t.Errorf("%s of version 2: %v", name, err)
		}
	}
}

// TestEveryBodyRoundTrips encodes and decodes one entry of each type.
func TestEveryBodyRoundTrips(t *testing.T) {
	w := newWorld(t)
	phone, code, tablet := w.newDevice(), w.newMethod(KindCode), w.newDevice()
	w.add(w.device, phone, "")
	w.add(w.device, w.newMethod(KindPIN), "")
	w.add(w.device, code, "")
	w.take(w.Chain.Recover(w.rand, w.author(code), w.Roots, tablet.Join(w.Chain.ID(), "", RealmSet{})))
	w.remove(w.device, ReasonLost, phone.ID(), tablet.ID())
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, false))
	w.take(w.Chain.SetRealms(w.author(w.device), w.Roots, w.realms(16, 9)))
	u, _, err := w.Chain.Rotate(w.rand, w.author(w.device), w.Roots)
	w.take(u, err)
	seen := map[BodyType]bool{}
	for _, e := range w.Chain.Entries(0) {
		got, err := ParseEntry(e.Marshal())
		if err != nil || !bytes.Equal(got.Marshal(), e.Marshal()) || got.Hash() != e.Hash() {
			t.Errorf("%s: %v", e.Type(), err)
		}
		seen[e.Type()] = true
	}
	if len(seen) != 7 {
		t.Errorf("%d body types seen", len(seen))
	}
}

func TestParseEntryRefuses(t *testing.T) {
	w := newWorld(t)
	pin := w.newMethod(KindPIN)
	w.add(w.device, pin, "")
	genesis, added := w.Chain.Entry(1), w.Entry
	signed := func(e *Entry) []byte { return e.Marshal() }
	change := func(e *Entry, f func(e *Entry)) []byte {
		c := *e
		f(&c)
		return c.Marshal()
	}
	body := func(b Body) []byte { return change(added, func(e *Entry) { e.Body, e.Countersignature = b, nil }) }
	raw := func(t BodyType, b []byte) []byte {
		content := w.Chain.draft(w.author(w.device), &Realms{}).Content()
		content = append(content[:len(content)-3], byte(t)) // drops the type and the empty set
		content = append(content, b...)
		content = syntax.AppendOpaque(content, make([]byte, 64))
		return syntax.AppendOpaque(content, nil)
	}
	if _, err := ParseEntry(raw(BodyRealms, (&RealmSet{}).append(nil))); err != nil {
		t.Fatalf("the raw entry itself: %v", err)
	}
	sixteen := w.realms(17, 9)
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"too large":                {make([]byte, MaxEntry+1), ErrEntrySize},
		"genesis with an account":  {change(genesis, func(e *Entry) { e.Account = w.Chain.ID() }), ErrMalformed},
		"genesis at 2":             {change(genesis, func(e *Entry) { e.Seq = 2 }), ErrMalformed},
		"entry without account":    {change(added, func(e *Entry) { e.Account = ID{} }), ErrMalformed},
		"entry at 1":               {change(added, func(e *Entry) { e.Seq = 1 }), ErrMalformed},
		"entry without prev":       {change(added, func(e *Entry) { e.Prev = Hash{} }), ErrMalformed},
		"log head without link":    {change(added, func(e *Entry) { e.LogHead = LogHead{Seq: 1} }), ErrMalformed},
		"link without seq":         {change(added, func(e *Entry) { e.LogHead = LogHead{Link: Hash{1}} }), ErrMalformed},
		"no signature":             {change(added, func(e *Entry) { e.Signature = nil }), ErrMalformed},
		"short signature":          {change(added, func(e *Entry) { e.Signature = e.Signature[1:] }), ErrMalformed},
		"long countersignature":    {change(added, func(e *Entry) { e.Countersignature = make([]byte, 65) }), ErrMalformed},
		"body type 0":              {raw(0, nil), ErrMalformed},
		"body type 9":              {raw(9, nil), ErrMalformed},
		"vault neither on nor off": {raw(BodyVault, append([]byte{2}, make([]byte, 2000)...)), ErrMalformed},
		"weak signature key":       {body(&Add{NewKeyholder{Public: KeyholderPublic{KindDevice, SignatureKey{1}, pin.Public().KEM}}}), ErrMalformed},
		"unknown kind":             {body(&Add{NewKeyholder{Public: KeyholderPublic{9, pin.SignatureKey(), pin.Public().KEM}}}), ErrMalformed},
		"no KEM key":               {body(&Add{NewKeyholder{Public: KeyholderPublic{KindDevice, pin.SignatureKey(), KEMPublic{}}}}), ErrMalformed},
		"KEM key of zeros":         {body(&Rotate{KEMPublic{string(make([]byte, KEMPublicSize))}, w.opening()}), ErrMalformed},
		"PIN without realms":       {body(&Add{NewKeyholder{Public: pin.Public()}}), ErrMalformed},
		"name too long":            {body(&Add{NewKeyholder{Public: w.device.Public(), SealedName: make([]byte, 129)}}), ErrMalformed},
		"17 realms":                {body(&Realms{sixteen}), ErrMalformed},
		"threshold too low":        {body(&Realms{RealmSet{sixteen.Realms[:4], 2}}), ErrMalformed},
		"65 removals":              {body(&Remove{make([]Removal, 65), w.opening()}), ErrMalformed},
		"short previous root":      {body(&VaultSwitch{false, VaultOpening{2, w.kem(), Hash{1}, make([]byte, 47)}}), ErrMalformed},
		"handle": {change(genesis, func(e *Entry) {
			g := *e.Body.(*Genesis)
			g.Handle = "A"
			e.Body = &g
		}), ErrMalformed},
		"data after": {append(signed(added), 1), ErrMalformed},
	} {
		if _, err := ParseEntry(c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseChain([][]byte{genesis.Marshal(), nil}); !errors.Is(err, ErrMalformed) {
		t.Errorf("chain with an empty entry: %v", err)
	}
}

func TestParseSealedRootsRefuses(t *testing.T) {
	w := newWorld(t)
	w.add(w.device, w.newDevice(), "")
	w.take(w.Chain.SetVault(w.rand, w.author(w.device), w.Roots, false))
	for name, change := range map[string]func(s *SealedRoots){
		"out of order": func(s *SealedRoots) { s.Roots[0], s.Roots[1] = s.Roots[1], s.Roots[0] },
		"twice":        func(s *SealedRoots) { s.Roots[1] = s.Roots[0] },
		"short":        func(s *SealedRoots) { s.Roots[1].Data = s.Roots[1].Data[1:] },
		"empty":        func(s *SealedRoots) { s.Roots[1].Data = nil },
		"too many": func(s *SealedRoots) {
			for i := range MaxKeyholders {
				s.Roots = append(s.Roots, SealedRoot{KeyholderID{0xff, 0xff, byte(i)}, s.Roots[0].Data})
			}
		},
	} {
		s := w.Sealed
		s.Roots = append([]SealedRoot(nil), s.Roots...)
		change(&s)
		if _, err := ParseSealedRoots(s.Marshal()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
