package author

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	installZig = "pip install ziglang"
	installC   = "On Debian and Ubuntu: apt-get install clang lld\nanywhere: " + installZig + ", whose C compiler is used then"
	installAS  = "npm install assemblyscript, in the plugin's folder or above it, or with --global"
	installWAT = "npm install wabt, in the plugin's folder or above it, or with --global; or on Debian and Ubuntu: apt-get install wabt"
)

// sdkFolder finds the folder of a language's SDK by one of its files: the copy
// that "plugin new" made, or that of the repository for plugins which lie there.
func sdkFolder(dir, file string) (string, error) {
	for _, folder := range []string{"sdk", "..", filepath.Join("..", "..")} {
		if _, err := os.Stat(filepath.Join(dir, folder, file)); err == nil {
			return folder, nil
		}
	}
	return "", fmt.Errorf("%s has no SDK: sdk/%s is missing; \"sallyport plugin new\" puts it there", dir, file)
}

// build runs commands in dir, of which the last is to write the module to file, and
// returns the module. tmp is a folder for what lies between.
func build(ctx context.Context, dir string, log io.Writer, commands func(file, tmp string) ([][]string, error)) ([]byte, error) {
	tmp, err := os.MkdirTemp("", "sallyport-build-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	file := filepath.Join(tmp, "plugin.wasm")
	all, err := commands(file, tmp)
	if err != nil {
		return nil, err
	}
	for _, args := range all {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // found on the PATH
		cmd.Dir = dir
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("%s failed in %s (%w); what it said is above", filepath.Base(args[0]), dir, err)
		}
	}
	return os.ReadFile(file)
}

// Toolchain is the compiler of a language and its version.
type Toolchain struct {
	Command []string // what runs it
	Name    string   // e.g. "clang"
	Version string   // as it says itself
	Linker  string   // of clang
}

// String returns name and version.
func (t *Toolchain) String() string { return t.Name + " " + t.Version }

// FindToolchain returns the compiler that a plugin in dir is built with: for C,
// Zig, AssemblyScript and WAT. The error says what to install.
func FindToolchain(ctx context.Context, l Lang, dir string) (*Toolchain, error) {
	switch l {
	case LangC:
		return findC(ctx)
	case LangZig:
		return findZig(ctx)
	case LangAssemblyScript:
		return findNode(ctx, dir, "asc", "there is no AssemblyScript compiler (asc). "+installAS)
	case LangWAT:
		return findNode(ctx, dir, "wat2wasm", "there is no wat2wasm. "+installWAT)
	case LangGo, LangRust:
	}
	return nil, fmt.Errorf("the toolchain of %s is found when it runs", l)
}

// says returns the first line that a command prints, or "" if it cannot be run.
func says(ctx context.Context, command ...string) string {
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).Output() //nolint:gosec // found on the PATH
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line)
}

// findC wants a clang that knows the target, and the linker beside it; else Zig.
func findC(ctx context.Context) (*Toolchain, error) {
	if clang, err := exec.LookPath("clang"); err == nil {
		targets, err := exec.CommandContext(ctx, clang, "--print-targets").Output() //nolint:gosec // found on the PATH
		linker, missing := exec.LookPath(says(ctx, clang, "--target=wasm32", "--print-prog-name=wasm-ld"))
		if err == nil && missing == nil && strings.Contains(string(targets), "wasm32") {
			version := lastWord(says(ctx, clang, "--version"), "version ")
			return &Toolchain{Command: []string{clang}, Name: "clang", Version: version, Linker: linker}, nil
		}
	}
	zig, err := findZig(ctx)
	if err != nil {
		return nil, errors.New("there is no C compiler for WebAssembly. " + installC)
	}
	return &Toolchain{Command: append(slices.Clip(zig.Command), "cc"), Name: "zig cc", Version: zig.Version}, nil
}

// lastWord returns the word behind the last mark in text.
func lastWord(text, mark string) string {
	at := strings.LastIndex(text, mark)
	if at < 0 {
		return text
	}
	word, _, _ := strings.Cut(text[at+len(mark):], " ")
	return word
}

