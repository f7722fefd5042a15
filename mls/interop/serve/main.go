// Serve offers package mls to the runner of the official MLS interoperability
// harness. See ../README.md.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/coffer-chat/coffer/mls/interop"
	"github.com/coffer-chat/coffer/mls/interop/wire"
)

func main() {
	port := flag.Uint("port", 50001, "port on the loopback interface; 0 chooses one")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "Answers the runner of the MLS interoperability harness over gRPC, until interrupted.\nIt gives away private keys: for tests only.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(*port); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func run(port uint) error {
	if flag.NArg() > 0 {
		return errors.New("takes no arguments; see -help")
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	g := wire.NewServer(&interop.Server{})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() { // ends with the process
		<-stop
		g.Stop()
	}()
	fmt.Println("ready", l.Addr())
	return g.Serve(l)
}
