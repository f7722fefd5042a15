package mls

import (
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// GroupInfo describes an epoch to those who want to join (RFC 9420, section
// 12.4.3). Its signature counts only once the signer's leaf is known, see
// NewPublicGroup and JoinExternal.
type GroupInfo struct {
	Context         GroupContext
	Extensions      Extensions
	ConfirmationTag []byte
	Signer          LeafIndex
	Signature       []byte
}

const labelGroupInfo = "GroupInfoTBS"

func (g *GroupInfo) appendUnsigned(b []byte) []byte {
	b = g.Context.Append(b)
	b = g.Extensions.Append(b)
	b = syntax.AppendOpaque(b, g.ConfirmationTag)
	return syntax.AppendUint32(b, uint32(g.Signer))
}

func (g *GroupInfo) append(b []byte) []byte {
	return syntax.AppendOpaque(g.appendUnsigned(b), g.Signature)
}

func readGroupInfo(r *syntax.Reader) *GroupInfo {
	return &GroupInfo{
		Context:         readGroupContext(r),
		Extensions:      readExtensions(r),
		ConfirmationTag: r.Opaque(),
		Signer:          LeafIndex(r.Uint32()),
		Signature:       r.Opaque(),
	}
}

// ParseGroupInfo reads an MLSMessage that holds a GroupInfo. Its signature is
// not verified.
func ParseGroupInfo(msg []byte) (*GroupInfo, error) {
	m, err := ParseMessage(msg)
	if err != nil {
		return nil, err
	}
	if m.GroupInfo == nil {
		return nil, fmt.Errorf("%w: not a group info", ErrWrongContent)
	}
	return m.GroupInfo, nil
}

func (g *GroupInfo) verify(t *ratchetTree) error {
	leaf := t.leaf(g.Signer)
	if leaf == nil {
		return fmt.Errorf("%w: signer of the group info", ErrUnknownLeaf)
	}
	if !t.suite.VerifyWithLabel(leaf.SignatureKey, labelGroupInfo, g.appendUnsigned(nil), g.Signature) {
		return fmt.Errorf("%w: group info", ErrBadSignature)
	}
	return nil
}

// tree returns the ratchet tree of the extension or else the one beside, held
// against the tree hash.
func (g *GroupInfo) tree(beside besideTree, par Parallel) (*ratchetTree, verified, error) {
	if data, ok := g.Extensions.Get(ExtensionRatchetTree); ok {
		t, err := parseTree(g.Context.CipherSuite, data)
		beside = besideTree{tree: t, err: err}
	}
	if beside.err != nil {
		return nil, verified{}, beside.err
	}
	if string(beside.tree.hashAll(par)) != string(g.Context.TreeHash) {
		return nil, verified{}, ErrTreeHash
	}
	return beside.tree, beside.verified, nil
}

// externalPub returns the content of the external_pub extension.
func (g *GroupInfo) externalPub() (HPKEPublicKey, error) {
	data, ok := g.Extensions.Get(ExtensionExternalPub)
	if !ok {
		return nil, ErrNoExternalPub
	}
	r := syntax.NewReader(data)
	pub := HPKEPublicKey(r.Opaque())
	return pub, malformed("external_pub", r.Done())
}

// GroupInfoOptions says what goes into a GroupInfo besides the GroupContext.
type GroupInfoOptions struct {
	// ExternalPub lets others join by external commit.
	ExternalPub bool
	// Tree includes the ratchet tree.
	Tree bool
	// Extensions are added as they are.
	Extensions Extensions
}

// GroupInfo returns a signed GroupInfo of this epoch as an MLSMessage.
func (g *Group) GroupInfo(rand io.Reader, o GroupInfoOptions) ([]byte, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	info, err := g.groupInfo(rand, o)
	if err != nil {
		return nil, err
	}
	return info.append(appendMessageHead(nil, WireGroupInfo)), nil
}

func (g *Group) groupInfo(rand io.Reader, o GroupInfoOptions) (*GroupInfo, error) {
	info := &GroupInfo{
		Context:         g.context,
		Extensions:      o.Extensions,
		ConfirmationTag: g.confirmationTag,
		Signer:          g.own,
	}
	if o.ExternalPub {
		pub, err := g.ExternalPub()
		if err != nil {
			return nil, err
		}
		info.Extensions = info.Extensions.With(ExtensionExternalPub, syntax.AppendOpaque(nil, pub))
	}
	if o.Tree {
		info.Extensions = info.Extensions.With(ExtensionRatchetTree, g.tree.append(nil))
	}
	if err := info.Extensions.check(); err != nil {
		return nil, err
	}
	var err error
	info.Signature, err = g.Suite().SignWithLabel(rand, g.key, labelGroupInfo, info.appendUnsigned(nil))
	return info, err
}
