package disclose_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/core/privatelog"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

const host = "chat.example"

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is a store in which alice has some of everything. It is the same each
// time.
type fixture struct {
	t    *testing.T
	rand *rand.ChaCha8
	now  time.Time
	path string
	db   *sqlstore.DB

	alice, bob *person
	phone      *account.KeyholderSecret
	// secrets are byte strings that no disclosure may show.
	secrets [][]byte
}

// person is an account and its first device.
type person struct {
	laptop *account.KeyholderSecret
	*account.Update
}

func (p *person) id() account.ID { return p.Chain.ID() }

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, rand: rand.NewChaCha8([32]byte{7}), now: began, path: filepath.Join(t.TempDir(), "coffer.db")}
	var err error
	f.db, err = sqlstore.OpenSQLite(t.Context(), f.path)
	f.ok(err)
	t.Cleanup(func() { f.ok(f.db.Close()) })
	f.alice, f.bob = f.register("alice"), f.register("bob")
	invite := sha256.Sum256([]byte("an invitation"))
	f.ok(f.db.PutInvite(t.Context(), invite, f.ms()))
	f.ok(f.db.UseInvite(t.Context(), invite, f.alice.id()))
	f.keyholders()
	f.access()
	f.conversations()
	f.ok(f.db.ClaimHandle(t.Context(), store.HandleRow{Handle: "dora", Account: account.ID{1, 2, 3}, ClaimedMS: f.ms()}, 0, nil))
	return f
}

func (f *fixture) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// ms is the next moment.
func (f *fixture) ms() uint64 {
	f.now = f.now.Add(time.Minute)
	return uint64(f.now.UnixMilli())
}

// secret draws n bytes that must not be shown.
func (f *fixture) secret(n int) []byte {
	b := make([]byte, n)
	f.rand.Read(b)
	f.secrets = append(f.secrets, b)
	return b
}

func (f *fixture) update(p *person, fn func(store.AccountTx) error) {
	f.t.Helper()
	f.ok(f.db.UpdateAccount(f.t.Context(), p.id(), fn))
}

func (f *fixture) register(handle string) *person {
	f.t.Helper()
	laptop, err := account.GenerateKeyholder(f.rand)
	f.ok(err)
	p := &person{laptop: laptop}
	p.Update, err = account.NewGenesis(f.rand, f.now, account.Handle(handle), host, laptop, handle+"'s laptop")
	f.ok(err)
	row := store.HandleRow{Handle: handle, Account: p.id(), ClaimedMS: f.ms()}
	f.ok(f.db.ClaimHandle(f.t.Context(), row, 0, nil))
	f.update(p, func(tx store.AccountTx) error { return tx.Create(store.Account{Handle: handle, CreatedMS: f.ms()}) })
	f.store(p)
	return p
}

// store appends the person's newest chain entry.
func (f *fixture) store(p *person) {
	f.t.Helper()
	var roots []store.SealedRoot
	for _, r := range p.Sealed.Roots {
		roots = append(roots, store.SealedRoot{Keyholder: r.Keyholder, VaultEpoch: p.Sealed.Epoch, Sealed: r.Data})
		f.secrets = append(f.secrets, r.Data[:32])
	}
	f.update(p, func(tx store.AccountTx) error { return tx.AppendChain(p.Entry.Seq, p.Entry.Marshal(), roots) })
}

func (f *fixture) take(u *account.Update, err error) {
	f.t.Helper()
	f.ok(err)
	f.alice.Update = u
	f.store(f.alice)
}

func (f *fixture) author() account.Author {
	f.ms()
	return account.Author{Secret: f.alice.laptop, Time: f.now}
}

// keyholders gives alice a phone, which is then lost, a code and a PIN.
func (f *fixture) keyholders() {
	f.t.Helper()
	var err error
	f.phone, err = account.GenerateKeyholder(f.rand)
	f.ok(err)
	a := f.alice
	f.take(a.Chain.Add(f.rand, f.author(), a.Roots, f.phone.Join(a.id(), "alice's phone", account.RealmSet{})))
	f.privateLog()
	f.take(a.Chain.Remove(f.rand, f.author(), a.Roots, []account.Removal{{Keyholder: f.phone.ID(), Reason: account.ReasonLost, LogHead: a.Chain.LogHead()}}))
	code, err := account.DeriveKeyholder(f.secret(32), a.id(), account.KindCode)
	f.ok(err)
	f.take(a.Chain.Add(f.rand, f.author(), a.Roots, code.Join(a.id(), "code in the drawer", account.RealmSet{})))
	pin, err := account.DeriveKeyholder(f.secret(32), a.id(), account.KindPIN)
	f.ok(err)
	set := pinvault.RealmSet{Threshold: 2, Stretch: pinvault.DefaultStretch}
	inChain := account.RealmSet{Threshold: 2}
	for _, name := range []string{"a", "b", "c"} {
		k, err := account.GenerateKeyholder(f.rand)
		f.ok(err)
		url := "https://realm-" + name + ".example"
		inChain.Realms = append(inChain.Realms, account.Realm{URL: url, Key: k.SignatureKey()})
		set.Realms = append(set.Realms, pinvault.Realm{URL: url, Key: pinvault.PublicKey(k.SignatureKey())})
	}
	f.take(a.Chain.Add(f.rand, f.author(), a.Roots, pin.Join(a.id(), "PIN", inChain)))
	record := append(syntax.AppendOpaque(nil, set.Append(nil)), f.secret(32)...)
	f.update(a, func(tx store.AccountTx) error {
		return errors.Join(tx.PutPinRecord(store.PinRecord{Keyholder: pin.ID(), Record: record}), f.cloudKey(tx))
	})
}

