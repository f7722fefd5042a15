package account

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

const vectorFile = "testdata/vectors.json"

// hexBytes is hexadecimal in JSON.
type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }
func (h *hexBytes) UnmarshalText(t []byte) (err error) {
	*h, err = hex.DecodeString(string(t))
	return err
}

// vectors is the file that spec/account-chain.md and spec/vault.md point to.
type vectors struct {
	Account    string               `json:"account"`
	Handle     string               `json:"handle"`
	Host       string               `json:"host"`
	Head       hexBytes             `json:"head"`
	Entries    []entryVector        `json:"entries"`
	Roots      []rootVector         `json:"roots"`
	Keyholders map[string]keyholder `json:"keyholders"`
	Refused    []refusedVector      `json:"refused"`

	Recovery struct {
		Secret hexBytes `json:"secret"`
		Kind   Kind     `json:"kind"`
		Keys   hexBytes `json:"keys"`
	} `json:"recovery"`
	SignIn struct {
		Nonce   hexBytes `json:"nonce"`
		Encoded hexBytes `json:"encoded"`
	} `json:"sign_in"`
	Leaf struct {
		Key      hexBytes `json:"signature_key"`
		Identity hexBytes `json:"identity"`
	} `json:"leaf"`
	HeadTable struct {
		Encoded hexBytes `json:"encoded"`
		Hash    hexBytes `json:"hash"`
	} `json:"head_table"`
	Password struct {
		Password string   `json:"password"`
		Salt     hexBytes `json:"salt"`
		Encoded  hexBytes `json:"parameters"`
		AuthKey  hexBytes `json:"authentication_key"`
		RealmKey hexBytes `json:"realm_key"`
		Verifier hexBytes `json:"verifier"`
	} `json:"password"`
	Safety struct {
		Other  string `json:"other"`
		Number string `json:"number"`
	} `json:"safety"`
	Contact string `json:"contact"`
}

type entryVector struct {
	Type   string   `json:"type"`
	Entry  hexBytes `json:"entry"`
	Hash   hexBytes `json:"hash"`
	Sealed hexBytes `json:"sealed_roots"`
}

type rootVector struct {
	Epoch      uint64   `json:"epoch"`
	Root       hexBytes `json:"root"`
	Commitment hexBytes `json:"commitment"`
	KEMSeed    hexBytes `json:"kem_seed"`
	LogKey     hexBytes `json:"private_log_key"`
}

type keyholder struct {
	ID     string   `json:"id"`
	Secret hexBytes `json:"secret"`
	Name   string   `json:"name"`
}

// refusedVector is an entry that does not follow the vector's head.
type refusedVector struct {
	Name   string   `json:"name"`
	Entry  hexBytes `json:"entry"`
	Expect string   `json:"expect"`
}

// refusals names the classes of failure in vectors.
var refusals = map[string]error{
	"malformed": ErrMalformed, "version": ErrVersion, "genesis": ErrGenesis, "account": ErrAccount, "sequence": ErrSequence,
	"previous hash": ErrPrevHash, "not active": ErrNotActive, "no authority": ErrNoAuthority, "signature": ErrSignature,
	"countersignature": ErrCountersignature, "keyholder exists": ErrKeyholderExists, "key reused": ErrKeyReused,
	"removes itself": ErrRemovesSelf, "removal": ErrRemoval, "vault epoch": ErrVaultEpoch, "vault unchanged": ErrVaultUnchanged, "log head": ErrLogHead,
}

