package codec

// Node is a member of a document, documented or not. A signature over all that
// was sent is computed over nodes.
type Node struct {
	// Name is the member's or element's name; the items of a JSON array have
	// the array's.
	Name string
	// Text is the text of a scalar: what escapes and references stand for, the
	// literal of a number or bool, and "" for null.
	Text string
	// Children are the members of an object, in the order of the document.
	Children []Node
}

// Nodes returns the members at the top of the document, in its order: those of
// the object in JSON, and in XML the elements below the root.
func (d *Document) Nodes() []Node { return (*d.p).children(0) }

func (d *document) children(i uint32) []Node {
	if d.isScalar(i) {
		return nil
	}
	var nodes []Node
	for c := i + 1; c < d.nodes[i].next; c = d.nodes[c].next {
		name := string(d.name(c))
		if d.nodes[c].kind != kindArray {
			nodes = append(nodes, d.node(name, c))
			continue
		}
		for item := c + 1; item < d.nodes[c].next; item = d.nodes[item].next {
			nodes = append(nodes, d.node(name, item))
		}
	}
	return nodes
}

func (d *document) node(name string, i uint32) Node {
	n := Node{Name: name, Children: d.children(i)}
	if d.isScalar(i) && d.nodes[i].kind != kindNull {
		n.Text = string(d.text(i))
	}
	return n
}
