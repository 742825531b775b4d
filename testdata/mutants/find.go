package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mutant is one change to one file.
type mutant struct {
	id         int
	file       *source
	function   *ast.FuncDecl // nil: at the top of the file
	start, end int           // what is replaced, in bytes
	with       string
	nth        int // of those that read the same in one function, from 1 on
}

// key says which mutant it is, wherever it stands in its file.
func (m *mutant) key() string {
	key := fmt.Sprintf("%s %s: `%s` => `%s`", m.file.name, m.where(), oneLine(string(m.file.text[m.start:m.end])), oneLine(m.with))
	if m.nth > 1 {
		key += fmt.Sprintf(" #%d", m.nth)
	}
	return key
}

// where is the function's name, with its receiver's.
func (m *mutant) where() string {
	if m.function == nil {
		return "top"
	}
	name := m.function.Name.Name
	if m.function.Recv == nil {
		return name
	}
	receiver := m.function.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	return m.file.slice(receiver) + "." + name
}

func (m *mutant) line() int { return 1 + bytes.Count(m.file.text[:m.start], []byte("\n")) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// finder finds the mutants of a file.
type finder struct {
	*source
	info     *types.Info
	function *ast.FuncDecl
	found    []*mutant
	// conditions are replaced as a whole: to swap == in them would be the same
	// again.
	conditions map[ast.Expr]bool
	// What is returned beside an error or false means nothing.
	beside map[ast.Node]bool
}

func find(s *source, info *types.Info) []*mutant {
	f := &finder{source: s, info: info, conditions: map[ast.Expr]bool{}, beside: map[ast.Node]bool{}}
	for _, declaration := range s.syntax.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				f.function = d
				ast.Inspect(d.Body, f.visit)
			}
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				f.function = nil
				ast.Inspect(d, f.visit)
			}
		}
	}
	times := map[string]int{}
	for _, m := range f.found {
		m.nth = 0
		key := m.key()
		times[key]++
		m.nth = times[key]
	}
	return f.found
}

// replace adds a mutant: the code from start to end becomes with.
func (f *finder) replace(start, end token.Pos, with string) {
	m := &mutant{file: f.source, function: f.function, start: f.offset(start), end: f.offset(end), with: with}
	if string(f.text[m.start:m.end]) != with {
		f.found = append(f.found, m)
	}
}

func (f *finder) become(n ast.Node, with string) { f.replace(n.Pos(), n.End(), with) }

// operator replaces an operator.
func (f *finder) operator(at token.Pos, old, with token.Token) {
	f.replace(at, at+token.Pos(len(old.String())), with.String())
}

// swapped are the operators that take each other's place.
var swapped = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL, token.REM: token.MUL,
	token.AND: token.OR, token.OR: token.AND, token.XOR: token.AND, token.AND_NOT: token.AND, token.SHL: token.SHR, token.SHR: token.SHL,
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN, token.OR_ASSIGN: token.AND_ASSIGN,
	token.AND_ASSIGN: token.OR_ASSIGN, token.AND_NOT_ASSIGN: token.AND_ASSIGN, token.INC: token.DEC, token.DEC: token.INC,
}

func (f *finder) visit(n ast.Node) bool {
	if f.beside[n] {
		return false
	}
	switch n := n.(type) {
	case *ast.Field:
		return n.Tag == nil // a tag is no code
	case *ast.IfStmt:
		f.condition(n.Cond, true)
	case *ast.ForStmt:
		f.condition(n.Cond, false)
	case *ast.SwitchStmt:
		f.cases(n)
	case *ast.TypeSwitchStmt:
		for _, clause := range n.Body.List {
			f.become(clause, "")
		}
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	case *ast.CommClause:
		f.statements(n.Body)
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT || n.Op == token.SUB || n.Op == token.XOR {
			f.become(n, f.slice(n.X))
		}
	case *ast.AssignStmt:
		if with, ok := swapped[n.Tok]; ok {
			f.operator(n.TokPos, n.Tok, with)
		}
	case *ast.IncDecStmt:
		f.operator(n.TokPos, n.Tok, swapped[n.Tok])
	case *ast.ReturnStmt:
		f.results(n)
	case *ast.CallExpr:
		f.call(n)
	case *ast.CompositeLit:
		f.elements(n)
	case *ast.BasicLit:
		f.literal(n)
	case *ast.Ident:
		switch f.info.Uses[n] {
		case types.Universe.Lookup("true"):
			f.become(n, "false")
		case types.Universe.Lookup("false"):
			f.become(n, "true")
		}
	}
	return true
}

// condition makes a condition always hold, and never. It stays in the code, so
// that what it uses is used.
func (f *finder) condition(e ast.Expr, always bool) {
	if e == nil {
		return
	}
	f.conditions[e] = true
	if always { // not for loops, which would not end
		f.become(e, "true || ("+f.slice(e)+")")
	}
	f.become(e, "false && ("+f.slice(e)+")")
}

