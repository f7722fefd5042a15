// Command fakepush is a push service on this machine, for tests: it takes what a
// server sends and says so, a line for each wake-up.
//
//	fakepush --cert FILE
//
// prints "ready URL" once FILE holds its certificate, then "woken PATH URGENCY" for
// each push message. It refuses what is no empty push message of RFC 8030.
package main

import (
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
)

func main() {
	cert := flag.String("cert", "", "`FILE` to write the certificate to")
	flag.Parse()
	if *cert == "" {
		fmt.Fprintln(os.Stderr, "fakepush: --cert says where the certificate goes")
		os.Exit(2)
	}
	s := httptest.NewTLSServer(handler(os.Stdout))
	defer s.Close()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(*cert, block, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, "fakepush:", err)
		os.Exit(1)
	}
	fmt.Println("ready", s.URL)
	io.Copy(io.Discard, os.Stdin) // until whoever started it ends
}

// handler takes push messages.
func handler(out io.Writer) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1))
		h := r.Header
		if err != nil || len(body) > 0 || r.Method != http.MethodPost || h.Get("TTL") == "" || !strings.HasPrefix(h.Get("Authorization"), "vapid t=") {
			http.Error(w, "not an empty push message", http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusCreated)
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(out, "woken", r.URL.Path, h.Get("Urgency"))
	})
}
