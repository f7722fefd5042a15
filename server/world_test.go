package server_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/blob/fs"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

const (
	testHost  = "chat.example"
	testSuite = mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
)

// world is a server with people.
type world struct {
	testing.TB
	server *server.Server
	url    string
	key    ed25519.PublicKey
	http   *http.Client
	store  store.Store
	blobs  string
	clock  *clock
	stop   func()
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newWorld(t testing.TB, change ...func(*server.Config)) *world {
	t.Helper()
	return openWorld(t, t.TempDir(), change...)
}

func openWorld(t testing.TB, dir string, change ...func(*server.Config)) *world {
	t.Helper()
	w := &world{TB: t, clock: &clock{now: time.Now().Truncate(time.Millisecond)}, blobs: filepath.Join(dir, "blobs")}
	db, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(dir, "coffer.db"))
	w.ok(err)
	blobs, err := fs.Open(w.blobs)
	w.ok(err)
	c := server.Config{
		Store: db, Blobs: blobs, Host: testHost, Registration: server.RegistrationOpen, Now: w.clock.Now,
		SweepEvery: 20 * time.Millisecond,
	}
	for _, f := range change {
		f(&c)
	}
	w.store = c.Store
	w.server, err = server.New(t.Context(), c)
	w.ok(err)
	ctx, cancel := context.WithCancel(context.Background())
	var run sync.WaitGroup
	run.Go(func() {
		if err := w.server.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	h := httptest.NewServer(w.server.Handler())
	w.url, w.key, w.http = h.URL, w.server.Key(), h.Client()
	w.stop = sync.OnceFunc(func() {
		cancel()
		run.Wait()
		h.Close()
		if err := errors.Join(w.server.Close(), w.store.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// refused checks that a call failed with a kind.
func (w *world) refused(err error, want cofferv1.ErrorKind) {
	w.Helper()
	if got := kindOf(err); err == nil || got != want {
		w.Fatalf("got %v (%v), want %v", err, got, want)
	}
}

func kindOf(err error) cofferv1.ErrorKind {
	var e *connect.Error
	if errors.As(err, &e) {
		for _, d := range e.Details() {
			if v, err := d.Value(); err == nil {
				if detail, ok := v.(*cofferv1.ErrorDetail); ok {
					return detail.GetKind()
				}
			}
		}
	}
	return cofferv1.ErrorKind_ERROR_KIND_UNSPECIFIED
}

// The kinds that tests ask for.
const (
	malformed     = cofferv1.ErrorKind_ERROR_KIND_MALFORMED
	invalid       = cofferv1.ErrorKind_ERROR_KIND_INVALID
	noSession     = cofferv1.ErrorKind_ERROR_KIND_NO_SESSION
	forbidden     = cofferv1.ErrorKind_ERROR_KIND_FORBIDDEN
	removed       = cofferv1.ErrorKind_ERROR_KIND_REMOVED
	stale         = cofferv1.ErrorKind_ERROR_KIND_STALE
	wrongEpoch    = cofferv1.ErrorKind_ERROR_KIND_WRONG_EPOCH
	unknownHead   = cofferv1.ErrorKind_ERROR_KIND_UNKNOWN_HEAD
	exists        = cofferv1.ErrorKind_ERROR_KIND_EXISTS
	notFound      = cofferv1.ErrorKind_ERROR_KIND_NOT_FOUND
	tooLarge      = cofferv1.ErrorKind_ERROR_KIND_TOO_LARGE
	rateLimited   = cofferv1.ErrorKind_ERROR_KIND_RATE_LIMITED
	handleTaken   = cofferv1.ErrorKind_ERROR_KIND_HANDLE_TAKEN
	inviteNeeded  = cofferv1.ErrorKind_ERROR_KIND_INVITE_NEEDED
	wrongPassword = cofferv1.ErrorKind_ERROR_KIND_WRONG_PASSWORD
	quota         = cofferv1.ErrorKind_ERROR_KIND_QUOTA
)

// client calls the server with a session's token.
type client struct {
	cofferv1connect.AccountServiceClient
	convos cofferv1connect.ConversationServiceClient
	chains cofferv1connect.ChainsServiceClient
	token  string
}

func (w *world) client(token string) *client {
	h := &http.Client{Transport: bearer{token, w.http.Transport}}
	return &client{
		cofferv1connect.NewAccountServiceClient(h, w.url),
		cofferv1connect.NewConversationServiceClient(h, w.url),
		cofferv1connect.NewChainsServiceClient(h, w.url), token,
	}
}

type bearer struct {
	token string
	next  http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return b.next.RoundTrip(r)
}

// person is an account and what its devices know in common.
type person struct {
	*world
	*account.Update
	handle string
	first  *device
}

// device is one of a person's devices, signed in.
type device struct {
	*person
	*client
	secret *account.KeyholderSecret
	kps    map[string]*mls.KeyPackageBundle // by key package
}

func req[T any](m *T) *connect.Request[T] { return connect.NewRequest(m) }

// call calls and fails the test on an error.
func call[Q, A any](w *world, f func(context.Context, *connect.Request[Q]) (*connect.Response[A], error), m *Q) *A {
	w.Helper()
	r, err := f(w.Context(), req(m))
	if err != nil {
		w.Fatal(err)
	}
	return r.Msg
}

// try calls and returns the error only.
func try[Q, A any](w *world, f func(context.Context, *connect.Request[Q]) (*connect.Response[A], error), m *Q) error {
	_, err := f(w.Context(), req(m))
	return err
}

func (w *world) newSecret() *account.KeyholderSecret {
	s, err := account.GenerateKeyholder(rand.Reader)
	w.ok(err)
	return s
}

func wireRoots(s account.SealedRoots) (out []*cofferv1.SealedRoot) {
	for _, r := range s.Roots {
		out = append(out, &cofferv1.SealedRoot{Keyholder: r.Keyholder[:], Sealed: r.Data, VaultEpoch: s.Epoch})
	}
	return out
}

// genesis prepares a registration.
func (w *world) genesis(handle string) (*cofferv1.RegisterRequest, *account.Update, *account.KeyholderSecret) {
	secret := w.newSecret()
	u, err := account.NewGenesis(rand.Reader, w.clock.Now(), account.Handle(handle), testHost, secret, "laptop")
	w.ok(err)
	return &cofferv1.RegisterRequest{Genesis: u.Entry.Marshal(), SealedRoots: wireRoots(u.Sealed)}, u, secret
}

// register makes a person with a device that has published key packages.
func (w *world) register(handle string) *person {
	w.Helper()
	m, u, secret := w.genesis(handle)
	call(w, w.client("").Register, m)
	p := &person{world: w, Update: u, handle: handle}
	p.first = p.signIn(secret)
	p.first.publish(3, true)
	return p
}

func (p *person) id() account.ID { return p.Chain.ID() }

func (p *person) signInMessage(secret *account.KeyholderSecret) *cofferv1.SignInRequest {
	nonce := make([]byte, 32)
	rand.Read(nonce)
	in, err := secret.SignIn(testHost, p.id(), nonce, p.clock.Now())
	p.ok(err)
	return &cofferv1.SignInRequest{SignIn: in}
}

func (p *person) signIn(secret *account.KeyholderSecret) *device {
	p.Helper()
	r := call(p.world, p.client("").SignIn, p.signInMessage(secret))
	return &device{person: p, client: p.client(r.GetToken()), secret: secret, kps: map[string]*mls.KeyPackageBundle{}}
}

func (d *device) leaf() mls.LeafParams {
	key, err := testSuite.GenerateSignatureKey(rand.Reader)
	d.ok(err)
	identity := d.secret.CertifyLeaf(d.id(), key.Public())
	return mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(identity.Marshal())}
}

func (d *device) newKeyPackage() []byte {
	b, err := mls.NewKeyPackage(rand.Reader, mls.KeyPackageParams{Suite: testSuite, Leaf: d.leaf()})
	d.ok(err)
	m := mls.Message{WireFormat: mls.WireKeyPackage, KeyPackage: b.KeyPackage}
	data := m.Append(nil)
	d.kps[string(b.KeyPackage.Ref())] = b
	return data
}

// publish publishes n key packages and one of last resort.
func (d *device) publish(n int, lastResort bool) {
	d.Helper()
	m := &cofferv1.PublishKeyPackagesRequest{}
	for range n {
		m.KeyPackages = append(m.KeyPackages, d.newKeyPackage())
	}
	if lastResort {
		m.LastResort = d.newKeyPackage()
	}
	call(d.world, d.PublishKeyPackages, m)
}

// author signs chain entries as the device.
func (d *device) author() account.Author {
	return account.Author{Secret: d.secret, Time: d.clock.Now()}
}

// append appends a change to the chain.
func (d *device) append(u *account.Update, err error) {
	d.Helper()
	d.ok(err)
	call(d.world, d.AppendChain, &cofferv1.AppendChainRequest{Entry: u.Entry.Marshal(), SealedRoots: wireRoots(u.Sealed)})
	d.person.Update = u
}

// addDevice adds a device to the account.
func (d *device) addDevice() *device {
	d.Helper()
	secret := d.newSecret()
	d.append(d.Chain.Add(rand.Reader, d.author(), d.Roots, secret.Join(d.id(), "tablet", account.RealmSet{})))
	return d.signIn(secret)
}

// removeDevice removes one.
func (d *device) removeDevice(other *device) {
	d.Helper()
	d.append(d.Chain.Remove(rand.Reader, d.author(), d.Roots,
		[]account.Removal{{Keyholder: other.secret.ID(), Reason: account.ReasonLost, LogHead: d.Chain.LogHead()}}))
}
