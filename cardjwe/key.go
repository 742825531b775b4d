package cardjwe

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// FromPEM returns an [Encrypter] for the one key in data, a public key (PUBLIC
// KEY or RSA PUBLIC KEY) or a certificate, of which nothing but its key counts:
// neither who signed it nor until when it is valid.
func FromPEM(data []byte, keyID string, opts ...Option) (*Encrypter, error) {
	block, rest := pem.Decode(data)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%w: no PEM", ErrKey)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, fmt.Errorf("%w: more than one block of PEM", ErrKey)
	}
	var parsed any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		parsed, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			parsed = certificate.PublicKey
		}
	case "PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return nil, errPrivate
	default:
		return nil, fmt.Errorf("%w: neither a public key nor a certificate", ErrKey)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the PEM holds no such key", ErrKey) // the parser's error may quote it
	}
	return newOf(parsed, keyID, opts)
}

var errPrivate = fmt.Errorf("%w: a private key, which belongs to Freedom Pay alone", ErrKey)

// FromJWK returns an [Encrypter] for a JSON Web Key (RFC 7517) with a kid. The
// members use and alg, where it has them, must be those of RSA-OAEP-256.
func FromJWK(data []byte, opts ...Option) (*Encrypter, error) {
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(data); err != nil {
		return nil, fmt.Errorf("%w: not a JWK of a known kind", ErrKey) // the parser's error may quote it
	}
	switch {
	case key.Use != "" && key.Use != "enc":
		return nil, fmt.Errorf("%w: the JWK is for another use than enc", ErrKey)
	case key.Algorithm != "" && key.Algorithm != string(jose.RSA_OAEP_256):
		return nil, fmt.Errorf("%w: the JWK is for another algorithm than %s", ErrKey, jose.RSA_OAEP_256)
	}
	return newOf(key.Key, key.KeyID, opts)
}

func newOf(key any, keyID string, opts []Option) (*Encrypter, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return New(key, keyID, opts...)
	case *rsa.PrivateKey:
		return nil, errPrivate
	default:
		return nil, fmt.Errorf("%w: not an RSA key", ErrKey)
	}
}
