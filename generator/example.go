package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// A deviation is one way in which an example does not fit its schema.
type deviation struct {
	at   string // JSON pointer into the example, or "line N" for its syntax
	what string // one of a closed list: type, minimum, missing, …
}

func (d deviation) String() string {
	if d.at == "" {
		return d.what
	}
	return d.what + " at " + d.at
}

// checkExamples holds every example of the API to its schema: an `example`
// has to fit, a documented one has to deviate exactly as listed.
func (b *builder) checkExamples() {
	for _, op := range b.api.Operations {
		b.ownExamples(op.where.get("requestBody"), op.Request)
		for _, r := range op.where.get("responses").members() {
			b.ownExamples(b.resolve(r.value), op.Answer)
		}
		for _, e := range op.where.get("x-documented-examples").items() {
			b.documentedExample(op, e)
		}
	}
}

func (b *builder) ownExamples(body tree, t *typ) {
	if t == nil {
		return
	}
	for _, m := range body.get("content").members() {
		example := m.value.get("example")
		if !example.ok() {
			continue
		}
		v, err := fromYAML(example.node)
		if err != nil {
			b.problems.add(example, ruleExample, "%v", err)
			continue
		}
		for _, d := range fit(v, t, "", false) {
			b.problems.add(example, ruleExample, "example of %s does not fit: %v", t.Name, d)
		}
	}
}

func (b *builder) documentedExample(op *operation, e tree) {
	found, err := deviations(op, e)
	if err != nil {
		b.problems.add(e, ruleExample, "%v", err)
		return
	}
	var listed []deviation
	for _, l := range e.get("deviations").items() {
		d := deviation{at: l.get("at").str(), what: l.get("what").str()}
		if !slices.Contains(found, d) {
			b.problems.add(l, ruleExample, "listed deviation does not occur: %v", d)
		}
		listed = append(listed, d)
	}
	for _, d := range found {
		if !slices.Contains(listed, d) {
			b.problems.add(e, ruleExample, "deviation is not listed: %v", d)
		}
	}
}

// deviations finds in what ways a documented example does not fit.
func deviations(op *operation, e tree) ([]deviation, error) {
	var t *typ
	text, media := e.get("text").str(), ""
	switch of := e.get("of").str(); of {
	case "request":
		t = op.Request
		if len(op.Requests) > 0 {
			media = op.Requests[0]
		}
	case "answer":
		if t = op.Answer; t == nil { // of a call to the merchant: no schema says what it holds
			_, found, err := readText(e, text, fromXML)
			return found, err
		}
		if len(op.Answers) > 0 {
			media = op.Answers[0]
		}
	case "protected-header", "payload":
		_, found, err := readText(e, text, fromJSON)
		return found, err
	case "token":
		return tokenDeviations(e)
	case "query":
		return nil, nil // a line for a browser; nothing to hold it to
	default:
		return nil, fmt.Errorf("an example of %q is not known", of)
	}
	if t == nil {
		return nil, errors.New("the operation has no such body")
	}
	read, textual := fromJSON, false
	switch media {
	case "application/xml":
		read, textual = fromXML, true
	case "multipart/form-data", "application/x-www-form-urlencoded":
		textual = true
		if !strings.HasPrefix(text, "{") { // some pages print the fields of a form as JSON
			read = fromCurl
		}
	}
	v, found, err := readText(e, text, read)
	if err != nil {
		return nil, err
	}
	return append(found, fit(v, t, "", textual)...), nil
}

// readText reads an example, by its corrected text where the printed one
// cannot be read; that it cannot is then its first deviation.
func readText(e tree, text string, read func(string) (any, error)) (any, []deviation, error) {
	corrected := e.get("corrected")
	v, err := read(text)
	if err == nil {
		if corrected.ok() {
			return nil, nil, errors.New("the example can be read as printed and needs no corrected text")
		}
		return v, nil, nil
	}
	at := ""
	if line := (*lineError)(nil); errors.As(err, &line) {
		at = fmt.Sprintf("line %d", line.line)
	}
	found := []deviation{{at, "syntax"}}
	if !corrected.ok() {
		return nil, nil, fmt.Errorf("the example cannot be read (%v) and has no corrected text", err)
	}
	if v, err = read(corrected.str()); err != nil {
		return nil, nil, fmt.Errorf("the corrected text cannot be read either: %w", err)
	}
	return v, found, nil
}

