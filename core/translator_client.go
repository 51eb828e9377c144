package core

// ClientTranslator is a [Translator] for clients of some dialects alone: a provider
// takes their documents as they are, in a wrapping of its own, and those of others
// only in another form, for which it has another [Service].
type ClientTranslator interface {
	Translator
	// From tells whether it serves clients of the dialect of that name.
	From(dialect string) bool
}
