package wire

import (
	"encoding/hex"
	"errors"
	"reflect"
	"testing"

	"google.golang.org/grpc/mem"
)

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := Codec{}.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b.Materialize())
}

func unmarshal(t *testing.T, text string, v any) error {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return Codec{}.Unmarshal(mem.BufferSlice{mem.SliceBuffer(b)}, v)
}

// TestEncoding: the bytes are those of the Protocol Buffers encoding, written
// out by hand from its specification.
func TestEncoding(t *testing.T) {
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{"empty", &NameRequest{}, ""},
		{"zero values", &CreateGroupRequest{}, ""},
		{"string", &NameResponse{Name: "ab"}, "0a026162"},
		{"packed numbers", &SupportedCiphersuitesResponse{Ciphersuites: []uint32{1, 0xF001}}, "0a0401" + "81e003"},
		{"bytes, number, bool", &CreateGroupRequest{GroupID: []byte{7}, CipherSuite: 300, EncryptHandshake: true, Identity: []byte("x")},
			"0a0107" + "10ac02" + "1801" + "220178"},
		{"wide number", &ResumptionPSKProposalRequest{EpochID: 1 << 63}, "1080808080808080808001"},
		{"repeated bytes and messages", &CommitRequest{StateID: 1, ByReference: [][]byte{{9}, {}}, ByValue: []*ProposalDescription{{EpochID: 2}, {}}},
			"0801" + "120109" + "1200" + "1a022802" + "1a00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := marshal(t, c.v); got != c.want {
				t.Fatalf("got %s, want %s", got, c.want)
			}
			back := reflect.New(reflect.TypeOf(c.v).Elem()).Interface()
			if err := unmarshal(t, c.want, back); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, c.v) {
				t.Errorf("back: %+v", back)
			}
		})
	}
}

// TestDecoding: what another encoder may write as well.
func TestDecoding(t *testing.T) {
	var s SupportedCiphersuitesResponse
	if err := unmarshal(t, "0801"+"0a0102"+"0803", &s); err != nil || !reflect.DeepEqual(s.Ciphersuites, []uint32{1, 2, 3}) {
		t.Errorf("unpacked numbers: %v, %v", s, err)
	}
	var r StateAuthRequest
	if err := unmarshal(t, "0805"+"7a0161"+"80017f"+"8d0100000000"+"0806", &r); err != nil || r.StateID != 6 {
		t.Errorf("unknown fields, and a field twice: %v, %v", r, err)
	}
	var e ExternalSignerProposalRequest
	if err := unmarshal(t, "2a020a00"+"2a022801", &e); err != nil || e.Description.EpochID != 1 || e.Description.ProposalType == nil {
		t.Errorf("a message in two parts: %+v, %v", e.Description, err)
	}
}

func TestDecodingRefused(t *testing.T) {
	for name, text := range map[string]string{
		"cut tag": "80", "cut number": "0880", "cut bytes": "1a0561", "length beyond": "1affffffff0f", "field 0": "0001",
		"number in place of bytes": "1801", "bytes in place of number": "0a0161", "fixed in place of number": "0d01000000",
		"number too wide": "0880808080808080808001", "group": "0b0c", "inner message cut": "1a0128",
	} {
		if err := unmarshal(t, text, &CommitRequest{}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"packed number cut": "0a0180", "packed number too wide": "0a0a80808080808080808001", "unpacked too wide": "0880808080808080808001"} {
		if err := unmarshal(t, text, &SupportedCiphersuitesResponse{}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMessages: every message of the service has a number in each field, no two
// the same, and types that the codec knows.
func TestMessages(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var check func(reflect.Type)
	check = func(m reflect.Type) {
		if seen[m] {
			return
		}
		seen[m] = true
		used := map[int32]bool{}
		for i := range m.NumField() {
			f := m.Field(i)
			n, err := number(f)
			if err != nil {
				t.Error(err)
			}
			if used[int32(n)] {
				t.Errorf("%s: number %d twice", m, n)
			}
			used[int32(n)] = true
			switch k := f.Type; {
			case k == bytesType, k.Kind() == reflect.Bool, k.Kind() == reflect.Uint32, k.Kind() == reflect.Uint64, k.Kind() == reflect.String:
			case k.Kind() == reflect.Pointer:
				check(k.Elem())
			case repeated(k) && k.Elem().Kind() == reflect.Pointer:
				check(k.Elem().Elem())
			case repeated(k) && (k.Elem() == bytesType || k.Elem().Kind() == reflect.Uint32):
			default:
				t.Errorf("%s.%s: the codec has no encoding for %s", m, f.Name, k)
			}
		}
	}
	service := reflect.TypeFor[Service]()
	if service.NumMethod() != len(methods) {
		t.Errorf("%d methods, %d offered", service.NumMethod(), len(methods))
	}
	for i := range service.NumMethod() {
		f := service.Method(i).Type
		check(f.In(1).Elem())
		check(f.Out(0).Elem())
	}
}
