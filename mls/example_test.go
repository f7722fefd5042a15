package mls_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/coffer-chat/coffer/mls"
)

// Alice creates a group, adds Bob, and sends him a message; a delivery service
// follows, and Alice's own archive reads the message again later.
func Example() {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	random := rand.NewChaCha8([32]byte{}) // crypto/rand.Reader outside of examples
	suite := mls.MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519
	client := func(name string) mls.LeafParams {
		key, err := suite.GenerateSignatureKey(random)
		check(err)
		return mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential([]byte(name))}
	}

	// Bob publishes a key package.
	bobsBundle, err := mls.NewKeyPackage(random, mls.KeyPackageParams{Suite: suite, Leaf: client("bob")})
	check(err)
	published := bobsBundle.KeyPackage.Message()

	// Alice creates the group. The delivery service begins with its GroupInfo.
	alice, err := mls.NewGroup(random, mls.GroupParams{Suite: suite, GroupID: []byte("a group"), Leaf: client("alice"), KeepHistory: true})
	check(err)
	info, err := alice.GroupInfo(random, mls.GroupInfoOptions{ExternalPub: true, Tree: true})
	check(err)
	service, err := mls.NewPublicGroup(info, nil, mls.ProcessOptions{})
	check(err)

	// She adds Bob. Nothing changes before the service has accepted the commit.
	kp, err := mls.ParseKeyPackage(published)
	check(err)
	staged, err := alice.Commit(random, mls.CommitOptions{Add: []*mls.KeyPackage{kp}, WelcomeTree: true})
	check(err)
	accepted, err := service.Process(staged.Message, mls.ProcessOptions{})
	check(err)
	service = accepted.Group()
	alice = staged.Group()
	bob, err := mls.JoinWelcome(staged.Welcome, bobsBundle, mls.JoinOptions{})
	check(err)

	msg, err := alice.Seal(random, mls.SealOptions{AAD: []byte("header")}, []byte("hello"))
	check(err)
	app, err := bob.Open(msg)
	check(err)
	leaf, _ := bob.Member(app.Sender)
	fmt.Printf("%s to %d members: %s\n", leaf.Credential.Identity, service.MemberCount(), app.Data)

	reader, err := alice.Reader()
	check(err)
	app, err = reader.Open(msg)
	check(err)
	fmt.Printf("from the archive: %s\n", app.Data)
	// Output:
	// alice to 2 members: hello
	// from the archive: hello
}
