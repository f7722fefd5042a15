package mls

import (
	"errors"
	"fmt"
	"testing"
)

// customType is a proposal type of an application's own, of the private range.
const customType ProposalType = 0xF101

// customWorld is a group of three that all list customType, and require it, and
// an external sender.
func customWorld(t *testing.T) (*world, SignaturePrivateKey) {
	outside, err := suite1.GenerateSignatureKey(seeded("outside"))
	noErr(t, err)
	ext := Extensions{{ExtensionRequiredCapabilities, RequiredCapabilities{Proposals: []ProposalType{customType}}.Append(nil)}}
	ext = ext.With(ExtensionExternalSenders, AppendExternalSenders(nil, []ExternalSender{{outside.Public(), BasicCredential([]byte("service"))}}))
	w := &world{TB: t, suite: suite1, rand: seeded(t.Name()), members: map[string]*Group{}, psks: map[string]Secret{}}
	g, err := NewGroup(w.rand, GroupParams{Suite: suite1, GroupID: []byte("group"), Leaf: customLeaf(w, "a0"), Extensions: ext, KeepHistory: true})
	noErr(t, err)
	w.members["a0"] = g
	w.public = g.Public()
	w.commit("a0", CommitOptions{}, customBundle(w, "b"), customBundle(w, "c"))
	return w, outside
}

func customLeaf(w *world, name string) LeafParams {
	p := w.leaf(name)
	p.Capabilities = DefaultCapabilities()
	p.Capabilities.Proposals = []ProposalType{customType}
	return p
}

func customBundle(w *world, name string) *KeyPackageBundle {
	w.Helper()
	b, err := NewKeyPackage(w.rand, KeyPackageParams{Suite: w.suite, Leaf: customLeaf(w, name)})
	noErr(w, err)
	return b
}

