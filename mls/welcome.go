package mls

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// Welcome brings new members into a group (RFC 9420, section 12.4.3.1).
type Welcome struct {
	CipherSuite        CipherSuite
	Secrets            []EncryptedGroupSecrets
	EncryptedGroupInfo []byte
}

// EncryptedGroupSecrets are the secrets for one new member.
type EncryptedGroupSecrets struct {
	NewMember []byte // KeyPackageRef
	Secrets   HPKECiphertext
}

const labelWelcome = "Welcome"

func (w *Welcome) append(b []byte) []byte {
	if len(w.Secrets) > 0 {
		s := w.Secrets[0]
		one := len(s.NewMember) + len(s.Secrets.KEMOutput) + len(s.Secrets.Ciphertext) + 12
		b = slices.Grow(b, len(w.Secrets)*one+len(w.EncryptedGroupInfo)+16)
	}
	b = syntax.AppendUint16(b, uint16(w.CipherSuite))
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, s := range w.Secrets {
			b = s.Secrets.Append(syntax.AppendOpaque(b, s.NewMember))
		}
		return b
	})
	return syntax.AppendOpaque(b, w.EncryptedGroupInfo)
}

func readWelcome(r *syntax.Reader) *Welcome {
	w := &Welcome{CipherSuite: CipherSuite(r.Uint16())}
	w.Secrets = syntax.List(r, func(r *syntax.Reader) EncryptedGroupSecrets {
		return EncryptedGroupSecrets{NewMember: r.Opaque(), Secrets: readHPKECiphertext(r)}
	})
	w.EncryptedGroupInfo = r.Opaque()
	return w
}

// groupSecrets is GroupSecrets.
type groupSecrets struct {
	joiner Secret
	path   Secret // nil: absent
	psks   []PreSharedKeyID
}

func (g *groupSecrets) append(b []byte) []byte {
	b = syntax.AppendOpaque(b, g.joiner)
	b = syntax.AppendBool(b, g.path != nil)
	if g.path != nil {
		b = syntax.AppendOpaque(b, g.path)
	}
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, id := range g.psks {
			b = id.Append(b)
		}
		return b
	})
}

func parseGroupSecrets(data []byte) (*groupSecrets, error) {
	r := syntax.NewReader(data)
	g := &groupSecrets{joiner: r.Opaque()}
	if r.Bool() {
		g.path = r.Opaque()
	}
	g.psks = syntax.List(r, readPSKID)
	return g, malformed("group secrets", r.Done())
}

// JoinOptions is what JoinWelcome needs beside the Welcome.
type JoinOptions struct {
	// Tree is the content of a ratchet_tree extension, if the Welcome has none.
	Tree []byte
	// PSK finds pre-shared keys. It may be called from one of Parallel's goroutines,
	// once and while the caller waits.
	PSK PSKSource
	// Founding judges a Welcome that links the new group to an old one, by a
	// resumption PSK for reinitialisation or branching: the application holds
	// the new group against the old (RFC 9420, sections 11.2 and 11.3). Nil
	// refuses such a Welcome.
	Founding func(PreSharedKeyID, *Group) error
	// GroupInfo is shown the verified GroupInfo, for the extensions that only
	// the application knows; its error refuses to join. Nil accepts all.
	GroupInfo func(*GroupInfo) error
	Validate  Validator
	Policy    *Policy
	Now       time.Time
	Parallel  Parallel
	// KeepHistory is as in GroupParams.
	KeepHistory bool
}

// WelcomeRefs returns the KeyPackageRefs that a Welcome is for, so that a client
// can find the bundle to join with.
func WelcomeRefs(msg []byte) ([][]byte, error) {
	m, err := ParseMessage(msg)
	if err != nil {
		return nil, err
	}
	if m.Welcome == nil {
		return nil, fmt.Errorf("%w: not a welcome", ErrWrongContent)
	}
	refs := make([][]byte, len(m.Welcome.Secrets))
	for i, s := range m.Welcome.Secrets {
		refs[i] = s.NewMember
	}
	return refs, nil
}

