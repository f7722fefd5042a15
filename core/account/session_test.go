package account

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/mls/syntax"
)

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	phone, code := w.newDevice(), w.newMethod(KindCode)
	w.add(w.device, phone, "")
	w.add(w.device, code, "")
	w.remove(w.device, ReasonLost, phone.ID())
	nonce := bytes.Repeat([]byte{9}, 32)
	sign := func(s *KeyholderSecret) SignIn {
		data, err := s.SignIn("chat.example", w.Chain.ID(), nonce, w.now)
		if err != nil {
			t.Fatal(err)
		}
		in, err := ParseSignIn(data)
		if err != nil || !bytes.Equal(in.Marshal(), data) {
			t.Fatal(err)
		}
		return in
	}
	verify := func(in SignIn) error {
		return w.Chain.VerifySignIn(in, "chat.example", nonce, w.now.Add(20*time.Second), time.Minute)
	}
	for _, s := range []*KeyholderSecret{w.device, code} {
		if err := verify(sign(s)); err != nil {
			t.Errorf("%s: %v", s.Kind(), err)
		}
	}
	elsewhere := w.Chain.ID()
	elsewhere[0]++
	for name, change := range map[string]func(in *SignIn){
		"other host":      func(in *SignIn) { in.Host = "other.example" },
		"other account":   func(in *SignIn) { in.Account = elsewhere },
		"other nonce":     func(in *SignIn) { in.Nonce = make([]byte, 32) },
		"other keyholder": func(in *SignIn) { in.Keyholder = code.ID() },
		"stranger":        func(in *SignIn) { in.Keyholder[0]++ },
		"too early":       func(in *SignIn) { in.Time += 100_000 },
		"too late":        func(in *SignIn) { in.Time -= 100_000 },
		"time altered":    func(in *SignIn) { in.Time++ },
		"far future":      func(in *SignIn) { in.Time = 1<<64 - 1 },
		"signature":       func(in *SignIn) { in.Signature[5]++ },
		"removed":         func(in *SignIn) { *in = sign(phone) },
		"for an entry":    func(in *SignIn) { in.Signature = w.device.Sign(labelEntry, in.content()) },
		"signed elsewhere": func(in *SignIn) {
			in.Host = "other.example"
			in.Signature = w.device.Sign(labelSignIn, in.content())
		},
	} {
		in := sign(w.device)
		change(&in)
		if err := verify(in); err != ErrSignIn {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, n := range []int{0, MinNonce - 1, MaxNonce + 1} {
		if _, err := w.device.SignIn("chat.example", w.Chain.ID(), make([]byte, n), w.now); !errors.Is(err, ErrSignIn) {
			t.Errorf("nonce of %d bytes: %v", n, err)
		}
		in := sign(w.device)
		in.Nonce = make([]byte, n)
		if _, err := ParseSignIn(in.Marshal()); !errors.Is(err, ErrMalformed) {
			t.Errorf("parsed a nonce of %d bytes: %v", n, err)
		}
	}
}

func TestStretchPassword(t *testing.T) {
	p := DefaultPasswordParameters()
	salt := bytes.Repeat([]byte{1}, PasswordSaltSize)
	stretch := func(password string, host Host, handle Handle, salt []byte) string {
		s, err := StretchPassword([]byte(password), p, host, handle, salt)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(s.AuthKey(), s.RealmKey()) {
			t.Error("both keys are the same")
		}
		return string(s.AuthKey()) + string(s.RealmKey())
	}
	a := stretch("correct horse", "chat.example", "alice", salt)
	for name, b := range map[string]string{
		"password": stretch("correct h0rse", "chat.example", "alice", salt),
		"host":     stretch("correct horse", "chat.examplea", "lice", salt),
		"salt":     stretch("correct horse", "chat.example", "alice", make([]byte, PasswordSaltSize)),
	} {
		if a[:32] == b[:32] || a[32:] == b[32:] {
			t.Errorf("the %s does not matter", name)
		}
	}
	v := PasswordVerifier([]byte(a[:32]))
	if !CheckPassword(v, []byte(a[:32])) || CheckPassword(v, []byte(a[32:])) || CheckPassword(v, nil) {
		t.Error("verifier takes another key, or not its own")
	}
	for name, c := range map[string]struct {
		password, salt []byte
		want           error
	}{
		"no password": {nil, salt, ErrPassword}, "too long": {make([]byte, MaxPassword+1), salt, ErrPassword},
		"no salt": {[]byte("x"), nil, ErrPasswordParameters}, "short salt": {[]byte("x"), salt[1:], ErrPasswordParameters},
	} {
		if _, err := StretchPassword(c.password, p, "chat.example", "alice", c.salt); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPasswordParameters(t *testing.T) {
	for name, change := range map[string]func(p *PasswordParameters){
		"version 0":    func(p *PasswordParameters) { p.Version = 0 },
		"version 2":    func(p *PasswordParameters) { p.Version = 2 },
		"few passes":   func(p *PasswordParameters) { p.Time = 2 },
		"many passes":  func(p *PasswordParameters) { p.Time = 17 },
		"little":       func(p *PasswordParameters) { p.MemoryKiB-- },
		"much":         func(p *PasswordParameters) { p.MemoryKiB = 1<<20 + 1 },
		"no lane":      func(p *PasswordParameters) { p.Threads = 0 },
		"many lanes":   func(p *PasswordParameters) { p.Threads = 9 },
		"all the most": func(p *PasswordParameters) { *p = PasswordParameters{1, 1<<32 - 1, 1<<32 - 1, 255} },
	} {
		p := DefaultPasswordParameters()
		change(&p)
		if _, err := ParsePasswordParameters(p.Marshal()); !errors.Is(err, ErrPasswordParameters) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := StretchPassword([]byte("x"), p, "chat.example", "alice", make([]byte, PasswordSaltSize)); !errors.Is(err, ErrPasswordParameters) {
			t.Errorf("%s: stretched: %v", name, err)
		}
	}
	good := DefaultPasswordParameters()
	if got, err := ParsePasswordParameters(good.Marshal()); err != nil || got != good {
		t.Errorf("default: %v", err)
	}
	for _, b := range [][]byte{nil, good.Marshal()[1:], append(good.Marshal(), 0)} {
		if _, err := ParsePasswordParameters(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
}

func TestInventedSalt(t *testing.T) {
	secret := bytes.Repeat([]byte{1}, 32)
	a := InventedSalt(secret, "alice")
	if len(a) != PasswordSaltSize || !bytes.Equal(a, InventedSalt(secret, "alice")) || bytes.Equal(a, InventedSalt(secret, "bob")) {
		t.Error("not a function of the handle")
	}
}

func TestLeafIdentity(t *testing.T) {
	w := newWorld(t)
	before := w.Chain.Head()
	phone, code := w.newDevice(), w.newMethod(KindCode)
	w.add(w.device, phone, "")
	with := w.Chain.Head()
	w.add(w.device, code, "")
	w.remove(w.device, ReasonLost, phone.ID())
	now, key := w.Chain.Head(), []byte("a leaf's key")
	l, err := ParseLeafIdentity(phone.CertifyLeaf(w.Chain.ID(), key).Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Chain.VerifyLeaf(with, l, key); err != nil {
		t.Error(err)
	}
	elsewhere := w.Chain.ID()
	elsewhere[0]++
	other := l
	other.Device = w.device.ID()
	for name, c := range map[string]struct {
		at   Head
		l    LeafIdentity
		key  string
		want error
	}{
		"before it was added":  {before, l, string(key), ErrNotActive},
		"after it was removed": {now, l, string(key), ErrNotActive},
		"unknown head":         {Head{2, Hash{1}}, l, string(key), ErrFork},
		"head to come":         {Head{99, Hash{1}}, l, string(key), ErrFork},
		"no head":              {Head{}, l, string(key), ErrFork},
		"other key":            {with, l, "another key", ErrLeafIdentity},
		"other device":         {with, other, string(key), ErrLeafIdentity},
		"other account":        {with, phone.CertifyLeaf(elsewhere, key), string(key), ErrLeafIdentity},
		"recovery method":      {now, code.CertifyLeaf(w.Chain.ID(), key), string(key), ErrNotActive},
		"stranger":             {now, w.newDevice().CertifyLeaf(w.Chain.ID(), key), string(key), ErrNotActive},
	} {
		if err := w.Chain.VerifyLeaf(c.at, c.l, []byte(c.key)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestSignRealmRequest(t *testing.T) {
	w := newWorld(t)
	labelled := func(label string) []byte {
		return syntax.AppendOpaque(syntax.AppendString(nil, label), []byte("content"))
	}
	good := labelled("Coffer PIN 1.0 device request")
	key := w.device.SignatureKey()
	if !ed25519.Verify(key[:], good, w.device.SignRealmRequest(good)) {
		t.Error("not signed")
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "our label": labelled("Coffer 1.0 sign in"), "MLS label": labelled("MLS 1.0 LeafNodeTBS"), "no label": labelled(""),
		"cut": good[:len(good)-1], "more": append(bytes.Clone(good), 0), "no structure": []byte("Coffer PIN 1.0 device request"),
	} {
		if w.device.SignRealmRequest(b) != nil {
			t.Errorf("%s: signed", name)
		}
	}
}
