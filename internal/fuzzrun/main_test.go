package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	root := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a/a_test.go", "package a\nimport \"testing\"\nfunc FuzzOne(f *testing.F) {}\nfunc TestTwo(t *testing.T) {}\n")
	write("b/go.mod", "module b\n")
	write("b/b_test.go", "package b\nfunc FuzzElsewhere() {}\n")
	got, err := find(root, "")
	if err != nil || len(got) != 1 || got[0].name != "FuzzOne" {
		t.Fatalf("find: %v, %v; want FuzzOne only", got, err)
	}
	if got, _ := find(root, "nothing"); len(got) != 0 {
		t.Errorf("with a filter that matches nothing: %v", got)
	}
}

func TestRanOutOfTime(t *testing.T) {
	late := "--- FAIL: FuzzX (1.03s)\n    context deadline exceeded\nFAIL\n"
	if !ranOutOfTime([]byte(late)) {
		t.Error("a run whose time was up counts as a failure")
	}
	for _, found := range []string{"--- FAIL: FuzzX\n    panic: x\n", late + "Failing input written to testdata/fuzz/FuzzX/1\n"} {
		if ranOutOfTime([]byte(found)) {
			t.Errorf("a finding does not count: %q", found)
		}
	}
}
