package search_test

import (
	"math"
	"math/rand/v2"
	"strings"
)

// corpus makes messages whose words are spread as in a language: the n-th most
// frequent word is about n times rarer than the first.
type corpus struct {
	r     *rand.Rand
	words []string
	zipf  *rand.Zipf
}

func newCorpus(seed uint64, words int) *corpus {
	c := &corpus{r: rand.New(rand.NewPCG(seed, 0))}
	const consonants, vowels = "bcdfghjklmnprstvwz", "aeiou"
	seen := map[string]bool{}
	for len(c.words) < words {
		var b strings.Builder
		for range 1 + c.r.IntN(3) + int(math.Log10(float64(len(c.words)+1)))/2 {
			b.WriteByte(consonants[c.r.IntN(len(consonants))])
			b.WriteByte(vowels[c.r.IntN(len(vowels))])
			if c.r.IntN(3) == 0 {
				b.WriteByte(consonants[c.r.IntN(len(consonants))])
			}
		}
		if w := b.String(); !seen[w] {
			seen[w] = true
			c.words = append(c.words, w)
		}
	}
	c.zipf = rand.NewZipf(c.r, 1.07, 2, uint64(words-1))
	return c
}

// word returns a word by its frequency.
func (c *corpus) word() string { return c.words[c.zipf.Uint64()] }

// text returns a message of a few words, some of them names or numbers that
// occur nowhere else.
func (c *corpus) text() string {
	n := 1 + c.r.IntN(8) + c.r.IntN(8)
	words := make([]string, n)
	for i := range words {
		words[i] = c.word()
	}
	if c.r.IntN(10) == 0 {
		words[c.r.IntN(n)] = string(rune('a'+c.r.IntN(26))) + c.word() + c.word()
	}
	return strings.Join(words, " ")
}
