package main

import (
	"bytes"
	"io/fs"
	"os"
	"strings"
	"testing"
)

const committed = "../../examples/messenger-export"

// TestCommitted holds the committed export to what the generator writes.
func TestCommitted(t *testing.T) {
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	err = fs.WalkDir(os.DirFS(committed), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(os.DirFS(committed), name)
		if err != nil {
			return err
		}
		want, ok := files[name]
		if !ok {
			t.Errorf("%s is not generated", name)
		} else if !bytes.Equal(data, want) {
			t.Errorf("%s differs: run go run ./internal/exportgen", name)
		}
		delete(files, name)
		size += len(data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range files {
		t.Errorf("%s is missing: run go run ./internal/exportgen", name)
	}
	if size > 1_500_000 {
		t.Errorf("the export has %d bytes", size)
	}
}

// TestEpisodes checks that every line can be played.
func TestEpisodes(t *testing.T) {
	episodes, err := parseEpisodes(episodesText)
	if err != nil {
		t.Fatal(err)
	}
	words := parseWords(wordsText)
	for _, name := range wordNames {
		if len(words[name]) < 5 {
			t.Errorf("%d words for %s", len(words[name]), name)
		}
	}
	rng := &random{1}
	for _, e := range episodes {
		fits := false
		for i := range threads {
			fits = fits || e.fits(threads[i].kinds, len(threads[i].others)+1)
		}
		if !fits {
			t.Errorf("no thread for an episode of kinds %v", e.kinds)
		}
		for _, l := range e.lines {
			if s := draw(l.text, chooseWords(words, rng), rng); strings.ContainsAny(s, "{|}$") || l.who < 'A' || l.who > 'C' {
				t.Errorf("%c: %q became %q", l.who, l.text, s)
			}
		}
	}
	if _, err := parseEpisodes("A: no head"); err == nil {
		t.Error("an episode without a head was accepted")
	}
	if _, err := parseEpisodes("= x\nAlice: too long"); err == nil {
		t.Error("a line without a speaker was accepted")
	}
}

func TestQuote(t *testing.T) {
	if got := quote("a\"\\/\n😀é"); got != `"a\"\\\/\u000a\u00f0\u009f\u0098\u0080\u00c3\u00a9"` {
		t.Error(got)
	}
}
