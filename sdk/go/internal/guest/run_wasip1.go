package guest

import (
	"unsafe"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/host"
)

// minFrame and minReply are what the guest has before any hook, so that usual
// frames and replies need no memory after the snapshot to which the host takes
// a guest back.
const (
	minFrame = 64 << 10
	minReply = 4 << 10
)

var frame, reply []byte

// Buffer implements sallyport_buffer.
func Buffer(n uint32) uint32 {
	if uint64(n) > uint64(cap(frame)) {
		frame = make([]byte, max(n, minFrame))
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(frame))))
}

// Start implements sallyport_configure.
func Start(n uint32) uint32 {
	setGCPercent(gcPercent)
	reply = make([]byte, 0, minReply)
	err := Configure(frame[:n])
	if err != nil {
		host.Log(abi.LevelError, err.Error())
	}
	if _, ok := err.(*PanicError); ok {
		trap()
	}
	settle()
	return uint32(StatusOf(err))
}

// Call implements the export of a hook. A hook that fails traps, so that the
// host throws the guest away and the plugin's fail mode decides.
func Call(h Hook, n uint32) uint64 {
	out, err := Run(h, reply[:0], frame[:n])
	if err != nil {
		host.Log(abi.LevelError, h.String()+": "+err.Error())
		trap()
	}
	if len(out) == 0 {
		return 0
	}
	reply = out
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(out))))<<32 | uint64(len(out))
}

// trap stops the guest for good with an unreachable instruction. A panic would
// do so too, after printing a trace of every goroutine into the host's log.
func trap()
