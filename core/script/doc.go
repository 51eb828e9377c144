// Package script runs plugins that are one JavaScript file each: the quick
// custom rules of an operator.
//
// A [Host] is what all scripts of a process share. [Host.Load] compiles a file
// and makes a [Script], one generation of a plugin. [Script.New] makes a
// configured use of it, whose hooks the chain calls. What runs inside is a
// runtime: one JavaScript machine with globals of its own, used by one
// goroutine at a time and kept for later calls.
//
// # The language
//
// Scripts are ECMAScript as goja runs it: 5.1 in full and most of what came
// with 6 and later, without modules, timers, files and network. A script puts
// its functions on exports, named like the hooks:
//
//	/* sallyport
//	id: route.by-tier
//	version: 1.0.0
//	hooks: [route]
//	sees: {headers: [x-tier]}
//	*/
//	exports.route = (call) => {
//	  if (call.exchange.headers["x-tier"] === "gold") return { order: ["large", "small"] };
//	};
//
// Its manifest is the comment at its top (see [ManifestText]) or a file beside
// it. sdk/js has the types of calls and replies.
//
// # Trust
//
// Scripts are the operator's code and no sandbox: time is limited, by
// interruption and, since a regular expression outlives that, by a limit on
// each match; strings made in one step are bounded; memory is not limited
// otherwise. Never run a tenant's script.
package script
