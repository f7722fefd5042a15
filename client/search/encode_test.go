package search

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestEncodePlaces: lists are the same bytes whether they are made of places or of
// postings, as a merge makes them.
func TestEncodePlaces(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, df := range []int{1, 2, perBlock - 1, perBlock, perBlock + 1, 3 * perBlock, 1000} {
		var places []place
		var list []posting
		doc := uint32(r.IntN(2)) * uint32(r.IntN(100))
		for range df {
			pos, at := []byte{}, uint32(0)
			n := 1 + r.IntN(3)*r.IntN(60)
			pos = binary.AppendUvarint(pos, uint64(n))
			for i := range n {
				step := uint32(r.IntN(400))
				if i > 0 {
					step++
				}
				at += step
				pos = binary.AppendUvarint(pos, uint64(step))
				places = append(places, place{doc, at})
			}
			list = append(list, posting{doc, pos})
			doc += 1 + uint32(r.IntN(500))
		}
		var a, b listEncoder
		docs, pos := a.encode(list)
		n, gotDocs, gotPos := b.encodePlaces(places, true)
		if n != df || !slices.Equal(docs, gotDocs) || !slices.Equal(pos, gotPos) {
			t.Errorf("%d documents: %d, %d and %d bytes, want %d and %d", df, n, len(gotDocs), len(gotPos), len(docs), len(pos))
		}
		for i := range list {
			list[i].pos = nil
		}
		docs, _ = a.encode(list)
		if _, gotDocs, gotPos = b.encodePlaces(places, false); !slices.Equal(docs, gotDocs) || len(gotPos) != 0 {
			t.Errorf("%d documents without positions: %d and %d bytes", df, len(gotDocs), len(gotPos))
		}
	}
}

// TestTermTable: every term has one number, and they sort by their bytes.
func TestTermTable(t *testing.T) {
	var table termTable
	r := rand.New(rand.NewPCG(8, 8))
	numbers := map[string]uint32{}
	for range 20_000 {
		term := fmt.Sprint(r.IntN(3000))
		if r.IntN(4) == 0 {
			term = "a long beginning " + term
		}
		if r.IntN(50) == 0 {
			term = string([]byte{0, 0, 0, 0, byte(r.IntN(3))}) + term[:r.IntN(2)]
		}
		n, added := table.number([]byte(term))
		before, known := numbers[term]
		if added == known || known && before != n {
			t.Fatalf("%q is %d, was %d, added %v", term, n, before, added)
		}
		numbers[term] = n
	}
	if table.len() != len(numbers) {
		t.Errorf("%d terms, want %d", table.len(), len(numbers))
	}
	var sorted []string
	for _, n := range table.sorted() {
		sorted = append(sorted, string(table.term(n)))
	}
	if len(sorted) != len(numbers) || !slices.IsSorted(sorted) {
		t.Error("they do not sort")
	}
}
