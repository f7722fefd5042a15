//go:build never

package coffer

import (
	_ "connectrpc.com/connect"
	_ "filippo.io/edwards25519"
	_ "github.com/cloudflare/circl/hpke"
	_ "github.com/fxamacker/cbor/v2"
	_ "github.com/gtank/ristretto255"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/spf13/cobra"
	_ "golang.org/x/crypto/argon2"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/term"
	_ "google.golang.org/protobuf/proto"
	_ "google.golang.org/protobuf/encoding/protowire"
	_ "modernc.org/sqlite"
	_ "github.com/prometheus/client_golang/prometheus"
	_ "golang.org/x/image/draw"
)
