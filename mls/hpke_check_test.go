package mls

import (
	"crypto/hpke"
	"math/rand/v2"
	"testing"
)

// TestHybridKeyCheck holds the check against the standard library's parser, with
// keys whose coefficients are at and around the modulus.
func TestHybridKeyCheck(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	_, good, err := hybridSuite.GenerateHPKEKey(seeded("hybrid"))
	noErr(t, err)
	kem := hpke.MLKEM768X25519()
	refused := 0
	check := func(pub []byte) {
		t.Helper()
		_, err := kem.NewPublicKey(pub)
		if (err == nil) != wellFormedHybrid(pub) || (err == nil) != (hybridSuite.CheckHPKEKey(pub) == nil) {
			t.Fatalf("parser: %v, check: %v", err, wellFormedHybrid(pub))
		}
		if err != nil {
			refused++
		}
	}
	check(good)
	if refused > 0 {
		t.Fatal("a good key is refused")
	}
	for _, n := range []int{0, 1, 32, 1183, 1184, 1215} {
		check(good[:n])
	}
	check(append(append([]byte{}, good...), 0))
	for i := range len(good) {
		for _, v := range []byte{0, 0xff, 0xd0, 0x0d, byte(r.Uint32())} {
			bad := append([]byte{}, good...)
			bad[i] = v
			check(bad)
		}
	}
	for _, c := range []uint32{3327, 3328, 3329, 3330, 4095} {
		for range 50 {
			bad := append([]byte{}, good...)
			at, d := 3*r.IntN(384), c
			if r.IntN(2) == 0 {
				d = c << 12
			}
			bad[at], bad[at+1], bad[at+2] = byte(d), byte(d>>8), byte(d>>16)
			check(bad)
		}
	}
	if refused < 200 {
		t.Errorf("only %d keys were refused", refused)
	}
}