func TestCustomProposals(t *testing.T) {
	w, outside := customWorld(t)
	var seen []string
	policy := &Policy{Proposals: map[ProposalType]ProposalPolicy{customType: {External: true, Check: func(c CustomProposal) error {
		seen = append(seen, fmt.Sprint(c.Type, c.Sender.Type, c.Sender.Leaf, string(c.Data)))
		if string(c.Data) == "bad" {
			return errors.New("bad")
		}
		return nil
	}}}}
	a, b := w.members["a0"], w.members["b"]

	// By reference from a member, in a PrivateMessage, and from outside; by value.
	msg, _, err := b.Propose(w.rand, ProposeCustom(customType, []byte("by b")), ProposeOptions{WireFormat: WirePrivateMessage})
	noErr(t, err)
	fromOutside, err := ProposeExternally(w.rand, suite1, a.GroupID(), a.Epoch(), 0, outside, ProposeCustom(customType, []byte("from outside")), nil)
	noErr(t, err)
	queue := func(g *Group) (list []*QueuedProposal) {
		for _, m := range [][]byte{msg, fromOutside} {
			q, err := g.ProcessProposal(m)
			noErr(t, err)
			list = append(list, q)
		}
		return list
	}
	staged, err := a.Commit(w.rand, CommitOptions{Queued: queue(a), Proposals: []*Proposal{ProposeCustom(customType, nil)}, Policy: policy})
	noErr(t, err)
	want := "[61697 1 1by b 61697 2 0from outside 61697 1 0]"
	if fmt.Sprint(seen) != want || len(staged.Custom) != 3 {
		t.Fatalf("the policy was asked about %v, want %s; summary %v", seen, want, staged.Custom)
	}
	c := w.members["c"]
	got, err := c.Process(staged.Message, ProcessOptions{Queued: queue(c), Policy: policy})
	noErr(t, err)
	equal0(t, "authenticator", got.Group().EpochAuthenticator(), staged.Group().EpochAuthenticator())
	if len(got.Custom) != 3 || string(got.Custom[0].Data) != "by b" {
		t.Errorf("summary %v", got.Custom)
	}
	// The policy says that no path is required, and none is there.
	m, err := ParseMessage(staged.Message)
	noErr(t, err)
	if m.Public.Content.commit.path != nil {
		t.Error("a path that nobody required")
	}

	// Who refuses what.
	strict := &Policy{Proposals: map[ProposalType]ProposalPolicy{customType: {PathRequired: true}}}
	_, err = c.Process(staged.Message, ProcessOptions{Queued: queue(c), Policy: strict})
	wantErr(t, "from outside, where the policy forbids it", err, ErrBadSender)
	_, err = c.Process(staged.Message, ProcessOptions{Queued: queue(c)})
	wantErr(t, "a type without a policy", err, ErrUnsupported)
	plain, err := a.Commit(w.rand, CommitOptions{Proposals: []*Proposal{ProposeCustom(customType, []byte("x"))}, Policy: policy})
	noErr(t, err)
	_, err = c.Process(plain.Message, ProcessOptions{Policy: strict})
	wantErr(t, "without the path that the policy requires", err, ErrPathRequired)
	_, err = w.public.Process(plain.Message, ProcessOptions{Policy: strict})
	wantErr(t, "without the path that the policy requires", err, ErrPathRequired)
	_, err = w.public.Process(plain.Message, ProcessOptions{Policy: policy})
	noErr(t, err)
	full, err := a.Commit(w.rand, CommitOptions{Proposals: []*Proposal{ProposeCustom(customType, []byte("x"))}, Policy: strict})
	noErr(t, err)
	_, err = c.Process(full.Message, ProcessOptions{Policy: strict})
	noErr(t, err)
	_, err = a.Commit(w.rand, CommitOptions{Proposals: []*Proposal{ProposeCustom(customType, []byte("bad"))}, Policy: policy})
	wantErr(t, "what the application refuses", err, ErrInvalidProposal)

	// A type that not all members list, though the policy knows it.
	other := &Policy{Proposals: map[ProposalType]ProposalPolicy{0xF102: {}, customType: {}}}
	_, err = a.Commit(w.rand, CommitOptions{Proposals: []*Proposal{ProposeCustom(0xF102, nil)}, Policy: other})
	wantErr(t, "a type that members lack", err, ErrUnsupported)
	_, err = a.Commit(w.rand, CommitOptions{Add: []*KeyPackage{w.bundle("d").KeyPackage}})
	wantErr(t, "a client without the required type", err, ErrUnsupported)
	_, err = a.Commit(w.rand, CommitOptions{ReInit: &ReInit{Version: MLS10, CipherSuite: suite1},
		Proposals: []*Proposal{ProposeCustom(customType, nil)}, Policy: policy})
	wantErr(t, "beside a ReInit", err, ErrProposalList)

	// What is no custom proposal.
	for _, kind := range []ProposalType{0, 8, 9, 10} {
		_, err = a.Commit(w.rand, CommitOptions{Proposals: []*Proposal{ProposeCustom(kind, nil)}, Policy: policy})
		wantErr(t, fmt.Sprint("type ", kind), err, ErrUnsupported)
	}
	for _, p := range []*Proposal{nil, {Type: ProposalAdd}, {Type: ProposalUpdate}, {Type: ProposalReInit}, {Type: ProposalAdd, Add: &KeyPackage{}}} {
		_, err = a.Commit(w.rand, CommitOptions{Proposals: []*Proposal{p}})
		wantErr(t, "incomplete", err, ErrInvalidProposal)
		_, _, err = a.Propose(w.rand, p, ProposeOptions{})
		wantErr(t, "incomplete", err, ErrInvalidProposal)
		_, err = ProposeExternally(w.rand, suite1, a.GroupID(), a.Epoch(), 0, outside, p, nil)
		wantErr(t, "incomplete", err, ErrInvalidProposal)
	}
}