// JoinWelcome joins a group that this client's key package was added to (RFC
// 9420, section 12.4.3.1). That the group is not one the client is in already is
// for the application to check.
func JoinWelcome(msg []byte, kp *KeyPackageBundle, o JoinOptions) (*Group, error) {
	if err := kp.ready(); err != nil {
		return nil, err
	}
	m, err := ParseMessage(msg)
	if err != nil {
		return nil, err
	}
	w := m.Welcome
	if w == nil {
		return nil, fmt.Errorf("%w: not a welcome", ErrWrongContent)
	}
	if err := w.CipherSuite.check(); err != nil {
		return nil, err
	}
	sealed, err := w.find(kp)
	if err != nil {
		return nil, err
	}
	beside := readBeside(w.CipherSuite, o.Tree)
	var in *unwrapped
	beside.verifyWhile(o.Parallel, func() *GroupInfo {
		if in, err = w.unwrap(kp, sealed, o.PSK); err != nil {
			return nil
		}
		return in.info
	})
	if err != nil {
		return nil, err
	}
	info := in.info
	g, err := join(info, beside, kp, o)
	if err != nil {
		return nil, err
	}
	if err := g.adoptPath(info.Signer, in.path, o.Parallel); err != nil {
		return nil, err
	}
	g.secrets = newEpochSecrets(g.Suite(), in.member, g.contextBytes)
	if !g.Suite().VerifyMAC(g.secrets.confirmation, info.Context.ConfirmedTranscriptHash, info.ConfirmationTag) {
		return nil, ErrBadConfirmationTag
	}
	g.startRatchets()
	if o.GroupInfo != nil {
		if err := o.GroupInfo(info); err != nil {
			return nil, err
		}
	}
	if in.founding != nil {
		if o.Founding == nil || info.Context.Epoch != 1 {
			return nil, fmt.Errorf("%w: resumption PSK for a new group", ErrInvalidProposal)
		}
		if err := o.Founding(*in.founding, g); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// find returns the encrypted secrets for one key package.
func (w *Welcome) find(kp *KeyPackageBundle) (HPKECiphertext, error) {
	if kp.KeyPackage.CipherSuite != w.CipherSuite {
		return HPKECiphertext{}, ErrNotForUs
	}
	ref := kp.KeyPackage.Ref()
	for _, s := range w.Secrets {
		if bytes.Equal(s.NewMember, ref) {
			return s.Secrets, nil
		}
	}
	return HPKECiphertext{}, ErrNotForUs
}

// unwrapped is what a Welcome holds for one new member.
type unwrapped struct {
	path     Secret          // nil: none
	founding *PreSharedKeyID // the link to an old group; nil: none
	member   Secret
	info     *GroupInfo // not verified
}

// unwrap opens the secrets for one key package, and with them the GroupInfo.
func (w *Welcome) unwrap(kp *KeyPackageBundle, sealed HPKECiphertext, source PSKSource) (*unwrapped, error) {
	secrets, err := w.open(kp, sealed)
	if err != nil {
		return nil, err
	}
	founding, err := secrets.checkPSKs()
	if err != nil {
		return nil, err
	}
	psks, err := source.find(secrets.psks)
	if err != nil {
		return nil, err
	}
	psk, err := pskSecret(w.CipherSuite, psks)
	if err != nil {
		return nil, err
	}
	member := memberSecret(w.CipherSuite, secrets.joiner, psk)
	info, err := w.openInfo(member)
	if err != nil {
		return nil, err
	}
	return &unwrapped{path: secrets.path, founding: founding, member: member, info: info}, nil
}

// open decrypts the secrets for one key package.
func (w *Welcome) open(kp *KeyPackageBundle, c HPKECiphertext) (*groupSecrets, error) {
	data, err := w.CipherSuite.DecryptWithLabel(kp.InitKey, labelWelcome, w.EncryptedGroupInfo, c)
	if err != nil {
		return nil, err
	}
	return parseGroupSecrets(data)
}

// checkPSKs returns the identifier that links the group to an old one, if any.
func (g *groupSecrets) checkPSKs() (founding *PreSharedKeyID, err error) {
	for i, id := range g.psks {
		if !id.founds() {
			continue
		}
		if founding != nil {
			return nil, fmt.Errorf("%w: several links to old groups", ErrProposalList)
		}
		founding = &g.psks[i]
	}
	return founding, nil
}

func (w *Welcome) openInfo(member Secret) (*GroupInfo, error) {
	key, nonce := welcomeKey(w.CipherSuite, member)
	data, err := (messageKey{key, nonce}).open(w.CipherSuite, w.EncryptedGroupInfo, nil)
	if err != nil {
		return nil, err
	}
	r := syntax.NewReader(data)
	info := readGroupInfo(r)
	if err := r.Done(); err != nil {
		return nil, malformed("group info", err)
	}
	if info.Context.CipherSuite != w.CipherSuite {
		return nil, fmt.Errorf("%w: group info of another suite", ErrUnsupportedSuite)
	}
	return info, nil
}

// join verifies a GroupInfo and its tree, and finds the own leaf.
func join(info *GroupInfo, beside besideTree, kp *KeyPackageBundle, o JoinOptions) (*Group, error) {
	state, err := info.verifyAll(beside, judging{validate: o.Validate, now: o.Now, parallel: o.Parallel, policy: o.Policy})
	if err != nil {
		return nil, err
	}
	mine := kp.KeyPackage.Leaf
	for l, leaf := range state.tree.members {
		if leaf.EncryptionKey.Equal(mine.EncryptionKey) && leaf.Equal(mine) {
			return &Group{
				publicState: *state, own: l, key: kp.SignatureKey, keepHistory: o.KeepHistory,
				private: map[nodeIndex]HPKEPrivateKey{l.node(): bytes.Clone(kp.EncryptionKey)},
			}, nil
		}
	}
	return nil, fmt.Errorf("%w: own leaf is not in the tree", ErrNotForUs)
}

// verifyAll checks a GroupInfo with its tree: tree hash, signature, tree, and
// the credentials of all members.
func (g *GroupInfo) verifyAll(beside besideTree, j judging) (*publicState, error) {
	if err := g.Context.Extensions.checkContext(); err != nil {
		return nil, err
	}
	if err := j.policy.checkSenders(g.Context.Extensions); err != nil {
		return nil, err
	}
	tree, verified, err := g.tree(beside, j.parallel)
	if err != nil {
		return nil, err
	}
	if !verified.info {
		if err := g.verify(tree); err != nil {
			return nil, err
		}
	}
	if err := tree.checkTree(g.Context.GroupID, g.Context.Extensions, j.now, j.parallel, verified.leaves); err != nil {
		return nil, err
	}
	for l, leaf := range tree.members {
		if err := j.policy.checkLifetime(leaf); err != nil {
			return nil, err
		}
		c := LeafContext{Suite: g.Context.CipherSuite, GroupID: g.Context.GroupID, Index: l, Leaf: leaf, Joining: true}
		if err := j.validate.judge(c); err != nil {
			return nil, err
		}
	}
	state := newPublicState(g.Context, tree, g.ConfirmationTag)
	return &state, nil
}

// adoptPath derives the private keys above the own leaf from the path secret in
// a Welcome.
func (g *Group) adoptPath(signer LeafIndex, secret Secret, par Parallel) error {
	if secret == nil {
		return nil
	}
	at := commonAncestor(g.own, signer)
	var nodes []nodeIndex
	for _, x := range directPath(g.own.node(), g.tree.leaves()) {
		if x == at || x.contains(at) && g.tree.at(x).parent != nil {
			nodes = append(nodes, x)
		}
	}
	ps, err := derivePath(g.Suite(), secret, 0, len(nodes), par)
	if err != nil {
		return err
	}
	for i, x := range nodes {
		if g.tree.at(x).parent == nil || !g.tree.key(x).Equal(ps.public[i]) {
			return fmt.Errorf("%w: key does not match its secret", ErrInvalidPath)
		}
		g.private[x] = ps.private[i]
	}
	return nil
}
