package mls

import (
	"fmt"
	"io"
	"slices"
)

// Group is one epoch of a group as one member sees it. See the package comment
// for what changes in it and what does not. A Group must not be used by several
// goroutines at once.
type Group struct {
	publicState
	own         LeafIndex
	key         SignaturePrivateKey
	private     map[nodeIndex]HPKEPrivateKey // of the own leaf and nodes above it
	secrets     epochSecrets
	keys        *secretTree  // of others
	ratchets    *senderState // the own ones; nil: cannot seal
	keepHistory bool
}

// GroupParams says what group to create.
type GroupParams struct {
	Suite      CipherSuite
	GroupID    []byte
	Leaf       LeafParams
	Lifetime   Lifetime   // of the creator's first leaf; zero: no limit
	Extensions Extensions // of the GroupContext
	// KeepHistory keeps the secrets that HistorySecrets returns, in this epoch
	// and those that follow.
	KeepHistory bool
}

// NewGroup creates a group with one member (RFC 9420, section 11). The group is
// at epoch 0; others are added by Commit.
func NewGroup(rand io.Reader, p GroupParams) (*Group, error) {
	if err := p.Suite.check(); err != nil {
		return nil, err
	}
	if err := p.Extensions.checkContext(); err != nil {
		return nil, err
	}
	priv, pub, err := p.Suite.GenerateHPKEKey(rand)
	if err != nil {
		return nil, err
	}
	if p.Leaf, _, err = p.Leaf.greased(rand, nil); err != nil {
		return nil, err
	}
	leaf, err := p.Leaf.newLeaf(p.Suite, pub)
	if err != nil {
		return nil, err
	}
	leaf.Source, leaf.Lifetime = LeafFromKeyPackage, p.Lifetime
	if p.Lifetime == (Lifetime{}) {
		leaf.Lifetime.NotAfter = 1<<64 - 1
	}
	if err := leaf.sign(rand, p.Suite, p.Leaf.SignatureKey, nil, 0); err != nil {
		return nil, err
	}
	tree := newTree(p.Suite)
	tree.set(0, treeNode{leaf: leaf})
	if err := tree.checkTree(p.GroupID, p.Extensions, noTime, nil, nil); err != nil {
		return nil, err
	}
	epoch, err := p.Suite.random(rand)
	if err != nil {
		return nil, err
	}
	secrets := secretsFromEpoch(p.Suite, epoch)
	c := GroupContext{CipherSuite: p.Suite, GroupID: slices.Clone(p.GroupID), TreeHash: tree.rootHash(), Extensions: p.Extensions}
	g := &Group{
		publicState: newPublicState(c, tree, p.Suite.MAC(secrets.confirmation, nil)),
		key:         p.Leaf.SignatureKey,
		private:     map[nodeIndex]HPKEPrivateKey{0: priv},
		secrets:     secrets,
		keepHistory: p.KeepHistory,
	}
	g.startRatchets()
	return g, nil
}

// startRatchets begins the epoch's secret tree and takes the own ratchets out.
func (g *Group) startRatchets() {
	g.keys = newSecretTree(g.Suite(), g.tree.leaves(), g.secrets.encryption)
	if !g.keepHistory {
		g.secrets.encryption = nil
	}
	g.ratchets = &senderState{ratchets: *g.keys.leaf(g.own)}
	delete(g.keys.ratchets, g.own)
}

// OwnLeaf returns the member's own leaf index.
func (g *Group) OwnLeaf() LeafIndex { return g.own }

// SignatureKey returns the member's signature key in this epoch.
func (g *Group) SignatureKey() SignaturePrivateKey { return g.key }

// EpochAuthenticator returns the epoch authenticator (RFC 9420, section 8.7).
func (g *Group) EpochAuthenticator() []byte { return slices.Clone(g.secrets.authenticator) }

// ExternalPub returns the public key for external commits (RFC 9420, section 8).
func (g *Group) ExternalPub() (HPKEPublicKey, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	_, pub, err := g.Suite().DeriveHPKEKey(g.secrets.external)
	return pub, err
}

// Export derives a secret of length bytes for the application (RFC 9420, section
// 8.5). The length is at most 255 times HashSize.
func (g *Group) Export(label string, context []byte, length int) (Secret, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	if length < 0 || length > min(255*g.Suite().HashSize(), 1<<16-1) {
		return nil, fmt.Errorf("%w: exported length", ErrTooLarge)
	}
	return g.secrets.export(g.Suite(), label, context, length), nil
}

// ResumptionPSK returns this epoch's resumption PSK (RFC 9420, section 8.6), for
// an application that keeps it to link a later epoch or group to this one.
func (g *Group) ResumptionPSK() Secret { return slices.Clone(g.secrets.resumption) }

// ResumptionPSKID names ResumptionPSK for a usage; Commit adds the nonce.
func (g *Group) ResumptionPSKID(u ResumptionUsage) PreSharedKeyID {
	return PreSharedKeyID{Type: PSKResumption, Usage: u, Group: g.context.GroupID, Epoch: g.context.Epoch}
}

// ownPSK finds the current epoch's resumption PSK.
func (g *Group) ownPSK(id PreSharedKeyID) (Secret, bool) {
	if id.Type == PSKResumption && string(id.Group) == string(g.context.GroupID) && id.Epoch == g.context.Epoch {
		return g.secrets.resumption, true
	}
	return nil, false
}

