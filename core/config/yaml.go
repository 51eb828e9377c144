package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The bounds of a document. They keep parsing linear and its memory small
// whatever the text is; a real file comes nowhere near them.
const (
	maxFile     = 4 << 20 // bytes
	maxTokens   = 250_000
	maxDepth    = 64      // nesting
	maxSiblings = 2_000   // keys of one mapping
	maxAnchors  = 1_000   // anchors and aliases
	maxNodes    = 400_000 // values after aliases are expanded
)

// shape says what a node is.
type shape uint8

const (
	shapeNull shape = iota
	shapeScalar
	shapeList
	shapeMapping
)

func (s shape) String() string {
	return [...]string{"nothing", "a single value", "a list", "a mapping"}[s]
}

// node is one value of a document with its place. It hides the YAML library
// from the rest of the package: this file alone imports it.
type node struct {
	shape shape
	place place
	text  string // scalar: its text
	value any    // scalar: string, bool, int64, uint64 or float64
	items []*node
	pairs []pair
}

// pair is one key of a mapping and its value.
type pair struct {
	key   string
	place place // of the key
	value *node
}

// place is where something starts in a file. Lines and columns count from 1,
// columns in runes; the zero value is "nowhere".
type place struct {
	line, column int
	width        int // runes that it covers on its line; 0 when unknown
}

// readYAML parses one document. It returns nil and at least one problem when
// data is not one YAML document inside the bounds. Otherwise the problems are
// those that do not hide the rest, such as a key given twice.
func readYAML(data []byte) (*node, []Problem) {
	if p, bad := checkText(data); bad {
		return nil, []Problem{p}
	}
	body, p, bad := parseDocument(data)
	if bad {
		return nil, []Problem{p}
	}
	c := converter{anchors: map[string]*node{}}
	root := c.convert(body, 0)
	if c.fatal {
		return nil, c.problems
	}
	return root, c.problems
}

// parseDocument runs the library. Should it panic, that is a problem of the
// text and not the end of a gateway that only wanted to reload.
func parseDocument(data []byte) (body ast.Node, p Problem, bad bool) {
	defer func() {
		if recover() != nil {
			body, p, bad = nil, problemAt(place{1, 1, 0}, "the file is not valid YAML"), true
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if p, bad := checkTokens(tokens); bad {
		return nil, p, true
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxProblem(err), true
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			return nil, problemAt(startOf(doc.Body), "a second document starts here; a configuration is one document"), true
		}
		body = doc.Body
	}
	if body == nil {
		return nil, problemAt(place{1, 1, 0}, "the file is empty; write at least a provider and a route"), true
	}
	return body, Problem{}, false
}

// checkText refuses what is not text before the lexer sees it.
func checkText(data []byte) (Problem, bool) {
	if len(data) > maxFile {
		return problemAt(place{1, 1, 0}, fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), maxFile)), true
	}
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return problemAt(place{line, column, 0}, "the file is not valid UTF-8 here"), true
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return problemAt(place{line, column, 0}, fmt.Sprintf("the control character U+%04X is not allowed", r)), true
		}
		i, column = i+size, column+1
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return Problem{}, false
}

// checkTokens bounds what the parser, which recurses and copies, has to do.
func checkTokens(tokens token.Tokens) (Problem, bool) {
	if len(tokens) > maxTokens {
		return problemAt(placeOf(tokens[maxTokens]), fmt.Sprintf("the file is too large: more than %d words and signs", maxTokens)), true
	}
	var flow, opens, line, anchors, quotes int
	keys := siblings{}
	for i, t := range tokens {
		if t.Position.Line != line {
			line, opens, quotes = t.Position.Line, 0, 0
		}
		reason := ""
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType:
			opens++
			keys.enter(t.Position.Column)
		case token.MappingValueType:
			if flow <= 0 && i > 0 && keys.add(tokens[i-1].Position.Column) > maxSiblings {
				reason = fmt.Sprintf("more than %d keys in one mapping", maxSiblings)
			}
		case token.AnchorType, token.AliasType:
			anchors++
		case token.DoubleQuoteType, token.SingleQuoteType:
			quotes++
		case token.MappingKeyType:
			reason = "keys with a leading ? are not used here; write key: value"
		case token.TagType:
			reason = "YAML tags are not used here; remove the tag"
		case token.DirectiveType:
			reason = "YAML directives are not used here; remove the line"
		}
		switch {
		case flow > maxDepth || opens > maxDepth:
			reason = fmt.Sprintf("nested deeper than %d", maxDepth)
		case anchors > maxAnchors:
			reason = fmt.Sprintf("more than %d anchors and aliases", maxAnchors)
		case flow <= 0 && quotes > maxSiblings:
			reason = fmt.Sprintf("more than %d quoted texts on one line", maxSiblings)
		}
		if reason != "" {
			return problemAt(placeOf(t), reason), true
		}
	}
	return Problem{}, false
}

// siblings counts the keys of the block mappings that are open, by column.
type siblings struct{ open []struct{ column, n int } }

// enter closes the mappings that are indented deeper than column.
func (s *siblings) enter(column int) {
	for len(s.open) > 0 && s.open[len(s.open)-1].column > column {
		s.open = s.open[:len(s.open)-1]
	}
}

// add counts one more key at column and returns how many its mapping has.
func (s *siblings) add(column int) int {
	s.enter(column)
	if n := len(s.open); n == 0 || s.open[n-1].column < column {
		s.open = append(s.open, struct{ column, n int }{column, 0})
	}
	top := &s.open[len(s.open)-1]
	top.n++
	return top.n
}

