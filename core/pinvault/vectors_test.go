package pinvault

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault/voprf"
)

var update = flag.Bool("update", false, "write testdata/pin.json anew")

const vectorFile = "testdata/pin.json"

// vector is a value of the worked example, in hexadecimal.
type vector struct {
	Name string `json:"name"`
	Hex  string `json:"hex"`
}

// worked runs the worked example of spec/pin.md: three realms of which two are
// needed, the PIN "483920", and randomness from ChaCha8 seeded with zeros.
func worked(t *testing.T) []vector {
	t.Helper()
	var out []vector
	add := func(name string, value []byte) { out = append(out, vector{name, hex.EncodeToString(value)}) }
	fill := func(n int, b byte) []byte { return bytes.Repeat([]byte{b}, n) }

	account, recovery := AccountID(fill(32, 0xa1)), RecoveryID(fill(16, 0xb2))
	server, device, client := key(1), key(2), key(3)
	set := RealmSet{Threshold: 2, Stretch: DefaultStretch}
	for i, host := range []string{"https://one.example", "https://two.example", "https://three.example/realm"} {
		set.Realms = append(set.Realms, Realm{host, publicOf(key(byte(10 + i)))})
	}
	add("realm set", set.Append(nil))
	mac := set.MAC(MACKeyFromPassword([32]byte(fill(32, 0xc3))), account, recovery)
	add("realm set MAC", mac[:])

	p, err := CheckPIN(" 483920\n")
	if err != nil {
		t.Fatal(err)
	}
	stretched, err := StretchPIN(p, set.Stretch, account, recovery)
	if err != nil {
		t.Fatal(err)
	}
	add("oprf input", stretched.input.b[:])
	add("seal part", stretched.seal.b[:])

	s, bodies, err := deal(rand.NewChaCha8([32]byte{}), set, account, recovery, stretched, SecretFromBytes([32]byte(fill(32, 0xd4))))
	if err != nil {
		t.Fatal(err)
	}
	add("statement", s.Append(nil))
	bodies[0].statement = s.Append(nil)
	add("register body, realm 1", bodies[0].encode())
	k1, k2 := share(t, bodies[0].oprfShare), share(t, bodies[1].oprfShare)
	k, err := voprf.Combine([]int{1, 2}, []*voprf.Scalar{k1, k2})
	if err != nil {
		t.Fatal(err)
	}
	output, err := voprf.VOPRF.Output(k, stretched.input.b[:])
	if err != nil {
		t.Fatal(err)
	}
	add("oprf output", output)
	u := unlockedFrom(output, s)
	add("unlock key", u.unlock.b[:])
	tag := u.tag(s, set.Realms[0].Key)
	add("unlock tag, realm 1", tag[:])

	now := time.UnixMilli(1_700_000_000_000)
	kept := &record{
		registration: s.Registration, guard: publicOf(key(4)), inARow: 1, failures: 1, logSeq: 2, logHead: [32]byte(fill(32, 8)),
		attempts:  []attempt{{client: short(publicOf(client)), blinded: short([32]byte(fill(32, 6)))}},
		statement: bodies[0].statement, oprfShare: bodies[0].oprfShare, sealShare: bodies[0].sealShare, verifier: bodies[0].verifier,
	}
	add("record, realm 1", kept.encode())
	kept.lock()
	add("record, locked", kept.encode())
	token := Token{Action: ActionRecover, Account: account, Realm: set.Realms[0].Key, Recovery: recovery, Client: publicOf(client)}.Issue(server, now)
	add("token", token)
	request, err := encodeRequest(token, &body{step: stepOpen, registration: s.Registration, tag: tag}, client, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	add("request", request)
	add("response", SignResponse(key(10), request, (&answer{share: bodies[0].sealShare}).encode(stepOpen)))
	guard, signer := NewDeviceSigner(key(4)), NewDeviceSigner(device)
	token = Token{Action: ActionDelete, Account: account, Realm: set.Realms[0].Key, Recovery: recovery, Client: publicOf(client), Device: signer.Key}.Issue(server, now)
	deletion, err := encodeRequest(token, &body{step: stepDelete}, client, &guard, &signer)
	if err != nil {
		t.Fatal(err)
	}
	add("deletion", deletion)
	heads, err := SignHeads(Heads{account, 5, [32]byte(fill(32, 5)), 7, [32]byte(fill(32, 7)), now.UnixMilli()}, guard, signer)
	if err != nil {
		t.Fatal(err)
	}
	add("signed heads", heads.Append(nil))
	add("guess log entry", LogEntry{2, now.UnixMilli(), account, recovery, EventGuess, 1, 1, [32]byte(fill(32, 9))}.sign(key(10)))
	return out
}

func key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func share(t *testing.T, b [32]byte) *voprf.Scalar {
	t.Helper()
	s, err := voprf.DecodeScalar(b[:])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func readVectors(t testing.TB) map[string][]byte {
	t.Helper()
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, v := range list {
		b, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatal(err)
		}
		out[v.Name] = b
	}
	return out
}

func TestVectors(t *testing.T) {
	got := worked(t)
	if *update {
		data, err := json.MarshalIndent(got, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(vectorFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorFile, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := readVectors(t)
	for _, v := range got {
		if hex.EncodeToString(want[v.Name]) != v.Hex {
			t.Errorf("%s is %s, the committed vector is %x", v.Name, v.Hex, want[v.Name])
		}
	}
	if len(want) != len(got) {
		t.Errorf("%d vectors committed, %d computed", len(want), len(got))
	}
}

// The pages' worked examples are the committed ones.
func TestSpecShowsTheVectors(t *testing.T) {
	text := ""
	for _, name := range []string{"pin.md", "realm.md"} {
		page, err := os.ReadFile("../../spec/" + name)
		if err != nil {
			t.Fatal(err)
		}
		text += strings.Join(strings.Fields(string(page)), "")
	}
	for name, value := range readVectors(t) {
		if !strings.Contains(text, hex.EncodeToString(value)) {
			t.Errorf("neither page shows %q", name)
		}
	}
	if !strings.Contains(text, `"key":"`+publicOf(key(10)).String()+`"`) {
		t.Error("spec/realm.md does not show the first realm's key")
	}
}

// decoders read each format and write it back; the names are those of vectors.
var decoders = map[string]func([]byte) ([]byte, error){
	"realm set": func(b []byte) ([]byte, error) {
		s, err := ParseRealmSet(b)
		return s.Append(nil), err
	},
	"statement": func(b []byte) ([]byte, error) {
		s, err := ParseStatement(b)
		if err != nil {
			return nil, err
		}
		return s.Append(nil), nil
	},
	"register body, realm 1": func(b []byte) ([]byte, error) {
		m, err := parseBody(b)
		return m.encode(), err
	},
	"token": func(b []byte) ([]byte, error) {
		if t, err := ParseToken(b); err != nil {
			return nil, err
		} else {
			return append(t.content(), b[len(b)-64:]...), nil
		}
	},
	"request": func(b []byte) ([]byte, error) {
		_, err := ParseRequest(b)
		return b, err
	},
	"deletion": func(b []byte) ([]byte, error) {
		_, err := ParseRequest(b)
		return b, err
	},
	"signed heads": func(b []byte) ([]byte, error) {
		h, err := ParseSignedHeads(b)
		return h.Append(nil), err
	},
	"guess log entry": func(b []byte) ([]byte, error) {
		_, err := ParseLogEntry(b, publicOf(key(10)))
		return b, err
	},
	"record, realm 1": recordAgain,
	"record, locked":  recordAgain,
	"response": func(b []byte) ([]byte, error) {
		_, err := openResponse(b, publicOf(key(10)), responseTo, stepOpen)
		return b, err
	},
}

func recordAgain(b []byte) ([]byte, error) {
	c, err := parseRecord(b)
	if err != nil || c == nil {
		return nil, ErrState
	}
	return c.encode(), nil
}

// responseTo is the hash of the worked example's request.
var responseTo [32]byte

func TestDecoders(t *testing.T) {
	vectors := readVectors(t)
	responseTo = requestHash(vectors["request"])
	for _, name := range slices.Sorted(maps.Keys(decoders)) {
		decode, data := decoders[name], vectors[name]
		if back, err := decode(data); err != nil || !bytes.Equal(back, data) {
			t.Errorf("%s: not the same again: %v", name, err)
		}
		for n := range data {
			if _, err := decode(data[:n:n]); err == nil {
				t.Errorf("%s: the first %d bytes were read", name, n)
			}
		}
		if _, err := decode(append(bytes.Clone(data), 0)); err == nil {
			t.Errorf("%s: a trailing byte was read", name)
		}
		if name == "register body, realm 1" {
			continue // begins with its step
		}
		later := bytes.Clone(data)
		later[0]++
		if _, err := decode(later); err == nil {
			t.Errorf("%s: a later version was read", name)
		}
	}
}

func TestStatementsRefused(t *testing.T) {
	good, err := ParseStatement(readVectors(t)["statement"])
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(s *Statement){
		"no realm":           func(s *Statement) { s.Realms = nil },
		"17 realms":          func(s *Statement) { s.Realms = make([]StatementRealm, 17) },
		"half is enough":     func(s *Statement) { s.Threshold = 1 },
		"more than all":      func(s *Statement) { s.Threshold = 4 },
		"another threshold":  func(s *Statement) { s.Threshold = 3; s.Realms = append(s.Realms, s.Realms[0]) },
		"a realm twice":      func(s *Statement) { s.Realms[1].Key = s.Realms[0].Key },
		"no element":         func(s *Statement) { s.Realms[1].Public = [32]byte{1} },
		"the identity":       func(s *Statement) { s.Realms[1].Public = [32]byte{} },
		"not one polynomial": func(s *Statement) { s.Realms[1].Public = s.Realms[0].Public },
		"weak stretch":       func(s *Statement) { s.Stretch.Memory = 1 },
	} {
		s := *good
		s.Realms = slices.Clone(good.Realms)
		change(&s)
		if _, err := ParseStatement(s.Append(nil)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRecordsComeBack(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.mustRecover("right", w.register("right"))
	for _, state := range w.realms[0].states {
		c, err := parseRecord(state)
		if err != nil || !bytes.Equal(c.encode(), state) || len(c.attempts) != 1 {
			t.Errorf("record: %v", err)
		}
		for n := range state {
			if _, err := parseRecord(state[:n:n]); err == nil {
				t.Errorf("the first %d bytes of a record were read", n)
			}
		}
	}
}
