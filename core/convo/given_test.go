package convo

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

func someGiven() []GivenEpoch {
	return []GivenEpoch{
		{0, 7, bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)},
		{1, 1, bytes.Repeat([]byte{3}, 32), bytes.Repeat([]byte{4}, 32)},
	}
}

// TestGiven holds the example of spec/newcomer.md; what is not in order, twice there
// or cut off is refused.
func TestGiven(t *testing.T) {
	list := someGiven()
	b := EncodeGiven(list)
	if got, err := ParseGiven(b); err != nil || !reflect.DeepEqual(got, list) {
		t.Fatalf("it reads as %v, %v", got, err)
	}
	page, err := os.ReadFile("../../spec/newcomer.md")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, line := range strings.Split(string(page), "\n") {
		if fields, _, ok := strings.Cut(line, "  "); ok {
			said.WriteString(strings.ReplaceAll(fields, " ", ""))
		}
	}
	if !strings.Contains(said.String(), hex.EncodeToString(b)) {
		t.Errorf("spec/newcomer.md lacks %x", b)
	}
	for what, bad := range map[string][]byte{
		"nothing": nil, "no epoch": EncodeGiven(nil), "another version": append([]byte{0, 2}, b[2:]...), "cut off": b[:len(b)-1], "more": append(bytes.Clone(b), 0),
		"twice": EncodeGiven([]GivenEpoch{list[0], list[0]}), "backwards": EncodeGiven([]GivenEpoch{list[1], list[0]}),
		"too many": EncodeGiven(manyGiven(MaxGiven + 1)),
	} {
		if _, err := ParseGiven(bad); err == nil {
			t.Errorf("%s is read", what)
		}
	}
	if _, err := ParseGiven(EncodeGiven(manyGiven(MaxGiven))); err != nil {
		t.Error(err)
	}
	if s := fmt.Sprintf("%v %+v %x", list[0], list, list[1]); strings.Contains(s, "1 1 1") || strings.Contains(s, "0101") {
		t.Errorf("it prints %s", s)
	}
}

func manyGiven(n int) (out []GivenEpoch) {
	for i := range n {
		out = append(out, GivenEpoch{Epoch: uint64(i)})
	}
	return out
}

func FuzzGiven(f *testing.F) {
	f.Add(EncodeGiven(someGiven()))
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, err := ParseGiven(b); err == nil && !bytes.Equal(EncodeGiven(list), b) {
			t.Errorf("%x is written otherwise", b)
		}
	})
}
