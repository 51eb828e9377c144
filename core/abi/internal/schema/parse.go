package schema

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/scanner"
)

// Parse reads a file. Errors name the line.
func Parse(src string) (*File, error) {
	p := &parser{file: &File{}}
	p.s.Init(strings.NewReader(src))
	p.s.Mode = scanner.ScanIdents | scanner.ScanInts | scanner.ScanStrings | scanner.ScanComments
	p.s.Error = func(_ *scanner.Scanner, msg string) { p.fail("%s", msg) }
	p.next()
	for p.err == nil && p.tok != scanner.EOF {
		p.top()
	}
	if p.err == nil {
		p.err = p.link()
	}
	return p.file, p.err
}

type parser struct {
	s    scanner.Scanner
	file *File
	err  error

	tok  rune
	text string
	line int
	doc  []string // comment lines right before tok
	end  *string  // doc of what ended on line last, which a comment there extends
	last int
	rpc  [][2]string // type names of each hook
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("line %d: %s", p.s.Pos().Line, fmt.Sprintf(format, args...))
	}
	p.tok = scanner.EOF
}

// next goes to the next token and collects the comments before it.
func (p *parser) next() {
	p.doc = nil
	prev := 0 // line of the comment before
	for p.err == nil {
		p.tok = p.s.Scan()
		p.text, p.line = p.s.TokenText(), p.s.Line
		if p.tok != scanner.Comment {
			if prev != 0 && p.line > prev+1 {
				p.doc = nil // an empty line lies between
			}
			return
		}
		text := strings.TrimSpace(strings.TrimPrefix(p.text, "//"))
		if p.end != nil && p.line == p.last {
			*p.end = strings.TrimSpace(*p.end + " " + text)
			continue
		}
		if p.line != prev+1 {
			p.doc = nil
		}
		p.doc, prev = append(p.doc, text), p.line
	}
}

func (p *parser) takeDoc() string { return strings.Join(p.doc, "\n") }

func (p *parser) want(text string) {
	if p.text != text || p.tok == scanner.EOF {
		p.fail("found %q, want %q", p.text, text)
		return
	}
	p.next()
}

func (p *parser) ident() string {
	name := p.text
	if p.tok != scanner.Ident {
		p.fail("found %q, want a name", p.text)
		return ""
	}
	p.next()
	return name
}

func (p *parser) number() int {
	n, err := strconv.Atoi(p.text)
	if err != nil || p.tok != scanner.Int {
		p.fail("found %q, want a number", p.text)
		return 0
	}
	p.next()
	return n
}

// finish ends a statement; a comment behind it on the line is part of doc.
func (p *parser) finish(doc *string) {
	p.end, p.last = doc, p.line
	p.want(";")
	p.end = nil
}

func (p *parser) top() {
	doc := p.takeDoc()
	switch word := p.ident(); word {
	case "syntax":
		p.want("=")
		p.want(`"proto3"`)
		p.want(";")
	case "package":
		parts := []string{p.ident()}
		for p.text == "." {
			p.next()
			parts = append(parts, p.ident())
		}
		p.file.Package = strings.Join(parts, ".")
		p.want(";")
	case "message":
		p.message(doc)
	case "enum":
		p.enum(doc)
	case "service":
		p.service()
	default:
		p.fail("%q is not of the subset that the ABI uses", word)
	}
}

// body calls item for each statement between braces.
func (p *parser) body(item func()) {
	p.want("{")
	for p.err == nil && p.text != "}" {
		item()
	}
	p.want("}")
}

func (p *parser) message(doc string) {
	m := &Message{Name: p.ident(), Doc: doc}
	p.file.Messages = append(p.file.Messages, m)
	p.body(func() {
		f := &Field{Doc: p.takeDoc()}
		m.Fields = append(m.Fields, f)
		f.TypeName = p.ident()
		if f.TypeName == "repeated" || f.TypeName == "optional" {
			f.Repeated, f.Optional = f.TypeName == "repeated", f.TypeName == "optional"
			f.TypeName = p.ident()
		}
		f.Name = p.ident()
		p.want("=")
		f.Number = p.number()
		p.finish(&f.Doc)
	})
}

