package gemini

import (
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// appendProperties appends the properties of a schema in the order that it names,
// which JSON Schema has no word for: models of other providers write them in the
// order in which they stand. Those that are not named come behind, as they stood.
// What cannot be kept of an order is among the others.
func (s *settings) appendProperties(out []byte, v jsonscan.Value, ordering *jsonscan.Member, level int) []byte {
	obj := s.objects.level(level)
	if v.Kind != jsonscan.ObjectKind || jsonscan.ScanObject(s.doc, v, nil, obj) != nil {
		s.unordered(ordering)
		return append(out, v.Of(s.doc)...)
	}
	places, all := s.places(obj.Members, ordering)
	if !all {
		s.unordered(ordering)
	}
	out = append(out, '{')
	for i := range obj.Members {
		m := &obj.Members[i]
		if places != nil {
			m = &obj.Members[places[i]]
		}
		out = append(append(comma(out), m.Key.Of(s.doc)...), ':')
		out = s.appendSchema(out, m.Value, level+1)
	}
	return append(out, '}')
}

// places returns where the members stand that come first, second and so on; nil
// where that is as they stand. It tells whether ordering names each once and
// nothing else.
func (s *settings) places(members []jsonscan.Member, ordering *jsonscan.Member) (places []int, all bool) {
	if ordering == nil || ordering.Value.Kind != jsonscan.ArrayKind {
		return nil, ordering == nil
	}
	at := make(map[string]int, len(members))
	for i := range members {
		at[string(s.key(&members[i]))] = i
	}
	places, all = make([]int, 0, len(members)), true
	named := make([]bool, len(members))
	for a := jsonscan.Elements(s.doc, ordering.Value); a.Next(); {
		i, known := at[string(s.text(a.Value()))]
		if !known || named[i] || a.Value().Kind != jsonscan.String {
			all = false
			continue
		}
		named[i] = true
		places = append(places, i)
	}
	for i := range members {
		if !named[i] {
			places = append(places, i)
		}
	}
	return places, all
}

// unordered reports an order of properties that could not be kept as it was said.
func (s *settings) unordered(ordering *jsonscan.Member) {
	if ordering != nil && !leaf.Absent(ordering.Value) {
		s.other(s.schemaAt, ordering)
	}
}
