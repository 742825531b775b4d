package jws

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// oracle signs header and payload with golang-jwt, as they stand.
func oracle(t testing.TB, method *jwt.SigningMethodHMAC, key, header string, payload []byte) string {
	t.Helper()
	protected := base64.RawURLEncoding.EncodeToString([]byte(header))
	mac, err := method.Sign(protected+"."+base64.RawURLEncoding.EncodeToString(payload), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return protected + ".." + base64.RawURLEncoding.EncodeToString(mac)
}

// The payload goes into the MAC in chunks: their borders are what may go wrong.
func TestOracle(t *testing.T) {
	methods := map[Algorithm]*jwt.SigningMethodHMAC{
		HS256: jwt.SigningMethodHS256,
		HS512: jwt.SigningMethodHS512,
	}
	sizes := []int{0, 1, 2, 3, 4, chunk - 2, chunk - 1, chunk, chunk + 1, chunk + 2, 2*chunk - 1, 2 * chunk, 2*chunk + 1, 100_000}
	random := rand.NewChaCha8([32]byte{1})
	for algorithm, method := range methods {
		for _, keySize := range []int{1, 32, 63, 64, 65, 127, 128, 129, 1000} {
			key := make([]byte, keySize)
			_, _ = random.Read(key)
			s := newSigner(t, string(key))
			for _, size := range sizes {
				t.Run(fmt.Sprintf("%v/%d/%d", algorithm, keySize, size), func(t *testing.T) {
					payload := make([]byte, size)
					_, _ = random.Read(payload)
					h := Header{Algorithm: algorithm, URI: "/v5/a%2Fb", Identity: "1", Method: "POST"}
					header := `{"uri":"/v5/a%2Fb","auth_id":"1","method":"POST","params":"","alg":"` + method.Alg() + `"}`
					want := oracle(t, method, string(key), header, payload)
					got, err := s.Sign(h, payload)
					if err != nil || got != want {
						t.Fatalf("Sign: got %s (%v), want %s", got, err, want)
					}
					if err := s.Verify(want, h, payload); err != nil {
						t.Fatalf("Verify: %v", err)
					}
				})
			}
		}
	}
}

func BenchmarkSign(b *testing.B) {
	key := []byte(strings.Repeat("k", 32))
	h := Header{Algorithm: HS256, URI: "/v5/partner/rates/add", Identity: "123456", Method: "POST"}
	s := newSigner(b, string(key))
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20} {
		payload := bytes.Repeat([]byte("x"), size)
		b.Run(fmt.Sprintf("jws/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := s.Sign(h, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("golang-jwt/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				header, _ := h.AppendJSON(nil)
				protected := base64.RawURLEncoding.EncodeToString(header)
				mac, err := jwt.SigningMethodHS256.Sign(protected+"."+base64.RawURLEncoding.EncodeToString(payload), key)
				if err != nil {
					b.Fatal(err)
				}
				_ = protected + ".." + base64.RawURLEncoding.EncodeToString(mac)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	key := strings.Repeat("k", 32)
	h := Header{Algorithm: HS256, URI: "/v5/partner/rates/add", Identity: "123456", Method: "POST"}
	s := newSigner(b, key)
	payload := bytes.Repeat([]byte("x"), 1<<10)
	documented := oracle(b, jwt.SigningMethodHS256, key,
		`{"uri":"/v5/partner/rates/add","auth_id":"123456","method":"POST","params":"","alg":"HS256"}`, payload)
	reordered := oracle(b, jwt.SigningMethodHS256, key,
		`{"alg":"HS256","typ":"JWT","auth_id":"123456","uri":"/v5/partner/rates/add","method":"POST","params":""}`, payload)
	for _, c := range []struct{ name, value string }{{"jws/documented", documented}, {"jws/reordered", reordered}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Verify(c.value, h, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("golang-jwt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			parts := strings.Split(documented, ".")
			mac, err := base64.RawURLEncoding.DecodeString(parts[2])
			if err != nil {
				b.Fatal(err)
			}
			signed := parts[0] + "." + base64.RawURLEncoding.EncodeToString(payload)
			if err := jwt.SigningMethodHS256.Verify(signed, mac, []byte(key)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	valid := vectors(b)[0].Value
	for _, c := range []struct{ name, value string }{
		{"valid", valid},
		{"million dots", strings.Repeat(".", 1_000_000)},
		{"largest", strings.Repeat("e", MaxSize-2) + ".."},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Parse(c.value)
			}
		})
	}
}
