package mls

import (
	"bytes"
	"testing"
)

func TestExtensions(t *testing.T) {
	var e Extensions
	e = e.With(3, []byte("a")).With(6, []byte("b"))
	f := e.With(3, []byte("c"))
	if d, ok := e.Get(3); !ok || string(d) != "a" {
		t.Error("With changed the list it was called on")
	}
	if d, _ := f.Get(3); string(d) != "c" || len(f) != 2 {
		t.Error("With did not replace")
	}
	if g := f.Without(3); len(g) != 1 || len(f) != 2 {
		t.Error("Without")
	}
	if _, ok := f.Get(9); ok {
		t.Error("an absent extension is found")
	}
	twice := Extensions{{7, nil}, {7, nil}}
	_, err := ParseGroupContext((&GroupContext{CipherSuite: suite1, Extensions: twice}).Append(nil))
	wantErr(t, "extension twice", err, ErrMalformed)
}

func TestAppDataDictionary(t *testing.T) {
	d := AppDataDictionary(nil).With(0x9000, []byte("z")).With(0x8001, []byte("a")).With(0x8800, nil)
	again := d.With(0x8001, []byte("b"))
	if v, ok := d.Get(0x8001); !ok || string(v) != "a" {
		t.Error("With changed the dictionary it was called on")
	}
	if v, _ := again.Get(0x8001); string(v) != "b" || len(again) != 3 {
		t.Error("With did not replace")
	}
	if len(again.Without(0x8800)) != 2 {
		t.Error("Without")
	}
	// struct { uint16 component_id; opaque data<V> } list<V>
	want := []byte{11, 0x80, 0x01, 1, 'a', 0x88, 0, 0, 0x90, 0, 1, 'z'}
	if got := d.Append(nil); !bytes.Equal(got, want) {
		t.Errorf("encoding %x, want %x", got, want)
	}
	e := Extensions{}.WithAppData(d)
	back, err := e.AppData()
	noErr(t, err)
	equal0(t, "dictionary", back.Append(nil), want)
	if none, err := (Extensions{}).AppData(); none != nil || err != nil {
		t.Error("an absent dictionary is not empty")
	}
	for name, bad := range map[string][]byte{
		"not in order": {8, 0x88, 0, 1, 'a', 0x80, 0x01, 1, 'b'},
		"twice":        {8, 0x80, 0, 1, 'a', 0x80, 0, 1, 'b'},
		"cut":          {4, 0x80, 0, 2, 'a'},
		"trailing":     {3, 0x80, 0, 0, 0},
		"empty input":  {},
	} {
		_, err := ParseAppDataDictionary(bad)
		wantErr(t, name, err, ErrMalformed)
	}
}

func TestRequiredCapabilities(t *testing.T) {
	c := Capabilities{Extensions: []ExtensionType{6}, Proposals: []ProposalType{9}, Credentials: []CredentialType{1}}
	for _, x := range []struct {
		name string
		req  RequiredCapabilities
		want bool
	}{
		{"none", RequiredCapabilities{}, true},
		{"defaults", RequiredCapabilities{Extensions: []ExtensionType{1, 5}, Proposals: []ProposalType{1, 7}}, true},
		{"listed", RequiredCapabilities{Extensions: []ExtensionType{6}, Proposals: []ProposalType{9}, Credentials: []CredentialType{1}}, true},
		{"extension", RequiredCapabilities{Extensions: []ExtensionType{8}}, false},
		{"proposal", RequiredCapabilities{Proposals: []ProposalType{10}}, false},
		{"credential", RequiredCapabilities{Credentials: []CredentialType{2}}, false},
		{"zero", RequiredCapabilities{Extensions: []ExtensionType{0}}, false},
	} {
		back, err := ParseRequiredCapabilities(x.req.Append(nil))
		noErr(t, err)
		if back.metBy(c) != x.want {
			t.Errorf("%s: %v, want %v", x.name, !x.want, x.want)
		}
	}
	_, err := ParseRequiredCapabilities([]byte{1, 0, 0, 0})
	wantErr(t, "odd length", err, ErrMalformed)
}

func TestCredentials(t *testing.T) {
	x := X509Credential([]byte("leaf"), []byte("ca"))
	if x.Equal(X509Credential([]byte("leaf"))) || !x.Equal(X509Credential([]byte("leaf"), []byte("ca"))) || x.Equal(BasicCredential([]byte("leaf"))) {
		t.Error("Equal")
	}
	list := AppendExternalSenders(nil, []ExternalSender{{SignatureKey: []byte("k"), Credential: x}})
	back, err := ParseExternalSenders(list)
	noErr(t, err)
	if len(back) != 1 || !back[0].Credential.Equal(x) || !back[0].SignatureKey.Equal([]byte("k")) {
		t.Errorf("%v", back)
	}
	// A type that is not known has no known length.
	_, err = ParseExternalSenders([]byte{5, 1, 'k', 0, 3, 0})
	wantErr(t, "credential type 3", err, ErrUnsupported)
}

// TestX509Group runs a group whose members have X.509 credentials.
func TestX509Group(t *testing.T) {
	w := newWorld(t, suite1, nil)
	p := w.leaf("x")
	p.Credential = X509Credential([]byte("certificate"))
	kp, err := NewKeyPackage(w.rand, KeyPackageParams{Suite: suite1, Leaf: p})
	noErr(t, err)
	staged := w.stage("a0", CommitOptions{Add: []*KeyPackage{kp.KeyPackage}, WelcomeTree: true})
	g, err := JoinWelcome(staged.Welcome, kp, JoinOptions{})
	noErr(t, err)
	if leaf, _ := g.Member(1); !leaf.Credential.Equal(p.Credential) {
		t.Error("credential differs")
	}
	p.Capabilities = DefaultCapabilities()
	p.Capabilities.Credentials = []CredentialType{CredentialX509}
	kp, err = NewKeyPackage(w.rand, KeyPackageParams{Suite: suite1, Leaf: p})
	noErr(t, err)
	_, err = w.members["a0"].Commit(w.rand, CommitOptions{Add: []*KeyPackage{kp.KeyPackage}})
	wantErr(t, "a member without basic credentials", err, ErrUnsupported)
}

// TestCapabilitiesDeclareWhatIsUsed: a private-use extension needs no mention by
// the caller.
func TestCapabilitiesDeclareWhatIsUsed(t *testing.T) {
	w := newWorld(t, suite1, nil)
	p := w.leaf("x")
	p.Extensions = Extensions{{0xF010, []byte("leaf")}, {ExtensionApplicationID, []byte("id")}}
	kp, err := NewKeyPackage(w.rand, KeyPackageParams{Suite: suite1, Leaf: p, Extensions: Extensions{{0xF011, nil}}})
	noErr(t, err)
	noErr(t, kp.KeyPackage.Validate(noTime))
	caps := kp.KeyPackage.Leaf.Capabilities
	if !caps.SupportsExtension(0xF010) || !caps.SupportsExtension(0xF011) || caps.SupportsExtension(0xF012) || len(caps.Extensions) != 3 {
		t.Errorf("extensions %v", caps.Extensions)
	}
	w.commit("a0", CommitOptions{}, kp)
	p.Capabilities = DefaultCapabilities()
	kp, err = NewKeyPackage(w.rand, KeyPackageParams{Suite: suite1, Leaf: p})
	noErr(t, err)
	wantErr(t, "capabilities without it", kp.KeyPackage.Validate(noTime), ErrInvalidLeaf)
}