func (f *finder) cases(n *ast.SwitchStmt) {
	for _, s := range n.Body.List {
		clause := s.(*ast.CaseClause)
		if n.Tag != nil || clause.List == nil {
			f.become(clause, "")
			continue
		}
		for _, e := range clause.List {
			f.condition(e, true)
		}
	}
}

// statements drops statements one by one.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.ReturnStmt:
			if len(s.Results) > 0 {
				continue
			}
		case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.BranchStmt, *ast.RangeStmt:
		default:
			continue
		}
		f.become(s, "")
	}
}

func (f *finder) binary(n *ast.BinaryExpr) {
	with, ok := swapped[n.Op]
	isEquality := n.Op == token.EQL || n.Op == token.NEQ
	if !ok || isEquality && f.conditions[n] {
		return
	}
	f.operator(n.OpPos, n.Op, with)
	if n.Op == token.LAND || n.Op == token.LOR {
		f.become(n, f.slice(n.X))
		f.become(n, f.slice(n.Y))
	}
}

// results replaces what is returned by what says nothing.
func (f *finder) results(n *ast.ReturnStmt) {
	for _, e := range n.Results {
		if last := n.Results[len(n.Results)-1]; e != last && f.isFailure(last) {
			f.beside[e] = true
		}
	}
	for _, e := range n.Results {
		t := f.info.TypeOf(e)
		if f.beside[e] || t == nil || f.info.Types[e].IsNil() {
			continue
		}
		switch u := t.Underlying().(type) {
		case *types.Basic:
			if _, isLiteral := e.(*ast.BasicLit); isLiteral {
				continue
			}
			switch {
			case u.Info()&types.IsBoolean != 0 && f.info.Types[e].Value == nil:
				f.become(e, "true || ("+f.slice(e)+")")
				f.become(e, "false && ("+f.slice(e)+")")
			case u.Info()&types.IsString != 0:
				f.become(e, `""`)
			case u.Info()&types.IsInteger != 0:
				f.become(e, "0")
			}
		case *types.Interface, *types.Pointer, *types.Slice, *types.Map, *types.Signature:
			f.become(e, "nil")
		}
	}
}

// isFailure reports whether an expression is an error for certain, one that is made
// on the spot or has a name of its own, or false.
func (f *finder) isFailure(e ast.Expr) bool {
	if name, ok := e.(*ast.Ident); ok && f.info.Uses[name] == types.Universe.Lookup("false") {
		return true
	}
	t := f.info.TypeOf(e)
	if t == nil || !types.Implements(t, types.Universe.Lookup("error").Type().Underlying().(*types.Interface)) {
		return false
	}
	switch e := e.(type) {
	case *ast.CallExpr, *ast.UnaryExpr:
		return true
	case *ast.Ident:
		return strings.HasPrefix(e.Name, "err") && e.Name != "err" || strings.HasPrefix(e.Name, "Err")
	}
	return false
}

// call leaves a call out where one of its arguments may stand in its place, but
// for one that makes a text for people.
func (f *finder) call(n *ast.CallExpr) {
	t := f.info.Types[n].Type
	if t == nil || f.slice(n.Fun) == "fmt.Errorf" || f.info.Types[n.Fun].IsType() || n.Ellipsis != token.NoPos {
		return
	}
	for _, argument := range n.Args {
		if a := f.info.TypeOf(argument); a != nil && types.Identical(types.Default(a), t) {
			f.become(n, f.slice(argument))
		}
	}
}

// elements leaves out the fields of a struct.
func (f *finder) elements(n *ast.CompositeLit) {
	t := f.info.TypeOf(n)
	if t == nil {
		return
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if _, ok := t.Underlying().(*types.Struct); !ok {
		return
	}
	for _, e := range n.Elts {
		if _, keyed := e.(*ast.KeyValueExpr); !keyed {
			return
		}
		end := e.End()
		if rest := f.text[f.offset(end):]; len(rest) > 0 && rest[0] == ',' {
			end++
		}
		f.replace(e.Pos(), end, "")
	}
}

// literal changes numbers by one, characters to the next, and texts to none. Texts
// with spaces are for people and left alone.
func (f *finder) literal(n *ast.BasicLit) {
	switch n.Kind {
	case token.INT:
		value, ok := constant.Int64Val(constant.MakeFromLiteral(n.Value, n.Kind, 0))
		if !ok {
			return
		}
		f.become(n, strconv.FormatInt(value+1, 10))
		if value > 1 {
			f.become(n, strconv.FormatInt(value-1, 10))
		}
	case token.CHAR:
		if s, err := strconv.Unquote(n.Value); err == nil {
			r, _ := utf8.DecodeRuneInString(s)
			f.become(n, strconv.QuoteRune(r+1))
		}
	case token.STRING:
		switch s, err := strconv.Unquote(n.Value); {
		case err != nil, strings.Contains(s, " "):
		case s == "":
			f.become(n, `"mutant"`)
		default:
			f.become(n, `""`)
		}
	}
}
