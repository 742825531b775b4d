package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/freedompay-go/freedompay/wire"
)

// streams are the standard streams of a run.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// environment names the variables that hold secrets. Secrets come from nowhere
// else: an argument would be seen by every process of the machine.
const (
	secretVariable       = "FREEDOMPAY_SECRET"
	payoutSecretVariable = "FREEDOMPAY_PAYOUT_SECRET"
	tokenVariable        = "FREEDOMPAY_TOKEN"
)

// errReported is a failure that has been told to the user already.
var errReported = errors.New("reported")

// run carries out a command line and returns the exit code: 0 when it did what
// was asked, 1 when it did not.
func run(ctx context.Context, args []string, s streams, getenv func(string) string) int {
	root := newRoot(s, getenv)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintln(s.err, "freedompay:", err)
	}
	return 1
}

func newRoot(s streams, getenv func(string) string) *cobra.Command {
	root := &cobra.Command{
		Use:   "freedompay",
		Short: "Sign, verify and call the Freedom Pay payment API, or run a sandbox of it",
		Long: `Signs and verifies messages of the Freedom Pay payment API (Kazakhstan), calls its
operations and runs a sandbox of it.

Secrets come from the environment, never from an argument:
  FREEDOMPAY_SECRET         secret_key of the partner, issuer or merchant
  FREEDOMPAY_PAYOUT_SECRET  secret key for payouts
  FREEDOMPAY_TOKEN          token, for operations that take one in place of a secret

Exit code 0 means that the command did what it was asked for, 1 that it did not.
Failures are told on standard error.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	e := &env{streams: s, getenv: getenv}
	sign := group("sign", "Sign a message")
	sign.AddCommand(newSignJWS(e), newSignForm(e))
	verify := group("verify", "Verify a signature, and say what is wrong with it")
	verify.AddCommand(newVerifyJWS(e), newVerifyForm(e))
	root.AddCommand(sign, verify, newOperations(e), newCall(e), newSandbox(e))
	return root
}

// group is a command that only leads to others.
func group(name, short string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Long: short + ": a detached JWS, or the pg_sig of a form.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
			}
			return fmt.Errorf("%s what? jws or form; see %q", name, cmd.CommandPath()+" --help")
		},
	}
}

// env is what commands take from outside.
type env struct {
	streams
	getenv func(string) string
}

// secret reads a secret from the environment.
func (e *env) secret(variable string) (wire.Secret, error) {
	value := e.getenv(variable)
	if value == "" {
		return wire.Secret{}, fmt.Errorf("no secret: set the environment variable %s", variable)
	}
	return wire.NewSecret(value), nil
}

// maxBody is the largest body that is read, in bytes.
const maxBody = 16 << 20

// body reads a body from the named file, or from standard input when there is
// no name. The bytes are taken as they are: every one of them is signed.
func (e *env) body(name string) ([]byte, error) {
	in := e.in
	if name != "" {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("the body cannot be read: %w", err)
		}
		defer file.Close()
		in = file
	} else if isTerminal(in) {
		fmt.Fprintln(e.err, "reading the body from the terminal; end it with Ctrl-D")
	}
	data, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the body cannot be read: %w", err)
	case len(data) > maxBody:
		return nil, fmt.Errorf("the body is larger than %d bytes", maxBody)
	}
	return data, nil
}

// isTerminal reports whether a person has to type what is read: whether in is a
// character device other than the one that is always empty.
func isTerminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
