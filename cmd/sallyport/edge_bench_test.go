package main

import (
	"bufio"
	"io"
	"net"
	"testing"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// BenchmarkEdgeFilter is BenchmarkWhole without a filter, with one that reads a
// header field and sets two, and with one that sets a field of the collected answer.
// Their differences are what a filter costs an exchange from end to end; compare
// the CPU time of the process, with -benchtime of a number of exchanges.
func BenchmarkEdgeFilter(b *testing.B) {
	for _, filter := range []string{"none", "header", "both"} {
		b.Run(filter, func(b *testing.B) {
			c := labConfig{mocks: []mock.Config{{Scenario: "chunks=50", Keep: -1}}}
			if filter != "none" {
				c.config, c.plugins = "plugins: {folder: plugins.d}", map[string]string{filter + ".wasm": edgeGuest(b, filter)}
			}
			l := newLab(b, c)
			conn, err := net.Dial("tcp", l.gw.server.Addr().String())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			r, request := bufio.NewReaderSize(conn, 64<<10), rawChat("")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := io.WriteString(conn, request); err != nil {
					b.Fatal(err)
				}
				skipAnswer(b, r)
			}
		})
	}
}
