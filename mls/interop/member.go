package interop

import (
	"bytes"
	"crypto/rand"
	"iter"
	"maps"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffer-chat/coffer/mls"
)

// member is one member's view of one group: a state of the harness.
type member struct {
	group   *mls.Group
	past    []*mls.Group // epochs before, newest last
	private bool         // handshake messages are PrivateMessages
	psks    keyring
	// own are the proposals sent in this epoch, by their message: a member
	// does not process what it sent itself.
	own     map[string]*mls.QueuedProposal
	pending *mls.StagedCommit
}

func newMember(g *mls.Group, private bool, psks keyring) *member {
	m := &member{group: g, private: private, psks: psks.clone(), own: map[string]*mls.QueuedProposal{}}
	m.psks.learn(g)
	return m
}

// format is the wire format of the member's handshake messages.
func (m *member) format() mls.WireFormat {
	if m.private {
		return mls.WirePrivateMessage
	}
	return mls.WirePublicMessage
}

// enter moves on to a commit's epoch.
func (m *member) enter(staged *mls.StagedCommit) error {
	if staged.SelfRemoved() {
		return status.Error(codes.FailedPrecondition, "the commit removes this member")
	}
	m.past = append(m.past, m.group)
	if len(m.past) > pastEpochs {
		m.past[0] = nil
		m.past = m.past[1:]
	}
	m.group, m.pending = staged.Group(), nil
	clear(m.own)
	m.psks.learn(m.group)
	return nil
}

// at returns the group of an epoch that can still be opened.
func (m *member) at(epoch uint64) (*mls.Group, error) {
	if epoch == m.group.Epoch() {
		return m.group, nil
	}
	for _, g := range m.past {
		if g.Epoch() == epoch {
			return g, nil
		}
	}
	return nil, status.Errorf(codes.FailedPrecondition, "epoch %d is not kept", epoch)
}

// propose sends a proposal and remembers it.
func (m *member) propose(p *mls.Proposal) ([]byte, error) {
	msg, q, err := m.group.Propose(rand.Reader, p, mls.ProposeOptions{WireFormat: m.format()})
	if err != nil {
		return nil, err
	}
	m.own[string(msg)] = q
	return msg, nil
}

// queue reads proposals, the own ones from memory.
func (m *member) queue(messages [][]byte) ([]*mls.QueuedProposal, error) {
	var list []*mls.QueuedProposal
	for _, msg := range messages {
		q, ok := m.own[string(msg)]
		if !ok {
			var err error
			if q, err = m.group.ProcessProposal(msg); err != nil {
				return nil, err
			}
		}
		list = append(list, q)
	}
	return list, nil
}

// leafOf finds the member with a basic credential's identity.
func leafOf(members iter.Seq2[mls.LeafIndex, *mls.LeafNode], identity []byte) (mls.LeafIndex, error) {
	for l, leaf := range members {
		if bytes.Equal(leaf.Credential.Identity, identity) {
			return l, nil
		}
	}
	return 0, status.Errorf(codes.InvalidArgument, "nobody is called %q", identity)
}

// identities counts the members by identity.
func identities(g *mls.Group) map[string]int {
	count := map[string]int{}
	for _, leaf := range g.Members() {
		count[string(leaf.Credential.Identity)]++
	}
	return count
}

// keyring holds pre-shared keys.
type keyring struct {
	external   map[string]mls.Secret
	resumption map[epochName]mls.Secret
}

type epochName struct {
	group string
	epoch uint64
}

func (k keyring) clone() keyring {
	c := keyring{external: maps.Clone(k.external), resumption: maps.Clone(k.resumption)}
	if c.external == nil {
		c.external = map[string]mls.Secret{}
	}
	if c.resumption == nil {
		c.resumption = map[epochName]mls.Secret{}
	}
	return c
}

// learn keeps an epoch's resumption PSK.
func (k keyring) learn(g *mls.Group) {
	k.resumption[epochName{string(g.GroupID()), g.Epoch()}] = g.ResumptionPSK()
}

// find is a mls.PSKSource.
func (k keyring) find(id mls.PreSharedKeyID) (mls.Secret, bool) {
	var secret mls.Secret
	var ok bool
	if id.Type == mls.PSKExternal {
		secret, ok = k.external[string(id.ID)]
	} else {
		secret, ok = k.resumption[epochName{string(id.Group), id.Epoch}]
	}
	return secret, ok
}
