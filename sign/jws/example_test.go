package jws_test

import (
	"errors"
	"fmt"

	"github.com/freedompay-go/freedompay/sign/jws"
)

// The worked example of the Card API's documentation.
func ExampleSigner_Sign() {
	signer, err := jws.NewSigner([]byte("secret"))
	if err != nil {
		panic(err)
	}
	header := jws.Header{
		Algorithm: jws.HS512,
		URI:       "/v5/card-api/request/status",
		Identity:  "123456",
		Method:    "POST",
	}
	body := []byte(`{"request_id":"828cf71d-a447-4a67-a149-c1df8bc197ca"}`)

	value, err := signer.Sign(header, body)
	if err != nil {
		panic(err)
	}
	fmt.Println("X-JWS-Signature:", value)
	// Output:
	// X-JWS-Signature: eyJ1cmkiOiIvdjUvY2FyZC1hcGkvcmVxdWVzdC9zdGF0dXMiLCJhdXRoX2lkIjoiMTIzNDU2IiwibWV0aG9kIjoiUE9TVCIsInBhcmFtcyI6IiIsImFsZyI6IkhTNTEyIn0..f1sQoeIpX_ZjOaykQzSeylvvKaVrEQV4gNM2ACFbEMkFDUV9Zk5WO1yQGEWez-vnQMVHodLBDVEyh5Xm2-3MjQ
}

func ExampleSigner_Verify() {
	signer, err := jws.NewSigner([]byte("secret"))
	if err != nil {
		panic(err)
	}
	want := jws.Header{Algorithm: jws.HS256, URI: "/v5/g2g/read", Identity: "123456", Method: "POST"}
	value, err := signer.Sign(want, []byte(`{"payment_id":1}`))
	if err != nil {
		panic(err)
	}

	fmt.Println(signer.Verify(value, want, []byte(`{"payment_id":1}`)))

	err = signer.Verify(value, want, []byte(`{"payment_id": 1}`))
	fmt.Println(errors.Is(err, jws.ErrMAC), err)

	want.URI = "/v5/g2g/edit"
	err = signer.Verify(value, want, []byte(`{"payment_id":1}`))
	fmt.Println(errors.Is(err, jws.ErrHeader), err)
	// Output:
	// <nil>
	// true jws: MAC does not match
	// true jws: header: uri: differs
}

// A server finds out whose key to verify with. Until then nothing in the
// signature may be believed.
func ExampleParse() {
	detached, err := jws.Parse("eyJwYXRoIjoiL3Y1L21lcmNoYW50L2ludm9pY2UvaW5pdCIsIm1lcmNoYW50X2lkIjoxMjM0NTYsIm1ldGhvZCI6IlBPU1QiLCJwYXJhbXMiOiIiLCJhbGciOiJIUzUxMiJ9..wCwFCAmxN0nbTm6mad8GxowIjgkCwfF7IAy2ijO9thLjsZFXnS4K_I4NPnXjkTFTMnEzqjk8rtIVmtf7NbGyvg")
	if err != nil {
		panic(err)
	}
	fmt.Println(detached.Header.Form, detached.Header.Identity, detached.Header.Algorithm)
	// Output:
	// path 123456 HS512
}
