package devices

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

var errNoMailbox = fail.Kind(fail.NotFound, "this mailbox is not open, or no longer: begin to link anew")

// OpenLink implements the service. Opening a mailbox that is open is allowed to
// the device that opened it.
func (s *Service) OpenLink(ctx context.Context, req *connect.Request[cofferv1.OpenLinkRequest]) (*connect.Response[cofferv1.OpenLinkResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	id, err := mailboxID(req.Msg.GetMailbox())
	if err != nil {
		return nil, err
	}
	if wait, ok := s.opened.Take(string(caller.Account[:]), 1); !ok {
		return nil, fail.RetryAfter(wait, "too many devices were linked: wait")
	}
	now := s.NowMS()
	m := store.LinkMailbox{ID: id, Device: caller.Keyholder, CreatedMS: now, ExpiresMS: now + uint64(linkLife.Milliseconds())}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		list, err := tx.Links()
		if err != nil {
			return err
		}
		open := 0
		for _, old := range list {
			if old.ID == id {
				if old.Device != caller.Keyholder {
					return fail.Kind(fail.Exists, "another device opened this mailbox")
				}
				m.ExpiresMS = old.ExpiresMS
				return nil
			}
			// A device links one other at a time.
			if old.ExpiresMS <= now || old.Device == caller.Keyholder {
				if err := tx.DropLink(old.ID); err != nil {
					return err
				}
			} else {
				open++
			}
		}
		if open >= maxLinks {
			return fail.Kind(fail.Quota, "too many devices of this account link others at once")
		}
		return tx.PutLink(m)
	})
	return answer(&cofferv1.OpenLinkResponse{ExpiresMs: m.ExpiresMS}, err)
}

// CloseLink implements the service.
func (s *Service) CloseLink(ctx context.Context, req *connect.Request[cofferv1.CloseLinkRequest]) (*connect.Response[cofferv1.CloseLinkResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	id, err := mailboxID(req.Msg.GetMailbox())
	if err != nil {
		return nil, err
	}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error { return tx.DropLink(id) })
	s.Bus.Publish(caller.Account)
	return answer(&cofferv1.CloseLinkResponse{}, err)
}

// FindLinks implements the service. It tells whoever knows a handle that a
// device is being linked; what a mailbox is good for it does not give.
func (s *Service) FindLinks(ctx context.Context, req *connect.Request[cofferv1.FindLinksRequest]) (*connect.Response[cofferv1.FindLinksResponse], error) {
	if err := s.stranger(ctx); err != nil {
		return nil, err
	}
	handle, err := account.ParseHandle(req.Msg.GetHandle())
	if err != nil {
		return nil, fail.Kind(fail.Malformed, "a handle has 1 to 32 of a-z, 0-9, dot, underscore and hyphen")
	}
	unknown := fail.Kind(fail.NotFound, "nobody of that name has an account here")
	row, err := s.Store.Handle(ctx, string(handle))
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	m := &cofferv1.FindLinksResponse{Account: row.Account[:]}
	err = s.Store.ViewAccount(ctx, row.Account, func(v store.AccountView) error {
		if _, err := v.Account(); err != nil {
			return err
		}
		list, err := v.Links()
		for _, x := range list {
			if x.ExpiresMS > s.NowMS() {
				m.Mailboxes = append(m.Mailboxes, x.ID[:])
			}
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknown
	}
	return answer(m, err)
}

// isOpen returns errNoMailbox unless the account has that mailbox open.
func (s *Service) isOpen(v store.AccountView, id [16]byte) error {
	list, err := v.Links()
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.ID == id && m.ExpiresMS > s.NowMS() {
			return nil
		}
	}
	return errNoMailbox
}
