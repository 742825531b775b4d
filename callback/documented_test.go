package callback

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	gen "github.com/freedompay-go/freedompay/gen/callback"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// documented are the examples that the pages print, as the specs hold them.
func documented(t *testing.T) map[string]map[string]string {
	t.Helper()
	type operation struct {
		ID       string                      `yaml:"operationId"`
		Examples []struct{ Of, Text string } `yaml:"x-documented-examples"`
	}
	found := map[string]map[string]string{}
	files, err := filepath.Glob("../spec/callback/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if filepath.Base(name) == "openapi.yaml" {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var section struct {
			Paths map[string]map[string]operation
		}
		if err := yaml.Unmarshal(data, &section); err != nil {
			t.Fatal(err)
		}
		for _, item := range section.Paths {
			for _, op := range item {
				for _, e := range op.Examples {
					if found[op.ID] == nil {
						found[op.ID] = map[string]string{}
					}
					found[op.ID][e.Of] = e.Text
				}
			}
		}
	}
	return found
}

// Our answers are the printed ones to the byte, but for salt and signature, of
// which the pages print placeholders.
func TestAnswersArePrintedOnes(t *testing.T) {
	examples := documented(t)
	for _, c := range []struct {
		operation string
		kind      kindCase
		answer    Answer
	}{
		{"check", kinds[0], Accept("Платеж разрешен")},
		{"result", kinds[1], Accept("Order paid")},
		{"payout", kinds[2], Accept("")},
	} {
		printed := examples[c.operation]["answer"]
		if printed == "" {
			t.Errorf("%s: no page prints an answer", c.operation)
		}
		got := post(c.kind.serving(receiver(t), func(context.Context) (Answer, error) { return c.answer, nil }), c.kind.path, c.kind.signed()).Body.String()
		_, ours := answered(t, got)
		_, theirs := answered(t, printed)
		for _, name := range []string{"pg_salt", "pg_sig"} {
			if ours[name] != "" {
				got = strings.Replace(got, ours[name], theirs[name], 1)
			}
		}
		if got != printed {
			t.Errorf("%s: we answer\n%s\nthe page prints\n%s", c.operation, got, printed)
		}
	}
	for _, k := range jsonKinds {
		if !k.documented {
			continue
		}
		operation := map[Kind]string{KindRecurringProfile: "recurringProfile", KindApplication: "application"}[k.kind]
		asked := false
		h := k.serving(receiver(t, WithUnauthenticated(k.kind)), func(_ context.Context, q Question) error { asked = q.ID == k.id; return nil })
		w := postJSON(h, "application/json", examples[operation]["request"])
		if !asked || w.Code != 200 || w.Body.String() != examples[operation]["answer"] {
			t.Errorf("%s: %d %q, asked: %t", operation, w.Code, w.Body, asked)
		}
	}
}

// Everything in the documented tables has a field, and nothing in a message is
// lost: what is written again is what was read.
func TestTablesHaveFields(t *testing.T) {
	for _, c := range []struct {
		fields  fields
		message message
	}{
		{checkFields, new(gen.CheckRequest)},
		{resultFields, new(gen.ResultRequest)},
		{payoutFields, new(gen.PayoutRequest)},
		{savedFields, new(gen.CardSavedRequest)},
	} {
		survives(t, c.fields.sign("x", testSecret), c.message)
		if err := c.message.Validate(); err != nil {
			t.Errorf("%T: %v", c.message, err)
		}
	}
}

type message interface {
	codec.Message
	Extra() *wire.Extra
	Validate() error
}

// survives reads a form into a message and writes it again.
func survives(t *testing.T, f fields, m message) {
	t.Helper()
	var sent []codec.Pair
	for _, name := range sortedNames(f) {
		sent = append(sent, codec.Pair{Name: name, Value: f[name]})
	}
	if err := codec.BindPairs(sent, m, codec.Limits{}); err != nil {
		t.Fatal(err)
	}
	if got := codec.Pairs(m); !slices.Equal(got, sent) {
		t.Errorf("%T: read\n%v\nwritten\n%v", m, sent, got)
	}
	for _, unknown := range m.Extra().Unknown() {
		if strings.HasPrefix(unknown.Name, "pg_") {
			t.Errorf("%T has no field for %s", m, unknown.Name)
		}
	}
}
