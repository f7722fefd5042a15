package recoverycode

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSpecPage holds the page to the vectors: every code and secret that it shows stands
// in the vector file.
func TestSpecPage(t *testing.T) {
	vectors, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../spec/recovery-code.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`\b([0-9A-Z]{5}-){7}[0-9A-Z]{5}\b|\b[0-9a-f]{34}\b`).FindAllString(string(page), -1)
	if len(found) < 2 {
		t.Errorf("the page shows only %d", len(found))
	}
	for _, s := range found {
		if !strings.Contains(string(vectors), s) {
			t.Errorf("the page shows %s, which no vector has", s)
		}
	}
}
