package serve

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/wire"
)

// route is one path under which an operation is called.
type route struct {
	op      *wire.Operation
	called  []string // the segments of that path
	own     []string // those of the operation's own path, by which the router knows it
	isAlias bool
}

// routes returns all routes, in the order of the operations. Those that a server
// never sees have none.
func (o Options) routes(operations []wire.Operation) []route {
	var all []route
	for i := range operations {
		op := &operations[i]
		if op.Select.SameAs != "" {
			continue
		}
		own := strings.Split(o.BaseURL+op.Path, "/")
		all = append(all, route{op: op, called: own, own: own})
		for _, alias := range op.Aliases {
			called := strings.Split(o.BaseURL+alias, "/")
			// The router needs all parameters, wherever they stand.
			if !slices.ContainsFunc(own, func(s string) bool { return wildcard(s) != "" && !slices.Contains(called, s) }) {
				all = append(all, route{op: op, called: called, own: own, isAlias: true})
			}
		}
	}
	return all
}

// matched is a route that a request fits, with what stands in the request for the
// segments {…} of its path, in escaped form.
type matched struct {
	route
	values map[string]string
}

// match returns the routes that a request means, which lead to operations of one
// path, and the methods that there are on the request's path.
//
// Of several paths that fit, the one counts that says more, and of equal ones an
// operation's own before an alias.
func match(routes []route, r *http.Request) (found []matched, methods []string) {
	return matchBy(routes, r, func(_ *wire.Operation, allowed []string) bool { return slices.Contains(allowed, r.Method) })
}

// matchBy is match with another rule for the method: whether an operation is called
// by that of the request, given those that it has.
func matchBy(routes []route, r *http.Request, called func(op *wire.Operation, allowed []string) bool) (found []matched, methods []string) {
	longest := 0
	for _, candidate := range routes {
		longest = max(longest, len(candidate.called))
	}
	// No further: nobody has verified the request yet, and a path may be of a million
	// segments.
	segments := strings.SplitN(r.URL.EscapedPath(), "/", longest+1)
	for _, candidate := range routes {
		values, ok := fit(candidate.called, segments)
		if !ok {
			continue
		}
		allowed := methodsOf(candidate.op)
		methods = append(methods, allowed...)
		if !called(candidate.op, allowed) {
			continue
		}
		m := matched{candidate, values}
		if len(found) > 0 {
			if order := compare(m.route, found[0].route); order > 0 {
				continue
			} else if order < 0 {
				found = found[:0]
			}
		}
		found = append(found, m)
	}
	slices.Sort(methods)
	return found, slices.Compact(methods)
}

// methodsOf returns the methods by which an operation can be called. A form that
// is signed with pg_sig may also stand in the query of a GET.
func methodsOf(op *wire.Operation) []string {
	switch {
	case op.Method == http.MethodGet:
		return []string{http.MethodGet, http.MethodHead}
	case op.Security.IsPgSig() && takesForms(op):
		return []string{http.MethodGet, op.Method}
	}
	return []string{op.Method}
}

// compare compares two routes that fit the same request: the one to be preferred
// comes first.
func compare(a, b route) int {
	order := slices.CompareFunc(a.called, b.called, func(a, b string) int {
		return lastIf(wildcard(a) != "") - lastIf(wildcard(b) != "")
	})
	return cmp.Or(order, lastIf(a.isAlias)-lastIf(b.isAlias))
}

func lastIf(last bool) int {
	if last {
		return 1
	}
	return 0
}

// fit reports whether segments are those of a path, in which {…} stands for any
// one, and what it stands for.
func fit(path, segments []string) (values map[string]string, ok bool) {
	if len(path) != len(segments) {
		return nil, false
	}
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		if err != nil {
			return nil, false
		}
		name := wildcard(path[i])
		switch {
		case name == "":
			if text != path[i] {
				return nil, false
			}
		case text == "" || text == "." || text == "..":
			return nil, false // the router would find another path in it
		default:
			if values == nil {
				values = map[string]string{}
			}
			values[name] = segment
		}
	}
	return values, true
}

// wildcard returns the name in a segment {name}, and "" for any other.
func wildcard(segment string) string {
	if name, ok := strings.CutPrefix(segment, "{"); ok {
		return strings.TrimSuffix(name, "}")
	}
	return ""
}

// direct gives a request, which is the middleware's own copy, the method and the
// URL by which the router knows the operation.
func (m matched) direct(r *http.Request) {
	var path, escaped strings.Builder
	for i, segment := range m.own {
		if i > 0 {
			path.WriteByte('/')
			escaped.WriteByte('/')
		}
		value := url.PathEscape(segment)
		if name := wildcard(segment); name != "" {
			segment, value = unescaped(m.values[name]), m.values[name]
		}
		path.WriteString(segment)
		escaped.WriteString(value)
	}
	if m.op.Variant != "" {
		path.WriteString("#" + m.op.Variant)
		escaped.WriteString(url.PathEscape("#" + m.op.Variant))
	}
	u := *r.URL
	u.Path, u.RawPath = path.String(), escaped.String()
	r.URL = &u
	if r.Method != http.MethodHead { // which the router takes for a GET
		r.Method = m.op.Method
	}
}

// unescaped returns what a segment stands for that was unescaped before.
func unescaped(segment string) string {
	text, _ := url.PathUnescape(segment)
	return text
}
