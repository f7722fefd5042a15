package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/store"
)

// pushService is a fake of one, on this machine.
type pushService struct {
	*httptest.Server
	got chan *http.Request // one for each wake-up
	// answer is what is answered next; nothing more: 201.
	answer chan int
}

func newPushService(t *testing.T) *pushService {
	p := &pushService{got: make(chan *http.Request, 100), answer: make(chan int, 100)}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || len(body) != 0 {
			t.Errorf("a wake-up has the content %q, %v", body, err)
		}
		status := http.StatusCreated
		select {
		case status = <-p.answer:
		default:
		}
		if status == http.StatusTemporaryRedirect {
			w.Header().Set("Location", p.URL+"/elsewhere")
		}
		w.WriteHeader(status)
		p.got <- r
	}))
	t.Cleanup(p.Close)
	return p
}

// woken waits for a wake-up at an address.
func (p *pushService) woken(t *testing.T, path string) *http.Request {
	t.Helper()
	select {
	case r := <-p.got:
		if r.URL.Path != path || r.Method != http.MethodPost {
			t.Fatalf("%s %s, want a POST to %s", r.Method, r.URL.Path, path)
		}
		return r
	case <-time.After(30 * time.Second):
		t.Fatal("nobody was woken")
		return nil
	}
}

// quick lets a server wake devices at a fake push service without delay.
func (p *pushService) quick(c *server.Config) {
	roots := x509.NewCertPool()
	roots.AddCert(p.Certificate())
	c.Push = server.Push{
		Allow: []string{strings.TrimPrefix(p.URL, "https://")}, Roots: roots, Contact: "mailto:ops@chat.example",
		Timing: server.PushTiming{Gather: time.Millisecond, Patience: time.Millisecond, Every: time.Millisecond, Retry: time.Millisecond},
	}
}

func (w *world) push(d *device) cofferv1connect.PushServiceClient {
	return cofferv1connect.NewPushServiceClient(&http.Client{Transport: bearer{d.token, w.http.Transport}}, w.url)
}

func (d *device) subscribe(endpoint string) error {
	return try(d.world, d.push(d).SubscribePush, &cofferv1.SubscribePushRequest{Endpoint: endpoint})
}

// subscriptions are an account's, as the store has them.
func (p *person) subscriptions() (list []store.PushSubscription) {
	p.Helper()
	p.ok(p.store.ViewAccount(p.Context(), p.id(), func(v store.AccountView) (err error) {
		list, err = v.PushSubscriptions()
		return err
	}))
	return list
}

// TestPush: somebody who has written wakes the others' devices, not their own; the
// push service learns the server's key and an urgency.
func TestPush(t *testing.T) {
	p := newPushService(t)
	w := newWorld(t, p.quick)
	alice, bob := w.register("alice"), w.register("bob")
	key := call(w, w.push(bob.first).GetPushKey, &cofferv1.GetPushKeyRequest{}).GetPublicKey()
	w.ok(alice.first.subscribe(p.URL + "/alice"))
	w.ok(bob.first.subscribe(p.URL + "/before"))
	w.ok(bob.first.subscribe(p.URL + "/bob"))
	x := alice.first.createDirect(bob)
	first := p.woken(t, "/bob") // a conversation has begun
	verifyPush(t, first, p.URL, key)
	if first.Header.Get("Urgency") != "high" || first.Header.Get("Topic") != "news" || first.Header.Get("TTL") != "604800" {
		t.Errorf("header %v", first.Header)
	}
	seq := x.say("hello")
	if p.woken(t, "/bob").Header.Get("Urgency") != "high" {
		t.Error("a message is not urgent")
	}
	h := x.header()
	h.Purpose, h.Target = convo.PurposeUnsend, seq
	x.post(h, "")
	if p.woken(t, "/bob").Header.Get("Urgency") != "low" {
		t.Error("an unsend is urgent")
	}
	call(w, w.push(bob.first).UnsubscribePush, &cofferv1.UnsubscribePushRequest{})
	w.ok(bob.first.subscribe(p.URL + "/again"))
	x.say("hello again")
	p.woken(t, "/again")
	w.stop()
	if n := len(p.got); n != 0 {
		t.Errorf("%d wake-ups too many", n)
	}
}

// verifyPush checks the token of RFC 8292.
func verifyPush(t *testing.T, r *http.Request, origin string, key []byte) {
	t.Helper()
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "vapid t=")
	token, k, _ := strings.Cut(token, ", k=")
	parts := strings.Split(token, ".")
	if !found || k != base64.RawURLEncoding.EncodeToString(key) || len(parts) != 3 {
		t.Fatalf("authorization %q", r.Header.Get("Authorization"))
	}
	decode := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key)
	if err != nil {
		t.Fatal(err)
	}
	hash, signature := sha256.Sum256([]byte(parts[0]+"."+parts[1])), decode(parts[2])
	if len(signature) != 64 || !ecdsa.Verify(public, hash[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Error("the token's signature is wrong")
	}
	var c struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(decode(parts[1]), &c); err != nil {
		t.Fatal(err)
	}
	if life := time.Until(time.Unix(c.Exp, 0)); c.Aud != origin || c.Sub != "mailto:ops@chat.example" || life <= 0 || life > 24*time.Hour {
		t.Errorf("claims %+v", c)
	}
	if string(decode(parts[0])) != `{"typ":"JWT","alg":"ES256"}` {
		t.Errorf("header %s", decode(parts[0]))
	}
}

