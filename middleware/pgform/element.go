package pgform

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/freedompay-go/freedompay/sign/pgsig"
	"github.com/freedompay-go/freedompay/wire"
	"github.com/freedompay-go/freedompay/wire/codec"
)

// maxTags is the largest number of tags in XML. A form's fields have two each;
// what they stand in may take as many again.
const maxTags = 4 * pgsig.MaxPairs

var (
	errRoot   = errors.New("pgform: the root element of " + XMLName + " is not <" + XMLRoot + ">")
	errNoTags = errors.New("pgform: text in " + XMLName + " where there should be elements")
)

// element is the XML of a message: its bytes, and what they say.
type element struct {
	data  []byte
	nodes []codec.Node
}

// parseElement parses what codec takes for XML: without document types,
// processing instructions and entities of its own.
func parseElement(data []byte, l codec.Limits) (*element, error) {
	if l.Tokens <= 0 {
		l.Tokens = wire.MaxTokens
	}
	l.Tokens = min(l.Tokens, maxTags)
	doc, err := codec.ParseXML(data, l)
	if err != nil {
		return nil, err
	}
	if doc.Root() != XMLRoot {
		return nil, errRoot
	}
	if text, ok := doc.Lookup(); ok && strings.TrimSpace(text) != "" {
		return nil, errNoTags
	}
	return &element{data, doc.Nodes()}, nil
}

// without returns the XML without the children of the root that have the given
// name. All other bytes are as they were.
func (e *element) without(name string) []byte {
	data := slices.Clone(e.data)
	for _, c := range slices.Backward(outline(e.data).children) {
		if c.name == name {
			data = slices.Delete(data, c.start, c.end)
		}
	}
	return data
}

// with returns the XML with one more child of the root, the last. The text must
// need no escapes.
func (e *element) with(name, text string) []byte {
	child := "<" + name + ">" + text + "</" + name + ">"
	o := outline(e.data)
	if o.isEmpty {
		child = ">" + child + "</" + XMLRoot + ">"
	}
	return slices.Concat(e.data[:o.inner], []byte(child), e.data[o.rest:])
}

// outlined says where in XML what is.
type outlined struct {
	children []span // of the root
	// What is added to the root stands after inner and before rest. Of an empty
	// element without an end tag, that is in place of the slash and the bracket.
	inner, rest int
	isEmpty     bool
}

// span is where an element is.
type span struct {
	name       string
	start, end int
}

// outline finds the elements in XML that codec has taken: nothing is checked
// again.
func outline(data []byte) (o outlined) {
	depth := 0
	for i := 0; i < len(data); {
		n := bytes.IndexByte(data[i:], '<')
		if n < 0 {
			break
		}
		i += n
		switch {
		case bytes.HasPrefix(data[i:], []byte("<!--")):
			i = after(data, i, "-->")
		case bytes.HasPrefix(data[i:], []byte("<![CDATA[")):
			i = after(data, i, "]]>")
		case bytes.HasPrefix(data[i:], []byte("<?")):
			i = after(data, i, "?>")
		case bytes.HasPrefix(data[i:], []byte("</")):
			depth--
			start := i
			i = after(data, i, ">")
			switch depth {
			case 0:
				o.inner, o.rest = start, start
			case 1:
				o.children[len(o.children)-1].end = i
			}
		default:
			start := i
			i = afterTag(data, i)
			isEmpty := data[i-2] == '/'
			switch depth {
			case 0:
				o.isEmpty = isEmpty
				o.inner, o.rest = i-len("/>"), i
			case 1:
				o.children = append(o.children, span{tagName(data[start:i]), start, i})
			}
			if !isEmpty {
				depth++
			}
		}
	}
	return o
}

// after returns the place after the next end, from i on.
func after(data []byte, i int, end string) int {
	n := bytes.Index(data[i:], []byte(end))
	if n < 0 {
		return len(data)
	}
	return i + n + len(end)
}

// afterTag returns the place after the start tag at i. In the values of its
// attributes there may be closing brackets.
func afterTag(data []byte, i int) int {
	quote := byte(0)
	for ; i < len(data); i++ {
		switch c := data[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return i
}

func tagName(tag []byte) string {
	name := tag[len("<"):]
	if i := bytes.IndexAny(name, " \t\r\n/>"); i >= 0 {
		name = name[:i]
	}
	return string(name)
}
