package config

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// schema is the JSON Schema of a plugin's settings, ready to check some.
type schema struct {
	doc      map[string]any // as the manifest has it
	compiled *jsonschema.Schema
}

// schemaURL names a schema within itself.
const schemaURL = "manifest:config"

// noLoader keeps a schema from reading other documents.
type noLoader struct{}

func (noLoader) Load(string) (any, error) {
	return nil, errors.New("a schema must stand by itself and cannot refer to other documents")
}

// compileSchema checks a manifest's schema. A nil one takes any mapping.
func compileSchema(doc map[string]any) (*schema, error) {
	if doc == nil {
		return &schema{}, nil
	}
	if t, ok := doc["type"]; ok && t != "object" {
		return nil, errors.New("must be the schema of a mapping: write type: object")
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	c.DefaultDraft(jsonschema.Draft2020)
	strict := closed(doc)
	strict["type"] = "object"
	if err := c.AddResource(schemaURL, strict); err != nil {
		return nil, schemaProblem(err)
	}
	s, err := c.Compile(schemaURL)
	if err != nil {
		return nil, schemaProblem(err)
	}
	if err := checkDefaults(c, doc, "", ""); err != nil {
		return nil, err
	}
	return &schema{doc: doc, compiled: s}, nil
}

// schemaProblem says in words why the library refuses a schema.
func schemaProblem(err error) error {
	text := err.Error()
	if v, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		if inner, ok := errors.AsType[*jsonschema.ValidationError](v.Err); ok {
			first := findings(inner)[0]
			text = "/" + strings.Join(first.path, "/") + " " + first.reason
		}
	}
	return fmt.Errorf("is no JSON Schema: %s", strings.ReplaceAll(text, "\n", " "))
}

// openers are the keywords which say by themselves what else a mapping may hold.
var openers = [...]string{
	"additionalProperties", "unevaluatedProperties", "patternProperties", "$ref", "allOf", "anyOf", "oneOf", "if", "dependentSchemas",
}

// closed copies a schema and forbids what its properties do not name, where it
// does not say otherwise itself: a setting with a wrong name must not be lost.
func closed(doc map[string]any) map[string]any {
	out := maps.Clone(doc)
	if props, ok := doc["properties"].(map[string]any); ok {
		inner := make(map[string]any, len(props))
		for name, p := range props {
			inner[name] = closedAny(p)
		}
		out["properties"] = inner
		if !slices.ContainsFunc(openers[:], func(k string) bool { _, ok := doc[k]; return ok }) {
			out["additionalProperties"] = false
		}
	}
	if items, ok := doc["items"]; ok {
		out["items"] = closedAny(items)
	}
	return out
}

func closedAny(v any) any {
	if doc, ok := v.(map[string]any); ok {
		return closed(doc)
	}
	return v
}

