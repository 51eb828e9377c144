package leaf

import "github.com/sallyport-gateway/sallyport/core"

// Class says what the gateway makes of one string leaf of a document.
type Class uint8

// The classes.
const (
	// Unknown is a leaf that no row of the table names. In requests, and below a
	// judged member (see [Spec]), it is a text; else it is treated as opaque.
	Unknown Class = iota
	// Part is content: each such string is a [core.Part].
	Part
	// Value is content that may be of any kind, such as the arguments of a call
	// that stand as an object. A string is a part as those of class Part are;
	// anything else but null is one part whose text is the JSON as it is written.
	Value
	// Attr belongs to a part as its Name or Ref.
	Attr
	// Derived follows from a part and is dropped, replaced by null, when that was
	// edited; what stands there may be of any kind.
	Derived
	// Spelling spells a part once more, with what else the model might have said: no
	// guard can judge that. In answers it becomes null, or an empty array; in requests it is like
	// what is Derived.
	Spelling
	// Control is a word or id of the protocol that steers and holds no prose. In
	// requests what is no word is a [Setting] all the same, and so is what no row names
	// below a "**".
	Control
	// Opaque may hold or point to content that the gateway cannot see. In requests it
	// is among [core.Exchange.Unseen].
	Opaque
	// Setting is what nobody says to the model and that still leaves as the app wrote
	// it, such as the name of a user. In requests it is a text like what no row names.
	Setting
	// Route names the route; the deployment's model replaces it.
	Route
	// Secret is a credential, which no plugin sees.
	Secret
)

// Row is one row of a table: a place where a string may stand, and what it is
// there.
type Row struct {
	// Path is the JSON path with "[]" for every element of an array. A last
	// "**" stands for everything below that no other row names.
	Path  string
	Class Class
	// Kind is that of the part. A derived leaf of kind PartText, the zero value,
	// follows from whatever stands in the same message and choice, one of another
	// kind from parts of that kind alone.
	Kind core.PartKind
	// Flow and Block are for events of streams. Block is added to that of the
	// [State]; Flow is that of the part unless the State has another one.
	Flow  core.Flow
	Block int
	// Base64 tells that a document stands here in base64 or as a "data:" URL. Where it
	// is a text, guards see what it says.
	Base64 bool
	// Address tells that a URL stands here. In requests an id in its place names what
	// the provider keeps.
	Address bool
	Why     string // where it does not go without saying
}
