package pinvault

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"
)

// access builds one request in all ways that must be refused.
type access struct {
	w      *world
	token  Token
	client ed25519.PrivateKey
	device *DeviceSigner
	guard  *DeviceSigner
	body   *body
	server ed25519.PrivateKey
	at     time.Time
}

func newAccess(t *testing.T, a Action, m *body) *access {
	w := newWorld(t, 1, 1)
	x := &access{w: w, client: w.newKey(), body: m, server: w.server, at: w.now}
	x.token = Token{Action: a, Account: w.account, Recovery: w.recovery, Realm: w.set.Realms[0].Key, Client: publicOf(x.client)}
	if a.NeedsDevice() {
		d := NewDeviceSigner(w.device)
		x.device, x.token.Device = &d, d.Key
	}
	if a.NeedsGuard() {
		g := NewDeviceSigner(w.guard)
		x.guard = &g
	}
	return x
}

func (x *access) request() []byte {
	b, err := encodeRequest(x.token.Issue(x.server, x.w.now), x.body, x.client, x.guard, x.device)
	if err != nil {
		x.w.t.Fatal(err)
	}
	return b
}

func (x *access) try(data []byte) error {
	q, err := ParseRequest(data)
	if err != nil {
		return err
	}
	accepted := func(k PublicKey) bool { return k == publicOf(x.w.server) }
	_, err = q.Authorize(x.w.set.Realms[0].Key, accepted, x.at)
	return err
}

