package cardjwe_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"

	"github.com/freedompay-go/freedompay/cardjwe"
	"github.com/freedompay-go/freedompay/wire"
)

func Example() {
	// Freedom Pay's key; ask your manager for it and for its id.
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	encrypter, err := cardjwe.New(&key.PublicKey, "761a")
	if err != nil {
		panic(err)
	}

	value, err := encrypter.Encrypt(cardjwe.Card{
		PAN:   wire.NewSecret("4400444400004440"),
		Month: wire.NewSecret("12"),
		Year:  wire.NewSecret("30"),
		CVC:   wire.NewSecret("123"),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(value) // goes into pg_encrypted_card as it is
	for i, part := range strings.Split(value.Reveal(), ".") {
		fmt.Println(i, len(part))
	}
	// Output:
	// ***
	// 0 68
	// 1 342
	// 2 16
	// 3 116
	// 4 22
}

func ExampleEncrypter_Encrypt_refused() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	encrypter, err := cardjwe.New(&key.PublicKey, "761a")
	if err != nil {
		panic(err)
	}
	_, err = encrypter.Encrypt(cardjwe.Card{PAN: wire.NewSecret("4400 4444 0000 4440")})
	fmt.Println(errors.Is(err, cardjwe.ErrCard), err)
	// Output: true cardjwe: card: the number is not 13 to 20 digits
}

func ExampleFromPEM() {
	encrypter, err := cardjwe.FromPEM([]byte(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo
4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0/IzW7yWR7QkrmBL7jTKEn5u
+qKhbwKfBstIs+bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyeh
kd3qqGElvW/VDL5AaWTg0nLVkjRo9z+40RQzuVaE8AkAFmxZzow3x+VJYKdjykkJ
0iT9wCS0DRTXu269V264Vf/3jvredZiKRkgwlL9xNAwxXFg0x/XFw005UWVRIkdg
cKWTjpBP2dPwVZ4WWC+9aGVd+Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbc
mwIDAQAB
-----END PUBLIC KEY-----
`), "761a")
	if err != nil {
		panic(err)
	}
	fmt.Println(encrypter)
	// Output: encrypter of cards for key 761a
}
