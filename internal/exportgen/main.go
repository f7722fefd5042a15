// Command exportgen writes the invented Facebook Messenger export that the
// examples and the demonstration import. Everything in it comes from a fixed
// seed: it writes the same bytes every time.
//
//	go run ./internal/exportgen [FOLDER]
//
// FOLDER is examples/messenger-export unless given.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const readme = `# An invented Messenger export

This folder has the shape of "Download your information" from Facebook, format
JSON, as of 2024, with the encoding of its text: every byte of the UTF-8 stands
as a character of its own. The people, their messages and their pictures are
invented. The account is Alice Archer's.

It is written by ` + "`go run ./internal/exportgen`" + `. Import it with

    coffer import messenger examples/messenger-export
`

// generate returns the export's files by their path.
func generate() (map[string][]byte, error) {
	episodes, err := parseEpisodes(episodesText)
	if err != nil {
		return nil, err
	}
	words := parseWords(wordsText)
	rng := &random{20190302}
	out := map[string][]byte{"README.md": []byte(readme)}
	for i := range threads {
		messages, err := invent(&threads[i], episodes, words, rng)
		if err != nil {
			return nil, err
		}
		writeThread(out, &threads[i], messages)
	}
	return out, nil
}

func run(folder string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	for name, data := range files {
		p := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(p, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	folder := filepath.Join("examples", "messenger-export")
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	if err := run(folder); err != nil {
		fmt.Fprintln(os.Stderr, "exportgen:", err)
		os.Exit(1)
	}
}
