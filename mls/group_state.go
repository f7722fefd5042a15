package mls

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// The first bytes of what MarshalBinary and MarshalSender write. A change of
// format changes the number.
const (
	stateGroup      = "mls group state 1"
	stateSender     = "mls sender state 1"
	statePublic     = "mls public group state 1"
	stateKeyPackage = "mls key package bundle 1"
)

// mapEntry is what an entry of a map is charged (syntax.Reader.Charge), the growth
// of the map included.
const mapEntry = 128

// noTime leaves lifetimes unchecked.
var noTime time.Time

// senderState are the own ratchets of an epoch.
type senderState struct {
	ratchets [2]ratchet
}

// MarshalSender encodes the own ratchets of this epoch, in less than 300 bytes.
// It must be saved after each Seal, before the message leaves the machine.
func (g *Group) MarshalSender() ([]byte, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	if g.ratchets == nil {
		return nil, ErrNoSender
	}
	b := syntax.AppendString(nil, stateSender)
	b = syntax.AppendOpaque(b, g.senderBinding())
	for i := range g.ratchets.ratchets {
		r := &g.ratchets.ratchets[i]
		b = syntax.AppendUint32(b, r.generation)
		b = syntax.AppendBool(b, r.ended)
		b = syntax.AppendOpaque(b, r.secret)
	}
	return b, nil
}

// senderBinding ties a sender record to one leaf in one epoch.
func (g *Group) senderBinding() []byte {
	return g.Suite().RefHash(stateSender, syntax.AppendUint32(slices.Clone(g.contextBytes), uint32(g.own)))
}

func (g *Group) loadSender(data []byte) error {
	r := syntax.NewReader(bytes.Clone(data))
	if r.String() != stateSender {
		r.Fail(ErrMalformed)
	}
	binding := r.Opaque()
	s := &senderState{}
	for i := range s.ratchets {
		s.ratchets[i] = ratchet{generation: r.Uint32(), ended: r.Bool()}
		s.ratchets[i].secret = readSecret(r, g.Suite().HashSize(), s.ratchets[i].ended)
	}
	if err := r.Done(); err != nil {
		return malformed("sender state", err)
	}
	if !bytes.Equal(binding, g.senderBinding()) {
		return ErrSenderMismatch
	}
	g.ratchets = s
	return nil
}

// appendState appends the public part of an epoch.
func (s *publicState) appendState(b []byte) []byte {
	b = s.context.Append(b)
	b = syntax.AppendOpaque(b, s.confirmationTag)
	return s.appendReInit(s.tree.append(b))
}

func (s *publicState) appendReInit(b []byte) []byte {
	b = syntax.AppendBool(b, s.reInit != nil)
	if s.reInit != nil {
		b = ProposeReInit(s.reInit).Append(b)
	}
	return b
}

func readPublicState(r *syntax.Reader) (*publicState, error) {
	c := readGroupContext(r)
	tag := r.Opaque()
	if err := r.Err(); err != nil {
		return nil, malformed("group state", err)
	}
	t, err := readTree(c.CipherSuite, r)
	if err != nil {
		return nil, err
	}
	s := newPublicState(c, t, tag)
	s.readReInit(r)
	return &s, malformed("group state", r.Err())
}

func (s *publicState) readReInit(r *syntax.Reader) {
	if r.Bool() {
		s.reInit = readProposal(r).ReInit
	}
}

// MarshalBinary encodes the epoch: public state, private keys and secrets, but
// not the own ratchets, see MarshalSender. While KeepHistory is on the encoding
// stays the same for the whole epoch. Otherwise it holds what is left of the
// secret tree, and is to be saved again after Open: a saved older state could
// open messages that were erased since.
func (g *Group) MarshalBinary() ([]byte, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	b := g.appendPrivate(g.appendState(syntax.AppendString(nil, stateGroup)))
	if g.secrets.encryption != nil {
		return b, nil
	}
	return g.keys.append(b), nil
}

// appendPrivate appends what a member knows of an epoch but for the secret tree.
func (g *Group) appendPrivate(b []byte) []byte {
	b = syntax.AppendUint32(b, uint32(g.own))
	b = syntax.AppendOpaque(b, g.key.Bytes())
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, x := range slices.Sorted(maps.Keys(g.private)) {
			b = syntax.AppendOpaque(syntax.AppendUint32(b, uint32(x)), g.private[x])
		}
		return b
	})
	for _, s := range g.secrets.list() {
		b = syntax.AppendOpaque(b, *s)
	}
	b = syntax.AppendBool(b, g.keepHistory)
	b = syntax.AppendBool(b, g.secrets.encryption != nil)
	if g.secrets.encryption != nil {
		b = syntax.AppendOpaque(b, g.secrets.encryption)
	}
	return b
}

// list returns the secrets that are saved, encryption apart.
func (s *epochSecrets) list() []*Secret {
	return []*Secret{&s.senderData, &s.exporter, &s.external, &s.confirmation, &s.membership,
		&s.resumption, &s.authenticator, &s.init}
}

