package voprf

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type suite struct {
	Identifier string   `json:"identifier"`
	Mode       Mode     `json:"mode"`
	Seed       string   `json:"seed"`
	KeyInfo    string   `json:"keyInfo"`
	SkSm       string   `json:"skSm"`
	PkSm       string   `json:"pkSm"`
	Vectors    []vector `json:"vectors"`
}

type vector struct {
	Batch                                                   int
	Blind, BlindedElement, EvaluationElement, Input, Output string
	Proof                                                   struct{ Proof, R string }
}

// vectorsFile finds the published vectors beside the repository.
func vectorsFile(t *testing.T) []byte {
	t.Helper()
	root := os.Getenv("COFFER_VECTORS")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for ; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				root = filepath.Join(filepath.Dir(dir), "shared", "vectors")
				break
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	data, err := os.ReadFile(filepath.Join(root, "voprf", "allVectors.json"))
	if os.IsNotExist(err) {
		t.Skip("not run: the RFC 9497 vectors are not here; set COFFER_VECTORS to a folder that holds voprf/allVectors.json")
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func unhex(t *testing.T, s string) [][]byte {
	t.Helper()
	var out [][]byte
	for _, part := range strings.Split(s, ",") {
		b, err := hex.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func scalar(t *testing.T, b []byte) *Scalar {
	t.Helper()
	s, err := DecodeScalar(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s = %x, want %x", what, got, want)
	}
}

func TestPublishedVectors(t *testing.T) {
	var suites []suite
	if err := json.Unmarshal(vectorsFile(t), &suites); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, s := range suites {
		if s.Identifier != Identifier || s.Mode > VOPRF {
			t.Logf("not run: %s mode %d is not implemented", s.Identifier, s.Mode)
			continue
		}
		k, public, err := s.Mode.DeriveKeyPair(unhex(t, s.Seed)[0], unhex(t, s.KeyInfo)[0])
		if err != nil {
			t.Fatal(err)
		}
		same(t, "skSm", k.Bytes(), unhex(t, s.SkSm)[0])
		if s.Mode == VOPRF {
			same(t, "pkSm", public.Bytes(), unhex(t, s.PkSm)[0])
		}
		for _, v := range s.Vectors {
			runVector(t, s.Mode, k, public, v)
			ran++
		}
	}
	if ran != 5 {
		t.Errorf("%d vectors of %s ran, want 5", ran, Identifier)
	}
}

func runVector(t *testing.T, m Mode, k *Scalar, public *Element, v vector) {
	t.Helper()
	inputs, blinds := unhex(t, v.Input), unhex(t, v.Blind)
	wantBlinded, wantEvaluated, wantOutput := unhex(t, v.BlindedElement), unhex(t, v.EvaluationElement), unhex(t, v.Output)
	if len(inputs) != v.Batch {
		t.Fatalf("%d inputs in a batch of %d", len(inputs), v.Batch)
	}
	var blinded, evaluated []*Element
	for i, input := range inputs {
		b, err := m.Blind(input, scalar(t, blinds[i]))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "blinded element", b.Bytes(), wantBlinded[i])
		e := Evaluate(k, b)
		same(t, "evaluated element", e.Bytes(), wantEvaluated[i])
		same(t, "output", m.Finalize(input, scalar(t, blinds[i]), e), wantOutput[i])
		direct, err := m.Output(k, input)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "output with the key", direct, wantOutput[i])
		blinded, evaluated = append(blinded, b), append(evaluated, e)
	}
	if m != VOPRF {
		return
	}
	proof := m.Prove(k, public, blinded, evaluated, scalar(t, unhex(t, v.Proof.R)[0]))
	same(t, "proof", proof.Encode(nil), unhex(t, v.Proof.Proof)[0])
	decoded, err := DecodeProof(proof.Encode(nil))
	if err != nil || !m.Verify(public, blinded, evaluated, decoded) {
		t.Errorf("published proof refused: %v", err)
	}
}
