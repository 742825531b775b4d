package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/wire"
)

func newSandbox(e *env) *cobra.Command {
	var addr, authID, url, checkURL, resultURL string
	var speed int64
	var production bool
	cmd := &cobra.Command{
		Use:   "sandbox [--addr HOST:PORT]",
		Short: "Run a Freedom Pay on this machine",
		Long: `Serves a Freedom Pay that verifies every signature and answers from a small state in memory.
It prints where it listens and the credentials to sign with, and stops on SIGINT and SIGTERM.
The secret is ` + secretVariable + ` or, when that is not set, a random one, which it prints; that for payouts is
` + payoutSecretVariable + ` or, when that is not set, the same.

When it refuses a signature it tells you why on standard error, with what it expected to be
signed, and in header fields of the answer: X-Sandbox-Diagnosis, and X-Sandbox-Header and
X-Sandbox-Payload for a JWS, X-Sandbox-Script and X-Sandbox-Fields for pg_sig. With
--production-like the answer says nothing, as the real one.

It calls the merchant's own addresses, with signatures: those of each request, or else
--check-url, which it asks before a payment, and --result-url, which it tells what became of
one. GET /_sandbox/callbacks shows what was called and what was answered, in a browser too.
A result that does not arrive is told again every 30 minutes for 2 hours: with --speed 3600
that is two seconds, and lifetimes of payments go as fast. POST /_sandbox/clock with
advance=30m puts the clock forward.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			secret, shown := e.getenv(secretVariable), "that of "+secretVariable
			if secret == "" {
				secret = rand.Text()
				shown = secret // nobody else could know it
			}
			handler, err := sandbox.New(sandbox.Options{
				Credentials: wire.Credentials{
					ID: authID, Secret: wire.NewSecret(secret), PayoutSecret: wire.NewSecret(e.getenv(payoutSecretVariable)),
				},
				Logger:         slog.New(slog.NewTextHandler(e.err, nil)),
				ProductionLike: production,
				URL:            url,
				CheckURL:       checkURL,
				ResultURL:      resultURL,
				Speed:          speed,
			})
			if err != nil {
				return err
			}
			defer handler.Close()
			// A page that waits for the merchant's server must not hold up the end.
			defer context.AfterFunc(cmd.Context(), handler.Close)()
			var lc net.ListenConfig
			listener, err := lc.Listen(cmd.Context(), "tcp", addr)
			if err != nil {
				return err
			}
			fmt.Fprintf(e.out, "listening on http://%s\nauth_id: %s\nsecret: %s\n", listener.Addr(), authID, shown)
			return serve(cmd.Context(), listener, handler)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&addr, "addr", "127.0.0.1:8080", "address to listen on; port 0 takes a free one")
	flags.StringVar(&authID, "auth-id", "123456", "auth_id and merchant id, a number")
	flags.StringVar(&url, "url", "", "address under which the payer's browser reaches the pages, if not that of the request")
	flags.StringVar(&checkURL, "check-url", "", "address of the merchant's that is asked before a payment, if the request names none")
	flags.StringVar(&resultURL, "result-url", "", "address of the merchant's that is told what became of a payment, if the request names none")
	flags.Int64Var(&speed, "speed", 1, "seconds of the sandbox in a second, from 1 to 86400")
	flags.BoolVar(&production, "production-like", false, "tell clients nothing about why a signature is refused")
	return cmd
}

// serve serves until ctx ends, and then lets requests that are under way finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		// Twice net/http's own: a header of 1 MB is to be refused like any other
		// wrong signature, and not by the server under it.
		MaxHeaderBytes: 2 << 20,
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// Not ctx, which has ended: the requests get a time of their own.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		return err
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
