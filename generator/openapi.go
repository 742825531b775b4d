package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"reflect"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkOpenAPI holds the API called name to OpenAPI itself. Nothing outside of
// the spec folder can be reached.
func checkOpenAPI(files *files, name string, problems *problems) {
	// Nearly always nothing is wrong, and the files need not be parsed again.
	wrong := validate(files, name, false)
	if wrong == nil {
		return
	}
	if err := validate(files, name, true); err != nil {
		wrong = err // which knows its place
	}
	if errors.Is(wrong, errLoad) && len(*problems) > 0 {
		return // it is one of them, and kin-openapi does not say where
	}
	for _, e := range flatten(wrong) {
		p := problem{name + "/openapi.yaml", 1, ruleOpenAPI, oneOf(e)}
		if at := origin(e); at != nil {
			p.file, p.line = at.File, at.Line
		}
		*problems = append(*problems, p)
	}
}

var errLoad = errors.New("the files cannot be read as OpenAPI")

// validate has kin-openapi load and validate an API. With places, it reads the
// files as they are, so that its errors know where they come from.
func validate(files *files, name string, places bool) error {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = places
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, at *url.URL) ([]byte, error) {
		if at.Scheme != "" || at.Host != "" {
			return nil, errRemote
		}
		if t, err := files.open(at.Path); err == nil && !places {
			if data, ok := asJSON(t.node); ok {
				return data, nil
			}
		}
		return fs.ReadFile(files.fsys, at.Path)
	}
	doc, err := loader.LoadFromURI(&url.URL{Path: name + "/openapi.yaml"})
	if err != nil {
		return fmt.Errorf("%w: %w", errLoad, err)
	}
	// Examples are checked by rules of our own, which know of every format.
	return doc.Validate(context.Background(), openapi3.EnableMultiError(), openapi3.DisableExamplesValidation())
}

func oneOf(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// flatten takes apart the errors that stand for several.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if multi := (openapi3.MultiError)(nil); errors.As(err, &multi) {
		var all []error
		for _, e := range multi {
			all = append(all, flatten(e)...)
		}
		return all
	}
	return []error{err}
}

// origin finds where a validation error comes from. The library's errors say
// so in a field of that name, each type for itself, hence the reflection.
func origin(err error) *openapi3.Location {
	for ; err != nil; err = errors.Unwrap(err) {
		v := reflect.Indirect(reflect.ValueOf(err))
		if v.Kind() != reflect.Struct {
			continue
		}
		if f := v.FieldByName("Origin"); f.IsValid() {
			if o, ok := f.Interface().(*openapi3.Origin); ok && o != nil && o.Key != nil {
				return o.Key
			}
		}
	}
	return nil
}

// load reads a bundled document.
func load(data []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("the bundled document cannot be loaded: %w", err)
	}
	return doc, nil
}