// lineError says on which line of an example reading it failed.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

// pair is a member of an object; objects keep their order and duplicates.
type pair struct {
	name  string
	value any
}

func fromJSON(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := jsonValue(d)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return v, nil
		} else if err == nil {
			err = errors.New("more after the value")
		}
	}
	offset := d.InputOffset()
	if s := (*json.SyntaxError)(nil); errors.As(err, &s) {
		offset = max(offset, s.Offset) // of a token by itself it counts from there
	}
	return nil, &lineError{1 + strings.Count(text[:min(int(offset), len(text))], "\n"), err}
}

func jsonValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := []pair{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := jsonValue(d)
			if err != nil {
				return nil, err
			}
			object = append(object, pair{name.(string), v})
		}
		_, err = d.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := jsonValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	return token, nil
}

// fromXML reads an element as an object of texts: a name that repeats becomes
// a list.
func fromXML(text string) (any, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			line, _ := d.InputPos()
			return nil, &lineError{line, err}
		}
		if start, ok := token.(xml.StartElement); ok {
			v, err := xmlValue(d, start)
			if err != nil {
				line, _ := d.InputPos()
				return nil, &lineError{line, err}
			}
			return v, nil
		}
	}
}

func xmlValue(d *xml.Decoder, start xml.StartElement) (any, error) {
	var object []pair
	var text bytes.Buffer
	for {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			v, err := xmlValue(d, token)
			if err != nil {
				return nil, err
			}
			if i := slices.IndexFunc(object, func(p pair) bool { return p.name == token.Name.Local }); i >= 0 {
				list, ok := object[i].value.([]any)
				if !ok {
					list = []any{object[i].value}
				}
				object[i].value = append(list, v)
				continue
			}
			object = append(object, pair{token.Name.Local, v})
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			if object == nil {
				return text.String(), nil
			}
			return object, nil
		}
	}
}

var curlForm = regexp.MustCompile(`--form '([^=']+)=([^']*)'`)

// fromCurl reads the fields of a curl command. Curl takes off quotes around a
// value.
func fromCurl(text string) (any, error) {
	var object []pair
	for _, m := range curlForm.FindAllStringSubmatch(text, -1) {
		value := m[2]
		if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		object = append(object, pair{m[1], value})
	}
	if object == nil {
		return nil, &lineError{1, errors.New("no --form in the command")}
	}
	return object, nil
}

// fromYAML reads an example that is written as YAML. Numbers keep their
// literals.
func fromYAML(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		object := []pair{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			v, err := fromYAML(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			object = append(object, pair{n.Content[i].Value, v})
		}
		return object, nil
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			v, err := fromYAML(c)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null":
			return nil, nil
		case "!!bool":
			return n.Value == "true", nil
		case "!!int", "!!float":
			return json.Number(n.Value), nil
		}
		return n.Value, nil
	}
	return nil, errors.New("aliases are not read in examples")
}

// fit finds where v does not fit t. textual says that v comes from a format
// without types, where a number is a text that reads as one.
func fit(v any, t *typ, at string, textual bool) []deviation {
	object, ok := v.([]pair)
	if !ok {
		return []deviation{{at, "type"}}
	}
	var found []deviation
	seen := map[string]bool{}
	for _, p := range object {
		here := at + "/" + p.name
		i := slices.IndexFunc(t.Fields, func(f *field) bool { return f.Wire == p.name })
		switch {
		case seen[p.name]:
			found = append(found, deviation{here, "duplicate"})
		case i < 0:
			found = append(found, deviation{here, "unknown"})
		default:
			found = append(found, fitField(p.value, t.Fields[i], here, textual)...)
		}
		seen[p.name] = true
	}
	for _, f := range t.Fields {
		if f.Required && !seen[f.Wire] {
			found = append(found, deviation{at + "/" + f.Wire, "missing"})
		}
	}
	return found
}

