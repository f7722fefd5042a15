package convo

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestSpecPages holds the pages to the vectors: every byte string that they show
// stands in a vector file, and so do the texts.
func TestSpecPages(t *testing.T) {
	var vectors []byte
	for _, name := range []string{formatsFile, walkFile} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, data...)
	}
	hexadecimal := regexp.MustCompile(`\b[0-9a-f]{16,}\b`)
	texts := regexp.MustCompile("`([a-z2-7]{52})`")
	for page, least := range map[string]int{"conversation": 20, "log": 15, "epoch": 25} {
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
