package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func testCloudHalf() *CloudHalf { return &CloudHalf{b: [32]byte(bytes.Repeat([]byte{0x44}, 32))} }

func testCloudRecord(id ID) CloudRecord {
	h := testCloudHalf()
	server := bytes.Repeat([]byte{0x55}, 32)
	k, err := h.Keyholder(id, server)
	if err != nil {
		panic(err)
	}
	return CloudRecord{Keyholder: k.ID(), Proof: h.ProofKey(id), Half: server, Password: true}
}

// cloudVectors is the file that spec/cloud.md points to.
type cloudVectors struct {
	Account  string   `json:"account"`
	Host     string   `json:"host"`
	Cloud    hexBytes `json:"cloud_half"`
	Server   hexBytes `json:"server_half"`
	Holder   string   `json:"keyholder"`
	Keys     hexBytes `json:"keyholder_public_hash"`
	ProofKey hexBytes `json:"proof_key"`
	FileName string   `json:"file_name"`
	File     string   `json:"file"`
	Record   hexBytes `json:"record"`
	Time     uint64   `json:"time"`
	Nonce    hexBytes `json:"nonce"`
	Proof    hexBytes `json:"proof"`
	Refused  []struct {
		Why     string `json:"why"`
		File    string `json:"file"`
		Account string `json:"account"`
		Expect  string `json:"expect"`
	} `json:"refused"`
}

const cloudVectorFile = "testdata/cloud.json"

func makeCloudVectors(t *testing.T) cloudVectors {
	id := ID(bytes.Repeat([]byte{0x11}, 32))
	h, record := testCloudHalf(), testCloudRecord(id)
	k, err := h.Keyholder(id, record.Half)
	if err != nil {
		t.Fatal(err)
	}
	nonce, at := bytes.Repeat([]byte{0x22}, 32), testTime
	proof, err := h.Prove("chat.example", id, k.ID(), nonce, at)
	if err != nil {
		t.Fatal(err)
	}
	sum := HashWithLabel("test: keyholder", k.Public().append(nil))
	file := string(h.CloudFile(id, k.ID()))
	v := cloudVectors{
		Account: id.String(), Host: "chat.example", Cloud: h.b[:], Server: record.Half, Holder: k.ID().String(), Keys: sum[:],
		ProofKey: record.Proof[:], FileName: CloudFileName(id, k.ID()), File: file, Record: record.Marshal(),
		Time: millis(at), Nonce: nonce, Proof: proof,
	}
	refuse := func(why, file string, id ID, expect string) {
		v.Refused = append(v.Refused, struct {
			Why     string `json:"why"`
			File    string `json:"file"`
			Account string `json:"account"`
			Expect  string `json:"expect"`
		}{why, file, id.String(), expect})
	}
	other := id
	other[31] ^= 1
	refuse("of another account", file, other, "not a half")
	refuse("cut in the middle", file[:80], id, "not a half")
	refuse("without its last line end", file[:len(file)-1], id, "not a half")
	refuse("a byte more", file+"\n", id, "not a half")
	refuse("another check value", file[:147]+"a\n", id, "not a half")
	refuse("another half", file[:60]+string(file[60]^1)+file[61:], id, "not a half")
	refuse("upper case", strings.ToUpper(file), id, "not a half")
	refuse("carriage returns", strings.ReplaceAll(file, "\n", "\r\n"), id, "not a half")
	refuse("empty", "", id, "not a half")
	refuse("a later version", "coffer cloud half 2\nwhatever", id, "version")
	return v
}

// TestCloudVectors holds the format still, and the page to it.
func TestCloudVectors(t *testing.T) {
	v := makeCloudVectors(t)
	want, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(cloudVectorFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(cloudVectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the vectors have changed: a new version of the format?")
	}
	id, err := ParseID(v.Account)
	if err != nil {
		t.Fatal(err)
	}
	h, holder, err := ParseCloudFile([]byte(v.File), id)
	if err != nil || holder.String() != v.Holder || !bytes.Equal(h.b[:], v.Cloud) || len(v.File) != MaxCloudFile {
		t.Errorf("the file does not come back: %v", err)
	}
	for _, r := range v.Refused {
		id, err := ParseID(r.Account)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]error{"not a half": ErrCloudHalf, "version": ErrVersion}[r.Expect]
		if _, _, err := ParseCloudFile([]byte(r.File), id); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", r.Why, err, want)
		}
	}
	page, err := os.ReadFile("../../spec/cloud.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`\b[0-9a-f]{32,}\b|\b[a-z2-7]{26,}\b`).FindAllString(string(page), -1)
	if len(shown) < 10 {
		t.Errorf("the page shows only %d values", len(shown))
	}
	for _, s := range shown {
		if !strings.Contains(string(got), s) {
			t.Errorf("the page shows %s, which the vectors do not have", s)
		}
	}
}

