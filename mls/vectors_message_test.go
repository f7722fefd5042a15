package mls

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// messageDecoders are the fields of a messages.json vector: each has a decoder
// that re-encodes what it read.
func messageDecoders() map[string]func([]byte) ([]byte, error) {
	message := func(b []byte) ([]byte, error) {
		m, err := ParseMessage(b)
		if err != nil {
			return nil, err
		}
		return m.Append(nil), nil
	}
	proposal := func(kind ProposalType) func(b []byte) ([]byte, error) {
		return func(b []byte) ([]byte, error) {
			// The vectors hold the proposal's body without its type.
			r := syntax.NewReader(append([]byte{0, byte(kind)}, b...))
			p := readProposal(r)
			if err := r.Done(); err != nil {
				return nil, err
			}
			return p.Append(nil)[2:], nil
		}
	}
	return map[string]func([]byte) ([]byte, error){
		"mls_welcome":                       message,
		"mls_group_info":                    message,
		"mls_key_package":                   message,
		"public_message_application":        message,
		"public_message_proposal":           message,
		"public_message_commit":             message,
		"private_message":                   message,
		"add_proposal":                      proposal(ProposalAdd),
		"update_proposal":                   proposal(ProposalUpdate),
		"remove_proposal":                   proposal(ProposalRemove),
		"pre_shared_key_proposal":           proposal(ProposalPSK),
		"re_init_proposal":                  proposal(ProposalReInit),
		"external_init_proposal":            proposal(ProposalExternalInit),
		"group_context_extensions_proposal": proposal(ProposalGroupContextExtensions),
		"ratchet_tree": func(b []byte) ([]byte, error) {
			tree, err := parseTree(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, b)
			if err != nil {
				return nil, err
			}
			return tree.append(nil), nil
		},
		"group_secrets": func(b []byte) ([]byte, error) {
			g, err := parseGroupSecrets(b)
			return g.append(nil), err
		},
		"commit": func(b []byte) ([]byte, error) {
			r := syntax.NewReader(b)
			c := readCommit(r)
			return c.append(nil), r.Done()
		},
	}
}

func TestVectorMessages(t *testing.T) { eachFile(t, "messages.json", runMessages) }

func runMessages(t *testing.T, list []map[string]hexBytes) {
	decoders := messageDecoders()
	for i, v := range list {
		if len(v) != len(decoders) {
			t.Fatalf("vector %d has %d fields, want %d", i, len(v), len(decoders))
		}
		for name, b := range v {
			got, err := decoders[name](b)
			if err != nil {
				t.Errorf("vector %d: %s: %v", i, name, err)
				continue
			}
			equal(t, name, got, b)
			for _, cut := range []int{0, 1, len(b) / 2, len(b) - 1} {
				if cut < len(b) {
					if _, err := decoders[name](b[:cut]); err == nil {
						t.Errorf("vector %d: %s: %d of %d bytes are accepted", i, name, cut, len(b))
					}
				}
			}
			if _, err := decoders[name](append(b[:len(b):len(b)], 0)); err == nil {
				t.Errorf("vector %d: %s: a trailing byte is accepted", i, name)
			}
		}
	}
}

type protectionVector struct {
	Suite               CipherSuite `json:"cipher_suite"`
	GroupID             hexBytes    `json:"group_id"`
	Epoch               uint64
	TreeHash            hexBytes `json:"tree_hash"`
	ConfirmedTranscript hexBytes `json:"confirmed_transcript_hash"`
	SignaturePriv       hexBytes `json:"signature_priv"`
	SignaturePub        hexBytes `json:"signature_pub"`
	Encryption          hexBytes `json:"encryption_secret"`
	SenderData          hexBytes `json:"sender_data_secret"`
	Membership          hexBytes `json:"membership_key"`
	Proposal            hexBytes
	ProposalPub         hexBytes `json:"proposal_pub"`
	ProposalPriv        hexBytes `json:"proposal_priv"`
	Commit              hexBytes
	CommitPub           hexBytes `json:"commit_pub"`
	CommitPriv          hexBytes `json:"commit_priv"`
	Application         hexBytes
	ApplicationPriv     hexBytes `json:"application_priv"`
}

