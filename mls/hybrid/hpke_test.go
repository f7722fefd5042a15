package hybrid

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
	"strings"
	"testing"
)

// peer is one key, here and in the standard library.
type peer struct {
	public  *PublicKey
	private *PrivateKey
	theirs  hpke.PrivateKey
}

func newPeer(t *testing.T) peer {
	t.Helper()
	seed := bytes.Repeat([]byte{7}, SeedSize)
	theirs, err := hpke.MLKEM768X25519().NewPrivateKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	private, err := New(seed)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "public key", private.Public(), theirs.PublicKey().Bytes())
	public, err := Parse(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return peer{public, private, theirs}
}

// stdAEADs are the AEADs as the standard library has them.
var stdAEADs = map[AEAD]hpke.AEAD{AES128GCM: hpke.AES128GCM(), ChaCha20Poly1305: hpke.ChaCha20Poly1305()}

// TestStandardLibrary: what is sealed here opens there, what is sealed there opens
// here, and nothing that was changed opens.
func TestStandardLibrary(t *testing.T) {
	p := newPeer(t)
	info := []byte("what it is for")
	for aead, std := range stdAEADs {
		for _, n := range []int{0, 1, 31, 32, 96, 5000} {
			plaintext := bytes.Repeat([]byte{byte(n)}, n)
			enc, ct, err := Seal(p.public, aead, info, nil, plaintext)
			if err != nil {
				t.Fatal(err)
			}
			got, err := hpke.Open(p.theirs, hpke.HKDFSHA256(), std, info, append(enc, ct...))
			if err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("AEAD %d, %d bytes: the standard library says %v", aead, n, err)
			}
			sealed, err := hpke.Seal(p.theirs.PublicKey(), hpke.HKDFSHA256(), std, info, plaintext)
			if err != nil {
				t.Fatal(err)
			}
			if got, err = p.private.Open(aead, info, sealed[:EncapsulatedSize], sealed[EncapsulatedSize:]); err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("AEAD %d, %d bytes of the standard library's: %v", aead, n, err)
			}
			if _, err := p.private.Open(aead, []byte("another purpose"), sealed[:EncapsulatedSize], sealed[EncapsulatedSize:]); err != ErrOpen {
				t.Errorf("opened for another purpose: %v", err)
			}
			for _, at := range []int{0, EncapsulatedSize - 32, EncapsulatedSize - 1, EncapsulatedSize, len(sealed) - 1} {
				sealed[at] ^= 1
				if _, err := p.private.Open(aead, info, sealed[:EncapsulatedSize], sealed[EncapsulatedSize:]); err != ErrOpen {
					t.Errorf("opened with byte %d altered: %v", at, err)
				}
				sealed[at] ^= 1
			}
			for _, cut := range []int{0, 1, EncapsulatedSize - 1} {
				if _, err := p.private.Open(aead, info, sealed[:cut], sealed[EncapsulatedSize:]); err != ErrOpen {
					t.Errorf("opened with %d bytes of the encapsulated key: %v", cut, err)
				}
			}
		}
	}
}

// TestExportStandardLibrary: both sides export the same, whoever sends.
func TestExportStandardLibrary(t *testing.T) {
	p := newPeer(t)
	const context = "an exporter context"
	for aead, std := range stdAEADs {
		enc, secret, err := ExportSend(p.public, aead, context, 48)
		if err != nil {
			t.Fatal(err)
		}
		r, err := hpke.NewRecipient(enc, p.theirs, hpke.HKDFSHA256(), std, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := r.Export(context, 48)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "sent secret", secret, want)
		enc, s, err := hpke.NewSender(p.theirs.PublicKey(), hpke.HKDFSHA256(), std, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want, err = s.Export(context, 48); err != nil {
			t.Fatal(err)
		}
		got, err := p.private.ExportReceive(aead, enc, context, 48)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "received secret", got, want)
	}
}

// TestDeriveStandardLibrary: secrets stand for the same keys.
func TestDeriveStandardLibrary(t *testing.T) {
	for _, n := range []int{0, 1, 32, 64, 300} {
		ikm := bytes.Repeat([]byte{byte(n)}, n)
		want, err := hpke.MLKEM768X25519().DeriveKeyPair(ikm)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := want.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "seed", DeriveSeed(ikm), seed)
	}
}

