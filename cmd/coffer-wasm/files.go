//go:build js && wasm

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"syscall/js"
	"time"

	"github.com/coffer-chat/coffer/client"
)

// send sends a text and files: {to, text, replyTo, key, expiry, files: [File],
// keepMetadata}, expiry in seconds.
func send(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	o := client.Outgoing{Text: p.text("text"), Key: p.text("key"), Expiry: time.Duration(p.number("expiry")) * time.Second}
	if id := p.text("replyTo"); id != "" {
		m, err := e.FindMessage(ctx, id)
		if err != nil {
			return nil, err
		}
		o.ReplyTo = m.ID
	}
	for _, f := range p.list("files") {
		o.Files = append(o.Files, client.File{
			Name: f.Get("name").String(), MediaType: f.Get("type").String(),
			Size: int64(f.Get("size").Float()), Content: blob{f},
			KeepMetadata: p.flag("keepMetadata"),
		})
	}
	m, err := e.Send(ctx, p.text("to"), o)
	if err != nil {
		return nil, err
	}
	return messageJSON(m), nil
}

// blob reads a file that the person has chosen, part by part; it never lies in
// memory whole.
type blob struct{ js.Value }

// ReadAt implements client.FileReader.
func (b blob) ReadAt(p []byte, off int64) (int, error) {
	buffer, err := await(b.Call("slice", off, off+int64(len(p))).Call("arrayBuffer"))
	if err != nil {
		return 0, errors.New("the file cannot be read any more")
	}
	n := js.CopyBytesToGo(p, uint8Array.New(buffer))
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// attachment returns one file of a message: {id, index}.
func attachment(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	var b bytes.Buffer
	if _, err := e.SaveAttachment(ctx, p.text("id"), p.number("index"), &b); err != nil {
		return nil, err
	}
	return toJS(b.Bytes()), nil
}
