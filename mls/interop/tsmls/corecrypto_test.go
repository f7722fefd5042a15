package tsmls

import (
	"fmt"
	"testing"

	"github.com/coffer-chat/coffer/mls"
)

// wireName is a client id as core-crypto wants one in a basic credential.
func wireName(n int) string {
	return fmt.Sprintf("00000000-0000-4000-8000-%012d:%x@wire.example", n, n)
}

// TestCoreCrypto: groups of package mls and of Wire's core-crypto, which is
// OpenMLS, begun on either side. Core-crypto takes handshake messages as
// PublicMessage only. It shows neither its epoch authenticator nor an exporter
// with a label of choice: that the members agree is known from what they can
// read.
func TestCoreCrypto(t *testing.T) {
	d := startDriver(t, "corecrypto.mjs", "@wireapp/core-crypto")
	people := 0
	for _, suite := range []mls.CipherSuite{1, 2, 3} {
		for _, weBegin := range []bool{true, false} {
			t.Run(fmt.Sprintf("suite %d, we begin %v", suite, weBegin), func(t *testing.T) {
				wireStory(t, d, &people, suite, weBegin)
			})
		}
	}
}

func wireStory(t *testing.T, d *driver, people *int, suite mls.CipherSuite, weBegin bool) {
	somebody := func() string {
		*people++
		return wireName(*people)
	}
	we := func() party {
		o := newOurs(t, somebody(), suite)
		o.bare = true
		return o
	}
	they := func() party {
		p := &theirs{d, t, somebody(), suite}
		p.keyPackage() // makes the client
		return p
	}
	a, b := we(), they()
	if !weBegin {
		a, b = b, a
	}
	c := &circle{T: t, form: public, members: []party{a}, read: true}
	a.create([]byte("conversation"))
	c.add(a, b)
	c.update(a)
	c.update(b)
	ourThird, theirThird := we(), they()
	c.add(a, ourThird)
	c.add(b, theirThird)
	for _, p := range []party{ourThird, theirThird} {
		c.update(p)
	}
	through := map[bool]party{true: a, false: b}
	ourFourth, theirFourth := we(), they()
	c.update(through[!weBegin]) // core-crypto gives a GroupInfo with a commit only
	c.joinExternally(through[!weBegin], ourFourth)
	c.joinExternally(through[weBegin], theirFourth)
	c.remove(a, theirThird)
	c.remove(b, ourThird)
	c.remove(a, ourFourth)
	c.remove(b, theirFourth)
	c.update(a)
}

// TestCoreCryptoCapabilities: core-crypto adds only clients that can do basic and
// X.509 credentials, so a key package for it must list both, as the default
// capabilities do.
func TestCoreCryptoCapabilities(t *testing.T) {
	d := startDriver(t, "corecrypto.mjs", "@wireapp/core-crypto")
	they := &theirs{d, t, wireName(1), 1}
	they.create([]byte("conversation"))
	for n, c := range []struct {
		name  string
		types []mls.CredentialType
		want  bool
	}{
		{"basic only", []mls.CredentialType{mls.CredentialBasic}, false},
		{"basic and X.509", mls.DefaultCapabilities().Credentials, true},
	} {
		o := newOurs(t, wireName(n+2), 1)
		o.bare, o.leaf.Capabilities.Credentials = true, c.types
		_, err := d.ask(&request{Op: "commit", Name: they.who, Changes: []*wanted{{Add: o.keyPackage()}}})
		if (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
