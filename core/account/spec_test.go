package account

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSpecPages holds the pages to the vectors: every byte string that they show
// stands in the vector file, and so do the texts.
func TestSpecPages(t *testing.T) {
	vectors, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	hexadecimal := regexp.MustCompile(`\b[0-9a-f]{16,}\b`)
	texts := regexp.MustCompile("`([a-z2-7]{52}|[0-9]{5}(?: [0-9]{5}){11})`")
	for page, least := range map[string]int{"account-chain": 30, "vault": 10, "sign-in": 10} {
		data, err := os.ReadFile("../../spec/" + page + ".md")
		if err != nil {
			t.Fatal(err)
		}
		found := hexadecimal.FindAllString(string(data), -1)
		for _, m := range texts.FindAllStringSubmatch(string(data), -1) {
			found = append(found, m[1])
		}
		if len(found) < least {
			t.Errorf("%s shows only %d byte strings", page, len(found))
		}
		for _, s := range found {
			if !strings.Contains(string(vectors), s) {
				t.Errorf("%s shows %s, which no vector has", page, s)
			}
		}
	}
}
