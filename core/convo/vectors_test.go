package convo

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

var update = flag.Bool("update", false, "write testdata anew")

const formatsFile = "testdata/formats.json"

// hexBytes is hexadecimal in JSON.
type hexBytes []byte

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }
func (h *hexBytes) UnmarshalText(t []byte) (err error) {
	*h, err = hex.DecodeString(string(t))
	return err
}

// formats is the file of the byte-exact vectors, one per format.
type formats struct {
	Direct struct {
		Host    string   `json:"host"`
		A       hexBytes `json:"account_a"`
		B       hexBytes `json:"account_b"`
		ID      hexBytes `json:"id"`
		Text    string   `json:"text"`
		Encoded hexBytes `json:"facts"`
	} `json:"direct"`
	Group struct {
		Host         string   `json:"host"`
		Creator      hexBytes `json:"creator"`
		Nonce        hexBytes `json:"nonce"`
		Generation   uint32   `json:"generation"`
		ID           hexBytes `json:"id"`
		Text         string   `json:"text"`
		Encoded      hexBytes `json:"facts"`
		MLSGroupID   hexBytes `json:"mls_group_id"`
		JoinKeyEpoch uint64   `json:"join_key_epoch"`
		JoinKeyID    hexBytes `json:"join_key_id"`
	} `json:"group"`
	Participants hexBytes    `json:"participants"`
	ListHash     hexBytes    `json:"participants_hash"`
	Dictionary   hexBytes    `json:"app_data_dictionary"`
	Header       hexBytes    `json:"message_header"`
	CommitHeader hexBytes    `json:"commit_header"`
	Leave        leaveVector `json:"leave"`
	Opening      hexBytes    `json:"opening"`
	Log          []logVector `json:"log"`
	Head         struct {
		ServerSeed hexBytes `json:"server_seed"`
		ServerKey  hexBytes `json:"server_key"`
		Signed     hexBytes `json:"signed"`
		Signature  hexBytes `json:"signature"`
	} `json:"head"`
	Number struct {
		Seq  uint64 `json:"seq"`
		Text string `json:"text"`
	} `json:"history_number"`
	Record struct {
		First     hexBytes `json:"first"`
		FirstHash hexBytes `json:"first_hash"`
		Change    hexBytes `json:"change"`
		Whole     hexBytes `json:"whole"`
		Hash      hexBytes `json:"hash"`
	} `json:"record"`
	Bundle struct {
		LeafSeed  hexBytes `json:"leaf_seed"`
		LeafKey   hexBytes `json:"leaf_key"`
		TBS       hexBytes `json:"tbs"`
		Signature hexBytes `json:"signature"`
	} `json:"bundle"`
	Deposit struct {
		KEMSeed    hexBytes `json:"kem_seed"`
		Info       hexBytes `json:"info"`
		Context    hexBytes `json:"export_context"`
		Randomness hexBytes `json:"randomness"`
		Plaintext  hexBytes `json:"plaintext"`
		Sealed     hexBytes `json:"sealed"`
	} `json:"deposit"`
	Tree struct {
		Leaves []hexBytes   `json:"leaves"`
		Root   hexBytes     `json:"root"`
		Proofs [][]hexBytes `json:"proofs"`
	} `json:"deposit_tree"`
	Refused []refusedFormat `json:"refused"`
}

type leaveVector struct {
	Secret  hexBytes `json:"device_secret"`
	Signed  hexBytes `json:"signed"`
	Encoded hexBytes `json:"encoded"`
}

type logVector struct {
	Seq        uint64    `json:"seq"`
	Kind       EntryKind `json:"kind"`
	Account    hexBytes  `json:"account"`
	Device     hexBytes  `json:"device"`
	AcceptedMS uint64    `json:"accepted_ms"`
	Header     hexBytes  `json:"header"`
	Body       hexBytes  `json:"body"`
	Frank      hexBytes  `json:"frank"`
	Hashed     hexBytes  `json:"hashed"`
	Link       hexBytes  `json:"link"`
}

type refusedFormat struct {
	Format string   `json:"format"`
	Name   string   `json:"name"`
	Bytes  hexBytes `json:"bytes"`
	Expect string   `json:"expect"`
}

