package report

import (
	"math"
	"strconv"
)

// Metric names a figure of a row, as it stands in the JSON form.
type Metric string

// The metrics. An operation is a request, or an event of a stream, as its case
// says; both are counted by the mock.
const (
	CPU          Metric = "cpu_us"       // CPU per operation, µs
	UserCPU      Metric = "user_cpu_us"  // the part in user mode, by ticks
	Instructions Metric = "instructions" // in user mode, per operation
	Throughput   Metric = "per_second"   // operations per second
	P50          Metric = "p50_us"       // latency from the send to the last byte
	P99          Metric = "p99_us"       //
	IntendedP50  Metric = "plan_p50_us"  // latency from the time at which the send was due
	IntendedP99  Metric = "plan_p99_us"  //
	FirstP50     Metric = "first_p50_us" // from the send to the first byte
	DelayP50     Metric = "delay_p50_us" // an event's way from the mock to the client
	DelayP99     Metric = "delay_p99_us" //
	RSS          Metric = "rss_mib"      // right after the window
	PSS          Metric = "pss_mib"      //
	StreamKiB    Metric = "kib_stream"   // Pss per open stream
	Start        Metric = "start_ms"     // from the fork to the first 200
	IdleRSS      Metric = "idle_rss_mib" // half a second after the first 200
	IdlePSS      Metric = "idle_pss_mib" //

	// From the end of a cp into the plugin folder to the first answer of the new
	// version, under load, by the size of the module; and the requests of that load
	// that failed. Go's is a guard of about 10 MiB that its toolchain built.
	LiveSmallP50 Metric = "live_1mib_p50_ms"
	LiveSmallMax Metric = "live_1mib_max_ms"
	LiveLargeP50 Metric = "live_10mib_p50_ms"
	LiveLargeMax Metric = "live_10mib_max_ms"
	LiveGoP50    Metric = "live_go_p50_ms"
	LiveGoMax    Metric = "live_go_max_ms"
	LiveFailed   Metric = "live_failed"

	// What a simulated processor counts where the real one does not, by the size
	// of the request.
	Counted300B   Metric = "instructions_300B"
	Counted4KiB   Metric = "instructions_4KiB"
	Counted100KiB Metric = "instructions_100KiB"
)

// CountedCase is the name of the case that has the counts of a simulated
// processor.
const CountedCase = "instructions"

// TranslatedCase and TranslatedEventsCase are the names of the cases that compare
// translation with passing on.
const (
	TranslatedCase       = "translated"
	TranslatedEventsCase = "translated-events"
)

// GuardedEventsCase and GuardedHeldCase are the names of the cases that compare
// streams that a guard judges with others.
const (
	GuardedEventsCase = "guarded-events"
	GuardedHeldCase   = "guarded-held"
)

// DropCase is the name of the case in which files are dropped into the plugin
// folder.
const DropCase = "hotdrop"

// info is how a metric is shown.
type info struct {
	title        string
	decimals     int
	higherBetter bool
}

func (m Metric) info() info {
	switch m {
	case CPU:
		return info{"CPU µs", 1, false}
	case UserCPU:
		return info{"user µs", 1, false}
	case Instructions:
		return info{"instructions", 0, false}
	case Throughput:
		return info{"per s", 0, true}
	case P50:
		return info{"p50 µs", 0, false}
	case P99:
		return info{"p99 µs", 0, false}
	case IntendedP50:
		return info{"p50 µs from plan", 0, false}
	case IntendedP99:
		return info{"p99 µs from plan", 0, false}
	case FirstP50:
		return info{"first byte p50 µs", 0, false}
	case DelayP50:
		return info{"event delay p50 µs", 0, false}
	case DelayP99:
		return info{"event delay p99 µs", 0, false}
	case RSS:
		return info{"RSS MiB", 1, false}
	case PSS:
		return info{"Pss MiB", 1, false}
	case StreamKiB:
		return info{"KiB per stream", 1, false}
	case Start:
		return info{"start ms", 1, false}
	case IdleRSS:
		return info{"idle RSS MiB", 1, false}
	case IdlePSS:
		return info{"idle Pss MiB", 1, false}
	case LiveSmallP50:
		return info{"1 MiB live p50 ms", 0, false}
	case LiveSmallMax:
		return info{"1 MiB live max ms", 0, false}
	case LiveLargeP50:
		return info{"10 MiB live p50 ms", 0, false}
	case LiveLargeMax:
		return info{"10 MiB live max ms", 0, false}
	case LiveGoP50:
		return info{"Go's 10 MiB live p50 ms", 0, false}
	case LiveGoMax:
		return info{"Go's 10 MiB live max ms", 0, false}
	case LiveFailed:
		return info{"failed requests", 0, false}
	case Counted300B:
		return info{"at 300 B", 0, false}
	case Counted4KiB:
		return info{"at 4 KiB", 0, false}
	case Counted100KiB:
		return info{"at 100 KiB", 0, false}
	}
	return info{string(m), 2, false}
}

