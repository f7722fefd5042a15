package mls_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/coffer-chat/coffer/mls"
)

// A proposal type of the application's own: here, a new title for the group.
func ExampleProposeCustom() {
	const title mls.ProposalType = 0xF001
	policy := &mls.Policy{Proposals: map[mls.ProposalType]mls.ProposalPolicy{
		title: {Check: func(p mls.CustomProposal) error {
			if len(p.Data) == 0 {
				return errors.New("a title without a letter")
			}
			return nil
		}},
	}}
	with := func(name string) mls.LeafParams {
		p := client(name)
		p.Capabilities = mls.DefaultCapabilities()
		p.Capabilities.Proposals = []mls.ProposalType{title}
		return p
	}
	bundle := ok(mls.NewKeyPackage(rand.Reader, mls.KeyPackageParams{Suite: suite, Leaf: with("bob")}))
	alice := ok(mls.NewGroup(rand.Reader, mls.GroupParams{Suite: suite, GroupID: []byte("a group"), Leaf: with("alice")}))
	staged := ok(alice.Commit(rand.Reader, mls.CommitOptions{Add: []*mls.KeyPackage{bundle.KeyPackage}, WelcomeTree: true}))
	alice, bob := staged.Group(), ok(mls.JoinWelcome(staged.Welcome, bundle, mls.JoinOptions{}))

	staged = ok(alice.Commit(rand.Reader, mls.CommitOptions{
		Proposals: []*mls.Proposal{mls.ProposeCustom(title, []byte("Book club"))}, Policy: policy,
	}))
	next := ok(bob.Process(staged.Message, mls.ProcessOptions{Policy: policy}))
	for _, p := range next.Custom {
		fmt.Printf("the group is now called %q\n", p.Data)
	}
	_, err := bob.Process(staged.Message, mls.ProcessOptions{})
	fmt.Println("without the policy:", errors.Is(err, mls.ErrUnsupported))
	// Output:
	// the group is now called "Book club"
	// without the policy: true
}

// X.509 credentials: the library carries the chain, the application judges it. A
// certificate must be of the leaf's own signature key (RFC 9420, section 5.3).
func ExampleValidator() {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	caPublic, caKey, err := ed25519.GenerateKey(rand.Reader)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, Subject: pkix.Name{CommonName: "CA"}}
	root := ok(x509.ParseCertificate(ok(x509.CreateCertificate(rand.Reader, ca, ca, ok(caPublic, err), caKey))))
	roots := x509.NewCertPool()
	roots.AddCert(root)
	certified := func(name string) mls.LeafParams {
		p := client(name)
		c := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, DNSNames: []string{name}}
		p.Credential = mls.X509Credential(ok(x509.CreateCertificate(rand.Reader, c, root, ed25519.PublicKey(p.SignatureKey.Public()), caKey)))
		return p
	}
	var judge mls.Validator = func(c mls.LeafContext) error {
		if c.Leaf.Credential.Type != mls.CredentialX509 || len(c.Leaf.Credential.Certificates) == 0 {
			return errors.New("no certificate")
		}
		cert, err := x509.ParseCertificate(c.Leaf.Credential.Certificates[0])
		if err != nil {
			return err
		}
		if key, is := cert.PublicKey.(ed25519.PublicKey); !is || !bytes.Equal(key, c.Leaf.SignatureKey) {
			return errors.New("certificate of another key")
		}
		_, err = cert.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		return err
	}

	alice := ok(mls.NewGroup(rand.Reader, mls.GroupParams{Suite: suite, GroupID: []byte("a group"), Leaf: certified("alice.example")}))
	add := func(p mls.LeafParams) error {
		bundle := ok(mls.NewKeyPackage(rand.Reader, mls.KeyPackageParams{Suite: suite, Leaf: p}))
		_, err := alice.Commit(rand.Reader, mls.CommitOptions{Add: []*mls.KeyPackage{bundle.KeyPackage}, Validate: judge})
		return err
	}
	fmt.Println("bob:", add(certified("bob.example")))
	stolen := certified("carol.example")
	stolen.SignatureKey = client("mallory").SignatureKey
	fmt.Println("mallory:", add(stolen))
	// Output:
	// bob: <nil>
	// mallory: mls: credential refused: leaf 1: certificate of another key
}
