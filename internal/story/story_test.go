package story

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func msg(id, text string) message { return message{ID: id, Text: text, State: "sent"} }

func TestDifference(t *testing.T) {
	was := map[string][]message{"c": {msg("1", "a"), msg("2", "b")}}
	queued := msg("2", "b")
	queued.State = "queued"
	if d := difference(was, map[string][]message{"c": {msg("1", "a"), queued}}); d != "" {
		t.Errorf("the state of a message is no difference: %s", d)
	}
	for name, is := range map[string]map[string][]message{
		"missing":      {"c": {msg("1", "a")}},
		"altered":      {"c": {msg("1", "a"), msg("2", "B")}},
		"swapped":      {"c": {msg("2", "b"), msg("1", "a")}},
		"added":        {"c": {msg("1", "a"), msg("2", "b"), msg("3", "c")}},
		"conversation": {"c": {msg("1", "a"), msg("2", "b")}, "d": nil},
		"none":         {},
	} {
		if difference(was, is) == "" {
			t.Errorf("%s: no difference found", name)
		}
	}
}

func TestSameForBoth(t *testing.T) {
	theirs := []message{msg("1", "a"), msg("2", "b")}
	if err := sameForBoth(theirs, theirs[:1]); err != nil {
		t.Errorf("she may have deleted one for herself: %v", err)
	}
	for name, mine := range map[string][]message{
		"two fewer": nil, "hers only": {msg("1", "a"), msg("9", "x")}, "altered": {msg("1", "a"), msg("2", "x")},
	} {
		if sameForBoth(theirs, mine) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSearchFindsWhatItLooksFor(t *testing.T) {
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "db"), []byte("xx the secret text xx"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &story{server: &server{data: data, log: log}, texts: []string{"the secret text", "another one"}}
	hits, files, err := s.search(nil)
	if err != nil || len(hits) != 1 || files != 2 {
		t.Errorf("search: %v in %d files, %v; want one hit in two files", hits, files, err)
	}
}

func TestPictureIsXML(t *testing.T) {
	var b strings.Builder
	if err := Picture(&b, []Line{{Kind: LineChapter, Text: "A & B"}, {Kind: LineSay, Text: strings.Repeat("<long> ", 40)}}); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestPhotoHasItsSize(t *testing.T) {
	b, err := makePhoto(filepath.Join(t.TempDir(), "p.jpg"))
	if err != nil || len(b) < 2_500_000 || len(b) > 3_800_000 {
		t.Errorf("photo of %d bytes, %v; want about 3 MB", len(b), err)
	}
}
