package mls

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// KeyPackage is what others need to add a client to a group (RFC 9420, section
// 10). It must not be changed after it was signed or parsed.
type KeyPackage struct {
	Version     ProtocolVersion
	CipherSuite CipherSuite
	InitKey     HPKEPublicKey
	Leaf        *LeafNode
	Extensions  Extensions
	Signature   []byte
}

const (
	labelKeyPackage = "KeyPackageTBS"
	refKeyPackage   = labelPrefix + "KeyPackage Reference"
)

func (k *KeyPackage) appendUnsigned(b []byte) []byte {
	b = syntax.AppendUint16(b, uint16(k.Version))
	b = syntax.AppendUint16(b, uint16(k.CipherSuite))
	b = syntax.AppendOpaque(b, k.InitKey)
	b = k.Leaf.Append(b)
	return k.Extensions.Append(b)
}

// Append appends the encoding of k to b, without the frame of an MLSMessage.
func (k *KeyPackage) Append(b []byte) []byte {
	return syntax.AppendOpaque(k.appendUnsigned(b), k.Signature)
}

// Message returns the key package as an MLSMessage, the form to publish.
func (k *KeyPackage) Message() []byte {
	return k.Append(appendMessageHead(nil, WireKeyPackage))
}

// Ref returns the KeyPackageRef (RFC 9420, section 5.2); nil if the suite is not
// supported.
func (k *KeyPackage) Ref() []byte {
	if !k.CipherSuite.Supported() {
		return nil
	}
	return k.CipherSuite.RefHash(refKeyPackage, k.Append(nil))
}

func readKeyPackage(r *syntax.Reader) *KeyPackage {
	x := KeyPackage{
		Version:     ProtocolVersion(r.Uint16()),
		CipherSuite: CipherSuite(r.Uint16()),
		InitKey:     r.Opaque(),
		Leaf:        readLeafNode(r),
		Extensions:  readExtensions(r),
		Signature:   r.Opaque(),
	}
	if r.Counting() {
		return nil
	}
	k := syntax.New[KeyPackage](r)
	*k = x
	return k
}

// ParseKeyPackage reads an MLSMessage that holds a key package of a supported
// suite. It does not validate it, see Validate.
func ParseKeyPackage(msg []byte) (*KeyPackage, error) {
	m, err := ParseMessage(msg)
	if err != nil {
		return nil, err
	}
	if m.KeyPackage == nil {
		return nil, fmt.Errorf("%w: not a key package", ErrWrongContent)
	}
	if err := m.KeyPackage.CipherSuite.check(); err != nil {
		return nil, err
	}
	return m.KeyPackage, nil
}

// Validate applies the rules of RFC 9420, section 10.1 that need no group: to
// be called when a key package is fetched. Commit and Process call it again.
// A zero now leaves the lifetime unchecked.
func (k *KeyPackage) Validate(now time.Time) error { return k.validate(now, nil) }

