package client

import (
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
)

// TestEffect: what a later entry may do to a message, and what it may not.
func TestEffect(t *testing.T) {
	alice, bob := account.ID{1}, account.ID{2}
	id := content.MessageID{7}
	r := &record{seq: 10, kind: recordMessage, account: alice, atMS: 1000, id: id}
	edit := func(by account.ID, seq uint64, afterMS uint64, text string) *mark {
		return &mark{kind: markEdit, target: 10, id: id, by: by, seq: seq, atMS: 1000 + afterMS, data: []byte(text)}
	}
	react := func(by account.ID, seq uint64, emoji string) *mark {
		return &mark{kind: markReact, target: 10, id: id, by: by, seq: seq, own: content.MessageID{byte(seq)}, data: []byte(emoji)}
	}
	window := uint64(editWindow.Milliseconds())
	tests := []struct {
		name      string
		marks     []*mark
		edited    string
		unsent    bool
		hidden    bool
		reactions string
	}{
		{name: "nothing"},
		{name: "edit", marks: []*mark{edit(alice, 11, 5, "a")}, edited: "a"},
		{name: "the newest edit counts, in any order", marks: []*mark{edit(alice, 13, 6, "b"), edit(alice, 11, 5, "a")}, edited: "b"},
		{name: "another's edit", marks: []*mark{edit(bob, 11, 5, "a")}},
		{name: "edit at the last moment", marks: []*mark{edit(alice, 11, window, "a")}, edited: "a"},
		{name: "edit too late", marks: []*mark{edit(alice, 11, window+1, "a")}},
		{name: "edit of another message at this place", marks: []*mark{{kind: markEdit, target: 10, id: content.MessageID{8}, by: alice, seq: 11, data: []byte("a")}}},
		{name: "edit of this id at another place", marks: []*mark{{kind: markEdit, target: 9, id: id, by: alice, seq: 11, data: []byte("a")}}},
		{name: "unsend", marks: []*mark{{kind: markUnsend, target: 10, id: id, by: alice}}, unsent: true},
		{name: "another's unsend", marks: []*mark{{kind: markUnsend, target: 10, id: id, by: bob}}},
		{name: "unsend takes edits and reactions along", marks: []*mark{edit(alice, 11, 5, "a"), react(bob, 12, "x"), {kind: markUnsend, target: 10, id: id, by: alice}}, unsent: true},
		{name: "hidden", marks: []*mark{{kind: markHide, target: 10, by: alice}}, hidden: true},
		{name: "reactions in order of the log", marks: []*mark{react(bob, 13, "y"), react(alice, 12, "x")}, reactions: "xy"},
		{name: "the same reaction twice", marks: []*mark{react(bob, 12, "x"), react(bob, 13, "x")}, reactions: "x"},
		{name: "taken back", marks: []*mark{react(bob, 12, "x"), {kind: markUnreact, target: 10, id: id, by: bob, ref: content.MessageID{12}}}},
		{name: "taken back by another", marks: []*mark{react(bob, 12, "x"), {kind: markUnreact, target: 10, id: id, by: alice, ref: content.MessageID{12}}}, reactions: "x"},
		{name: "reaction whose place is not known", marks: []*mark{{kind: markReact, id: id, by: bob, seq: 12, data: []byte("x")}}, reactions: "x"},
	}
	for _, x := range tests {
		f := effectOf(r, x.marks)
		var reactions string
		for _, m := range f.reactions {
			reactions += string(m.data)
		}
		if string(f.content) != x.edited || f.edited != (x.edited != "") || f.unsent != x.unsent || f.hidden != x.hidden || reactions != x.reactions {
			t.Errorf("%s: edited %q, unsent %v, hidden %v, reactions %q", x.name, f.content, f.unsent, f.hidden, reactions)
		}
	}
}

func TestTargetHint(t *testing.T) {
	for _, n := range []uint64{1, 23, 24, 255, 256, 65535, 65536, 1<<32 - 1, 1 << 32, 1<<63 - 1} {
		salt := content.Salt{1}
		h := content.Header{Salt: salt, Sender: "mimi://h/u/a", Room: "mimi://h/r/b", Other: withTarget(n)}
		m, err := content.NewReaction(h, content.MessageID{1, 2}, "x")
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		again, err := content.Parse(m.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got := targetHint(again); got != n {
			t.Errorf("hint %d came back as %d", n, got)
		}
	}
	m, err := content.NewMessage(content.Header{Sender: "mimi://h/u/a", Room: "mimi://h/r/b"}, content.Text{Text: "x"})
	if err != nil || targetHint(m) != 0 {
		t.Errorf("a message without hint: %v", err)
	}
}
