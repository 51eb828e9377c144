// Package adapter runs plugins that are processes of their own: those that wrap
// a model runtime.
//
// A [Host] is what all adapters of a gateway share. [Host.Load] takes the bytes
// of a program and makes an [Artifact], one generation of a plugin. Artifact.New
// makes a configured use of it, whose hooks the chain calls and whose runtime
// the gateway uses. Instances of one artifact that are configured alike share
// one process.
//
// # A process
//
// Loading writes the bytes that were hashed into a folder that only this user
// can enter, and every start checks that copy again and runs it: what happens to
// the dropped file meanwhile does not matter. The process gets no environment
// but what the instance's configuration says and what the handshake needs, an empty standard
// input, and a folder of its own for its socket. Both sides prove with one-time
// certificates that they are who they were. What the process writes to its
// outputs is read whatever it is, cut into lines and passed on under a cap.
//
// It is started within two seconds or refused; [Instance.Start] waits for that.
// A later start, which nobody waits for, may take ten. While it runs its health
// is asked every second. One that dies, or does not answer for two seconds, is
// killed with all that it started and started anew, after a rest that doubles
// from a fifth of a second to thirty. The fifth time within two minutes it is
// quarantined: started again only every five minutes. While there is no process
// hooks fail at once, and the instance's fail mode decides.
//
// # Death
//
// Between the gateway and each adapter stands a guard, a small process that
// [Guard] runs. It adopts whatever the adapter leaves behind, and kills all of
// it when the adapter ends, when the gateway says so, and when the gateway dies,
// however that happens: it holds the other end of a pipe that only the gateway
// keeps open.
//
// # Trust
//
// Adapters are trusted: nothing confines them beyond what is said here. A folder
// loads none whose digest the operator has not pinned.
package adapter
