package linking

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSpecPage holds the page's example to the vectors.
func TestSpecPage(t *testing.T) {
	vectors, err := os.ReadFile("testdata/linking.json")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../spec/linking.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("`[0-9]{6}`|[0-9a-f]{64}").FindAllString(string(page), -1)
	if len(found) < 7 {
		t.Errorf("the page shows only %d values", len(found))
	}
	for _, s := range found {
		if s = strings.Trim(s, "`"); !strings.Contains(string(vectors), s) {
			t.Errorf("the page shows %s, which no vector has", s)
		}
	}
}