// LoadGroup reads what MarshalBinary and MarshalSender wrote. Without a sender
// record (nil) the group can do all but seal.
func LoadGroup(state, sender []byte) (*Group, error) {
	r := syntax.NewReader(bytes.Clone(state))
	if r.String() != stateGroup {
		return nil, fmt.Errorf("%w: group state", ErrMalformed)
	}
	public, err := readPublicState(r)
	if err != nil {
		return nil, err
	}
	g, err := readPrivate(public, r)
	if err != nil {
		return nil, err
	}
	if g.keys == nil {
		g.keys = readSecretTree(g.Suite(), g.tree.leaves(), r)
	}
	if err := r.Done(); err != nil {
		return nil, malformed("group state", err)
	}
	if sender != nil {
		err = g.loadSender(sender)
	}
	return g, err
}

// readPrivate reads what appendPrivate wrote. The secret tree is left nil if it
// is not to be derived from the encryption secret.
func readPrivate(public *publicState, r *syntax.Reader) (*Group, error) {
	g := &Group{publicState: *public, own: LeafIndex(r.Uint32()), private: map[nodeIndex]HPKEPrivateKey{}}
	raw := r.Opaque()
	v := r.Vector()
	for v.More() {
		x, key := nodeIndex(v.Uint32()), v.Opaque()
		if !v.Charge(mapEntry) {
			break
		}
		g.private[x] = key
	}
	r.Close(v)
	nh := g.Suite().HashSize()
	for _, s := range g.secrets.list() {
		*s = readSecret(r, nh, false)
	}
	g.keepHistory = r.Bool()
	if r.Bool() {
		g.secrets.encryption = readSecret(r, nh, false)
		g.keys = newSecretTree(g.Suite(), g.tree.leaves(), g.secrets.encryption)
	}
	if err := r.Err(); err != nil {
		return nil, malformed("group state", err)
	}
	if g.tree.leaf(g.own) == nil {
		return nil, fmt.Errorf("%w: group state: own leaf", ErrMalformed)
	}
	var err error
	g.key, err = g.Suite().ParseSignatureKey(raw)
	return g, err
}

// append appends what is left of the secret tree.
func (t *secretTree) append(b []byte) []byte {
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, x := range slices.Sorted(maps.Keys(t.nodes)) {
			b = syntax.AppendOpaque(syntax.AppendUint32(b, uint32(x)), t.nodes[x])
		}
		return b
	})
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, l := range slices.SortedFunc(maps.Keys(t.ratchets), cmp.Compare[LeafIndex]) {
			b = appendRatchets(syntax.AppendUint32(b, uint32(l)), t.ratchets[l])
		}
		return b
	})
}

func readSecretTree(suite CipherSuite, leaves uint32, r *syntax.Reader) *secretTree {
	t := &secretTree{suite: suite, leaves: leaves, nodes: map[nodeIndex]Secret{}, ratchets: map[LeafIndex]*[2]ratchet{}}
	v := r.Vector()
	for v.More() {
		x, secret := nodeIndex(v.Uint32()), readSecret(v, suite.HashSize(), false)
		if !v.Charge(mapEntry) {
			break
		}
		t.nodes[x] = secret
	}
	r.Close(v)
	v = r.Vector()
	for v.More() {
		l := LeafIndex(v.Uint32())
		if !v.Charge(mapEntry) {
			break
		}
		t.ratchets[l] = readRatchets(suite, v)
	}
	r.Close(v)
	return t
}

func appendRatchets(b []byte, r *[2]ratchet) []byte {
	return r[1].append(r[0].append(b))
}

func readRatchets(suite CipherSuite, r *syntax.Reader) *[2]ratchet {
	x := syntax.New[[2]ratchet](r)
	x[0], x[1] = readRatchet(suite, r), readRatchet(suite, r)
	return x
}

func (r *ratchet) append(b []byte) []byte {
	b = syntax.AppendUint32(b, r.generation)
	b = syntax.AppendBool(b, r.ended)
	b = syntax.AppendOpaque(b, r.secret)
	b = syntax.AppendUint32(b, r.oldest)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, g := range slices.Sorted(maps.Keys(r.skipped)) {
			b = syntax.AppendUint32(b, g)
			b = syntax.AppendOpaque(b, r.skipped[g].key)
			b = syntax.AppendOpaque(b, r.skipped[g].nonce)
		}
		return b
	})
}

func readRatchet(suite CipherSuite, r *syntax.Reader) ratchet {
	p := suite.params()
	x := ratchet{generation: r.Uint32(), ended: r.Bool()}
	x.secret = readSecret(r, p.nh, x.ended)
	x.oldest = r.Uint32()
	v := r.Vector()
	for v.More() {
		if !v.Charge(mapEntry) {
			break
		}
		if x.skipped == nil {
			x.skipped = map[uint32]messageKey{}
		}
		g := v.Uint32()
		x.skipped[g] = messageKey{key: readSecret(v, p.nk, false), nonce: readSecret(v, p.nn, false)}
	}
	r.Close(v)
	return x
}

// readSecret reads a secret of n bytes; where none is wanted it must be empty.
func readSecret(r *syntax.Reader, n int, none bool) Secret {
	s := r.Opaque()
	if none {
		n = 0
	}
	if len(s) != n {
		r.Fail(syntax.ErrBadLength)
		return nil
	}
	return s
}
