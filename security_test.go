package coffer

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The promises of DESIGN 1 and the parties that could break them, as SECURITY.md
// heads its rows and columns.
var (
	promises = []string{
		"Encrypted by default", "Stored when sent", "Restored in seconds", "Proved, not assumed", "Gone when deleted",
		"Several ways back in", "Nothing to hand over", "Still accountable", "Ready for the long run",
	}
	parties = []string{
		"server", "removed device", "thief of a code", "participant", "realm",
		"server + removed device", "server + thief", "server + participant", "server + realm",
	}
	outcomes = []string{"refused", "limited", "not noticed", "no means"}
)

// TestSecurityTable: each promise has a row and each party a column, every cell says
// what comes of it and where to read on, what is refused or limited names tests,
// and no note is left over.
func TestSecurityTable(t *testing.T) {
	page, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	notes := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^- \*\*([A-Z]\d)\*\* ((?:.*\n)(?:  .*\n)*)`).FindAllStringSubmatch(string(page), -1) {
		if notes[m[1]] != "" {
			t.Errorf("there are two notes %s", m[1])
		}
		notes[m[1]] = m[2]
	}
	rows := table(string(page), "| promise |")
	if len(rows) == 0 || !slices.Equal(rows[0][1:], parties) {
		t.Fatalf("the columns are %q, want %q", rows, parties)
	}
	var names []string
	used := map[string]bool{}
	cell := regexp.MustCompile(`^(` + strings.Join(outcomes, "|") + `) ([A-Z]\d)$`)
	for _, row := range rows[1:] {
		names = append(names, row[0])
		if len(row) != len(parties)+1 {
			t.Errorf("%s: %d cells", row[0], len(row))
			continue
		}
		for i, text := range row[1:] {
			m := cell.FindStringSubmatch(text)
			if m == nil {
				t.Errorf("%s, %s: the cell says %q", row[0], parties[i], text)
				continue
			}
			used[m[2]] = true
			note, there := notes[m[2]]
			if !there {
				t.Errorf("%s, %s: there is no note %s", row[0], parties[i], m[2])
			} else if m[1] != "not noticed" && !strings.Contains(note, "`Test") {
				t.Errorf("%s, %s: note %s names no test", row[0], parties[i], m[2])
			}
		}
	}
	if !slices.Equal(names, promises) {
		t.Errorf("the rows are %q, want %q", names, promises)
	}
	for n := range notes {
		if !used[n] {
			t.Errorf("no cell leads to note %s", n)
		}
	}
}

// TestHostileServerTable: for each thing that a hostile server can do there is a
// test in which it does it to a device that follows, and one at restore.
func TestHostileServerTable(t *testing.T) {
	page, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := table(string(page), "| it can |")
	if len(rows) < 20 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows[1:] {
		if len(row) != 3 || row[0] == "" || !strings.Contains(row[1], "`Test") || !strings.Contains(row[2], "`Test") && row[2] != "the same" {
			t.Errorf("an empty cell in %q", row)
		}
	}
}

// table returns the cells of the table whose head begins so, without the line
// below the head.
func table(page, head string) (rows [][]string) {
	at := strings.Index(page, "\n"+head)
	if at < 0 {
		return nil
	}
	for i, line := range strings.Split(page[at+1:], "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if i == 1 {
			continue
		}
		var row []string
		for _, c := range strings.Split(strings.Trim(line, "|"), "|") {
			row = append(row, strings.TrimSpace(c))
		}
		rows = append(rows, row)
	}
	return rows
}