// HistorySecrets are what an EpochReader needs besides public data.
type HistorySecrets struct {
	Encryption Secret // encryption_secret, KDF.Nh bytes
	SenderData Secret // sender_data_secret, KDF.Nh bytes
}

// HistorySecrets returns the secrets that open all messages of this epoch, or
// ErrNoHistory unless KeepHistory was on when the epoch began.
func (g *Group) HistorySecrets() (HistorySecrets, error) {
	if g.secrets.encryption == nil {
		return HistorySecrets{}, ErrNoHistory
	}
	return HistorySecrets{Encryption: slices.Clone(g.secrets.encryption), SenderData: slices.Clone(g.secrets.senderData)}, nil
}

// KeepHistory says whether the following epochs keep their history secrets.
// Turning it off erases this epoch's at once (what was opened before the group
// was last loaded is not known any more, and could be opened once again);
// turning it on counts from the next epoch, because this one's are gone.
func (g *Group) KeepHistory(on bool) {
	g.keepHistory = on
	if !on {
		if g.keys != nil {
			// A group that was loaded holds the root of the secret tree still.
			g.keys.leaf(g.own)
			delete(g.keys.ratchets, g.own)
			g.keys.touch(secretRow{ratchets: true, index: uint32(g.own)})
		}
		// Not overwritten: groups staged or loaded from this one may share it.
		g.secrets.encryption = nil
	}
}

// sender is this member as a sender.
func (g *Group) sender() Sender { return Sender{Type: SenderMember, Leaf: g.own} }

// signContent completes and signs content of this member.
func (g *Group) signContent(rand io.Reader, a *authenticatedContent, w WireFormat) error {
	if g.reInit != nil {
		return ErrReInit
	}
	if w == 0 {
		w = WirePublicMessage
	}
	if w != WirePublicMessage && w != WirePrivateMessage {
		return fmt.Errorf("%w: wire format", ErrWrongContent)
	}
	if len(a.content.Application) > maxPlaintext || len(a.content.AuthenticatedData) > maxPlaintext {
		return ErrTooLarge
	}
	a.wire = w
	a.content.GroupID, a.content.Epoch = g.context.GroupID, g.context.Epoch
	return a.sign(rand, g.Suite(), g.key, g.contextBytes)
}

// protect makes an MLSMessage of signed content.
func (g *Group) protect(rand io.Reader, a *authenticatedContent, padding func(int) int) ([]byte, error) {
	if a.wire == WirePublicMessage {
		m, err := protectPublic(g.Suite(), g.secrets.membership, a, g.contextBytes)
		if err != nil {
			return nil, err
		}
		return m.append(appendMessageHead(nil, WirePublicMessage)), nil
	}
	if g.ratchets == nil {
		return nil, ErrNoSender
	}
	generation, key, err := g.ratchets.ratchets[kindOf(a.content.ContentType)].next(g.Suite())
	if err != nil {
		return nil, err
	}
	m, err := protectPrivate(rand, g.Suite(), g.secrets.senderData, a, generation, key, padding)
	if err != nil {
		return nil, err
	}
	size := len(m.GroupID) + len(m.AuthenticatedData) + len(m.EncryptedSenderData) + len(m.Ciphertext) + 48
	return m.append(appendMessageHead(make([]byte, 0, size), WirePrivateMessage)), nil
}

// unprotect checks the frame of a handshake message and takes off its
// protection. The signature is left to the caller. Nothing is consumed: the key
// of a handshake message stays until the epoch ends, so that a message may be
// processed again after an interruption.
func (g *Group) unprotect(msg []byte) (*authenticatedContent, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	m, err := ParseMessage(msg)
	if err != nil {
		return nil, err
	}
	switch {
	case m.Public != nil:
		if err := g.checkFrame(m.Public.Content.GroupID, m.Public.Content.Epoch); err != nil {
			return nil, err
		}
		return unprotectPublic(g.Suite(), g.secrets.membership, m.Public, g.contextBytes)
	case m.Private != nil:
		if m.Private.ContentType == ContentApplication {
			return nil, fmt.Errorf("%w: application message", ErrWrongContent)
		}
		a, err := g.openPrivate(m.Private)
		return a.authenticatedContent, err
	}
	return nil, fmt.Errorf("%w: neither public nor private message", ErrWrongContent)
}

// opened is what a PrivateMessage held, and the ratchets that opened it.
type opened struct {
	*authenticatedContent
	senderData
	found *foundLeaf
}

// openPrivate decrypts a PrivateMessage; it changes nothing.
func (g *Group) openPrivate(m *PrivateMessage) (opened, error) {
	if err := g.checkFrame(m.GroupID, m.Epoch); err != nil {
		return opened{}, err
	}
	sd, err := m.openSenderData(g.Suite(), g.secrets.senderData)
	if err != nil {
		return opened{}, err
	}
	if sd.leaf == g.own {
		return opened{}, ErrOwnMessage
	}
	if g.tree.leaf(sd.leaf) == nil {
		return opened{}, ErrDecrypt
	}
	found := g.keys.look(sd.leaf)
	if found == nil {
		return opened{}, ErrGenerationUsed
	}
	key, err := found.ratchets[kindOf(m.ContentType)].peek(g.Suite(), sd.generation)
	if err != nil {
		return opened{}, err
	}
	a, err := m.openContent(g.Suite(), sd, key)
	return opened{a, sd, found}, err
}
