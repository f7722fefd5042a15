package account

import (
	"bytes"
	"crypto/hpke"
	"testing"
)

// TestSealOpensElsewhere: what is sealed here is HPKE to the standard library, for
// every length, and nothing that was changed opens.
func TestSealOpensElsewhere(t *testing.T) {
	seed := bytes.Repeat([]byte{7}, KEMSeedSize)
	k, err := hpke.MLKEM768X25519().NewPrivateKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParseKEMPublic(k.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	info := []byte("what it is for")
	randomness := bytes.Repeat([]byte{9}, SealRandomness)
	for _, n := range []int{0, 1, 31, 32, 96, 5000} {
		plaintext := bytes.Repeat([]byte{byte(n)}, n)
		sealed, err := public.Seal(info, randomness, plaintext)
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != SealOverhead+n {
			t.Errorf("%d bytes sealed into %d", n, len(sealed))
		}
		again, err := public.Seal(info, randomness, plaintext)
		if err != nil || !bytes.Equal(sealed, again) {
			t.Errorf("the same sealing is another: %v", err)
		}
		open := func(info, sealed []byte) ([]byte, error) {
			return hpke.Open(k, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, sealed)
		}
		if got, err := open(info, sealed); err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := open([]byte("another purpose"), sealed); err == nil {
			t.Error("opened for another purpose")
		}
		for _, at := range []int{0, 1119, len(sealed) - 1} {
			altered := bytes.Clone(sealed)
			altered[at] ^= 1
			if _, err := open(info, altered); err == nil {
				t.Errorf("opened with byte %d altered", at)
			}
		}
	}
}
