package server_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/core/privatelog"
	"github.com/coffer-chat/coffer/server"
)

func TestKeyPackages(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limits.MaxKeyPackages = 5 })
	alice, bob := w.register("alice"), w.register("bob")
	count := func() *cofferv1.CountKeyPackagesResponse {
		return call(w, bob.first.CountKeyPackages, &cofferv1.CountKeyPackagesRequest{})
	}
	seen := map[string]int{}
	for range 5 {
		for _, k := range call(w, alice.first.ClaimKeyPackages, &cofferv1.ClaimKeyPackagesRequest{Account: idBytes(bob), Suite: uint32(testSuite)}).GetKeyPackages() {
			seen[string(k.GetKeyPackage())]++
		}
	}
	if len(seen) != 4 || count().GetAvailable() != 0 || !count().GetLastResort() {
		t.Errorf("%d key packages in five claims, %v left", len(seen), count())
	}
	if n := len(call(w, alice.first.ClaimKeyPackages, &cofferv1.ClaimKeyPackagesRequest{Account: idBytes(bob), Suite: 3}).GetKeyPackages()); n != 0 {
		t.Errorf("%d key packages of a suite that nobody has", n)
	}
	w.refused(try(w, alice.first.ClaimKeyPackages, &cofferv1.ClaimKeyPackagesRequest{Account: make([]byte, 32)}), notFound)
	w.refused(try(w, alice.first.ClaimKeyPackages, &cofferv1.ClaimKeyPackagesRequest{Account: idBytes(bob), Suite: 1 << 20}), malformed)

	put := func(data ...[]byte) error {
		return try(w, bob.first.PublishKeyPackages, &cofferv1.PublishKeyPackagesRequest{KeyPackages: data})
	}
	w.refused(put(alice.first.newKeyPackage()), invalid) // another's
	cut := bob.first.newKeyPackage()
	w.refused(put(cut[:len(cut)-1]), malformed)
	cut[len(cut)-1] ^= 1
	w.refused(put(cut), invalid)
	tablet := bob.first.addDevice()
	w.refused(put(tablet.newKeyPackage()), invalid) // another device's
	same := bob.first.newKeyPackage()
	w.ok(put(same, same))
	if n := count().GetAvailable(); n != 1 {
		t.Errorf("%d, but the same counts once", n)
	}
	var many [][]byte
	for range 5 {
		many = append(many, bob.first.newKeyPackage())
	}
	w.refused(put(many...), quota)
}

func TestPrivateLog(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	d := alice.first
	var head account.LogHead
	seal := func(text string) *privatelog.Entry {
		e, err := privatelog.Seal(rand.Reader, d.secret, w.clock.Now(), alice.Chain, alice.Roots, head, []byte(text))
		w.ok(err)
		head = e.Head(alice.id())
		return e
	}
	put := func(list ...*privatelog.Entry) error {
		m := &cofferv1.AppendPrivateLogRequest{}
		for _, e := range list {
			m.Entries = append(m.Entries, e.Marshal())
		}
		return try(w, d.AppendPrivateLog, m)
	}
	one, two := seal("one"), seal("two")
	w.refused(put(two), stale)
	w.ok(put(one, two))
	w.ok(put(one, two))
	w.ok(put(two))
	w.refused(put(), malformed)
	before := head
	head = account.LogHead{}
	w.refused(put(seal("another first")), stale)
	head = before
	bad := seal("bad")
	bad.Signature[0] ^= 1
	w.refused(put(bad), invalid)
	head = before

	// An entry under an older vault epoch than the chain's is refused.
	old := seal("old epoch")
	head = before
	alice.first.append(alice.Chain.SetVault(rand.Reader, account.Author{Secret: d.secret, Time: w.clock.Now(), LogHead: before}, alice.Roots, false))
	w.refused(put(old), stale)
	w.ok(put(seal("new epoch")))
	r := call(w, d.ReadPrivateLog, &cofferv1.ReadPrivateLogRequest{FromSeq: 2, Limit: 5})
	if len(r.GetEntries()) != 2 || r.GetHeadSeq() != 3 {
		t.Errorf("%d entries, head %d", len(r.GetEntries()), r.GetHeadSeq())
	}

	// The chain cannot name a head that the log lacks.
	u, err := alice.Chain.SetVault(rand.Reader, account.Author{Secret: d.secret, Time: w.clock.Now(), LogHead: account.LogHead{Seq: 9, Link: account.Hash{1}}}, alice.Roots, true)
	w.ok(err)
	w.refused(try(w, d.AppendChain, &cofferv1.AppendChainRequest{Entry: u.Entry.Marshal(), SealedRoots: wireRoots(u.Sealed)}), unknownHead)
}

func TestPinRecords(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	put := func(id []byte, record string) error {
		return try(w, alice.first.PutPinRecord, &cofferv1.PutPinRecordRequest{PinRecord: &cofferv1.PinRecord{Keyholder: id, Record: []byte(record)}})
	}
	pin := bytes.Repeat([]byte{5}, 16)
	w.ok(put(pin, "one"))
	w.ok(put(pin, "two"))
	w.refused(put(pin[1:], "x"), malformed)
	w.refused(put(pin, ""), malformed)
	self := alice.first.secret.ID()
	w.refused(put(self[:], "a device's"), invalid)
	r := call(w, alice.first.GetPinRecords, &cofferv1.GetPinRecordsRequest{}).GetPinRecords()
	if len(r) != 1 || string(r[0].GetRecord()) != "two" {
		t.Errorf("records %v", r)
	}
}

func TestRealmToken(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	realm, clientKey, pin := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 16)
	token := func(action pinvault.Action, registration []byte) (*cofferv1.RealmTokenResponse, error) {
		r, err := alice.first.RealmToken(t.Context(), req(&cofferv1.RealmTokenRequest{
			RealmKey: realm, ClientKey: clientKey, Registration: registration, Action: uint32(action),
		}))
		if err != nil {
			return nil, err
		}
		return r.Msg, nil
	}
	r, err := token(pinvault.ActionRegister, pin)
	w.ok(err)
	got, err := pinvault.ParseToken(r.GetToken())
	w.ok(err)
	id := alice.id()
	if got.Account != pinvault.AccountID(id) || got.Realm != pinvault.PublicKey(realm) || got.Device != pinvault.PublicKey(alice.first.secret.SignatureKey()) ||
		got.Recovery != pinvault.RecoveryID(pin) || got.Client != pinvault.PublicKey(clientKey) {
		t.Errorf("token %+v", got)
	}
	_, err = token(pinvault.ActionRecover, pin)
	w.refused(err, notFound) // no such PIN in the chain
	_, err = token(pinvault.ActionReadWitness, pin)
	w.refused(err, malformed)
	_, err = token(99, pin)
	w.refused(err, malformed)
	_, err = token(pinvault.ActionRegister, nil)
	w.refused(err, malformed)
}
