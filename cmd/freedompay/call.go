package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/freedompay-go/freedompay/gen/catalog"
	"github.com/freedompay-go/freedompay/middleware"
	"github.com/freedompay-go/freedompay/sandbox"
	"github.com/freedompay-go/freedompay/sign/jws"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// callFlags say how an operation is called.
type callFlags struct {
	baseURL, authID, body, requestID, algorithm string
	form, path, script, secret                  string
	parameters                                  []string
	noValidate, jsonBody, plainHTTP, unsigned   bool
	timeout                                     time.Duration
}

func newCall(e *env) *cobra.Command {
	var f callFlags
	cmd := &cobra.Command{
		Use:   "call OPERATION --base-url URL --auth-id ID [--body FILE]",
		Short: "Call an operation: JSON in, JSON out",
		Long: `Reads the request as JSON, sends it through the generated client, signed, and prints the
answer as JSON, whatever form the operation itself uses. "freedompay operations" lists the
operations. There is no default URL: nobody charges production by accident.

The request is held to the documented limits before it is sent, and a member that is not
documented is taken for a slip; --no-validate sends it as it is. The answer is printed whole,
with what is masked elsewhere.

A failure is told on standard error with its kind. "unknown outcome" means that the request
was sent and nobody knows what became of it: ask, by the call that is then named, or repeat it
with the same --request-id.`,
		Example: `  echo '{"invoice_id":"019d0652-4e2f-7f54-a179-007c80c48adu"}' |
    FREEDOMPAY_SECRET=secret freedompay call partner.invoicesInfo --base-url http://127.0.0.1:8080 --auth-id 123456`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New(`name one operation; "freedompay operations" lists them`)
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, op := range catalog.All() {
				if len(args) == 0 {
					ids = append(ids, op.ID+"\t"+op.Summary)
				}
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			op, similar, ok := catalog.Find(args[0])
			if !ok {
				hint := `"freedompay operations" lists them`
				if len(similar) > 0 {
					hint = "did you mean " + strings.Join(similar, " or ") + "?"
				}
				return fmt.Errorf("no operation %q: %s", args[0], hint)
			}
			return e.call(cmd, op, &f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.baseURL, "base-url", "", "URL of the Freedom Pay to call (required)")
	flags.StringVar(&f.authID, "auth-id", "", "auth_id, merchant id or client id (required)")
	flags.StringVar(&f.body, "body", "", "file with the request; without it the request is read from standard input")
	flags.StringVar(&f.requestID, "request-id", "", "X-Request-Id, a UUID; without it a new one is made")
	flags.StringVar(&f.algorithm, "alg", "", "sign with HS256 or HS512 instead of the documented algorithm")
	flags.BoolVar(&f.noValidate, "no-validate", false, "send the request as it is")
	flags.BoolVar(&f.jsonBody, "json-body", false, "send JSON where the operation documents it beside a form")
	flags.StringVar(&f.form, "form", "multipart", "how a form is sent: multipart, urlencoded or xml, which is one field pg_xml")
	flags.StringArrayVar(&f.parameters, "parameter", nil, "a parameter of the merchant's own in a form, NAME=VALUE; may be given more than once")
	flags.StringVar(&f.path, "path", "", "call the operation under another path, an older spelling for one")
	flags.StringVar(&f.script, "script", "", "sign pg_sig with another script name than the one that follows from the path")
	flags.StringVar(&f.secret, "sign-with", "", "sign pg_sig with the secret for payment or payout, where no page says which")
	flags.BoolVar(&f.unsigned, "unsigned-answer", false, "take an answer without pg_sig where the operation's page shows it so")
	flags.BoolVar(&f.plainHTTP, "plain-http", false, "allow a URL without TLS on another machine")
	flags.DurationVar(&f.timeout, "timeout", middleware.DefaultTimeout, "how long the call may take")
	for _, name := range []string{"base-url", "auth-id"} {
		_ = cmd.MarkFlagRequired(name) // fails only for a flag that is none
	}
	return cmd
}

func (e *env) call(cmd *cobra.Command, op catalog.Operation, f *callFlags) error {
	variable := secretVariable
	if op.Security == wire.Bearer {
		variable = tokenVariable
	}
	secret, err := e.secret(variable)
	if err != nil {
		return err
	}
	if f.baseURL == "" {
		return errors.New("--base-url is empty")
	}
	client, opts, err := f.options()
	if err != nil {
		return err
	}
	if f.secret == "payout" || f.secret == "" && op.Security == wire.PgSigPayout {
		if _, err := e.secret(payoutSecretVariable); err != nil {
			return err
		}
	}
	credentials := wire.Credentials{ID: f.authID, Secret: secret, PayoutSecret: wire.NewSecret(e.getenv(payoutSecretVariable))}
	if op.Security == wire.Bearer {
		credentials, opts = wire.Credentials{ID: f.authID}, append(opts, wire.WithBearer(secret))
	}
	body, err := e.body(f.body)
	if err != nil {
		return err
	}
	request, err := op.Decode(body)
	if err != nil {
		return err
	}
	if !f.noValidate && request != nil {
		if err := checkMembers(op.ID, request); err != nil {
			return err
		}
	}
	if err := f.addParameters(op, request); err != nil {
		return err
	}
	answer, err := op.Call(cmd.Context(), wire.Environment(f.baseURL), credentials, request, client, opts...)
	if err != nil {
		return explained(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, answer, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.out, pretty.String())
	return err
}

// explained adds what to do about an outcome that is unknown, what a sandbox says
// of a signature that it refused, which the real Freedom Pay does not, and what a
// refusal says elsewhere than where a code and a text are documented.
func explained(err error) error {
	e := (*wire.Error)(nil)
	if !errors.As(err, &e) {
		return err
	}
	if refused := e.Kind == wire.ErrRejected || e.Kind == wire.ErrNotFound; refused && e.Code == "" && e.Text == "" && e.Meta.Body.Len() > 0 {
		said := wire.MaskDigits(string(e.Meta.Body.Reveal()))
		err = fmt.Errorf("%w\nthe answer says: %.300s", err, printable(strings.TrimSpace(said)))
	}
	if diagnosis := e.Meta.Header.Get(sandbox.DiagnosisHeader); diagnosis != "" {
		err = fmt.Errorf("%w\nthe sandbox says: %s", err, printable(wire.MaskDigits(diagnosis)))
	}
	if e.Inquiry != nil {
		ask := "freedompay call " + e.Inquiry.Operation
		for i, a := range e.Inquiry.Arguments {
			ask += []string{", by ", " and "}[min(i, 1)] + a.Name + " " + strconv.Quote(a.Value)
		}
		err = fmt.Errorf("%w\nask before you call again: %s", err, printable(ask))
	}
	return err
}

// printable is text from outside on its way to a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

func (f *callFlags) options() ([]middleware.Option, []wire.CallOption, error) {
	// Once: who calls by hand wants to see what each request gets.
	client := []middleware.Option{middleware.WithTimeout(f.timeout), middleware.WithoutRetries()}
	var call []wire.CallOption
	if f.algorithm != "" {
		algorithm, err := jws.ParseAlgorithm(f.algorithm)
		if err != nil {
			return nil, nil, fmt.Errorf("--alg %q is neither HS256 nor HS512", f.algorithm)
		}
		client = append(client, middleware.WithAlgorithm(algorithm))
	}
	if f.plainHTTP {
		client = append(client, middleware.WithPlainHTTP())
	}
	if f.requestID != "" {
		call = append(call, wire.WithRequestID(f.requestID))
	}
	if f.noValidate {
		call = append(call, wire.WithoutValidation())
	}
	if f.jsonBody {
		call = append(call, wire.WithJSONBody())
	}
	if f.path != "" {
		call = append(call, wire.WithPath(f.path))
	}
	if f.script != "" {
		call = append(call, wire.WithScript(f.script))
	}
	if f.unsigned {
		call = append(call, wire.WithUnsignedAnswer())
	}
	for _, choice := range []struct {
		flag, value string
		options     map[string]wire.CallOption // nil for what is so anyway
	}{
		{"form", f.form, map[string]wire.CallOption{"multipart": nil, "urlencoded": wire.WithURLEncodedBody(), "xml": wire.WithPgXML()}},
		{"sign-with", f.secret, map[string]wire.CallOption{"": nil, "payment": wire.WithScheme(wire.PgSigPayment), "payout": wire.WithScheme(wire.PgSigPayout)}},
	} {
		option, known := choice.options[choice.value]
		if !known {
			return nil, nil, fmt.Errorf("--%s %q is not known; see --help", choice.flag, choice.value)
		}
		if option != nil {
			call = append(call, option)
		}
	}
	return client, call, nil
}

// addParameters adds the merchant's own parameters, whose names are not those of
// Freedom Pay's.
func (f *callFlags) addParameters(op catalog.Operation, request codec.Message) error {
	for _, p := range f.parameters {
		name, value, ok := strings.Cut(p, "=")
		switch {
		case !ok || name == "":
			return errors.New("--parameter is not NAME=VALUE")
		case strings.HasPrefix(name, "pg_"):
			return fmt.Errorf("--parameter %s: names that begin with pg_ are Freedom Pay's", name)
		case request == nil || !op.Security.IsPgSig():
			return fmt.Errorf("--parameter is for operations that are signed with pg_sig, and %s is not", op.ID)
		}
		request.WireFields().Extra.AddText(name, value)
	}
	return nil
}

// checkMembers refuses members that the operation does not document: on a
// command line they are slips, and the API would act on the rest.
func checkMembers(operation string, request codec.Message) error {
	var unknown wire.Violations
	for _, v := range codec.Report(request) {
		if v.Rule == "unknown" {
			unknown = append(unknown, v)
		}
	}
	if err := unknown.Err(); err != nil {
		return wire.NewError(wire.ErrInvalidRequest, operation, fmt.Errorf("%w; --no-validate sends it all the same", err))
	}
	return nil
}
