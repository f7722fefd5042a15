package mls

import (
	"fmt"
	"slices"
	"time"
)

// checkTree applies what a client that joins must check in a tree (RFC 9420,
// section 12.4.3.1), the tree hash and the credentials apart. The cost is one
// signature verification per member.
func (t *ratchetTree) checkTree(groupID []byte, ext Extensions, now time.Time, par Parallel) error {
	if err := t.checkParentKeys(par); err != nil {
		return err
	}
	if err := t.checkUnmerged(); err != nil {
		return err
	}
	if err := t.checkParentHashes(); err != nil {
		return err
	}
	keys := newKeySets(t)
	if err := keys.checkUnique(); err != nil {
		return err
	}
	if err := t.checkCredentialTypes(nil); err != nil {
		return err
	}
	var list []LeafIndex
	for l := range t.members {
		list = append(list, l)
	}
	return par.runErr(len(list), func(i int) error {
		return t.leaf(list[i]).checkAlone(t.suite, groupID, list[i], ext, now, nil)
	})
}

// checkParentKeys verifies that the parents' keys are well-formed; those of the
// leaves are checked with the leaves.
func (t *ratchetTree) checkParentKeys(par Parallel) error {
	return par.runErr(len(t.nodes)/2, func(i int) error {
		p := t.nodes[2*i+1].parent
		if p == nil {
			return nil
		}
		if err := t.suite.CheckHPKEKey(p.encryptionKey); err != nil {
			return fmt.Errorf("%w: parent node: %w", ErrInvalidTree, err)
		}
		return nil
	})
}

// checkUnmerged verifies the lists of unmerged leaves.
func (t *ratchetTree) checkUnmerged() error {
	for x := nodeIndex(1); int(x) < len(t.nodes); x += 2 {
		p := t.nodes[x].parent
		if p == nil {
			continue
		}
		if len(within(p.unmerged, x)) != len(p.unmerged) {
			return fmt.Errorf("%w: unmerged leaf elsewhere", ErrInvalidTree)
		}
		for _, l := range p.unmerged {
			if t.leaf(l) == nil {
				return fmt.Errorf("%w: blank unmerged leaf", ErrInvalidTree)
			}
			for y := l.node().parent(); y != x; y = y.parent() {
				if q := t.nodes[y].parent; q != nil {
					if _, found := slices.BinarySearch(q.unmerged, l); !found {
						return fmt.Errorf("%w: leaf unmerged above only", ErrInvalidTree)
					}
				}
			}
		}
	}
	return nil
}

// checkCredentialTypes verifies that each member's credential type is supported
// by all. With changed set it assumes that the unchanged leaves fit each other,
// and still costs one pass over the tree.
func (t *ratchetTree) checkCredentialTypes(changed map[LeafIndex]bool) error {
	inUse := map[CredentialType]bool{}
	fresh := map[CredentialType]bool{}
	for l, leaf := range t.members {
		inUse[leaf.Credential.Type] = true
		if changed == nil || changed[l] {
			fresh[leaf.Credential.Type] = true
		}
	}
	for l, leaf := range t.members {
		need := fresh
		if changed[l] {
			need = inUse
		}
		for c := range need {
			if !leaf.Capabilities.SupportsCredential(c) {
				return fmt.Errorf("%w: credential type in use", ErrUnsupported)
			}
		}
	}
	return nil
}

// keySets counts the keys of a tree that must be unique.
type keySets struct {
	encryption map[string]int
	signature  map[string]int
}

func newKeySets(t *ratchetTree) keySets {
	k := keySets{make(map[string]int, len(t.nodes)), make(map[string]int, len(t.nodes)/2+1)}
	for _, n := range t.nodes {
		if n.blank() {
			continue
		}
		k.encryption[string(n.encryptionKey())]++
		if n.leaf != nil {
			k.signature[string(n.leaf.SignatureKey)]++
		}
	}
	return k
}

func (k keySets) checkUnique() error {
	for _, set := range []map[string]int{k.encryption, k.signature} {
		for _, n := range set {
			if n > 1 {
				return ErrDuplicateKey
			}
		}
	}
	return nil
}
