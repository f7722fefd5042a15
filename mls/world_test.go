package mls

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// suite1 is used where the suite does not matter.
const suite1 = MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519

// seeded is a source of randomness that repeats itself.
func seeded(seed string) io.Reader {
	var s [32]byte
	copy(s[:], seed)
	return rand.NewChaCha8(s)
}

// world is a group as all of its members and a delivery service see it.
type world struct {
	testing.TB
	suite   CipherSuite
	rand    io.Reader
	members map[string]*Group
	public  *PublicGroup
	info    []byte // GroupInfo of the current epoch, without tree
	psks    map[string]Secret
	names   int
	stores  map[string]*savedStore // of those who save in records
}

func newWorld(t testing.TB, suite CipherSuite, ext Extensions) *world {
	t.Helper()
	w := &world{TB: t, suite: suite, rand: seeded(t.Name()), members: map[string]*Group{}, psks: map[string]Secret{}}
	g, err := NewGroup(w.rand, GroupParams{Suite: suite, GroupID: []byte("group"), Leaf: w.leaf("a0"), Extensions: ext, KeepHistory: true})
	noErr(t, err)
	w.members["a0"] = g
	w.names = 1
	info, err := g.GroupInfo(w.rand, GroupInfoOptions{ExternalPub: true, Tree: true})
	noErr(t, err)
	w.public, err = NewPublicGroup(info, nil, ProcessOptions{})
	noErr(t, err)
	noErr(t, w.public.CheckGroupInfo(info))
	w.info = info
	return w
}

func (w *world) leaf(name string) LeafParams {
	w.Helper()
	key, err := w.suite.GenerateSignatureKey(w.rand)
	noErr(w, err)
	return LeafParams{SignatureKey: key, Credential: BasicCredential([]byte(name))}
}

func (w *world) bundle(name string) *KeyPackageBundle {
	w.Helper()
	b, err := NewKeyPackage(w.rand, KeyPackageParams{Suite: w.suite, Leaf: w.leaf(name)})
	noErr(w, err)
	return b
}

func (w *world) findPSK(id PreSharedKeyID) (Secret, bool) {
	s, ok := w.psks[string(id.ID)]
	return s, ok
}

// commit lets a member commit, and everyone follow.
func (w *world) commit(by string, o CommitOptions, join ...*KeyPackageBundle) *StagedCommit {
	w.Helper()
	for _, b := range join {
		o.Add = append(o.Add, b.KeyPackage)
	}
	o.WelcomeTree, o.PSK = true, w.findPSK
	before := w.members[by].EpochAuthenticator()
	staged, err := w.members[by].Commit(w.rand, o)
	noErr(w, err)
	equal0(w, "committer's old epoch", w.members[by].EpochAuthenticator(), before)
	w.spread(by, staged, o.Queued)
	for _, b := range join {
		g, err := JoinWelcome(staged.Welcome, b, JoinOptions{PSK: w.findPSK, KeepHistory: true})
		noErr(w, err)
		w.members[string(b.KeyPackage.Leaf.Credential.Identity)] = g
	}
	w.check()
	return staged
}

// external lets someone join by external commit.
func (w *world) external(name string, o ExternalOptions) *StagedCommit {
	w.Helper()
	o.Leaf, o.Tree, o.KeepHistory = w.leaf(name), w.public.Tree(), true
	staged, err := JoinExternal(w.rand, w.info, o)
	noErr(w, err)
	if !staged.External {
		w.Error("external commit is not marked as external")
	}
	w.spread(name, staged, nil)
	w.check()
	return staged
}

// spread gives a commit to all but its author.
func (w *world) spread(by string, staged *StagedCommit, queued []*QueuedProposal) {
	w.Helper()
	if h, err := ParseHeader(staged.Message); err != nil {
		w.Fatal(err)
	} else if h.WireFormat == WirePublicMessage {
		public, err := w.public.Process(staged.Message, ProcessOptions{Queued: queued})
		noErr(w, err)
		equalSummary(w, public.CommitSummary, staged.CommitSummary)
		w.public = public.Group()
	} else {
		info, err := staged.Group().GroupInfo(w.rand, GroupInfoOptions{Tree: true})
		noErr(w, err)
		w.public, err = NewPublicGroup(info, nil, ProcessOptions{})
		noErr(w, err)
	}
	for name, g := range w.members {
		if name == by {
			continue
		}
		next, err := g.Process(staged.Message, ProcessOptions{Queued: queued, PSK: w.findPSK})
		if err != nil {
			w.Fatalf("%s: %v", name, err)
		}
		equalSummary(w, next.CommitSummary, staged.CommitSummary)
		if next.SelfRemoved() {
			delete(w.members, name)
		} else {
			w.members[name] = next.Group()
		}
	}
	w.members[by] = staged.Group()
	noErr(w, w.public.CheckGroupInfo(staged.GroupInfo))
	w.info = staged.GroupInfo
}

