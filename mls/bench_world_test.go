package mls

import (
	"fmt"
	"testing"
)

// benchSizes are the group sizes of the benchmarks.
var benchSizes = []int{2, 10, 100, 1000, 10_000}

const hybridSuite = MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519

// benchWorld is a group of n members: as its creator makes it in one commit, and
// as it looks once its members have renewed their keys. Worlds are kept for the
// whole process.
type benchWorld struct {
	suite   CipherSuite
	n       int
	bundles []*KeyPackageBundle // of all but the creator
	founder *Group              // alone, at epoch 0
	staged  *StagedCommit       // the founder adds all
	tree    []byte              // goes beside the Welcome
	floor   *floorKeys

	full    *publicState // with a full tree: no parent is blank
	secrets epochSecrets
	private map[nodeIndex]HPKEPrivateKey // of the full tree
}

type benchKey struct {
	suite CipherSuite
	n     int
}

var benchWorlds = map[benchKey]*benchWorld{}

// eachSize runs f for all sizes of the suite that is compared with others, and
// for one of the hybrid suite beside it.
func eachSize(b *testing.B, f func(b *testing.B, w *benchWorld)) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("suite1/%d", n), func(b *testing.B) { f(b, benchWorldOf(b, suite1, n)) })
	}
	b.Run("hybrid/1000", func(b *testing.B) { f(b, benchWorldOf(b, hybridSuite, 1000)) })
}

func benchLeaf(b testing.TB, suite CipherSuite, i int) LeafParams {
	key, err := suite.GenerateSignatureKey(seeded(fmt.Sprint("signature ", i)))
	noErr(b, err)
	return LeafParams{SignatureKey: key, Credential: BasicCredential(fmt.Appendf(nil, "member %d", i))}
}

func benchWorldOf(b testing.TB, suite CipherSuite, n int) *benchWorld {
	if w := benchWorlds[benchKey{suite, n}]; w != nil {
		return w
	}
	w := &benchWorld{suite: suite, n: n, bundles: make([]*KeyPackageBundle, n-1), floor: newFloorKeys(b, suite)}
	onAllCores(n-1, func(i int) {
		var err error
		w.bundles[i], err = NewKeyPackage(seeded(fmt.Sprint("key package ", i)), KeyPackageParams{Suite: suite, Leaf: benchLeaf(b, suite, i+1)})
		if err != nil {
			panic(err)
		}
	})
	var err error
	w.founder, err = NewGroup(seeded("founder"), GroupParams{Suite: suite, GroupID: []byte("group"), Leaf: benchLeaf(b, suite, 0), KeepHistory: true})
	noErr(b, err)
	w.staged = w.addAll(b)
	w.tree = w.staged.Group().Tree()
	w.fill(b)
	benchWorlds[benchKey{suite, n}] = w
	return w
}

// addAll is the one big add.
func (w *benchWorld) addAll(b testing.TB) *StagedCommit {
	o := CommitOptions{Parallel: onAllCores}
	for _, k := range w.bundles {
		o.Add = append(o.Add, k.KeyPackage)
	}
	staged, err := w.founder.Commit(seeded("add"), o)
	noErr(b, err)
	return staged
}

// join lets the last member in.
func (w *benchWorld) join(b testing.TB) *Group {
	g, err := JoinWelcome(w.staged.Welcome, w.bundles[w.n-2], JoinOptions{Tree: w.tree, Parallel: onAllCores, KeepHistory: true})
	noErr(b, err)
	return g
}

// fill gives every parent a key, as if every second member had renewed its own,
// each in a commit.
func (w *benchWorld) fill(b testing.TB) {
	r := seeded("fill")
	g := w.staged.Group()
	tree := g.tree.clone()
	w.private = map[nodeIndex]HPKEPrivateKey{0: g.private[0]}
	for i, k := range w.bundles {
		w.private[LeafIndex(i+1).node()] = k.EncryptionKey
	}
	for i := 0; i < w.n; i += 2 {
		l := LeafIndex(i)
		first, err := w.suite.random(r)
		noErr(b, err)
		filtered := tree.filteredPath(l)
		ps, err := derivePath(w.suite, first, 0, len(filtered), nil)
		noErr(b, err)
		leaf := *tree.leaf(l)
		leaf.Source, leaf.ParentHash = LeafFromCommit, tree.setPath(l, filtered, ps.public)
		w.private[l.node()], leaf.EncryptionKey, err = w.suite.GenerateHPKEKey(r)
		noErr(b, err)
		noErr(b, leaf.sign(r, w.suite, benchLeaf(b, w.suite, i).SignatureKey, g.GroupID(), l))
		tree.set(l.node(), treeNode{leaf: &leaf})
		for j, p := range filtered {
			w.private[p.node] = ps.private[j]
		}
	}
	c := g.context
	c.TreeHash = tree.rootHash()
	epoch, err := w.suite.random(r)
	noErr(b, err)
	w.secrets = secretsFromEpoch(w.suite, epoch)
	s := newPublicState(c, tree, w.suite.MAC(w.secrets.confirmation, nil))
	w.full = &s
}

// member is a member of the full tree.
func (w *benchWorld) member(b testing.TB, l LeafIndex, keepHistory bool) *Group {
	g := &Group{
		publicState: *w.full, own: l, key: benchLeaf(b, w.suite, int(l)).SignatureKey, secrets: w.secrets,
		private: map[nodeIndex]HPKEPrivateKey{l.node(): w.private[l.node()]}, keepHistory: keepHistory,
	}
	for _, x := range directPath(l.node(), g.tree.leaves()) {
		if k := w.private[x]; k != nil {
			g.private[x] = k
		}
	}
	g.startRatchets()
	return g
}

// TestBenchWorld: what the benchmarks measure is a group that works.
func TestBenchWorld(t *testing.T) {
	for _, n := range []int{2, 7, 33} {
		w := benchWorldOf(t, suite1, n)
		r, joined, first := w.bench(), w.join(t), w.staged.Group()
		for _, pair := range [][2]*Group{{first, joined}, {w.member(t, 0, true), w.member(t, LeafIndex(n-1), true)}} {
			from, to := pair[0], pair[1]
			for range 2 {
				staged, err := from.Commit(r, CommitOptions{Parallel: onAllCores})
				noErr(t, err)
				next, err := to.Process(staged.Message, ProcessOptions{Parallel: onAllCores})
				noErr(t, err)
				from, to = next.Group(), staged.Group()
				msg, err := from.Seal(r, SealOptions{}, benchText)
				noErr(t, err)
				_, err = to.Open(msg)
				noErr(t, err)
			}
		}
		noErr(t, w.full.tree.checkTree(w.full.GroupID(), nil, noTime, onAllCores, nil))
		for x := nodeIndex(1); uint32(x) < nodeWidth(w.full.LeafCount()); x += 2 {
			if !w.full.tree.empty(x) && !w.full.tree.empty(x.left()) && !w.full.tree.empty(x.right()) && w.private[x] == nil {
				t.Errorf("%d members: parent %d is blank", n, x)
			}
		}
	}
}