// TestPushServiceAnswers: one that is down is asked again, one that sends
// elsewhere is not followed, and a subscription that is gone is forgotten.
func TestPushServiceAnswers(t *testing.T) {
	p := newPushService(t)
	w := newWorld(t, p.quick)
	alice, bob := w.register("alice"), w.register("bob")
	w.ok(bob.first.subscribe(p.URL + "/bob"))
	x := alice.first.createDirect(bob)
	p.woken(t, "/bob")
	p.answer <- http.StatusServiceUnavailable
	p.answer <- http.StatusTooManyRequests
	x.say("one")
	for range 3 {
		p.woken(t, "/bob")
	}
	p.answer <- http.StatusTemporaryRedirect
	x.say("two")
	p.woken(t, "/bob")
	x.say("three")
	p.woken(t, "/bob") // and not /elsewhere
	p.answer <- http.StatusGone
	x.say("four")
	p.woken(t, "/bob")
	for len(bob.subscriptions()) > 0 {
		time.Sleep(time.Millisecond)
	}
	w.ok(bob.first.subscribe(p.URL + "/anew"))
	x.say("five")
	p.woken(t, "/anew")
}

// TestPushNeverHoldsUp: a push service that never answers holds up nobody, and
// not the server's end.
func TestPushNeverHoldsUp(t *testing.T) {
	asked, end := make(chan struct{}, 1), make(chan struct{})
	h := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-end
	}))
	defer h.Close()
	defer close(end)
	w := newWorld(t, (&pushService{Server: h}).quick)
	alice, bob := w.register("alice"), w.register("bob")
	w.ok(bob.first.subscribe(h.URL))
	x := alice.first.createDirect(bob)
	<-asked
	x.say("it goes on")
	w.stop()
}

// TestPushEndpoints: the server can be sent to public addresses only, however a
// device spells what is none.
func TestPushEndpoints(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	for _, endpoint := range []string{
		"", "http://push.example/x", "https://127.0.0.1/x", "https://[::1]/", "https://10.1.2.3/", "https://169.254.169.254/latest",
		"https://push.example:22/", "https://a@push.example/", "file:///etc/passwd", "https://[::ffff:127.0.0.1]/",
	} {
		w.refused(alice.first.subscribe(endpoint), invalid)
	}
	w.refused(alice.first.subscribe("https://push.example/"+strings.Repeat("x", 1100)), tooLarge)
	w.ok(alice.first.subscribe("https://push.example/x"))
	stranger := &device{person: alice, client: w.client("")}
	w.refused(stranger.subscribe("https://push.example/x"), noSession)
	w.refused(try(w, w.push(stranger).GetPushKey, &cofferv1.GetPushKeyRequest{}), noSession)
	w.refused(try(w, w.push(stranger).UnsubscribePush, &cofferv1.UnsubscribePushRequest{}), noSession)
}

// TestPushOfRemovedDevice: a device's subscription goes with it.
func TestPushOfRemovedDevice(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	tablet := alice.first.addDevice()
	w.ok(alice.first.subscribe("https://push.example/laptop"))
	w.ok(tablet.subscribe("https://push.example/tablet"))
	alice.first.removeDevice(tablet)
	list := alice.subscriptions()
	if want := (store.PushSubscription{Device: alice.first.secret.ID(), Endpoint: "https://push.example/laptop"}); len(list) != 1 || list[0] != want {
		t.Errorf("left is %v", list)
	}
	if err := tablet.subscribe("https://push.example/tablet"); err == nil {
		t.Error("a removed device can subscribe")
	}
}

// TestPushOff: an operator may want none of it.
func TestPushOff(t *testing.T) {
	w := newWorld(t, func(c *server.Config) { c.Push.Off = true })
	alice := w.register("alice")
	if key := call(w, w.push(alice.first).GetPushKey, &cofferv1.GetPushKeyRequest{}).GetPublicKey(); len(key) != 0 {
		t.Error("a key is given all the same")
	}
	w.refused(alice.first.subscribe("https://push.example/x"), forbidden)
}

// TestPushKeyStays: the key is the store's, so that subscriptions outlive a
// restart.
func TestPushKeyStays(t *testing.T) {
	dir := t.TempDir()
	var keys [2]string
	var alice *person
	var secret *account.KeyholderSecret
	for i := range keys {
		w := openWorld(t, dir)
		if alice == nil {
			alice = w.register("alice")
			secret = alice.first.secret
		} else {
			alice = &person{world: w, Update: alice.Update, handle: "alice"}
			alice.first = alice.signIn(secret)
		}
		keys[i] = string(call(w, w.push(alice.first).GetPushKey, &cofferv1.GetPushKeyRequest{}).GetPublicKey())
		w.stop()
	}
	if keys[0] != keys[1] || len(keys[0]) != 65 {
		t.Errorf("keys of %d and %d bytes, the same: %v", len(keys[0]), len(keys[1]), keys[0] == keys[1])
	}
}
