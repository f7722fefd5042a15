package mls

import (
	"bytes"
	"crypto/rand"
	"maps"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

type treeOpVector struct {
	Suite      CipherSuite `json:"cipher_suite"`
	Before     hexBytes    `json:"tree_before"`
	Proposal   hexBytes
	Sender     uint32   `json:"proposal_sender"`
	HashBefore hexBytes `json:"tree_hash_before"`
	After      hexBytes `json:"tree_after"`
	HashAfter  hexBytes `json:"tree_hash_after"`
}

func TestVectorTreeOperations(t *testing.T) {
	bySuite(t, "tree-operations.json", func(v treeOpVector) CipherSuite { return v.Suite }, func(t *testing.T, v treeOpVector) {
		tree, err := parseTree(v.Suite, v.Before)
		noErr(t, err)
		equal(t, "tree hash before", tree.rootHash(), v.HashBefore)
		r := syntax.NewReader(v.Proposal)
		p := readProposal(r)
		noErr(t, r.Done())
		next := tree.clone()
		switch p.Type {
		case ProposalAdd:
			_, err = next.add(p.Add.Leaf)
			noErr(t, err)
		case ProposalUpdate:
			next.update(LeafIndex(v.Sender), p.Update)
		case ProposalRemove:
			next.remove(p.Remove)
			next.truncate()
		default:
			t.Fatalf("proposal type %d", p.Type)
		}
		equal(t, "tree after", next.append(nil), v.After)
		equal(t, "tree hash after", next.rootHash(), v.HashAfter)
		// The old tree is untouched.
		equal(t, "old tree", tree.append(nil), v.Before)
		again, err := parseTree(v.Suite, tree.append(nil))
		noErr(t, err)
		equal(t, "old tree hash", again.rootHash(), v.HashBefore)
	})
}

type treeValidationVector struct {
	Suite       CipherSuite `json:"cipher_suite"`
	Tree        hexBytes
	GroupID     hexBytes `json:"group_id"`
	Resolutions [][]nodeIndex
	Hashes      []hexBytes `json:"tree_hashes"`
}

func TestVectorTreeValidation(t *testing.T) {
	bySuite(t, "tree-validation.json", func(v treeValidationVector) CipherSuite { return v.Suite }, func(t *testing.T, v treeValidationVector) {
		tree, err := parseTree(v.Suite, v.Tree)
		noErr(t, err)
		for i := range nodeWidth(tree.leaves()) {
			x := nodeIndex(i)
			if got := tree.resolution(nil, x, nil); !equalNodes(got, v.Resolutions[i]) {
				t.Errorf("resolution of %d: %v, want %v", i, got, v.Resolutions[i])
			}
			equal(t, "tree hash", tree.hash(x), v.Hashes[i])
		}
		noErr(t, tree.checkParentHashes(nil))
		noErr(t, tree.checkUnmerged())
		noErr(t, tree.checkTree(v.GroupID, nil, noTime, nil, nil))
		equal(t, "encoding", tree.append(nil), v.Tree)
		if err := tree.checkTree(append([]byte("x"), v.GroupID...), nil, noTime, nil, nil); err == nil {
			t.Error("leaf signatures verify for another group")
		}
		// Any other key in a parent breaks its hash.
		for i := range nodeWidth(tree.leaves()) {
			if n := tree.at(nodeIndex(i)); n.parent != nil {
				bad := tree.clone()
				bad.set(nodeIndex(i), treeNode{parent: &parentNode{append([]byte("x"), n.parent.encryptionKey...), n.parent.parentHash, n.parent.unmerged}})
				if bad.checkParentHashes(nil) == nil {
					t.Errorf("node %d: another key passes", i)
				}
			}
		}
	})
}

func equalNodes(a, b []nodeIndex) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

type treeKEMVector struct {
	Suite               CipherSuite `json:"cipher_suite"`
	GroupID             hexBytes    `json:"group_id"`
	Epoch               uint64
	ConfirmedTranscript hexBytes      `json:"confirmed_transcript_hash"`
	Tree                hexBytes      `json:"ratchet_tree"`
	Leaves              []leafPrivate `json:"leaves_private"`
	Paths               []pathVector  `json:"update_paths"`
}

type leafPrivate struct {
	Index          LeafIndex
	EncryptionPriv hexBytes           `json:"encryption_priv"`
	SignaturePriv  hexBytes           `json:"signature_priv"`
	PathSecrets    []pathSecretVector `json:"path_secrets"`
}

type pathSecretVector struct {
	Node       nodeIndex
	PathSecret hexBytes `json:"path_secret"`
}

type pathVector struct {
	Sender       LeafIndex
	UpdatePath   hexBytes   `json:"update_path"`
	PathSecrets  []hexBytes `json:"path_secrets"`
	CommitSecret hexBytes   `json:"commit_secret"`
	HashAfter    hexBytes   `json:"tree_hash_after"`
}

// keys are the private keys that each leaf holds, and its signature key.
func (v *treeKEMVector) keys(t testing.TB, tree *ratchetTree) (map[LeafIndex]map[nodeIndex]HPKEPrivateKey, map[LeafIndex]SignaturePrivateKey) {
	t.Helper()
	private := map[LeafIndex]map[nodeIndex]HPKEPrivateKey{}
	signers := map[LeafIndex]SignaturePrivateKey{}
	for _, l := range v.Leaves {
		keys := map[nodeIndex]HPKEPrivateKey{l.Index.node(): padKey(v.Suite, l.EncryptionPriv)}
		for _, p := range l.PathSecrets {
			priv, _, err := v.Suite.DeriveHPKEKey(v.Suite.DeriveSecret(Secret(p.PathSecret), "node"))
			noErr(t, err)
			keys[p.Node] = priv
		}
		for x, k := range keys {
			pub, err := v.Suite.HPKEPublic(k)
			noErr(t, err)
			equal0(t, "public key in the tree", tree.key(x), pub)
		}
		private[l.Index] = keys
		var err error
		signers[l.Index], err = v.Suite.ParseSignatureKey(padKey(v.Suite, l.SignaturePriv))
		noErr(t, err)
	}
	return private, signers
}

// start begins a commit of sender over tree, as the vectors have it: the path
// only, in the same epoch.
func (v *treeKEMVector) start(tree *ratchetTree, sender LeafIndex) *transition {
	state := &publicState{context: GroupContext{
		CipherSuite: v.Suite, GroupID: v.GroupID, Epoch: v.Epoch,
		TreeHash: tree.rootHash(), ConfirmedTranscriptHash: v.ConfirmedTranscript,
	}, tree: tree}
	return &transition{
		before: state, tree: tree.clone(), committer: sender, sender: Sender{Type: SenderMember, Leaf: sender},
		addedSet: map[LeafIndex]bool{}, changed: map[LeafIndex]bool{},
	}
}

// provisional is the provisional GroupContext; the vectors keep the epoch.
func (v *treeKEMVector) provisional(tr *transition) []byte {
	c := tr.before.context
	c.TreeHash = tr.tree.rootHash()
	return c.Append(nil)
}

func TestVectorTreeKEM(t *testing.T) {
	bySuite(t, "treekem.json", func(v treeKEMVector) CipherSuite { return v.Suite }, func(t *testing.T, v treeKEMVector) {
		tree, err := parseTree(v.Suite, v.Tree)
		noErr(t, err)
		private, signers := v.keys(t, tree)
		for i, p := range v.Paths {
			r := syntax.NewReader(p.UpdatePath)
			path := readUpdatePath(r)
			noErr(t, r.Done())
			equal(t, "update path encoding", path.append(nil), p.UpdatePath)
			tr := v.start(tree, p.Sender)
			filtered, err := tr.applyPath(path)
			noErr(t, err)
			equal(t, "tree hash after", tr.tree.rootHash(), p.HashAfter)
			ctx := v.provisional(tr)
			for l, keys := range private {
				if l == p.Sender {
					continue
				}
				ps, err := tr.decryptPath(path, filtered, l, keys, ctx)
				noErr(t, err)
				equal(t, "path secret", ps.secrets[0], p.PathSecrets[l])
				equal(t, "commit secret", ps.commit, p.CommitSecret)
			}

			if len(v.Paths) > 8 && i%4 != 0 {
				continue // all of the vector, a quarter of the own paths
			}
			mine := v.start(tree, p.Sender)
			leaf := *tree.leaf(p.Sender)
			_, leaf.EncryptionKey, err = v.Suite.GenerateHPKEKey(rand.Reader)
			noErr(t, err)
			newPath, filtered, ps, err := mine.createPath(rand.Reader, &leaf, signers[p.Sender])
			noErr(t, err)
			ctx = v.provisional(mine)
			noErr(t, mine.encryptPath(newPath, filtered, ps, ctx))
			check := v.start(tree, p.Sender)
			filtered, err = check.applyPath(newPath)
			noErr(t, err)
			var last LeafIndex
			var lastKeys map[nodeIndex]HPKEPrivateKey
			for l, keys := range private {
				if l == p.Sender {
					continue
				}
				got, err := check.decryptPath(newPath, filtered, l, maps.Clone(keys), ctx)
				noErr(t, err)
				equal(t, "own commit secret", got.commit, ps.commit)
				last, lastKeys = l, keys
			}
			if _, err := check.decryptPath(newPath, filtered, last, lastKeys, append(bytes.Clone(ctx), 0)); err != ErrDecrypt {
				t.Errorf("another context: %v", err)
			}
		}
	})
}
