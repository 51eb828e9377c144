package sallyport

import "github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"

// The kinds of things, named as in manifests by their String methods. A newer
// host may give values that are not among these; take them for "something
// else".
type (
	// Level is the severity of a log line.
	Level = abi.Level
	// Stage divides the prompt phase: every shaper has run before the first judge.
	Stage = abi.Stage
	// Operation is the kind of call that the client makes.
	Operation = abi.Operation
	// Kind is the kind of a part.
	Kind = abi.Kind
	// Role is who speaks in a part.
	Role = abi.Role
	// Origin is whose doing a part is.
	Origin = abi.Origin
	// Finish is why the model stopped.
	Finish = abi.Finish
	// End is how an exchange ended.
	End = abi.End
	// ToolChoice is whether the model must use a tool.
	ToolChoice = abi.ToolChoice
	// OutputFormat is the form of answer that the client asked for.
	OutputFormat = abi.OutputFormat
)

// The severities.
const (
	LevelDebug Level = abi.LevelDebug
	LevelInfo  Level = abi.LevelInfo
	LevelWarn  Level = abi.LevelWarn
	LevelError Level = abi.LevelError
)

// The stages.
const (
	StageShape Stage = abi.StageShape // may append and rewrite
	StageJudge Stage = abi.StageJudge // sees exactly what would leave
)

// The operations.
const (
	OperationUnknown       Operation = abi.OperationUnspecified // not known yet, as in receive
	OperationChat          Operation = abi.OperationChat
	OperationCompletions   Operation = abi.OperationCompletions
	OperationEmbeddings    Operation = abi.OperationEmbeddings
	OperationRerank        Operation = abi.OperationRerank
	OperationImages        Operation = abi.OperationImages
	OperationSpeech        Operation = abi.OperationSpeech
	OperationTranscription Operation = abi.OperationTranscription
	OperationModeration    Operation = abi.OperationModeration
	OperationCountTokens   Operation = abi.OperationCountTokens
	OperationPredict       Operation = abi.OperationPredict
	OperationModels        Operation = abi.OperationModels
	OperationRaw           Operation = abi.OperationRaw
)

// The kinds of part.
const (
	KindText       Kind = abi.KindText
	KindImage      Kind = abi.KindImage
	KindAudio      Kind = abi.KindAudio
	KindDocument   Kind = abi.KindDocument
	KindToolCall   Kind = abi.KindToolCall // its text is the arguments, JSON
	KindToolResult Kind = abi.KindToolResult
	KindThinking   Kind = abi.KindThinking
	KindRedacted   Kind = abi.KindRedacted // thinking that the provider encrypted
	KindCitation   Kind = abi.KindCitation
	KindCachePoint Kind = abi.KindCachePoint
	KindRefusal    Kind = abi.KindRefusal
	KindRaw        Kind = abi.KindRaw // understood by one dialect only
)

// The roles.
const (
	RoleUser      Role = abi.RoleUser
	RoleAssistant Role = abi.RoleAssistant
	RoleSystem    Role = abi.RoleSystem
	RoleTool      Role = abi.RoleTool
)

// The origins.
const (
	OriginClient   Origin = abi.OriginClient
	OriginGateway  Origin = abi.OriginGateway
	OriginPlugin   Origin = abi.OriginPlugin
	OriginUpstream Origin = abi.OriginUpstream
)

// The reasons to stop.
const (
	FinishNone          Finish = abi.FinishUnspecified // it has not stopped, or did not say
	FinishStop          Finish = abi.FinishStop
	FinishLength        Finish = abi.FinishLength
	FinishToolCalls     Finish = abi.FinishToolCalls
	FinishContentFilter Finish = abi.FinishContentFilter
	FinishOther         Finish = abi.FinishOther
)

// The ends.
const (
	EndCompleted       End = abi.EndCompleted
	EndRejected        End = abi.EndRejected
	EndBlocked         End = abi.EndBlocked
	EndUpstreamError   End = abi.EndUpstreamError
	EndUpstreamTimeout End = abi.EndUpstreamTimeout
	EndUpstreamIdle    End = abi.EndUpstreamIdle
	EndUpstreamCut     End = abi.EndUpstreamCut
	EndClientGone      End = abi.EndClientGone
	EndDeadline        End = abi.EndDeadline
	EndDrained         End = abi.EndDrained
	EndInternal        End = abi.EndInternal
	EndInterrupted     End = abi.EndInterrupted
)

// What the model may do with tools.
const (
	ToolChoiceDefault ToolChoice = abi.ToolChoiceUnspecified // the client did not say
	ToolChoiceAuto    ToolChoice = abi.ToolChoiceAuto
	ToolChoiceNone    ToolChoice = abi.ToolChoiceNone
	ToolChoiceAny     ToolChoice = abi.ToolChoiceAny  // some tool
	ToolChoiceTool    ToolChoice = abi.ToolChoiceTool // the one that is named
)

// The forms of answer.
const (
	OutputDefault OutputFormat = abi.OutputFormatUnspecified // the client did not say
	OutputText    OutputFormat = abi.OutputFormatText
	OutputJSON    OutputFormat = abi.OutputFormatJSON   // any JSON object
	OutputTyped   OutputFormat = abi.OutputFormatSchema // JSON after a JSON Schema
)
