package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed episodes.txt
var episodesText string

//go:embed words.txt
var wordsText string

// line is one message of an episode, before words are drawn.
type line struct {
	who  byte // 'A', 'B' or 'C'
	text string
}

// episode is an exchange of a few messages.
type episode struct {
	kinds []string
	lines []line
}

func (e *episode) fits(kinds []string, people int) bool {
	third := slices.ContainsFunc(e.lines, func(l line) bool { return l.who == 'C' })
	if third && people < 3 {
		return false
	}
	return slices.ContainsFunc(e.kinds, func(k string) bool { return slices.Contains(kinds, k) })
}

func parseEpisodes(text string) ([]episode, error) {
	var out []episode
	for n, s := range strings.Split(text, "\n") {
		switch {
		case s == "" || s[0] == '#':
		case s[0] == '=':
			out = append(out, episode{kinds: strings.Fields(s[1:])})
		default:
			who, rest, ok := strings.Cut(s, ": ")
			if !ok || len(who) != 1 || len(out) == 0 {
				return nil, fmt.Errorf("line %d of the episodes: %q", n+1, s)
			}
			e := &out[len(out)-1]
			e.lines = append(e.lines, line{who[0], rest})
		}
	}
	return out, nil
}

func parseWords(text string) map[string][]string {
	words := map[string][]string{}
	for s := range strings.Lines(text) {
		name, list, _ := strings.Cut(strings.TrimSpace(s), ": ")
		words[name] = strings.Split(list, ", ")
	}
	return words
}

// draw fills in a line's words: chosen holds those of the episode.
func draw(text string, chosen map[string]string, rng *random) string {
	// Alternatives first, because they may hold words.
	for {
		start := strings.IndexByte(text, '{')
		if start < 0 {
			break
		}
		end := start + strings.IndexByte(text[start:], '}')
		options := strings.Split(text[start+1:end], "|")
		text = text[:start] + options[rng.below(len(options))] + text[end+1:]
	}
	for _, name := range wordNames {
		text = strings.ReplaceAll(text, "$"+name, chosen[name])
	}
	return text
}

// wordNames are the keys of words.txt, in a fixed order.
var wordNames = []string{"day", "time", "food", "place", "film", "book", "trail", "thing"}

func chooseWords(words map[string][]string, rng *random) map[string]string {
	chosen := map[string]string{}
	for _, name := range wordNames {
		chosen[name] = words[name][rng.below(len(words[name]))]
	}
	return chosen
}

// random is SplitMix64 (Steele, Lea, Flood, 2014): the same for ever, whatever
// the version of Go.
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }
