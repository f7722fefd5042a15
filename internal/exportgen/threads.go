package main

import (
	"fmt"
	"slices"
	"time"
)

const owner = "Alice Archer"

// thread describes a conversation to invent.
type thread struct {
	folder, dir, title string
	others             []string
	kinds              []string
	messages           int
}

var threads = []thread{
	{"inbox", "bobbrennan_1002003004", "Bob Brennan", []string{"Bob Brennan"}, []string{"friend", "sport", "travel", "work"}, 430},
	{"inbox", "carolcastellano_2117345520", "Carol Castellano", []string{"Carol Castellano"}, []string{"friend", "book"}, 320},
	{"inbox", "chloelefevre_3380045112", "Chloé Lefèvre", []string{"Chloé Lefèvre"}, []string{"friend", "french"}, 190},
	{"inbox", "jurgenmullerweiss_4471902283", "Jürgen Müller-Weiß", []string{"Jürgen Müller-Weiß"}, []string{"friend", "german"}, 200},
	{"inbox", "margaretarcher_5500129934", "Margaret Archer", []string{"Margaret Archer"}, []string{"mum", "family"}, 210},
	{"e2ee_cutover", "sorenostergaard_6612398745", "Søren Østergaard", []string{"Søren Østergaard"}, []string{"danish", "sport", "travel"}, 110},
	{"inbox", "sundayhikers_7723456781", "Sunday Hikers 🥾", []string{"Bob Brennan", "Carol Castellano", "Søren Østergaard", "Zoë Quill"}, []string{"hike", "group"}, 330},
	{"inbox", "flat3b_8834501296", "Flat 3B 🏠", []string{"Priya Raman", "Tomasz Wójcik"}, []string{"flat", "group"}, 260},
	{"inbox", "archerfamily_9945012367", "Archer family", []string{"Margaret Archer", "Henry Archer", "Nina Archer"}, []string{"family", "group"}, 180},
	{"inbox", "priyaraman_1056123478", "Priya Raman", []string{"Priya Raman"}, []string{"friend", "flat", "work"}, 160},
	{"inbox", "bookclubwedoreadthem_1167234589", "Book club (we do read them)", []string{"Carol Castellano", "Chloé Lefèvre", "Nina Archer", "Zoë Quill"}, []string{"book", "group"}, 150},
	{"archived_threads", "desmondokafor_1278345690", "Desmond Okafor", []string{"Desmond Okafor"}, []string{"landlord"}, 60},
}

// message is one invented message.
type message struct {
	sender    string
	ms        int64
	text      string
	link      string
	photo     string // file names
	file      string
	call      int // seconds, -1 for none
	unsent    bool
	reactions []reaction
}

type reaction struct{ emoji, actor string }

var emojis = []string{"❤", "❤", "❤", "😆", "😆", "👍", "👍", "😮", "😢", "🔥", "🎉", "👍🏽", "👩‍🚀"}

var (
	begin = time.Date(2019, 3, 2, 8, 0, 0, 0, time.UTC)
	end   = time.Date(2024, 2, 25, 21, 0, 0, 0, time.UTC)
)

// invent returns a thread's messages, oldest first, and the files they mention.
func invent(t *thread, episodes []episode, words map[string][]string, rng *random) ([]message, error) {
	var fitting []episode
	for _, e := range episodes {
		if e.fits(t.kinds, len(t.others)+1) {
			fitting = append(fitting, e)
		}
	}
	if len(fitting) == 0 {
		return nil, fmt.Errorf("no episode for %s", t.dir)
	}
	var runs [][]message
	total := 0
	last := -1
	for total < t.messages {
		i := rng.below(len(fitting))
		if i == last {
			continue
		}
		last = i
		run := play(&fitting[i], t, words, rng, len(runs))
		runs = append(runs, run)
		total += len(run)
	}
	// Spread the exchanges over the years, each begun between 7 and 21 h.
	const hour, day24h = 3_600_000, 86_400_000
	step := end.Sub(begin).Milliseconds() / int64(len(runs))
	var out []message
	for i, run := range runs {
		day := begin.UnixMilli() + int64(i)*step + int64(rng.next()%uint64(step/2))
		ms := day - day%day24h + 7*hour + int64(rng.next()%(14*hour))
		for _, m := range run {
			ms += 4_000 + int64(rng.next()%180_000)
			m.ms = ms
			out = append(out, m)
		}
	}
	return out, nil
}

// play turns an episode into messages.
func play(e *episode, t *thread, words map[string][]string, rng *random, n int) []message {
	people := append([]string{owner}, t.others...)
	for i := len(people) - 1; i > 0; i-- {
		j := rng.below(i + 1)
		people[i], people[j] = people[j], people[i]
	}
	switch { // where the roles are fixed
	case slices.Contains(e.kinds, "landlord"):
		people = []string{owner, t.others[0]}
	case slices.Contains(e.kinds, "mum"):
		people = []string{t.others[0], owner}
	}
	chosen := chooseWords(words, rng)
	var out []message
	for i, l := range e.lines {
		m := message{sender: people[l.who-'A'], call: -1}
		m.text = m.special(draw(l.text, chosen, rng), n, i, rng)
		for _, p := range people {
			if p != m.sender && !m.unsent && m.call < 0 && rng.below(14) == 0 {
				m.reactions = append(m.reactions, reaction{emojis[rng.below(len(emojis))], p})
			}
		}
		if rng.below(120) == 0 && m.photo == "" && m.call < 0 {
			m.unsent, m.text, m.link, m.reactions = true, "", "", nil
		}
		out = append(out, m)
	}
	return out
}
