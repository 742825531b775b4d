package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freedompay-go/freedompay/sign/diagnose"
	"github.com/freedompay-go/freedompay/sign/jws"
)

// jwsFlags describe a request that is signed with a detached JWS.
type jwsFlags struct {
	algorithm, authID, merchantID, method, uri, body string
}

func (f *jwsFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.algorithm, "alg", "", "algorithm, HS256 or HS512 (required)")
	flags.StringVar(&f.authID, "auth-id", "", "identity, for the header form with uri and auth_id")
	flags.StringVar(&f.merchantID, "merchant-id", "", "identity, for the merchant's header form of 2025, with path and merchant_id")
	flags.StringVar(&f.method, "method", "", "HTTP method (required)")
	flags.StringVar(&f.uri, "uri", "", "path of the call without host and query, /v5/... (required)")
	flags.StringVar(&f.body, "body", "", "file with the body; without it the body is read from standard input")
	for _, name := range []string{"alg", "method", "uri"} {
		_ = cmd.MarkFlagRequired(name) // fails only for a flag that is none
	}
	cmd.MarkFlagsMutuallyExclusive("auth-id", "merchant-id")
	cmd.MarkFlagsOneRequired("auth-id", "merchant-id")
	_ = cmd.RegisterFlagCompletionFunc("alg", cobra.FixedCompletions([]string{"HS256", "HS512"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("method", cobra.FixedCompletions([]string{"POST", "GET"}, cobra.ShellCompDirectiveNoFileComp))
}

// header is the protected header that the flags ask for.
func (f *jwsFlags) header() (jws.Header, error) {
	algorithm, err := jws.ParseAlgorithm(f.algorithm)
	if err != nil {
		return jws.Header{}, fmt.Errorf("--alg %q is neither HS256 nor HS512", f.algorithm)
	}
	h := jws.Header{Form: jws.FormURI, Algorithm: algorithm, URI: f.uri, Identity: f.authID, Method: f.method}
	if f.merchantID != "" {
		h.Form, h.Identity = jws.FormPath, f.merchantID
	}
	switch {
	case !strings.HasPrefix(f.uri, "/"):
		return h, errors.New("--uri must be a path that starts with a slash, without scheme and host")
	case strings.ContainsAny(f.uri, "?#"):
		return h, errors.New("--uri must hold no query: it is not signed")
	case f.method != strings.ToUpper(f.method):
		return h, fmt.Errorf("--method %q must be in capitals, as it is sent", f.method)
	}
	if _, err := h.AppendJSON(nil); err != nil {
		return h, err
	}
	return h, nil
}

func newSignJWS(e *env) *cobra.Command {
	var f jwsFlags
	cmd := &cobra.Command{
		Use:   "jws --alg HS256|HS512 (--auth-id ID | --merchant-id ID) --method METHOD --uri PATH [--body FILE]",
		Short: "Print the value of X-JWS-Signature for a request",
		Long: `Prints the value of the header field X-JWS-Signature for a request, and nothing else.

The body is signed as it is, byte for byte: it must be sent in the same way, with the same
white space and without a newline that an editor or echo has added. For a request without
a body give an empty one.`,
		Example: `  printf %s '{"request_id":"828cf71d-a447-4a67-a149-c1df8bc197ca"}' |
    FREEDOMPAY_SECRET=secret freedompay sign jws --alg HS512 --auth-id 123456 \
      --method POST --uri /v5/card-api/request/status`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			header, signer, body, err := e.jws(&f)
			if err != nil {
				return err
			}
			value, err := signer.Sign(header, body)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(e.out, value)
			return err
		},
	}
	f.add(cmd)
	return cmd
}

func newVerifyJWS(e *env) *cobra.Command {
	var f jwsFlags
	var signature string
	cmd := &cobra.Command{
		Use:   "jws --signature VALUE --alg HS256|HS512 (--auth-id ID | --merchant-id ID) --method METHOD --uri PATH [--body FILE]",
		Short: "Verify the value of X-JWS-Signature, and say what is wrong with it",
		Long: `Prints "valid" and exits 0 when the signature is right. Otherwise it exits 1 and says on
standard error what is wrong: the member of the protected header that differs, or, when
only the MAC does, the usual cause that makes it fit.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			header, signer, body, err := e.jws(&f)
			if err != nil {
				return err
			}
			if signer.Verify(signature, header, body) == nil {
				_, err := fmt.Fprintln(e.out, "valid")
				return err
			}
			var opts []diagnose.Option
			if other := e.getenv(payoutSecretVariable); other != "" {
				opts = append(opts, diagnose.WithOtherSecret("the payout secret", []byte(other)))
			}
			fmt.Fprintln(e.err, diagnose.JWS(signature, header, body, []byte(e.getenv(secretVariable)), opts...))
			return errReported
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&signature, "signature", "", "the value of X-JWS-Signature (required)")
	_ = cmd.MarkFlagRequired("signature")
	return cmd
}

// jws reads what signing and verifying need alike.
func (e *env) jws(f *jwsFlags) (jws.Header, *jws.Signer, []byte, error) {
	header, err := f.header()
	if err != nil {
		return header, nil, nil, err
	}
	secret, err := e.secret(secretVariable)
	if err != nil {
		return header, nil, nil, err
	}
	signer, err := jws.NewSigner([]byte(secret.Reveal()))
	if err != nil {
		return header, nil, nil, err
	}
	body, err := e.body(f.body)
	return header, signer, body, err
}
