// Package idb is a store in a browser's IndexedDB. Start with Open; package
// storetest holds it to the contract, in a real browser (make web-test).
//
// Keys are IndexedDB's binary keys, whose order is that of bytes.Compare;
// values are byte arrays. An Apply is one transaction of durability "strict".
// Several tabs may have the same database open. A browser may throw a whole
// database away at any time: that store is closed from then on, and the next
// Open finds an empty one.
//
// It is built for js/wasm only. Its methods wait for the browser's events, so
// they are called from goroutines of their own, never from within a callback
// that JavaScript waits for.
package idb