// TestCloudHalvesAlone: who has one half, or both of different keys, has no key;
// and each half goes with one account only.
func TestCloudHalvesAlone(t *testing.T) {
	id := ID{1}
	h, record := testCloudHalf(), testCloudRecord(id)
	for name, server := range map[string][]byte{
		"none": nil, "zeros": make([]byte, 32), "the same again": h.b[:], "cut": record.Half[:31], "the proof key": record.Proof[:],
	} {
		if k, err := h.Keyholder(id, server); err == nil && k.ID() == record.Keyholder {
			t.Errorf("the cloud's half with %s gives the key", name)
		}
	}
	for name, cloud := range map[string][32]byte{"zeros": {}, "the server's own": [32]byte(record.Half), "the proof key": record.Proof} {
		if k, err := (&CloudHalf{b: cloud}).Keyholder(id, record.Half); err == nil && k.ID() == record.Keyholder {
			t.Errorf("the server's half with %s gives the key", name)
		}
	}
	if k, err := h.Keyholder(ID{2}, record.Half); err != nil || k.ID() == record.Keyholder {
		t.Errorf("both halves give the same key in another account: %v", err)
	}
	if bytes.Contains(record.Marshal(), h.b[:]) || bytes.Contains(h.CloudFile(id, record.Keyholder), record.Half) {
		t.Error("one place holds both halves")
	}
	if s := fmt.Sprintf("%v %+v %#v %v", *h, *h, *h, record); strings.Count(s, redacted) != 4 {
		t.Errorf("printed: %s", s)
	}
}

// TestCloudProof: the server hands its half to nobody but who holds the other.
func TestCloudProof(t *testing.T) {
	w := newWorld(t)
	id := w.Chain.ID()
	h, record := testCloudHalf(), testCloudRecord(id)
	nonce := make([]byte, 32)
	ask := func(h *CloudHalf, host Host, id ID, k KeyholderID, at time.Time) SignIn {
		b, err := h.Prove(host, id, k, nonce, at)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseSignIn(b)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	verify := func(s SignIn) error { return record.VerifyProof(s, "chat.example", id, w.now, time.Minute) }
	right := ask(h, "chat.example", id, record.Keyholder, w.now)
	if err := verify(right); err != nil {
		t.Fatal(err)
	}
	other := *right.clone()
	other.Signature[0] ^= 1
	moved := *right.clone()
	moved.Time++
	asSignIn, err := h.Keyholder(id, record.Half)
	if err != nil {
		t.Fatal(err)
	}
	b, err := asSignIn.SignIn("chat.example", id, nonce, w.now)
	if err != nil {
		t.Fatal(err)
	}
	signIn, err := ParseSignIn(b)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]SignIn{
		"another half":      ask(&CloudHalf{}, "chat.example", id, record.Keyholder, w.now),
		"another host":      ask(h, "other.example", id, record.Keyholder, w.now),
		"another account":   ask(h, "chat.example", ID{9}, record.Keyholder, w.now),
		"another keyholder": ask(h, "chat.example", id, KeyholderID{9}, w.now),
		"an old one":        ask(h, "chat.example", id, record.Keyholder, w.now.Add(-2*time.Minute)),
		"one from later":    ask(h, "chat.example", id, record.Keyholder, w.now.Add(2*time.Minute)),
		"spoilt":            other,
		"another time":      moved,
		"a sign-in":         signIn,
	} {
		if err := verify(s); !errors.Is(err, ErrSignIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Prove("chat.example", id, record.Keyholder, nonce[:8], w.now); !errors.Is(err, ErrSignIn) {
		t.Errorf("a short nonce: %v", err)
	}
	if err := w.Chain.VerifySignIn(right, "chat.example", nonce, w.now, time.Minute); !errors.Is(err, ErrSignIn) {
		t.Errorf("a proof passes for a sign-in: %v", err)
	}
}

func (s SignIn) clone() *SignIn {
	s.Signature = bytes.Clone(s.Signature)
	return &s
}

func FuzzParseCloudFile(f *testing.F) {
	id := ID{1}
	h := testCloudHalf()
	f.Add(h.CloudFile(id, KeyholderID{1}))
	f.Add([]byte(cloudFirstLine))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, k, err := ParseCloudFile(data, id)
		if err == nil && !bytes.Equal(h.CloudFile(id, k), data) {
			t.Fatal("accepted a second encoding")
		}
	})
}
