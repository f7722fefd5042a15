package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the program prints into spec/cli.md")

const pagePath = "../../spec/cli.md"

// TestPage runs each example of the page against the fake engine and compares
// what is printed with what the page says.
func TestPage(t *testing.T) {
	abs, err := filepath.Abs(pagePath)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(abs)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"password.txt": "correct horse\n", "pin.txt": "71gk93\n", "wrong.txt": "wrong1\n", "used.txt": "locked1\n",
		"code.txt": "7Q2MX-9K4TD-0VWZC-E5RJH-3YBNA-6FSGP-8Q1TK-WD2MX\n", "gap.txt": "GAP\n", "invite.txt": inviteLink + "\n", "linkcode.txt": "005816\n",
		"notes.txt": "first note\n\nsecond note\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("export", 0o700); err != nil {
		t.Fatal(err)
	}
	examples := 0
	fresh := fences.ReplaceAllFunc(page, func(block []byte) []byte {
		out := "```console\n"
		for _, line := range strings.Split(string(block), "\n") {
			if command, ok := strings.CutPrefix(line, "$ coffer "); ok {
				examples++
				out += line + "\n" + printed(t, command)
			}
		}
		return []byte(out + "```")
	})
	if examples < 40 {
		t.Errorf("the page has only %d examples", examples)
	}
	if *update {
		if err := os.WriteFile(abs, fresh, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(page, fresh) {
		t.Errorf("spec/cli.md is not what the program prints; run: go test ./cmd/coffer -run TestPage -update\n%s", firstDifference(string(page), string(fresh)))
	}
}

var fences = regexp.MustCompile("(?s)```console\n.*?```")

// printed is what a command prints on both streams, and its exit code.
func printed(t *testing.T, command string) string {
	t.Helper()
	args, stdin := shell(t, command)
	r := runIn(t, context.Background(), nil, stdin, nil, args...)
	if r.code != 0 {
		r.interleaved += fmt.Sprintf("[exit %d]\n", r.code)
	}
	return r.interleaved
}

// shell splits a command as a shell does, as far as the page needs it.
func shell(t *testing.T, command string) (args []string, stdin string) {
	t.Helper()
	command, file, redirected := strings.Cut(command, " < ")
	if redirected {
		b, err := os.ReadFile(strings.TrimSpace(file))
		if err != nil {
			t.Fatal(err)
		}
		stdin = string(b)
	}
	for _, m := range regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`).FindAllString(command, -1) {
		args = append(args, strings.Trim(m, `"'`))
	}
	return args, stdin
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d\npage:    %s\nprogram: %s", i+1, x[i], y[i])
		}
	}
	return "one is longer"
}

// TestPageNamesEveryField holds the tables of the page to the objects.
func TestPageNamesEveryField(t *testing.T) {
	page, err := os.ReadFile(pagePath)
	if err != nil {
		t.Fatal(err)
	}
	for name, object := range map[string]any{
		"message": messageObject{}, "event": eventObject{}, "typing": typingObject{}, "privacy": privacyObject{}, "draft": draftObject{}, "storage": storageObject{}, "freed": freedObject{}, "fetched": fetchedObject{}, "auto": autoObject{}, "conversation": conversationObject{},
		"restored": restoredObject{}, "vault": vaultObject{}, "error": errorObject{}, "identity": identityObject{},
		"keyholder": keyholderObject{}, "removal": removalObject{}, "closed": closedObject{}, "reset": resetObject{}, "report": reportObject{}, "linking": linkingObject{}, "notice": noticeObject{}, "guess": guessObject{}, "code": codeObject{}, "saved": savedObject{}, "synced": syncedObject{},
		"imported": importedObject{}, "safety": safetyObject{}, "history": historyObject{}, "contact": contactObject{}, "invite": inviteObject{}, "profile": profileObject{}, "done": doneObject{}, "version": versionObject{}, "web": webObject{},
	} {
		_, section, found := strings.Cut(string(page), "\n### `"+name+"`\n")
		if !found {
			t.Errorf("there is no section for %s", name)
			continue
		}
		section, _, _ = strings.Cut(section, "\n##")
		var documented, present []string
		for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(section, -1) {
			documented = append(documented, m[1])
		}
		typ := reflect.TypeOf(object)
		for i := range typ.NumField() {
			if tag, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); tag != "type" {
				present = append(present, tag)
			}
		}
		if !reflect.DeepEqual(documented, present) {
			t.Errorf("%s: the page has %v, the object %v", name, documented, present)
		}
	}
	if n := strings.Count(string(page), "\n### `"); n != 34 {
		t.Errorf("the page has %d sections of objects, this test knows 34", n)
	}
}