// syntaxProblem translates the library's error. Its messages name at most one
// character of the text, so that no secret can stand in them.
func syntaxProblem(err error) Problem {
	var y yaml.Error
	if !errors.As(err, &y) {
		return problemAt(place{1, 1, 0}, "the file is not valid YAML")
	}
	message := strings.ReplaceAll(y.GetMessage(), "'\t'", "tab")
	if strings.Contains(message, "tab") {
		message += "; indent with blanks"
	}
	p := placeOf(y.GetToken())
	p.width = 0
	return problemAt(p, "not valid YAML: "+message)
}

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1, 0}
	}
	p := place{line: max(t.Position.Line, 1), column: max(t.Position.Column, 1)}
	if text := strings.TrimSpace(t.Origin); !strings.Contains(text, "\n") {
		p.width = utf8.RuneCountInString(text)
	}
	return p
}

// startOf returns where n starts. The library's own token of a mapping is its
// first colon.
func startOf(n ast.Node) place {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return placeOf(m.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return placeOf(m.Key.GetToken())
	}
	return placeOf(n.GetToken())
}

// converter turns the library's tree into nodes.
type converter struct {
	anchors  map[string]*node
	problems []Problem
	nodes    int
	fatal    bool
}

func (c *converter) report(p place, format string, args ...any) {
	c.problems = append(c.problems, problemAt(p, fmt.Sprintf(format, args...)))
}

func (c *converter) convert(n ast.Node, depth int) *node {
	c.nodes++
	switch {
	case c.fatal:
	case n == nil:
	case depth > maxDepth:
		c.report(placeOf(n.GetToken()), "nested deeper than %d", maxDepth)
		c.fatal = true
	default:
		return c.switchOn(n, depth)
	}
	return &node{}
}

func (c *converter) switchOn(n ast.Node, depth int) *node {
	at := startOf(n)
	switch n := n.(type) {
	case *ast.NullNode:
		return &node{place: at}
	case *ast.MappingNode:
		return c.mapping(n.Values, at, depth)
	case *ast.MappingValueNode:
		return c.mapping([]*ast.MappingValueNode{n}, at, depth)
	case *ast.SequenceNode:
		list := &node{shape: shapeList, place: at}
		for _, item := range n.Values {
			list.items = append(list.items, c.convert(item, depth+1))
		}
		return list
	case *ast.AnchorNode:
		value := c.convert(n.Value, depth+1)
		c.anchors[nameOf(n.Name)] = value
		return value
	case *ast.AliasNode:
		return c.alias(n, at)
	case *ast.LiteralNode:
		return &node{shape: shapeScalar, place: at, text: n.Value.Value, value: n.Value.Value}
	case ast.ScalarNode:
		return scalar(n, at)
	default:
		c.report(at, "this kind of YAML is not used in a configuration")
		return &node{place: at}
	}
}

func scalar(n ast.ScalarNode, at place) *node {
	value := n.GetValue()
	text := n.GetToken().Value
	switch n := n.(type) {
	case *ast.StringNode:
		text = n.Value
		value = n.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
	default: // infinity and not-a-number have no use here: keep the text
		value = text
	}
	return &node{shape: shapeScalar, place: at, text: text, value: value}
}

func (c *converter) alias(n *ast.AliasNode, at place) *node {
	name := nameOf(n.Value)
	target, ok := c.anchors[name]
	if !ok {
		c.report(at, "no anchor of this name stands above")
		return &node{place: at}
	}
	// An alias is written out, so that a bomb of aliases of aliases is counted.
	c.nodes += target.size()
	if c.nodes > maxNodes {
		if !c.fatal {
			c.report(at, "the aliases expand to more than %d values", maxNodes)
		}
		c.fatal = true
		return &node{place: at}
	}
	return target
}

// size counts the values under n. Aliases share nodes, so it stops counting
// where the caller's bound is passed anyway.
func (n *node) size() int {
	total, open := 0, []*node{n}
	for len(open) > 0 && total <= maxNodes {
		last := open[len(open)-1]
		open = append(open[:len(open)-1], last.items...)
		for i := range last.pairs {
			open = append(open, last.pairs[i].value)
		}
		total++
	}
	return total
}

func (c *converter) mapping(values []*ast.MappingValueNode, at place, depth int) *node {
	m := &node{shape: shapeMapping, place: at}
	seen := make(map[string]place, len(values))
	var merged []*node
	for _, v := range values {
		key := placeOf(v.Key.GetToken())
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			merged = append(merged, c.merge(c.convert(v.Value, depth+1), key)...)
			continue
		}
		name, ok := keyText(v.Key)
		if !ok {
			c.report(key, "a key must be a plain word")
			continue
		}
		value := c.convert(v.Value, depth+1)
		if first, twice := seen[name]; twice {
			c.report(key, "the key %s is given twice; it stands in line %d already", quote(name), first.line)
			continue
		}
		seen[name] = key
		m.pairs = append(m.pairs, pair{key: name, place: key, value: value})
	}
	for _, from := range merged {
		for _, p := range from.pairs {
			if _, own := seen[p.key]; !own {
				seen[p.key] = p.place
				m.pairs = append(m.pairs, p)
			}
		}
	}
	return m
}

// merge returns the mappings that a "<<" key names.
func (c *converter) merge(n *node, at place) []*node {
	from := []*node{n}
	if n.shape == shapeList {
		from = n.items
	}
	for _, m := range from {
		if m.shape != shapeMapping {
			c.report(at, "\"<<\" takes a mapping or a list of mappings, usually an alias")
			return nil
		}
	}
	return from
}

func keyText(n ast.Node) (string, bool) {
	switch k := n.(type) {
	case *ast.StringNode:
		return k.Value, true
	case ast.ScalarNode:
		return k.GetToken().Value, true
	default:
		return "", false
	}
}

func nameOf(n ast.Node) string {
	if n == nil || n.GetToken() == nil {
		return ""
	}
	return n.GetToken().Value
}
