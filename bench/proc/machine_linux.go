package proc

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Busy returns how long all processors together have been busy since the
// machine started: with user, system and interrupt work, and with what a
// hypervisor took. It counts in ticks of 10 ms a processor.
func Busy() (time.Duration, error) {
	text, err := os.ReadFile(root + "/stat")
	if err != nil {
		return 0, err
	}
	return parseBusy(text)
}

// parseBusy reads the first line of /proc/stat: user nice system idle iowait irq
// softirq steal, then guest times that are in user already (proc_stat(5)).
func parseBusy(text []byte) (time.Duration, error) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := strings.Fields(string(line))
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("the first line of /proc/stat is %q", line)
	}
	var sum int64
	for i, f := range fields[1:9] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		const idle, iowait = 3, 4
		if i != idle && i != iowait {
			sum += n
		}
	}
	return ticks(sum), nil
}

// ThisMachine describes where it is called. What cannot be read stays empty.
func ThisMachine() Machine {
	m := Machine{Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version()}
	var uts unix.Utsname
	if unix.Uname(&uts) == nil {
		m.OS = unix.ByteSliceToString(uts.Sysname[:]) + " " + unix.ByteSliceToString(uts.Release[:])
	}
	if text, err := os.ReadFile(root + "/cpuinfo"); err == nil {
		m.CPU = parseModel(text)
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.Memory = int64(info.Totalram) * int64(info.Unit)
	}
	if CountersWork() {
		name := "instructions:u"
		m.Counter = &name
	}
	return m
}

func parseModel(text []byte) string {
	scan := bufio.NewScanner(bytes.NewReader(text))
	for scan.Scan() {
		if name, value, ok := strings.Cut(scan.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Instructions counts the instructions that processes execute in user mode. Its
// zero value counts nothing.
type Instructions struct{ fds []int }

// ErrNoCounters says that this machine does not count instructions.
var ErrNoCounters = errors.New("no hardware counters here (a virtual machine without a PMU, or perf_event_paranoid)")

// CountersWork tells whether this machine counts instructions.
func CountersWork() bool {
	fd, err := openCounter(0)
	if err != nil {
		return false
	}
	_ = unix.Close(fd)
	return true
}

// Count starts to count for all threads of pids and those they will start. It
// returns [ErrNoCounters] where that is impossible. The caller ends it with
// [Instructions.Stop].
func Count(pids []int) (*Instructions, error) {
	c := &Instructions{}
	for _, pid := range pids {
		tasks, err := os.ReadDir(fmt.Sprintf("%s/%d/task", root, pid))
		if err != nil {
			continue // it has ended
		}
		for _, task := range tasks {
			tid, err := strconv.Atoi(task.Name())
			if err != nil {
				continue
			}
			fd, err := openCounter(tid)
			switch {
			case errors.Is(err, unix.ESRCH):
			case err != nil:
				_, _ = c.Stop()
				return nil, fmt.Errorf("%w: %w", ErrNoCounters, err)
			default:
				c.fds = append(c.fds, fd)
			}
		}
	}
	return c, nil
}

// openCounter counts for one thread (perf_event_open(2)).
func openCounter(tid int) (int, error) {
	return unix.PerfEventOpen(&unix.PerfEventAttr{
		Type:   unix.PERF_TYPE_HARDWARE,
		Size:   unix.PERF_ATTR_SIZE_VER0,
		Config: unix.PERF_COUNT_HW_INSTRUCTIONS,
		Bits:   unix.PerfBitInherit | unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv,
	}, tid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
}

// Stop ends the count and returns it.
func (c *Instructions) Stop() (sum uint64, err error) {
	for _, fd := range c.fds {
		var b [8]byte
		n, rerr := unix.Read(fd, b[:])
		if rerr != nil || n != len(b) {
			err = errors.Join(err, fmt.Errorf("reading a counter: %d bytes, %w", n, rerr))
		} else {
			sum += binary.NativeEndian.Uint64(b[:])
		}
		_ = unix.Close(fd)
	}
	c.fds = nil
	return sum, err
}