var formatClasses = map[string]error{"malformed": ErrMalformed, "too large": ErrTooLarge, "deposit": ErrBadDeposit}

func fill(n int, b byte) []byte { return bytes.Repeat([]byte{b}, n) }

func to32(b []byte) [32]byte { return [32]byte(b) }

func makeFormats(t *testing.T) []byte {
	t.Helper()
	var v formats
	alice, bob := account.ID(to32(fill(32, 0xa1))), account.ID(to32(fill(32, 0xb0)))
	laptop, phone := account.KeyholderID(fill(16, 0x1a)), account.KeyholderID(fill(16, 0x9b))

	direct := &Facts{Host: testHost, Kind: Direct, Creator: bob, Peer: alice}
	pair := direct.ID()
	v.Direct.Host, v.Direct.A, v.Direct.B, v.Direct.ID, v.Direct.Text, v.Direct.Encoded = testHost, alice[:], bob[:], pair[:], pair.String(), direct.Append(nil)
	group := &Facts{Host: testHost, Kind: Group, Creator: alice, Nonce: to32(fill(32, 0x77))}
	id := group.ID()
	v.Group.Host, v.Group.Creator, v.Group.Nonce, v.Group.ID, v.Group.Text, v.Group.Encoded = testHost, alice[:], group.Nonce[:], id[:], id.String(), group.Append(nil)
	v.Group.MLSGroupID, v.Group.JoinKeyEpoch, v.Group.JoinKeyID = MLSGroupID(id, 0), 4, JoinKeyID(id, 0, 4)
	list := Participants{{alice, Owner}, {bob, Member}}
	hash := list.Hash()
	v.ListHash = hash[:]
	v.Participants = list.Append(nil)
	d, err := (&State{group, list}).Extensions().AppData()
	if err != nil {
		t.Fatal(err)
	}
	v.Dictionary = d.Append(nil)

	v.Log = makeLog(alice, bob, laptop, phone)
	top := v.Log[len(v.Log)-1]
	head := LogHead{top.Seq, to32(top.Link)}
	v.Header = v.Log[1].Header
	v.CommitHeader = (&CommitHeader{Log: head, HeadTable: to32(fill(32, 0x4d)), Idempotency: [16]byte(fill(16, 0x1d))}).Append(nil)
	v.Head.ServerSeed = fill(32, 0x5e)
	server := ed25519.NewKeyFromSeed(v.Head.ServerSeed)
	v.Head.ServerKey, v.Head.Signed, v.Head.Signature = hexBytes(server.Public().(ed25519.PublicKey)), headTBS(id, head), SignHead(server, id, head)
	v.Number.Seq, v.Number.Text = head.Seq, HistoryText(head.Seq, HistoryNumber(id, head))

	device, err := account.GenerateKeyholder(newWorld(t).rand)
	if err != nil {
		t.Fatal(err)
	}
	l := &Leave{Conversation: id, Account: bob, Device: device.ID(), Log: head}
	l.Sign(device)
	v.Leave = leaveVector{device.Bytes(), l.tbs(), l.Append(nil)}

	v.Opening = (&Opening{Reason: ReasonCommit, Epoch: 4, Record: to32(fill(32, 0x5c)), Log: head}).Append(nil)

	leaf := func(a account.ID, d account.KeyholderID, b byte) *Leaf { return &Leaf{a, d, fill(32, b)} }
	first := &Record{Epoch: 0, GroupContext: []byte("GroupContext of epoch 0"), ExternalPub: fill(32, 0xe0), Leaves: []*Leaf{leaf(alice, laptop, 0x51)},
		Participants: Participants{{alice, Owner}}}
	second := &Record{Epoch: 1, GroupContext: []byte("GroupContext of epoch 1"), ExternalPub: fill(32, 0xe1), Leaves: []*Leaf{first.Leaves[0], leaf(bob, phone, 0x52)},
		Participants: list}
	h0, h1 := first.Hash(), second.Hash()
	v.Record.First, v.Record.FirstHash = first.AppendChange(nil, nil), h0[:]
	v.Record.Change, v.Record.Whole, v.Record.Hash = second.AppendChange(nil, first), second.AppendChange(nil, nil), h1[:]

	v.Deposit.KEMSeed, v.Deposit.Randomness = fill(account.KEMSeedSize, 0x3e), fill(DepositRandomnessSize, 0x4a)
	kem, err := account.NewKEMSecret(v.Deposit.KEMSeed)
	if err != nil {
		t.Fatal(err)
	}
	commit := HashPart([]byte("commit"))
	secrets := &Secrets{EncryptionSecret: fill(32, 0xec), SenderDataSecret: fill(32, 0x5d), JoinKey: to32(fill(32, 0x10)), RecordHash: h1}
	place := &DepositPlace{Conversation: id, Epoch: 1, Commit: commit, Account: bob, VaultEpoch: 2}
	v.Deposit.Info, v.Deposit.Context, v.Deposit.Plaintext = place.info(), DepositContext(bob, 2), secrets.append(nil)
	if v.Deposit.Sealed, err = SealDeposit(kem.Public(), place, v.Deposit.Randomness, secrets); err != nil {
		t.Fatal(err)
	}
	leaves := [][32]byte{DepositLeaf(alice, 1, []byte("sealed to alice")), DepositLeaf(bob, 2, v.Deposit.Sealed), DepositLeaf(account.ID(to32(fill(32, 0xc0))), 3, []byte("sealed to carol"))}
	root := DepositRoot(leaves)
	v.Tree.Root = root[:]
	for i := range leaves {
		v.Tree.Leaves = append(v.Tree.Leaves, leaves[i][:])
		var proof []hexBytes
		for _, p := range DepositProof(leaves, i) {
			proof = append(proof, p[:])
		}
		v.Tree.Proofs = append(v.Tree.Proofs, proof)
	}
	v.Bundle.LeafSeed = fill(32, 0x1f)
	key, err := testSuite.ParseSignatureKey(v.Bundle.LeafSeed)
	if err != nil {
		t.Fatal(err)
	}
	tbs := BundleTBS{Conversation: id, Epoch: 1, Commit: commit, Record: h1, HeadTable: to32(fill(32, 0x4d)), DepositRoot: root, DepositCount: 3}
	v.Bundle.LeafKey, v.Bundle.TBS = hexBytes(key.Public()), tbs.Bytes()
	if v.Bundle.Signature, err = testSuite.SignWithLabel(nil, key, BundleLabel, tbs.Bytes()); err != nil {
		t.Fatal(err)
	}
	v.Refused = refusedFormats(&v)
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// makeLog is three entries; what is inside the bodies does not matter to links.
func makeLog(alice, bob account.ID, laptop, phone account.KeyholderID) []logVector {
	var out []logVector
	var before LogHead
	post := func(kind EntryKind, s Sender, header, body, frank []byte) {
		h := &EntryHashes{
			Seq: before.Seq + 1, Kind: kind, Sender: s, AcceptedMS: 1772366400000 + before.Seq*1000,
			Header: HashPart(header), Body: HashPart(body), Frank: HashPart(frank),
		}
		link := Link(before.Link, h)
		out = append(out, logVector{h.Seq, kind, s.Account[:], s.Device[:], h.AcceptedMS, header, body, frank, linkContent(before.Link, h), link[:]})
		before = LogHead{h.Seq, link}
	}
	post(EntryCreate, Sender{alice, laptop}, nil, []byte("creation"), nil)
	message := &Header{
		Purpose: PurposeMessage, Log: before, Chain: account.Head{Seq: 3, Hash: account.Hash(fill(32, 0xc4))},
		Idempotency: [16]byte(fill(16, 0x1d)), FrankingTag: to32(fill(32, 0xf7)),
	}
	post(EntryMessage, Sender{bob, phone}, message.Append(nil), []byte("PrivateMessage"), []byte("frank"))
	unsend := *message
	unsend.Purpose, unsend.Target, unsend.Log = PurposeUnsend, 2, before
	post(EntryMessage, Sender{bob, phone}, unsend.Append(nil), []byte("another PrivateMessage"), []byte("frank"))
	return out
}

func refusedFormats(v *formats) []refusedFormat {
	change := func(b []byte, f func(b []byte) []byte) hexBytes { return f(bytes.Clone(b)) }
	at := func(i int, x byte) func(b []byte) []byte { return func(b []byte) []byte { b[i] = x; return b } }
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	long := func(b []byte) []byte { return append(b, 0) }
	swap := func(b []byte) []byte { return append(append(b[:2:2], b[39:76]...), b[2:39]...) }
	return []refusedFormat{
		{"facts", "version 2", change(v.Group.Encoded, at(1, 2)), "malformed"},
		{"facts", "kind 3", change(v.Group.Encoded, at(2, 3)), "malformed"},
		{"facts", "no host", append(append(bytes.Clone(v.Group.Encoded[:3]), 0), v.Group.Encoded[16:]...), "malformed"},
		{"facts", "a byte too many", change(v.Group.Encoded, long), "malformed"},
		{"facts", "a byte missing", change(v.Direct.Encoded, cut), "malformed"},
		{"participants", "not sorted", change(v.Participants, swap), "malformed"},
		{"participants", "role 0", change(v.Participants, at(len(v.Participants)-1, 0)), "malformed"},
		{"participants", "role 4", change(v.Participants, at(len(v.Participants)-1, 4)), "malformed"},
		{"participants", "length not the shortest", append(hexBytes{0x80, 0, 0}, v.Participants[1:]...), "malformed"},
		{"message header", "version 0", change(v.Header, at(1, 0)), "malformed"},
		{"message header", "purpose 0", change(v.Header, at(2, 0)), "malformed"},
		{"message header", "purpose 5", change(v.Header, at(2, 5)), "malformed"},
		{"message header", "a message with a target", change(v.Header, at(len(v.Header)-1, 1)), "malformed"},
		{"message header", "an edit without a target", change(v.Header, at(2, 2)), "malformed"},
		{"message header", "a byte missing", change(v.Header, cut), "malformed"},
		{"commit header", "version 2", change(v.CommitHeader, at(1, 2)), "malformed"},
		{"commit header", "a byte too many", change(v.CommitHeader, long), "malformed"},
		{"leave", "version 2", change(v.Leave.Encoded, at(1, 2)), "malformed"},
		{"leave", "a byte missing", change(v.Leave.Encoded, cut), "malformed"},
		{"opening", "version 2", change(v.Opening, at(1, 2)), "malformed"},
		{"opening", "reason 0", change(v.Opening, at(2, 0)), "malformed"},
		{"opening", "reason 4", change(v.Opening, at(2, 4)), "malformed"},
		{"opening", "a byte missing", change(v.Opening, cut), "malformed"},
		{"record change", "a participant who is not there taken out", change(v.Record.Change, at(len(v.Record.Change)-1, 0)), "malformed"},
		{"record change", "a participant with role 4", change(v.Record.Change, at(len(v.Record.Change)-1, 4)), "malformed"},
		{"whole record", "leaf count that nothing pays for", change(v.Record.First, func(b []byte) []byte { i := len(b) - 38 - 88 - 4; b[i] = 1; return b }), "too large"},
		{"whole record", "a leaf missing", v.Record.Change, "malformed"},
		{"record change", "a leaf named that is the same", v.Record.Whole, "malformed"},
		{"record change", "a byte too many", change(v.Record.Change, long), "malformed"},
		{"deposit", "kind 2", change(v.Deposit.Sealed, at(0, 2)), "deposit"},
		{"deposit", "a bit of the encapsulated key", change(v.Deposit.Sealed, at(1, v.Deposit.Sealed[1]^1)), "deposit"},
		{"deposit", "a bit of the ciphertext", change(v.Deposit.Sealed, at(len(v.Deposit.Sealed)-1, v.Deposit.Sealed[len(v.Deposit.Sealed)-1]^1)), "deposit"},
		{"deposit", "a byte missing", change(v.Deposit.Sealed, cut), "deposit"},
	}
}

// TestFormatsAreStable makes the vectors anew and compares: encodings of version
// 1 do not change.
func TestFormatsAreStable(t *testing.T) {
	made := makeFormats(t)
	if *update {
		if err := os.WriteFile(formatsFile, made, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(formatsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, committed) {
		t.Errorf("%s is not what the code makes; a format changed", formatsFile)
	}
}

// TestFormats reads the committed vectors as a stranger would.
func TestFormats(t *testing.T) {
	data, err := os.ReadFile(formatsFile)
	if err != nil {
		t.Fatal(err)
	}
	var v formats
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	for encoded, id := range map[string]hexBytes{string(v.Direct.Encoded): v.Direct.ID, string(v.Group.Encoded): v.Group.ID} {
		f, err := ParseFacts([]byte(encoded))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.ID(); !bytes.Equal(got[:], id) {
			t.Error("id does not follow from the facts")
		}
	}
	var before LogHead
	for _, e := range v.Log {
		h := &EntryHashes{
			Seq: e.Seq, Kind: e.Kind, Sender: Sender{account.ID(to32(e.Account)), account.KeyholderID(e.Device)}, AcceptedMS: e.AcceptedMS,
			Header: HashPart(e.Header), Body: HashPart(e.Body), Frank: HashPart(e.Frank),
		}
		if link := Link(before.Link, h); !bytes.Equal(link[:], e.Link) || e.Seq != before.Seq+1 {
			t.Errorf("link %d", e.Seq)
		}
		if e.Kind == EntryMessage {
			if m, err := ParseHeader(e.Header); err != nil || m.Log != before {
				t.Errorf("header %d: %v", e.Seq, err)
			}
		}
		before = LogHead{e.Seq, to32(e.Link)}
	}
	if err := VerifyHead(ed25519.PublicKey(v.Head.ServerKey), ID(to32(v.Group.ID)), before, v.Head.Signature); err != nil {
		t.Error(err)
	}
	if text := HistoryText(before.Seq, HistoryNumber(ID(to32(v.Group.ID)), before)); text != v.Number.Text || before.Seq != v.Number.Seq {
		t.Errorf("history number %s", text)
	}
	first, err := ParseRecord(v.Record.First, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ParseRecord(v.Record.Change, first)
	if err != nil {
		t.Fatal(err)
	}
	if h := second.Hash(); !bytes.Equal(h[:], v.Record.Hash) {
		t.Error("record hash")
	}
	if !testSuite.VerifyWithLabel(mls.SignaturePublicKey(v.Bundle.LeafKey), BundleLabel, v.Bundle.TBS, v.Bundle.Signature) {
		t.Error("bundle signature")
	}
	kem, err := account.NewKEMSecret(v.Deposit.KEMSeed)
	if err != nil {
		t.Fatal(err)
	}
	place := &DepositPlace{
		Conversation: ID(to32(v.Group.ID)), Epoch: 1, Commit: HashPart([]byte("commit")), Account: account.ID(to32(v.Direct.B)), VaultEpoch: 2,
	}
	if s, err := OpenDeposit(kem, place, v.Deposit.Sealed); err != nil || !bytes.Equal(s.append(nil), v.Deposit.Plaintext) {
		t.Errorf("deposit: %v", err)
	}
	for i, leaf := range v.Tree.Leaves {
		var proof [][32]byte
		for _, p := range v.Tree.Proofs[i] {
			proof = append(proof, to32(p))
		}
		if err := CheckDepositProof(to32(v.Tree.Root), to32(leaf), i, len(v.Tree.Leaves), proof); err != nil {
			t.Errorf("deposit %d: %v", i, err)
		}
	}
	leave, err := ParseLeave(v.Leave.Encoded)
	if err != nil {
		t.Fatal(err)
	}
	device, err := account.ParseKeyholderSecret(v.Leave.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := leave.Verify(device.SignatureKey()); err != nil {
		t.Error(err)
	}
	for _, x := range v.Refused {
		var err error
		switch x.Format {
		case "facts":
			_, err = ParseFacts(x.Bytes)
		case "participants":
			_, err = ParseParticipants(x.Bytes)
		case "message header":
			_, err = ParseHeader(x.Bytes)
		case "commit header":
			_, err = ParseCommitHeader(x.Bytes)
		case "leave":
			_, err = ParseLeave(x.Bytes)
		case "opening":
			_, err = ParseOpening(x.Bytes)
		case "whole record":
			_, err = ParseRecord(x.Bytes, nil)
		case "record change":
			_, err = ParseRecord(x.Bytes, first)
		case "deposit":
			_, err = OpenDeposit(kem, place, x.Bytes)
		default:
			t.Fatalf("unknown format %q", x.Format)
		}
		if want := formatClasses[x.Expect]; want == nil || !errors.Is(err, want) {
			t.Errorf("%s: %s: %v, want %s", x.Format, x.Name, err, x.Expect)
		}
	}
}
