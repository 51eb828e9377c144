// Package config reads the operator's configuration and makes of it the
// snapshot that a gateway runs. It is the only package that reads environment
// variables and secret files.
//
//	cfg, problems := config.Load("sallyport.yaml")        // single fields
//	snapshot, problems := config.Build(cfg, known, sign)  // the whole, in core types
//
// Load and Build never stop at the first mistake: they return every [Problem]
// with file, line, column, field, reason and, where a name is unknown, the
// nearest known one. Build repeats what Load found, so that a caller who prints
// only Build's problems prints them all.
//
// [Config] is the one declaration of the file: defaults, checks, documentation,
// the JSON Schema and the redaction follow from the tags of its fields.
//
// A secret stands in the file by reference only, "${env:NAME}" or
// "${file:/path}", and in memory as a [Secret], which shows itself to nothing
// that prints.
package config
