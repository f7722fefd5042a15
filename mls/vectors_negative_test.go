package mls

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// failureClasses name what a negative vector must be refused for. The names are
// for other implementations too, whose errors are not ours.
var failureClasses = map[string]error{
	"malformed": ErrMalformed, "key": ErrBadKey, "decrypt": ErrDecrypt, "signature": ErrBadSignature,
	"membership-tag": ErrBadMembershipTag, "confirmation-tag": ErrBadConfirmationTag, "group": ErrWrongGroup, "epoch": ErrWrongEpoch,
	"sender": ErrBadSender, "path": ErrInvalidPath, "path-required": ErrPathRequired, "parent-hash": ErrParentHash, "tree-hash": ErrTreeHash,
	"tree": ErrInvalidTree, "no-tree": ErrNoTree, "leaf": ErrInvalidLeaf, "duplicate-key": ErrDuplicateKey, "proposal": ErrInvalidProposal,
	"proposal-list": ErrProposalList, "unknown-proposal": ErrUnknownProposal, "unknown-psk": ErrUnknownPSK, "unsupported": ErrUnsupported,
	"key-package": ErrInvalidKeyPackage, "not-for-us": ErrNotForUs, "signer": ErrUnknownLeaf, "suite": ErrUnsupportedSuite,
}

// negative is a vector of an official format with two fields more.
type negative struct {
	Vector  any
	Comment string
	Failure string
}

