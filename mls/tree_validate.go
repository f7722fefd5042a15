package mls

import (
	"fmt"
	"slices"
	"time"
)

// checkTree applies what a client that joins must check in a tree (RFC 9420,
// section 12.4.3.1), the tree hash and the credentials apart. The cost is one
// signature verification for each member that is not in verified.
func (t *ratchetTree) checkTree(groupID []byte, ext Extensions, now time.Time, par Parallel, verified leafSet) error {
	if err := t.checkParentKeys(par); err != nil {
		return err
	}
	if err := t.checkUnmerged(); err != nil {
		return err
	}
	if err := t.checkParentHashes(par); err != nil {
		return err
	}
	if err := t.count().checkUnique(); err != nil {
		return err
	}
	if err := t.checkCredentialTypes(t.census.credentials); err != nil {
		return err
	}
	type member struct {
		l    LeafIndex
		leaf *LeafNode
	}
	list := make([]member, 0, t.top.members)
	for l, leaf := range t.members {
		list = append(list, member{l, leaf})
	}
	return par.runErr(len(list), func(i int) error {
		var later Later
		if verified.has(list[i].l) {
			later = verifiedBefore
		}
		return list[i].leaf.checkAlone(t.suite, groupID, list[i].l, ext, now, later)
	})
}

// checkParentKeys verifies that the parents' keys are well-formed; those of the
// leaves are checked with the leaves.
func (t *ratchetTree) checkParentKeys(par Parallel) error {
	var list []*parentNode
	t.top.walkFilled(t.root(), func(_ nodeIndex, s *subtree) bool {
		if s.parent != nil {
			list = append(list, s.parent)
		}
		return true
	})
	return par.runChunks(len(list), func(i int) error {
		if err := t.suite.CheckHPKEKey(list[i].encryptionKey); err != nil {
			return fmt.Errorf("%w: parent node: %w", ErrInvalidTree, err)
		}
		return nil
	})
}

// checkUnmerged verifies the lists of unmerged leaves.
func (t *ratchetTree) checkUnmerged() error { return checkUnmerged(t.top, t.root(), nil) }

// checkUnmerged verifies the lists under x. above is what the next parent above
// that is not blank lists under x: each parent in between must list it too, and
// so it need not be held against those further up.
func checkUnmerged(s *subtree, x nodeIndex, above []LeafIndex) error {
	if s.filled == 0 && len(above) == 0 {
		return nil
	}
	if x.isLeaf() {
		if s.leaf == nil {
			return fmt.Errorf("%w: blank unmerged leaf", ErrInvalidTree)
		}
		return nil
	}
	if p := s.parent; p != nil {
		if len(within(p.unmerged, x)) != len(p.unmerged) {
			return fmt.Errorf("%w: unmerged leaf elsewhere", ErrInvalidTree)
		}
		for _, l := range above {
			if _, found := slices.BinarySearch(p.unmerged, l); !found {
				return fmt.Errorf("%w: leaf unmerged above only", ErrInvalidTree)
			}
		}
		above = p.unmerged
	}
	left, right := s.children()
	if err := checkUnmerged(left, x.left(), within(above, x.left())); err != nil {
		return err
	}
	return checkUnmerged(right, x.right(), within(above, x.right()))
}

// checkCredentialTypes verifies that all members support these types.
func (t *ratchetTree) checkCredentialTypes(types map[CredentialType]int) error {
	for _, leaf := range t.members {
		if !leaf.Capabilities.supportCredentials(types) {
			return fmt.Errorf("%w: credential type in use", ErrUnsupported)
		}
	}
	return nil
}

func (c Capabilities) supportCredentials(types map[CredentialType]int) bool {
	for t := range types {
		if !c.SupportsCredential(t) {
			return false
		}
	}
	return true
}
