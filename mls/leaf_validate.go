package mls

import (
	"fmt"
	"time"
)

// LeafContext is what a [Validator] is told about a leaf node.
type LeafContext struct {
	Suite   CipherSuite
	GroupID []byte
	Index   LeafIndex
	Leaf    *LeafNode
	// Replaces is the leaf that this one follows: at the same place for an
	// update or a commit, the removed one for an external commit with a
	// Remove. Nil for a new member. The new credential must be an acceptable
	// successor of the old one (RFC 9420, section 5.3.1).
	Replaces *LeafNode
	// Joining is set while the whole tree is judged by a client that joins,
	// or by a PublicGroup that begins.
	Joining bool
}

// Validator judges whether a leaf's credential is authentic and acceptable. It
// is called for every leaf that is new to the caller; the leaf's signature has
// been verified. A nil Validator accepts all.
type Validator func(LeafContext) error

func (v Validator) judge(c LeafContext) error {
	if v == nil {
		return nil
	}
	if err := v(c); err != nil {
		return fmt.Errorf("%w: leaf %d: %w", ErrCredential, c.Index, err)
	}
	return nil
}

// checkAlone applies the rules of RFC 9420, section 7.3 that need the leaf, the
// suite and the group's extensions only. The signature is verified too.
func (l *LeafNode) checkAlone(suite CipherSuite, groupID []byte, index LeafIndex, ext Extensions, now time.Time, later Later) error {
	if err := suite.CheckHPKEKey(l.EncryptionKey); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidLeaf, err)
	}
	if err := suite.CheckSignatureKey(l.SignatureKey); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidLeaf, err)
	}
	if err := later.check(func() error { return l.Verify(suite, groupID, index) }); err != nil {
		return err
	}
	caps := l.Capabilities
	if !caps.SupportsCredential(l.Credential.Type) {
		return fmt.Errorf("%w: credential type not in capabilities", ErrInvalidLeaf)
	}
	if !l.Extensions.supportedBy(caps) {
		return fmt.Errorf("%w: extension not in capabilities", ErrInvalidLeaf)
	}
	if l.Source == LeafFromKeyPackage && !l.Lifetime.contains(now) {
		return ErrLifetime
	}
	return l.checkContext(ext)
}

// checkContext holds the capabilities against the group's extensions.
func (l *LeafNode) checkContext(ext Extensions) error {
	if !ext.supportedBy(l.Capabilities) {
		return fmt.Errorf("%w: group context extension", ErrUnsupported)
	}
	req, err := ext.requirements()
	if err != nil {
		return err
	}
	if !req.metBy(l.Capabilities) {
		return fmt.Errorf("%w: required capabilities", ErrUnsupported)
	}
	return nil
}