// TestCustomProposalOfTheRemoved: members who are removed by the commit, and who
// are added by it, need not know the type.
func TestCustomProposalOfTheRemoved(t *testing.T) {
	w := newWorld(t, suite1, nil)
	w.commit("a0", CommitOptions{Leaf: &LeafParams{Capabilities: Capabilities{Versions: []ProtocolVersion{MLS10}, CipherSuites: []CipherSuite{suite1},
		Proposals: []ProposalType{customType}, Credentials: []CredentialType{CredentialBasic}}}}, w.bundle("b"), customBundle(w, "c"))
	policy := &Policy{Proposals: map[ProposalType]ProposalPolicy{customType: {}}}
	custom := []*Proposal{ProposeCustom(customType, nil)}
	a, c := w.members["a0"], w.members["c"]
	_, err := a.Commit(w.rand, CommitOptions{Proposals: custom, Policy: policy})
	wantErr(t, "b does not know it", err, ErrUnsupported)
	staged, err := a.Commit(w.rand, CommitOptions{Proposals: custom, Policy: policy, Remove: []LeafIndex{w.members["b"].OwnLeaf()},
		Add: []*KeyPackage{w.bundle("d").KeyPackage}})
	noErr(t, err)
	_, err = c.Process(staged.Message, ProcessOptions{Policy: policy})
	noErr(t, err)
	// Nobody lists a custom type in an external commit.
	x, err := JoinExternal(w.rand, w.info, ExternalOptions{Leaf: customLeaf(w, "x"), Tree: w.public.Tree()})
	noErr(t, err)
	m, err := ParseMessage(x.Message)
	noErr(t, err)
	auth := m.Public.authenticated()
	auth.content.commit.proposals.add(proposalOrRef{proposal: custom[0]})
	noErr(t, auth.sign(w.rand, suite1, x.Group().SignatureKey(), a.contextBytes))
	pub, err := protectPublic(suite1, nil, auth, a.contextBytes)
	noErr(t, err)
	_, err = c.Process(pub.append(appendMessageHead(nil, WirePublicMessage)), ProcessOptions{Policy: policy})
	wantErr(t, "in an external commit", err, ErrProposalList)
}

// TestCustomExtensions carries extensions of an application's own in each place
// where the RFC has extensions.
func TestCustomExtensions(t *testing.T) {
	const kind ExtensionType = 0xF201
	w := newWorld(t, suite1, nil)
	with := func(name string) *KeyPackageBundle {
		p := w.leaf(name)
		p.Extensions = Extensions{{kind, []byte("leaf of " + name)}}
		b, err := NewKeyPackage(w.rand, KeyPackageParams{Suite: suite1, Leaf: p, Extensions: Extensions{{kind, []byte("key package")}}})
		noErr(t, err)
		return b
	}
	context := Extensions{{kind, []byte("group")}, {ExtensionRequiredCapabilities, RequiredCapabilities{Extensions: []ExtensionType{kind}}.Append(nil)}}
	b := with("b")
	_, err := w.members["a0"].Commit(w.rand, CommitOptions{Add: []*KeyPackage{b.KeyPackage}, Extensions: context})
	wantErr(t, "the committer lacks it", err, ErrUnsupported)
	caps := DefaultCapabilities()
	caps.Extensions = append(caps.Extensions, kind)
	w.commit("a0", CommitOptions{Leaf: &LeafParams{Capabilities: caps}})

	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{b.KeyPackage}, Extensions: context, WelcomeTree: true,
		WelcomeExtensions: Extensions{{kind, []byte("welcome")}}, GroupInfoExtensions: Extensions{{kind, []byte("info")}}})
	if data, _ := staged.KeyPackages[0].Extensions.Get(kind); string(data) != "key package" {
		t.Errorf("key package: %q", data)
	}
	var inWelcome []byte
	g, err := JoinWelcome(staged.Welcome, b, JoinOptions{GroupInfo: func(i *GroupInfo) error {
		inWelcome, _ = i.Extensions.Get(kind)
		return nil
	}})
	noErr(t, err)
	no := errors.New("no")
	_, err = JoinWelcome(staged.Welcome, b, JoinOptions{GroupInfo: func(*GroupInfo) error { return no }})
	wantErr(t, "the application refuses the GroupInfo", err, no)
	leaf, _ := g.Member(1)
	inLeaf, _ := leaf.Extensions.Get(kind)
	inContext, _ := g.Extensions().Get(kind)
	info, err := ParseGroupInfo(staged.GroupInfo)
	noErr(t, err)
	inInfo, _ := info.Extensions.Get(kind)
	if got := fmt.Sprintf("%s, %s, %s, %s", inWelcome, inLeaf, inContext, inInfo); got != "welcome, leaf of b, group, info" {
		t.Error(got)
	}
	_, err = staged.Group().Commit(w.rand, CommitOptions{Add: []*KeyPackage{w.bundle("plain").KeyPackage}})
	wantErr(t, "a client that lacks it", err, ErrUnsupported)
	_, err = JoinExternal(w.rand, staged.GroupInfo, ExternalOptions{Leaf: w.leaf("plain"), Tree: staged.Group().Tree()})
	wantErr(t, "a joiner that lacks it", err, ErrUnsupported)
	p := w.leaf("x")
	p.Capabilities = caps
	_, err = JoinExternal(w.rand, staged.GroupInfo, ExternalOptions{Leaf: p, Tree: staged.Group().Tree()})
	noErr(t, err)
}
