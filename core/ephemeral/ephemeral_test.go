package ephemeral

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

var update = flag.Bool("update", false, "write testdata again")

const suite = mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519

// group is an epoch of two leaves.
type group struct {
	record  *convo.Record
	keys    [2]mls.SignaturePrivateKey
	joinKey [convo.JoinKeySize]byte
	rand    *rand.ChaCha8
}

func newGroup(t *testing.T) *group {
	t.Helper()
	g := &group{rand: rand.NewChaCha8([32]byte{1})}
	context := mls.GroupContext{CipherSuite: suite, GroupID: convo.MLSGroupID(convo.ID{9}, 1), Epoch: 7, TreeHash: []byte{1}, ConfirmedTranscriptHash: []byte{2}}
	g.record = &convo.Record{Generation: 1, Epoch: 7, GroupContext: context.Append(nil)}
	for i := range g.keys {
		key, err := suite.GenerateSignatureKey(g.rand)
		if err != nil {
			t.Fatal(err)
		}
		g.keys[i] = key
		leaf := &convo.Leaf{SignatureKey: key.Public()}
		leaf.Account[0], leaf.Device[0] = byte(i+1), byte(i+1)
		g.record.Leaves = append(g.record.Leaves, leaf)
	}
	g.record.Leaves = append(g.record.Leaves, nil)
	for i := range g.joinKey {
		g.joinKey[i] = 3
	}
	return g
}

func address(leaf uint32) Address {
	return Address{Conversation: convo.ID{9}, Generation: 1, Epoch: 7, Leaf: leaf}
}

