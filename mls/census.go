package mls

import "maps"

// census is what the rules of RFC 9420, section 7.3 must know of a whole tree.
// It is carried on from epoch to epoch with what a commit changes.
type census struct {
	encryption  keySet // of leaves and parents
	signature   keySet
	credentials map[CredentialType]int // members with a credential of this type
}

// clone returns a census that may be changed.
func (c *census) clone() *census {
	return &census{c.encryption, c.signature, maps.Clone(c.credentials)}
}

// takeCensus counts a tree.
func takeCensus(t *ratchetTree) *census {
	c := &census{credentials: map[CredentialType]int{}}
	t.top.walkFilled(t.root(), func(_ nodeIndex, s *subtree) bool {
		c.count(s.treeNode, 1, true)
		return true
	})
	return c
}

// count counts a node in (1) or out (-1). mine is as in keySet.count.
func (c *census) count(n treeNode, delta int, mine bool) {
	if n.blank() {
		return
	}
	c.encryption = c.encryption.count(n.encryptionKey(), delta, mine)
	if n.leaf == nil {
		return
	}
	c.signature = c.signature.count(n.leaf.SignatureKey, delta, mine)
	t := n.leaf.Credential.Type
	if c.credentials[t] += delta; c.credentials[t] == 0 {
		delete(c.credentials, t)
	}
}

// checkUnique verifies that no key appears twice.
func (c *census) checkUnique() error {
	if c.encryption.twice > 0 || c.signature.twice > 0 {
		return ErrDuplicateKey
	}
	return nil
}
