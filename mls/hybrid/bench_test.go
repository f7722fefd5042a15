package hybrid

import (
	"crypto/hpke"
	"testing"
)

// BenchmarkOpen compares one opening, key and all, with the standard library's.
func BenchmarkOpen(b *testing.B) {
	seed, text := make([]byte, SeedSize), make([]byte, 96)
	private, err := New(seed)
	if err != nil {
		b.Fatal(err)
	}
	public, err := Parse(private.Public())
	if err != nil {
		b.Fatal(err)
	}
	enc, ct, err := Seal(public, ChaCha20Poly1305, nil, nil, text)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			if _, err := private.Open(ChaCha20Poly1305, nil, enc, ct); err != nil {
				b.Fatal(err)
			}
		}
	})
	theirs, err := hpke.MLKEM768X25519().NewPrivateKey(seed)
	if err != nil {
		b.Fatal(err)
	}
	sealed := append(enc, ct...)
	b.Run("crypto-hpke", func(b *testing.B) {
		for b.Loop() {
			if _, err := hpke.Open(theirs, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), nil, sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
