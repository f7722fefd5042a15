// Package web is the web client as files: what make web has built, embedded in
// cofferd. Without a build (it takes Node) there is only a mark in dist, and
// Built reports false.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns the built files, by their path on the server.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is there, or this does not compile
	}
	return sub
}

// Built reports whether the web client is among the files.
func Built() bool {
	_, err := fs.Stat(Files(), "index.html")
	return err == nil
}
