package mls

const (
	mlkemModulus  = 3329 // q, FIPS 203, section 2.4
	mlkemKeySize  = 1184 // of an encapsulation key of ML-KEM-768, section 8
	mlkemSeedSize = 32   // the end of an encapsulation key, any bytes
	x25519Size    = 32   // RFC 7748, section 5
)

// wellFormedHybrid reports whether a public key of MLKEM768-X25519 is well-formed:
// the encapsulation key check of FIPS 203, section 7.2, which is a length and
// coefficients below the modulus, and an X25519 key, which is any 32 bytes. It
// tells the same as the standard library's parser, which expands the key for use
// besides; whoever joins a group checks thousands of keys and uses few.
func wellFormedHybrid(pub []byte) bool {
	if len(pub) != mlkemKeySize+x25519Size {
		return false
	}
	for b := pub[:mlkemKeySize-mlkemSeedSize]; len(b) >= 3; b = b[3:] {
		d := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
		if d&0xfff >= mlkemModulus || d>>12 >= mlkemModulus {
			return false
		}
	}
	return true
}
