package config

import "time"

// StagesOf returns the stages of new versions of a plugin: those of the entry of
// plugins.rollout that names it, else those of the entry "*", else none.
func (c *Config) StagesOf(id string) Rollout {
	var rest Rollout
	for _, r := range c.Plugins.Rollout {
		switch r.Use {
		case id:
			return r
		case "*":
			rest = r
		}
	}
	return rest
}

// rollouts checks the list as a whole.
func (b *builder) rollouts() {
	first := map[string]int{}
	for i, r := range b.cfg.Plugins.Rollout {
		at := indexed("plugins.rollout", i)
		if j, twice := first[r.Use]; twice && r.Use != "" {
			b.report(join(at, "use"), "%s is named by %s already", quote(r.Use), indexed("plugins.rollout", j))
			continue
		}
		first[r.Use] = i
		if s := r.Shadow; s != nil {
			b.stage(join(at, "shadow"), s.For, s.Calls)
		}
		if s := r.Canary; s != nil {
			b.stage(join(at, "canary"), s.For, s.Calls)
		}
	}
}

func (b *builder) stage(path string, lasts time.Duration, calls int) {
	if lasts == 0 && calls == 0 {
		b.report(path, "ends as soon as it begins; say how long it lasts with for or calls, or leave the stage out")
	}
}
