package sallyport

import (
	"time"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
)

// RouteCall is what the route hook reads.
type RouteCall struct {
	m           abi.RouteCall
	deployments []Deployment
	parts       partList
}

func (c *RouteCall) decode(frame []byte) error {
	err := c.m.Decode(frame)
	c.parts.fill(c.m.Parts)
	c.deployments = c.deployments[:0]
	for i := range c.m.Deployments {
		c.deployments = append(c.deployments, Deployment{i, &c.m.Deployments[i]})
	}
	return err
}
func (c *RouteCall) editable() editable { return editable{} }

// Exchange returns what is known of the exchange.
func (c *RouteCall) Exchange() Exchange { return Exchange{&c.m.Exchange} }

// Deployments returns the candidates in the order so far.
func (c *RouteCall) Deployments() []Deployment { return c.deployments }

// Features describe the prompt.
func (c *RouteCall) Features() Features {
	m := &c.m.Features
	return Features{
		InputTokens: m.InputTokens, Messages: int(m.Messages), Images: m.Images, Audio: m.Audio,
		Documents: m.Documents, Tools: m.Tools, Reasoning: m.Reasoning,
	}
}

// Parts returns the prompt's parts, if the manifest asked for them.
func (c *RouteCall) Parts() []Part { return c.parts }

// Features describe a prompt to hooks that do not see its text.
type Features struct {
	InputTokens uint64 // estimate
	Messages    int
	Images      bool
	Audio       bool
	Documents   bool
	Tools       bool
	Reasoning   bool
}

// Deployment is one candidate in a route's order, with what is known of it now.
type Deployment struct {
	index int
	m     *abi.Deployment
}

// Name returns the deployment's name.
func (d Deployment) Name() string { return string(d.m.Name) }

// Provider returns its provider's name.
func (d Deployment) Provider() string { return string(d.m.Provider) }

// Model returns the upstream's own model name.
func (d Deployment) Model() string { return string(d.m.Model) }

// Weight returns its weight among the others.
func (d Deployment) Weight() int { return int(d.m.Weight) }

// Cooling tells whether it failed lately and is out of the picks.
func (d Deployment) Cooling() bool { return d.m.Cooling }

// InFlight returns how many attempts are under way here.
func (d Deployment) InFlight() int { return int(d.m.InFlight) }

// FirstByte returns the moving average of the time to the first byte.
func (d Deployment) FirstByte() time.Duration {
	return time.Duration(d.m.FirstByteMs * float64(time.Millisecond))
}

// ErrorRate returns the moving average of failures, 0 to 1.
func (d Deployment) ErrorRate() float64 { return d.m.ErrorRate }

// InputPrice returns the price of an input token in 10⁻¹² USD, and whether it
// is known.
func (d Deployment) InputPrice() (uint64, bool) { return d.m.InputPrice, d.m.HasInputPrice }

// OutputPrice returns the price of an output token in 10⁻¹² USD, and whether it
// is known.
func (d Deployment) OutputPrice() (uint64, bool) { return d.m.OutputPrice, d.m.HasOutputPrice }

// ContextTokens returns how many tokens the model takes, 0 when unknown.
func (d Deployment) ContextTokens() uint64 { return d.m.ContextTokens }

// Load returns the load of a runtime that tells, 0 to 1, and whether it does.
func (d Deployment) Load() (float64, bool) { return d.m.Load, d.m.HasLoad }

// Label returns a label that the operator gave it, and whether there is one.
func (d Deployment) Label(key string) (string, bool) {
	for i := range d.m.Labels {
		if string(d.m.Labels[i].Key) == key {
			return string(d.m.Labels[i].Value), true
		}
	}
	return "", false
}
