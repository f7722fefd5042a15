package mls_test

import (
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/coffer-chat/coffer/mls"
)

// suite is that of the examples.
const suite = mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519

// ok ends an example at the first error.
func ok[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// client is what a client puts into its leaves.
func client(name string) mls.LeafParams {
	return mls.LeafParams{SignatureKey: ok(suite.GenerateSignatureKey(rand.Reader)), Credential: mls.BasicCredential([]byte(name))}
}

// pair is a group of Alice and Bob, and a GroupInfo of it.
func pair() (alice, bob *mls.Group, groupInfo []byte) {
	bundle := ok(mls.NewKeyPackage(rand.Reader, mls.KeyPackageParams{Suite: suite, Leaf: client("bob")}))
	alice = ok(mls.NewGroup(rand.Reader, mls.GroupParams{Suite: suite, GroupID: []byte("a group"), Leaf: client("alice")}))
	staged := ok(alice.Commit(rand.Reader, mls.CommitOptions{Add: []*mls.KeyPackage{bundle.KeyPackage}, WelcomeTree: true}))
	bob = ok(mls.JoinWelcome(staged.Welcome, bundle, mls.JoinOptions{}))
	bundle.Erase() // a key package is used once
	return staged.Group(), bob, staged.GroupInfo
}

// members lists who is in a group.
func members(g *mls.Group) string {
	var names []string
	for _, leaf := range g.Members() {
		names = append(names, string(leaf.Credential.Identity))
	}
	return strings.Join(names, ", ")
}

// Carol joins by herself, from a GroupInfo that somebody published.
func ExampleJoinExternal() {
	alice, bob, info := pair()
	staged := ok(mls.JoinExternal(rand.Reader, info, mls.ExternalOptions{Leaf: client("carol"), Tree: alice.Tree()}))
	// The delivery service orders her commit; the members process it.
	alice = ok(alice.Process(staged.Message, mls.ProcessOptions{})).Group()
	bob = ok(bob.Process(staged.Message, mls.ProcessOptions{})).Group()
	carol := staged.Group()
	msg := ok(carol.Seal(rand.Reader, mls.SealOptions{}, []byte("it's me")))
	app := ok(bob.Open(msg))
	fmt.Printf("%s: %s\n", members(alice), app.Data)
	// Output: alice, bob, carol: it's me
}

// A pre-shared key, which both know from elsewhere, goes into the next epoch: who
// does not know it cannot follow.
func ExamplePSK() {
	alice, bob, _ := pair()
	known := map[string]mls.Secret{"agreed on the phone": mls.Secret("correct horse battery staple")}
	find := func(id mls.PreSharedKeyID) (mls.Secret, bool) { s, ok := known[string(id.ID)]; return s, ok }

	psk := mls.ExternalPSK([]byte("agreed on the phone"), known["agreed on the phone"])
	staged := ok(alice.Commit(rand.Reader, mls.CommitOptions{PSKs: []mls.PSK{psk}}))
	_, err := bob.Process(staged.Message, mls.ProcessOptions{})
	fmt.Println(err)
	next := ok(bob.Process(staged.Message, mls.ProcessOptions{PSK: find}))
	fmt.Println("epoch", next.Group().Epoch())
	// Output:
	// mls: pre-shared key not available
	// epoch 2
}

// Alice removes Bob. His own group tells him so; it has no next epoch.
func ExampleStagedCommit_SelfRemoved() {
	alice, bob, _ := pair()
	staged := ok(alice.Commit(rand.Reader, mls.CommitOptions{Remove: []mls.LeafIndex{bob.OwnLeaf()}}))
	last := ok(bob.Process(staged.Message, mls.ProcessOptions{}))
	fmt.Println("bob is removed:", last.SelfRemoved())
	fmt.Println("left:", members(staged.Group()))
	bob.Erase()
	// Output:
	// bob is removed: true
	// left: alice
}

// A group is saved in two parts. The sender record goes to disk before each
// message that Seal returns leaves the machine.
func ExampleLoadGroup() {
	alice, bob, _ := pair()
	state := ok(alice.MarshalBinary())
	msg := ok(alice.Seal(rand.Reader, mls.SealOptions{}, []byte("one")))
	sender := ok(alice.MarshalSender())
	// Here the machine stops.
	alice = ok(mls.LoadGroup(state, sender))
	second := ok(alice.Seal(rand.Reader, mls.SealOptions{}, []byte("two")))
	for _, m := range [][]byte{second, msg} { // in any order
		app := ok(bob.Open(m))
		fmt.Printf("%d: %s\n", app.Generation, app.Data)
	}
	_, err := bob.Open(msg)
	fmt.Println(err)
	// Output:
	// 1: two
	// 0: one
	// mls: message generation already used
}

// A delivery service follows the group without any secret, and refuses what no
// member would accept.
func ExamplePublicGroup() {
	alice, bob, _ := pair()
	info := ok(alice.GroupInfo(rand.Reader, mls.GroupInfoOptions{ExternalPub: true, Tree: true}))
	service := ok(mls.NewPublicGroup(info, nil, mls.ProcessOptions{}))
	first := ok(alice.Commit(rand.Reader, mls.CommitOptions{}))
	late := ok(bob.Commit(rand.Reader, mls.CommitOptions{}))
	service = ok(service.Process(first.Message, mls.ProcessOptions{})).Group()
	_, err := service.Process(late.Message, mls.ProcessOptions{})
	fmt.Println(err)
	fmt.Println("epoch", service.Epoch(), "of", service.MemberCount(), "members")
	// Output:
	// mls: message of another epoch
	// epoch 2 of 2 members
}

// The members move to another cipher suite: the old group ends with a ReInit, and
// one of them makes the new one.
func ExampleGroup_Reinitialize() {
	alice, bob, _ := pair()
	const next = mls.MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519
	staged := ok(alice.Commit(rand.Reader, mls.CommitOptions{
		ReInit: &mls.ReInit{GroupID: []byte("the next group"), Version: mls.MLS10, CipherSuite: next},
	}))
	alice, bob = staged.Group(), ok(bob.Process(staged.Message, mls.ProcessOptions{})).Group()

	bundle := ok(mls.NewKeyPackage(rand.Reader, mls.KeyPackageParams{Suite: next, Leaf: client("bob")}))
	founded := ok(alice.Reinitialize(rand.Reader, mls.FoundingOptions{
		Leaf: client("alice"), KeyPackages: []*mls.KeyPackage{bundle.KeyPackage}, WelcomeTree: true,
	}))
	joined := ok(bob.JoinReinitialized(founded.Welcome, bundle, mls.JoinOptions{}))
	fmt.Println(joined.Suite())
	fmt.Println(members(joined))
	// Output:
	// MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519
	// alice, bob
}