// group is a group of two over the vector's secrets, whose leaves hold only the key.
func (v *protectionVector) group(t testing.TB, own LeafIndex) *Group {
	t.Helper()
	key, err := v.Suite.ParseSignatureKey(padKey(v.Suite, v.SignaturePriv))
	noErr(t, err)
	gc := GroupContext{CipherSuite: v.Suite, GroupID: v.GroupID, Epoch: v.Epoch, TreeHash: v.TreeHash, ConfirmedTranscriptHash: v.ConfirmedTranscript}
	tree := newTree(v.Suite)
	noErr(t, tree.extend())
	for l := range LeafIndex(2) {
		tree.set(l.node(), treeNode{leaf: &LeafNode{SignatureKey: key.Public()}})
	}
	g := &Group{publicState: publicState{context: gc, contextBytes: gc.Append(nil), tree: tree}, own: own, key: key}
	g.secrets = epochSecrets{encryption: Secret(v.Encryption), senderData: Secret(v.SenderData), membership: Secret(v.Membership)}
	g.startRatchets()
	return g
}

// content is unsigned content of member 1.
func (v *protectionVector) content(t testing.TB, kind ContentType, b []byte) *authenticatedContent {
	t.Helper()
	a := &authenticatedContent{content: FramedContent{Sender: Sender{Type: SenderMember, Leaf: 1}, ContentType: kind}}
	r := syntax.NewReader(b)
	if kind == ContentApplication {
		a.content.Application = b
	} else {
		a.content.readBody(r)
		noErr(t, r.Done())
	}
	if kind == ContentCommit {
		a.auth.confirmationTag = v.Suite.MAC(Secret(v.Membership), nil)
	}
	return a
}

// open opens a message as member 0 and returns its content.
func (v *protectionVector) open(t testing.TB, msg []byte, kind ContentType) ([]byte, error) {
	t.Helper()
	g := v.group(t, 0)
	if kind == ContentApplication {
		app, err := g.Open(msg)
		if err != nil {
			return nil, err
		}
		return app.Data, nil
	}
	a, err := g.unprotect(msg)
	if err != nil {
		return nil, err
	}
	k, err := g.senderKey(&a.content)
	if err != nil {
		return nil, err
	}
	return a.content.appendBody(nil), a.verify(v.Suite, k, g.contextBytes)
}

func TestVectorMessageProtection(t *testing.T) {
	bySuite(t, "message-protection.json", func(v protectionVector) CipherSuite { return v.Suite }, func(t *testing.T, v protectionVector) {
		key, err := v.Suite.ParseSignatureKey(padKey(v.Suite, v.SignaturePriv))
		noErr(t, err)
		equal(t, "signature_pub", key.Public(), v.SignaturePub)
		check := func(msg []byte, kind ContentType, raw []byte) {
			t.Helper()
			got, err := v.open(t, msg, kind)
			noErr(t, err)
			equal(t, "content", got, raw)
			if kind == ContentApplication {
				return
			}
			for _, i := range []int{len(msg) - 1, len(msg) / 2} {
				bad := append([]byte(nil), msg...)
				bad[i] ^= 1
				if _, err := v.open(t, bad, kind); err == nil {
					t.Errorf("byte %d of %d changed: accepted", i, len(msg))
				}
			}
		}
		for _, c := range []struct {
			kind            ContentType
			raw, pub, privy []byte
		}{
			{ContentProposal, v.Proposal, v.ProposalPub, v.ProposalPriv},
			{ContentCommit, v.Commit, v.CommitPub, v.CommitPriv},
			{ContentApplication, v.Application, nil, v.ApplicationPriv},
		} {
			for _, w := range []WireFormat{WirePublicMessage, WirePrivateMessage} {
				g := v.group(t, 1)
				a := v.content(t, c.kind, c.raw)
				noErr(t, g.signContent(rand.Reader, a, w))
				msg, err := g.protect(rand.Reader, a, func(n int) int { return n + 7 })
				if w == WirePublicMessage && c.kind == ContentApplication {
					if !errors.Is(err, ErrWrongContent) {
						t.Errorf("application data in a public message: %v", err)
					}
					continue
				}
				noErr(t, err)
				check(msg, c.kind, c.raw)
			}
			if c.pub != nil {
				check(c.pub, c.kind, c.raw)
			}
			check(c.privy, c.kind, c.raw)
		}
	})
}

