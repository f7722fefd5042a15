package mls

import (
	"cmp"
	"slices"
)

// typeSet is a set of values of one of the registries of RFC 9420, section 17: in
// a fixed size, so that a list of all 65,536 costs no more than its length.
type typeSet [1 << 16 / 64]uint64

// add puts t in, and reports whether it was not there.
func (s *typeSet) add(t uint16) bool {
	bit := uint64(1) << (t % 64)
	fresh := s[t/64]&bit == 0
	s[t/64] |= bit
	return fresh
}

func (s *typeSet) has(t uint16) bool { return s[t/64]&(1<<(t%64)) != 0 }

// supported returns the question whether a type is listed, to be asked so many
// times: long lists are held against each other in linear time.
func supported[T ~uint16](times int, list []T) func(T) bool {
	if times < 16 || len(list) < 16 {
		return func(t T) bool { return slices.Contains(list, t) }
	}
	set := new(typeSet)
	for _, t := range list {
		set.add(uint16(t))
	}
	return func(t T) bool { return set.has(uint16(t)) }
}

// increasing reports whether each key of a list is greater than the one before.
func increasing[T any, K cmp.Ordered](list []T, key func(T) K) bool {
	for i := 1; i < len(list); i++ {
		if key(list[i-1]) >= key(list[i]) {
			return false
		}
	}
	return true
}