func (f *fixture) privateLog() {
	f.t.Helper()
	var pos privatelog.Position
	for _, by := range []*account.KeyholderSecret{f.alice.laptop, f.phone, f.phone} {
		f.ms()
		e, err := privatelog.Seal(f.rand, by, f.now, f.alice.Chain, f.alice.Roots, pos.Head, []byte("read up to 12"))
		f.ok(err)
		next, err := privatelog.CheckAppend(f.alice.Chain, pos, e)
		f.ok(err)
		f.secrets = append(f.secrets, e.Ciphertext)
		f.update(f.alice, func(tx store.AccountTx) error {
			return tx.AppendPrivateLog(e.Seq, [][]byte{e.Marshal()}, next)
		})
		pos = next
	}
}

// access opens sessions, sets a password and publishes key packages.
func (f *fixture) access() {
	f.t.Helper()
	laptop := f.alice.laptop.ID()
	f.update(f.alice, func(tx store.AccountTx) error {
		f.ok(tx.SetPassword(store.Password{
			Parameters: account.DefaultPasswordParameters().Marshal(), Salt: f.secret(16), Verifier: account.Hash(f.secret(32)), SetMS: f.ms(),
		}))
		for _, holder := range []account.KeyholderID{laptop, {}} {
			opened := f.ms()
			f.ok(tx.PutSession(store.Session{
				Hash: [32]byte(f.secret(32)), Keyholder: holder, Restricted: holder.IsZero(), CreatedMS: opened, ExpiresMS: opened + 3_600_000,
			}))
		}
		f.ok(tx.UseNonce(f.secret(16), f.ms()))
		opened := f.ms()
		mailbox := [16]byte(f.secret(16))
		f.ok(tx.PutLink(store.LinkMailbox{ID: mailbox, Device: laptop, CreatedMS: opened, ExpiresMS: opened + 600_000}))
		f.ok(tx.PutLinkBox(mailbox, 1, f.secret(120)))
		f.ok(tx.PutPushSubscription(store.PushSubscription{Device: laptop, Endpoint: "https://push.example/w/4711"}))
		f.ok(tx.PutReport(store.Report{ID: [16]byte{0x5e, 0xed}, FiledMS: f.ms(), Data: f.secret(700)}))
		var list []store.KeyPackage
		for i := range 3 {
			data := f.secret(300)
			list = append(list, store.KeyPackage{
				Device: laptop, Suite: 1, Ref: sha256.Sum256(data), NotAfterMS: f.ms(), LastResort: i == 2, Data: data,
			})
		}
		return tx.AddKeyPackages(list)
	})
}

