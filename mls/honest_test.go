package mls

import (
	"bytes"
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestHonestSizes: the largest and sparsest things that an honest group makes are
// read, far within what their size grants.
func TestHonestSizes(t *testing.T) {
	w := pairWorld(t)
	leaf, _ := w.public.Member(0)
	node := append([]byte{1, nodeTypeLeaf}, leaf.Append(nil)...)
	parent := append([]byte{1, nodeTypeParent}, (&parentNode{encryptionKey: leaf.EncryptionKey, unmerged: []LeafIndex{0}}).append(nil)...)
	tree := func(nodes ...[]byte) []byte { return syntax.AppendOpaque(nil, bytes.Join(nodes, nil)) }
	commit := func(proposal []byte, n int) []byte {
		return append(syntax.AppendOpaque(nil, bytes.Repeat(proposal, n)), 0)
	}
	add := ProposeAdd(w.bundle("c").KeyPackage).Append([]byte{proposalByValue})
	remove := ProposeRemove(7).Append([]byte{proposalByValue})
	secret := append(syntax.AppendOpaque(nil, make([]byte, 32)), HPKECiphertext{make([]byte, 32), make([]byte, 48)}.Append(nil)...)
	for name, c := range map[string]struct {
		in   []byte
		most float64 // times the input
		read func([]byte) error
	}{
		"10,000 members, parents blank":      {tree(bytes.Repeat(append(bytes.Clone(node), 0), 9_999), node), 5, treeError},
		"10,000 members, parents set":        {tree(bytes.Repeat(append(bytes.Clone(node), parent...), 9_999), node), 5, treeError},
		"one member at the end of 65,536":    {tree(make([]byte, 2*(maxLeaves-1)), node), 5, treeError},
		"every hundredth of 65,536":          {tree(bytes.Repeat(append(bytes.Clone(node), make([]byte, 199)...), maxLeaves/100), node), 6, treeError},
		"one Welcome for 10,000":             {syntax.AppendOpaque(nil, bytes.Repeat(secret, 10_000)), 2, secretsError},
		"10,000 members added":               {commit(add, 10_000), 5, commitError},
		"10,000 removed":                     {commit(remove, 10_000), 6, commitError},
		"as many removed as there may be":    {commit(remove, MaxProposals), 6, commitError},
		"10,000 proposals by reference":      {commit(append([]byte{proposalByRef, 32}, make([]byte, 32)...), 10_000), 3, commitError},
		"capabilities of all there may be":   {syntax.AppendOpaque(nil, make([]byte, 1<<17)), 2, typesError},
		"a path to 5,000 leaves in one node": {pathTo(leaf, 5_000), 2, commitError},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			n := syntaxtest.Allocated(func() { err = c.read(c.in) })
			if err != nil {
				t.Fatal(err)
			}
			factor := float64(n) / float64(len(c.in))
			if factor > c.most && n > 64<<10 {
				t.Errorf("%d bytes take %d", len(c.in), n)
			}
			limit := len(c.in) + syntaxtest.Single
			if single := syntaxtest.Largest(func() { _ = c.read(c.in) }, limit); single > limit {
				t.Errorf("%d bytes take %d at once", len(c.in), single)
			}
			t.Logf("%d bytes, times %.2f", len(c.in), factor)
		})
	}
}

func treeError(b []byte) error {
	_, err := parseTree(suite1, b)
	return err
}

func commitError(b []byte) error {
	r := syntax.NewReader(b)
	readCommit(r)
	return r.Done()
}

func secretsError(b []byte) error {
	r := syntax.NewReader(append(syntax.AppendUint16(nil, uint16(suite1)), append(b, 0)...))
	readWelcome(r)
	return r.Done()
}

func typesError(b []byte) error {
	r := syntax.NewReader(b)
	readUint16s[ExtensionType](r)
	return r.Done()
}

// pathTo is a commit with a path of one node that is sealed to n leaves.
func pathTo(leaf *LeafNode, n int) []byte {
	node := updatePathNode{encryptionKey: leaf.EncryptionKey}
	for range n {
		node.secrets = append(node.secrets, HPKECiphertext{make([]byte, 32), make([]byte, 48)})
	}
	return (&commit{path: &updatePath{leaf: leaf, nodes: []updatePathNode{node}}}).append(nil)
}

// TestDenseCommits: a member signs what nobody sends. What it costs the others
// grows with its size, and ends at MaxProposals.
func TestDenseCommits(t *testing.T) {
	w := pairWorld(t)
	a, b := w.members["a0"], w.members["b"]
	policy := &Policy{Proposals: map[ProposalType]ProposalPolicy{customType: {}}}
	process := func(n int, p proposalOrRef) error {
		c := &authenticatedContent{content: FramedContent{Sender: a.sender(), ContentType: ContentCommit, commit: &commit{}}}
		for range n {
			c.content.commit.proposals.add(p)
		}
		noErr(t, a.signContent(w.rand, c, WirePublicMessage))
		msg, err := a.protect(w.rand, c, nil)
		noErr(t, err)
		_, err = b.Process(msg, ProcessOptions{Policy: policy})
		_, publicErr := w.public.Process(msg, ProcessOptions{Policy: policy})
		if (err == nil) != (publicErr == nil) {
			t.Errorf("%v for the member, %v for the follower", err, publicErr)
		}
		return err
	}
	custom := proposalOrRef{proposal: ProposeCustom(customType, make([]byte, 64))}
	for name, p := range map[string]proposalOrRef{"removes": {remove: 1}, "by reference": {ref: make([]byte, 32)}, "custom": custom} {
		wantErr(t, "more than there may be", process(MaxProposals+1, p), ErrTooLarge)
		if err := process(MaxProposals, p); err == nil || errors.Is(err, ErrTooLarge) {
			t.Errorf("%s, as many as there may be: %v", name, err)
		}
	}
}

// TestLongTypeLists: lists of all 65,536 types are held against each other in time
// that grows with their length, not with its square.
func TestLongTypeLists(t *testing.T) {
	var c Capabilities
	var e Extensions
	for n := range 1 << 16 {
		c.Extensions = append(c.Extensions, ExtensionType(n))
		e = append(e, Extension{Type: ExtensionType(n)})
	}
	noErr(t, e.check())
	if !e.supportedBy(c) || !(RequiredCapabilities{Extensions: c.Extensions}).metBy(c) || e.demandMore(e) {
		t.Error("a list is not supported by itself")
	}
	short := c
	short.Extensions = c.Extensions[:1<<16-1]
	if e.supportedBy(short) || (RequiredCapabilities{Extensions: c.Extensions}).metBy(short) || !e.demandMore(e[:1<<16-1]) {
		t.Error("the last type is overlooked")
	}
	if err := append(e, e[9]).check(); !errors.Is(err, ErrMalformed) {
		t.Errorf("a type twice: %v", err)
	}
}
