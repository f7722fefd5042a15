package account

import (
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// labelLeaf marks a device's signature over the key of one of its MLS leaves.
const labelLeaf = "MLS leaf"

// LeafIdentity is the identity in the basic credential of an MLS leaf (RFC
// 9420, section 5.3): the account, its device, and the device's signature over
// the leaf's own signature key.
type LeafIdentity struct {
	Account   ID
	Device    KeyholderID
	Signature []byte // 64 bytes
}

// CertifyLeaf returns the identity of a leaf of device s with that signature
// public key, as the leaf's MLS cipher suite encodes it.
func (s *KeyholderSecret) CertifyLeaf(id ID, leafKey []byte) LeafIdentity {
	l := LeafIdentity{Account: id, Device: s.id}
	l.Signature = s.Sign(labelLeaf, l.content(leafKey))
	return l
}

func (l LeafIdentity) content(leafKey []byte) []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	b = append(b, l.Account[:]...)
	b = append(b, l.Device[:]...)
	return syntax.AppendOpaque(b, leafKey)
}

// Marshal returns the encoding that stands in the credential.
func (l LeafIdentity) Marshal() []byte {
	b := syntax.AppendUint16(nil, formatVersion)
	b = append(b, l.Account[:]...)
	b = append(b, l.Device[:]...)
	return syntax.AppendOpaque(b, l.Signature)
}

// ParseLeafIdentity decodes what Marshal returned.
func ParseLeafIdentity(data []byte) (LeafIdentity, error) {
	r := syntax.NewReader(data)
	if v := r.Uint16(); r.Err() == nil && v != formatVersion {
		return LeafIdentity{}, ErrVersion
	}
	var l LeafIdentity
	r.Copy(l.Account[:])
	r.Copy(l.Device[:])
	l.Signature = readSignature(r, true)
	if err := r.Done(); err != nil {
		return LeafIdentity{}, fmt.Errorf("%w: leaf identity: %w", ErrMalformed, err)
	}
	return l, nil
}

// VerifyLeaf checks that l is the identity of a leaf with that signature key,
// of one who was a device of the account at the head. The errors: ErrFork, if
// the chain lacks the head; ErrNotActive, if the device was not one there;
// ErrLeafIdentity, if the identity is another account's or the signature wrong.
func (c *Chain) VerifyLeaf(at Head, l LeafIdentity, leafKey []byte) error {
	if !c.Has(at) {
		return ErrFork
	}
	if l.Account != c.id {
		return ErrLeafIdentity
	}
	k := c.find(l.Device)
	if k == nil || !k.activeAt(at.Seq) || k.Kind != KindDevice {
		return ErrNotActive
	}
	if k.SignatureKey.Verify(labelLeaf, l.content(leafKey), l.Signature) != nil {
		return ErrLeafIdentity
	}
	return nil
}