func (k *KeyPackage) validate(now time.Time, later Later) error {
	if k == nil || k.Leaf == nil {
		return fmt.Errorf("%w: incomplete", ErrInvalidKeyPackage)
	}
	if k.Version != MLS10 {
		return ErrUnsupportedVersion
	}
	if err := k.CipherSuite.check(); err != nil {
		return err
	}
	if err := k.CipherSuite.CheckHPKEKey(k.InitKey); err != nil {
		return fmt.Errorf("%w: init key: %w", ErrInvalidKeyPackage, err)
	}
	if k.InitKey.Equal(k.Leaf.EncryptionKey) {
		return fmt.Errorf("%w: init key is the encryption key", ErrInvalidKeyPackage)
	}
	if k.Leaf.Source != LeafFromKeyPackage {
		return fmt.Errorf("%w: leaf of another source", ErrInvalidKeyPackage)
	}
	err := later.check(func() error {
		if !k.CipherSuite.VerifyWithLabel(k.Leaf.SignatureKey, labelKeyPackage, k.appendUnsigned(nil), k.Signature) {
			return fmt.Errorf("%w: key package", ErrBadSignature)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if caps := k.Leaf.Capabilities; !slices.Contains(caps.Versions, MLS10) || !slices.Contains(caps.CipherSuites, k.CipherSuite) {
		return fmt.Errorf("%w: version or cipher suite not in capabilities", ErrInvalidKeyPackage)
	}
	if !k.Extensions.supportedBy(k.Leaf.Capabilities) {
		return fmt.Errorf("%w: extension not in capabilities", ErrInvalidKeyPackage)
	}
	return k.Leaf.checkAlone(k.CipherSuite, nil, 0, nil, now, later)
}

// KeyPackageParams says what key package to make.
type KeyPackageParams struct {
	Suite    CipherSuite
	Leaf     LeafParams
	Lifetime Lifetime // zero: no limit
	// Extensions of the key package itself, not of the leaf.
	Extensions Extensions
}

// KeyPackageBundle is a key package with its private keys. It is used for one
// JoinWelcome and then thrown away.
type KeyPackageBundle struct {
	KeyPackage    *KeyPackage
	InitKey       HPKEPrivateKey
	EncryptionKey HPKEPrivateKey
	SignatureKey  SignaturePrivateKey
}

// NewKeyPackage makes a key package and its private keys.
func NewKeyPackage(rand io.Reader, p KeyPackageParams) (*KeyPackageBundle, error) {
	initPriv, initPub, err := p.Suite.GenerateHPKEKey(rand)
	if err != nil {
		return nil, err
	}
	encPriv, encPub, err := p.Suite.GenerateHPKEKey(rand)
	if err != nil {
		return nil, err
	}
	if err := p.Extensions.check(); err != nil {
		return nil, err
	}
	if p.Leaf, p.Extensions, err = p.Leaf.greased(rand, p.Extensions); err != nil {
		return nil, err
	}
	if p.Leaf.Capabilities.isZero() {
		p.Leaf.Capabilities = DefaultCapabilities().with(p.Extensions).with(p.Leaf.Extensions)
	}
	leaf, err := p.Leaf.newLeaf(p.Suite, encPub)
	if err != nil {
		return nil, err
	}
	leaf.Source, leaf.Lifetime = LeafFromKeyPackage, p.Lifetime
	if p.Lifetime == (Lifetime{}) {
		leaf.Lifetime.NotAfter = 1<<64 - 1
	}
	key := p.Leaf.SignatureKey
	if err := leaf.sign(rand, p.Suite, key, nil, 0); err != nil {
		return nil, err
	}
	kp := &KeyPackage{Version: MLS10, CipherSuite: p.Suite, InitKey: initPub, Leaf: leaf, Extensions: p.Extensions}
	kp.Signature, err = p.Suite.SignWithLabel(rand, key, labelKeyPackage, kp.appendUnsigned(nil))
	if err != nil {
		return nil, err
	}
	return &KeyPackageBundle{KeyPackage: kp, InitKey: initPriv, EncryptionKey: encPriv, SignatureKey: key}, nil
}

// MarshalBinary encodes the bundle, private keys included.
func (b *KeyPackageBundle) MarshalBinary() ([]byte, error) {
	if err := b.ready(); err != nil {
		return nil, err
	}
	out := syntax.AppendString(nil, stateKeyPackage)
	out = b.KeyPackage.Append(out)
	out = syntax.AppendOpaque(out, b.InitKey)
	out = syntax.AppendOpaque(out, b.EncryptionKey)
	return syntax.AppendOpaque(out, b.SignatureKey.Bytes()), nil
}

// ParseKeyPackageBundle reads what MarshalBinary wrote.
func ParseKeyPackageBundle(data []byte) (*KeyPackageBundle, error) {
	r := syntax.NewReader(bytes.Clone(data))
	if r.String() != stateKeyPackage {
		r.Fail(ErrMalformed)
	}
	b := &KeyPackageBundle{KeyPackage: readKeyPackage(r), InitKey: r.Opaque(), EncryptionKey: r.Opaque()}
	raw := r.Opaque()
	if err := r.Done(); err != nil {
		return nil, malformed("key package bundle", err)
	}
	var err error
	b.SignatureKey, err = b.KeyPackage.CipherSuite.ParseSignatureKey(raw)
	return b, err
}
