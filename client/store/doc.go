// Package store is the contract of a device's storage: an ordered map from
// byte strings to byte strings with atomic, durable writes. It imports no
// driver; package mem, package sqlite and, in a browser, package idb implement
// it, and package storetest holds every implementation to it.
//
// Open an implementation, wrap it with sealed.Open so that nothing legible
// reaches the disk, and make keys with Table:
//
//	inner, err := sqlite.Open(ctx, path)
//	s, err := sealed.Open(ctx, inner, key, rand.Reader)
//
//	pages := store.Table("msg").ID(conversation)
//	var b store.Batch
//	b.Set(pages.Uint64(7).Bytes(), page)
//	err = s.Apply(ctx, &b)
//	err = s.Scan(ctx, pages.Range(), func(key, value []byte) error { … })
//
// A caller that reads, decides and writes states in the batch what it has read
// (RequireAbsent, RequireValue) and starts again at ErrConflict: two processes
// may share a store.
package store