// TestGivenRandomness: with the same randomness a sealing is the same, with other
// it is another, and with too little there is none.
func TestGivenRandomness(t *testing.T) {
	p := newPeer(t)
	seal := func(randomness []byte) []byte {
		enc, ct, err := Seal(p.public, ChaCha20Poly1305, nil, randomness, []byte("text"))
		if err != nil {
			t.Fatal(err)
		}
		return append(enc, ct...)
	}
	a := bytes.Repeat([]byte{9}, RandomnessSize)
	if !bytes.Equal(seal(a), seal(a)) {
		t.Error("the same sealing is another")
	}
	for i := range a {
		b := bytes.Clone(a)
		b[i] ^= 0x10
		if bytes.Equal(seal(a), seal(b)) {
			t.Errorf("byte %d of the randomness does nothing", i)
		}
	}
	if bytes.Equal(seal(nil), seal(nil)) {
		t.Error("drawn randomness repeats")
	}
	for _, n := range []int{0, 1, RandomnessSize - 1, RandomnessSize + 1} {
		if _, _, err := Seal(p.public, ChaCha20Poly1305, nil, make([]byte, n), nil); err != ErrKey {
			t.Errorf("%d bytes of randomness: %v", n, err)
		}
	}
}

// TestSmallOrder: points whose shared secret is zero are refused where the
// standard library refuses them, their neighbours are not, in the sender's place
// and in the receiver's: an attacker who puts one there knows half of the key.
func TestSmallOrder(t *testing.T) {
	p := newPeer(t)
	scalar, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := hpke.Seal(p.theirs.PublicKey(), hpke.HKDFSHA256(), hpke.AES128GCM(), nil, []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, u := range smallOrderU {
		for _, change := range []struct {
			at  int
			bit byte
		}{{0, 0}, {31, 0x80}, {0, 1}, {0, 2}, {1, 1}, {31, 0x40}} {
			point := u
			point[change.at] ^= change.bit
			theirs, err := ecdh.X25519().NewPublicKey(point[:])
			if err != nil {
				t.Fatal(err)
			}
			_, err = scalar.ECDH(theirs)
			if (err != nil) != smallOrder(&point) {
				t.Errorf("%x: of small order %v, the standard library says %v", point, smallOrder(&point), err)
			}
			enc := append(bytes.Clone(sealed[:EncapsulatedSize-32]), point[:]...)
			_, opens := p.private.receive(AES128GCM, nil, enc)
			_, _, seals := Seal(parsed(t, append(p.private.Public()[:PublicSize-32], point[:]...)), AES128GCM, nil, nil, nil)
			if (opens != nil) != (err != nil) || (seals != nil) != (err != nil) {
				t.Errorf("%x: received %v, sealed to %v, the standard library says %v", point, opens, seals, err)
			}
			if err != nil {
				refused++
			}
		}
	}
	if refused < 2*len(smallOrderU) {
		t.Errorf("only %d points were refused", refused)
	}
}

func parsed(t *testing.T, public []byte) *PublicKey {
	t.Helper()
	p, err := Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMalformedKeys: a public key with a coefficient that is not reduced is none,
// nor is one of another size, nor such a seed.
func TestMalformedKeys(t *testing.T) {
	good := newPeer(t).private.Public()
	for _, n := range []int{0, 1, PublicSize - 1} {
		if _, err := Parse(good[:n]); err != ErrKey {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := Parse(append(bytes.Clone(good), 0)); err != ErrKey {
		t.Errorf("a byte too many: %v", err)
	}
	for i := 0; i+1 < 1152; i += 97 {
		bad := bytes.Clone(good)
		bad[i], bad[i+1] = 0xff, 0xff
		_, want := hpke.MLKEM768X25519().NewPublicKey(bad)
		if _, err := Parse(bad); (err != nil) != (want != nil) || err == nil {
			t.Errorf("at %d: %v, the standard library says %v", i, err, want)
		}
	}
	for _, n := range []int{0, 31, 33} {
		if _, err := New(make([]byte, n)); err != ErrKey {
			t.Errorf("a seed of %d bytes: %v", n, err)
		}
	}
}

// TestRedacted: a private key prints nothing of itself.
func TestRedacted(t *testing.T) {
	k := newPeer(t).private
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, k); !strings.Contains(got, "redacted") || strings.Contains(got, "07") {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}
