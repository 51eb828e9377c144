package wasm

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/sallyport-gateway/sallyport/core/abi"
)

const wasiModule = "wasi_snapshot_preview1"

// Error numbers of WASI preview 1.
const (
	wasiOK         = 0
	wasiBadFile    = 8
	wasiInvalid    = 28
	wasiNotSeek    = 70
	wasiNoSys      = 52
	wasiNotCapable = 76
)

// wasiNone are the functions of WASI preview 1 that find nothing: there are no
// files, and standard input, output and error are all descriptors there are.
// The letters give the parameters, i for i32 and I for i64.
var wasiNone = [...]struct {
	name, params string
	errno        uint32
}{
	{"fd_advise", "iIIi", wasiBadFile},
	{"fd_allocate", "iII", wasiBadFile},
	{"fd_close", "i", wasiBadFile},
	{"fd_datasync", "i", wasiBadFile},
	{"fd_fdstat_set_flags", "ii", wasiBadFile},
	{"fd_fdstat_set_rights", "iII", wasiBadFile},
	{"fd_filestat_get", "ii", wasiBadFile},
	{"fd_filestat_set_size", "iI", wasiBadFile},
	{"fd_filestat_set_times", "iIIi", wasiBadFile},
	{"fd_pread", "iiiIi", wasiBadFile},
	{"fd_prestat_get", "ii", wasiBadFile},
	{"fd_prestat_dir_name", "iii", wasiBadFile},
	{"fd_pwrite", "iiiIi", wasiBadFile},
	{"fd_readdir", "iiiIi", wasiBadFile},
	{"fd_renumber", "ii", wasiBadFile},
	{"fd_seek", "iIii", wasiNotSeek},
	{"fd_sync", "i", wasiBadFile},
	{"fd_tell", "ii", wasiNotSeek},
	{"path_create_directory", "iii", wasiNotCapable},
	{"path_filestat_get", "iiiii", wasiNotCapable},
	{"path_filestat_set_times", "iiiiIIi", wasiNotCapable},
	{"path_link", "iiiiiii", wasiNotCapable},
	{"path_open", "iiiiiIIii", wasiNotCapable},
	{"path_readlink", "iiiiii", wasiNotCapable},
	{"path_remove_directory", "iii", wasiNotCapable},
	{"path_rename", "iiiiii", wasiNotCapable},
	{"path_symlink", "iiiii", wasiNotCapable},
	{"path_unlink_file", "iii", wasiNotCapable},
	{"proc_raise", "i", wasiNoSys},
	{"sched_yield", "", wasiOK},
}

// addWASI adds WASI preview 1 with nothing mounted: no files, arguments,
// environment or sockets; what is written to standard output and error is
// logged; clocks and random numbers are real.
func addWASI(all map[string]hostFunc) {
	add := func(name, params, result string, f hostCall) {
		sig := "("
		for i, p := range params {
			if i > 0 {
				sig += ","
			}
			sig += map[rune]string{'i': "i32", 'I': "i64"}[p]
		}
		all[wasiModule+"."+name] = hostFunc{
			sig: signature(sig + ")->" + result),
			call: func(ctx context.Context, _ api.Module, s []uint64) {
				g := guestOf(ctx)
				g.charge(0)
				f(g, s)
			},
		}
	}
	for _, n := range wasiNone {
		add(n.name, n.params, "i32", func(_ *guest, s []uint64) { s[0] = uint64(n.errno) })
	}
	add("args_get", "ii", "i32", func(_ *guest, s []uint64) { s[0] = wasiOK })
	add("environ_get", "ii", "i32", func(_ *guest, s []uint64) { s[0] = wasiOK })
	add("args_sizes_get", "ii", "i32", wasiNothing)
	add("environ_sizes_get", "ii", "i32", wasiNothing)
	add("clock_res_get", "ii", "i32", func(g *guest, s []uint64) { g.put(s, s[1], 8, 1000) })
	add("clock_time_get", "iIi", "i32", wasiClock)
	add("fd_fdstat_get", "ii", "i32", wasiStat)
	add("fd_read", "iiii", "i32", wasiRead)
	add("fd_write", "iiii", "i32", wasiWrite)
	add("poll_oneoff", "iiii", "i32", wasiPoll)
	add("proc_exit", "i", "", func(g *guest, s []uint64) {
		g.exitCode = uint32(s[0])
		g.stop(FailExit)
	})
	add("random_get", "ii", "i32", wasiRandom)
	for name, params := range map[string]string{"sock_accept": "iii", "sock_recv": "iiiiii", "sock_send": "iiiii", "sock_shutdown": "ii"} {
		add(name, params, "i32", nil)
		f := all[wasiModule+"."+name]
		f.refused = "a guest has no sockets"
		all[wasiModule+"."+name] = f
	}
}

