package server_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/server"
)

var randReader io.Reader = rand.Reader

func TestRegister(t *testing.T) {
	w := newWorld(t)
	c := w.client("")
	m, u, _ := w.genesis("alice")
	call(w, c.Register, m)
	call(w, c.Register, m) // the same again
	r := call(w, c.Resolve, &cofferv1.ResolveRequest{Handle: "alice"})
	if id := u.Chain.ID(); !bytes.Equal(r.GetAccount(), id[:]) {
		t.Error("the handle leads elsewhere")
	}
	if r := call(w, c.Resolve, &cofferv1.ResolveRequest{Account: r.GetAccount()}); r.GetHandle() != "alice" {
		t.Errorf("the account is called %q", r.GetHandle())
	}
	other, _, _ := w.genesis("alice")
	w.refused(try(w, c.Register, other), handleTaken)

	for _, f := range []func(m *cofferv1.RegisterRequest){
		func(m *cofferv1.RegisterRequest) { m.Genesis = m.Genesis[:len(m.Genesis)-1] },
		func(m *cofferv1.RegisterRequest) { m.Genesis[len(m.Genesis)-1] ^= 1 },
		func(m *cofferv1.RegisterRequest) { m.Genesis = nil },
		func(m *cofferv1.RegisterRequest) { m.SealedRoots = nil },
		func(m *cofferv1.RegisterRequest) { m.SealedRoots[0].VaultEpoch = 2 },
		func(m *cofferv1.RegisterRequest) { m.SealedRoots = append(m.SealedRoots, m.SealedRoots[0]) },
		func(m *cofferv1.RegisterRequest) { m.SealedRoots[0].Sealed = m.SealedRoots[0].Sealed[1:] },
	} {
		bad, _, _ := w.genesis("bob")
		f(bad)
		w.refused(try(w, c.Register, bad), invalid)
	}
	foreign, err := account.NewGenesis(rand.Reader, w.clock.Now(), "bob", "other.example", w.newSecret(), "x")
	w.ok(err)
	w.refused(try(w, c.Register, &cofferv1.RegisterRequest{Genesis: foreign.Entry.Marshal(), SealedRoots: wireRoots(foreign.Sealed)}), invalid)
	w.refused(try(w, c.Resolve, &cofferv1.ResolveRequest{Handle: "bob"}), notFound)
	w.refused(try(w, c.Resolve, &cofferv1.ResolveRequest{Handle: "No Handle"}), malformed)
	w.refused(try(w, c.Resolve, &cofferv1.ResolveRequest{Account: make([]byte, 32)}), notFound)
	w.refused(try(w, c.Resolve, &cofferv1.ResolveRequest{Account: make([]byte, 5)}), malformed)
	if err := try(w, c.Resolve, &cofferv1.ResolveRequest{Handle: strings.Repeat("a", 65)}); kindOf(err) != tooLarge {
		t.Errorf("a field beyond its limit: %v", err)
	}
}

