package privatelog

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSpecPage holds the page to the vectors: every byte string that it shows stands
// in the vector file.
func TestSpecPage(t *testing.T) {
	vectors, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../spec/private-log.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`\b[0-9a-f]{16,}\b`).FindAllString(string(page), -1)
	if len(found) < 10 {
		t.Errorf("the page shows only %d", len(found))
	}
	for _, s := range found {
		if !strings.Contains(string(vectors), s) {
			t.Errorf("the page shows %s, which no vector has", s)
		}
	}
}
