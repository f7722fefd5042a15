package account

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// TestSmallOrderPoints shows for each listed point what is wrong with it, and
// that it is refused.
func TestSmallOrderPoints(t *testing.T) {
	for i, y := range smallOrderY {
		for _, sign := range []byte{0, 0x80} {
			k := y
			k[31] |= sign
			if _, err := ParseSignatureKey(k[:]); !errors.Is(err, ErrSignatureKey) {
				t.Errorf("Ed25519 point %d: %v", i, err)
			}
		}
	}
	// Under the neutral element a signature of zeros holds for every message.
	neutral := SignatureKey{1}
	forged := append(bytes.Clone(neutral[:]), make([]byte, 32)...)
	if !ed25519.Verify(neutral[:], []byte("anything"), forged) {
		t.Error("the standard library refuses the neutral element: is this check still needed?")
	}
	x, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	good := w.device.Public().KEM.Bytes()
	for i, u := range smallOrderU {
		pub, err := ecdh.X25519().NewPublicKey(u[:])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.ECDH(pub); err == nil {
			t.Errorf("X25519 point %d is not of small order", i)
		}
		if _, err := ParseKEMPublic(append(bytes.Clone(good[:KEMPublicSize-32]), u[:]...)); !errors.Is(err, ErrKEMKey) {
			t.Errorf("X25519 point %d: %v", i, err)
		}
	}
}

