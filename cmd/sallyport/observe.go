package main

import (
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
)

// observer counts what the attempt loop and the chains report.
type observer struct {
	g  *gateway
	ok map[*core.Deployment]telemetry.Counter // looked up once per snapshot
}

func newObserver(g *gateway, snap *config.Snapshot) observer {
	o := observer{g: g, ok: map[*core.Deployment]telemetry.Counter{}}
	for _, r := range routes(snap) {
		for _, d := range r.Deployments {
			o.ok[d] = g.metrics.Attempts(d.Name, "ok")
		}
	}
	return o
}

func (o observer) AttemptStarted(*core.Deployment) {}

func (o observer) AttemptEnded(d *core.Deployment, err *core.Error) {
	if err != nil {
		o.g.metrics.Attempts(d.Name, err.Code.String()).Inc()
		return
	}
	o.ok[d].Inc()
}

func (o observer) CooldownEntered(d *core.Deployment, wait time.Duration) {
	o.g.metrics.Cooldown(d.Name, true)
	o.g.log.Warn().Str("deployment", d.Name).Dur("for", wait).Msg("the deployment fails and is out of the picks")
}

func (o observer) CooldownLeft(d *core.Deployment) { o.g.metrics.Cooldown(d.Name, false) }

func (o observer) RetryDenied(d *core.Deployment) { o.g.metrics.Attempts(d.Name, "retry_denied").Inc() }

func (o observer) Verdict(instance, verdict string) { o.g.metrics.Verdict(instance, verdict) }

func (o observer) HookFailed(instance string, err error) {
	o.g.metrics.Verdict(instance, "failed")
	o.g.log.Error().Str("instance", instance).Err(err).Msg("a hook failed")
}
