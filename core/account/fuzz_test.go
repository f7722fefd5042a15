package account

import (
	"bytes"
	"testing"
)

// fuzzSeeds is a small chain's every encoding.
func fuzzSeeds(f *testing.F) *world {
	w := &world{rand: testRand(1), now: testTime}
	var err error
	if w.device, err = GenerateKeyholder(w.rand); err != nil {
		f.Fatal(err)
	}
	if w.Update, err = NewGenesis(w.rand, w.now, "alice", "chat.example", w.device, "laptop"); err != nil {
		f.Fatal(err)
	}
	return w
}

// fuzzDecoder holds a decoder to its promise: what it accepts has one encoding.
func fuzzDecoder(f *testing.F, name string) {
	d := decoders(f, fuzzSeeds(f))[name]
	f.Add(d.good)
	f.Add(d.good[:len(d.good)/2])
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		again, err := d.decode(data)
		if err == nil && !bytes.Equal(again, data) {
			t.Fatal("accepted a second encoding")
		}
	})
}

func FuzzParseEntryContent(f *testing.F)       { fuzzDecoder(f, "entry content") }
func FuzzParseSealedRoots(f *testing.F)        { fuzzDecoder(f, "sealed roots") }
func FuzzParseSignIn(f *testing.F)             { fuzzDecoder(f, "sign-in") }
func FuzzParseCloudRecord(f *testing.F)        { fuzzDecoder(f, "cloud record") }
func FuzzParseLeafIdentity(f *testing.F)       { fuzzDecoder(f, "leaf identity") }
func FuzzParseHeadTable(f *testing.F)          { fuzzDecoder(f, "head table") }
func FuzzParsePasswordParameters(f *testing.F) { fuzzDecoder(f, "password parameters") }
func FuzzParseKeyholderSecret(f *testing.F)    { fuzzDecoder(f, "keyholder secret") }

// FuzzParseEntry also appends what it accepts to a chain.
func FuzzParseEntry(f *testing.F) {
	w := fuzzSeeds(f)
	f.Add(w.Entry.Marshal())
	u, err := w.Chain.SetVault(w.rand, Author{Secret: w.device, Time: testTime}, w.Roots, false)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(u.Entry.Marshal())
	if u, err = w.Chain.SetRealms(Author{Secret: w.device, Time: testTime}, w.Roots, RealmSet{}); err != nil {
		f.Fatal(err)
	}
	f.Add(u.Entry.Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEntry(data)
		if err != nil {
			return
		}
		if !bytes.Equal(e.Marshal(), data) {
			t.Fatal("accepted a second encoding")
		}
		c, err := w.Chain.Append(e)
		if err == nil && c.Head().Hash != e.Hash() {
			t.Fatal("appended something else")
		}
	})
}

func FuzzParseContact(f *testing.F) {
	f.Add(Contact{"chat.example", "alice", ID{1}}.String())
	f.Add("coffer://[::1]:8/a#")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseContact(s); err == nil && c.String() != s {
			t.Fatal("accepted a second form")
		}
	})
}

func FuzzParseID(f *testing.F) {
	f.Add(ID{1}.String())
	f.Add(KeyholderID{1}.String())
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := ParseID(s); err == nil && id.String() != s {
			t.Fatal("accepted a second form")
		}
		if id, err := ParseKeyholderID(s); err == nil && id.String() != s {
			t.Fatal("accepted a second form")
		}
	})
}
