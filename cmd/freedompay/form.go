package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freedompay-go/freedompay/sign/diagnose"
	"github.com/freedompay-go/freedompay/sign/pgsig"
)

// formFlags describe a form that is signed with pg_sig.
type formFlags struct {
	script string
	payout bool
}

func (f *formFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.script, "script", "", "script name: the last segment of the called path, init_payment.php (required)")
	flags.BoolVar(&f.payout, "payout", false, "use the secret key for payouts, "+payoutSecretVariable)
	_ = cmd.MarkFlagRequired("script")
}

func (f *formFlags) variables() (used, other string) {
	if f.payout {
		return payoutSecretVariable, secretVariable
	}
	return secretVariable, payoutSecretVariable
}

// fields reads arguments of the form name=value.
func (f *formFlags) fields(args []string) ([]pgsig.Field, error) {
	if f.script == "" || strings.ContainsAny(f.script, "/?") {
		return nil, fmt.Errorf("--script %q is not a script name: give the last segment of the path, without slash and query", f.script)
	}
	pairs := make([]pgsig.Pair, len(args))
	for i, arg := range args {
		name, value, found := strings.Cut(arg, "=")
		if !found || name == "" {
			return nil, fmt.Errorf("argument %d is not of the form name=value", i+1)
		}
		pairs[i] = pgsig.Pair{Name: name, Value: value}
	}
	return pgsig.Fields(pairs)
}

const formHelp = `Fields are given as name=value, nested ones with brackets: pg_receipt_positions[0][name]=Tea.
pg_salt is a field like any other and must be among them; a pg_sig is left out.`

func newSignForm(e *env) *cobra.Command {
	var f formFlags
	cmd := &cobra.Command{
		Use:     "form --script NAME name=value ...",
		Short:   "Print pg_sig for the fields of a form",
		Long:    "Prints the md5 signature pg_sig for the fields of a form, and nothing else.\n\n" + formHelp,
		Example: `  FREEDOMPAY_SECRET=secret freedompay sign form --script init_payment.php pg_amount=25 pg_salt=molbulak`,
		RunE: func(_ *cobra.Command, args []string) error {
			fields, err := f.fields(args)
			if err != nil {
				return err
			}
			used, _ := f.variables()
			secret, err := e.secret(used)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(e.out, pgsig.Sign(f.script, fields, secret.Reveal()))
			return err
		},
	}
	f.add(cmd)
	return cmd
}

func newVerifyForm(e *env) *cobra.Command {
	var f formFlags
	var signature string
	cmd := &cobra.Command{
		Use:   "form --script NAME [--signature VALUE] name=value ...",
		Short: "Verify pg_sig, and say what is wrong with it",
		Long: `Prints "valid" and exits 0 when the signature is right. Otherwise it exits 1 and names on
standard error the usual cause that makes it fit, if there is one. The signature is the
field pg_sig, or --signature.

` + formHelp,
		RunE: func(_ *cobra.Command, args []string) error {
			fields, err := f.fields(args)
			if err != nil {
				return err
			}
			if signature == "" {
				for _, field := range fields {
					if field.Name == pgsig.SignatureName {
						signature = field.Value
					}
				}
			}
			if signature == "" {
				return fmt.Errorf("no signature: give the field %s or --signature", pgsig.SignatureName)
			}
			used, other := f.variables()
			secret, err := e.secret(used)
			if err != nil {
				return err
			}
			if pgsig.Verify(f.script, fields, secret.Reveal(), signature) {
				_, err := fmt.Fprintln(e.out, "valid")
				return err
			}
			var opts []diagnose.Option
			if s := e.getenv(other); s != "" {
				opts = append(opts, diagnose.WithOtherSecret("the secret of "+other, []byte(s)))
			}
			fmt.Fprintln(e.err, diagnose.Form(f.script, fields, secret.Reveal(), signature, opts...))
			return errReported
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&signature, "signature", "", "the signature, when it is not among the fields")
	return cmd
}
