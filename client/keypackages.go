package client

import (
	"context"
	"errors"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/mls"
)

const (
	keyPackagesWanted = 20
	keyPackagesLeast  = 10
	// keyPackageLife is how long a key package may be used.
	keyPackageLife = 90 * 24 * time.Hour
)

// keyLastResort names the key package of last resort, which may be used more than
// once and is therefore kept.
var keyLastResort = store.Table("kl").Uint64(0)

// refreshKeyPackages keeps enough key packages of this device at the server, so
// that others can add it while it is away. Their private keys are on disk before
// the server hears of them.
func (e *Engine) refreshKeyPackages(ctx context.Context) error {
	err := e.publishKeyPackages(ctx)
	if kind, _ := fault.Refusal(err); kind != wire.ErrorKindInvalid {
		return fault.FromServer(err)
	}
	// Their lifetimes may be those of a wrong clock.
	if off, skewErr := e.measureSkew(ctx); skewErr != nil || !off {
		return fault.FromServer(errors.Join(skewErr, err))
	}
	return fault.FromServer(e.publishKeyPackages(ctx))
}

func (e *Engine) publishKeyPackages(ctx context.Context) error {
	count, err := e.account().CountKeyPackages(ctx, &wire.CountKeyPackagesRequest{})
	if err != nil {
		return err
	}
	if count.Available >= keyPackagesLeast && count.LastResort {
		return nil
	}
	var b store.Batch
	req := &wire.PublishKeyPackagesRequest{}
	for range keyPackagesWanted - min(count.Available, keyPackagesWanted) {
		m, _, err := e.newKeyPackage(&b)
		if err != nil {
			return err
		}
		req.KeyPackages = append(req.KeyPackages, m)
	}
	if !count.LastResort {
		var ref []byte
		if req.LastResort, ref, err = e.newKeyPackage(&b); err != nil {
			return err
		}
		b.Set(keyLastResort.Bytes(), ref)
	}
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	_, err = e.account().PublishKeyPackages(ctx, req)
	return err
}

// newKeyPackage makes a key package and adds its private keys to a batch.
func (e *Engine) newKeyPackage(b *store.Batch) (message, ref []byte, err error) {
	leaf, err := e.newLeaf(e.suite())
	if err != nil {
		return nil, nil, err
	}
	now := e.serverNow()
	bundle, err := mls.NewKeyPackage(e.cfg.Rand, mls.KeyPackageParams{Suite: e.suite(), Leaf: leaf, Lifetime: mls.Lifetime{
		NotBefore: uint64(now.Add(-24 * time.Hour).Unix()), NotAfter: uint64(now.Add(keyPackageLife).Unix()),
	}})
	if err != nil {
		return nil, nil, fault.Failed(err, "a key package cannot be made")
	}
	v, err := bundle.MarshalBinary()
	if err != nil {
		return nil, nil, fault.Failed(err, "a key package cannot be made")
	}
	ref = bundle.KeyPackage.Ref()
	b.Set(tableKeyPkg.ID(ref).Bytes(), v)
	return bundle.KeyPackage.Message(), ref, nil
}
