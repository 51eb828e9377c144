package author

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// compileWAT puts the SDK and the plugin's files together and leaves out what of
// the SDK the plugin does not use. A main.wat that is one (module …) is taken as
// it stands.
func compileWAT(ctx context.Context, dir string, log io.Writer) ([]byte, error) {
	tools, err := FindToolchain(ctx, LangWAT, dir)
	if err != nil {
		return nil, err
	}
	text, err := linkWAT(dir)
	if err != nil {
		return nil, err
	}
	return build(ctx, dir, log, func(file, tmp string) ([][]string, error) {
		source := filepath.Join(tmp, "plugin.wat")
		return [][]string{append(slices.Clip(tools.Command), source, "-o", file)}, os.WriteFile(source, []byte(text), 0o600)
	})
}

// linkWAT returns the module's text.
func linkWAT(dir string) (string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.wat"))
	if err != nil {
		return "", err
	}
	own, err := watFields(names)
	if err != nil {
		return "", err
	}
	if len(own) == 1 && own[0].kind == "module" {
		return own[0].text, nil
	}
	folder, err := sdkFolder(dir, "sallyport.wat")
	if err != nil {
		return "", err
	}
	sdk, err := watFields([]string{filepath.Join(dir, folder, "abi.wat"), filepath.Join(dir, folder, "sallyport.wat")})
	if err != nil {
		return "", err
	}
	return joinWAT(own, sdk), nil
}

// watField is one field of a module.
type watField struct {
	kind  string   // "func", "import", …
	name  string   // with "$", "" if it has none
	names []string // all that it mentions
	text  string
}

func watFields(files []string) ([]watField, error) {
	var out []watField
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		fields, err := parseWAT(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, fields...)
	}
	return out, nil
}

// joinWAT writes own fields and those of sdk that they use, imports first, as the
// text format wants it.
func joinWAT(own, sdk []watField) string {
	byName := map[string]int{}
	kept := make([]bool, len(sdk))
	var todo []string
	for i, f := range sdk {
		byName[f.name] = i
		if f.name == "" { // it is exported
			kept[i] = true
			todo = append(todo, f.names...)
		}
	}
	for _, f := range own {
		todo = append(todo, f.names...)
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if i, ok := byName[name]; ok && !kept[i] {
			kept[i] = true
			todo = append(todo, sdk[i].names...)
		}
	}
	var all []watField
	for i, f := range sdk {
		if kept[i] {
			all = append(all, f)
		}
	}
	all = append(all, own...)
	rank := func(f watField) int { return slices.Index([]string{"import", "type"}, f.kind) }
	slices.SortStableFunc(all, func(a, b watField) int { return rank(b) - rank(a) })
	var b strings.Builder
	b.WriteString("(module\n")
	for _, f := range all {
		b.WriteString(f.text)
		b.WriteByte('\n')
	}
	b.WriteString(")\n")
	return b.String()
}

// parseWAT splits a text into its outermost expressions. Errors name the line.
func parseWAT(text string) ([]watField, error) {
	var out []watField
	depth, from := 0, 0
	var tokens []string // of the current field
	fail := func(at int, what string) error {
		return fmt.Errorf("line %d: %s", 1+strings.Count(text[:at], "\n"), what)
	}
	for at := 0; at < len(text); {
		n := watToken(text[at:])
		if n <= 0 {
			return nil, fail(at, "a comment or a string has no end")
		}
		token := text[at : at+n]
		switch c := token[0]; {
		case token == "(":
			if depth == 0 {
				from, tokens = at, nil
			}
			depth++
		case token == ")":
			if depth--; depth < 0 {
				return nil, fail(at, "a parenthesis is closed that was not opened")
			}
			if depth == 0 {
				out = append(out, watNames(text[from:at+1], tokens))
			}
		case c == ' ' || c == ';' || c == '\n' || c == '\t' || c == '\r' || strings.HasPrefix(token, "(;"):
		case depth == 0:
			return nil, fail(at, fmt.Sprintf("%q stands outside of every expression", token))
		default:
			tokens = append(tokens, token)
		}
		at += n
	}
	if depth > 0 {
		return nil, fail(from, "what begins here is not closed")
	}
	if len(out) == 0 {
		return nil, errors.New("it holds nothing")
	}
	return out, nil
}

// watNames notes what a field is called and what it mentions. An import's name
// stands with what it imports, which is its third word at the earliest.
func watNames(text string, tokens []string) watField {
	f := watField{text: text}
	if len(tokens) > 0 {
		f.kind = tokens[0]
	}
	at := 1
	if f.kind == "import" {
		at = 4 // import "module" "name" func $name
	}
	if at < len(tokens) && tokens[at][0] == '$' {
		f.name = tokens[at]
	}
	for _, t := range tokens {
		if t[0] == '$' && t != f.name {
			f.names = append(f.names, t)
		}
	}
	return f
}

// watToken is the length of the token that text begins with; 0 if it has no end.
func watToken(text string) int {
	switch {
	case strings.HasPrefix(text, ";;"):
		if n := strings.IndexByte(text, '\n'); n >= 0 {
			return n
		}
		return len(text)
	case strings.HasPrefix(text, "(;"):
		depth := 0
		for at := 0; at+1 < len(text); at++ {
			switch text[at : at+2] {
			case "(;":
				depth++
				at++
			case ";)":
				depth--
				at++
			}
			if depth == 0 {
				return at + 1
			}
		}
		return 0
	case text[0] == '"':
		for at := 1; at < len(text); at++ {
			switch text[at] {
			case '\\':
				at++
			case '"':
				return at + 1
			}
		}
		return 0
	case strings.IndexByte("() \n\t\r", text[0]) >= 0:
		return 1
	default:
		if n := strings.IndexAny(text, "() \n\t\r\";"); n > 0 {
			return n
		}
		return len(text)
	}
}
