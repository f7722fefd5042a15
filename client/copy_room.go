package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/store"
)

// maxAutoKept is how many bytes of attachments may be on a device for others to come
// by themselves. A member of a group can name one large file in any number of
// messages, which costs nothing but those; who wants them all asks for them.
const maxAutoKept = 4_000_000_000

// withinRoom drops from a list of copies, the most wanted first, what would lead above
// the bytes that may be here, and returns how many it dropped. What is larger than
// upTo does not come in any case and takes no room.
func withinRoom(list []wantedCopy, here, most, upTo int64) (out []wantedCopy, left int) {
	room := most - here
	out = slices.DeleteFunc(list, func(w wantedCopy) bool {
		switch {
		case w.size > upTo:
			return false // counted by who fetches
		case w.size > room:
			left++
			return true
		}
		room -= w.size
		return false
	})
	return out, left
}

// copiesHere is how many bytes of attachments are on this device. It reads the headers
// of copies, not the copies.
func (e *Engine) copiesHere(ctx context.Context) (n int64, err error) {
	for r, more := tableCopy.Range(), true; more; {
		more = false
		err := e.cfg.Store.Scan(ctx, r, func(key, v []byte) error {
			_, parts, err := store.ParseKey(key)
			if err != nil || len(parts) != 3 {
				return damaged(err, "copy of a file")
			}
			place := parts[2].Ordinal
			if place&0xffffffff == 0 {
				x, err := parseCopied(v)
				if err != nil {
					return damaged(err, "copy of a file")
				}
				n += x.have
			}
			r.From, more = tableCopy.ID(parts[0].ID).Uint64(parts[1].Ordinal).Uint64(place|0xffffffff).End(), true
			return store.ErrStop
		})
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}
