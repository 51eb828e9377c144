// Package translator makes a plugin a translator: it adds the exports of the
// hooks that RegisterTranslator of package sallyport registers. It is imported
// for this effect alone. Plugins that translate nothing do without: a gateway
// may refuse a guardrail that looks like a translator.
package translator
