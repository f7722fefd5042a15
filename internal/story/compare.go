package story

import (
	"fmt"
	"maps"
	"slices"
)

// comparable is a message in the form in which two devices' views of it must be
// equal: without what is of one device only.
func comparable(m message) message {
	m.State = ""
	return m
}

// difference returns the first difference between two people's or devices'
// views of the same conversations, "" if there is none.
func difference(want, got map[string][]message) string {
	for _, id := range slices.Sorted(maps.Keys(want)) {
		w, g := want[id], got[id]
		for i := range max(len(w), len(g)) {
			switch {
			case i >= len(g):
				return fmt.Sprintf("conversation %.8s: message %d of %d is missing: %+v", id, i+1, len(w), w[i])
			case i >= len(w):
				return fmt.Sprintf("conversation %.8s: message %d was not there before: %+v", id, i+1, g[i])
			case fmt.Sprint(comparable(w[i])) != fmt.Sprint(comparable(g[i])):
				return fmt.Sprintf("conversation %.8s: message %d differs:\n was %+v\n is  %+v", id, i+1, w[i], g[i])
			}
		}
	}
	for id := range got {
		if _, ok := want[id]; !ok {
			return fmt.Sprintf("conversation %.8s was not there before", id)
		}
	}
	return ""
}

func count(histories map[string][]message) (n int) {
	for _, h := range histories {
		n += len(h)
	}
	return n
}
