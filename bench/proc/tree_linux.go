package proc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// root is where the kernel shows processes; tests have their own.
const root = "/proc"

// userHZ is the unit of the times in /proc/PID/stat and /proc/stat, a constant
// of the kernel's ABI on every architecture that we build for.
const userHZ = 100

// Tree returns pid and all its descendants. A process that ends meanwhile is
// left out.
func Tree(pid int) ([]int, error) { return tree(root, pid) }

func tree(root string, pid int) ([]int, error) {
	pids := []int{pid}
	for i := 0; i < len(pids); i++ {
		files, err := filepath.Glob(filepath.Join(root, strconv.Itoa(pids[i]), "task", "*", "children"))
		if err != nil {
			return nil, err
		}
		if i == 0 && len(files) == 0 {
			return nil, fmt.Errorf("process %d is gone, or the kernel does not list children", pid)
		}
		for _, f := range files {
			text, err := read(f)
			if err != nil {
				return nil, err
			}
			for child := range strings.FieldsSeq(string(text)) {
				n, err := strconv.Atoi(child)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", f, err)
				}
				pids = append(pids, n)
			}
		}
	}
	return pids, nil
}

// read returns a file of /proc; one of a process or thread that has ended is
// empty.
func read(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return nil, nil
	}
	return text, err
}

// CPU is time on a processor since a process started.
type CPU struct {
	Total time.Duration // to the nanosecond; threads that have ended are missing
	// User and System are in ticks of 10 ms, good for the share of each.
	User, System time.Duration
	// Reaped is what children used that have ended and were waited for, and theirs,
	// in ticks of 10 ms. It is in none of the others.
	Reaped time.Duration
}

// Sub returns what was used since an earlier reading.
func (c CPU) Sub(earlier CPU) CPU {
	return CPU{c.Total - earlier.Total, c.User - earlier.User, c.System - earlier.System, c.Reaped - earlier.Reaped}
}

// UserShare returns the part of the time in user mode, from 0 to 1; 1 when the
// ticks show nothing.
func (c CPU) UserShare() float64 {
	if c.User+c.System <= 0 {
		return 1
	}
	return float64(c.User) / float64(c.User+c.System)
}

// CPUOf returns the sum over pids.
func CPUOf(pids []int) (CPU, error) { return cpuOf(root, pids) }

func cpuOf(root string, pids []int) (sum CPU, err error) {
	for _, pid := range pids {
		dir := filepath.Join(root, strconv.Itoa(pid))
		files, err := filepath.Glob(filepath.Join(dir, "task", "*", "schedstat"))
		if err != nil {
			return sum, err
		}
		for _, f := range files {
			text, err := read(f)
			if err != nil {
				return sum, err
			}
			if fields := bytes.Fields(text); len(fields) > 0 {
				ns, err := strconv.ParseInt(string(fields[0]), 10, 64)
				if err != nil {
					return sum, fmt.Errorf("%s: %w", f, err)
				}
				sum.Total += time.Duration(ns)
			}
		}
		text, err := read(filepath.Join(dir, "stat"))
		if err != nil {
			return sum, err
		}
		if err := sum.addStat(text); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// addStat adds the times of a line of /proc/PID/stat (proc_pid_stat(5)). The name in
// it may hold blanks and parentheses.
func (c *CPU) addStat(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	const user, times = 11, 4 // utime, stime, cutime and cstime, counted after the name
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < user+times {
		return fmt.Errorf("a process's stat has %d fields after its name, want %d or more", len(fields), user+times)
	}
	var t [times]time.Duration
	for i := range t {
		n, err := strconv.ParseInt(string(fields[user+i]), 10, 64)
		if err != nil {
			return err
		}
		t[i] = ticks(n)
	}
	c.User += t[0]
	c.System += t[1]
	c.Reaped += t[2] + t[3]
	return nil
}

func ticks(n int64) time.Duration { return time.Duration(n) * time.Second / userHZ }

// Memory is what a process holds, in bytes.
type Memory struct {
	RSS int64 // resident, shared pages in full
	PSS int64 // resident, shared pages by their share
}

// MemoryOf returns the sum over pids.
func MemoryOf(pids []int) (Memory, error) { return memoryOf(root, pids) }

func memoryOf(root string, pids []int) (sum Memory, err error) {
	for _, pid := range pids {
		text, err := read(filepath.Join(root, strconv.Itoa(pid), "smaps_rollup"))
		if err != nil {
			return sum, err
		}
		for line := range strings.Lines(string(text)) {
			name, rest, _ := strings.Cut(line, ":")
			if name != "Rss" && name != "Pss" {
				continue
			}
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				return sum, fmt.Errorf("smaps_rollup of process %d: %w", pid, err)
			}
			if name == "Rss" {
				sum.RSS += kib << 10
			} else {
				sum.PSS += kib << 10
			}
		}
	}
	return sum, nil
}
