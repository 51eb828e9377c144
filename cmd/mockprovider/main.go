// Command mockprovider is a fake OpenAI-compatible provider that misbehaves on
// request. Run it with --help, or read README.md beside this file.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

const intro = `mockprovider is a fake OpenAI-compatible provider for tests, benchmarks and
trying things out. It serves POST /v1/chat/completions (whole and streamed),
POST /v1/embeddings, GET /v1/models and, for tests, /__mock/.

  mockprovider --listen 127.0.0.1:9090 --latency 20ms --chunks 50 --pace 10ms
  curl 127.0.0.1:9090/v1/chat/completions -d '{"model":"m","messages":[]}'
  curl 127.0.0.1:9090/v1/chat/completions -H 'x-mock: status=429,retry-after=3' \
       -d '{"model":"m","messages":[]}'
  curl 127.0.0.1:9090/__mock/stats

Flags:
`

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "mockprovider:", err)
		os.Exit(1)
	}
}

// run serves until SIGINT or SIGTERM.
func run(args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(stop)

	s, err := mock.Start(o.config)
	if err != nil {
		return err
	}
	defer s.Close()
	if o.caFile != "" {
		if err := os.WriteFile(o.caFile, s.CertPEM(), 0o644); err != nil { //nolint:gosec // a public certificate
			return err
		}
	}
	fmt.Fprintf(stdout, "mockprovider serves %s/v1 (stats: %s/__mock/stats)\n", s.URL(), s.URL())
	<-stop
	return nil
}

type options struct {
	config mock.Config
	caFile string
}

// parse turns flags into options. The shorthand flags become scenario items,
// before --scenario, which therefore wins.
func parse(args []string, stderr io.Writer) (o options, err error) {
	fs := flag.NewFlagSet("mockprovider", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprint(stderr, intro)
		fs.PrintDefaults()
		fmt.Fprint(stderr, "\nScenarios are KEY=VALUE items joined by commas, from --scenario, then the credential,\nthen the header x-mock; the later wins.\n\n"+mock.Help())
	}
	var items []string
	item := func(name string) func(string) error {
		return func(v string) error {
			items = append(items, name+"="+v)
			return mock.Check(name + "=" + v)
		}
	}
	var scenario string
	fs.StringVar(&o.config.Listen, "listen", "127.0.0.1:9090", "`address` to serve")
	fs.Func("latency", "wait before each answer, a `duration` (default 0)", item("latency"))
	fs.Func("chunks", "content chunks in a stream, a `number` (default 16)", item("chunks"))
	fs.Func("pace", "wait between content chunks, a `duration` (default 0)", item("pace"))
	fs.Func("size", "`bytes` of answer text (default 256)", item("size"))
	fs.StringVar(&scenario, "scenario", "", "default `scenario`, see below")
	fs.Uint64Var(&o.config.Seed, "seed", 0, "seed of texts, cuts and chances, a `number`")
	fs.Var((*tlsFlag)(&o.config.TLS), "tls", "serve TLS with a generated certificate; as --tls=`mode`: valid, expired, wrong-name, self-signed, tls1.0")
	fs.StringVar(&o.config.CertFile, "tls-cert", "", "PEM `file` of a certificate to use instead")
	fs.StringVar(&o.config.KeyFile, "tls-key", "", "PEM `file` of its key")
	fs.StringVar(&o.caFile, "tls-ca-out", "", "write the generated authority to this PEM `file`, for clients to trust")
	fs.StringVar(&o.config.Fixtures, "fixtures", "", "`folder` of recorded cases with manifest.json; a credential equal to a case id replays it")
	fs.Func("fixture", "replay the answer of the case with this `id` for every request", item("fixture"))
	fs.IntVar(&o.config.Keep, "keep", 0, "`number` of requests to remember for /__mock/requests (default 1024; negative: none, for benchmarks)")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; flags only, see --help", fs.Arg(0))
	}
	if o.caFile != "" && (o.config.TLS == mock.TLSOff || o.config.CertFile != "") {
		return o, errors.New("--tls-ca-out needs --tls and no --tls-cert: there is no generated authority to write")
	}
	o.config.Scenario = strings.Join(append(items, scenario), ",")
	return o, nil
}

// tlsFlag lets --tls stand alone.
type tlsFlag mock.TLSMode

func (f *tlsFlag) String() string   { return string(*f) }
func (f *tlsFlag) IsBoolFlag() bool { return true }

func (f *tlsFlag) Set(v string) error {
	switch v {
	case "true":
		v = string(mock.TLSValid)
	case "false":
		v = string(mock.TLSOff)
	}
	*f = tlsFlag(v)
	return nil
}
