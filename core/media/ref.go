package media

import "crypto/sha256"

// Ref is what a message says about a file: all that it takes to open and check
// the blob, wherever it comes from. Whoever has it can read the file.
type Ref struct {
	// Key encrypts the segments.
	Key Key
	// Size is the file's size in bytes, at most MaxSize.
	Size int64
	// Root is the root of the tree over the encrypted segments.
	Root Hash
	// Digest is the SHA-256 hash of the file itself.
	Digest [sha256.Size]byte
}