func (g *group) seal(t *testing.T, signer int, a Address, m Message) []byte {
	t.Helper()
	b, err := Seal(g.rand, suite, g.keys[signer], g.joinKey, a, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	typing = Message{Kind: Typing, Counter: 1_700_000_000_000}
	read   = Message{Kind: Read, Counter: 1_700_000_000_001, Head: convo.LogHead{Seq: 5, Link: [32]byte{6}}}
)

func TestOpen(t *testing.T) {
	g := newGroup(t)
	sizes := map[int]bool{}
	for _, m := range []Message{typing, read} {
		b := g.seal(t, 0, address(0), m)
		got, leaf, err := Open(b, g.record, g.joinKey)
		if err != nil || got != m || leaf != g.record.Leaves[0] {
			t.Errorf("%+v, %+v, %v", got, leaf, err)
		}
		if a, err := ParseAddress(b); err != nil || a != address(0) {
			t.Errorf("address %+v, %v", a, err)
		}
		sizes[len(b)] = true
	}
	if len(sizes) != 1 {
		t.Errorf("the size tells the kind: %v", sizes)
	}
}

// TestForged is the other member, who knows every key but the leaf's own.
func TestForged(t *testing.T) {
	g := newGroup(t)
	if _, _, err := Open(g.seal(t, 1, address(0), typing), g.record, g.joinKey); !errors.Is(err, ErrOpen) {
		t.Errorf("another member's: %v", err)
	}
	// A right signature, sealed anew under another leaf, epoch or conversation.
	for name, a := range map[string]Address{
		"blank leaf":           address(2),
		"leaf beyond the tree": address(40),
		"another leaf":         address(1),
		"another epoch":        {Conversation: convo.ID{9}, Generation: 1, Epoch: 8},
		"another generation":   {Conversation: convo.ID{9}, Generation: 2, Epoch: 7},
		"another conversation": {Conversation: convo.ID{8}, Generation: 1, Epoch: 7},
	} {
		if _, _, err := Open(g.seal(t, 0, a, read), g.record, g.joinKey); !errors.Is(err, ErrOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, m := range []Message{{}, {Kind: 3, Counter: 1}, {Kind: Read, Counter: 1}} {
		if _, _, err := Open(g.seal(t, 0, address(0), m), g.record, g.joinKey); !errors.Is(err, ErrOpen) {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

// TestAltered is the server, which changes any byte.
func TestAltered(t *testing.T) {
	g := newGroup(t)
	b := g.seal(t, 0, address(0), read)
	for i := range b {
		x := bytes.Clone(b)
		x[i] ^= 1
		if _, _, err := Open(x, g.record, g.joinKey); err == nil {
			t.Errorf("byte %d altered, and it opens", i)
		}
	}
	for i := range b {
		if _, _, err := Open(b[:i], g.record, g.joinKey); !errors.Is(err, ErrMalformed) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	if _, _, err := Open(append(b, 0), g.record, g.joinKey); !errors.Is(err, ErrMalformed) {
		t.Errorf("longer: %v", err)
	}
	if _, _, err := Open(make([]byte, MaxSize+1), g.record, g.joinKey); !errors.Is(err, ErrMalformed) {
		t.Errorf("too long: %v", err)
	}
	if _, _, err := Open(b, g.record, [32]byte{}); !errors.Is(err, ErrOpen) {
		t.Errorf("without the epoch's key: %v", err)
	}
}

func TestReplays(t *testing.T) {
	now := time.UnixMilli(int64(typing.Counter))
	later := typing
	later.Counter += 1000
	var p Replays
	if !p.Take(address(0), typing, now) || p.Take(address(0), typing, now) {
		t.Error("the first time it is new, the second it is not")
	}
	if !p.Take(address(1), typing, now) {
		t.Error("another leaf counts for itself")
	}
	if !p.Take(address(0), later, now) || p.Take(address(0), typing, now) {
		t.Error("one before the newest is not new")
	}
	if p := new(Replays); p.Take(address(0), typing, now.Add(Fresh+time.Second)) || p.Take(address(0), typing, now.Add(-Fresh-time.Second)) {
		t.Error("typing of another time")
	}
	if p := new(Replays); p.Take(address(0), Message{Kind: Typing, Counter: 1<<64 - 1}, now) {
		t.Error("typing at the end of time")
	}
}

// TestVector holds testdata/ephemeral.json, and spec/ephemeral.md to it.
func TestVector(t *testing.T) {
	g := newGroup(t)
	type refused struct{ Why, Message string }
	type vector struct {
		JoinKey, GroupContext string
		SignatureKeys         []string
		Typing, Read          string
		Refused               []refused
	}
	x := func(b []byte) string { return hex.EncodeToString(b) }
	want := vector{JoinKey: x(g.joinKey[:]), GroupContext: x(g.record.GroupContext), Typing: x(g.seal(t, 0, address(0), typing)), Read: x(g.seal(t, 0, address(0), read))}
	for _, k := range g.keys {
		want.SignatureKeys = append(want.SignatureKeys, x(k.Public()))
	}
	want.Refused = []refused{
		{"signed by another leaf", x(g.seal(t, 1, address(0), typing))},
		{"of a blank leaf", x(g.seal(t, 0, address(2), typing))},
		{"of another epoch", x(g.seal(t, 0, Address{Conversation: convo.ID{9}, Generation: 1, Epoch: 8}, typing))},
		{"of no known kind", x(g.seal(t, 0, address(0), Message{Kind: 3, Counter: 1}))},
		{"read up to nothing", x(g.seal(t, 0, address(0), Message{Kind: Read, Counter: 1}))},
		{"longer", want.Typing + "00"},
	}
	if *update {
		b, err := json.MarshalIndent(want, "", "  ")
		if err == nil {
			err = os.WriteFile("testdata/ephemeral.json", append(b, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile("testdata/ephemeral.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	open := func(text string) (Message, error) {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := Open(b, g.record, g.joinKey)
		return m, err
	}
	if m, err := open(v.Typing); err != nil || m != typing {
		t.Errorf("typing: %+v, %v", m, err)
	}
	if m, err := open(v.Read); err != nil || m != read {
		t.Errorf("read: %+v, %v", m, err)
	}
	for _, r := range v.Refused {
		if _, err := open(r.Message); err == nil {
			t.Errorf("%s: it opens", r.Why)
		}
	}
	if len(v.Refused) != len(want.Refused) || v.Typing != want.Typing || v.Read != want.Read {
		t.Error("the vector is not what is made today; -update writes it")
	}
	page, err := os.ReadFile("../../spec/ephemeral.md")
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(string(page)), "")
	const ciphertext = 2 * (2 + 32 + 4 + 8 + 4 + nonceSize + 2) // where it begins in the hex text
	if !strings.Contains(flat, v.Read[ciphertext:]) {
		t.Error("spec/ephemeral.md does not show the vector's read mark")
	}
}

func FuzzOpen(f *testing.F) {
	g := newGroup(&testing.T{})
	b, err := Seal(g.rand, suite, g.keys[0], g.joinKey, address(0), read)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parse(b); err == nil {
			again := append(s.address.append(nil), s.nonce[:]...)
			if !bytes.HasPrefix(b, again) {
				t.Error("a message has two encodings")
			}
		}
		if m, leaf, err := Open(b, g.record, g.joinKey); err == nil && (m != read || leaf != g.record.Leaves[0]) {
			t.Error("a message that nobody has sealed opens")
		}
	})
}