// check holds all members against each other and against the public group, and
// passes each through its saved form.
func (w *world) check() {
	w.Helper()
	var auth []byte
	if len(w.members) != w.public.MemberCount() {
		w.Fatalf("%d members, public group has %d", len(w.members), w.public.MemberCount())
	}
	data, err := w.public.MarshalBinary()
	noErr(w, err)
	w.public, err = LoadPublicGroup(data)
	noErr(w, err)
	for name, g := range w.members {
		if auth == nil {
			auth = g.EpochAuthenticator()
		}
		equal0(w, name+": epoch authenticator", g.EpochAuthenticator(), auth)
		equal0(w, name+": group context", g.ContextBytes(), w.public.ContextBytes())
		equal0(w, name+": tree", g.Tree(), w.public.Tree())
		sameCensus(w, g.tree)
		if leaf, _ := g.Member(g.OwnLeaf()); string(leaf.Credential.Identity) != name || !leaf.SignatureKey.Equal(g.SignatureKey().Public()) {
			w.Fatalf("%s: own leaf is of %s", name, leaf.Credential.Identity)
		}
		for x, k := range g.private {
			pub, err := g.Suite().HPKEPublic(k)
			noErr(w, err)
			equal0(w, fmt.Sprintf("%s: private key of node %d", name, x), pub, g.tree.key(x))
		}
		w.members[name] = w.resave(name, w.reload(g))
	}
}

func (w *world) reload(g *Group) *Group {
	w.Helper()
	state, err := g.MarshalBinary()
	noErr(w, err)
	sender, err := g.MarshalSender()
	noErr(w, err)
	loaded, err := LoadGroup(state, sender)
	noErr(w, err)
	again, err := loaded.MarshalBinary()
	noErr(w, err)
	equal0(w, "saved state", again, state)
	return loaded
}

// chat lets each member send to all.
func (w *world) chat() {
	w.Helper()
	for from, g := range w.members {
		msg, err := g.Seal(w.rand, SealOptions{AAD: []byte("aad")}, []byte("from "+from))
		noErr(w, err)
		for to, h := range w.members {
			app, err := h.Open(msg)
			if to == from {
				if !errors.Is(err, ErrOwnMessage) {
					w.Fatalf("%s opens an own message: %v", to, err)
				}
				continue
			}
			noErr(w, err)
			if string(app.Data) != "from "+from || app.Sender != g.OwnLeaf() || string(app.AAD) != "aad" {
				w.Fatalf("%s got %q of %d from %s", to, app.Data, app.Sender, from)
			}
		}
	}
}

func equal0(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Fatalf("%s differs", what)
	}
}

func equalSummary(t testing.TB, got, want CommitSummary) {
	t.Helper()
	show := func(s CommitSummary) string {
		out := fmt.Sprint(s.Epoch, s.Committer, s.External, s.ContextChanged, len(s.PSKs), s.ReInit != nil, string(s.AuthenticatedData))
		for _, list := range [][]LeafChange{s.Added, s.Removed, s.Updated} {
			for _, c := range list {
				out += fmt.Sprint(" ", c.Index, c.Leaf != nil, c.Old != nil)
			}
			out += ";"
		}
		return out
	}
	if show(got) != show(want) {
		t.Fatalf("summary %s, want %s", show(got), show(want))
	}
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// openSecrets finds and decrypts the secrets for one key package.
func openSecrets(w *Welcome, kp *KeyPackageBundle) (*groupSecrets, error) {
	c, err := w.find(kp)
	if err != nil {
		return nil, err
	}
	return w.open(kp, c)
}
