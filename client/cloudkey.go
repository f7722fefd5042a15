package client

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/cloud"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/payload"
)

// recovery returns the recovery service. Calls made through it sign in again once
// where the session is over.
func (e *Engine) recovery() wire.RecoveryClient { return wire.RecoveryClient{Doer: signedIn{e}} }

// CloudOptions say where to keep the cloud's half of a key.
type CloudOptions struct {
	// Place is a folder, or rclone:REMOTE:PATH.
	Place string
	// Password, where given, is the sign-in password: whoever comes back with the
	// file then needs it, too. An account without one gets it.
	Password []byte
}

// AddCloud keeps half of a new key in a third party's cloud and the other half at
// the server, and adds the key as a way back in. Earlier ones that were kept in
// the same place are removed.
func (e *Engine) AddCloud(ctx context.Context, o CloudOptions) (Keyholder, error) {
	var out Keyholder
	err := e.withAccount(ctx, func() error {
		place, at, err := e.openPlace(o.Place)
		if err != nil {
			return err
		}
		if err := e.syncPrivate(ctx); err != nil {
			return err
		}
		if len(o.Password) > 0 {
			if err := e.ownPassword(ctx, o.Password); err != nil {
				return err
			}
		}
		if out, err = e.addCloud(ctx, place, at, len(o.Password) > 0); err != nil {
			return err
		}
		return e.replaceCloud(ctx, place, at, out.ID)
	})
	return out, err
}

// openPlace opens a place and returns its one spelling.
func (e *Engine) openPlace(text string) (cloud.Place, string, error) {
	if e.cfg.Cloud == nil {
		return nil, "", fault.Usage("files in a cloud cannot be reached from here")
	}
	place, at, err := e.cfg.Cloud(text)
	if errors.Is(err, cloud.ErrPlace) {
		return nil, "", fault.Usage("%q is no place for a key: give a folder, or rclone:REMOTE:PATH with a remote of rclone's configuration", text)
	}
	if err != nil {
		return nil, "", fault.Failed(err, "the cloud cannot be used")
	}
	return place, at, nil
}

// fromCloud turns the error of a place into one for people.
func fromCloud(err error, at string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, cloud.ErrMissing):
		return fault.Usage("%s is not there; is the drive mounted, or the name right?", at)
	case errors.Is(err, cloud.ErrTimeout):
		return &fault.Error{Kind: fault.KindUnreachable, Message: "the cloud does not answer; try again later, or give it longer with --timeout", Err: err}
	}
	return fault.Failed(err, "the cloud at %s cannot be used", at)
}

// addCloud files both halves and only then appends the keyholder, so that a key
// in the chain has both.
func (e *Engine) addCloud(ctx context.Context, place cloud.Place, at string, password bool) (Keyholder, error) {
	half, err := account.NewCloudHalf(e.cfg.Rand)
	if err != nil {
		return Keyholder{}, fault.Failed(err, "no randomness")
	}
	defer half.Erase()
	server := make([]byte, account.CloudHalfSize)
	if err := e.random(server); err != nil {
		return Keyholder{}, err
	}
	defer clear(server)
	holder, err := half.Keyholder(e.self.id, server)
	if err != nil {
		return Keyholder{}, fault.Failed(err, "the cloud key cannot be made")
	}
	defer holder.Erase()
	name, content := account.CloudFileName(e.self.id, holder.ID()), half.CloudFile(e.self.id, holder.ID())
	if at == "" {
		at = keptPrefix + name
	}
	defer clear(content)
	if err := writeAndRead(ctx, place, name, content); err != nil {
		return Keyholder{}, fromCloud(err, at)
	}
	k, err := e.fileCloud(ctx, holder, account.CloudRecord{
		Keyholder: holder.ID(), Proof: half.ProofKey(e.self.id), Half: server, Password: password,
	}, at)
	if kind := fault.KindOf(err); err != nil && (kind == fault.KindRefused || kind == fault.KindUsage) {
		// Nothing came of it. After every other failure the entry may stand: then the
		// file stays, and goes with the next key if it was for nothing.
		if _, listed := e.self.chain.Keyholder(holder.ID()); !listed {
			err = errors.Join(err, place.Delete(context.WithoutCancel(ctx), name))
		}
	}
	return k, err
}

