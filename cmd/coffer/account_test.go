package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAccountDelete: the handle is asked for; another answer, or nobody to ask,
// does nothing; the receipt that is kept verifies, and a changed one does not.
func TestAccountDelete(t *testing.T) {
	file := filepath.Join(t.TempDir(), "receipt.txt")
	if r := run(t, nil, "", "account", "delete"); r.code != exitUsage || !strings.Contains(r.err, "--yes") {
		t.Errorf("without a terminal: exit %d, %q", r.code, r.err)
	}
	if r := run(t, &script{interactive: true, answers: []string{"alise"}}, "", "account", "delete", "--receipt", file); r.code != exitUsage {
		t.Errorf("with another handle: exit %d, %q", r.code, r.err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Fatal("a receipt was begun although nothing was done")
	}
	if r := run(t, &script{interactive: true, answers: []string{"Alice"}}, "", "account", "delete", "--receipt", file); r.code != exitDone {
		t.Fatalf("exit %d, %q", r.code, r.err)
	}
	if r := run(t, nil, "", "account", "delete", "--yes", "--receipt", file); r.code != exitUsage {
		t.Errorf("a file is replaced: exit %d", r.code)
	}
	key := "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"
	if r := run(t, nil, "", "account", "receipt", file, "--key", key); r.code != exitDone || !strings.Contains(r.out, "1,234") {
		t.Errorf("exit %d, %q, %q", r.code, r.out, r.err)
	}
	if r := run(t, nil, "", "account", "receipt", file, "--key", strings.Repeat("00", 32)); r.code != exitIntegrity {
		t.Errorf("another key: exit %d, %q", r.code, r.err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		text string
		code int
	}{
		{strings.Replace(string(text), "EAA", "EAB", 1), exitIntegrity}, {"", exitUsage}, {receiptBegin + "\n" + receiptEnd, exitUsage},
		{receiptBegin + "\n!!\n" + receiptEnd, exitUsage}, {strings.Repeat("x", maxReceipt+1), exitUsage},
	} {
		if x.text == string(text) {
			t.Fatal("the receipt was not changed")
		}
		if r := run(t, nil, x.text, "account", "receipt", "-"); r.code != x.code {
			t.Errorf("%.60q: exit %d, want %d: %s", x.text, r.code, x.code, r.err)
		}
	}
}