// checkDefaults holds each default against the schema that it stands in.
func checkDefaults(c *jsonschema.Compiler, doc map[string]any, pointer, name string) error {
	if value, ok := doc["default"]; ok && pointer != "" {
		s, err := c.Compile(schemaURL + "#" + pointer)
		if err != nil {
			return schemaProblem(err)
		}
		if bad := check(s, value); len(bad) > 0 {
			return fmt.Errorf("the default of %s %s", quote(name), bad[0].reason)
		}
	}
	props, _ := doc["properties"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(props)) {
		if p, ok := props[key].(map[string]any); ok {
			at := pointer + "/properties/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
			if err := checkDefaults(c, p, at, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// finding is one thing that is wrong with settings. It shows no value, since
// that may be a secret.
type finding struct {
	path   []string
	reason string
}

// settings fills the defaults into a copy of given and checks it. Secrets stay
// [Secret]s in what it returns.
func (s *schema) settings(given map[string]any) (map[string]any, []finding) {
	filled := fill(s.doc, given)
	bad := secrets(s.doc, filled, false, nil)
	if s.compiled != nil {
		bad = append(bad, check(s.compiled, reveal(filled))...)
	}
	return filled, bad
}

// fill returns a deep copy of given with the defaults of doc where given has
// nothing.
func fill(doc, given map[string]any) map[string]any {
	out := make(map[string]any, len(given))
	props, _ := doc["properties"].(map[string]any)
	for name, v := range given {
		out[name] = fillAny(props[name], v)
	}
	for name, p := range props {
		if sub, ok := p.(map[string]any); ok {
			if value, ok := sub["default"]; ok && out[name] == nil {
				out[name] = fillAny(sub, value)
			}
		}
	}
	return out
}

func fillAny(doc, v any) any {
	sub, _ := doc.(map[string]any)
	switch v := v.(type) {
	case map[string]any:
		return fill(sub, v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = fillAny(sub["items"], v[i])
		}
		return out
	default:
		return v
	}
}

// secrets finds secrets that stand where none belongs, and texts that stand in
// the place of one.
func secrets(doc map[string]any, v any, secret bool, path []string) []finding {
	if w, ok := doc["writeOnly"].(bool); ok {
		secret = w
	}
	var out []finding
	switch v := v.(type) {
	case Secret:
		if !secret {
			out = append(out, finding{path, "a reference stands only for what the plugin's manifest marks as a secret (writeOnly); write the value itself"})
		}
	case string:
		if secret && v != "" && v != doc["default"] {
			out = append(out, finding{path, `a secret must not stand in the file; put it into the environment or a file of its own and write "${env:NAME}" or "${file:/path}"`})
		}
	case map[string]any:
		props, _ := doc["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			sub, ok := props[name].(map[string]any)
			if !ok {
				sub, _ = doc["additionalProperties"].(map[string]any)
			}
			out = append(out, secrets(sub, v[name], secret, append(slices.Clip(path), name))...)
		}
	case []any:
		sub, _ := doc["items"].(map[string]any)
		for i := range v {
			out = append(out, secrets(sub, v[i], secret, append(slices.Clip(path), strconv.Itoa(i)))...)
		}
	}
	return out
}

// reveal returns a deep copy of v with the text of each [Secret].
func reveal(v any) any {
	switch v := v.(type) {
	case Secret:
		return v.Reveal()
	case map[string]any:
		out := make(map[string]any, len(v))
		for name := range v {
			out[name] = reveal(v[name])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = reveal(v[i])
		}
		return out
	default:
		return v
	}
}

// check returns everything that is wrong with a value.
func check(s *jsonschema.Schema, v any) []finding {
	err := s.Validate(v)
	if err == nil {
		return nil
	}
	if bad, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return findings(bad)
	}
	return []finding{{nil, "cannot be checked"}}
}

// findings returns the leaves of an error, of which there is at least one.
func findings(e *jsonschema.ValidationError) []finding {
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		return []finding{{e.InstanceLocation, "fits none of the forms that the schema allows"}}
	case *kind.AdditionalProperties:
		var out []finding
		for _, name := range k.Properties {
			out = append(out, finding{append(slices.Clip(e.InstanceLocation), name), "unknown field " + quote(name)})
		}
		return out
	case *kind.Required:
		var out []finding
		for _, name := range k.Missing {
			out = append(out, finding{append(slices.Clip(e.InstanceLocation), name), "is missing"})
		}
		return out
	}
	if len(e.Causes) == 0 {
		return []finding{{e.InstanceLocation, schemaReason(e.ErrorKind)}}
	}
	var out []finding
	for _, cause := range e.Causes {
		out = append(out, findings(cause)...)
	}
	return out
}

// schemaReason says in words what a value violates, and nothing of the value.
func schemaReason(k jsonschema.ErrorKind) string {
	decimal := func(r *big.Rat) string { return strings.TrimSuffix(strings.TrimRight(r.FloatString(6), "0"), ".") }
	switch k := k.(type) {
	case *kind.Type:
		return "must be of the type " + strings.Join(k.Want, " or ") + ", not " + k.Got
	case *kind.Enum:
		return "is not allowed; known are " + list(k.Want)
	case *kind.Const:
		return "must be " + list([]any{k.Want})
	case *kind.Pattern:
		return "does not match the pattern " + quote(k.Want)
	case *kind.Format:
		return "is not a valid " + k.Want
	case *kind.Minimum:
		return "is too small; the least is " + decimal(k.Want)
	case *kind.Maximum:
		return "is too large; the most is " + decimal(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be more than " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + decimal(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + decimal(k.Want)
	case *kind.MinLength:
		return fmt.Sprintf("has %d characters; the least is %d", k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("has %d characters; the most is %d", k.Got, k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("has %d entries; the least is %d", k.Got, k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has %d entries; the most is %d", k.Got, k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("has %d fields; the least is %d", k.Got, k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("has %d fields; the most is %d", k.Got, k.Want)
	case *kind.UniqueItems:
		return fmt.Sprintf("has the same entry at %d and %d", k.Duplicates[0], k.Duplicates[1])
	default:
		return "does not fit the schema's " + strings.Join(k.KeywordPath(), "/")
	}
}

func list(values []any) string {
	out := make([]string, len(values))
	for i, v := range values {
		if s, ok := v.(string); ok {
			out[i] = quote(s)
		} else {
			out[i] = fmt.Sprint(v)
		}
	}
	return strings.Join(out, ", ")
}

// settingPath appends a finding's path to that of a plugin's config.
func settingPath(at string, path []string) string {
	for _, step := range path {
		if n, err := strconv.Atoi(step); err == nil && n >= 0 {
			at = indexed(at, n)
		} else {
			at = join(at, step)
		}
	}
	return at
}

// hint returns the nearest valid name for an unknown field, or what goes with
// the reason otherwise.
func (s *schema) hint(f finding) string {
	if !strings.HasPrefix(f.reason, "unknown field") || len(f.path) == 0 {
		return ""
	}
	doc := s.doc
	for _, step := range f.path[:len(f.path)-1] {
		props, _ := doc["properties"].(map[string]any)
		next, ok := props[step].(map[string]any)
		if !ok {
			next, _ = doc["items"].(map[string]any)
		}
		doc = next
	}
	props, _ := doc["properties"].(map[string]any)
	return didYouMean(f.path[len(f.path)-1], slices.Sorted(maps.Keys(props)))
}
