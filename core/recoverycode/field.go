package recoverycode

// GF(1024) as polynomials over GF(2) modulo x^10 + x^3 + 1, which is primitive:
// the powers of x are all elements but zero.
const (
	fieldSize  = 1024
	fieldOrder = fieldSize - 1
	modulus    = 1<<10 | 1<<3 | 1
)

// exponents[i] is x^i, twice over so that a sum of two logarithms needs no
// reduction; logarithms is its inverse.
var exponents, logarithms = func() (exp [2 * fieldOrder]uint16, log [fieldSize]uint16) {
	v := 1
	for i := range fieldOrder {
		exp[i], exp[i+fieldOrder] = uint16(v), uint16(v)
		log[v] = uint16(i)
		if v <<= 1; v >= fieldSize {
			v ^= modulus
		}
	}
	return
}()

func mul(a, b uint16) uint16 {
	if a == 0 || b == 0 {
		return 0
	}
	return exponents[int(logarithms[a])+int(logarithms[b])]
}

// inverse of a, which must not be zero.
func inverse(a uint16) uint16 { return exponents[fieldOrder-int(logarithms[a])] }

// power returns x^n for n >= 0.
func power(n int) uint16 { return exponents[n%fieldOrder] }

// eval returns the value at v of the polynomial whose coefficient of degree i
// is p[i].
func eval(p []uint16, v uint16) uint16 {
	var sum uint16
	for i := len(p) - 1; i >= 0; i-- {
		sum = mul(sum, v) ^ p[i]
	}
	return sum
}
