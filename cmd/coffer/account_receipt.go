package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/internal/plain"
)

// closedObject is a server's receipt for an account that was closed.
type closedObject struct {
	Type      string            `json:"type"`
	Handle    string            `json:"handle"`
	Host      string            `json:"host"`
	Account   string            `json:"account"`
	ChainSeq  uint64            `json:"chainSeq"`
	ChainHash string            `json:"chainHash"`
	Time      string            `json:"time"`
	Erased    map[string]uint64 `json:"erased"`
	Kept      map[string]uint64 `json:"kept"`
	ServerKey string            `json:"serverKey"`
	Path      string            `json:"path"`
	LeftOver  []string          `json:"leftOver"`
}

func closedOf(r *account.Receipt, path string) closedObject {
	o := closedObject{
		Type: "closed", Handle: string(r.Handle), Host: string(r.Host), Account: r.Account.String(), ChainSeq: r.Head.Seq,
		ChainHash: hex.EncodeToString(r.Head.Hash[:]), Time: timestamp(r.ErasedTime()), ServerKey: hex.EncodeToString(r.Key[:]),
		Erased: map[string]uint64{}, Kept: map[string]uint64{}, Path: path, LeftOver: []string{},
	}
	for _, x := range r.Lines {
		if x.Kind.Kept() {
			o.Kept[x.Kind.String()] += x.Count
		} else {
			o.Erased[x.Kind.String()] += x.Count
		}
	}
	return o
}

func (a *app) printReceipt(w io.Writer, r *account.Receipt) {
	fmt.Fprintf(w, "%s has signed that for %s, account %s, it erased on %s:\n",
		plain.Line(string(r.Host)), plain.Line(string(r.Handle)), r.Account, a.dayTime(r.ErasedTime()))
	for _, kept := range []bool{false, true} {
		if kept {
			fmt.Fprintln(w, "and keeps:")
		}
		for _, x := range r.Lines {
			if x.Kind.Kept() == kept && x.Count > 0 {
				word := client.ErasedWords(x.Kind)
				if word == "" {
					word = fmt.Sprintf("of kind %d, which this version does not know", x.Kind)
				}
				fmt.Fprintf(w, "  %8s  %s\n", thousands(int64(x.Count)), word)
			}
		}
	}
	fmt.Fprintf(w, "the server's key: %x\n", r.Key[:])
}

func (a *app) accountReceiptCommand() *cobra.Command {
	var key string
	cmd := a.command(spec{
		use:   "receipt FILE [--key HEX]",
		short: "Verify a receipt that 'coffer account delete' has kept",
		long: `It asks nobody and needs no account. The signature is verified under the key that
the receipt names; with --key that must be the server's that you know. Who signed,
cannot deny it; that nothing was kept in secret, no receipt can prove.`,
		example: `  coffer account receipt receipt.txt`,
		args:    []string{"FILE"},
		run: func(_ context.Context, args []string) error {
			r, err := a.readReceipt(args[0])
			if err != nil {
				return err
			}
			if key != "" && !strings.EqualFold(key, hex.EncodeToString(r.Key[:])) {
				return &fault.Error{Kind: fault.KindIntegrity, Promise: fault.PromiseDeleted, Message: "the receipt is signed with another key than the one given"}
			}
			a.print(closedOf(r, args[0]), func(w io.Writer) { a.printReceipt(w, r) })
			return nil
		},
	})
	cmd.Flags().StringVar(&key, "key", "", "the server's key, 64 hexadecimal `digits`")
	return cmd
}

const (
	receiptBegin = client.ReceiptBegin
	receiptEnd   = client.ReceiptEnd
	maxReceipt   = 4096
)

func (a *app) readReceipt(path string) (*account.Receipt, error) {
	in := a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, usagef("%s", err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxReceipt+1))
	if err != nil {
		return nil, failf(err, "the receipt cannot be read")
	}
	fields := strings.Fields(strings.NewReplacer(receiptBegin, " < ", receiptEnd, " > ").Replace(string(text)))
	if len(text) > maxReceipt || len(fields) < 3 || fields[0] != "<" || fields[len(fields)-1] != ">" {
		return nil, usagef("%s is no receipt", path)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(fields[1:len(fields)-1], ""))
	if err != nil {
		return nil, usagef("%s is no receipt, or damaged", path)
	}
	r, err := account.ParseReceipt(raw)
	if err != nil {
		return nil, &fault.Error{Kind: fault.KindIntegrity, Promise: fault.PromiseDeleted, Message: "the receipt does not verify", Err: err}
	}
	return r, nil
}

// receiptFile is a new file for a receipt; nil is none.
type receiptFile struct{ f *os.File }

// newReceiptFile makes the file before anything happens that it is to prove.
func newReceiptFile(path string) (*receiptFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, usagef("--receipt: %s exists and is not replaced", path)
	}
	if err != nil {
		return nil, usagef("--receipt: %s", err)
	}
	return &receiptFile{f}, nil
}

// drop removes a file into which nothing came.
func (r *receiptFile) drop() error {
	if r == nil {
		return nil
	}
	return errors.Join(r.f.Close(), os.Remove(r.f.Name()))
}

func (r *receiptFile) write(raw []byte) error {
	if r == nil {
		return nil
	}
	_, err := io.WriteString(r.f, client.ReceiptText(raw))
	return errors.Join(err, r.f.Sync(), r.f.Close(), syncFolder(filepath.Dir(r.f.Name())))
}