func TestInvite(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Registration = server.RegistrationInvite })
	c := w.client("")
	code, err := server.CreateInvite(t.Context(), w.store, w.clock.Now())
	w.ok(err)
	m, _, _ := w.genesis("alice")
	w.refused(try(w, c.Register, m), inviteNeeded)
	m.Invite = "wrong"
	w.refused(try(w, c.Register, m), inviteNeeded)
	m.Invite = code
	call(w, c.Register, m)
	call(w, c.Register, m)
	m, _, _ = w.genesis("bob")
	m.Invite = code
	w.refused(try(w, c.Register, m), inviteNeeded)

	closed := newWorld(t, func(c *server.Config) { c.Registration = "" })
	m, _, _ = closed.genesis("alice")
	closed.refused(try(closed, closed.client("").Register, m), forbidden)
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	c := w.client("")
	m := alice.signInMessage(alice.first.secret)
	r := call(w, c.SignIn, m)
	if r.GetRestricted() || r.GetExpiresMs() < uint64(w.clock.Now().Add(29*24*time.Hour).UnixMilli()) {
		t.Errorf("session %v", r)
	}
	w.refused(try(w, c.SignIn, m), invalid) // a sign-in opens one session
	w.clock.Add(9 * time.Minute)
	w.refused(try(w, c.SignIn, m), invalid)
	w.clock.Add(2 * time.Hour)
	w.refused(try(w, c.SignIn, m), invalid)

	stranger := w.newSecret()
	w.refused(try(w, c.SignIn, alice.signInMessage(stranger)), invalid)
	cut := alice.signInMessage(alice.first.secret)
	cut.SignIn = cut.SignIn[:len(cut.SignIn)-1]
	w.refused(try(w, c.SignIn, cut), malformed)
	bad := alice.signInMessage(alice.first.secret)
	bad.SignIn[len(bad.SignIn)-1] ^= 1
	w.refused(try(w, c.SignIn, bad), invalid)
	nonce := make([]byte, 32)
	elsewhere, err := alice.first.secret.SignIn("other.example", alice.id(), nonce, w.clock.Now())
	w.ok(err)
	w.refused(try(w, c.SignIn, &cofferv1.SignInRequest{SignIn: elsewhere}), invalid)

	// Sessions end.
	if err := try(w, alice.first.CountKeyPackages, &cofferv1.CountKeyPackagesRequest{}); err != nil {
		t.Error(err)
	}
	w.clock.Add(31 * 24 * time.Hour)
	w.refused(try(w, alice.first.CountKeyPackages, &cofferv1.CountKeyPackagesRequest{}), noSession)
	for _, token := range []string{"", "x", strings.Repeat("A", 86), alice.first.token[:85] + "!"} {
		w.refused(try(w, w.client(token).CountKeyPackages, &cofferv1.CountKeyPackagesRequest{}), noSession)
	}
}

func TestPassword(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limits.WrongPassword = server.Rule{Burst: 3, Every: time.Minute} })
	alice := w.register("alice")
	c := w.client("")
	ask := func(handle string) *cofferv1.PasswordParametersResponse {
		return call(w, c.PasswordParameters, &cofferv1.PasswordParametersRequest{Handle: handle})
	}
	if a, b := ask("nobody"), ask("nobody"); !bytes.Equal(a.GetSalt(), b.GetSalt()) || len(a.GetSalt()) != 16 ||
		!bytes.Equal(a.GetParameters(), ask("alice").GetParameters()) || bytes.Equal(a.GetSalt(), ask("alice").GetSalt()) {
		t.Error("what is invented must look like the rest")
	}
	key, salt := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 16)
	set := &cofferv1.SetPasswordRequest{Parameters: account.DefaultPasswordParameters().Marshal(), Salt: salt, Stretched: key}
	call(w, alice.first.SetPassword, set)
	if !bytes.Equal(ask("alice").GetSalt(), salt) {
		t.Error("another salt is given out")
	}
	for _, f := range []func(m *cofferv1.SetPasswordRequest){
		func(m *cofferv1.SetPasswordRequest) { m.Salt = salt[1:] },
		func(m *cofferv1.SetPasswordRequest) { m.Stretched = key[1:] },
	} {
		bad := &cofferv1.SetPasswordRequest{Parameters: set.Parameters, Salt: salt, Stretched: key}
		f(bad)
		w.refused(try(w, alice.first.SetPassword, bad), malformed)
	}
	weak := account.PasswordParameters{Version: 1, Time: 1, MemoryKiB: 8, Threads: 1}
	w.refused(try(w, alice.first.SetPassword, &cofferv1.SetPasswordRequest{Parameters: weak.Marshal(), Salt: salt, Stretched: key}), invalid)

	in := func(handle string, key []byte) (*cofferv1.SignInPasswordResponse, error) {
		r, err := c.SignInPassword(t.Context(), req(&cofferv1.SignInPasswordRequest{Handle: handle, Stretched: key}))
		if err != nil {
			return nil, err
		}
		return r.Msg, nil
	}
	for range 10 { // right ones do not use up the limit
		if _, err := in("alice", key); err != nil {
			t.Fatal(err)
		}
	}
	wrong := bytes.Repeat([]byte{9}, 32)
	for range 3 {
		_, err := in("alice", wrong)
		w.refused(err, wrongPassword)
	}
	_, err := in("alice", key)
	w.refused(err, rateLimited)
	_, err = in("nobody", make([]byte, 32))
	w.refused(err, wrongPassword)
	w.clock.Add(time.Minute)
	r, err := in("alice", key)
	w.ok(err)
	restricted(t, w, alice, w.client(r.GetToken()))
	call(w, alice.first.SetPassword, set) // ends sessions that the old one opened
	w.refused(try(w, w.client(r.GetToken()).GetSealedRoots, &cofferv1.GetSealedRootsRequest{}), noSession)
}

