package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

// version is set by the linker in a release.
var version = ""

func (a *app) versionCommand() *cobra.Command {
	return a.command(spec{
		use:     "version",
		short:   "Show the version of this program",
		long:    `The protocol is the newest that this program speaks with a server.`,
		example: `  coffer version`,
		run: func(context.Context, []string) error {
			o := versionObject{Type: "version", Version: version, Protocol: client.Protocol, Go: runtime.Version()}
			if info, ok := debug.ReadBuildInfo(); ok {
				if o.Version == "" {
					o.Version = info.Main.Version
				}
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						o.Commit = s.Value
					}
				}
			}
			if o.Version == "" || o.Version == "(devel)" {
				o.Version = "devel"
			}
			a.print(o, func(w io.Writer) {
				fmt.Fprintf(w, "coffer %s, protocol %d, %s\n", o.Version, o.Protocol, o.Go)
			})
			return nil
		},
	})
}
