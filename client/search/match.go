package search

import (
	"math/bits"
	"slices"
)

// matcher finds documents of one segment, forwards only.
type matcher interface {
	// seek returns the first matching document not below target, and not below
	// the one it returned last; noDoc if there is none.
	seek(target uint32) (uint32, error)
	// cost is about how many documents may match.
	cost() int
}

// allOf matches documents that all its matchers match.
type allOf []matcher

func newAllOf(ms []matcher) matcher {
	if len(ms) == 1 {
		return ms[0]
	}
	slices.SortStableFunc(ms, func(a, b matcher) int { return a.cost() - b.cost() })
	return allOf(ms)
}

func (a allOf) cost() int { return a[0].cost() }

func (a allOf) seek(target uint32) (uint32, error) {
	doc, agreed := target, 0
	for i := 0; agreed < len(a); i = (i + 1) % len(a) {
		got, err := a[i].seek(doc)
		if err != nil || got == noDoc {
			return noDoc, err
		}
		if got != doc {
			doc, agreed = got, 0
		}
		agreed++
	}
	return doc, nil
}

// docSet is a set of a segment's documents: a bit for each.
type docSet struct {
	bits []uint64
	n    int
}

func newDocSet(docs uint32) *docSet { return &docSet{bits: make([]uint64, (docs+63)/64)} }

// addAll adds all documents of a list.
func (s *docSet) addAll(l *postingList) error {
	for target := uint32(0); ; {
		doc, err := l.seek(target)
		if err != nil || doc == noDoc {
			return err
		}
		if s.bits[doc/64]&(1<<(doc%64)) == 0 {
			s.bits[doc/64] |= 1 << (doc % 64)
			s.n++
		}
		target = doc + 1
	}
}

func (s *docSet) cost() int { return s.n }

func (s *docSet) seek(target uint32) (uint32, error) {
	i := int(target / 64)
	if i >= len(s.bits) {
		return noDoc, nil
	}
	for w := s.bits[i] &^ (1<<(target%64) - 1); ; w = s.bits[i] {
		if w != 0 {
			return uint32(i*64 + bits.TrailingZeros64(w)), nil
		}
		if i++; i == len(s.bits) {
			return noDoc, nil
		}
	}
}

// phraseOf matches documents that have its lists' terms at fixed distances.
type phraseOf struct {
	all   matcher // the documents that have all the terms
	lists []*postingList
	at    []uint32 // each term's place, counted from the first's
	pos   [][]uint32
}

func newPhrase(lists []*postingList, at []uint32) *phraseOf {
	ms := make([]matcher, len(lists))
	for i, l := range lists {
		ms[i] = l
	}
	return &phraseOf{all: newAllOf(ms), lists: lists, at: at, pos: make([][]uint32, len(lists))}
}

func (p *phraseOf) cost() int { return p.all.cost() }

func (p *phraseOf) seek(target uint32) (uint32, error) {
	for {
		doc, err := p.all.seek(target)
		if err != nil || doc == noDoc {
			return noDoc, err
		}
		ok, err := p.here()
		if err != nil || ok {
			return doc, err
		}
		target = doc + 1
	}
}

// here reports whether the terms stand as they must in the document at which
// all lists are.
func (p *phraseOf) here() (bool, error) {
	for i, l := range p.lists {
		var err error
		if p.pos[i], err = l.positions(p.pos[i][:0]); err != nil {
			return false, err
		}
	}
	for _, first := range p.pos[0] {
		ok := true
		for i := 1; ok && i < len(p.pos); i++ {
			_, ok = slices.BinarySearch(p.pos[i], first+p.at[i])
		}
		if ok {
			return true, nil
		}
	}
	return false, nil
}

// match returns a matcher for a query in a segment, nil if nothing in the
// segment can match.
func (s *segment) match(elements []element, convs []uint32) (matcher, error) {
	var all []matcher
	if len(convs) > 0 {
		m, err := s.matchConvs(convs)
		if m == nil || err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	// Exact terms first: most segments lack one of them, and then the rest
	// need not be looked up.
	for _, prefix := range []bool{false, true} {
		for _, e := range elements {
			if e.prefix != prefix {
				continue
			}
			m, err := s.matchElement(e)
			if m == nil || err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	return newAllOf(all), nil
}

func (s *segment) matchElement(e element) (matcher, error) {
	if e.prefix {
		return s.matchPrefix([]byte(e.terms[0]))
	}
	lists := make([]*postingList, len(e.terms))
	for i, t := range e.terms {
		info, ok, err := s.find([]byte(t))
		if !ok || err != nil {
			return nil, err
		}
		lists[i] = newPostingList(s.r, s.docs, info)
	}
	if len(lists) == 1 {
		return lists[0], nil
	}
	return newPhrase(lists, e.at), nil
}

// matchPrefix returns the one list of terms that begin with prefix, or the
// union of them all.
func (s *segment) matchPrefix(prefix []byte) (matcher, error) {
	var only, next *postingList
	var set *docSet
	err := s.findPrefix(prefix, func(t termInfo) error {
		if only == nil {
			only = newPostingList(s.r, s.docs, t)
			return nil
		}
		if set == nil {
			set, next = newDocSet(s.docs), new(postingList)
			if err := set.addAll(only); err != nil {
				return err
			}
		}
		next.reset(s.r, s.docs, t)
		return set.addAll(next)
	})
	switch {
	case err != nil:
		return nil, err
	case set != nil:
		return set, nil
	case only != nil:
		return only, nil
	}
	return nil, nil
}

func (s *segment) matchConvs(convs []uint32) (matcher, error) {
	set := newDocSet(s.docs)
	var key [5]byte
	for _, c := range convs {
		info, ok, err := s.find(convTerm(key[:0], c))
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		l := newPostingList(s.r, s.docs, info)
		if len(convs) == 1 {
			return l, nil
		}
		if err := set.addAll(l); err != nil {
			return nil, err
		}
	}
	if set.n == 0 {
		return nil, nil
	}
	return set, nil
}
