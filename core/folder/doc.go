// Package folder turns files that are dropped into a folder into plugins that
// serve, and takes them out when they go.
//
// [Open] looks once, so that a gateway starts with what is there, and then
// watches. What serves is a [Set]: immutable, handed to [Options.OnChange], and
// alive until whoever got it calls [Set.Release].
//
// # From a file to the set
//
// One goroutine does all the work. A file is taken in once its size and times
// have rested for a quarter of a second and a whole read gave as many bytes as
// the file has. Meanwhile a loader may prepare what it holds already, which
// counts only if the content that has rested is the same; nothing of it runs
// before. From there on the bytes in memory count: they are hashed,
// checked against the pins, and loaded, whatever happens to the file. Then, each
// step refusing the file: its manifest is read, which runs nothing of it; its id
// must be free; the operator's pins and grants must allow it; the loader loads
// it; its self-test cases run; OnChange builds instances of it. Only when
// OnChange agrees is the new version part of the set.
//
// A file that is refused changes nothing: the version before it serves on. The
// reason is in [Folder.List], in [Options.OnState] and, where the folder is
// writable, beside the file in NAME.wasm.rejected.
//
// The folder, its files and the folders that symbolic links pass through must
// belong to the gateway's user or root and must not be writable by everyone; a
// read-only mount may be both, as nobody can write to it. Symbolic links are
// followed inside the folder, which is how Kubernetes mounts a ConfigMap, and
// never out of it.
//
// # Which file is whose
//
// A plugin's identity is its manifest id. A file holds an id while its newest
// content serves; another file of that id is rejected, naming the first, and
// tried again once the id is free. Beside NAME.wasm lie, all optional:
//
//	NAME.yaml          the manifest, where the file itself has none
//	NAME.config.yaml   the operator's configuration, handed on as it is
//	NAME.cases.txtar   self-test cases
//	NAME.wasm.minisig  a minisign signature of NAME.wasm
//
// # Versions and stages
//
// A content with its configuration is a version. A first one goes live at once.
// A later one passes the stages of [Rollout], if any: shadow, canary, live. The version that it replaced is kept
// for ten minutes; if the new one fails in a storm within that time the old one
// serves again. There is no way back to none, and none at all after those ten
// minutes, so that clients cannot take a guard away by making it fail. Files are
// never changed by that: a restart begins with the newest content again.
//
// An order of the operator outranks the version that serves: what the pins or
// grants no longer allow is taken out by [Folder.Recheck].
package folder
