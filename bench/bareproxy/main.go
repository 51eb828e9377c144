// Command bareproxy is the yardstick of the benchmark: the leanest honest reverse
// proxy that fasthttp allows. It checks nothing, reads nothing and books nothing.
//
//	bareproxy --listen 127.0.0.1:8090 --upstream 127.0.0.1:9090 --answers whole
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/valyala/fasthttp"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bareproxy:", err)
		os.Exit(1)
	}
}

// run serves until SIGINT or SIGTERM.
func run(args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("bareproxy", flag.ContinueOnError)
	fs.SetOutput(stderr)
	listen := fs.String("listen", "127.0.0.1:8090", "`address` to serve")
	upstream := fs.String("upstream", "127.0.0.1:9090", "`address` of the upstream, host:port")
	answers := fs.String("answers", string(Whole), "how answers are handed on, a `way`: whole, copy or body")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	handler, err := NewHandler(*upstream, Answers(*answers))
	if err != nil {
		return err
	}
	server := newServer(handler)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(stop)
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe(*listen) }()
	fmt.Fprintf(stdout, "bareproxy serves http://%s\n", *listen)
	select {
	case err := <-failed:
		return err
	case <-stop:
		return server.Shutdown()
	}
}

// newServer returns a server that adds nothing of its own to an answer.
func newServer(handler fasthttp.RequestHandler) *fasthttp.Server {
	return &fasthttp.Server{
		Handler:                       handler,
		MaxRequestBodySize:            64 << 20,
		NoDefaultServerHeader:         true,
		NoDefaultDate:                 true,
		NoDefaultContentType:          true,
		DisableHeaderNamesNormalizing: true,
		CloseOnShutdown:               true,
	}
}
