//go:build js && wasm

package main

import (
	"context"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// link is a linking under way, as the page goes through it: a call returns what is
// to be shown or asked next, and the next call brings the answer.
type link struct {
	ctx     context.Context
	cancel  context.CancelFunc
	stages  chan stage
	answers chan string
}

type stage struct {
	json string
	err  error
}

// linkBegin begins: with {handle} this device is the new one, else it lets another
// in. With {ask} the other one shows code and link, and {text} is which, if that is
// known; without it this one shows them.
func linkBegin(_ context.Context, d *device, e *client.Engine, p params) (any, error) {
	ctx, cancel := context.WithCancel(context.Background())
	l := &link{ctx, cancel, make(chan stage, 1), make(chan string, 1)}
	d.mu.Lock()
	before := d.link
	d.link = l
	d.mu.Unlock()
	if before != nil {
		before.cancel()
	}
	var ask client.AskCode
	show := func(s client.LinkShown) { l.put(stage{json: linkShownJSON(s)}) }
	if text := p.text("text"); p.flag("ask") {
		show = nil
		ask = func(ctx context.Context, left int) (string, error) {
			first := text
			if text = ""; first != "" {
				return first, nil
			}
			return l.ask(ctx, newObject("link").text("stage", "ask").number("left", int64(left)).end())
		}
	}
	go func() {
		var last stage
		if handle := p.text("handle"); handle != "" {
			_, last.err = e.Link(ctx, client.JoinOptions{Server: d.origin, Handle: handle, Ask: ask, Show: show})
			last.json = newObject("link").text("stage", "restored").end()
		} else {
			_, last.err = e.LinkDevice(ctx, client.LinkOptions{Ask: ask, Show: show, Confirm: func(ctx context.Context, r client.LinkRequest) (bool, error) {
				answer, err := l.ask(ctx, linkRequestJSON(r))
				return answer == "yes", err
			}})
			last.json = newObject("link").text("stage", "done").end()
		}
		l.put(last)
	}()
	return l.next()
}

// linkNext brings {answer}, where something was asked, and waits for what is next.
func linkNext(_ context.Context, d *device, _ *client.Engine, p params) (any, error) {
	d.mu.Lock()
	l := d.link
	d.mu.Unlock()
	if l == nil {
		return nil, &fault.Error{Kind: fault.KindUsage, Message: "no device is being linked"}
	}
	if answer := p.text("answer"); answer != "" {
		select {
		case l.answers <- answer:
		default: // said twice
		}
	}
	return l.next()
}

// linkEnd gives up.
func linkEnd(_ context.Context, d *device, _ *client.Engine, _ params) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.link != nil {
		d.link.cancel()
		d.link = nil
	}
	return done(nil)
}

func (l *link) put(s stage) {
	select {
	case l.stages <- s:
	case <-l.ctx.Done():
	}
}

// ask asks, and takes no answer that was given before.
func (l *link) ask(ctx context.Context, json string) (string, error) {
	select {
	case <-l.answers:
	default:
	}
	l.put(stage{json: json})
	select {
	case a := <-l.answers:
		return a, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (l *link) next() (any, error) {
	select {
	case s := <-l.stages:
		if s.err != nil {
			return nil, s.err
		}
		return s.json, nil
	case <-l.ctx.Done():
		return nil, &fault.Error{Kind: fault.KindRefused, Message: "nothing was linked"}
	}
}
