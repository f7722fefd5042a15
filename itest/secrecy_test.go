package itest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// TestServerHoldsNothing: after a scenario with everything in it, neither the
// server's folder nor what it and the realms logged holds a text, name, PIN,
// code or password of it, in whatever encoding.
func TestServerHoldsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	alice.withPIN()
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	photo := bytes.Repeat([]byte("bytes of a photograph "), 10_000)
	secrets := map[string]string{
		"PIN": testPIN, "password": testPassword, "code": code, "code without dashes": strings.ReplaceAll(code, "-", ""),
		"part of the code": code[:9], "device's name": "alice's phone", "new device's name": "alice's tablet",
		"text": "meet me under the clock", "edited text": "meet me under the bridge", "unsent text": "forget that I said this",
		"group's name": "conspirators of tuesday", "reaction": "🦩", "reply": "by the old lighthouse",
		"file's name": "holiday in brittany.jpg", "file's bytes": "bytes of a photograph",
		"imported or not": "search for this word", "wrong PIN": "wrong-PIN",
	}
	m := alice.say("bob", secrets["text"])
	_, err = alice.Edit(w.ctx, m.ID.String(), secrets["edited text"])
	w.must(err)
	bob.sync()
	reply, err := bob.Send(w.ctx, "alice", client.Outgoing{Text: secrets["reply"], ReplyTo: m.ID})
	w.must(err)
	w.must(bob.React(w.ctx, m.ID.String(), secrets["reaction"], false))
	gone := bob.say("alice", secrets["unsent text"])
	w.must(bob.Unsend(w.ctx, gone.ID.String()))
	_, err = alice.GroupCreate(w.ctx, secrets["group's name"], []string{"bob", "carol"})
	w.must(err)
	carol.sync()
	_, err = carol.Send(w.ctx, "#"+secrets["group's name"], client.Outgoing{Text: "look", Files: []client.File{{
		Name: secrets["file's name"], MediaType: "image/jpeg", Size: int64(len(photo)), Content: bytes.NewReader(photo),
	}}})
	w.must(err)
	alice.sync()
	w.must(alice.DeleteForMe(w.ctx, reply.ID.String()))
	_, err = alice.Search(w.ctx, strings.Fields(secrets["imported or not"]), "")
	w.must(err)
	_, _, err = w.restorePIN("alice", secrets["wrong PIN"])
	w.refused(err, fault.KindWrongSecret)
	_, _, err = w.restorePIN("alice", testPIN)
	w.must(err)
	_, _, err = w.restoreCode("alice", code)
	w.must(err)

	w.stop() // so that everything is on disk
	held := map[string][]byte{"the log": []byte(w.log.String())}
	w.must(filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			held[path], err = os.ReadFile(path)
		}
		return err
	}))
	w.start()
	if len(held) < 2 {
		t.Fatalf("there is nothing to search: %d files", len(held))
	}
	hit := 0
	for where, b := range held {
		if bytes.Contains(b, []byte("carol")) { // handles are the server's to know
			hit++
		}
		for what, s := range secrets {
			for encoding, needle := range encodings(s) {
				if bytes.Contains(b, needle) {
					t.Errorf("%s holds the %s (%s)", filepath.Base(where), what, encoding)
				}
			}
		}
	}
	if hit == 0 {
		t.Error("the search finds nothing at all, not even a handle")
	}
}

// encodings returns the forms in which a text might lie in a file.
func encodings(s string) map[string][]byte {
	utf16 := make([]byte, 0, 2*len(s))
	for _, c := range []byte(s) {
		utf16 = append(utf16, c, 0)
	}
	b := []byte(s)
	// What lies inside a longer base64 text, whatever comes before.
	inner := []byte(base64.RawStdEncoding.EncodeToString(b[:len(b)-len(b)%3]))
	return map[string][]byte{
		"as it is": b, "in hexadecimal": []byte(hex.EncodeToString(b)), "in base64": inner, "in UTF-16": utf16,
	}
}
