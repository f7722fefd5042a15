// Package store says what the server needs of its database. It imports no
// driver; package sqlstore is the implementation in SQL, and package storetest
// the suite that every implementation passes.
//
// # The one-key rule
//
// Every transaction touches rows of one key only: an account, a conversation,
// a handle or an invitation. The interface makes it so: who has an AccountTx can
// reach nothing but that account. What crosses keys, the index of an account's
// conversations, is written afterwards, from an outbox that the conversation's
// transaction wrote to (Wake). So a database that is split by key can hold it,
// and readers must tolerate that an index lags.
//
// # What an acknowledgement means
//
// When Update… returns nil, what the function did is on disk. Transactions of
// many callers may share one write to disk.
//
// # Rules for functions
//
// A function given to View… or Update… must not call the Store, must not keep
// what it was handed, and must be quick: it may hold up all writers. Functions
// given to Update… may be run again from the start, so what they change outside
// they must set, not add to. An error that they return undoes all that they did
// and is returned as it is.
package store
