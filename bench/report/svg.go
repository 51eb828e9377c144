package report

import (
	"fmt"
	"strings"
)

// The measures of the chart, in pixels.
const (
	chartWidth = 860
	labelWidth = 120
	valueWidth = 175
	barHeight  = 16
	barGap     = 4
	groupGap   = 34
	topSpace   = 56
)

// bar is one figure of the chart.
type bar struct {
	target string
	ratio  Stat // to the bare proxy
	cpu    Stat
}

// SVG draws the CPU per operation of every case, as a ratio to the bare proxy of
// the same run, with the spread of the rounds.
func (r *Report) SVG() string {
	var groups []Case
	bars := map[string][]bar{}
	greatest, height := 1.0, topSpace
	for _, c := range r.CasesSeen() {
		for _, target := range r.TargetsSeen(c.Name) {
			cpu, ok1 := r.Stat(c.Name, target, CPU)
			rel, ok2 := r.Ratio(c.Name, target, Bare, CPU)
			if ok1 && ok2 && target != Direct {
				bars[c.Name] = append(bars[c.Name], bar{target, rel, cpu})
				greatest = max(greatest, rel.Max)
			}
		}
		if len(bars[c.Name]) > 0 {
			groups = append(groups, c)
			height += groupGap + len(bars[c.Name])*(barHeight+barGap)
		}
	}
	height += 16
	scale := float64(chartWidth-labelWidth-valueWidth) / greatest

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		chartWidth, height, chartWidth, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", chartWidth, height)
	text(&b, 12, 24, "16", "#1f2328", "start", "CPU per operation, as a multiple of a bare fasthttp proxy")
	text(&b, 12, 42, "12", "#59636e", "start", fmt.Sprintf("medians of %d rounds in one run, whiskers from least to greatest; shorter is better", r.Settings.Rounds))
	y := topSpace
	for _, c := range groups {
		y += groupGap
		text(&b, 12, y-8, "13", "#1f2328", "start", c.Title)
		for _, one := range bars[c.Name] {
			drawBar(&b, one, y, scale, c.Operation)
			y += barHeight + barGap
		}
	}
	one := float64(labelWidth) + scale
	fmt.Fprintf(&b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#1f2328" stroke-dasharray="3 3"/>`+"\n", one, topSpace+4, one, height-10)
	b.WriteString("</svg>\n")
	return b.String()
}

func drawBar(b *strings.Builder, one bar, y int, scale float64, operation string) {
	color := "#9aa4ae"
	switch one.target {
	case Sallyport:
		color = "#1f6feb"
	case Bare:
		color = "#57606a"
	}
	text(b, labelWidth-8, y+barHeight-4, "12", "#1f2328", "end", one.target)
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", labelWidth, y, one.ratio.Median*scale, barHeight, color)
	low, high, mid := labelWidth+one.ratio.Min*scale, labelWidth+one.ratio.Max*scale, float64(y)+barHeight/2.0
	fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1fM%.1f %.1fv6M%.1f %.1fv6" stroke="#d1242f" fill="none"/>`+"\n", low, mid, high, low, mid-3, high, mid-3)
	label := fmt.Sprintf("%s ×, %s µs per %s", number(one.ratio.Median, 2), CPU.Format(one.cpu.Median), operation)
	text(b, int(max(labelWidth+one.ratio.Median*scale, high))+6, y+barHeight-4, "11", "#1f2328", "start", label)
}

func text(b *strings.Builder, x, y int, size, color, anchor, s string) {
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
	fmt.Fprintf(b, `<text x="%d" y="%d" font-size="%s" fill="%s" text-anchor="%s">%s</text>`+"\n", x, y, size, color, anchor, s)
}
