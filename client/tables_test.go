package client

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTablesAreDocumented: each table has a tag of its own, and spec/device-store.md
// names it.
func TestTablesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../spec/device-store.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tables, ok := strings.Cut(string(page), "## Tables")
	if !ok {
		t.Fatal("the page has no section on tables")
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	tag := regexp.MustCompile(`store\.Table\("([a-z]+)"\)(\.Uint64\(\d+\))?`)
	used := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tag.FindAllStringSubmatch(string(src), -1) {
			if !strings.Contains(tables, "`"+m[1]+"`") && !strings.Contains(tables, "`"+m[1]+" ") && !strings.Contains(tables, "| `"+m[1]) {
				t.Errorf("table %q of %s is not in spec/device-store.md", m[1], name)
			}
			if other, ok := used[m[0]]; ok {
				t.Errorf("table %s is in %s and in %s", m[0], other, name)
			}
			used[m[0]] = name
		}
	}
	if len(used) < 20 {
		t.Errorf("found only %d tables", len(used))
	}
}
