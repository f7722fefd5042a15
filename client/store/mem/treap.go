package mem

import (
	"bytes"
	"hash/maphash"
)

// node is a node of a persistent treap: a search tree by key that is a heap by
// prio. Nodes never change once made; a changed tree shares all that it can
// with the one before, which is what makes snapshots free.
type node struct {
	key, val    []byte
	prio        uint64
	left, right *node
}

var seed = maphash.MakeSeed()

// set returns the tree n with key set to val.
func set(n *node, key, val []byte) *node {
	return insert(n, &node{key: key, val: val, prio: maphash.Bytes(seed, key)})
}

func insert(n, add *node) *node {
	if n == nil {
		return add
	}
	if add.prio > n.prio {
		// The key is not beneath n: it would have the same priority there.
		c := *add
		c.left, c.right = split(n, add.key)
		return &c
	}
	c := *n
	switch cmp := bytes.Compare(add.key, n.key); {
	case cmp == 0:
		c.val = add.val
	case cmp < 0:
		c.left = insert(n.left, add)
	default:
		c.right = insert(n.right, add)
	}
	return &c
}

// split returns the keys of n below key, and the others.
func split(n *node, key []byte) (below, rest *node) {
	if n == nil {
		return nil, nil
	}
	c := *n
	if bytes.Compare(n.key, key) < 0 {
		c.right, rest = split(n.right, key)
		return &c, rest
	}
	below, c.left = split(n.left, key)
	return below, &c
}

// join returns the union of a and b, where all keys of a are below those of b.
func join(a, b *node) *node {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	if a.prio > b.prio {
		c := *a
		c.right = join(a.right, b)
		return &c
	}
	c := *b
	c.left = join(a, b.left)
	return &c
}

// cut returns n without the keys from <= k < to; nil bounds are open.
func cut(n *node, from, to []byte) *node {
	if to != nil && bytes.Compare(from, to) >= 0 {
		return n
	}
	below, rest := split(n, from)
	if to == nil {
		return below
	}
	_, above := split(rest, to)
	return join(below, above)
}

func remove(n *node, key []byte) *node {
	if n == nil {
		return nil
	}
	cmp := bytes.Compare(key, n.key)
	if cmp == 0 {
		return join(n.left, n.right)
	}
	c := *n
	if cmp < 0 {
		c.left = remove(n.left, key)
	} else {
		c.right = remove(n.right, key)
	}
	return &c
}

func find(n *node, key []byte) *node {
	for n != nil {
		switch cmp := bytes.Compare(key, n.key); {
		case cmp == 0:
			return n
		case cmp < 0:
			n = n.left
		default:
			n = n.right
		}
	}
	return nil
}

// walk calls fn for the nodes with from <= key < to until it returns false,
// and reports whether it went to the end.
func walk(n *node, from, to []byte, reverse bool, fn func(*node) bool) bool {
	if n == nil {
		return true
	}
	low := from == nil || bytes.Compare(from, n.key) <= 0
	high := to == nil || bytes.Compare(n.key, to) < 0
	first, second := n.left, n.right
	inFirst, inSecond := low, high
	if reverse {
		first, second, inFirst, inSecond = second, first, inSecond, inFirst
	}
	if inFirst && !walk(first, from, to, reverse, fn) {
		return false
	}
	if low && high && !fn(n) {
		return false
	}
	return !inSecond || walk(second, from, to, reverse, fn)
}
