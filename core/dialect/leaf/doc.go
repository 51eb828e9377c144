// Package leaf is the engine that dialects share for the string leaves of their
// documents: what each string is to the gateway, which of them are content that
// hooks see, and how edits of hooks come into the document without anything else
// in it changing.
//
// A dialect brings tables of rows, each of a place, what stands there and why,
// and a few functions, each for a kind of object that says something about the
// strings below it. It gets the parts of a request and of an answer, the leaves
// that no table knows, the application of edits as splices of the original bytes,
// and the removal of what derives from an edited part:
//
//	var requestForm = leaf.NewForm(leaf.Spec{
//		Rows: []leaf.Row{
//			{Path: "model", Class: leaf.Control},
//			{Path: "turns[].role", Class: leaf.Control},
//			{Path: "turns[].text", Class: leaf.Part, Kind: core.PartText},
//			{Path: "turns[].call.name", Class: leaf.Attr, Why: "Name of the call"},
//			{Path: "turns[].call.input", Class: leaf.Value, Kind: core.PartToolCall},
//			{Path: "turns[].seal", Class: leaf.Derived, Kind: core.PartThinking, Why: "signs the thinking"},
//		},
//		Keys:   []string{"model", "turns", "stream"},
//		Turns:  "turns[]",
//		Judged: []string{"turns"},
//		Scenes: map[string]leaf.Scene{
//			"turns[]":      func(w *leaf.Walk, o leaf.Object) { w.Role = roleOf(w.Text(o.Value("role"))) },
//			"turns[].call": func(w *leaf.Walk, o leaf.Object) { w.Name = w.Text(o.Value("name")) },
//		},
//		Role: core.RoleSystem,
//		Msg:  -1,
//	})
//
// The dialect keeps a [Memory] in what it puts into Request.Scanned, and the top
// level of the request, read with the keys of the form:
//
//	func (Dialect) Scan(ex *core.Exchange) *core.Error {
//		m := memoryOf(ex)
//		m.Reset()
//		if err := jsonscan.Scan(ex.Request.Body, requestForm.Keys(), &m.top); err != nil {
//			return leaf.Refusal(err, "")
//		}
//		…
//	}
//
//	func (Dialect) Parts(ex *core.Exchange) *core.Error {
//		m := memoryOf(ex)
//		return m.Prompt(ex, requestForm, &m.top)
//	}
//
//	func (Dialect) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
//		m := memoryOf(ex)
//		m.Begin()
//		m.Replace(jsonscan.Span(ex.Request.ModelSpan), at.Deployment.ModelJSON)
//		if err := m.Apply(ex, insertTurn); err != nil {
//			return err
//		}
//		at.Request.Body = m.Render(ex, at.Request.Body[:0], ex.Request.Body)
//		return nil
//	}
//
// The events of a stream have forms of their own, which say of each place also how
// what stands there relates to the events before (Row.Flow, Row.Block). They are read
// with [Memory.ReadEvent] and written with [Memory.AppendEvent]; their scenes may say
// which block an event belongs to, and which ends with it:
//
//	"": func(w *leaf.Walk, o leaf.Object) {
//		w.Block = indexOf(w, o.Value("index"))
//		if string(w.Text(o.Value("type"))) == "stop" {
//			w.End(w.Block)
//		}
//	},
//
// A [Form] is made once and never changes. Nothing here has other state than the
// Memory that the caller owns.
package leaf
