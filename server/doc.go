// Package server is a Coffer server to embed: the account and conversation
// services, and attachments, as one http.Handler.
//
//	db, err := sqlstore.OpenSQLite(ctx, "coffer.db")
//	blobs, err := fs.Open("blobs")
//	s, err := server.New(ctx, server.Config{Store: db, Blobs: blobs, Host: "chat.example"})
//	go s.Run(ctx)
//	err = http.Serve(listener, s.Handler())
//
// Run carries news to who waits and erases what is over; it ends with its
// context. The caller then closes store and blobs. One Server may run on a store
// at a time.
//
// The server cannot read messages. What it checks, and what it therefore knows,
// is said in SECURITY.md.
package server