func (p *parser) enum(doc string) {
	e := &Enum{Name: p.ident(), Doc: doc}
	p.file.Enums = append(p.file.Enums, e)
	p.body(func() {
		v := Value{Doc: p.takeDoc(), Name: p.ident()}
		p.want("=")
		v.Number = p.number()
		p.finish(&v.Doc)
		e.Values = append(e.Values, v)
	})
}

func (p *parser) service() {
	p.ident()
	p.body(func() {
		h := &Hook{Doc: p.takeDoc()}
		p.want("rpc")
		h.Name = p.ident()
		p.want("(")
		call := p.ident()
		p.want(")")
		p.want("returns")
		p.want("(")
		reply := p.ident()
		p.want(")")
		p.finish(&h.Doc)
		p.file.Hooks = append(p.file.Hooks, h)
		p.rpc = append(p.rpc, [2]string{call, reply})
	})
}

var maxRule = regexp.MustCompile(`\s*@max (\d+)`)

// link resolves type names and checks what the codecs rely on.
func (p *parser) link() error {
	var errs []error
	for _, m := range p.file.Messages {
		seen := map[int]bool{}
		for _, f := range m.Fields {
			if err := p.field(f); err != nil {
				errs = append(errs, fmt.Errorf("%s.%s: %w", m.Name, f.Name, err))
			}
			if seen[f.Number] {
				errs = append(errs, fmt.Errorf("%s.%s: number %d is taken", m.Name, f.Name, f.Number))
			}
			seen[f.Number] = true
		}
		if !slices.IsSortedFunc(m.Fields, func(a, b *Field) int { return a.Number - b.Number }) {
			errs = append(errs, fmt.Errorf("%s: fields are not in the order of their numbers", m.Name))
		}
	}
	for _, e := range p.file.Enums {
		for i, v := range e.Values {
			if v.Number != i || e.Short(v) == v.Name {
				errs = append(errs, fmt.Errorf("%s.%s: values count from 0 and begin with %s_", e.Name, v.Name, upper(e.Name)))
			}
		}
	}
	for i, h := range p.file.Hooks {
		h.Call, h.Reply = p.file.Message(p.rpc[i][0]), p.file.Message(p.rpc[i][1])
		if h.Call == nil || h.Reply == nil || !h.Call.IsCall() || !h.Reply.IsReply() {
			errs = append(errs, fmt.Errorf("hook %s takes a …Call and returns a …Reply", h.Name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, m := range p.file.Roots() {
		if err := mark(m, m.IsCall(), nil); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) field(f *Field) error {
	if m := maxRule.FindStringSubmatch(f.Doc); m != nil {
		f.Max, _ = strconv.Atoi(m[1]) // the rule matches digits only
		f.Doc = strings.TrimSpace(maxRule.ReplaceAllString(f.Doc, ""))
	}
	if f.Number < 1 || f.Number > 63 {
		return fmt.Errorf("number %d is not in [1, 63]", f.Number)
	}
	if f.Repeated && f.Max == 0 {
		return errors.New("a repeated field needs @max")
	}
	if t, ok := scalars[f.TypeName]; ok {
		f.Type = t
		if f.Packed() && t != Uint32 {
			return fmt.Errorf("repeated %s is not of the subset that the ABI uses", f.TypeName)
		}
		return nil
	}
	if f.Message = p.file.Message(f.TypeName); f.Message != nil {
		f.Type = MessageType
		if f.Optional {
			return errors.New("a message is optional anyway")
		}
		return nil
	}
	i := slices.IndexFunc(p.file.Enums, func(e *Enum) bool { return e.Name == f.TypeName })
	if i < 0 || f.Repeated || f.Optional {
		return fmt.Errorf("%s is no type, or not one that can be repeated or optional", f.TypeName)
	}
	f.Type, f.Enum = EnumType, p.file.Enums[i]
	return nil
}

// mark notes in which direction m travels and refuses recursion, which bounds
// the depth of every decoder.
func mark(m *Message, call bool, above []*Message) error {
	if slices.Contains(above, m) {
		return fmt.Errorf("%s contains itself", m.Name)
	}
	m.Call, m.Reply = m.Call || call, m.Reply || !call
	for _, f := range m.Fields {
		if f.Type == MessageType {
			if err := mark(f.Message, call, append(above, m)); err != nil {
				return err
			}
		}
	}
	return nil
}
