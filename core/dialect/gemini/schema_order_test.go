package gemini

import (
	"fmt"
	"strings"
	"testing"
)

// TestPropertyOrdering: properties stand in the order that a client of Google's
// names, in what tools take and in the form of the answer, and what cannot be kept
// of it is reported.
func TestPropertyOrdering(t *testing.T) {
	t.Parallel()
	const lost = `at.propertyOrdering=`
	for in, want := range map[string]string{
		`{"properties":{"a":{},"b":{},"c":{}},"propertyOrdering":["c","a","b"],"required":["a","c"]}`:                      `{"properties":{"c":{},"a":{},"b":{}},"required":["a","c"]}`,
		`{"propertyOrdering":["c","a"],"properties":{"a":{"type":"STRING"},"b":{},"c":{}}}`:                                `{"properties":{"c":{},"a":{"type":"string"},"b":{}}}`,
		`{"property_ordering":["\u0062"],"properties":{"a":{},"b":{}}}`:                                                    `{"properties":{"b":{},"a":{}}}`,
		`{"properties":{"a":{},"\u00fc\"":{}},"propertyOrdering":["ü\"","a"]}`:                                             `{"properties":{"\u00fc\"":{},"a":{}}}`,
		`{"properties":{"x":{"properties":{"a":{},"b":{}},"propertyOrdering":["b","a"]},"y":{}},"propertyOrdering":["y"]}`: `{"properties":{"y":{},"x":{"properties":{"b":{},"a":{}}}}}`,
		`{"anyOf":[{"properties":{"a":{},"b":{}},"propertyOrdering":["b","a"]}]}`:                                          `{"anyOf":[{"properties":{"b":{},"a":{}}}]}`,
		`{"items":{"properties":{"a":{},"b":{}},"propertyOrdering":["b","a"]}}`:                                            `{"items":{"properties":{"b":{},"a":{}}}}`,
		`{"properties":{"propertyOrdering":{},"b":{}},"propertyOrdering":["b","propertyOrdering"]}`:                        `{"properties":{"b":{},"propertyOrdering":{}}}`,
		`{"properties":{"a":{}},"propertyOrdering":[]}`:                                                                    `{"properties":{"a":{}}}`,
		`{"properties":{"a":{}},"propertyOrdering":null}`:                                                                  `{"properties":{"a":{}}}`,
		`{"properties":{"a":{},"b":{}},"propertyOrdering":["b","z","a"]}`:                                                  `{"properties":{"b":{},"a":{}}} ` + lost + `["b","z","a"]`,
		`{"properties":{"a":{},"b":{}},"propertyOrdering":["b","b"]}`:                                                      `{"properties":{"b":{},"a":{}}} ` + lost + `["b","b"]`,
		`{"properties":{"a":{},"":{}},"propertyOrdering":["",1]}`:                                                          `{"properties":{"":{},"a":{}}} ` + lost + `["",1]`,
		`{"properties":{"a":{},"b":{}},"propertyOrdering":"b"}`:                                                            `{"properties":{"a":{},"b":{}}} ` + lost + `"b"`,
		`{"properties":7,"propertyOrdering":["b"]}`:                                                                        `{"properties":7} ` + lost + `["b"]`,
		`{"type":"STRING","propertyOrdering":["b"]}`:                                                                       `{"type":"string"} ` + lost + `["b"]`,
	} {
		r, _ := typed(t, generatePath, `{"contents":[{}],"tools":[{"functionDeclarations":[{"name":"f","parameters":`+in+`}]}],
		 "generationConfig":{"responseMimeType":"application/json","responseSchema":`+in+`}}`)
		p := &r.Parameters
		shape, reported, _ := strings.Cut(want, " ")
		if string(p.OutputShape) != shape || string(p.Tools[0].Arguments) != shape {
			t.Errorf("%s became %s and %s, want %s", in, p.Tools[0].Arguments, p.OutputShape, shape)
		}
		var told []string
		if reported != "" {
			told = []string{strings.Replace(reported, "at", "tools[0].parameters", 1), strings.Replace(reported, "at", "generationConfig.responseSchema", 1)}
		}
		if got := others(p); got != strings.Join(told, " ") {
			t.Errorf("%s: reported %s, want %s", in, got, told)
		}
	}
}

// TestPropertyOrderingIsBounded: an order that is long, and a schema with many
// orders, cost no more than reading them.
func TestPropertyOrderingIsBounded(t *testing.T) {
	t.Parallel()
	var names, properties []string
	for i := range 1000 {
		names = append([]string{fmt.Sprintf(`"p%d"`, i)}, names...)
		properties = append(properties, fmt.Sprintf(`"p%d":{}`, i))
	}
	long := `{"properties":{` + strings.Join(properties, ",") + `},"propertyOrdering":[` + strings.Repeat(strings.Join(names, ",")+",", 200) + `"p0"]}`
	r, _ := typed(t, generatePath, `{"contents":[{}],"tools":[{"functionDeclarations":[{"name":"f","parameters":`+long+`}]}]}`)
	got := string(r.Parameters.Tools[0].Arguments)
	if !strings.HasPrefix(got, `{"properties":{"p999":{},"p998":{},`) || strings.Count(got, ":{}") != 1000 {
		t.Errorf("became %s", clipped(got))
	}
	if len(r.Parameters.Others) != 1 {
		t.Errorf("%d others", len(r.Parameters.Others))
	}
	deep := strings.Repeat(`{"propertyOrdering":["a","b"],"properties":{"b":{},"a":`, 100) + `{}` + strings.Repeat(`}}`, 100)
	want := strings.Repeat(`{"properties":{"a":`, 100) + `{}` + strings.Repeat(`,"b":{}}}`, 100)
	r, _ = typed(t, generatePath, `{"contents":[{}],"tools":[{"functionDeclarations":[{"name":"f","parameters":`+deep+`}]}]}`)
	if got := string(r.Parameters.Tools[0].Arguments); got != want {
		t.Errorf("became %s", clipped(got))
	}
}
