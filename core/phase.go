package core

// Phase is a named moment in the life of an exchange. Hooks belong to exactly
// one phase; a chain holds the ordered hooks of one phase.
type Phase uint8

// The phases, in the order in which an exchange passes them.
const (
	PhaseReceive          Phase = iota // method, path, headers and size are known
	PhaseAuthenticate                  // the credential is judged
	PhasePrompt                        // the prompt is shaped, then judged
	PhaseRoute                         // deployments are ordered
	PhaseAdmit                         // limits reserve, a cache may respond
	PhaseUpstreamRequest               // our request form becomes the provider's
	PhaseUpstreamResponse              // the provider's whole answer becomes ours
	PhaseUpstreamEvent                 // one whole event of the provider's stream becomes ours
	PhaseAnswer                        // the answer is judged
	PhaseUsage                         // usage of a stream was updated
	PhaseComplete                      // everything is over; nothing can fail any more

	NumPhases = int(PhaseComplete) + 1
)

var phaseNames = [NumPhases]string{
	"receive", "authenticate", "prompt", "route", "admit",
	"upstream_request", "upstream_response", "upstream_event",
	"answer", "usage", "complete",
}

// String returns the phase's name as it stands in manifests, metrics and docs.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// ParsePhase is the inverse of [Phase.String].
func ParsePhase(name string) (Phase, bool) {
	for i, n := range phaseNames {
		if n == name {
			return Phase(i), true
		}
	}
	return 0, false
}

// Stage divides [PhasePrompt]: every shape hook has run before the first judge
// looks, so that a judge sees exactly what would leave. Other phases have one
// stage, [StageNone].
type Stage uint8

// The stages of [PhasePrompt].
const (
	StageNone Stage = iota
	StageShape
	StageJudge
)

// String returns the stage's name as it stands in manifests.
func (s Stage) String() string {
	switch s {
	case StageShape:
		return "shape"
	case StageJudge:
		return "judge"
	default:
		return ""
	}
}

// Operation is the kind of call that a client makes, whatever its dialect.
type Operation uint8

// The operations. OpNone is the zero value and never reaches a hook.
const (
	OpNone Operation = iota
	OpChat
	OpCompletions
	OpEmbeddings
	OpRerank
	OpImages
	OpSpeech
	OpTranscription
	OpModeration
	OpCountTokens
	OpPredict
	OpModels
	OpRaw // pass-through of a provider's own API

	NumOperations = int(OpRaw) + 1
)

var operationNames = [NumOperations]string{
	"", "chat", "completions", "embeddings", "rerank", "images", "speech",
	"transcription", "moderation", "count_tokens", "predict", "models", "raw",
}

// String returns the operation's name as it stands in config, metrics and the
// ledger.
func (o Operation) String() string {
	if int(o) < len(operationNames) {
		return operationNames[o]
	}
	return "unknown"
}

// Typed tells whether requests and answers of the operation have a middle form;
// those of others are passed between dialects as documents.
func (o Operation) Typed() bool { return o == OpChat || o == OpCompletions || o == OpCountTokens }

// ParseOperation is the inverse of [Operation.String] for named operations.
func ParseOperation(name string) (Operation, bool) {
	for i := 1; i < len(operationNames); i++ {
		if operationNames[i] == name {
			return Operation(i), true
		}
	}
	return OpNone, false
}