func TestAccess(t *testing.T) {
	read, write := &body{step: stepStatus}, &body{step: stepDelete}
	for _, c := range []struct {
		name   string
		action Action
		body   *body
		change func(x *access)
		want   error
	}{
		{"reading", ActionRecover, read, func(x *access) {}, nil},
		{"writing", ActionDelete, write, func(x *access) {}, nil},
		{"at the end of its life", ActionRecover, read, func(x *access) { x.at = x.at.Add(TokenLife + ClockSkew - time.Millisecond) }, nil},
		{"expired", ActionRecover, read, func(x *access) { x.at = x.at.Add(TokenLife + ClockSkew) }, ErrToken},
		{"from the future", ActionRecover, read, func(x *access) { x.at = x.at.Add(-ClockSkew - time.Millisecond) }, ErrToken},
		{"other server", ActionRecover, read, func(x *access) { x.server = x.w.newKey() }, ErrToken},
		{"other realm", ActionRecover, read, func(x *access) { x.token.Realm[0] ^= 1 }, ErrToken},
		{"token to delete, body reads", ActionDelete, read, func(x *access) {}, ErrToken},
		{"token to read, body deletes", ActionRecover, write, func(x *access) {}, ErrToken},
		{"token for heads, body evaluates", ActionReadWitness, &body{step: stepStatus}, func(x *access) {}, ErrToken},
		{"not the client's key", ActionRecover, read, func(x *access) { x.client = x.w.newKey() }, ErrSignature},
		{"no device", ActionDelete, write, func(x *access) { x.device = nil }, ErrSignature},
		{"other device", ActionDelete, write, func(x *access) {
			d := NewDeviceSigner(x.w.newKey())
			x.device = &d
		}, ErrSignature},
		{"no guard", ActionDelete, write, func(x *access) { x.guard = nil }, ErrSignature},
		{"a guard that did not sign", ActionDelete, write, func(x *access) {
			g, other := NewDeviceSigner(x.w.guard), NewDeviceSigner(x.w.newKey())
			g.Sign = other.Sign
			x.guard = &g
		}, ErrSignature},
		{"a guard where none belongs", ActionRecover, read, func(x *access) {
			g := NewDeviceSigner(x.w.guard)
			x.guard = &g
		}, ErrSignature},
		{"a device where none belongs", ActionRecover, read, func(x *access) {
			d := NewDeviceSigner(x.w.device)
			x.device = &d
		}, ErrSignature},
		{"device named where none belongs", ActionRecover, read, func(x *access) { x.token.Device[0] = 1 }, ErrFormat},
		{"no device named", ActionDelete, write, func(x *access) { x.token.Device = PublicKey{} }, ErrFormat},
		{"unknown action", Action(7), read, func(x *access) {}, ErrFormat},
	} {
		x := newAccess(t, c.action, c.body)
		c.change(x)
		if err := x.try(x.request()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// Every byte of a request is signed by someone.
func TestEveryFlippedByteIsRefused(t *testing.T) {
	x := newAccess(t, ActionDelete, &body{step: stepDelete})
	good := x.request()
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if x.try(bad) == nil {
			t.Errorf("byte %d of %d is not covered", i, len(good))
		}
	}
	for n := range good {
		if _, err := ParseRequest(good[:n]); err == nil {
			t.Errorf("the first %d bytes were read as a request", n)
		}
	}
	if _, err := ParseRequest(append(bytes.Clone(good), 0)); err == nil {
		t.Error("a trailing byte was accepted")
	}
	if _, err := ParseRequest(make([]byte, MaxMessage+1)); err == nil {
		t.Error("an oversized request was accepted")
	}
}

// A token that somebody changed is not the server's, whatever was changed.
func TestTokenIsSignedAsAWhole(t *testing.T) {
	x := newAccess(t, ActionRecover, &body{step: stepStatus})
	token := x.token.Issue(x.server, x.w.now)
	for i := range token {
		bad := bytes.Clone(token)
		bad[i] ^= 1
		b, err := encodeRequest(bad, x.body, x.client, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if x.try(b) == nil {
			t.Errorf("byte %d of a token is not covered", i)
		}
	}
	got, err := ParseToken(token)
	if err != nil || got.Expiry != x.w.now.Add(TokenLife).UnixMilli() || got.Issuer != publicOf(x.server) || got.Client != x.token.Client {
		t.Errorf("ParseToken: %+v, %v", got, err)
	}
	if _, err := ParseToken(token[:TokenSize-1]); err == nil {
		t.Error("a short token was read")
	}
}

func TestKeysAreApart(t *testing.T) {
	authorized := func(change func(*access)) [32]byte {
		x := newAccess(t, ActionRecover, &body{step: stepStatus})
		change(x)
		return (&Authorized{token: x.token, body: x.body}).Key()
	}
	plain := authorized(func(*access) {})
	for name, change := range map[string]func(*access){
		"issuer":   func(x *access) { x.token.Issuer[0]++ },
		"account":  func(x *access) { x.token.Account[0] ^= 1 },
		"recovery": func(x *access) { x.token.Recovery[0] ^= 1 },
		"heads":    func(x *access) { x.token.Action = ActionReadWitness },
	} {
		if authorized(change) == plain {
			t.Errorf("the key does not depend on the %s", name)
		}
	}
	if authorized(func(x *access) { x.token.Client[0] ^= 1; x.token.Expiry++ }) != plain {
		t.Error("the key depends on the session")
	}
}

func TestSessionsRefused(t *testing.T) {
	w := newWorld(t, 3, 2)
	for name, change := range map[string]func(*Session){
		"no key":         func(s *Session) { s.Client = nil },
		"too few tokens": func(s *Session) { s.Tokens = s.Tokens[:2] },
		"no device":      func(s *Session) { s.Device = nil },
		"no guard":       func(s *Session) { s.Guard = nil },
	} {
		s := w.session(ActionDelete)
		change(&s)
		if _, err := NewDeletion(w.set, s, w.account, w.recovery); !errors.Is(err, ErrSession) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := w.session(ActionDelete)
	s.Device.Sign = func([]byte) ([]byte, error) { return []byte("short"), nil }
	if _, err := NewDeletion(w.set, s, w.account, w.recovery); !errors.Is(err, ErrSignature) {
		t.Errorf("a device that signs badly: %v", err)
	}
	// A realm without a token is left out, like one that is down.
	secret := w.register("right")
	r := w.session(ActionRecover)
	r.Tokens[1] = nil
	c, err := NewRecovery(w.rand, w.set, r, w.account, w.recovery, pin("right"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(c, nil, w.do); err != nil || !c.Secret().Equal(secret) {
		t.Fatal(err)
	}
	wantFault(t, c.Faults(), 1, ReasonNoToken)
}