// put writes a number of size bytes at ptr and succeeds, or fails the call.
func (g *guest) put(s []uint64, ptr uint64, size uint32, v uint64) {
	b, ok := g.mem.view(uint32(ptr), size)
	if !ok {
		s[0] = wasiInvalid
		return
	}
	if size == 8 {
		binary.LittleEndian.PutUint64(b, v)
	} else {
		binary.LittleEndian.PutUint32(b, uint32(v))
	}
	s[0] = wasiOK
}

// wasiNothing tells that there are no arguments, or no environment.
func wasiNothing(g *guest, s []uint64) {
	second := s[1]
	if g.put(s, s[0], 4, 0); s[0] == wasiOK {
		g.put(s, second, 4, 0)
	}
}

func wasiClock(g *guest, s []uint64) {
	host := g.pool.module.host
	switch uint32(s[0]) {
	case 0: // real time
		g.put(s, s[2], 8, uint64(host.opts.Clock.Now().UnixNano()))
	case 1: // monotonic
		g.put(s, s[2], 8, uint64(host.now()))
	default:
		s[0] = wasiInvalid
	}
}

// wasiStat says that 0, 1 and 2 are character devices.
func wasiStat(g *guest, s []uint64) {
	if uint32(s[0]) > 2 {
		s[0] = wasiBadFile
		return
	}
	b, ok := g.mem.view(uint32(s[1]), 24)
	if !ok {
		s[0] = wasiInvalid
		return
	}
	clear(b)
	b[0] = 2 // character device
	s[0] = wasiOK
}

// wasiRead is the end of standard input.
func wasiRead(g *guest, s []uint64) {
	if uint32(s[0]) != 0 {
		s[0] = wasiBadFile
		return
	}
	g.put(s, s[3], 4, 0)
}

const maxVectors = 1024

// wasiWrite logs.
func wasiWrite(g *guest, s []uint64) {
	fd, count, result := uint32(s[0]), uint32(s[2]), s[3]
	level := abi.LevelInfo
	if fd == 2 {
		level = abi.LevelWarn
	}
	list, ok := g.mem.view(uint32(s[1]), min(count, maxVectors)*8)
	if fd != 1 && fd != 2 {
		s[0] = wasiBadFile
		return
	}
	if !ok || count > maxVectors {
		s[0] = wasiInvalid
		return
	}
	total := uint64(0)
	for ; len(list) > 0; list = list[8:] {
		b, ok := g.mem.view(binary.LittleEndian.Uint32(list), binary.LittleEndian.Uint32(list[4:]))
		if !ok {
			s[0] = wasiInvalid
			return
		}
		g.charge(len(b))
		g.write(level, b)
		total += uint64(len(b))
	}
	g.put(s, result, 4, total)
}

func wasiRandom(g *guest, s []uint64) {
	b, ok := g.in(s)
	if !ok || len(b) > maxRandom {
		s[0] = wasiInvalid
		return
	}
	_, _ = rand.Read(b) // never fails
	s[0] = wasiOK
}

// wasiPoll knows clocks alone: it sleeps until the earliest is due, but not
// beyond the guest's deadline.
func wasiPoll(g *guest, s []uint64) {
	const subscription, event = 48, 32
	n, result := uint32(s[2]), s[3]
	subs, ok := g.mem.view(uint32(s[0]), min(n, maxVectors)*subscription)
	events, ok2 := g.mem.view(uint32(s[1]), min(n, maxVectors)*event)
	if !ok || !ok2 || n == 0 || n > maxVectors {
		s[0] = wasiInvalid
		return
	}
	host := g.pool.module.host
	now := host.now()
	rest := g.deadline - now
	for i := range int(n) {
		sub := subs[i*subscription:]
		if sub[8] != 0 { // not a clock: ready at once, with an error
			rest = 0
			continue
		}
		due := time.Duration(binary.LittleEndian.Uint64(sub[24:]))
		if sub[40]&1 != 0 { // absolute
			if sub[16] == 0 {
				due -= time.Duration(host.opts.Clock.Now().UnixNano())
			} else {
				due -= now
			}
		}
		rest = min(rest, max(due, 0))
	}
	if rest > 0 {
		time.Sleep(rest) //nolint:forbidigo // the guest asked to sleep, and its deadline bounds it
		g.had(rest)
	}
	clear(events)
	for i := range int(n) {
		e, sub := events[i*event:], subs[i*subscription:]
		copy(e[:8], sub[:8]) // user data
		if e[10] = sub[8]; sub[8] != 0 {
			binary.LittleEndian.PutUint16(e[8:], wasiBadFile)
		}
	}
	g.put(s, result, 4, uint64(n))
	g.check()
}
