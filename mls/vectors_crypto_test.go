package mls

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax"
)

func equal(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

func noErr(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type treeMathVector struct {
	NLeaves uint32    `json:"n_leaves"`
	NNodes  uint32    `json:"n_nodes"`
	Root    uint32    `json:"root"`
	Left    []*uint32 `json:"left"`
	Right   []*uint32 `json:"right"`
	Parent  []*uint32 `json:"parent"`
	Sibling []*uint32 `json:"sibling"`
}

func TestVectorTreeMath(t *testing.T) { eachFile(t, "tree-math.json", runTreeMath) }

func runTreeMath(t *testing.T, list []treeMathVector) {
	for _, v := range list {
		if nodeWidth(v.NLeaves) != v.NNodes || uint32(rootOf(v.NLeaves)) != v.Root {
			t.Errorf("%d leaves: width %d root %d", v.NLeaves, nodeWidth(v.NLeaves), rootOf(v.NLeaves))
		}
		check := func(what string, x nodeIndex, want *uint32, f func(nodeIndex) nodeIndex) {
			if want != nil && uint32(f(x)) != *want {
				t.Errorf("%d leaves: %s(%d) = %d, want %d", v.NLeaves, what, x, f(x), *want)
			}
		}
		for i := range v.NNodes {
			x := nodeIndex(i)
			check("left", x, v.Left[i], nodeIndex.left)
			check("right", x, v.Right[i], nodeIndex.right)
			check("parent", x, v.Parent[i], nodeIndex.parent)
			check("sibling", x, v.Sibling[i], nodeIndex.sibling)
			if (v.Parent[i] == nil) != (x == rootOf(v.NLeaves)) || (v.Left[i] == nil) != x.isLeaf() {
				t.Errorf("%d leaves: node %d: unexpected null", v.NLeaves, i)
			}
		}
	}
}

type lengthVector struct {
	Header hexBytes `json:"vlbytes_header"`
	Length int      `json:"length"`
}

func TestVectorDeserialization(t *testing.T) {
	eachFile(t, "deserialization.json", runDeserialization)
}

func runDeserialization(t *testing.T, list []lengthVector) {
	for _, v := range list {
		r := syntax.NewReader(v.Header)
		if n := r.Varint(); n != v.Length || r.Done() != nil {
			t.Errorf("%x: length %d, %v; want %d", v.Header, n, r.Err(), v.Length)
		}
	}
}

type cryptoVector struct {
	Suite   CipherSuite `json:"cipher_suite"`
	RefHash struct {
		Label      string
		Value, Out hexBytes
	} `json:"ref_hash"`
	Expand struct {
		Secret  hexBytes
		Label   string
		Context hexBytes
		Length  int
		Out     hexBytes
	} `json:"expand_with_label"`
	Derive struct {
		Secret hexBytes
		Label  string
		Out    hexBytes
	} `json:"derive_secret"`
	Tree struct {
		Secret     hexBytes
		Label      string
		Generation uint32
		Length     int
		Out        hexBytes
	} `json:"derive_tree_secret"`
	Sign struct {
		Priv, Pub, Content hexBytes
		Label              string
		Signature          hexBytes
	} `json:"sign_with_label"`
	Encrypt struct {
		Priv, Pub          hexBytes
		Label              string
		Context, Plaintext hexBytes
		KEMOutput          hexBytes `json:"kem_output"`
		Ciphertext         hexBytes
	} `json:"encrypt_with_label"`
}

func TestVectorCryptoBasics(t *testing.T) {
	bySuite(t, "crypto-basics.json", func(v cryptoVector) CipherSuite { return v.Suite }, func(t *testing.T, v cryptoVector) {
		s := v.Suite
		equal(t, "RefHash", s.RefHash(v.RefHash.Label, v.RefHash.Value), v.RefHash.Out)
		equal(t, "ExpandWithLabel", s.ExpandWithLabel(Secret(v.Expand.Secret), v.Expand.Label, v.Expand.Context, v.Expand.Length), v.Expand.Out)
		equal(t, "DeriveSecret", s.DeriveSecret(Secret(v.Derive.Secret), v.Derive.Label), v.Derive.Out)
		equal(t, "DeriveTreeSecret", s.deriveTreeSecret(Secret(v.Tree.Secret), v.Tree.Label, v.Tree.Generation, v.Tree.Length), v.Tree.Out)

		key, err := s.ParseSignatureKey(v.Sign.Priv)
		noErr(t, err)
		equal(t, "signature public key", key.Public(), v.Sign.Pub)
		if !s.VerifyWithLabel(SignaturePublicKey(v.Sign.Pub), v.Sign.Label, v.Sign.Content, v.Sign.Signature) {
			t.Error("vector's signature does not verify")
		}
		sig, err := s.SignWithLabel(rand.Reader, key, v.Sign.Label, v.Sign.Content)
		noErr(t, err)
		if !s.VerifyWithLabel(key.Public(), v.Sign.Label, v.Sign.Content, sig) {
			t.Error("own signature does not verify")
		}
		if s.VerifyWithLabel(key.Public(), v.Sign.Label+"x", v.Sign.Content, sig) {
			t.Error("signature verifies under another label")
		}

		e := v.Encrypt
		pub, err := s.HPKEPublic(HPKEPrivateKey(e.Priv))
		noErr(t, err)
		equal(t, "HPKE public key", pub, e.Pub)
		pt, err := s.DecryptWithLabel(HPKEPrivateKey(e.Priv), e.Label, e.Context, HPKECiphertext{e.KEMOutput, e.Ciphertext})
		noErr(t, err)
		equal(t, "plaintext", pt, e.Plaintext)
		c, err := s.EncryptWithLabel(HPKEPublicKey(e.Pub), e.Label, e.Context, e.Plaintext)
		noErr(t, err)
		pt, err = s.DecryptWithLabel(HPKEPrivateKey(e.Priv), e.Label, e.Context, c)
		noErr(t, err)
		equal(t, "own plaintext", pt, e.Plaintext)
		if _, err := s.DecryptWithLabel(HPKEPrivateKey(e.Priv), e.Label+"x", e.Context, c); err != ErrDecrypt {
			t.Errorf("another label: %v", err)
		}
	})
}

type keyScheduleVector struct {
	Suite   CipherSuite   `json:"cipher_suite"`
	GroupID hexBytes      `json:"group_id"`
	Init    hexBytes      `json:"initial_init_secret"`
	Epochs  []epochVector `json:"epochs"`
}

type epochVector struct {
	TreeHash            hexBytes `json:"tree_hash"`
	CommitSecret        hexBytes `json:"commit_secret"`
	PSKSecret           hexBytes `json:"psk_secret"`
	ConfirmedTranscript hexBytes `json:"confirmed_transcript_hash"`
	GroupContext        hexBytes `json:"group_context"`
	Joiner              hexBytes `json:"joiner_secret"`
	Welcome             hexBytes `json:"welcome_secret"`
	InitSecret          hexBytes `json:"init_secret"`
	SenderData          hexBytes `json:"sender_data_secret"`
	Encryption          hexBytes `json:"encryption_secret"`
	Exporter            hexBytes `json:"exporter_secret"`
	Authenticator       hexBytes `json:"epoch_authenticator"`
	External            hexBytes `json:"external_secret"`
	Confirmation        hexBytes `json:"confirmation_key"`
	Membership          hexBytes `json:"membership_key"`
	Resumption          hexBytes `json:"resumption_psk"`
	ExternalPub         hexBytes `json:"external_pub"`
	Export              struct {
		Label   string
		Context hexBytes
		Length  int
		Secret  hexBytes
	} `json:"exporter"`
}

func TestVectorKeySchedule(t *testing.T) {
	bySuite(t, "key-schedule.json", func(v keyScheduleVector) CipherSuite { return v.Suite }, func(t *testing.T, v keyScheduleVector) {
		s, init := v.Suite, Secret(v.Init)
		for i, e := range v.Epochs {
			c := GroupContext{CipherSuite: s, GroupID: v.GroupID, Epoch: uint64(i), TreeHash: e.TreeHash, ConfirmedTranscriptHash: e.ConfirmedTranscript}
			ctx := c.Append(nil)
			equal(t, "group_context", ctx, e.GroupContext)
			joiner := joinerSecret(s, init, Secret(e.CommitSecret), ctx)
			equal(t, "joiner_secret", joiner, e.Joiner)
			member := memberSecret(s, joiner, Secret(e.PSKSecret))
			equal(t, "welcome_secret", s.DeriveSecret(member, "welcome"), e.Welcome)
			k := newEpochSecrets(s, member, ctx)
			equal(t, "init_secret", k.init, e.InitSecret)
			equal(t, "sender_data_secret", k.senderData, e.SenderData)
			equal(t, "encryption_secret", k.encryption, e.Encryption)
			equal(t, "exporter_secret", k.exporter, e.Exporter)
			equal(t, "epoch_authenticator", k.authenticator, e.Authenticator)
			equal(t, "external_secret", k.external, e.External)
			equal(t, "confirmation_key", k.confirmation, e.Confirmation)
			equal(t, "membership_key", k.membership, e.Membership)
			equal(t, "resumption_psk", k.resumption, e.Resumption)
			_, pub, err := s.DeriveHPKEKey(k.external)
			noErr(t, err)
			equal(t, "external_pub", pub, e.ExternalPub)
			equal(t, "exporter", k.export(s, e.Export.Label, e.Export.Context, e.Export.Length), e.Export.Secret)
			init = k.init
		}
	})
}

type pskVector struct {
	Suite  CipherSuite `json:"cipher_suite"`
	PSKs   []pskEntry  `json:"psks"`
	Secret hexBytes    `json:"psk_secret"`
}

type pskEntry struct {
	ID    hexBytes `json:"psk_id"`
	PSK   hexBytes `json:"psk"`
	Nonce hexBytes `json:"psk_nonce"`
}

func TestVectorPSKSecret(t *testing.T) {
	bySuite(t, "psk_secret.json", func(v pskVector) CipherSuite { return v.Suite }, func(t *testing.T, v pskVector) {
		var list []PSK
		for _, p := range v.PSKs {
			k := ExternalPSK(p.ID, Secret(p.PSK))
			k.ID.Nonce = p.Nonce
			list = append(list, k)
		}
		got, err := pskSecret(v.Suite, list)
		noErr(t, err)
		equal(t, "psk_secret", got, v.Secret)
	})
}

type secretTreeVector struct {
	Suite      CipherSuite `json:"cipher_suite"`
	SenderData struct {
		Secret     hexBytes `json:"sender_data_secret"`
		Ciphertext hexBytes
		Key, Nonce hexBytes
	} `json:"sender_data"`
	Encryption hexBytes `json:"encryption_secret"`
	Leaves     [][]generationVector
}

type generationVector struct {
	Generation       uint32
	HandshakeKey     hexBytes `json:"handshake_key"`
	HandshakeNonce   hexBytes `json:"handshake_nonce"`
	ApplicationKey   hexBytes `json:"application_key"`
	ApplicationNonce hexBytes `json:"application_nonce"`
}

func TestVectorSecretTree(t *testing.T) {
	bySuite(t, "secret-tree.json", func(v secretTreeVector) CipherSuite { return v.Suite }, func(t *testing.T, v secretTreeVector) {
		k := senderDataKey(v.Suite, Secret(v.SenderData.Secret), v.SenderData.Ciphertext)
		equal(t, "sender data key", k.key, v.SenderData.Key)
		equal(t, "sender data nonce", k.nonce, v.SenderData.Nonce)
		// The tree is asked in either order, and by peeking and using.
		for _, backwards := range []bool{false, true} {
			tree := newSecretTree(v.Suite, uint32(len(v.Leaves)), Secret(v.Encryption))
			for i := range v.Leaves {
				if backwards {
					i = len(v.Leaves) - 1 - i
				}
				r := tree.leaf(LeafIndex(i))
				if r == nil {
					t.Fatalf("leaf %d is gone", i)
				}
				for j := range v.Leaves[i] {
					if backwards {
						j = len(v.Leaves[i]) - 1 - j
					}
					want := v.Leaves[i][j]
					k, err := r[ratchetHandshake].peek(v.Suite, want.Generation)
					noErr(t, err)
					equal(t, "handshake key", k.key, want.HandshakeKey)
					equal(t, "handshake nonce", k.nonce, want.HandshakeNonce)
					k, err = r[ratchetApplication].peek(v.Suite, want.Generation)
					noErr(t, err)
					equal(t, "application key", k.key, want.ApplicationKey)
					equal(t, "application nonce", k.nonce, want.ApplicationNonce)
					r[ratchetApplication].use(v.Suite, want.Generation)
					if _, err := r[ratchetApplication].peek(v.Suite, want.Generation); err != ErrGenerationUsed {
						t.Errorf("used generation: %v", err)
					}
				}
			}
		}
	})
}
