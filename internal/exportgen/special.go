package main

import (
	"fmt"
	"strings"
)

// special takes a mark such as [photo] off the front of a text and applies it.
func (m *message) special(text string, n, i int, rng *random) string {
	if !strings.HasPrefix(text, "[") {
		return text
	}
	mark, text, _ := strings.Cut(text[1:], "]")
	text = strings.TrimSpace(text)
	name, argument, _ := strings.Cut(mark, " ")
	switch name {
	case "photo":
		m.photo = fmt.Sprintf("%d_%d.%s", 100_000+n, i, []string{"jpg", "png"}[rng.below(2)])
	case "file":
		m.file = fmt.Sprintf("draft-%d.txt", n)
	case "link":
		m.link = fmt.Sprintf("https://www.%s.example/%s/%d", []string{"trails", "recipes", "stays", "songs"}[rng.below(4)],
			[]string{"p", "view", "été"}[rng.below(3)], 1000+rng.below(9000))
	case "unsent":
		m.unsent = true
	case "call":
		fmt.Sscan(argument, &m.call)
		if text == "" {
			text = "started a call."
			if m.call == 0 {
				text = "missed your call."
			}
		}
		return firstName(m.sender) + " " + text
	}
	return text
}

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}