func fitField(v any, f *field, at string, textual bool) []deviation {
	if v == nil {
		if f.Nullable {
			return nil
		}
		return []deviation{{at, "type"}}
	}
	if !f.List {
		return fitOne(v, f, at, textual)
	}
	if textual && f.XMLItem != "" {
		return fitWrapped(v, f, at)
	}
	list, ok := v.([]any)
	switch {
	case ok:
	case textual: // a list of one repeats nothing
		list = []any{v}
	default:
		return []deviation{{at, "type"}}
	}
	return fitItems(list, f, at, textual)
}

// fitWrapped fits an XML list that has an element around its items.
func fitWrapped(v any, f *field, at string) []deviation {
	inside, ok := v.([]pair)
	if !ok {
		if v == "" { // no items
			return nil
		}
		return []deviation{{at, "type"}}
	}
	var found []deviation
	for _, p := range inside {
		here := at + "/" + p.name
		if p.name != f.XMLItem {
			found = append(found, deviation{here, "unknown"})
			continue
		}
		list, ok := p.value.([]any)
		if !ok {
			list = []any{p.value}
		}
		found = append(found, fitItems(list, f, here, true)...)
	}
	return found
}

func fitItems(list []any, f *field, at string, textual bool) []deviation {
	var found []deviation
	for i, item := range list {
		found = append(found, fitOne(item, f, fmt.Sprintf("%s/%d", at, i), textual)...)
	}
	return found
}

func fitOne(v any, f *field, at string, textual bool) []deviation {
	if f.Base == "object" {
		return fit(v, f.Type, at, textual)
	}
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
		if !f.numeric() && !textual {
			return []deviation{{at, "type"}}
		}
	case string:
		text = v
		if f.numeric() && !textual {
			return []deviation{{at, "type"}}
		}
	case bool:
		if f.Base != "bool" || f.Number {
			return []deviation{{at, "type"}}
		}
		return nil
	default:
		return []deviation{{at, "type"}}
	}
	return fitText(text, f, at)
}

func (f *field) numeric() bool {
	return f.Base == "int64" || f.Base == "wire.Decimal" || f.Number
}

// fitText holds a text to the limits of its field with the codec that the
// generated types are checked by: what fits here is what Validate accepts.
func fitText(text string, f *field, at string) []deviation {
	if f.Base == "bool" {
		if text != "0" && text != "1" && (f.Number || text != "true" && text != "false") {
			return []deviation{{at, "type"}}
		}
		return nil
	}
	if f.numeric() {
		if _, err := wire.ParseDecimal(text); err != nil || f.Base == "int64" && strings.ContainsAny(text, ".eE") {
			return []deviation{{at, "type"}}
		}
	}
	var found []deviation
	for _, v := range codec.Report(newProbe(text, f)) {
		found = append(found, deviation{at, v.Rule})
	}
	return found
}

// probe is a message of one text.
type probe struct {
	typ  codec.Type
	text string
}

func newProbe(text string, f *field) *probe {
	limits := codec.Field{
		Name: f.Wire, Required: true, // so that an empty text is held to them too
		Enum: f.Enum, Open: f.Open, Min: f.Min, Max: f.Max, MinLength: f.MinLength, MaxLength: f.MaxLength, Format: f.Format,
	}
	if f.Pattern != "" {
		limits.Pattern = regexp.MustCompile(f.Pattern) // a broken one was a problem before
	}
	return &probe{typ: codec.Type{Fields: []codec.Field{limits}}, text: text}
}

// WireFields implements codec.Message.
func (p *probe) WireFields() codec.Fields {
	return codec.Fields{Type: &p.typ, Refs: []any{&p.text}}
}
