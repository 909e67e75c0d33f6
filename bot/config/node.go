package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A node is one value of the file as it was written: YAML's own ideas of numbers and booleans are not asked.
type node struct {
	key          string // as people would point at it: "slack.bot_token", "approvals.bands[2].up_to"
	line, column int
	kind         kind
	source       string          // of a scalar: the source text, unquoted, or "" for null
	fields       []field         // of a mapping, in order
	items        []node          // of a sequence
	names        map[string]node // of a mapping, by name
}

type field struct {
	name string
	at   node // of the name, for faults about the key itself
	node
}

type kind int

const (
	absent kind = iota
	null
	scalar
	mapping
	sequence
)

func (k kind) String() string {
	return [...]string{"nothing", "nothing", "a single value", "a group of keys", "a list"}[k]
}

// parse reads YAML into nodes. What it cannot read as YAML is a fault.
func parse(text []byte, faults *Faults) node {
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		line, column, says := syntax(err)
		faults.add(node{line: line, column: column}, "this is not YAML: %s", says)
		return node{}
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			bodies = append(bodies, d.Body)
		}
	}
	switch len(bodies) {
	case 0:
		faults.add(node{}, "the file is empty")
		return node{}
	case 1:
		b := builder{faults: faults, anchors: map[string]ast.Node{}}
		root := b.build(bodies[0], "")
		root.line, root.column = 0, 0 // what is missing at the top is missing in the whole file
		return root
	}
	faults.add(node{line: bodies[1].GetToken().Position.Line, column: 1}, "one document only: nothing after a line of ---")
	return node{}
}

// maxDepth bounds nesting, and with it aliases that contain themselves.
const maxDepth = 20

type builder struct {
	faults  *Faults
	anchors map[string]ast.Node
	depth   int
	built   int
}

// maxNodes bounds what aliases can multiply to.
const maxNodes = 100_000

func (b *builder) build(n ast.Node, key string) node {
	out := node{key: key, kind: scalar}
	if t := n.GetToken(); t != nil && t.Position != nil {
		out.line, out.column = t.Position.Line, t.Position.Column
	}
	b.depth++
	b.built++
	defer func() { b.depth-- }()
	if b.depth > maxDepth || b.built > maxNodes {
		b.faults.add(out, "nested too deep, or an alias that contains itself")
		return node{}
	}
	switch n := n.(type) {
	case *ast.NullNode:
		out.kind = null
	case *ast.StringNode:
		out.source = n.Value
	case *ast.LiteralNode:
		out.source = strings.TrimRight(n.Value.Value, "\n")
	case *ast.AnchorNode:
		b.anchors[n.Name.GetToken().Value] = n.Value
		return b.build(n.Value, key)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		value, ok := b.anchors[name]
		if !ok {
			b.faults.add(out, "there is no anchor &%s before this", name)
			return node{}
		}
		return b.build(value, key)
	case *ast.TagNode:
		b.faults.add(out, "tags such as %s are not used here", n.Start.Value)
		return node{}
	case *ast.MappingNode:
		b.mapping(&out, n.Values)
	case *ast.MappingValueNode:
		b.mapping(&out, []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		out.kind = sequence
		for i, item := range n.Values {
			out.items = append(out.items, b.build(item, indexed(key, i)))
		}
	default:
		out.source = strings.TrimSpace(n.GetToken().Value)
	}
	return out
}

func (b *builder) mapping(out *node, values []*ast.MappingValueNode) {
	out.kind, out.names = mapping, map[string]node{}
	for _, v := range values {
		t := v.Key.GetToken()
		name := t.Value
		at := node{key: joined(out.key, name), line: t.Position.Line, column: t.Position.Column}
		if v.Key.Type() == ast.MergeKeyType {
			b.faults.add(at, "merging with << is not used here: write the keys out")
			continue
		}
		if before, twice := out.names[name]; twice {
			b.faults.add(at, "given twice; the first is in line %d", before.line)
			continue
		}
		value := b.build(v.Value, at.key)
		if value.kind == null || value.kind == mapping {
			value.line, value.column = at.line, at.column
		}
		out.names[name] = value
		out.fields = append(out.fields, field{name: name, at: at, node: value})
	}
}

func joined(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "." + name
}
