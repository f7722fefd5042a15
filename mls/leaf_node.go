package mls

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// LeafNodeSource says how a leaf came to be (RFC 9420, section 7.2).
type LeafNodeSource uint8

// The sources of a leaf node.
const (
	LeafFromKeyPackage LeafNodeSource = 1
	LeafFromUpdate     LeafNodeSource = 2
	LeafFromCommit     LeafNodeSource = 3
)

// Lifetime is the time, in seconds since the Unix epoch, in which a leaf from a
// key package may be used.
type Lifetime struct {
	NotBefore uint64
	NotAfter  uint64
}

// contains reports whether now lies in the lifetime; the zero time always does.
func (l Lifetime) contains(now time.Time) bool {
	if now.IsZero() {
		return true
	}
	s := now.Unix()
	return s >= 0 && uint64(s) >= l.NotBefore && uint64(s) <= l.NotAfter
}

// LeafNode is one client in a group (RFC 9420, section 7.2). It must not be
// changed once it is part of a tree or a key package.
type LeafNode struct {
	EncryptionKey HPKEPublicKey
	SignatureKey  SignaturePublicKey
	Credential    Credential
	Capabilities  Capabilities
	Source        LeafNodeSource
	Lifetime      Lifetime // Source LeafFromKeyPackage only
	ParentHash    []byte   // Source LeafFromCommit only
	Extensions    Extensions
	Signature     []byte
}

func (l *LeafNode) appendUnsigned(b []byte) []byte {
	b = syntax.AppendOpaque(b, l.EncryptionKey)
	b = syntax.AppendOpaque(b, l.SignatureKey)
	b = l.Credential.Append(b)
	b = l.Capabilities.Append(b)
	b = syntax.AppendUint8(b, uint8(l.Source))
	switch l.Source {
	case LeafFromKeyPackage:
		b = syntax.AppendUint64(b, l.Lifetime.NotBefore)
		b = syntax.AppendUint64(b, l.Lifetime.NotAfter)
	case LeafFromCommit:
		b = syntax.AppendOpaque(b, l.ParentHash)
	}
	return l.Extensions.Append(b)
}

// Append appends the encoding of l to b.
func (l *LeafNode) Append(b []byte) []byte {
	if l == nil {
		l = &LeafNode{}
	}
	return syntax.AppendOpaque(l.appendUnsigned(b), l.Signature)
}

// Equal reports whether two leaves have the same encoding.
func (l *LeafNode) Equal(o *LeafNode) bool {
	return bytes.Equal(l.Append(nil), o.Append(nil))
}

func readLeafNode(r *syntax.Reader) *LeafNode {
	if r.Counting() {
		var l LeafNode
		l.read(r)
		return nil
	}
	l := syntax.New[LeafNode](r)
	l.read(r)
	return l
}

func (l *LeafNode) read(r *syntax.Reader) {
	*l = LeafNode{
		EncryptionKey: r.Opaque(),
		SignatureKey:  r.Opaque(),
		Credential:    readCredential(r),
		Capabilities:  readCapabilities(r),
		Source:        LeafNodeSource(r.Uint8()),
	}
	switch l.Source {
	case LeafFromKeyPackage:
		l.Lifetime = Lifetime{NotBefore: r.Uint64(), NotAfter: r.Uint64()}
	case LeafFromUpdate:
	case LeafFromCommit:
		l.ParentHash = r.Opaque()
	default:
		r.Fail(fmt.Errorf("%w: leaf node source", ErrMalformed))
	}
	l.Extensions = readExtensions(r)
	l.Signature = r.Opaque()
}

// ParseLeafNode reads a LeafNode.
func ParseLeafNode(data []byte) (*LeafNode, error) {
	r := syntax.NewReader(bytes.Clone(data))
	l := readLeafNode(r)
	if err := r.Done(); err != nil {
		return nil, malformed("leaf node", err)
	}
	return l, nil
}

const labelLeafNode = "LeafNodeTBS"

// tbs is LeafNodeTBS; group and index count for sources other than a key package.
func (l *LeafNode) tbs(groupID []byte, index LeafIndex) []byte {
	b := l.appendUnsigned(make([]byte, 0, 512))
	if l.Source != LeafFromKeyPackage {
		b = syntax.AppendOpaque(b, groupID)
		b = syntax.AppendUint32(b, uint32(index))
	}
	return b
}

func (l *LeafNode) sign(rand io.Reader, suite CipherSuite, key SignaturePrivateKey, groupID []byte, index LeafIndex) error {
	sig, err := suite.SignWithLabel(rand, key, labelLeafNode, l.tbs(groupID, index))
	l.Signature = sig
	return err
}

// Verify checks the leaf's signature. For a leaf from a key package groupID and
// index are not used.
func (l *LeafNode) Verify(suite CipherSuite, groupID []byte, index LeafIndex) error {
	if !suite.VerifyWithLabel(l.SignatureKey, labelLeafNode, l.tbs(groupID, index), l.Signature) {
		return fmt.Errorf("%w: leaf node", ErrBadSignature)
	}
	return nil
}

// LeafParams is what a client puts into its own leaf nodes.
type LeafParams struct {
	// SignatureKey signs for this client in the group. Groups should not
	// share signature keys unless the application wants them linked.
	SignatureKey SignaturePrivateKey
	Credential   Credential
	// Capabilities of the client; the zero value means DefaultCapabilities and
	// the types of the extensions used in the leaf and its key package.
	Capabilities Capabilities
	Extensions   Extensions
	// Grease adds reserved values to the capabilities and extensions of the
	// leaf, and of its key package (RFC 9420, section 13.5). A leaf that
	// replaces an own one keeps the ones that are there.
	Grease bool
}

// newLeaf begins a leaf node; source, lifetime, hash and signature come later.
func (p LeafParams) newLeaf(suite CipherSuite, encryptionKey HPKEPublicKey) (*LeafNode, error) {
	if p.SignatureKey.IsZero() || p.SignatureKey.k.scheme != suite.params().scheme {
		return nil, fmt.Errorf("%w: leaf signature key", ErrBadKey)
	}
	if err := p.Extensions.check(); err != nil {
		return nil, err
	}
	l := &LeafNode{
		EncryptionKey: encryptionKey,
		SignatureKey:  p.SignatureKey.Public(),
		Credential:    p.Credential,
		Capabilities:  p.Capabilities,
		Extensions:    p.Extensions,
	}
	if l.Capabilities.isZero() {
		l.Capabilities = DefaultCapabilities().with(p.Extensions)
	}
	if l.Credential.Type != CredentialBasic && l.Credential.Type != CredentialX509 {
		return nil, fmt.Errorf("%w: credential type", ErrUnsupported)
	}
	return l, nil
}