// restricted checks that a session can do what a recovery needs and nothing else.
func restricted(t *testing.T, w *world, p *person, c *client) {
	t.Helper()
	call(w, c.GetChain, &cofferv1.GetChainRequest{})
	call(w, c.GetSealedRoots, &cofferv1.GetSealedRootsRequest{})
	call(w, c.GetPinRecords, &cofferv1.GetPinRecordsRequest{})
	key := make([]byte, 32)
	call(w, c.RealmToken, &cofferv1.RealmTokenRequest{RealmKey: key, ClientKey: key, Action: uint32(pinvault.ActionReadWitness)})
	other := w.register(p.handle + "2")
	secret := w.newSecret()
	entry, err := p.Chain.Add(rand.Reader, p.first.author(), p.Roots, secret.Join(p.id(), "x", account.RealmSet{}))
	w.ok(err)
	conversation := make([]byte, 32)
	for name, err := range map[string]error{
		"another's chain":   try(w, c.GetChain, &cofferv1.GetChainRequest{Account: idBytes(other)}),
		"a device's entry":  try(w, c.AppendChain, &cofferv1.AppendChainRequest{Entry: entry.Entry.Marshal(), SealedRoots: wireRoots(entry.Sealed)}),
		"writing heads":     try(w, c.RealmToken, &cofferv1.RealmTokenRequest{RealmKey: key, ClientKey: key, Action: uint32(pinvault.ActionWriteWitness)}),
		"registering a PIN": try(w, c.RealmToken, &cofferv1.RealmTokenRequest{RealmKey: key, ClientKey: key, Registration: key[:16], Action: uint32(pinvault.ActionRegister)}),
		"the password":      try(w, c.SetPassword, &cofferv1.SetPasswordRequest{}),
		"a PIN record":      try(w, c.PutPinRecord, &cofferv1.PutPinRecordRequest{}),
		"key packages":      try(w, c.PublishKeyPackages, &cofferv1.PublishKeyPackagesRequest{}),
		"counting them":     try(w, c.CountKeyPackages, &cofferv1.CountKeyPackagesRequest{}),
		"claiming them":     try(w, c.ClaimKeyPackages, &cofferv1.ClaimKeyPackagesRequest{Account: idBytes(other)}),
		"the private log":   try(w, c.ReadPrivateLog, &cofferv1.ReadPrivateLogRequest{}),
		"writing it":        try(w, c.AppendPrivateLog, &cofferv1.AppendPrivateLogRequest{}),
		"waiting":           try(w, c.Wait, &cofferv1.WaitRequest{}),
		"conversations":     try(w, c.convos.ListConversations, &cofferv1.ListConversationsRequest{}),
		"a conversation":    try(w, c.convos.GetConversation, &cofferv1.GetConversationRequest{Conversation: conversation}),
		"a log":             try(w, c.convos.ReadLog, &cofferv1.ReadLogRequest{Conversation: conversation}),
		"epochs":            try(w, c.convos.ReadEpochs, &cofferv1.ReadEpochsRequest{Conversation: conversation}),
		"a Welcome":         try(w, c.convos.GetWelcome, &cofferv1.GetWelcomeRequest{Conversation: conversation}),
		"releasing claims":  try(w, c.convos.ReleaseClaims, &cofferv1.ReleaseClaimsRequest{Conversation: conversation}),
		"posting":           try(w, c.convos.PostMessage, &cofferv1.PostMessageRequest{Conversation: conversation}),
		"leaving":           try(w, c.convos.PostLeave, &cofferv1.PostLeaveRequest{Conversation: conversation}),
		"creating":          try(w, c.convos.CreateConversation, &cofferv1.CreateConversationRequest{Conversation: conversation}),
		"filing a deposit":  try(w, c.convos.PutDeposit, &cofferv1.PutDepositRequest{Conversation: conversation}),
		"reading deposits":  try(w, c.convos.ReadDeposits, &cofferv1.ReadDepositsRequest{Conversation: conversation}),
		"reading the group": try(w, c.convos.GetGroup, &cofferv1.GetGroupRequest{Conversation: conversation}),
		"a generation":      try(w, c.convos.OpenGeneration, &cofferv1.OpenGenerationRequest{Conversation: conversation}),
		"a lease":           try(w, c.convos.TakeLease, &cofferv1.TakeLeaseRequest{Conversation: conversation}),
		"posting a commit":  try(w, c.convos.PostCommit, &cofferv1.PostCommitRequest{Conversation: conversation}),
	} {
		if kindOf(err) != forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRecoveryMethod: a code signs in to a restricted session and adds a device.
func TestRecoveryMethod(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	code, err := account.DeriveKeyholder(bytes.Repeat([]byte{7}, 32), alice.id(), account.KindCode)
	w.ok(err)
	alice.first.append(alice.Chain.Add(rand.Reader, alice.first.author(), alice.Roots, code.Join(alice.id(), "", account.RealmSet{})))
	s := call(w, w.client("").SignIn, alice.signInMessage(code))
	if !s.GetRestricted() {
		t.Fatal("a recovery method got a full session")
	}
	c := w.client(s.GetToken())
	restricted(t, w, alice, c)

	own := code.ID()
	sealed := call(w, c.GetSealedRoots, &cofferv1.GetSealedRootsRequest{Keyholder: own[:], NewestOnly: true}).GetSealedRoots()
	if len(sealed) != 1 {
		t.Fatalf("%d sealed roots", len(sealed))
	}
	roots, err := account.OpenRoots(alice.Chain, code, sealed[0].GetSealed())
	w.ok(err)
	fresh := w.newSecret()
	u, err := alice.Chain.Recover(rand.Reader, account.Author{Secret: code, Time: w.clock.Now()}, roots, fresh.Join(alice.id(), "new phone", account.RealmSet{}))
	w.ok(err)
	call(w, c.AppendChain, &cofferv1.AppendChainRequest{Entry: u.Entry.Marshal(), SealedRoots: wireRoots(u.Sealed)})
	alice.Update = u
	d := alice.signIn(fresh)
	call(w, d.CountKeyPackages, &cofferv1.CountKeyPackagesRequest{})

	// A removed method is out at once.
	d.append(alice.Chain.Remove(rand.Reader, d.author(), alice.Roots, []account.Removal{{Keyholder: code.ID(), Reason: account.ReasonLost}}))
	w.refused(try(w, c.GetSealedRoots, &cofferv1.GetSealedRootsRequest{}), noSession)
	w.refused(try(w, w.client("").SignIn, alice.signInMessage(code)), removed)
}

func TestChain(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	d := alice.first
	one, err := alice.Chain.SetVault(rand.Reader, d.author(), alice.Roots, false)
	w.ok(err)
	two, _, err := alice.Chain.Rotate(rand.Reader, d.author(), alice.Roots)
	w.ok(err)
	m := func(u *account.Update) *cofferv1.AppendChainRequest {
		return &cofferv1.AppendChainRequest{Entry: u.Entry.Marshal(), SealedRoots: wireRoots(u.Sealed)}
	}
	w.refused(try(w, w.client("").AppendChain, m(one)), noSession)
	w.refused(try(w, bob.first.AppendChain, m(one)), forbidden)
	bad := m(one)
	bad.SealedRoots = nil
	w.refused(try(w, d.AppendChain, bad), invalid)
	bad = m(one)
	bad.Entry[len(bad.Entry)-2] ^= 1
	w.refused(try(w, d.AppendChain, bad), invalid)
	w.refused(try(w, d.AppendChain, &cofferv1.AppendChainRequest{Entry: []byte{1}}), malformed)
	call(w, d.AppendChain, m(one))
	call(w, d.AppendChain, m(one)) // the same again
	w.refused(try(w, d.AppendChain, m(two)), stale)
	if n := len(call(w, bob.first.GetChain, &cofferv1.GetChainRequest{Account: idBytes(alice)}).GetEntries()); n != 2 {
		t.Errorf("bob reads %d entries", n)
	}
	if n := len(call(w, d.GetChain, &cofferv1.GetChainRequest{FromSeq: 2}).GetEntries()); n != 1 {
		t.Errorf("from 2 on there are %d entries", n)
	}
	w.refused(try(w, d.GetChain, &cofferv1.GetChainRequest{Account: make([]byte, 32)}), notFound)
	w.refused(try(w, w.client("").GetChain, &cofferv1.GetChainRequest{Account: idBytes(alice)}), noSession)
	all := call(w, d.GetSealedRoots, &cofferv1.GetSealedRootsRequest{}).GetSealedRoots()
	newest := call(w, d.GetSealedRoots, &cofferv1.GetSealedRootsRequest{NewestOnly: true}).GetSealedRoots()
	if len(all) != 2 || len(newest) != 1 || newest[0].GetVaultEpoch() != 2 {
		t.Errorf("%d sealed roots, %d of the newest epoch", len(all), len(newest))
	}
}

func TestServerInfo(t *testing.T) {
	w := newWorld(t, func(c *server.Config) {
		c.Realms = []pinvault.Realm{{URL: "http://a.example", Key: pinvault.PublicKey{1}}}
		c.RealmThreshold, c.RealmOperators, c.Software = 1, 1, "test"
	})
	m := call(w, w.client("").ServerInfo, &cofferv1.ServerInfoRequest{})
	if m.GetHost() != testHost || !bytes.Equal(m.GetServerKey(), w.key) || m.GetProtocol() != 1 ||
		m.GetRegistration() != cofferv1.Registration_REGISTRATION_OPEN || len(m.GetRealms()) != 1 || m.GetMaxBlobBytes() != 105_000_000 {
		t.Errorf("info %v", m)
	}
}

// TestManySessions: the oldest session of a device makes room for a new one.
func TestManySessions(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	for range 31 {
		w.clock.Add(time.Second)
		alice.signIn(alice.first.secret)
	}
	call(w, alice.first.CountKeyPackages, &cofferv1.CountKeyPackagesRequest{})
	w.clock.Add(time.Second)
	alice.signIn(alice.first.secret)
	w.refused(try(w, alice.first.CountKeyPackages, &cofferv1.CountKeyPackagesRequest{}), noSession)
}

// TestManyWaits: an account cannot hold calls without end.
func TestManyWaits(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	cursor := call(w, alice.first.Wait, &cofferv1.WaitRequest{}).GetCursor()
	const n = 80
	kinds := make(chan cofferv1.ErrorKind, n)
	for range n {
		go func() {
			kinds <- kindOf(try(w, alice.first.Wait, &cofferv1.WaitRequest{Cursor: cursor, TimeoutMs: 25_000}))
		}()
	}
	if k := <-kinds; k != rateLimited {
		t.Errorf("all were held, and the first ended with %v", k)
	}
	w.stop() // ends those that are held
	for range n - 1 {
		<-kinds
	}
}

// TestWriteLimit: what an account writes is bounded.
func TestWriteLimit(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Limits.Write = server.Rule{Burst: 60, Every: time.Minute} })
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	h := x.header()
	big := x.seal(h, strings.Repeat("x", 100<<10))
	w.refused(try(w, x.convos.PostMessage, big), rateLimited)
	x.say("small")
}
