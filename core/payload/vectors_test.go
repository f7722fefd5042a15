package payload

import (
	"encoding/json"
	"os"
	"testing"
)

// vector reads one of the files of test vectors.
func vector(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}
