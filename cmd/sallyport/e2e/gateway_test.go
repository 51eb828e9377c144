package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"text/template"
	"time"
)

const (
	routeName      = "local"
	virtualKey     = "sk-sallyport-e2e-0123456789abcdef"
	virtualKeyEnv  = "SALLYPORT_E2E_KEY"
	providerKeyEnv = "SALLYPORT_E2E_PROVIDER_KEY"
)

var gatewayConfig = template.Must(template.New("config").Parse(`
listen: {{.Listen}}
admin: {listen: {{.Admin}}}
providers:
  - {name: llama, kind: openai, base_url: "{{.Upstream}}/v1", key: "${env:{{.ProviderKeyEnv}}}"}
routes:
  - name: {{.Route}}
    deployments:
      - {provider: llama, model: {{.Model}}, weight: 1}
keys:
  - {name: e2e, key: "${env:{{.VirtualKeyEnv}}}", routes: ["*"]}
ledger: {folder: "{{.Ledger}}"}
`))

// gateway is a running sallyport.
type gateway struct {
	program string
	config  string
	target  target
}

// startGateway builds sallyport and starts it in front of the model server.
func startGateway(t *testing.T, spawn *spawner, model *llama) *gateway {
	t.Helper()
	return startGatewayWith(t, spawn, func(listen, admin, ledger string) string {
		var config bytes.Buffer
		err := gatewayConfig.Execute(&config, map[string]string{
			"Listen": listen, "Admin": admin, "Ledger": ledger,
			"Upstream": model.url, "Model": upstreamModel, "ProviderKeyEnv": providerKeyEnv,
			"Route": routeName, "VirtualKeyEnv": virtualKeyEnv,
		})
		if err != nil {
			t.Fatal(err)
		}
		return config.String()
	})
}

// startGatewayWith builds sallyport and starts it with a configuration of its own.
func startGatewayWith(t *testing.T, spawn *spawner, config func(listen, admin, ledger string) string) *gateway {
	t.Helper()
	listen := freeAddress(t)
	folder := t.TempDir()
	g := &gateway{
		program: goBuild(t, ".", ".."),
		config:  filepath.Join(folder, "sallyport.yaml"),
		target:  target{baseURL: "http://" + listen + "/v1", key: virtualKey, model: routeName},
	}
	text := config(listen, freeAddress(t), filepath.Join(folder, "ledger"))
	if err := os.WriteFile(g.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}

	p := spawn.start(t, "sallyport", g.command("serve"))
	http := newHTTPClient(t)
	eventually(t, 20*time.Millisecond, time.Minute, "sallyport ready", func() error {
		if p.hasExited() {
			t.Fatalf("sallyport has ended: %v", p.err)
		}
		_, err := get(t, http, "http://"+listen+"/readyz", "")
		return err
	})
	return g
}

// command returns a call of the program with the test's configuration.
func (g *gateway) command(verb string, args ...string) *exec.Cmd {
	cmd := exec.Command(g.program, append([]string{verb, "--config", g.config}, args...)...)
	cmd.Env = cleanEnv(virtualKeyEnv+"="+virtualKey, providerKeyEnv+"="+providerKey)
	return cmd
}

// ledgerRow is what the test reads of a usage record.
type ledgerRow struct {
	RequestID     string `json:"request_id"`
	Route         string `json:"route"`
	Deployment    string `json:"deployment"`
	Status        int    `json:"status"`
	End           string `json:"end"`
	Attempts      int    `json:"attempts"`
	InputUncached int64  `json:"input_uncached"`
	CacheRead     int64  `json:"cache_read"`
	Output        int64  `json:"output"`
	Estimated     bool   `json:"estimated"`
}

// tokens returns the row's figures in the form of the model server's counters.
func (r ledgerRow) tokens() tokens {
	return tokens{prompt: r.InputUncached, cached: r.CacheRead, generated: r.Output}
}

// ledger returns the rows that `sallyport usage` prints now.
func (g *gateway) ledger() ([]ledgerRow, error) {
	cmd := g.command("usage", "--json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("sallyport usage: %w\n%s", err, stderr.Bytes())
	}
	return parseLedger(out)
}

// parseLedger reads usage records, one JSON object a line.
func parseLedger(out []byte) ([]ledgerRow, error) {
	var rows []ledgerRow
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var row ledgerRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("parse the usage record %q: %w", lines.Text(), err)
		}
		if row.RequestID == "" {
			return nil, fmt.Errorf("the usage record %q has no request_id", lines.Text())
		}
		rows = append(rows, row)
	}
	return rows, lines.Err()
}