// makeVectors plays a fixed story.
func makeVectors(t *testing.T) []byte {
	t.Helper()
	w := newWorld(t)
	var v vectors
	laptop, phone, tablet := w.device, w.newDevice(), w.newDevice()
	v.Recovery.Secret, v.Recovery.Kind = bytes.Repeat([]byte{0x11}, 17), KindCode
	code, err := DeriveKeyholder(v.Recovery.Secret, w.Chain.ID(), KindCode)
	if err != nil {
		t.Fatal(err)
	}
	v.Recovery.Keys = code.Public().append(nil)
	pin := w.newMethod(KindPIN)
	record := func() {
		v.Entries = append(v.Entries, entryVector{w.Entry.Type().String(), w.Entry.Marshal(), h2b(w.Entry.Hash()), w.Sealed.Marshal()})
	}
	record()
	w.add(laptop, phone, "phone")
	record()
	w.add(laptop, code, "")
	record()
	w.add(phone, pin, "PIN")
	record()
	w.take(w.Chain.SetRealms(w.author(laptop), w.Roots, w.realms(3, 2)))
	record()
	w.take(w.Chain.SetVault(w.rand, w.author(laptop), w.Roots, false))
	record()
	u, rotated, err := w.Chain.Rotate(w.rand, Author{laptop, w.now, LogHead{3, Hash{3}}}, w.Roots)
	w.take(u, err)
	record()
	w.take(w.Chain.Recover(w.rand, w.author(code), w.Roots, tablet.Join(w.Chain.ID(), "tablet", RealmSet{})))
	record()
	w.remove(tablet, ReasonCompromised, phone.ID(), pin.ID())
	record()

	v.Account, v.Handle, v.Host = w.Chain.ID().String(), string(w.Chain.Handle()), string(w.Chain.Host())
	v.Head = w.Chain.Head().Append(nil)
	for _, e := range w.Chain.VaultEpochs() {
		r := w.Roots.At(e.Number)
		c := r.Commitment()
		v.Roots = append(v.Roots, rootVector{e.Number, r.Bytes(), c[:], r.KEM().seed, r.LogKey(w.Chain.ID())})
	}
	v.Keyholders = map[string]keyholder{}
	for name, s := range map[string]*KeyholderSecret{"laptop": rotated, "phone": phone, "code": code, "pin": pin, "tablet": tablet} {
		k, _ := w.Chain.Keyholder(s.ID())
		plain, err := w.Roots.OpenName(k)
		if err != nil {
			t.Fatal(err)
		}
		v.Keyholders[name] = keyholder{s.ID().String(), s.Bytes(), plain}
	}
	w.device = rotated
	v.Refused = refusedVectors(w, phone, code, tablet)

	v.SignIn.Nonce = bytes.Repeat([]byte{0x22}, 32)
	if v.SignIn.Encoded, err = tablet.SignIn(w.Chain.Host(), w.Chain.ID(), v.SignIn.Nonce, w.now); err != nil {
		t.Fatal(err)
	}
	leafKey := w.newDevice().SignatureKey()
	v.Leaf.Key = leafKey[:]
	v.Leaf.Identity = tablet.CertifyLeaf(w.Chain.ID(), leafKey[:]).Marshal()
	bob := HeadEntry{ID{0xb0, 0xb}, "bob", Head{2, Hash{0xb0}}, 1}
	table, err := NewHeadTable([]HeadEntry{w.Chain.HeadEntry(), bob})
	if err != nil {
		t.Fatal(err)
	}
	v.HeadTable.Encoded, v.HeadTable.Hash = table.Marshal(), h2b(table.Hash())
	v.Password.Password, v.Password.Salt = "correct horse battery", bytes.Repeat([]byte{0x33}, PasswordSaltSize)
	p := DefaultPasswordParameters()
	v.Password.Encoded = p.Marshal()
	s, err := StretchPassword([]byte(v.Password.Password), p, w.Chain.Host(), w.Chain.Handle(), v.Password.Salt)
	if err != nil {
		t.Fatal(err)
	}
	v.Password.AuthKey, v.Password.RealmKey = s.AuthKey(), s.RealmKey()
	v.Password.Verifier = h2b(PasswordVerifier(s.AuthKey()))
	v.Safety.Other, v.Safety.Number = bob.Account.String(), SafetyNumber(w.Chain.ID(), bob.Account)
	v.Contact = Contact{w.Chain.Host(), w.Chain.Handle(), w.Chain.ID()}.String()

	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

func refusedVectors(w *world, phone, code, tablet *KeyholderSecret) []refusedVector {
	fresh := w.newDevice()
	add := &Add{NewKeyholder{Public: fresh.Public()}}
	one := func(id KeyholderID, r Reason) []Removal { return []Removal{{id, r, LogHead{}}} }
	entry := func(by, joiner *KeyholderSecret, b Body, change func(e *Entry)) hexBytes {
		return w.forge(by, joiner, b, change).Marshal()
	}
	late := w.forge(w.device, fresh, add, nil)
	late.Time++
	second := entry(w.device, nil, &Realms{}, nil)
	cut := second[: len(second)-1 : len(second)-1]
	second = append(hexBytes{0, 2}, second[2:]...)
	older := w.opening()
	older.Number--
	return []refusedVector{
		{"the genesis entry again", w.Chain.Entry(1).Marshal(), "genesis"},
		{"version 2", second, "version"},
		{"a byte missing at the end", cut, "malformed"},
		{"seq one too high", entry(w.device, nil, &Realms{}, func(e *Entry) { e.Seq++ }), "sequence"},
		{"another predecessor", entry(w.device, nil, &Realms{}, func(e *Entry) { e.Prev[31] ^= 1 }), "previous hash"},
		{"another account", entry(w.device, nil, &Realms{}, func(e *Entry) { e.Account[31] ^= 1 }), "account"},
		{"private log goes back", entry(w.device, nil, &Realms{}, func(e *Entry) { e.LogHead = LogHead{2, Hash{2}} }), "log head"},
		{"signed by a removed device", entry(phone, nil, &Realms{}, nil), "not active"},
		{"signed by a stranger", entry(fresh, nil, &Realms{}, nil), "not active"},
		{"a recovery method sets realms", entry(code, nil, &Realms{}, nil), "no authority"},
		{"a device recovers", entry(w.device, fresh, &Recover{NewKeyholder{Public: fresh.Public()}}, nil), "no authority"},
		{"altered after signing", late.Marshal(), "signature"},
		{"no countersignature", entry(w.device, nil, add, nil), "countersignature"},
		{"countersigned by the signer", entry(w.device, w.device, add, nil), "countersignature"},
		{"a removed device comes back", entry(w.device, phone, &Add{NewKeyholder{Public: phone.Public()}}, nil), "keyholder exists"},
		{"another's KEM key", entry(w.device, fresh, &Add{NewKeyholder{Public: fresh.WithKEM(tablet.KEM()).Public()}}, nil), "key reused"},
		{"removes itself", entry(w.device, nil, &Remove{one(w.device.ID(), ReasonLost), w.opening()}, nil), "removes itself"},
		{"removes nobody", entry(w.device, nil, &Remove{nil, w.opening()}, nil), "removal"},
		{"removes without a reason", entry(w.device, nil, &Remove{one(tablet.ID(), 0), w.opening()}, nil), "removal"},
		{"opens no new vault epoch", entry(w.device, nil, &Remove{one(tablet.ID(), ReasonLost), older}, nil), "vault epoch"},
		{"vault off when it is off", entry(w.device, nil, &VaultSwitch{false, w.opening()}, nil), "vault unchanged"},
		{"a weak signature key", entry(w.device, fresh, &Add{NewKeyholder{Public: KeyholderPublic{KindDevice, SignatureKey{1}, fresh.Public().KEM}}}, nil), "malformed"},
	}
}

func h2b(h Hash) hexBytes { return h[:] }

// TestVectorsAreStable makes the vectors anew and compares: encodings of
// version 1 do not change.
func TestVectorsAreStable(t *testing.T) {
	made := makeVectors(t)
	if *update {
		if err := os.WriteFile(vectorFile, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, committed) {
		t.Errorf("%s is not what the code makes; a format changed", vectorFile)
	}
}

// TestVectors reads the committed vectors as a stranger would.
func TestVectors(t *testing.T) {
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	var c *Chain
	sealed := map[uint64]SealedRoots{}
	for i, x := range v.Entries {
		e, err := ParseEntry(x.Entry)
		if err != nil {
			t.Fatalf("entry %d: %v", i+1, err)
		}
		if i == 0 {
			c, err = Replay([]*Entry{e})
		} else {
			c, err = c.Append(e)
		}
		if err != nil {
			t.Fatalf("entry %d: %v", i+1, err)
		}
		s, err := ParseSealedRoots(x.Sealed)
		if err != nil || c.CheckSealedRoots(s) != nil {
			t.Errorf("sealed roots of entry %d: %v", i+1, err)
		}
		sealed[e.Seq] = s
		if h := e.Hash(); !bytes.Equal(h[:], x.Hash) || e.Type().String() != x.Type {
			t.Errorf("entry %d has another hash or type", i+1)
		}
	}
	if c.ID().String() != v.Account || string(c.Handle()) != v.Handle || string(c.Host()) != v.Host || !bytes.Equal(c.Head().Append(nil), v.Head) {
		t.Error("account, handle, host or head")
	}
	for _, x := range v.Refused {
		want, known := refusals[x.Expect]
		if !known {
			t.Fatalf("%s expects %q", x.Name, x.Expect)
		}
		e, err := ParseEntry(x.Entry)
		if err == nil {
			_, err = c.Append(e)
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %s", x.Name, err, x.Expect)
		}
	}
	for name, k := range v.Keyholders {
		s, err := ParseKeyholderSecret(k.Secret)
		if err != nil || s.ID().String() != k.ID {
			t.Fatalf("%s: %v", name, err)
		}
		known, ok := c.Keyholder(s.ID())
		if !ok {
			t.Fatalf("%s is not in the chain", name)
		}
		roots, err := OpenRoots(c, s, sealed[known.SealedSeq].For(s.ID()))
		if !known.Active() {
			if !errors.Is(err, ErrNotActive) {
				t.Errorf("%s is removed: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if plain, err := roots.OpenName(known); err != nil || plain != k.Name {
			t.Errorf("name of %s: %q, %v", name, plain, err)
		}
		for _, r := range v.Roots {
			got := roots.At(r.Epoch)
			if !bytes.Equal(got.Bytes(), r.Root) || !bytes.Equal(got.LogKey(c.ID()), r.LogKey) || !bytes.Equal(h2b(got.Commitment()), r.Commitment) {
				t.Errorf("root of epoch %d as %s", r.Epoch, name)
			}
			if kem, err := NewKEMSecret(r.KEMSeed); err != nil || kem.Public() != got.KEM().Public() {
				t.Errorf("vault key of epoch %d", r.Epoch)
			}
		}
	}
	if s, err := DeriveKeyholder(v.Recovery.Secret, c.ID(), v.Recovery.Kind); err != nil || !bytes.Equal(s.Public().append(nil), v.Recovery.Keys) {
		t.Errorf("recovery keys: %v", err)
	}
	in, err := ParseSignIn(v.SignIn.Encoded)
	if err != nil || c.VerifySignIn(in, c.Host(), v.SignIn.Nonce, time.UnixMilli(int64(in.Time)), time.Second) != nil {
		t.Errorf("sign-in: %v", err)
	}
	leaf, err := ParseLeafIdentity(v.Leaf.Identity)
	if err != nil || c.VerifyLeaf(c.Head(), leaf, v.Leaf.Key) != nil {
		t.Errorf("leaf identity: %v", err)
	}
	table, err := ParseHeadTable(v.HeadTable.Encoded)
	if err != nil || !bytes.Equal(h2b(table.Hash()), v.HeadTable.Hash) {
		t.Errorf("head table: %v", err)
	}
	if e, ok := table.Find(c.ID()); !ok || c.CheckHead(e) != nil {
		t.Error("head table contradicts the chain")
	}
	other, err := ParseID(v.Safety.Other)
	if err != nil || SafetyNumber(other, c.ID()) != v.Safety.Number {
		t.Errorf("safety number: %v", err)
	}
	if contact, err := ParseContact(v.Contact); err != nil || contact.Account != c.ID() {
		t.Errorf("contact link: %v", err)
	}
	if !CheckPassword(Hash(v.Password.Verifier), v.Password.AuthKey) {
		t.Error("password verifier")
	}
}
