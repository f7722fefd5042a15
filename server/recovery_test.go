package server_test

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server"
)

func (w *world) recovery(token string) cofferv1connect.RecoveryServiceClient {
	return cofferv1connect.NewRecoveryServiceClient(&http.Client{Transport: bearer{token, w.http.Transport}}, w.url)
}

func (w *world) retention(token string) cofferv1connect.RetentionServiceClient {
	return cofferv1connect.NewRetentionServiceClient(&http.Client{Transport: bearer{token, w.http.Transport}}, w.url)
}

// cloudKey is a person's key in two halves.
type cloudKey struct {
	half   *account.CloudHalf
	holder *account.KeyholderSecret
	record account.CloudRecord
}

func (p *person) newCloudKey() cloudKey {
	half, err := account.NewCloudHalf(rand.Reader)
	p.ok(err)
	r := account.CloudRecord{Proof: half.ProofKey(p.id()), Half: make([]byte, account.CloudHalfSize)}
	rand.Read(r.Half)
	holder, err := half.Keyholder(p.id(), r.Half)
	p.ok(err)
	r.Keyholder = holder.ID()
	return cloudKey{half, holder, r}
}

func (p *person) proof(k cloudKey) *cofferv1.OpenCloudHalfRequest {
	nonce := make([]byte, 32)
	rand.Read(nonce)
	b, err := k.half.Prove(testHost, p.id(), k.record.Keyholder, nonce, p.clock.Now())
	p.ok(err)
	return &cofferv1.OpenCloudHalfRequest{Proof: b}
}

func TestCloudRecords(t *testing.T) {
	w := newWorld(t)
	p := w.register("alice")
	d := p.first
	c, nobody := w.recovery(d.token), w.recovery("")
	k := p.newCloudKey()
	put := func(r account.CloudRecord) error {
		return try(w, c.PutCloudRecord, &cofferv1.PutCloudRecordRequest{Record: r.Marshal()})
	}
	w.refused(try(w, nobody.PutCloudRecord, &cofferv1.PutCloudRecordRequest{Record: k.record.Marshal()}), noSession)
	w.refused(try(w, c.PutCloudRecord, &cofferv1.PutCloudRecordRequest{Record: k.record.Marshal()[1:]}), malformed)
	w.ok(put(k.record))
	w.refused(try(w, nobody.OpenCloudHalf, p.proof(k)), invalid) // it is no keyholder yet
	d.append(d.Chain.Add(rand.Reader, d.author(), d.Roots, k.holder.Join(p.id(), "cloud", account.RealmSet{})))
	if r := call(w, nobody.OpenCloudHalf, p.proof(k)); !bytes.Equal(r.GetHalf(), k.record.Half) {
		t.Error("another half came back")
	}
	w.refused(try(w, nobody.OpenCloudHalf, &cofferv1.OpenCloudHalfRequest{Proof: []byte{1}}), malformed)
	late := p.proof(k)
	w.clock.Add(11 * time.Minute)
	w.refused(try(w, nobody.OpenCloudHalf, late), invalid)

	// A record of another kind of keyholder is none; and one that wants a password
	// needs an account that has one.
	other := k.record
	other.Keyholder = d.secret.ID()
	w.refused(put(other), invalid)
	guarded := k.record
	guarded.Password = true
	w.refused(put(guarded), invalid)
	call(w, d.SetPassword, passwordOf("right"))
	if m := call(w, c.GetPasswordStatus, &cofferv1.GetPasswordStatusRequest{}); m.GetSetMs() == 0 {
		t.Error("the password that is set is not known")
	}
	w.refused(try(w, nobody.GetPasswordStatus, &cofferv1.GetPasswordStatusRequest{}), noSession)
	w.ok(put(guarded))
	if r := call(w, nobody.OpenCloudHalf, p.proof(k)); !r.GetPasswordWanted() || len(r.GetHalf()) != 0 {
		t.Error("the half came without the password")
	}
	guess := p.proof(k)
	guess.Stretched = passwordOf("wrong").Stretched
	w.refused(try(w, nobody.OpenCloudHalf, guess), wrongPassword)
	guess.Stretched = passwordOf("right").Stretched
	if r := call(w, nobody.OpenCloudHalf, guess); !bytes.Equal(r.GetHalf(), k.record.Half) {
		t.Error("the right password brings another half")
	}
	if r := call(w, c.OpenCloudHalf, p.proof(k)); len(r.GetHalf()) == 0 {
		t.Error("a device of the account needs no password")
	}
	bob := w.register("bob")
	if r := call(w, w.recovery(bob.first.token).OpenCloudHalf, p.proof(k)); len(r.GetHalf()) != 0 {
		t.Error("a device of another account needs one")
	}

	d.append(d.Chain.Remove(rand.Reader, d.author(), d.Roots,
		[]account.Removal{{Keyholder: k.holder.ID(), Reason: account.ReasonLost, LogHead: d.Chain.LogHead()}}))
	w.refused(try(w, nobody.OpenCloudHalf, p.proof(k)), invalid)
	w.refused(put(k.record), invalid)
}

// TestCloudRecordQuota: records of keys that came to nothing make room, those of
// keyholders do not.
func TestCloudRecordQuota(t *testing.T) {
	w := newWorld(t)
	p := w.register("alice")
	c := w.recovery(p.first.token)
	for range 40 {
		call(w, c.PutCloudRecord, &cofferv1.PutCloudRecordRequest{Record: p.newCloudKey().record.Marshal()})
	}
	for i := range 17 {
		k := p.newCloudKey()
		err := try(w, c.PutCloudRecord, &cofferv1.PutCloudRecordRequest{Record: k.record.Marshal()})
		if i == 16 {
			w.refused(err, quota)
			return
		}
		w.ok(err)
		p.first.append(p.Chain.Add(rand.Reader, p.first.author(), p.Roots, k.holder.Join(p.id(), "cloud", account.RealmSet{})))
	}
}

