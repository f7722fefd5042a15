package account

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// fieldPrime is 2^255 - 19.
var fieldPrime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

func littleEndian(b [32]byte) *big.Int {
	slices.Reverse(b[:])
	return new(big.Int).SetBytes(b[:])
}

// TestFieldAgainstBig holds the checks of points against arithmetic in the open.
func TestFieldAgainstBig(t *testing.T) {
	d := new(big.Int).ModInverse(big.NewInt(121666), fieldPrime)
	d.Mul(d, big.NewInt(-121665)).Mod(d, fieldPrime)
	if littleEndian(edwardsD).Cmp(d) != 0 {
		t.Fatal("the curve constant is another")
	}
	random := rand.NewChaCha8([32]byte{1})
	on := 0
	for i := range 2000 {
		var b [32]byte
		random.Read(b[:])
		switch i % 4 {
		case 0: // close to the prime, on both sides
			near := new(big.Int).Add(fieldPrime, big.NewInt(int64(i/4)-250))
			near.FillBytes(b[:])
			slices.Reverse(b[:])
		case 1: // small
			clear(b[2:])
		}
		if got, want := isFieldElement(b), littleEndian(b).Cmp(fieldPrime) < 0; got != want {
			t.Fatalf("%x is a field element: %v, want %v", b, got, want)
		}
		y2 := littleEndian(b)
		y2.Mul(y2, y2).Mod(y2, fieldPrime)
		u := new(big.Int).Sub(y2, big.NewInt(1))
		v := new(big.Int).Mul(y2, d)
		v.Add(v, big.NewInt(1))
		u.Mul(u, v).Mod(u, fieldPrime)
		want := big.Jacobi(u, fieldPrime) >= 0
		if got := onEdwardsCurve(b); got != want {
			t.Fatalf("%x is on the curve: %v, want %v", b, got, want)
		}
		if want {
			on++
		}
	}
	if on < 500 || on > 1500 {
		t.Errorf("%d of 2000 are on the curve: this test tests nothing", on)
	}
}
