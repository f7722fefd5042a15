package mls

import "crypto/sha256"

// keySet counts public keys. It is a value like the ratchet tree: count returns
// another set that shares most of its memory with the old one. Keys stand in it
// by their hash, so that nobody can shape it by a choice of keys.
type keySet struct {
	root  *keyNode
	twice int // keys that are counted more than once
}

// keyNode is a branch of sixteen, by four bits of the digest, or one key.
type keyNode struct {
	branch *[16]*keyNode // nil: one key
	digest [sha256.Size]byte
	n      int
}

// nibble is the way from a node at this depth.
func nibble(digest *[sha256.Size]byte, depth int) int {
	return int(digest[depth/2]>>(4*(depth&1))) & 15
}

// count returns the set with delta more, or less, of a key. A set that nobody
// else holds may be changed in place: mine says so.
func (k keySet) count(key []byte, delta int, mine bool) keySet {
	digest := sha256.Sum256(key)
	before := k.root.find(&digest, 0)
	switch after := before + delta; {
	case before <= 1 && after > 1:
		k.twice++
	case before > 1 && after <= 1:
		k.twice--
	}
	k.root = k.root.count(&digest, 0, delta, mine)
	return k
}

// has reports how often a key is in the set.
func (k keySet) has(key []byte) int {
	digest := sha256.Sum256(key)
	return k.root.find(&digest, 0)
}

func (n *keyNode) find(digest *[sha256.Size]byte, depth int) int {
	for ; n != nil && n.branch != nil; depth++ {
		n = n.branch[nibble(digest, depth)]
	}
	if n == nil || n.digest != *digest {
		return 0
	}
	return n.n
}

func (n *keyNode) count(digest *[sha256.Size]byte, depth, delta int, mine bool) *keyNode {
	if n == nil {
		return &keyNode{digest: *digest, n: delta}
	}
	if n.branch == nil {
		if n.digest == *digest {
			if n.n+delta == 0 {
				return nil
			}
			return &keyNode{digest: *digest, n: n.n + delta}
		}
		b := &keyNode{branch: new([16]*keyNode)}
		b.branch[nibble(&n.digest, depth)] = n
		return b.count(digest, depth, delta, true)
	}
	if !mine {
		branch := *n.branch
		n = &keyNode{branch: &branch}
	}
	i := nibble(digest, depth)
	n.branch[i] = n.branch[i].count(digest, depth+1, delta, mine)
	return n
}
