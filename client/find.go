package client

import (
	"context"
	"slices"
	"strings"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// FindConversation returns the conversation that a text means: a handle, #NAME
// for a group, or a conversation id, which may be shortened to what is unique.
func (e *Engine) FindConversation(ctx context.Context, to string) (Conversation, error) {
	var s Conversation
	err := e.withAccount(ctx, func() error {
		c, thread, err := e.targetAny(ctx, to)
		if err != nil {
			return err
		}
		if thread != nil {
			s = *thread
			return nil
		}
		s, err = e.summary(ctx, c)
		return err
	})
	return s, err
}

// target finds a conversation that takes messages.
func (e *Engine) target(ctx context.Context, to string) (*conversation, error) {
	c, thread, err := e.targetAny(ctx, to)
	if thread != nil {
		return nil, fault.Usage("an imported conversation takes no messages; write to the person's handle")
	}
	return c, err
}

// targetAny finds a conversation, or a thread of an imported history. One with a
// handle may not have begun yet. What is not known here is looked for on the
// server once.
func (e *Engine) targetAny(ctx context.Context, to string) (*conversation, *Conversation, error) {
	if to == "" {
		return nil, nil, fault.Usage("name a handle, a #group or a conversation")
	}
	c, thread, err := e.targetHere(ctx, to)
	if c != nil || thread != nil || err != nil {
		return c, thread, err
	}
	var byHandle error
	if !strings.HasPrefix(to, "#") {
		if c, err := e.begunBy(ctx, to); c != nil || err != nil {
			return c, nil, err
		}
		c, byHandle = e.targetHandle(ctx, to)
		if kind := fault.KindOf(byHandle); c != nil || kind != fault.KindUsage && kind != fault.KindRefused {
			return c, nil, byHandle
		}
		if len(to) < minIDPrefix {
			return nil, nil, byHandle
		}
	}
	pulled := e.pull(ctx)
	if c, thread, err := e.targetHere(ctx, to); c != nil || thread != nil || err != nil {
		return c, thread, err
	}
	if pulled != nil && fault.KindOf(pulled) == fault.KindUnreachable {
		return nil, nil, pulled
	}
	if byHandle != nil {
		return nil, nil, byHandle
	}
	return nil, nil, fault.Usage("there is no group or conversation %q here; coffer list shows them", to)
}

// minIDPrefix is the least of a conversation id that may stand for it.
const minIDPrefix = 4

// targetHere looks among what this device knows.
func (e *Engine) targetHere(ctx context.Context, to string) (*conversation, *Conversation, error) {
	if id, err := convo.ParseID(to); err == nil { // no handle is that long: a look-up instead of a search
		if c, err := e.conv(ctx, id); c != nil || err != nil {
			return c, nil, err
		}
	}
	list, err := e.allConvs(ctx)
	if err != nil {
		return nil, nil, err
	}
	var found []*conversation
	var choices []string
	for _, c := range list {
		if e.named(ctx, c, to) {
			return c, nil, nil // names of imported threads come second
		}
		if isPrefix(c.id, to) {
			found = append(found, c)
			choices = append(choices, c.id.String()[:12]+" "+e.label(ctx, c))
		}
	}
	all, err := e.importedThreads(ctx)
	if err != nil {
		return nil, nil, err
	}
	var threads []*Conversation
	for i := range all {
		t := &all[i]
		if isPrefix(t.ID, to) || strings.EqualFold(t.Name, to) || strings.EqualFold("#"+t.Name, to) {
			threads = append(threads, t)
			choices = append(choices, t.ID.String()[:12]+" "+t.Name)
		}
	}
	switch {
	case len(choices) > 1:
		slices.Sort(choices)
		return nil, nil, &fault.Error{Kind: fault.KindUsage, Message: "this could be several conversations; use an id", Choices: choices}
	case len(found) == 1:
		return found[0], nil, nil
	case len(threads) == 1:
		return nil, threads[0], nil
	}
	return nil, nil, nil
}

func isPrefix(id convo.ID, to string) bool {
	return len(to) >= minIDPrefix && strings.HasPrefix(id.String(), strings.ToLower(to))
}

// label is what a conversation is called: a handle or #NAME.
func (e *Engine) label(ctx context.Context, c *conversation) string {
	if c.st.Kind == convo.Direct {
		return e.handleOf(ctx, c.st.Peer)
	}
	return "#" + c.st.Name
}

func (e *Engine) named(ctx context.Context, c *conversation, to string) bool {
	if c.st.Kind == convo.Group {
		return strings.HasPrefix(to, "#") && strings.EqualFold(c.st.Name, to[1:])
	}
	if c.st.Kind != convo.Direct {
		return false
	}
	// A handle means the account that it was pinned to, whoever else claims it.
	handle := strings.ToLower(strings.TrimPrefix(to, "im:"))
	pinned, err := e.get(ctx, tableContact.ID([]byte(handle)))
	if err == nil && pinned != nil {
		return string(pinned) == string(c.st.Peer[:])
	}
	return e.handleOf(ctx, c.st.Peer) == handle
}

// targetHandle resolves a handle to the conversation with its account, which
// begins with the first message.
func (e *Engine) targetHandle(ctx context.Context, to string) (*conversation, error) {
	peer, _, err := e.resolve(ctx, to)
	if err != nil {
		return nil, err
	}
	id := convo.DirectID(string(e.self.host), e.self.id, peer)
	c, err := e.conv(ctx, id)
	if c != nil || err != nil {
		return c, err
	}
	return e.newConv(ctx, id, convo.Direct, peer)
}