// findZig looks for zig and for the one that Python's package brings.
func findZig(ctx context.Context) (*Toolchain, error) {
	for _, command := range [][]string{{"zig"}, {"python-zig"}, {"python3", "-m", "ziglang"}} {
		path, err := exec.LookPath(command[0])
		if err != nil {
			continue
		}
		command[0] = path
		if version := says(ctx, append(slices.Clip(command), "version")...); version != "" {
			return &Toolchain{Command: command, Name: "zig", Version: version}, nil
		}
	}
	return nil, errors.New("there is no Zig. " + installZig)
}

// findNode looks for a program in the node_modules of dir and of the folders above
// it, then on the PATH.
func findNode(ctx context.Context, dir, program, missing string) (*Toolchain, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for {
		if file := filepath.Join(at, "node_modules", ".bin", program); runnable(file) {
			if version := says(ctx, file, "--version"); version != "" {
				return &Toolchain{Command: []string{file}, Name: program, Version: lastWord(version, "Version ")}, nil
			}
		}
		if at == filepath.Dir(at) {
			break
		}
		at = filepath.Dir(at)
	}
	if file, err := exec.LookPath(program); err == nil {
		if version := says(ctx, file, "--version"); version != "" {
			return &Toolchain{Command: []string{file}, Name: program, Version: lastWord(version, "Version ")}, nil
		}
	}
	return nil, errors.New(missing)
}

func compileC(ctx context.Context, dir string, log io.Writer) ([]byte, error) {
	sdk, err := sdkFolder(dir, "sallyport.h")
	if err != nil {
		return nil, err
	}
	tools, err := findC(ctx)
	if err != nil {
		return nil, err
	}
	sources, err := filepath.Glob(filepath.Join(dir, "*.c"))
	if err != nil {
		return nil, err
	}
	return build(ctx, dir, log, func(file, tmp string) ([][]string, error) {
		args := append(slices.Clip(tools.Command), "-std=c11", "-O2", "-mbulk-memory", "-ffreestanding", "-Wall", "-I", sdk)
		link := []string{"--no-entry", "--strip-all", "-z", "stack-size=16384"}
		if tools.Linker == "" { // Zig's
			args = append(args, "--target=wasm32-freestanding", "-nostdlib", "-o", file)
			for _, flag := range link {
				args = append(args, "-Wl,"+flag)
			}
			for _, s := range sources {
				args = append(args, filepath.Base(s))
			}
			return [][]string{args}, nil
		}
		// The linker is called by itself: clang would run a wasm-opt of any age that is on the PATH.
		var all [][]string
		link = append([]string{tools.Linker, "-o", file}, link...)
		for i, s := range sources {
			object := filepath.Join(tmp, strconv.Itoa(i)+".o")
			all = append(all, append(slices.Clip(args), "--target=wasm32", "-c", "-o", object, filepath.Base(s)))
			link = append(link, object)
		}
		return append(all, link), nil
	})
}

func compileZig(ctx context.Context, dir string, log io.Writer) ([]byte, error) {
	sdk, err := sdkFolder(dir, "sallyport.zig")
	if err != nil {
		return nil, err
	}
	tools, err := findZig(ctx)
	if err != nil {
		return nil, err
	}
	return build(ctx, dir, log, func(file, tmp string) ([][]string, error) {
		// What is the compiler's own stays in its cache in the home folder.
		return [][]string{append(slices.Clip(tools.Command), "build-exe", "-target", "wasm32-freestanding", "-O", "ReleaseSmall", "-fno-entry", "-rdynamic",
			"-fstrip", "--stack", "16384", "--cache-dir", tmp, "--dep", "sallyport", "-Mroot=main.zig",
			"-Msallyport="+filepath.Join(sdk, "sallyport.zig"), "-femit-bin="+file)}, nil
	})
}

func compileAssemblyScript(ctx context.Context, dir string, log io.Writer) ([]byte, error) {
	sdk, err := sdkFolder(dir, "sallyport.ts")
	if err != nil {
		return nil, err
	}
	tools, err := FindToolchain(ctx, LangAssemblyScript, dir)
	if err != nil {
		return nil, err
	}
	return build(ctx, dir, log, func(file, _ string) ([][]string, error) {
		return [][]string{append(slices.Clip(tools.Command), "index.ts", "--outFile", file, "--runtime", "stub", "-O2", "--shrinkLevel", "1",
			"--use", "abort="+filepath.ToSlash(filepath.Join(sdk, "sallyport", "failed")))}, nil
	})
}
