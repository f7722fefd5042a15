// Package sqlstore is a realm.Store in one SQLite file. Open it, hand it to
// realm.Open, and Close it last.
//
// A write that returned has been synchronised to the disk. Pages that held
// erased secrets are overwritten, in the database and in its write-ahead log;
// what the disk itself keeps of old blocks is beyond this package's reach.
package sqlstore