func (n negative) MarshalJSON() ([]byte, error) {
	data, err := json.Marshal(n.Vector)
	if err != nil {
		return nil, err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	if fields["comment"], err = json.Marshal(n.Comment); err != nil {
		return nil, err
	}
	if fields["failure"], err = json.Marshal(n.Failure); err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

// negativeRunners do with a vector of each format what its positive test does,
// and return the refusal.
var negativeRunners = map[string]func(*testing.T, json.RawMessage) error{
	"deserialization.json": refusing(func(_ *testing.T, v lengthVector) error {
		r := syntax.NewReader(v.Header)
		r.Varint()
		return malformed("length", r.Done())
	}),
	"crypto-basics.json": refusing(func(_ *testing.T, v cryptoVector) error {
		if !v.Suite.VerifyWithLabel(SignaturePublicKey(v.Sign.Pub), v.Sign.Label, v.Sign.Content, v.Sign.Signature) {
			return ErrBadSignature
		}
		_, err := v.Suite.DecryptWithLabel(HPKEPrivateKey(v.Encrypt.Priv), v.Encrypt.Label, v.Encrypt.Context, HPKECiphertext{v.Encrypt.KEMOutput, v.Encrypt.Ciphertext})
		return err
	}),
	"transcript-hashes.json": refusing(func(_ *testing.T, v transcriptVector) error {
		r := syntax.NewReader(v.Content)
		a := authenticatedContent{wire: WireFormat(r.Uint16())}
		a.content = readFramedContent(r)
		a.auth = readContentAuth(r, a.content.ContentType)
		if err := r.Done(); err != nil {
			return malformed("content", err)
		}
		if !v.Suite.VerifyMAC(Secret(v.Confirmation), confirmedHash(v.Suite, v.InterimBefore, a.wire, &a.content, a.auth.signature), a.auth.confirmationTag) {
			return ErrBadConfirmationTag
		}
		return nil
	}),
	"messages.json": func(t *testing.T, raw json.RawMessage) error {
		fields := map[string]json.RawMessage{}
		noErr(t, json.Unmarshal(raw, &fields))
		for name, decode := range messageDecoders() {
			if data, ok := fields[name]; ok {
				var b hexBytes
				noErr(t, json.Unmarshal(data, &b))
				_, err := decode(b)
				return err
			}
		}
		return nil
	},
	"message-protection.json": refusing(func(t *testing.T, v protectionVector) error {
		for _, c := range []struct {
			kind ContentType
			msg  hexBytes
		}{{ContentProposal, v.ProposalPub}, {ContentProposal, v.ProposalPriv}, {ContentCommit, v.CommitPub}, {ContentCommit, v.CommitPriv}, {ContentApplication, v.ApplicationPriv}} {
			if c.msg == nil {
				continue
			}
			if _, err := v.open(t, c.msg, c.kind); err != nil {
				return err
			}
		}
		return nil
	}),
	"tree-validation.json": refusing(func(_ *testing.T, v treeValidationVector) error {
		tree, err := parseTree(v.Suite, v.Tree)
		if err != nil {
			return err
		}
		return tree.checkTree(v.GroupID, nil, noTime, nil, nil)
	}),
	"treekem.json": refusing(func(t *testing.T, v treeKEMVector) error {
		tree, err := parseTree(v.Suite, v.Tree)
		noErr(t, err)
		private, _ := v.keys(t, tree)
		for _, p := range v.Paths {
			r := syntax.NewReader(p.UpdatePath)
			path := readUpdatePath(r)
			if err := r.Done(); err != nil {
				return malformed("update path", err)
			}
			tr := v.start(tree, p.Sender)
			filtered, err := tr.applyPath(path)
			if err != nil {
				return err
			}
			for l := range tree.members {
				if l == p.Sender {
					continue
				}
				if _, err := tr.decryptPath(path, filtered, l, private[l], v.provisional(tr)); err != nil {
					return err
				}
			}
		}
		return nil
	}),
	"welcome.json": refusing(func(t *testing.T, v welcomeVector) error {
		kp, err := ParseKeyPackage(v.KeyPackage)
		noErr(t, err)
		m, err := ParseMessage(v.Welcome)
		if err != nil {
			return err
		}
		gs, err := openSecrets(m.Welcome, &KeyPackageBundle{KeyPackage: kp, InitKey: HPKEPrivateKey(v.InitPriv)})
		if err != nil {
			return err
		}
		none, err := pskSecret(v.Suite, nil)
		noErr(t, err)
		info, err := m.Welcome.openInfo(memberSecret(v.Suite, gs.joiner, none))
		if err != nil {
			return err
		}
		if !v.Suite.VerifyWithLabel(SignaturePublicKey(v.SignerPub), labelGroupInfo, info.appendUnsigned(nil), info.Signature) {
			return ErrBadSignature
		}
		return nil
	}),
	"passive-client-welcome.json":         refusing(func(t *testing.T, v passiveVector) error { return v.follow(t) }),
	"passive-client-handling-commit.json": refusing(func(t *testing.T, v passiveVector) error { return v.follow(t) }),
}

func refusing[T any](f func(*testing.T, T) error) func(*testing.T, json.RawMessage) error {
	return func(t *testing.T, raw json.RawMessage) error {
		t.Helper()
		var v T
		noErr(t, json.Unmarshal(raw, &v))
		return f(t, v)
	}
}

// TestNegativeVectors: each of our negative vectors is refused, for the reason
// that it says.
func TestNegativeVectors(t *testing.T) {
	for name, run := range negativeRunners {
		t.Run(name, func(t *testing.T) {
			suites := map[CipherSuite]bool{}
			for i, raw := range loadVectors[json.RawMessage](t, filepath.Join(ownVectors, "negative", name)) {
				var n struct {
					Comment, Failure string
					Suite            CipherSuite `json:"cipher_suite"`
				}
				noErr(t, json.Unmarshal(raw, &n))
				want, known := failureClasses[n.Failure]
				if !known || n.Comment == "" {
					t.Errorf("vector %d: failure class %q", i, n.Failure)
				}
				suites[n.Suite] = true
				if err := run(t, raw); !errors.Is(err, want) {
					t.Errorf("vector %d, suite %d, %s: got %v, want %v", i, n.Suite, n.Comment, err, want)
				}
			}
			if !suites[0] && len(suites) != len(SupportedSuites()) {
				t.Errorf("vectors of %d suites", len(suites))
			}
		})
	}
	if len(negativeRunners) != len(negativeGenerators) {
		t.Error("a format has a runner without a generator, or the other way round")
	}
}
