package media

import (
	"crypto/sha256"
	"math/bits"
)

// Hash is a SHA-256 hash in the tree over a file's segments.
type Hash [HashSize]byte

// Prefixes as in RFC 9162, section 2.1.1, so that no leaf passes for a node.
const (
	leafPrefix = 0x00
	nodePrefix = 0x01
)

// LeafHash returns the hash of an encrypted segment.
func LeafHash(ciphertext []byte) Hash {
	h := sha256.New()
	h.Write([]byte{leafPrefix})
	h.Write(ciphertext)
	return Hash(h.Sum(nil))
}

// Root returns the root of the tree over leaves, of which there is at least one:
// the Merkle tree of RFC 9162, section 2.1.1, where the left half holds the
// largest power of two smaller than the number of leaves.
func Root(leaves []Hash) Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1 << (bits.Len(uint(len(leaves)-1)) - 1)
	left, right := Root(leaves[:k]), Root(leaves[k:])
	h := sha256.New()
	h.Write([]byte{nodePrefix})
	h.Write(left[:])
	h.Write(right[:])
	return Hash(h.Sum(nil))
}

// Trailer returns the encoding of leaves as it follows the segments in a blob.
func Trailer(leaves []Hash) []byte {
	b := make([]byte, 0, len(leaves)*HashSize)
	for i := range leaves {
		b = append(b, leaves[i][:]...)
	}
	return b
}

func parseTrailer(b []byte, n int) ([]Hash, error) {
	if len(b) != n*HashSize {
		return nil, ErrCorrupt
	}
	leaves := make([]Hash, n)
	for i := range leaves {
		copy(leaves[i][:], b[i*HashSize:])
	}
	return leaves, nil
}
