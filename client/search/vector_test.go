package search

import (
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

var update = flag.Bool("update", false, "write testdata/segment.json anew")

const vectorFile = "testdata/segment.json"

// vectors are documents, the entry of the segment that they make when ids come
// from the bytes 01 02 03 …, and entries that must be refused.
// spec/search-index.md takes the entry apart.
type vectors struct {
	Docs    []Doc  `json:"docs"`
	Key     string `json:"key"`
	Entry   string `json:"entry"`
	Refused []struct {
		Note   string `json:"note"`
		Entry  string `json:"entry"`
		Expect string `json:"expect"`
	} `json:"refused"`
}

func readVectors(t *testing.T) (v vectors) {
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
	v := readVectors(t)
	e := written(t, v.Docs...)
	if len(e) != 1 {
		t.Fatalf("%d entries", len(e))
	}
	if *update {
		v.Key, v.Entry = hex.EncodeToString(e[0].Key), hex.EncodeToString(e[0].Value)
		data, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorFile, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if hex.EncodeToString(e[0].Key) != v.Key || hex.EncodeToString(e[0].Value) != v.Entry {
		t.Errorf("differs:\n%x\n%x", e[0].Key, e[0].Value)
	}
	if len(v.Refused) < 3 {
		t.Error("no refused entries")
	}
	kinds := map[string]error{"format": ErrFormat, "corrupt": ErrCorrupt}
	for _, r := range v.Refused {
		value, err := hex.DecodeString(r.Entry)
		if err != nil {
			t.Fatal(err)
		}
		s := mem.New()
		var b store.Batch
		b.Set(e[0].Key, value)
		if err := s.Apply(ctx, &b); err != nil {
			t.Fatal(err)
		}
		_, err = newIndex(t, s).Query(ctx, Query{Text: v.Docs[0].Text})
		if want := kinds[r.Expect]; want == nil || !errors.Is(err, want) {
			t.Errorf("%s: %v, want %q", r.Note, err, r.Expect)
		}
	}
}

func TestSpecShowsTheVector(t *testing.T) {
	page, err := os.ReadFile("../../spec/search-index.md")
	if err != nil {
		t.Fatal(err)
	}
	v := readVectors(t)
	// The page cuts the entry into lines, each with what it means.
	var shown strings.Builder
	for line := range strings.Lines(string(page)) {
		if line, ok := strings.CutPrefix(line, "    "); ok {
			bytes, _, _ := strings.Cut(line, "|")
			shown.WriteString(strings.ReplaceAll(strings.TrimSpace(bytes), " ", ""))
		}
	}
	if shown.String() != v.Key+v.Entry {
		t.Errorf("spec/search-index.md shows\n%s, want\n%s", shown.String(), v.Key+v.Entry)
	}
}
