package client

import (
	"bytes"
	"io"
	"testing"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestCopyLacksAPart: a copy that says it is whole and is not goes, and the file
// comes from the server.
func TestCopyLacksAPart(t *testing.T) {
	for missing := range int64(3) {
		s := newFileServer()
		e, _ := fileDevice(t, s)
		data := fileOf(1_300_000) // three parts
		a, q := attached(t, e, data)
		if err := finish(t, e, q); err != nil {
			t.Fatal(err)
		}
		_, id, _ := blob.ParseURL(a.URL)
		var sealed []byte
		for _, b := range s.blobs {
			sealed = b.data
		}
		here := copyPlace{c: &conversation{id: convo.ID{1}}, seq: 1}
		var b store.Batch
		size := int64(len(sealed))
		b.Set(here.row(0).Bytes(), (&copied{blob: id, size: size, have: size}).append(nil))
		for n := int64(0); n*copyPart < size; n++ {
			if n != missing {
				b.Set(here.row(n+1).Bytes(), sealed[n*copyPart:min((n+1)*copyPart, size)])
			}
		}
		if err := e.cfg.Store.Apply(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		d := download{server: e.unlockedBlobs(e.transport), blob: id, progress: e.cfg.Progress, engine: e, copy: &here}
		if err := d.write(t.Context(), func(int64) io.Writer { return &out }, nil, a.File); err != nil || !bytes.Equal(out.Bytes(), data) {
			t.Errorf("without part %d: %d bytes, %v", missing, out.Len(), err)
		}
		rows, err := store.Collect(t.Context(), e.cfg.Store, tableCopy.Range())
		if err != nil || len(rows) != 0 {
			t.Errorf("without part %d: %d rows are left, %v", missing, len(rows), err)
		}
	}
}
