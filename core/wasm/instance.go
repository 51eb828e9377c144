package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// Instance is one configured use of a module. It is safe for concurrent use and
// implements [core.Instance]. Instances of one module that are configured
// alike share their guests, counters and breaker, so that a new snapshot of
// the gateway's configuration finds them warm.
type Instance struct {
	pool   *pool
	key    [32]byte
	closed atomic.Bool
}

var _ core.Instance = (*Instance)(nil)

// New is [Module.NewInstance] for those who know the module as a [core.Plugin].
func (m *Module) New(c core.InstanceConfig) (core.Instance, error) {
	i, err := m.NewInstance(c)
	if err != nil {
		return nil, err
	}
	switch {
	case m.translates():
		return translatorInstance{i}, nil
	case m.foreign != nil:
		return edgeInstance{i}, nil
	}
	return i, nil
}

// NewInstance makes a configured use of m. It runs nothing yet; [Instance.Start]
// does. The caller closes it before m.
func (m *Module) NewInstance(c core.InstanceConfig) (*Instance, error) {
	s, key, err := m.newSetup(&c)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, fmt.Errorf("wasm: %s: the module is closed", c.Name)
	}
	p := m.pools[key]
	if p == nil {
		p = newPool(m, s)
		m.pools[key] = p
		m.host.addPool(p)
	}
	p.refs++
	return &Instance{pool: p, key: key}, nil
}

// newSetup checks c and returns what its guests have in common, and the key
// under which they are shared.
func (m *Module) newSetup(c *core.InstanceConfig) (*setup, [32]byte, error) {
	var key [32]byte
	bad := func(format string, args ...any) (*setup, [32]byte, error) {
		return nil, key, fmt.Errorf("wasm: %s: "+format, append([]any{c.Name}, args...)...)
	}
	if c.Name == "" {
		return nil, key, fmt.Errorf("wasm: an instance of %s needs a name", m.manifest.ID)
	}
	limits := c.Limits
	if err := fill(&limits, m.limits); err != nil {
		return bad("%w", err)
	}
	if limits.Memory > m.limits.Memory {
		return bad("its limit of %d bytes of memory is above the module's, %d", limits.Memory, m.limits.Memory)
	}
	if pages(&limits) < m.facts.minPages {
		return bad("its limit of %d bytes of memory is below what the module begins with, %d", limits.Memory, m.facts.minPages*pageBytes)
	}
	if c.Isolation > core.IsolateShared {
		return bad("its isolation %d is none of tenant, exchange, shared", c.Isolation)
	}
	if len(c.Env) > 0 {
		return bad("it is given an environment, which only adapters have; leave env out")
	}
	if err := m.checkGrants(c.Name, c.Grants); err != nil {
		return nil, key, err
	}
	config := c.Config
	if config == nil {
		config = map[string]any{}
	}
	text, err := json.Marshal(config)
	if err != nil {
		return bad("its configuration is no JSON: %w", err)
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		return bad("its configuration is no JSON: %w", err)
	}
	grants := slices.Sorted(slices.Values(c.Grants))
	var edgeConfig []byte
	if m.foreign != nil {
		edgeConfig = foreignConfig(config, text)
	}
	frame := abi.ConfigureCall{
		Plugin: []byte(m.manifest.ID), Instance: []byte(c.Name), Config: text, Revision: abi.Revision, Window: uint32(m.manifest.Window),
	}
	for _, g := range grants {
		frame.Capabilities = append(frame.Capabilities, []byte(g))
	}
	s := &setup{
		name: c.Name, config: doc, frame: frame.Append([]byte{}), isolation: c.Isolation,
		limits: limits, grants: grants, space: m.manifest.ID + "\x00", edgeConfig: edgeConfig,
	}
	if c.Trial != "" {
		s.trial = c.Trial + "\x00" + hex.EncodeToString(m.digest[:8]) + "\x00"
		s.space = s.trial + s.space
	}
	sum := sha256.New()
	sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s.frame))))
	sum.Write(s.frame)
	_, _ = fmt.Fprintf(sum, "%d %+v %s", s.isolation, s.limits, s.trial)
	sum.Sum(key[:0])
	return s, key, nil
}

// secretHeader tells whether a header field carries a credential.
func secretHeader(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie":
		return true
	default:
		return false
	}
}

// Start makes the first guest. An error means that the plugin refused its
// configuration, or cannot run under its limits.
func (i *Instance) Start(ctx context.Context) error { return i.pool.prime(ctx) }

// Hook returns the instance's function for p, or nil.
func (i *Instance) Hook(p core.Phase) core.Hook {
	if isTranslation(p) || !i.pool.module.exportsHook(p) {
		return nil
	}
	return &hook{pool: i.pool, phase: p}
}

// Windows tells whether the instance can judge a streamed answer.
func (i *Instance) Windows() bool { return i.pool.module.hooks[hookWindow] }

// Stats returns what the instance did so far.
func (i *Instance) Stats() Stats {
	s := i.pool.counters.read()
	s.Guests = i.pool.guests()
	return s
}

// Counters returns the counters that the plugin itself keeps.
func (i *Instance) Counters() map[string]int64 { return i.pool.tallies.read() }

// Close gives the instance up. The last one of its configuration waits for hooks
// under way, which limits bound, and closes the guests.
func (i *Instance) Close() error {
	if i.closed.Swap(true) {
		return nil
	}
	m, p := i.pool.module, i.pool
	m.mu.Lock()
	p.refs--
	last := p.refs == 0 && m.pools[i.key] == p
	if last {
		delete(m.pools, i.key)
	}
	m.mu.Unlock()
	if !last {
		return nil
	}
	return p.close()
}
