package client

import (
	"bytes"
	"context"
	"strings"

	"github.com/coffer-chat/coffer/client/cloud"
	"github.com/coffer-chat/coffer/core/account"
)

// keptPrefix begins the place of a cloud key whose file the person keeps where no
// program knows: on a stick, in a cloud that only a browser reaches. The file's
// name follows. No folder's absolute path begins like this.
const keptPrefix = "file:"

// AddCloudFile makes a cloud key whose file is handed to the person, to be kept
// anywhere but at the server. Whoever comes back brings the file, under any name.
func (e *Engine) AddCloudFile(ctx context.Context, password []byte) (k Keyholder, name string, content []byte, err error) {
	hand := &handPlace{}
	err = e.withAccount(ctx, func() error {
		if err := e.syncPrivate(ctx); err != nil {
			return err
		}
		if len(password) > 0 {
			if err := e.ownPassword(ctx, password); err != nil {
				return err
			}
		}
		k, err = e.addCloud(ctx, hand, "", len(password) > 0)
		return err
	})
	return k, hand.name, hand.content, err
}

// handPlace holds one file in memory, on its way to or from the person.
type handPlace struct {
	name    string
	content []byte
}

func (h *handPlace) List(context.Context) ([]string, error) {
	if h.name == "" {
		return nil, nil
	}
	return []string{h.name}, nil
}

func (h *handPlace) Read(_ context.Context, name string) ([]byte, error) {
	switch {
	case name != h.name || name == "":
		return nil, cloud.ErrMissing
	case len(h.content) > cloud.MaxFile:
		return nil, cloud.ErrTooLarge
	}
	return bytes.Clone(h.content), nil
}

func (h *handPlace) Write(_ context.Context, name string, content []byte) error {
	h.name, h.content = name, bytes.Clone(content)
	return nil
}

func (h *handPlace) Delete(context.Context, string) error {
	clear(h.content)
	h.name, h.content = "", nil
	return nil
}

// cloudSource is where an account's cloud key is looked for: in a file that the
// person has chosen, whatever it is called by now, or in a place.
func (e *Engine) cloudSource(file []byte, place string, id account.ID) (cloud.Place, string, error) {
	if len(file) > 0 {
		return &handPlace{name: account.CloudFilePrefix(id) + "chosen", content: file}, "this file", nil
	}
	return e.openPlace(place)
}

// keptByHand reports whether the file of a cloud key is in the person's own hands.
func keptByHand(place string) bool { return strings.HasPrefix(place, keptPrefix) }
