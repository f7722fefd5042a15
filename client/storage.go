package client

import (
	"cmp"
	"context"
	"slices"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/media"
)

// Storage is how much is kept, in bytes, as it was before it was sealed for this
// device's disk.
type Storage struct {
	Conversations []StorageOf // what takes most on this device first
	// On this device, of all conversations and imported histories together.
	Messages, Attachments, Keys, Index int64
	// Server is what the server says it keeps; nil where it could not be asked.
	Server *ServerStorage
}

// Total is what this device keeps.
func (s *Storage) Total() int64 { return s.Messages + s.Attachments + s.Keys + s.Index }

// StorageOf is how much one conversation takes.
type StorageOf struct {
	ID       convo.ID
	Name     string
	Kind     convo.Kind
	Imported bool
	// On this device: messages with what was said of them, copies of attachments, and
	// keys to its history.
	Messages, Attachments, Keys int64
	// At the server: its log, what of it is this account's, and the keys deposited
	// for it. 0 where it could not be asked.
	Log, Own, Deposits int64
}

func (s *StorageOf) here() int64 { return s.Messages + s.Attachments + s.Keys }

// ServerStorage is what the server keeps for the account.
type ServerStorage struct {
	PrivateLog, Chain int64
	// Own is what it has posted into logs, Deposits its keys to them.
	Own, Deposits int64
	// Uploads is what it has sent as attachments that are still shown on this device,
	// sealed. The server itself does not know whose they are.
	Uploads int64
	// MaxFile is the largest attachment that the server takes, sealed. There is no
	// quota beside it.
	MaxFile int64
}

// Storage says what takes how much: here, and at the server where it can be reached.
func (e *Engine) Storage(ctx context.Context) (s Storage, err error) {
	err = e.withAccount(ctx, func() error {
		list, err := e.allConvs(ctx)
		if err != nil {
			return err
		}
		var r *wire.GetAccountStorageResponse
		r, err = e.storageService().GetAccountStorage(ctx, &wire.GetAccountStorageRequest{})
		switch err := fault.FromServer(err); {
		case err == nil:
			s.Server = &ServerStorage{PrivateLog: int64(r.PrivateLog), Chain: int64(r.Chain), MaxFile: int64(r.MaxBlob)}
		case fault.KindOf(err) != fault.KindUnreachable:
			return err
		}
		for i, c := range list {
			if err := e.storageOf(ctx, &s, c); err != nil {
				return err
			}
			e.cfg.Progress(Progress{Task: "storage", Done: int64(i + 1), Total: int64(len(list))})
		}
		if err := e.importedStorage(ctx, &s); err != nil {
			return err
		}
		s.Index, err = e.size(ctx, store.Table("ix"))
		return err
	})
	slices.SortStableFunc(s.Conversations, func(a, b StorageOf) int { return cmp.Compare(b.here(), a.here()) })
	return s, err
}

func (e *Engine) storageService() wire.StorageClient { return wire.StorageClient{Doer: signedIn{e}} }

// size sums up the values and keys below a key.
func (e *Engine) size(ctx context.Context, keys ...store.Key) (n int64, err error) {
	for _, k := range keys {
		err = e.cfg.Store.Scan(ctx, k.Range(), func(key, v []byte) error {
			n += int64(len(key) + len(v))
			return nil
		})
		if err != nil {
			return 0, fault.Failed(err, "the device's store cannot be read")
		}
	}
	return n, nil
}

func (e *Engine) storageOf(ctx context.Context, s *Storage, c *conversation) (err error) {
	x := StorageOf{ID: c.id, Kind: c.st.Kind, Name: c.st.Name}
	if c.st.Kind == convo.Direct {
		x.Name = e.handleOf(ctx, c.st.Peer)
	}
	id := c.id[:]
	if x.Messages, err = e.size(ctx, tablePage.ID(id), tableIDs.ID(id), tableLarge.ID(id), tableMarks.ID(id)); err != nil {
		return err
	}
	if x.Attachments, err = e.size(ctx, tableCopy.ID(id)); err != nil {
		return err
	}
	if x.Keys, err = e.size(ctx, tableEpoch.ID(id), tableGroup.ID(id), tableSender.ID(id), tablePending.ID(id), tablePosition.ID(id), tableList.ID(id)); err != nil {
		return err
	}
	if s.Server != nil {
		r, err := e.storageService().GetConversationStorage(ctx, &wire.GetConversationStorageRequest{Conversation: id})
		switch kind, _ := fault.Refusal(err); {
		case err == nil:
			x.Log, x.Own, x.Deposits = int64(r.Log), int64(r.Own), int64(r.Deposits)
		case kind != wire.ErrorKindNotFound && kind != wire.ErrorKindRemoved: // it has forgotten who was in it
			return fault.FromServer(err)
		}
		uploads, err := e.uploadsIn(ctx, c)
		if err != nil {
			return err
		}
		s.Server.Own, s.Server.Deposits, s.Server.Uploads = s.Server.Own+x.Own, s.Server.Deposits+x.Deposits, s.Server.Uploads+uploads
	}
	s.Messages, s.Attachments, s.Keys = s.Messages+x.Messages, s.Attachments+x.Attachments, s.Keys+x.Keys
	s.Conversations = append(s.Conversations, x)
	return nil
}

// FreeStorage drops copies of attachments from this device: all, or those of one
// conversation where to is not "". The server has them still. It returns how much
// that was.
func (e *Engine) FreeStorage(ctx context.Context, to string) (freed int64, err error) {
	err = e.withAccount(ctx, func() error {
		k := tableCopy
		if to != "" {
			c, thread, err := e.targetAny(ctx, to)
			if err != nil || thread != nil {
				return err
			}
			k = tableCopy.ID(c.id[:])
		}
		if freed, err = e.size(ctx, k); err != nil || freed == 0 {
			return err
		}
		var b store.Batch
		b.DeleteRange(k.Bytes(), k.End())
		return e.apply(ctx, &b)
	})
	return freed, err
}

// uploadsIn sums up what the account has sent as attachments in a conversation.
func (e *Engine) uploadsIn(ctx context.Context, c *conversation) (n int64, err error) {
	list, err := e.wantedCopiesOf(ctx, c, 0, 0)
	for _, w := range list {
		if l, err := media.LayoutOf(w.size); err == nil && w.own {
			n += l.BlobSize()
		}
	}
	return n, err
}

func (e *Engine) importedStorage(ctx context.Context, s *Storage) error {
	list, err := e.importedThreads(ctx)
	if err != nil {
		return err
	}
	for _, t := range list {
		x := StorageOf{ID: t.ID, Kind: t.Kind, Name: t.Name, Imported: true}
		id := t.ID[:]
		if x.Messages, err = e.size(ctx, tableThread.ID(id), tableImported.ID(id), tableImportedIDs.ID(id), tableImportedBig.ID(id)); err != nil {
			return err
		}
		s.Messages += x.Messages
		s.Conversations = append(s.Conversations, x)
	}
	return nil
}
