package tsmls

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/mls"
)

// ours is a member in package mls.
type ours struct {
	t      *testing.T
	who    string
	suite  mls.CipherSuite
	leaf   mls.LeafParams
	kp     *mls.KeyPackageBundle
	group  *mls.Group // nil: removed, or not yet in
	queued []*mls.QueuedProposal
	// bare leaves the frame of an MLSMessage around key packages out, as
	// core-crypto does.
	bare bool
}

func newOurs(t *testing.T, who string, suite mls.CipherSuite) *ours {
	t.Helper()
	o := &ours{t: t, who: who, suite: suite}
	key, err := suite.GenerateSignatureKey(rand.Reader)
	o.must(err)
	o.leaf = mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential([]byte(who)), Capabilities: mls.DefaultCapabilities()}
	if !slices.Contains(o.leaf.Capabilities.CipherSuites, suite) {
		o.leaf.Capabilities.CipherSuites = append(o.leaf.Capabilities.CipherSuites, suite)
	}
	return o
}

func (o *ours) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatalf("%s (ours): %v", o.who, err)
	}
}

// lifetime is short enough for ts-mls, which wants a month at most.
func lifetime() mls.Lifetime {
	now := time.Now()
	return mls.Lifetime{NotBefore: uint64(now.Add(-time.Hour).Unix()), NotAfter: uint64(now.Add(28 * 24 * time.Hour).Unix())}
}

func (o *ours) name() string { return o.who }

func (o *ours) keyPackage() []byte {
	o.t.Helper()
	var err error
	o.kp, err = mls.NewKeyPackage(rand.Reader, mls.KeyPackageParams{Suite: o.suite, Leaf: o.leaf, Lifetime: lifetime()})
	o.must(err)
	if o.bare {
		return o.kp.KeyPackage.Append(nil)
	}
	return o.kp.KeyPackage.Message()
}

func (o *ours) create(group []byte) {
	o.t.Helper()
	var err error
	o.group, err = mls.NewGroup(rand.Reader, mls.GroupParams{Suite: o.suite, GroupID: group, Leaf: o.leaf, Lifetime: lifetime()})
	o.must(err)
}

func (o *ours) join(welcome []byte) {
	o.t.Helper()
	g, err := mls.JoinWelcome(welcome, o.kp, mls.JoinOptions{Now: time.Now()})
	o.must(err)
	o.enter(g)
}

func (o *ours) enter(g *mls.Group) { o.group, o.queued = g, nil }

func (o *ours) groupInfo() []byte {
	o.t.Helper()
	info, err := o.group.GroupInfo(rand.Reader, mls.GroupInfoOptions{ExternalPub: true, Tree: true})
	o.must(err)
	return info
}

func (o *ours) joinExternal(groupInfo []byte, resync bool) []byte {
	o.t.Helper()
	opt := mls.ExternalOptions{Leaf: o.leaf, Now: time.Now()}
	if resync {
		before, err := mls.NewPublicGroup(groupInfo, nil, mls.ProcessOptions{})
		o.must(err)
		for l, leaf := range before.Members() {
			if string(leaf.Credential.Identity) == o.who {
				opt.Remove = &l
			}
		}
	}
	staged, err := mls.JoinExternal(rand.Reader, groupInfo, opt)
	o.must(err)
	o.enter(staged.Group())
	return staged.Message
}

func (f form) wire() mls.WireFormat {
	if f == public {
		return mls.WirePublicMessage
	}
	return mls.WirePrivateMessage
}

func (o *ours) leafOf(who string) mls.LeafIndex {
	o.t.Helper()
	for l, leaf := range o.group.Members() {
		if string(leaf.Credential.Identity) == who {
			return l
		}
	}
	o.t.Fatalf("no leaf of %s", who)
	return 0
}

func (o *ours) keyPackageOf(c change) *mls.KeyPackage {
	o.t.Helper()
	data := c.add
	if o.bare {
		data = append([]byte{0, byte(mls.MLS10), 0, byte(mls.WireKeyPackage)}, data...)
	}
	kp, err := mls.ParseKeyPackage(data)
	o.must(err)
	return kp
}

func (o *ours) propose(c change, f form) []byte {
	o.t.Helper()
	var p *mls.Proposal
	if c.add != nil {
		p = mls.ProposeAdd(o.keyPackageOf(c))
	} else {
		p = mls.ProposeRemove(o.leafOf(c.remove))
	}
	msg, q, err := o.group.Propose(rand.Reader, p, mls.ProposeOptions{WireFormat: f.wire()})
	o.must(err)
	o.queued = append(o.queued, q)
	return msg
}

// proposeUpdate proposes a new leaf for the party itself.
func (o *ours) proposeUpdate(f form) []byte {
	o.t.Helper()
	msg, q, err := o.group.ProposeUpdate(rand.Reader, mls.LeafParams{}, mls.ProposeOptions{WireFormat: f.wire()})
	o.must(err)
	o.queued = append(o.queued, q)
	return msg
}

func (o *ours) commit(changes []change, f form) (commit, welcome []byte) {
	o.t.Helper()
	opt := mls.CommitOptions{Queued: o.queued, WireFormat: f.wire(), WelcomeTree: true, Now: time.Now()}
	for _, c := range changes {
		if c.add != nil {
			opt.Add = append(opt.Add, o.keyPackageOf(c))
		} else {
			opt.Remove = append(opt.Remove, o.leafOf(c.remove))
		}
	}
	staged, err := o.group.Commit(rand.Reader, opt)
	o.must(err)
	o.enter(staged.Group())
	return staged.Message, staged.Welcome
}

func (o *ours) process(message []byte) {
	o.t.Helper()
	h, err := mls.ParseHeader(message)
	o.must(err)
	if h.ContentType == mls.ContentProposal {
		q, err := o.group.ProcessProposal(message)
		o.must(err)
		o.queued = append(o.queued, q)
		return
	}
	staged, err := o.group.Process(message, mls.ProcessOptions{Queued: o.queued, Now: time.Now()})
	o.must(err)
	o.enter(staged.Group())
}

func (o *ours) seal(text string) []byte {
	o.t.Helper()
	msg, err := o.group.Seal(rand.Reader, mls.SealOptions{AAD: []byte("aad"), Padding: func(n int) int { return n + 17 }}, []byte(text))
	o.must(err)
	return msg
}

func (o *ours) open(message []byte) string {
	o.t.Helper()
	app, err := o.group.Open(message)
	o.must(err)
	return string(app.Data)
}

func (o *ours) state() state {
	o.t.Helper()
	if o.group == nil {
		return state{}
	}
	secret, err := o.group.Export(exportLabel, []byte(exportContext), exportLength)
	o.must(err)
	return state{active: true, epoch: o.group.Epoch(), authenticator: o.group.EpochAuthenticator(), exported: secret}
}
