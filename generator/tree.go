package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A tree is a place in a spec file. Working on YAML nodes rather than on
// decoded values keeps what the generator needs most: the order of members,
// which is the documented order, and the line of each.
type tree struct {
	file string // path below the spec folder
	node *yaml.Node
}

func (t tree) ok() bool { return t.node != nil }

// at names the place for a message.
func (t tree) at() string { return fmt.Sprintf("%s:%d", t.file, t.line()) }

func (t tree) line() int {
	if t.node == nil {
		return 0
	}
	return t.node.Line
}

// get returns the member called key; not ok when there is none.
func (t tree) get(key string) tree {
	if t.node != nil && t.node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(t.node.Content); i += 2 {
			if t.node.Content[i].Value == key {
				return tree{t.file, t.node.Content[i+1]}
			}
		}
	}
	return tree{file: t.file}
}

// member is a member of a mapping with the place of its key.
type member struct {
	key   string
	where tree // the key
	value tree
}

func (t tree) members() []member {
	if t.node == nil || t.node.Kind != yaml.MappingNode {
		return nil
	}
	ms := make([]member, 0, len(t.node.Content)/2)
	for i := 0; i+1 < len(t.node.Content); i += 2 {
		ms = append(ms, member{
			key:   t.node.Content[i].Value,
			where: tree{t.file, t.node.Content[i]},
			value: tree{t.file, t.node.Content[i+1]},
		})
	}
	return ms
}

func (t tree) items() []tree {
	if t.node == nil || t.node.Kind != yaml.SequenceNode {
		return nil
	}
	items := make([]tree, len(t.node.Content))
	for i, n := range t.node.Content {
		items[i] = tree{t.file, n}
	}
	return items
}

// str returns the scalar as it is written, or "".
func (t tree) str() string {
	if t.node == nil || t.node.Kind != yaml.ScalarNode {
		return ""
	}
	return t.node.Value
}

func (t tree) strs() []string {
	var ss []string
	for _, i := range t.items() {
		ss = append(ss, i.str())
	}
	return ss
}

func (t tree) bool() bool { return t.str() == "true" }

func (t tree) isMap() bool { return t.node != nil && t.node.Kind == yaml.MappingNode }

// files are the parsed spec files, read once each.
type files struct {
	fsys    fs.FS
	parsed  map[string]tree
	reached map[*yaml.Node]bool // what a reference pointed to
}

func newFiles(fsys fs.FS) *files {
	return &files{fsys: fsys, parsed: map[string]tree{}, reached: map[*yaml.Node]bool{}}
}

// open returns what a file holds. What is wrong with its syntax is an error of type
// problems.

func (f *files) open(name string) (tree, error) {
	if t, ok := f.parsed[name]; ok {
		return t, nil
	}
	data, err := fs.ReadFile(f.fsys, name)
	if err != nil {
		return tree{}, err
	}
	t, wrong := parse(name, data)
	if len(wrong) > 0 {
		return tree{}, wrong
	}
	f.parsed[name] = t
	return t, nil
}

var errRemote = errors.New("a reference must stay within the spec folder")

// ref is a resolved $ref.
type ref struct {
	target tree
	name   string // the last element of the pointer
	group  string // the one before: schemas, parameters, …
}

// resolve follows the $ref of t, if it has one; isRef says whether it had.
func (f *files) resolve(t tree) (r ref, isRef bool, err error) {
	written := t.get("$ref")
	if !written.ok() {
		return ref{target: t}, false, nil
	}
	file, pointer, found := strings.Cut(written.str(), "#")
	switch {
	case strings.Contains(file, ":") || strings.HasPrefix(file, "/"):
		return ref{}, true, errRemote
	case !found || !strings.HasPrefix(pointer, "/"):
		return ref{}, true, fmt.Errorf("reference %q has no pointer", written.str())
	}
	name := t.file
	if file != "" {
		name = path.Join(path.Dir(t.file), file)
	}
	if !fs.ValidPath(name) {
		return ref{}, true, errRemote
	}
	target, err := f.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ref{}, true, fmt.Errorf("reference %q: no such file", written.str())
	case err != nil:
		return ref{}, true, fmt.Errorf("reference %q: %w", written.str(), err)
	}
	r = ref{}
	for part := range strings.SplitSeq(pointer[1:], "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		r.group, r.name = r.name, part
		if target = target.get(part); !target.ok() {
			return ref{}, true, fmt.Errorf("reference %q points nowhere", written.str())
		}
	}
	if target.get("$ref").ok() {
		return ref{}, true, fmt.Errorf("reference %q points to another reference", written.str())
	}
	r.target = target
	f.reached[target.node] = true
	return r, true, nil
}