func passwordOf(text string) *cofferv1.SetPasswordRequest {
	key := account.HashWithLabel("test: stretched", []byte(text))
	return &cofferv1.SetPasswordRequest{
		Parameters: account.DefaultPasswordParameters().Marshal(), Salt: make([]byte, 16), Stretched: key[:],
	}
}

// TestCloudPasswordGuesses: guesses at the password beside a cloud key are those at
// the password itself.
func TestCloudPasswordGuesses(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limits.WrongPassword.Burst, c.Limits.WrongPassword.Every = 3, time.Hour })
	p := w.register("alice")
	call(w, p.first.SetPassword, passwordOf("right"))
	k := p.newCloudKey()
	k.record.Password = true
	call(w, w.recovery(p.first.token).PutCloudRecord, &cofferv1.PutCloudRecordRequest{Record: k.record.Marshal()})
	p.first.append(p.Chain.Add(rand.Reader, p.first.author(), p.Roots, k.holder.Join(p.id(), "cloud", account.RealmSet{})))
	nobody := w.recovery("")
	for i := range 4 {
		guess := p.proof(k)
		guess.Stretched = passwordOf("wrong").Stretched
		want := wrongPassword
		if i == 3 {
			want = rateLimited
		}
		w.refused(try(w, nobody.OpenCloudHalf, guess), want)
	}
	err := try(w, w.client("").SignInPassword, &cofferv1.SignInPasswordRequest{Handle: "alice", Stretched: passwordOf("wrong").Stretched})
	w.refused(err, rateLimited)
}

// TestChangePassword: all PIN records come with the password, or it stays.
func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	p := w.register("alice")
	c := w.recovery(p.first.token)
	change := func(text string, records ...*cofferv1.PinRecord) error {
		return try(w, c.ChangePassword, &cofferv1.ChangePasswordRequest{Password: passwordOf(text), PinRecords: records})
	}
	w.refused(try(w, w.recovery("").ChangePassword, &cofferv1.ChangePasswordRequest{Password: passwordOf("x")}), noSession)
	w.refused(try(w, c.ChangePassword, &cofferv1.ChangePasswordRequest{}), malformed)
	w.ok(change("first"))
	secret := make([]byte, 32)
	rand.Read(secret)
	pin, err := account.DeriveKeyholder(secret, p.id(), account.KindPIN)
	w.ok(err)
	set := account.RealmSet{Threshold: 1, Realms: []account.Realm{{URL: "https://realm.example", Key: w.newSecret().SignatureKey()}}}
	p.first.append(p.Chain.Add(rand.Reader, p.first.author(), p.Roots, pin.Join(p.id(), "PIN", set)))
	id, device := pin.ID(), p.first.secret.ID()
	record := &cofferv1.PinRecord{Keyholder: id[:], Record: []byte("new")}
	w.refused(change("second"), invalid)
	w.refused(change("second", &cofferv1.PinRecord{Keyholder: id[:]}), invalid)
	w.refused(change("second", &cofferv1.PinRecord{Keyholder: device[:], Record: []byte("x")}), invalid)
	w.refused(change("second", record, record), invalid)
	w.refused(change("second", &cofferv1.PinRecord{Keyholder: id[:3], Record: []byte("x")}), malformed)
	signIn := func(text string) error {
		return try(w, w.client("").SignInPassword, &cofferv1.SignInPasswordRequest{Handle: "alice", Stretched: passwordOf(text).Stretched})
	}
	w.ok(signIn("first"))
	w.ok(change("second", record))
	w.ok(signIn("second"))
	w.refused(signIn("first"), wrongPassword)
	list := call(w, p.first.GetPinRecords, &cofferv1.GetPinRecordsRequest{}).GetPinRecords()
	if len(list) != 1 || string(list[0].GetRecord()) != "new" {
		t.Errorf("records %v", list)
	}
}

// TestConfirmStored: only a device that is in the group says what it has, and of
// what there is; a message that somebody's vault keeps stays.
func TestConfirmStored(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	x := alice.first.create(bob)
	m := call(w, alice.first.convos.PostMessage, x.seal(x.header(), "text"))
	seq := m.GetEntry().GetSeq()
	confirm := func(d *device, seq uint64) error {
		return try(w, w.retention(d.token).ConfirmStored, &cofferv1.ConfirmStoredRequest{Conversation: x.id[:], Seq: seq})
	}
	w.refused(confirm(alice.first, seq+1), unknownHead)
	w.refused(confirm(carol.first, seq), notFound)
	w.refused(confirm(alice.first.addDevice(), seq), forbidden)
	w.refused(try(w, w.retention("").ConfirmStored, &cofferv1.ConfirmStoredRequest{Conversation: x.id[:], Seq: seq}), noSession)
	w.ok(confirm(alice.first, seq))
	w.ok(confirm(bob.first, seq))
	r := call(w, alice.first.convos.ReadLog, &cofferv1.ReadLogRequest{Conversation: x.id[:], FromSeq: seq, Limit: 1})
	if len(r.GetEntries()) != 1 || len(r.GetEntries()[0].GetBody()) == 0 {
		t.Error("a message that vaults keep was dropped")
	}
}