type transcriptVector struct {
	Suite         CipherSuite `json:"cipher_suite"`
	Confirmation  hexBytes    `json:"confirmation_key"`
	Content       hexBytes    `json:"authenticated_content"`
	InterimBefore hexBytes    `json:"interim_transcript_hash_before"`
	Confirmed     hexBytes    `json:"confirmed_transcript_hash_after"`
	InterimAfter  hexBytes    `json:"interim_transcript_hash_after"`
}

func TestVectorTranscriptHashes(t *testing.T) {
	bySuite(t, "transcript-hashes.json", func(v transcriptVector) CipherSuite { return v.Suite }, func(t *testing.T, v transcriptVector) {
		r := syntax.NewReader(v.Content)
		a := authenticatedContent{wire: WireFormat(r.Uint16())}
		a.content = readFramedContent(r)
		a.auth = readContentAuth(r, a.content.ContentType)
		noErr(t, r.Done())
		equal(t, "encoding", a.append(nil), v.Content)
		confirmed := confirmedHash(v.Suite, v.InterimBefore, a.wire, &a.content, a.auth.signature)
		equal(t, "confirmed transcript hash", confirmed, v.Confirmed)
		if !v.Suite.VerifyMAC(Secret(v.Confirmation), confirmed, a.auth.confirmationTag) {
			t.Error("confirmation tag does not verify")
		}
		equal(t, "interim transcript hash", interimHash(v.Suite, confirmed, a.auth.confirmationTag), v.InterimAfter)
	})
}

type welcomeVector struct {
	Suite      CipherSuite `json:"cipher_suite"`
	InitPriv   hexBytes    `json:"init_priv"`
	SignerPub  hexBytes    `json:"signer_pub"`
	KeyPackage hexBytes    `json:"key_package"`
	Welcome    hexBytes
}

func TestVectorWelcome(t *testing.T) {
	bySuite(t, "welcome.json", func(v welcomeVector) CipherSuite { return v.Suite }, func(t *testing.T, v welcomeVector) {
		kp, err := ParseKeyPackage(v.KeyPackage)
		noErr(t, err)
		m, err := ParseMessage(v.Welcome)
		noErr(t, err)
		secrets, err := openSecrets(m.Welcome, &KeyPackageBundle{KeyPackage: kp, InitKey: HPKEPrivateKey(v.InitPriv)})
		noErr(t, err)
		psk, err := pskSecret(v.Suite, nil)
		noErr(t, err)
		member := memberSecret(v.Suite, secrets.joiner, psk)
		info, err := m.Welcome.openInfo(member)
		noErr(t, err)
		if !v.Suite.VerifyWithLabel(SignaturePublicKey(v.SignerPub), labelGroupInfo, info.appendUnsigned(nil), info.Signature) {
			t.Error("group info signature does not verify")
		}
		keys := newEpochSecrets(v.Suite, member, info.Context.Append(nil))
		if !v.Suite.VerifyMAC(keys.confirmation, info.Context.ConfirmedTranscriptHash, info.ConfirmationTag) {
			t.Error("confirmation tag does not verify")
		}
	})
}