// conversations makes one of two, which is in use, and a group that alice left.
func (f *fixture) conversations() {
	f.t.Helper()
	a := f.alice.id()
	direct := &convo.Facts{Host: host, Kind: convo.Direct, Creator: a, Peer: f.bob.id()}
	f.conversation(direct, func(tx store.ConversationTx) {
		day := uint64(24 * 3600 * 1000)
		f.post(tx, 2, convo.EntryCommit, 0, 0, 0)
		f.post(tx, 3, convo.EntryMessage, convo.PurposeMessage, 0, 0)
		f.post(tx, 4, convo.EntryMessage, convo.PurposeEdit, 3, 0)
		f.post(tx, 5, convo.EntryMessage, convo.PurposeMessage, 0, f.ms()+day)
		f.post(tx, 6, convo.EntryMessage, convo.PurposeUnsend, 3, 0)
		f.ok(tx.Erase(3, bytes.Repeat([]byte{1}, 100), sha256.Sum256([]byte("body"))))
		_, err := tx.Release(5, a)
		f.ok(err)
		f.ok(tx.PutReadMark(store.ReadMark{Account: a, Message: make([]byte, 338)}))
		f.ok(tx.PutLeaf(store.Device{Account: a, Device: f.alice.laptop.ID()}))
		f.ok(tx.PutEpoch(store.Epoch{Epoch: 1, Seq: 2, HeadTable: make([]byte, 200), Record: make([]byte, 300), Signature: make([]byte, 64), Leaves: make([]byte, 64)},
			[]store.Deposit{{Account: a, VaultEpoch: 2, Sealed: f.secret(1232)}, {Account: f.bob.id(), Index: 1, VaultEpoch: 1, Sealed: f.secret(1232)}}))
		f.ok(tx.RepairDeposit(0, 1, store.Deposit{Account: a, Repaired: f.secret(1232), RepairedBy: make([]byte, 48)}))
		f.ok(tx.PutWelcome(store.Welcome{Epoch: 1, Welcome: f.secret(500), Tree: make([]byte, 700)},
			[]store.Device{{Account: a, Device: f.alice.laptop.ID()}}, f.ms()))
		f.ok(tx.PutParticipant(store.Participant{Account: a, Role: convo.Member, Since: 1}))
		f.ok(tx.PutParticipant(store.Participant{Account: f.bob.id(), Role: convo.Member, Since: 1}))
	})
	group := &convo.Facts{Host: host, Kind: convo.Group, Creator: a, Nonce: [32]byte{9}}
	f.conversation(group, func(tx store.ConversationTx) {
		f.post(tx, 2, convo.EntryLeave, 0, 0, 0)
		f.ok(tx.PutParticipant(store.Participant{Account: a, Role: convo.Owner, Since: 1, Until: 2, Left: 2}))
		f.ok(tx.PutParticipant(store.Participant{Account: f.bob.id(), Role: convo.Admin, Since: 1}))
		f.ok(tx.PutParticipant(store.Participant{Account: account.ID{5}, Role: convo.Member, Since: 1})) // unknown here
		f.ok(tx.Wake())
	})
}

func (f *fixture) conversation(facts *convo.Facts, fill func(store.ConversationTx)) {
	f.t.Helper()
	id := facts.ID()
	list := []convo.Participant{{Account: f.alice.id(), Role: convo.Member}, {Account: f.bob.id(), Role: convo.Member}}
	participants, err := convo.NewParticipants(list)
	f.ok(err)
	state := convo.State{Facts: facts, Participants: participants}
	suite := mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
	key, err := suite.GenerateSignatureKey(f.rand)
	f.ok(err)
	identity := f.alice.laptop.CertifyLeaf(f.alice.id(), key.Public())
	g, err := mls.NewGroup(f.rand, mls.GroupParams{
		Suite: suite, GroupID: convo.MLSGroupID(id, 0), Extensions: state.Extensions(),
		Leaf: mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(identity.Marshal())},
	})
	f.ok(err)
	info, err := g.GroupInfo(f.rand, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: state.CreationExtensions()})
	f.ok(err)
	pos, public, err := convo.Begin(info)
	f.ok(err)
	saved, err := public.MarshalBinary()
	f.ok(err)
	f.ok(f.db.UpdateConversation(f.t.Context(), id, func(tx store.ConversationTx) error {
		created := f.ms()
		f.ok(tx.Create(store.Conversation{ID: id, CreatedMS: created, Epoch: 1, Suite: uint16(suite)}))
		f.post(tx, 1, convo.EntryCreate, 0, 0, 0)
		f.ok(tx.SetGroup(store.Group{Epoch: 1, State: saved, Record: pos.Record.AppendChange(nil, nil), Seq: 1}))
		fill(tx)
		return tx.SetConversation(store.Conversation{
			ID: id, CreatedMS: created, Epoch: 1, Suite: uint16(suite), Head: convo.LogHead{Seq: 6}, AcceptedMS: f.ms(),
		})
	}))
	if facts.Kind == convo.Direct { // the group waits in the outbox: the index lags
		f.update(f.alice, func(tx store.AccountTx) error { return tx.TouchConversation(id, 6, f.ms()) })
	}
}

func (f *fixture) post(tx store.ConversationTx, seq uint64, k convo.EntryKind, p convo.Purpose, target, erase uint64) {
	f.t.Helper()
	f.ok(tx.Append(store.Entry{
		Seq: seq, Kind: k, Purpose: p, Target: target, EraseMS: erase, AcceptedMS: f.ms(), Epoch: 1,
		Sender: convo.Sender{Account: f.alice.id(), Device: f.alice.laptop.ID()},
		Body:   f.secret(256 + int(seq)), Frank: f.secret(90), Idempotency: f.secret(16),
	}))
}

// cloudKey files the server's half of a key that is not in the chain yet.
func (f *fixture) cloudKey(tx store.AccountTx) error {
	half, err := account.NewCloudHalf(f.rand)
	f.ok(err)
	r := account.CloudRecord{Keyholder: account.KeyholderID{1}, Proof: half.ProofKey(f.alice.id()), Half: f.secret(32), Password: true}
	return tx.PutCloudRecord(store.CloudRecord{Keyholder: r.Keyholder, Record: r.Marshal()})
}
