//go:build !js

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "coffer-wasm: this is built for the browser: GOOS=js GOARCH=wasm, or make web")
	os.Exit(2)
}