type passiveVector struct {
	Suite          CipherSuite     `json:"cipher_suite"`
	ExternalPSKs   []passivePSK    `json:"external_psks"`
	KeyPackage     hexBytes        `json:"key_package"`
	SignaturePriv  hexBytes        `json:"signature_priv"`
	EncryptionPriv hexBytes        `json:"encryption_priv"`
	InitPriv       hexBytes        `json:"init_priv"`
	Welcome        hexBytes        `json:"welcome"`
	Tree           json.RawMessage `json:"ratchet_tree"`
	Authenticator  hexBytes        `json:"initial_epoch_authenticator"`
	Epochs         []passiveEpoch
}

type passivePSK struct {
	ID  hexBytes `json:"psk_id"`
	PSK hexBytes `json:"psk"`
}

type passiveEpoch struct {
	Proposals     []hexBytes
	Commit        hexBytes
	Authenticator hexBytes `json:"epoch_authenticator"`
}

func TestVectorPassiveClients(t *testing.T) {
	for _, file := range []string{"passive-client-welcome.json", "passive-client-handling-commit.json"} {
		t.Run(file, func(t *testing.T) {
			bySuite(t, file, func(v passiveVector) CipherSuite { return v.Suite }, runPassive)
		})
	}
}

func runPassive(t *testing.T, v passiveVector) { noErr(t, v.follow(t)) }

// follow joins and processes each epoch; it returns the first refusal.
func (v *passiveVector) follow(t *testing.T) error {
	t.Helper()
	kp, err := ParseKeyPackage(v.KeyPackage)
	noErr(t, err)
	noErr(t, kp.Validate(noTime))
	bundle := &KeyPackageBundle{KeyPackage: kp, InitKey: padKey(v.Suite, v.InitPriv), EncryptionKey: padKey(v.Suite, v.EncryptionPriv)}
	bundle.SignatureKey, err = v.Suite.ParseSignatureKey(padKey(v.Suite, v.SignaturePriv))
	noErr(t, err)
	equal(t, "signature key", bundle.SignatureKey.Public(), kp.Leaf.SignatureKey)
	for _, k := range []struct {
		priv HPKEPrivateKey
		pub  HPKEPublicKey
	}{{bundle.InitKey, kp.InitKey}, {bundle.EncryptionKey, kp.Leaf.EncryptionKey}} {
		pub, err := v.Suite.HPKEPublic(k.priv)
		noErr(t, err)
		equal(t, "public key", pub, k.pub)
	}
	resumption := map[uint64]Secret{}
	find := func(id PreSharedKeyID) (Secret, bool) {
		if id.Type == PSKResumption {
			s, ok := resumption[id.Epoch]
			return s, ok
		}
		for _, p := range v.ExternalPSKs {
			if string(p.ID) == string(id.ID) {
				return Secret(p.PSK), true
			}
		}
		return nil, false
	}
	var tree hexBytes
	noErr(t, json.Unmarshal(v.Tree, &tree))
	g, err := JoinWelcome(v.Welcome, bundle, JoinOptions{Tree: tree, PSK: find})
	if err != nil {
		return err
	}
	equal(t, "initial epoch authenticator", g.EpochAuthenticator(), v.Authenticator)
	for _, e := range v.Epochs {
		resumption[g.Epoch()] = g.ResumptionPSK()
		var queued []*QueuedProposal
		for _, p := range e.Proposals {
			q, err := g.ProcessProposal(p)
			if err != nil {
				return err
			}
			queued = append(queued, q)
		}
		staged, err := g.Process(e.Commit, ProcessOptions{Queued: queued, PSK: find})
		if err != nil {
			return err
		}
		if staged.SelfRemoved() {
			t.Fatal("removed by the commit")
		}
		// Each epoch goes through its saved form.
		state, err := staged.Group().MarshalBinary()
		noErr(t, err)
		g, err = LoadGroup(state, nil)
		noErr(t, err)
		equal(t, "epoch authenticator", g.EpochAuthenticator(), e.Authenticator)
	}
	return nil
}
