// Package sqlstore is a store.Store in an SQL database. Start with OpenSQLite.
//
// There is one set of statements for all databases; what differs stands in a
// dialect (dialect.go). Every table leads with the key of the one-key rule, so a
// database that is split by key keeps each transaction in one place.
//
// Transactions of many callers share one write to disk: one goroutine runs them,
// each in a savepoint of its own, and answers when the whole group is on disk.
package sqlstore