// counts tells whether the metric counts instructions, which hardly vary.
func (m Metric) counts() bool { return m == Instructions || m.simulated() }

func (m Metric) simulated() bool {
	return m == Counted300B || m == Counted4KiB || m == Counted100KiB
}

// Title is the metric's name with its unit, for people.
func (m Metric) Title() string { return m.info().title }

// Format renders a value without its unit.
func (m Metric) Format(v float64) string { return number(v, m.info().decimals) }

func number(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// Case is one kind of load.
type Case struct {
	Name      string // as on the command line
	Title     string
	Operation string   // what is counted: request or event
	Metrics   []Metric // what its table shows
}

// Cases returns all cases in the order in which they are shown.
func Cases() []Case {
	saturated := []Metric{CPU, UserCPU, Instructions, Throughput, P50, P99, RSS}
	return []Case{
		{"300B", "Saturated, 64 connections, 300 B request, 1 KiB answer", "request", saturated},
		{"4KiB", "Saturated, 64 connections, 4 KiB request", "request", saturated},
		{"100KiB", "Saturated, 64 connections, 100 KiB of text", "request", saturated},
		{"agent", "Saturated, 64 connections, 100 KiB of an agent's conversation", "request", saturated},
		{"rate", "2,000 requests per second, 300 B", "request", []Metric{P50, P99, IntendedP50, IntendedP99, CPU}},
		{"stream", "20 streams per second, 50 chunks each, one every 20 ms", "event", []Metric{FirstP50, DelayP50, DelayP99, CPU}},
		{"events", "1,000 streams, 10 events per second each", "event", []Metric{CPU, UserCPU, Instructions, DelayP50, DelayP99, RSS}},
		{"held", "1,000 open streams, memory of a fresh process", "request", []Metric{StreamKiB, PSS, RSS}},
		{TranslatedCase, "Saturated, 64 connections, 4 KiB request of an OpenAI client to an Anthropic provider", "request", saturated},
		{TranslatedEventsCase, "The same client's streams, 1,000 with 10 events per second each", "event", []Metric{CPU, UserCPU, Instructions, DelayP50, DelayP99, RSS}},
		{GuardedEventsCase, "Streams that a guard judges, 1,000 with 10 events per second each", "event", []Metric{CPU, UserCPU, Instructions, DelayP50, DelayP99, RSS}},
		{GuardedHeldCase, "1,000 open streams that a guard judges, memory of a fresh process", "request", []Metric{StreamKiB, PSS, RSS}},
		{"start", "Start and idle", "request", []Metric{Start, IdleRSS, IdlePSS}},
		{
			DropCase, "Plugins dropped beside 500 requests per second and 50 open streams", "request",
			[]Metric{LiveSmallP50, LiveSmallMax, LiveLargeP50, LiveLargeMax, LiveGoP50, LiveGoMax, LiveFailed, P50, P99, RSS},
		},
		{CountedCase, "Instructions in user mode per request, counted by cachegrind", "request", []Metric{Counted300B, Counted4KiB, Counted100KiB}},
	}
}