// writeAndRead is sure that a file is there.
func writeAndRead(ctx context.Context, place cloud.Place, name string, content []byte) error {
	if err := place.Write(ctx, name, content); err != nil {
		return err
	}
	got, err := place.Read(ctx, name)
	defer clear(got)
	if err == nil && !bytes.Equal(got, content) {
		err = errors.New("what was written does not come back")
	}
	if err != nil {
		return errors.Join(err, place.Delete(context.WithoutCancel(ctx), name))
	}
	return nil
}

func (e *Engine) fileCloud(ctx context.Context, holder *account.KeyholderSecret, r account.CloudRecord, at string) (Keyholder, error) {
	if _, err := e.recovery().PutCloudRecord(ctx, &wire.PutCloudRecordRequest{Record: r.Marshal()}); err != nil {
		return Keyholder{}, fault.FromServer(err)
	}
	k, err := e.addKeyholder(ctx, holder, "cloud", account.RealmSet{})
	if err != nil {
		return k, err
	}
	k.Place = at
	return k, e.appendPrivate(ctx, payload.Payload{Kind: payload.KindCloud, Body: (&payload.CloudPlace{Keyholder: k.ID, Place: at}).Bytes()})
}

// replaceCloud removes the keys that were kept in the same place before, as their
// files or the private log say: first from the chain, and then the files of keys
// that the chain does not have.
func (e *Engine) replaceCloud(ctx context.Context, place cloud.Place, at string, keep account.KeyholderID) error {
	names, err := place.List(ctx)
	if err != nil {
		return fromCloud(err, at)
	}
	var old []account.KeyholderID
	for _, k := range e.keyholders(func(k account.Kind) bool { return k == account.KindCloud }) {
		p, err := e.cloudPlaceOf(ctx, k.ID)
		if err != nil {
			return err
		}
		here := p == at || slices.Contains(names, account.CloudFileName(e.self.id, k.ID))
		if here && k.ID != keep {
			old = append(old, k.ID)
		}
	}
	if len(old) > 0 {
		if err := e.removeKeyholders(ctx, account.ReasonLost, old); err != nil {
			return err
		}
	}
	return fromCloud(e.sweepCloud(ctx, place), at)
}

// sweepCloud deletes this account's files whose key is no way in.
func (e *Engine) sweepCloud(ctx context.Context, place cloud.Place) error {
	names, err := place.List(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		text, mine := strings.CutPrefix(name, account.CloudFilePrefix(e.self.id))
		id, err := account.ParseKeyholderID(strings.TrimSuffix(text, ".half"))
		if !mine || err != nil || name != account.CloudFileName(e.self.id, id) || e.self.chain.ActiveAt(id, e.self.chain.Head().Seq) {
			continue
		}
		if err := place.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// dropCloud deletes the file of a key that has been removed from the chain.
func (e *Engine) dropCloud(ctx context.Context, id account.KeyholderID) error {
	text, err := e.cloudPlaceOf(ctx, id)
	if err != nil {
		return err
	}
	if text == "" {
		return fault.Failed(nil, "the way back is removed and its file opens nothing any more, but where the file is nobody has noted: delete %s yourself",
			account.CloudFileName(e.self.id, id))
	}
	if keptByHand(text) {
		return nil // it opens nothing any more, and only the person can delete it
	}
	place, at, err := e.openPlace(text)
	if err == nil {
		err = fromCloud(place.Delete(ctx, account.CloudFileName(e.self.id, id)), at)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return fault.Failed(err, "the way back is removed and its file opens nothing any more, but it could not be deleted: delete %s in %s yourself",
			account.CloudFileName(e.self.id, id), text)
	}
	return err
}

// cloudFiles reads the account's files of a place, the damaged ones left out.
func cloudFiles(ctx context.Context, place cloud.Place, id account.ID) (halves []cloudFile, damaged int, err error) {
	names, err := place.List(ctx)
	if err != nil {
		return nil, 0, err
	}
	slices.Sort(names)
	for _, name := range names {
		if !strings.HasPrefix(name, account.CloudFilePrefix(id)) || len(halves)+damaged == maxCloudFiles {
			continue
		}
		content, err := place.Read(ctx, name)
		if err != nil && !errors.Is(err, cloud.ErrTooLarge) {
			return nil, 0, err
		}
		half, keyholder, err := account.ParseCloudFile(content, id)
		clear(content)
		if err != nil {
			damaged++
			continue
		}
		halves = append(halves, cloudFile{half, keyholder})
	}
	return halves, damaged, nil
}

// maxCloudFiles is how many files of an account are looked at.
const maxCloudFiles = 16

type cloudFile struct {
	half      *account.CloudHalf
	keyholder account.KeyholderID
}
