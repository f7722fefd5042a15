package mls_test

import (
	"fmt"
	"maps"
	"math/rand/v2"

	"github.com/coffer-chat/coffer/mls"
)

// A group is kept in a store of records: here a map, in an application a
// database that writes them in one transaction.
func ExampleSaver() {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	random := rand.NewChaCha8([32]byte{})
	suite := mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
	key, err := suite.GenerateSignatureKey(random)
	check(err)
	g, err := mls.NewGroup(random, mls.GroupParams{Suite: suite, GroupID: []byte("a group"),
		Leaf: mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential([]byte("alice"))}})
	check(err)

	store := map[string][]byte{}
	saver := &mls.Saver{}
	save := func() {
		records, written := saver.Changes(g)
		for _, r := range records {
			if r.Value == nil {
				delete(store, r.Key)
			} else {
				store[r.Key] = r.Value
			}
		}
		written()
		fmt.Println(len(records), "records")
	}
	save()
	_, err = g.Seal(random, mls.SealOptions{}, []byte("hello"))
	check(err)
	save() // before the message leaves
	g, saver, err = mls.LoadSaved(maps.All(store), nil)
	check(err)
	save()
	fmt.Println("epoch", g.Epoch())
	// Output:
	// 3 records
	// 1 records
	// 0 records
	// epoch 0
}
