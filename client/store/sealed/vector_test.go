package sealed

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
)

var update = flag.Bool("update", false, "write testdata/sealed.json anew")

const vectorFile = "testdata/sealed.json"

// hexBytes is a byte string, in hexadecimal in JSON.
type hexBytes []byte

func (h hexBytes) MarshalJSON() ([]byte, error) { return json.Marshal(hex.EncodeToString(h)) }

func (h *hexBytes) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	b, err := hex.DecodeString(s)
	*h = b
	return err
}

// vectors are a key, what is sealed under it with the nonces 00 01 02 …, and
// damaged entries. spec/device-store.md shows the first entry.
type vectors struct {
	Key     hexBytes `json:"key"`
	Marker  hexBytes `json:"marker"`
	Entries []struct {
		Note      string   `json:"note"`
		Key       hexBytes `json:"key"`
		Value     hexBytes `json:"value"`
		DiskKey   hexBytes `json:"disk_key"`
		DiskValue hexBytes `json:"disk_value"`
	} `json:"entries"`
	Refused []struct {
		Note      string   `json:"note"`
		DiskKey   hexBytes `json:"disk_key"`
		DiskValue hexBytes `json:"disk_value"`
		Expect    string   `json:"expect"`
	} `json:"refused"`
}

// ascending yields 00 01 02 …
type ascending struct{ n byte }

func (a *ascending) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = a.n
		a.n++
	}
	return len(p), nil
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectors(t *testing.T) {
	ctx := context.Background()
	v := readVectors(t)
	inner := mem.New()
	s, err := Open(ctx, inner, v.Key, &ascending{})
	if err != nil {
		t.Fatal(err)
	}
	get := func(key []byte) []byte {
		box, err := inner.Get(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		return box
	}
	if *update {
		v.Marker = get(marker)
	}
	if !bytes.Equal(get(marker), v.Marker) {
		t.Error("marker differs")
	}
	for i := range v.Entries {
		e := &v.Entries[i]
		var b store.Batch
		b.Set(e.Key, e.Value)
		if err := s.Apply(ctx, &b); err != nil {
			t.Fatalf("%s: %v", e.Note, err)
		}
		hidden, _, err := s.s.key(e.Key)
		if err != nil {
			t.Fatalf("%s: %v", e.Note, err)
		}
		if *update {
			e.DiskKey, e.DiskValue = hidden, get(hidden)
		}
		if !bytes.Equal(hidden, e.DiskKey) || !bytes.Equal(get(hidden), e.DiskValue) {
			t.Errorf("%s: differs", e.Note)
		}
		key, value, err := s.s.open(e.DiskKey, e.DiskValue)
		if err != nil || !bytes.Equal(key, e.Key) || !bytes.Equal(value, e.Value) {
			t.Errorf("%s: does not open: %v", e.Note, err)
		}
	}
	kinds := map[string]error{"corrupt": store.ErrCorrupt}
	for _, r := range v.Refused {
		want := kinds[r.Expect]
		if _, _, err := s.s.open(r.DiskKey, r.DiskValue); want == nil || !errors.Is(err, want) {
			t.Errorf("%s: %v, want %q", r.Note, err, r.Expect)
		}
	}
	if len(v.Refused) < len(v.Entries) {
		t.Error("fewer refused entries than accepted ones")
	}
	if *update {
		data, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorFile, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSpecShowsTheVector(t *testing.T) {
	page, err := os.ReadFile("../../../spec/device-store.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(page)), "")
	e := readVectors(t).Entries[0]
	for what, b := range map[string][]byte{"key": e.Key, "value": e.Value, "disk key": e.DiskKey, "disk value": e.DiskValue} {
		if !strings.Contains(text, hex.EncodeToString(b)) {
			t.Errorf("spec/device-store.md does not show the %s", what)
		}
	}
}

func FuzzOpenValue(f *testing.F) {
	v := readVectors(f)
	sec, err := newSecrets(v.Key)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range v.Entries {
		f.Add([]byte(e.DiskKey), []byte(e.DiskValue))
	}
	for _, r := range v.Refused {
		f.Add([]byte(r.DiskKey), []byte(r.DiskValue))
	}
	f.Fuzz(func(t *testing.T, hidden, box []byte) {
		if _, _, err := sec.open(hidden, box); err != nil && err != store.ErrCorrupt {
			t.Fatalf("untyped error %v", err)
		}
		// What is inside a value is parsed after it has been opened: seal the
		// input, so that the fuzzer gets there.
		if tag, _, err := store.ParseKey(hidden); err != nil || tag == "" {
			return
		}
		sealed, err := sec.seal(hidden, nil, box, &ascending{})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := sec.open(hidden, sealed); err != nil && err != store.ErrCorrupt {
			t.Fatalf("untyped error %v", err)
		}
	})
}
