package apitest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSourcesAreGenerated fails when a .proto file has changed since the code
// was generated. It needs no compiler; the tool's own test, in api/internal,
// generates anew and compares every byte.
func TestSourcesAreGenerated(t *testing.T) {
	for list, pattern := range map[string]string{
		"gen/sources.sum":            "coffer/v1/*.proto",
		"apitest/testpb/sources.sum": "internal/wiregen/testdata/coffer/test/v1/*.proto",
	} {
		const api = ".."
		want, err := os.ReadFile(filepath.Join(api, list))
		if err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(api, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files match %s: %v", pattern, err)
		}
		slices.Sort(files)
		var got strings.Builder
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(api, f)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%x  %s\n", sha256.Sum256(text), filepath.ToSlash(rel))
		}
		if got.String() != string(want) {
			t.Errorf("%s is out of date: run api/generate.sh\ngot\n%swant\n%s", list, got.String(), want)
		}
	}
}