func TestMalformedSignatureKeys(t *testing.T) {
	w := newWorld(t)
	good := w.device.SignatureKey()
	prime := fieldPrime.Bytes()
	slices.Reverse(prime)
	notCanonical := bytes.Clone(prime) // p + 3, a second form of y = 3
	notCanonical[0] += 3
	var off SignatureKey // the first y above 1 that is on no point
	for off[0] = 2; onEdwardsCurve(off); off[0]++ {
	}
	for name, k := range map[string][]byte{
		"nothing": nil, "short": good[:31], "long": append(good[:], 0),
		"not canonical": notCanonical, "p": prime, "all ones": bytes.Repeat([]byte{0xff}, 32), "not on the curve": off[:],
	} {
		if _, err := ParseSignatureKey(k); !errors.Is(err, ErrSignatureKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range 100 {
		k := w.newDevice().SignatureKey()
		if _, err := ParseSignatureKey(k[:]); err != nil {
			t.Fatalf("good key %x: %v", k, err)
		}
	}
}

func TestMalformedKEMKeys(t *testing.T) {
	w := newWorld(t)
	good := w.device.Public().KEM.Bytes()
	change := func(at int, v ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], v)
		return b
	}
	prime := fieldPrime.Bytes()
	slices.Reverse(prime)
	for name, k := range map[string][]byte{
		"nothing": nil, "short": good[1:], "long": append(bytes.Clone(good), 0),
		"coefficient not reduced": change(0, 0x01, 0x0d), // 3329
		"coordinate not reduced":  change(KEMPublicSize-32, prime...),
		"coordinate's top bit":    change(KEMPublicSize-1, good[KEMPublicSize-1]|0x80),
	} {
		if _, err := ParseKEMPublic(k); !errors.Is(err, ErrKEMKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if k, err := ParseKEMPublic(good); err != nil || k != w.device.Public().KEM {
		t.Errorf("good key: %v", err)
	}
	if _, err := (KEMPublic{}).Seal(nil, make([]byte, SealRandomness), nil); !errors.Is(err, ErrKEMKey) {
		t.Errorf("sealing to no key: %v", err)
	}
	if _, err := w.device.Public().KEM.Seal(nil, make([]byte, SealRandomness-1), nil); err == nil {
		t.Error("sealed with too little randomness")
	}
	if _, err := NewKEMSecret(make([]byte, 31)); !errors.Is(err, ErrKEMKey) {
		t.Errorf("short seed: %v", err)
	}
}

// TestSealAndOpen: the sealing is a function of its randomness, and Go's own
// HPKE opens it.
func TestSealAndOpen(t *testing.T) {
	w := newWorld(t)
	kem := w.device.KEM()
	r := bytes.Repeat([]byte{3}, SealRandomness)
	a, err := kem.Public().Seal([]byte("info"), r, []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := kem.Public().Seal([]byte("info"), r, []byte("hello"))
	if !bytes.Equal(a, b) || len(a) != 5+SealOverhead {
		t.Error("not deterministic, or of another size")
	}
	if got, err := kem.Open([]byte("info"), a); err != nil || string(got) != "hello" {
		t.Errorf("opens as %q, %v", got, err)
	}
	for i := 0; i < len(a); i += 97 {
		bad := bytes.Clone(a)
		bad[i] ^= 1
		if _, err := kem.Open([]byte("info"), bad); err != ErrOpen {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for name, c := range map[string]struct {
		info, sealed []byte
		key          *KEMSecret
	}{
		"other info": {[]byte("inf0"), a, kem}, "other key": {[]byte("info"), a, w.newDevice().KEM()},
		"cut": {[]byte("info"), a[:len(a)-1], kem}, "nothing": {[]byte("info"), nil, kem}, "short": {[]byte("info"), a[:SealOverhead-1], kem},
	} {
		if _, err := c.key.Open(c.info, c.sealed); err != ErrOpen {
			t.Errorf("%s: %v", name, err)
		}
	}
	kem.Erase()
	if _, err := kem.Open([]byte("info"), a); err != ErrOpen {
		t.Errorf("erased key: %v", err)
	}
}

func TestKeyholderSecretStorage(t *testing.T) {
	w := newWorld(t)
	_, rotated, err := w.Chain.Rotate(w.rand, w.author(w.device), w.Roots)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*KeyholderSecret{"device": w.device, "rotated": rotated, "code": w.newMethod(KindCode)} {
		got, err := ParseKeyholderSecret(s.Bytes())
		if err != nil || !got.Equal(s) || got.ID() != s.ID() || got.Public() != s.Public() {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := w.device.Bytes()
	for name, bad := range map[string][]byte{
		"nothing": nil, "short": b[1:], "long": append(bytes.Clone(b), 0),
		"version": append([]byte{9, 9}, b[2:]...), "kind": append([]byte{0, 1, 9}, b[3:]...),
	} {
		if _, err := ParseKeyholderSecret(bad); !errors.Is(err, ErrKeyholderSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeriveKeyholder(t *testing.T) {
	w := newWorld(t)
	id := w.Chain.ID()
	secret := bytes.Repeat([]byte{5}, 17)
	derive := func(secret []byte, id ID, kind Kind) *KeyholderSecret {
		s, err := DeriveKeyholder(secret, id, kind)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := derive(secret, id, KindCode)
	if !s.Equal(derive(secret, id, KindCode)) {
		t.Error("not a function of its input")
	}
	id2 := id
	id2[0]++
	for name, o := range map[string]*KeyholderSecret{
		"secret": derive(secret[1:], id, KindCode), "account": derive(secret, id2, KindCode), "kind": derive(secret, id, KindPIN),
	} {
		if s.Public().KEM == o.Public().KEM || s.SignatureKey() == o.SignatureKey() {
			t.Errorf("the %s does not matter", name)
		}
	}
	for name, c := range map[string]struct {
		secret []byte
		id     ID
		kind   Kind
	}{
		"short secret": {secret[:15], id, KindCode}, "device": {secret, id, KindDevice}, "unknown kind": {secret, id, 6}, "no account": {secret, ID{}, KindCode},
	} {
		if _, err := DeriveKeyholder(c.secret, c.id, c.kind); !errors.Is(err, ErrKeyholderSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecretsAreRedacted(t *testing.T) {
	w := newWorld(t)
	p, err := StretchPassword([]byte("x"), DefaultPasswordParameters(), "chat.example", "alice", make([]byte, PasswordSaltSize))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, s := range []any{w.device, *w.device, w.device.KEM(), *w.device.KEM(), w.Roots, *w.Roots, w.Roots.Current(), *w.Roots.Current(), p, *p} {
			if got := fmt.Sprintf(verb, s); got != redacted {
				t.Errorf("%s of %T prints %.40s", verb, s, got)
			}
		}
	}
}

func TestCountersignRefuses(t *testing.T) {
	w := newWorld(t)
	s, id := w.newDevice(), w.Chain.ID()
	entry := func(b Body) []byte { return w.Chain.draft(w.author(w.device), b).Content() }
	good := entry(&Add{NewKeyholder{Public: s.Public()}})
	if _, err := s.Countersign(id, good); err != nil {
		t.Fatal(err)
	}
	elsewhere := newWorld(t).Chain.ID()
	elsewhere[0]++
	for name, c := range map[string]struct {
		id      ID
		content []byte
		want    error
	}{
		"other account":    {elsewhere, good, ErrAccount},
		"other keyholder":  {id, entry(&Add{NewKeyholder{Public: w.newDevice().Public()}}), ErrCountersignature},
		"own key, another": {id, entry(&Add{NewKeyholder{Public: s.WithKEM(w.newDevice().KEM()).Public()}}), ErrCountersignature},
		"another body":     {id, entry(&Realms{}), ErrCountersignature},
		"signed already":   {id, append(bytes.Clone(good), 0), ErrMalformed},
		"nothing":          {id, nil, ErrMalformed},
		"too large":        {id, make([]byte, MaxEntry+1), ErrEntrySize},
	} {
		if _, err := s.Countersign(c.id, c.content); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
