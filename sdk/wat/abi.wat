;; Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.

;; Reading. $sp.field reads one field of a message and leaves it in these globals.
;; What is no frame traps: the plugin has failed.

(global $sp.tag (mut i32) (i32.const 0))    ;; compare it with $Message.field
(global $sp.value (mut i64) (i64.const 0))  ;; a number, or the bits of a double
(global $sp.ptr (mut i32) (i32.const 0))    ;; where text, bytes or a message lie
(global $sp.len (mut i32) (i32.const 0))

;; Reads the field at $at of a message that ends at $end, and returns where the next
;; one is.
(func $sp.field (param $at i32) (param $end i32) (result i32)
  (local $kind i32)
  (local.set $at (call $sp.varint (local.get $at) (local.get $end)))
  (if (i64.gt_u (global.get $sp.value) (i64.const 0xffffffff)) (then (unreachable)))
  (if (i64.lt_u (global.get $sp.value) (i64.const 8)) (then (unreachable)))
  (global.set $sp.tag (i32.wrap_i64 (global.get $sp.value)))
  (local.set $kind (i32.and (global.get $sp.tag) (i32.const 7)))
  (if (i32.eqz (local.get $kind)) (then
    (return (call $sp.varint (local.get $at) (local.get $end)))))
  (if (i32.eq (local.get $kind) (i32.const 1)) (then
    (if (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 8)) (then (unreachable)))
    (global.set $sp.value (i64.load (local.get $at)))
    (return (i32.add (local.get $at) (i32.const 8)))))
  (if (i32.eq (local.get $kind) (i32.const 5)) (then
    (if (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 4)) (then (unreachable)))
    (return (i32.add (local.get $at) (i32.const 4)))))
  (if (i32.ne (local.get $kind) (i32.const 2)) (then (unreachable)))
  (local.set $at (call $sp.varint (local.get $at) (local.get $end)))
  (if (i64.gt_u (global.get $sp.value) (i64.extend_i32_u (i32.sub (local.get $end) (local.get $at)))) (then (unreachable)))
  (global.set $sp.ptr (local.get $at))
  (global.set $sp.len (i32.wrap_i64 (global.get $sp.value)))
  (i32.add (local.get $at) (global.get $sp.len)))

;; Reads the number at $at into $sp.value and returns what is behind it.
(func $sp.varint (param $at i32) (param $end i32) (result i32)
  (local $shift i64) (local $x i64)
  (global.set $sp.value (i64.const 0))
  (loop $more
    (if (i32.or (i32.ge_u (local.get $at) (local.get $end)) (i64.gt_u (local.get $shift) (i64.const 63))) (then (unreachable)))
    (local.set $x (i64.load8_u (local.get $at)))
    (if (i32.and (i64.eq (local.get $shift) (i64.const 63)) (i64.gt_u (local.get $x) (i64.const 1))) (then (unreachable)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (global.set $sp.value (i64.or (global.get $sp.value)
      (i64.shl (i64.and (local.get $x) (i64.const 0x7f)) (local.get $shift))))
    (local.set $shift (i64.add (local.get $shift) (i64.const 7)))
    (br_if $more (i64.ge_u (local.get $x) (i64.const 0x80))))
  (local.get $at))

;; Writing. A reply is appended field by field: $Message.put_field. A message in it
;; begins with $Message.open_field, and $sp.close gets what that returned.

(func $sp.put_u64 (param $v i64)
  (local $p i32) (local $from i32)
  (local.set $p (local.tee $from (call $sp.room (i32.const 10))))
  (loop $more
    (if (i64.ge_u (local.get $v) (i64.const 0x80)) (then
      (i64.store8 (local.get $p) (i64.or (local.get $v) (i64.const 0x80)))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (local.set $v (i64.shr_u (local.get $v) (i64.const 7)))
      (br $more))))
  (i64.store8 (local.get $p) (local.get $v))
  (global.set $sp.n (i32.add (global.get $sp.n) (i32.sub (i32.add (local.get $p) (i32.const 1)) (local.get $from)))))

(func $sp.put_raw (param $p i32) (param $n i32)
  (memory.copy (call $sp.room (local.get $n)) (local.get $p) (local.get $n))
  (global.set $sp.n (i32.add (global.get $sp.n) (local.get $n))))

(func $sp.put_number (param $tag i32) (param $v i64)
  (call $sp.put_u64 (i64.extend_i32_u (local.get $tag)))
  (call $sp.put_u64 (local.get $v)))

(func $sp.put_bytes (param $tag i32) (param $p i32) (param $n i32)
  (call $sp.put_number (local.get $tag) (i64.extend_i32_u (local.get $n)))
  (call $sp.put_raw (local.get $p) (local.get $n)))

(func $sp.put_double (param $tag i32) (param $v f64)
  (call $sp.put_u64 (i64.extend_i32_u (local.get $tag)))
  (f64.store (call $sp.room (i32.const 8)) (local.get $v))
  (global.set $sp.n (i32.add (global.get $sp.n) (i32.const 8))))

;; Begins a message or a packed list: its length comes when it is closed.
(func $sp.open (param $tag i32) (result i32)
  (call $sp.put_number (local.get $tag) (i64.const 0))
  (global.get $sp.n))

;; Ends what began at $at: most are short, others are moved to make room.
(func $sp.close (param $at i32)
  (local $n i32) (local $more i32) (local $p i32)
  (local.set $n (i32.sub (global.get $sp.n) (local.get $at)))
  (local.set $more (i32.div_u (i32.sub (i32.const 31) (i32.clz (i32.or (local.get $n) (i32.const 1)))) (i32.const 7)))
  (if (i32.gt_u (local.get $more) (i32.const 0)) (then
    (drop (call $sp.room (local.get $more)))
    (local.set $p (i32.add (global.get $sp.out) (local.get $at)))
    (memory.copy (i32.add (local.get $p) (local.get $more)) (local.get $p) (local.get $n))))
  (global.set $sp.n (i32.sub (local.get $at) (i32.const 1)))
  (call $sp.put_u64 (i64.extend_i32_u (local.get $n)))
  (global.set $sp.n (i32.add (global.get $sp.n) (local.get $n))))

;; Status is what sallyport_configure returns, and, negated, what an import
;; returns that failed.
(global $STATUS_OK i32 (i32.const 0))
(global $STATUS_NOT_FOUND i32 (i32.const 1)) ;; there is no such key, path or document
(global $STATUS_INVALID i32 (i32.const 2)) ;; an argument or the configuration is wrong
(global $STATUS_DENIED i32 (i32.const 3)) ;; the capability was not granted
(global $STATUS_TOO_LARGE i32 (i32.const 4)) ;; beyond a limit of docs/abi.md
(global $STATUS_EXHAUSTED i32 (i32.const 5)) ;; no more host calls in this hook
(global $STATUS_TIMEOUT i32 (i32.const 6)) ;; the host call took too long
(global $STATUS_UNAVAILABLE i32 (i32.const 7)) ;; what the call needs cannot be reached now
(global $STATUS_INTERNAL i32 (i32.const 8)) ;; a mistake of the host

;; Level is the severity of a log line.
(global $LEVEL_UNSPECIFIED i32 (i32.const 0))
(global $LEVEL_DEBUG i32 (i32.const 1))
(global $LEVEL_INFO i32 (i32.const 2))
(global $LEVEL_WARN i32 (i32.const 3))
(global $LEVEL_ERROR i32 (i32.const 4))

;; Document names a JSON document that the host has parsed, for the json imports.
(global $DOCUMENT_UNSPECIFIED i32 (i32.const 0))
(global $DOCUMENT_CONFIG i32 (i32.const 1)) ;; the instance's configuration
(global $DOCUMENT_REQUEST i32 (i32.const 2)) ;; the client's request, if the manifest asked for it
(global $DOCUMENT_ANSWER i32 (i32.const 3)) ;; the whole answer, if the manifest asked for it

;; Stage divides the prompt phase. Every shaper has run before the first judge.
(global $STAGE_UNSPECIFIED i32 (i32.const 0))
(global $STAGE_SHAPE i32 (i32.const 1)) ;; may append and rewrite
(global $STAGE_JUDGE i32 (i32.const 2)) ;; sees exactly what would leave; may not insert

;; Operation is the kind of call that the client makes.
(global $OPERATION_UNSPECIFIED i32 (i32.const 0)) ;; not known yet, as in receive
(global $OPERATION_CHAT i32 (i32.const 1))
(global $OPERATION_COMPLETIONS i32 (i32.const 2))
(global $OPERATION_EMBEDDINGS i32 (i32.const 3))
(global $OPERATION_RERANK i32 (i32.const 4))
(global $OPERATION_IMAGES i32 (i32.const 5))
(global $OPERATION_SPEECH i32 (i32.const 6))
(global $OPERATION_TRANSCRIPTION i32 (i32.const 7))
(global $OPERATION_MODERATION i32 (i32.const 8))
(global $OPERATION_COUNT_TOKENS i32 (i32.const 9))
(global $OPERATION_PREDICT i32 (i32.const 10))
(global $OPERATION_MODELS i32 (i32.const 11))
(global $OPERATION_RAW i32 (i32.const 12))

;; Kind is the kind of a part.
(global $KIND_UNSPECIFIED i32 (i32.const 0))
(global $KIND_TEXT i32 (i32.const 1))
(global $KIND_IMAGE i32 (i32.const 2))
(global $KIND_AUDIO i32 (i32.const 3))
(global $KIND_DOCUMENT i32 (i32.const 4))
(global $KIND_TOOL_CALL i32 (i32.const 5)) ;; text is the arguments, JSON
(global $KIND_TOOL_RESULT i32 (i32.const 6))
(global $KIND_THINKING i32 (i32.const 7))
(global $KIND_REDACTED i32 (i32.const 8)) ;; thinking that the provider encrypted
(global $KIND_CITATION i32 (i32.const 9))
(global $KIND_CACHE_POINT i32 (i32.const 10))
(global $KIND_REFUSAL i32 (i32.const 11))
(global $KIND_RAW i32 (i32.const 12)) ;; understood by one dialect only

;; Role is who speaks in a part.
(global $ROLE_UNSPECIFIED i32 (i32.const 0))
(global $ROLE_USER i32 (i32.const 1))
(global $ROLE_ASSISTANT i32 (i32.const 2))
(global $ROLE_SYSTEM i32 (i32.const 3))
(global $ROLE_TOOL i32 (i32.const 4))

;; Origin is whose doing a part is.
(global $ORIGIN_UNSPECIFIED i32 (i32.const 0))
(global $ORIGIN_CLIENT i32 (i32.const 1))
(global $ORIGIN_GATEWAY i32 (i32.const 2))
(global $ORIGIN_PLUGIN i32 (i32.const 3))
(global $ORIGIN_UPSTREAM i32 (i32.const 4))

;; Finish is why the model stopped.
(global $FINISH_UNSPECIFIED i32 (i32.const 0)) ;; it has not, or did not say
(global $FINISH_STOP i32 (i32.const 1))
(global $FINISH_LENGTH i32 (i32.const 2))
(global $FINISH_TOOL_CALLS i32 (i32.const 3))
(global $FINISH_CONTENT_FILTER i32 (i32.const 4))
(global $FINISH_OTHER i32 (i32.const 5))

;; EventKind is the kind of a stream's event in the typed middle form.
(global $EVENT_KIND_UNSPECIFIED i32 (i32.const 0))
(global $EVENT_KIND_OPEN i32 (i32.const 1)) ;; a block begins
(global $EVENT_KIND_DELTA i32 (i32.const 2)) ;; a block goes on
(global $EVENT_KIND_CLOSE i32 (i32.const 3)) ;; a block is whole
(global $EVENT_KIND_USAGE i32 (i32.const 4)) ;; usage is set
(global $EVENT_KIND_FINISH i32 (i32.const 5)) ;; the answer is finished
(global $EVENT_KIND_ERROR i32 (i32.const 6)) ;; the stream failed
(global $EVENT_KIND_RAW i32 (i32.const 7)) ;; understood by one dialect only

;; End is how an exchange ended.
(global $END_UNSPECIFIED i32 (i32.const 0))
(global $END_COMPLETED i32 (i32.const 1))
(global $END_REJECTED i32 (i32.const 2))
(global $END_BLOCKED i32 (i32.const 3))
(global $END_UPSTREAM_ERROR i32 (i32.const 4))
(global $END_UPSTREAM_TIMEOUT i32 (i32.const 5))
(global $END_UPSTREAM_IDLE i32 (i32.const 6))
(global $END_UPSTREAM_CUT i32 (i32.const 7))
(global $END_CLIENT_GONE i32 (i32.const 8))
(global $END_DEADLINE i32 (i32.const 9))
(global $END_DRAINED i32 (i32.const 10))
(global $END_INTERNAL i32 (i32.const 11))
(global $END_INTERRUPTED i32 (i32.const 12))

;; ToolChoice is whether the model must use a tool.
(global $TOOL_CHOICE_UNSPECIFIED i32 (i32.const 0)) ;; the client did not say
(global $TOOL_CHOICE_AUTO i32 (i32.const 1))
(global $TOOL_CHOICE_NONE i32 (i32.const 2))
(global $TOOL_CHOICE_ANY i32 (i32.const 3)) ;; some tool
(global $TOOL_CHOICE_TOOL i32 (i32.const 4)) ;; the one that Parameters.tool_name names

;; OutputFormat is the form of answer that the client asked for.
(global $OUTPUT_FORMAT_UNSPECIFIED i32 (i32.const 0)) ;; the client did not say
(global $OUTPUT_FORMAT_TEXT i32 (i32.const 1))
(global $OUTPUT_FORMAT_JSON i32 (i32.const 2)) ;; any JSON object
(global $OUTPUT_FORMAT_SCHEMA i32 (i32.const 3)) ;; JSON after Parameters.output_schema

;; Framing is how a provider's stream is cut into events.
(global $FRAMING_UNSPECIFIED i32 (i32.const 0)) ;; as the Content-Type says
(global $FRAMING_SSE i32 (i32.const 1))
(global $FRAMING_NDJSON i32 (i32.const 2))
(global $FRAMING_EVENTSTREAM i32 (i32.const 3)) ;; application/vnd.amazon.eventstream

;; ConfigureCall is the frame of sallyport_configure, which runs once in each
;; new instance, before any hook.
(global $ConfigureCall.plugin i32 (i32.const 0xa)) ;; string: the manifest's id
(global $ConfigureCall.instance i32 (i32.const 0x12)) ;; string: the instance's name
(global $ConfigureCall.config i32 (i32.const 0x1a)) ;; bytes: JSON object, UTF-8, defaults filled in; the same is DOCUMENT_CONFIG
(global $ConfigureCall.capabilities i32 (i32.const 0x22)) ;; repeated string: those granted; at most 64 elements
(global $ConfigureCall.revision i32 (i32.const 0x28)) ;; uint32: the newest revision of version 1 that the host knows; see "Versions"
(global $ConfigureCall.window i32 (i32.const 0x30)) ;; uint32: bytes of text that the host will hold back at most, 0 where no stream is guarded
(func $ConfigureCall.put_plugin (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $ConfigureCall.put_instance (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $ConfigureCall.put_config (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))
(func $ConfigureCall.put_capabilities (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $ConfigureCall.put_revision (param $v i32) (call $sp.put_number (i32.const 0x28) (i64.extend_i32_u (local.get $v))))
(func $ConfigureCall.put_window (param $v i32) (call $sp.put_number (i32.const 0x30) (i64.extend_i32_u (local.get $v))))

;; Exchange is what every hook may know about the exchange. Fields that the
;; manifest did not ask for are absent.
(global $Exchange.id i32 (i32.const 0xa)) ;; string: our request id
(global $Exchange.route i32 (i32.const 0x12)) ;; string
(global $Exchange.operation i32 (i32.const 0x18)) ;; Operation
(global $Exchange.dialect i32 (i32.const 0x22)) ;; string: the client's, e.g. "openai.chat"
(global $Exchange.stream i32 (i32.const 0x28)) ;; bool: the client wants a stream
(global $Exchange.consumer i32 (i32.const 0x32)) ;; string: name of the virtual key or principal
(global $Exchange.tenant i32 (i32.const 0x3a)) ;; string
(global $Exchange.model i32 (i32.const 0x42)) ;; bytes: as the client wrote it, UTF-8
(global $Exchange.tags i32 (i32.const 0x4a)) ;; repeated Tag: at most 256 elements
(global $Exchange.headers i32 (i32.const 0x52)) ;; repeated Header: of the client's request, those the manifest names; at most 256 elements
(global $Exchange.shadow i32 (i32.const 0x58)) ;; bool: nobody acts on the reply
(func $Exchange.put_id (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Exchange.put_route (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $Exchange.put_operation (param $v i32) (call $sp.put_number (i32.const 0x18) (i64.extend_i32_u (local.get $v))))
(func $Exchange.put_dialect (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $Exchange.put_stream (param $v i32) (call $sp.put_number (i32.const 0x28) (i64.extend_i32_u (local.get $v))))
(func $Exchange.put_consumer (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x32) (local.get $p) (local.get $n)))
(func $Exchange.put_tenant (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x3a) (local.get $p) (local.get $n)))
(func $Exchange.put_model (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x42) (local.get $p) (local.get $n)))
(func $Exchange.open_tags (result i32) (call $sp.open (i32.const 0x4a)))
(func $Exchange.open_headers (result i32) (call $sp.open (i32.const 0x52)))
(func $Exchange.put_shadow (param $v i32) (call $sp.put_number (i32.const 0x58) (i64.extend_i32_u (local.get $v))))

;; Tag is a key and value on the exchange.
(global $Tag.key i32 (i32.const 0xa)) ;; string: at most 256 bytes
(global $Tag.value i32 (i32.const 0x12)) ;; string: at most 4096 bytes
(func $Tag.put_key (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Tag.put_value (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))

;; Header is one header field.
(global $Header.name i32 (i32.const 0xa)) ;; string: lower case; at most 256 bytes
(global $Header.value i32 (i32.const 0x12)) ;; bytes: at most 65536 bytes
(func $Header.put_name (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Header.put_value (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))

;; Part is one piece of content of a prompt or an answer.
(global $Part.id i32 (i32.const 0x8)) ;; uint32: what Edit.part names
(global $Part.kind i32 (i32.const 0x10)) ;; Kind
(global $Part.role i32 (i32.const 0x18)) ;; Role
(global $Part.message i32 (i32.const 0x20)) ;; uint32: index of the message, absent for a part outside the messages
(global $Part.choice i32 (i32.const 0x28)) ;; uint32: index of the answer's choice, 0 for prompts
(global $Part.origin i32 (i32.const 0x30)) ;; Origin
(global $Part.text i32 (i32.const 0x3a)) ;; bytes: UTF-8, decoded, with the edits of earlier hooks
(global $Part.name i32 (i32.const 0x42)) ;; string: tool's name, or media type of images, audio and documents
(global $Part.call_id i32 (i32.const 0x4a)) ;; string: of a tool call and of its result
(global $Part.data i32 (i32.const 0x52)) ;; bytes: content of images, audio and documents in base64, RFC 4648 §4, padded
(global $Part.url i32 (i32.const 0x5a)) ;; string: where such content lies instead
(global $Part.signature i32 (i32.const 0x62)) ;; bytes: the provider's seal on thinking, opaque
(global $Part.source i32 (i32.const 0x6a)) ;; string: who sealed it: the dialect, "/" and the provider
(global $Part.raw i32 (i32.const 0x72)) ;; bytes: the original JSON value, UTF-8, for KIND_RAW and attributes that no field holds
(func $Part.put_id (param $v i32) (call $sp.put_number (i32.const 0x8) (i64.extend_i32_u (local.get $v))))
(func $Part.put_kind (param $v i32) (call $sp.put_number (i32.const 0x10) (i64.extend_i32_u (local.get $v))))
(func $Part.put_role (param $v i32) (call $sp.put_number (i32.const 0x18) (i64.extend_i32_u (local.get $v))))
(func $Part.put_message (param $v i32) (call $sp.put_number (i32.const 0x20) (i64.extend_i32_u (local.get $v))))
(func $Part.put_choice (param $v i32) (call $sp.put_number (i32.const 0x28) (i64.extend_i32_u (local.get $v))))
(func $Part.put_origin (param $v i32) (call $sp.put_number (i32.const 0x30) (i64.extend_i32_u (local.get $v))))
(func $Part.put_text (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x3a) (local.get $p) (local.get $n)))
(func $Part.put_name (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x42) (local.get $p) (local.get $n)))
(func $Part.put_call_id (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x4a) (local.get $p) (local.get $n)))
(func $Part.put_data (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x52) (local.get $p) (local.get $n)))
(func $Part.put_url (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x5a) (local.get $p) (local.get $n)))
(func $Part.put_signature (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x62) (local.get $p) (local.get $n)))
(func $Part.put_source (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x6a) (local.get $p) (local.get $n)))
(func $Part.put_raw (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x72) (local.get $p) (local.get $n)))

;; Tool is a function that the model may call.
(global $Tool.name i32 (i32.const 0xa)) ;; string: at most 256 bytes
(global $Tool.description i32 (i32.const 0x12)) ;; string
(global $Tool.schema i32 (i32.const 0x1a)) ;; bytes: JSON Schema of the arguments, UTF-8
(global $Tool.raw i32 (i32.const 0x22)) ;; bytes: the original JSON value of a tool that is no function, UTF-8
(global $Tool.attributes i32 (i32.const 0x2a)) ;; bytes: JSON object of members that no field holds, UTF-8
(func $Tool.put_name (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Tool.put_description (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $Tool.put_schema (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))
(func $Tool.put_raw (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $Tool.put_attributes (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x2a) (local.get $p) (local.get $n)))

;; Parameters are the request's settings, in one form for all dialects. What the
;; client did not set is absent.
(global $Parameters.max_output i32 (i32.const 0x8)) ;; uint64: tokens
(global $Parameters.temperature i32 (i32.const 0x11)) ;; double
(global $Parameters.top_p i32 (i32.const 0x19)) ;; double
(global $Parameters.top_k i32 (i32.const 0x20)) ;; uint64
(global $Parameters.presence_penalty i32 (i32.const 0x29)) ;; double
(global $Parameters.frequency_penalty i32 (i32.const 0x31)) ;; double
(global $Parameters.seed i32 (i32.const 0x38)) ;; int64
(global $Parameters.choices i32 (i32.const 0x40)) ;; uint32: answers asked for; 0 means 1
(global $Parameters.stop i32 (i32.const 0x4a)) ;; repeated string: at most 64 elements
(global $Parameters.tools i32 (i32.const 0x52)) ;; repeated Tool: at most 1024 elements
(global $Parameters.tool_choice i32 (i32.const 0x58)) ;; ToolChoice
(global $Parameters.tool_name i32 (i32.const 0x62)) ;; string
(global $Parameters.parallel_tools i32 (i32.const 0x68)) ;; bool
(global $Parameters.output_format i32 (i32.const 0x70)) ;; OutputFormat
(global $Parameters.output_schema i32 (i32.const 0x7a)) ;; bytes: JSON Schema, UTF-8
(global $Parameters.reasoning_effort i32 (i32.const 0x82)) ;; string: the client's word
(global $Parameters.reasoning_tokens i32 (i32.const 0x88)) ;; uint64
(global $Parameters.others i32 (i32.const 0x92)) ;; repeated Parameter: what no field above holds; at most 256 elements
(global $Parameters.output_attributes i32 (i32.const 0x9a)) ;; bytes: JSON object of what else the client said of the shape, UTF-8
(func $Parameters.put_max_output (param $v i64) (call $sp.put_number (i32.const 0x8) (local.get $v)))
(func $Parameters.put_temperature (param $v f64) (call $sp.put_double (i32.const 0x11) (local.get $v)))
(func $Parameters.put_top_p (param $v f64) (call $sp.put_double (i32.const 0x19) (local.get $v)))
(func $Parameters.put_top_k (param $v i64) (call $sp.put_number (i32.const 0x20) (local.get $v)))
(func $Parameters.put_presence_penalty (param $v f64) (call $sp.put_double (i32.const 0x29) (local.get $v)))
(func $Parameters.put_frequency_penalty (param $v f64) (call $sp.put_double (i32.const 0x31) (local.get $v)))
(func $Parameters.put_seed (param $v i64) (call $sp.put_number (i32.const 0x38) (local.get $v)))
(func $Parameters.put_choices (param $v i32) (call $sp.put_number (i32.const 0x40) (i64.extend_i32_u (local.get $v))))
(func $Parameters.put_stop (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x4a) (local.get $p) (local.get $n)))
(func $Parameters.open_tools (result i32) (call $sp.open (i32.const 0x52)))
(func $Parameters.put_tool_choice (param $v i32) (call $sp.put_number (i32.const 0x58) (i64.extend_i32_u (local.get $v))))
(func $Parameters.put_tool_name (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x62) (local.get $p) (local.get $n)))
(func $Parameters.put_parallel_tools (param $v i32) (call $sp.put_number (i32.const 0x68) (i64.extend_i32_u (local.get $v))))
(func $Parameters.put_output_format (param $v i32) (call $sp.put_number (i32.const 0x70) (i64.extend_i32_u (local.get $v))))
(func $Parameters.put_output_schema (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x7a) (local.get $p) (local.get $n)))
(func $Parameters.put_reasoning_effort (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x82) (local.get $p) (local.get $n)))
(func $Parameters.put_reasoning_tokens (param $v i64) (call $sp.put_number (i32.const 0x88) (local.get $v)))
(func $Parameters.open_others (result i32) (call $sp.open (i32.const 0x92)))
(func $Parameters.put_output_attributes (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x9a) (local.get $p) (local.get $n)))

;; Parameter is a setting that only some dialects have.
(global $Parameter.name i32 (i32.const 0xa)) ;; string: top-level key in the client's request
(global $Parameter.json i32 (i32.const 0x12)) ;; bytes: its value, UTF-8
(func $Parameter.put_name (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Parameter.put_json (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))

;; Usage is what an exchange consumed, in tokens. It is set, not added.
(global $Usage.input_uncached i32 (i32.const 0x8)) ;; uint64
(global $Usage.cache_read i32 (i32.const 0x10)) ;; uint64
(global $Usage.cache_write i32 (i32.const 0x18)) ;; uint64
(global $Usage.output i32 (i32.const 0x20)) ;; uint64: reasoning included
(global $Usage.reasoning i32 (i32.const 0x28)) ;; uint64: the part of output that was reasoning
(global $Usage.audio i32 (i32.const 0x30)) ;; uint64
(global $Usage.image i32 (i32.const 0x38)) ;; uint64
(global $Usage.reported i32 (i32.const 0x40)) ;; bool: by the provider itself
(global $Usage.estimated i32 (i32.const 0x48)) ;; bool: at least one count is an estimate
(global $Usage.cache_write_hour i32 (i32.const 0x50)) ;; uint64: the part of cache_write that is kept for an hour
(func $Usage.put_input_uncached (param $v i64) (call $sp.put_number (i32.const 0x8) (local.get $v)))
(func $Usage.put_cache_read (param $v i64) (call $sp.put_number (i32.const 0x10) (local.get $v)))
(func $Usage.put_cache_write (param $v i64) (call $sp.put_number (i32.const 0x18) (local.get $v)))
(func $Usage.put_output (param $v i64) (call $sp.put_number (i32.const 0x20) (local.get $v)))
(func $Usage.put_reasoning (param $v i64) (call $sp.put_number (i32.const 0x28) (local.get $v)))
(func $Usage.put_audio (param $v i64) (call $sp.put_number (i32.const 0x30) (local.get $v)))
(func $Usage.put_image (param $v i64) (call $sp.put_number (i32.const 0x38) (local.get $v)))
(func $Usage.put_reported (param $v i32) (call $sp.put_number (i32.const 0x40) (i64.extend_i32_u (local.get $v))))
(func $Usage.put_estimated (param $v i32) (call $sp.put_number (i32.const 0x48) (i64.extend_i32_u (local.get $v))))
(func $Usage.put_cache_write_hour (param $v i64) (call $sp.put_number (i32.const 0x50) (local.get $v)))

;; Error is an upstream's error in one form for all providers.
(global $Error.status i32 (i32.const 0x8)) ;; uint32: 400 to 599
(global $Error.code i32 (i32.const 0x12)) ;; string: the provider's own word, or upstream_cut for a stream that ended too soon; at most 256 bytes
(global $Error.message i32 (i32.const 0x1a)) ;; string: for people; at most 4096 bytes
(global $Error.retry_after_ms i32 (i32.const 0x20)) ;; uint64: 0 means nothing is known
(global $Error.param i32 (i32.const 0x2a)) ;; string: path of the offending field; at most 256 bytes
(func $Error.put_status (param $v i32) (call $sp.put_number (i32.const 0x8) (i64.extend_i32_u (local.get $v))))
(func $Error.put_code (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $Error.put_message (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))
(func $Error.put_retry_after_ms (param $v i64) (call $sp.put_number (i32.const 0x20) (local.get $v)))
(func $Error.put_param (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x2a) (local.get $p) (local.get $n)))

;; ReceiveCall is the frame of the receive hook.
(global $ReceiveCall.exchange i32 (i32.const 0xa)) ;; Exchange
(global $ReceiveCall.method i32 (i32.const 0x12)) ;; bytes
(global $ReceiveCall.path i32 (i32.const 0x1a)) ;; bytes: as sent, without query
(global $ReceiveCall.query i32 (i32.const 0x22)) ;; bytes: as sent, without "?"
(global $ReceiveCall.body_bytes i32 (i32.const 0x28)) ;; uint64
(func $ReceiveCall.open_exchange (result i32) (call $sp.open (i32.const 0xa)))
(func $ReceiveCall.put_method (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $ReceiveCall.put_path (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))
(func $ReceiveCall.put_query (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $ReceiveCall.put_body_bytes (param $v i64) (call $sp.put_number (i32.const 0x28) (local.get $v)))

;; PromptCall is the frame of the prompt hook.
(global $PromptCall.exchange i32 (i32.const 0xa)) ;; Exchange
(global $PromptCall.stage i32 (i32.const 0x10)) ;; Stage
(global $PromptCall.parts i32 (i32.const 0x1a)) ;; repeated Part: of the kinds and roles that the manifest asked for; at most 65536 elements
(global $PromptCall.parameters i32 (i32.const 0x22)) ;; Parameters
(global $PromptCall.messages i32 (i32.const 0x28)) ;; uint32: number of messages; NewPart.at must not be larger
(global $PromptCall.state i32 (i32.const 0x32)) ;; bytes: what this hook last left; see Reply.state
(func $PromptCall.open_exchange (result i32) (call $sp.open (i32.const 0xa)))
(func $PromptCall.put_stage (param $v i32) (call $sp.put_number (i32.const 0x10) (i64.extend_i32_u (local.get $v))))
(func $PromptCall.open_parts (result i32) (call $sp.open (i32.const 0x1a)))
(func $PromptCall.open_parameters (result i32) (call $sp.open (i32.const 0x22)))
(func $PromptCall.put_messages (param $v i32) (call $sp.put_number (i32.const 0x28) (i64.extend_i32_u (local.get $v))))
(func $PromptCall.put_state (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x32) (local.get $p) (local.get $n)))

;; Deployment is one candidate in a route's order, with what is known of it now.
(global $Deployment.name i32 (i32.const 0xa)) ;; string
(global $Deployment.provider i32 (i32.const 0x12)) ;; string
(global $Deployment.model i32 (i32.const 0x1a)) ;; string
(global $Deployment.weight i32 (i32.const 0x20)) ;; uint32
(global $Deployment.cooling i32 (i32.const 0x28)) ;; bool: it failed lately and is out of the picks
(global $Deployment.in_flight i32 (i32.const 0x30)) ;; uint32: attempts under way here
(global $Deployment.first_byte_ms i32 (i32.const 0x39)) ;; double: moving average
(global $Deployment.error_rate i32 (i32.const 0x41)) ;; double: moving average, 0 to 1
(global $Deployment.input_price i32 (i32.const 0x48)) ;; uint64: 10⁻¹² USD a token; absent when unknown
(global $Deployment.output_price i32 (i32.const 0x50)) ;; uint64: likewise
(global $Deployment.context_tokens i32 (i32.const 0x58)) ;; uint64: 0 when unknown
(global $Deployment.load i32 (i32.const 0x61)) ;; double: of a runtime that tells, 0 to 1
(global $Deployment.labels i32 (i32.const 0x6a)) ;; repeated Tag: the operator's own; at most 64 elements
(func $Deployment.put_name (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Deployment.put_provider (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $Deployment.put_model (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))
(func $Deployment.put_weight (param $v i32) (call $sp.put_number (i32.const 0x20) (i64.extend_i32_u (local.get $v))))
(func $Deployment.put_cooling (param $v i32) (call $sp.put_number (i32.const 0x28) (i64.extend_i32_u (local.get $v))))
(func $Deployment.put_in_flight (param $v i32) (call $sp.put_number (i32.const 0x30) (i64.extend_i32_u (local.get $v))))
(func $Deployment.put_first_byte_ms (param $v f64) (call $sp.put_double (i32.const 0x39) (local.get $v)))
(func $Deployment.put_error_rate (param $v f64) (call $sp.put_double (i32.const 0x41) (local.get $v)))
(func $Deployment.put_input_price (param $v i64) (call $sp.put_number (i32.const 0x48) (local.get $v)))
(func $Deployment.put_output_price (param $v i64) (call $sp.put_number (i32.const 0x50) (local.get $v)))
(func $Deployment.put_context_tokens (param $v i64) (call $sp.put_number (i32.const 0x58) (local.get $v)))
(func $Deployment.put_load (param $v f64) (call $sp.put_double (i32.const 0x61) (local.get $v)))
(func $Deployment.open_labels (result i32) (call $sp.open (i32.const 0x6a)))

;; Features describe a prompt to hooks that do not see its text.
(global $Features.input_tokens i32 (i32.const 0x8)) ;; uint64: estimate
(global $Features.messages i32 (i32.const 0x10)) ;; uint32
(global $Features.images i32 (i32.const 0x18)) ;; bool
(global $Features.audio i32 (i32.const 0x20)) ;; bool
(global $Features.documents i32 (i32.const 0x28)) ;; bool
(global $Features.tools i32 (i32.const 0x30)) ;; bool
(global $Features.reasoning i32 (i32.const 0x38)) ;; bool
(func $Features.put_input_tokens (param $v i64) (call $sp.put_number (i32.const 0x8) (local.get $v)))
(func $Features.put_messages (param $v i32) (call $sp.put_number (i32.const 0x10) (i64.extend_i32_u (local.get $v))))
(func $Features.put_images (param $v i32) (call $sp.put_number (i32.const 0x18) (i64.extend_i32_u (local.get $v))))
(func $Features.put_audio (param $v i32) (call $sp.put_number (i32.const 0x20) (i64.extend_i32_u (local.get $v))))
(func $Features.put_documents (param $v i32) (call $sp.put_number (i32.const 0x28) (i64.extend_i32_u (local.get $v))))
(func $Features.put_tools (param $v i32) (call $sp.put_number (i32.const 0x30) (i64.extend_i32_u (local.get $v))))
(func $Features.put_reasoning (param $v i32) (call $sp.put_number (i32.const 0x38) (i64.extend_i32_u (local.get $v))))

;; RouteCall is the frame of the route hook.
(global $RouteCall.exchange i32 (i32.const 0xa)) ;; Exchange
(global $RouteCall.deployments i32 (i32.const 0x12)) ;; repeated Deployment: in the order so far; at most 1024 elements
(global $RouteCall.features i32 (i32.const 0x1a)) ;; Features
(global $RouteCall.parts i32 (i32.const 0x22)) ;; repeated Part: if the manifest asked for them; at most 65536 elements
(func $RouteCall.open_exchange (result i32) (call $sp.open (i32.const 0xa)))
(func $RouteCall.open_deployments (result i32) (call $sp.open (i32.const 0x12)))
(func $RouteCall.open_features (result i32) (call $sp.open (i32.const 0x1a)))
(func $RouteCall.open_parts (result i32) (call $sp.open (i32.const 0x22)))

;; Target is the deployment that an attempt goes to.
(global $Target.deployment i32 (i32.const 0xa)) ;; string
(global $Target.provider i32 (i32.const 0x12)) ;; string
(global $Target.kind i32 (i32.const 0x1a)) ;; string: the provider's descriptor, e.g. "anthropic"
(global $Target.model i32 (i32.const 0x22)) ;; string: the upstream's own model name
(global $Target.base_path i32 (i32.const 0x2a)) ;; string: path part of the base URL, without trailing slash
(global $Target.settings i32 (i32.const 0x32)) ;; repeated Tag: of the descriptor and the operator: region, project, API version; at most 64 elements
(func $Target.put_deployment (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Target.put_provider (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $Target.put_kind (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))
(func $Target.put_model (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $Target.put_base_path (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x2a) (local.get $p) (local.get $n)))
(func $Target.open_settings (result i32) (call $sp.open (i32.const 0x32)))

;; UpstreamRequestCall is the frame of the upstream_request hook.
(global $UpstreamRequestCall.exchange i32 (i32.const 0xa)) ;; Exchange
(global $UpstreamRequestCall.target i32 (i32.const 0x12)) ;; Target
(global $UpstreamRequestCall.parts i32 (i32.const 0x1a)) ;; repeated Part: at most 65536 elements
(global $UpstreamRequestCall.parameters i32 (i32.const 0x22)) ;; Parameters
(global $UpstreamRequestCall.body i32 (i32.const 0x2a)) ;; bytes: the client's document for operations that have no typed form
(func $UpstreamRequestCall.open_exchange (result i32) (call $sp.open (i32.const 0xa)))
(func $UpstreamRequestCall.open_target (result i32) (call $sp.open (i32.const 0x12)))
(func $UpstreamRequestCall.open_parts (result i32) (call $sp.open (i32.const 0x1a)))
(func $UpstreamRequestCall.open_parameters (result i32) (call $sp.open (i32.const 0x22)))
(func $UpstreamRequestCall.put_body (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x2a) (local.get $p) (local.get $n)))

;; UpstreamRequestReply is the provider's request, without credentials.
(global $UpstreamRequestReply.method i32 (i32.const 0xa)) ;; string: POST, GET, PUT or DELETE; empty means POST; at most 16 bytes
(global $UpstreamRequestReply.path i32 (i32.const 0x12)) ;; string: path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes
(global $UpstreamRequestReply.headers i32 (i32.const 0x1a)) ;; repeated Header: neither credentials nor what belongs to the connection; at most 64 elements
(global $UpstreamRequestReply.body i32 (i32.const 0x22)) ;; bytes
(global $UpstreamRequestReply.dropped i32 (i32.const 0x2a)) ;; repeated Loss: at most 256 elements
(global $UpstreamRequestReply.error i32 (i32.const 0x32)) ;; Error: the request cannot be translated; the rest is ignored
(global $UpstreamRequestReply.state i32 (i32.const 0x3a)) ;; bytes: for the hooks that read the answer; at most 16384 bytes
(global $UpstreamRequestReply.framing i32 (i32.const 0x40)) ;; Framing
(global $UpstreamRequestReply.fetch i32 (i32.const 0x4a)) ;; repeated Fetch: what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements
(func $UpstreamRequestReply.put_method (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $UpstreamRequestReply.put_path (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $UpstreamRequestReply.open_headers (result i32) (call $sp.open (i32.const 0x1a)))
(func $UpstreamRequestReply.put_body (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $UpstreamRequestReply.open_dropped (result i32) (call $sp.open (i32.const 0x2a)))
(func $UpstreamRequestReply.open_error (result i32) (call $sp.open (i32.const 0x32)))
(func $UpstreamRequestReply.put_state (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x3a) (local.get $p) (local.get $n)))
(func $UpstreamRequestReply.put_framing (param $v i32) (call $sp.put_number (i32.const 0x40) (i64.extend_i32_u (local.get $v))))
(func $UpstreamRequestReply.open_fetch (result i32) (call $sp.open (i32.const 0x4a)))

;; Fetch names a part that the provider takes as data alone and that the client
;; gave by URL. The host fetches it under the egress rules and calls the hook again,
;; with the part's data, and its media type in the part's name.
(global $Fetch.part i32 (i32.const 0x8)) ;; uint32: Part.id
(global $Fetch.field i32 (i32.const 0x12)) ;; string: path in the client's request, for errors; at most 256 bytes
(func $Fetch.put_part (param $v i32) (call $sp.put_number (i32.const 0x8) (i64.extend_i32_u (local.get $v))))
(func $Fetch.put_field (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))

;; Loss names something of the request that the provider has no place for.
(global $Loss.field i32 (i32.const 0xa)) ;; string: path in the client's request; at most 256 bytes
(global $Loss.reason i32 (i32.const 0x12)) ;; string: a word in snake case, 64 bytes at most; at most 256 bytes
(func $Loss.put_field (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Loss.put_reason (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))

;; UpstreamResponseCall is the frame of the upstream_response hook.
(global $UpstreamResponseCall.exchange i32 (i32.const 0xa)) ;; Exchange
(global $UpstreamResponseCall.target i32 (i32.const 0x12)) ;; Target
(global $UpstreamResponseCall.status i32 (i32.const 0x18)) ;; uint32
(global $UpstreamResponseCall.headers i32 (i32.const 0x22)) ;; repeated Header: those that tell of the answer, no cookie; at most 256 elements
(global $UpstreamResponseCall.body i32 (i32.const 0x2a)) ;; bytes
(global $UpstreamResponseCall.state i32 (i32.const 0x32)) ;; bytes: what upstream_request left
(func $UpstreamResponseCall.open_exchange (result i32) (call $sp.open (i32.const 0xa)))
(func $UpstreamResponseCall.open_target (result i32) (call $sp.open (i32.const 0x12)))
(func $UpstreamResponseCall.put_status (param $v i32) (call $sp.put_number (i32.const 0x18) (i64.extend_i32_u (local.get $v))))
(func $UpstreamResponseCall.open_headers (result i32) (call $sp.open (i32.const 0x22)))
(func $UpstreamResponseCall.put_body (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x2a) (local.get $p) (local.get $n)))
(func $UpstreamResponseCall.put_state (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x32) (local.get $p) (local.get $n)))

;; Choice is how one choice of an answer finished.
(global $Choice.index i32 (i32.const 0x8)) ;; uint32
(global $Choice.finish i32 (i32.const 0x10)) ;; Finish
(global $Choice.stop i32 (i32.const 0x1a)) ;; string: the stop sequence that ended it; at most 4096 bytes
(func $Choice.put_index (param $v i32) (call $sp.put_number (i32.const 0x8) (i64.extend_i32_u (local.get $v))))
(func $Choice.put_finish (param $v i32) (call $sp.put_number (i32.const 0x10) (i64.extend_i32_u (local.get $v))))
(func $Choice.put_stop (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))

;; UpstreamResponseReply is an answer in our form.
(global $UpstreamResponseReply.parts i32 (i32.const 0xa)) ;; repeated Part: at most 65536 elements
(global $UpstreamResponseReply.choices i32 (i32.const 0x12)) ;; repeated Choice: at most 128 elements
(global $UpstreamResponseReply.usage i32 (i32.const 0x1a)) ;; Usage
(global $UpstreamResponseReply.model i32 (i32.const 0x22)) ;; string: the model that the provider says it used; at most 256 bytes
(global $UpstreamResponseReply.id i32 (i32.const 0x2a)) ;; string: the provider's id of the answer; at most 256 bytes
(global $UpstreamResponseReply.error i32 (i32.const 0x32)) ;; Error: the provider refused; the rest but usage is ignored
(global $UpstreamResponseReply.body i32 (i32.const 0x3a)) ;; bytes: the client's document for operations that have no typed form
(func $UpstreamResponseReply.open_parts (result i32) (call $sp.open (i32.const 0xa)))
(func $UpstreamResponseReply.open_choices (result i32) (call $sp.open (i32.const 0x12)))
(func $UpstreamResponseReply.open_usage (result i32) (call $sp.open (i32.const 0x1a)))
(func $UpstreamResponseReply.put_model (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $UpstreamResponseReply.put_id (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x2a) (local.get $p) (local.get $n)))
(func $UpstreamResponseReply.open_error (result i32) (call $sp.open (i32.const 0x32)))
(func $UpstreamResponseReply.put_body (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x3a) (local.get $p) (local.get $n)))

;; UpstreamEventCall is the frame of the upstream_event hook.
(global $UpstreamEventCall.exchange i32 (i32.const 0xa)) ;; Exchange
(global $UpstreamEventCall.target i32 (i32.const 0x12)) ;; Target
(global $UpstreamEventCall.name i32 (i32.const 0x1a)) ;; bytes: the event's name, where the framing has one
(global $UpstreamEventCall.data i32 (i32.const 0x22)) ;; bytes: its payload; whole
(global $UpstreamEventCall.final i32 (i32.const 0x28)) ;; bool: the stream is over; name and data are empty
(global $UpstreamEventCall.state i32 (i32.const 0x32)) ;; bytes
(func $UpstreamEventCall.open_exchange (result i32) (call $sp.open (i32.const 0xa)))
(func $UpstreamEventCall.open_target (result i32) (call $sp.open (i32.const 0x12)))
(func $UpstreamEventCall.put_name (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))
(func $UpstreamEventCall.put_data (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $UpstreamEventCall.put_final (param $v i32) (call $sp.put_number (i32.const 0x28) (i64.extend_i32_u (local.get $v))))
(func $UpstreamEventCall.put_state (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x32) (local.get $p) (local.get $n)))

;; Event is one piece of a stream in the typed middle form.
(global $Event.kind i32 (i32.const 0x8)) ;; EventKind
(global $Event.block i32 (i32.const 0x10)) ;; uint32
(global $Event.choice i32 (i32.const 0x18)) ;; uint32
(global $Event.part i32 (i32.const 0x22)) ;; Part: for open, delta and close; text is what is new
(global $Event.finish i32 (i32.const 0x28)) ;; Finish: for finish
(global $Event.usage i32 (i32.const 0x32)) ;; Usage: for usage
(global $Event.error i32 (i32.const 0x3a)) ;; Error: for error
(global $Event.raw i32 (i32.const 0x42)) ;; bytes: for raw
(global $Event.model i32 (i32.const 0x4a)) ;; string: where the event names it; at most 256 bytes
(global $Event.id i32 (i32.const 0x52)) ;; string: where the event names the answer's id; at most 256 bytes
(global $Event.stop i32 (i32.const 0x5a)) ;; string: for finish: the stop sequence that ended it; at most 4096 bytes
(func $Event.put_kind (param $v i32) (call $sp.put_number (i32.const 0x8) (i64.extend_i32_u (local.get $v))))
(func $Event.put_block (param $v i32) (call $sp.put_number (i32.const 0x10) (i64.extend_i32_u (local.get $v))))
(func $Event.put_choice (param $v i32) (call $sp.put_number (i32.const 0x18) (i64.extend_i32_u (local.get $v))))
(func $Event.open_part (result i32) (call $sp.open (i32.const 0x22)))
(func $Event.put_finish (param $v i32) (call $sp.put_number (i32.const 0x28) (i64.extend_i32_u (local.get $v))))
(func $Event.open_usage (result i32) (call $sp.open (i32.const 0x32)))
(func $Event.open_error (result i32) (call $sp.open (i32.const 0x3a)))
(func $Event.put_raw (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x42) (local.get $p) (local.get $n)))
(func $Event.put_model (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x4a) (local.get $p) (local.get $n)))
(func $Event.put_id (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x52) (local.get $p) (local.get $n)))
(func $Event.put_stop (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x5a) (local.get $p) (local.get $n)))

;; UpstreamEventReply is what one event of the provider means: none, one or more
;; events of ours.
(global $UpstreamEventReply.events i32 (i32.const 0xa)) ;; repeated Event: at most 1024 elements
(global $UpstreamEventReply.state i32 (i32.const 0x12)) ;; bytes: at most 16384 bytes
(func $UpstreamEventReply.open_events (result i32) (call $sp.open (i32.const 0xa)))
(func $UpstreamEventReply.put_state (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))

;; AnswerCall is the frame of the answer hook.
(global $AnswerCall.exchange i32 (i32.const 0xa)) ;; Exchange
(global $AnswerCall.parts i32 (i32.const 0x12)) ;; repeated Part: of the kinds that the manifest asked for; at most 65536 elements
(global $AnswerCall.choices i32 (i32.const 0x1a)) ;; repeated Choice: at most 128 elements
(global $AnswerCall.usage i32 (i32.const 0x22)) ;; Usage
(global $AnswerCall.may_retry i32 (i32.const 0x28)) ;; bool: Reply.retry is possible
(global $AnswerCall.state i32 (i32.const 0x32)) ;; bytes
(func $AnswerCall.open_exchange (result i32) (call $sp.open (i32.const 0xa)))
(func $AnswerCall.open_parts (result i32) (call $sp.open (i32.const 0x12)))
(func $AnswerCall.open_choices (result i32) (call $sp.open (i32.const 0x1a)))
(func $AnswerCall.open_usage (result i32) (call $sp.open (i32.const 0x22)))
(func $AnswerCall.put_may_retry (param $v i32) (call $sp.put_number (i32.const 0x28) (i64.extend_i32_u (local.get $v))))
(func $AnswerCall.put_state (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x32) (local.get $p) (local.get $n)))

;; WindowCall is the frame of the window hook: the text of one block of a stream
;; that is not released yet.
(global $WindowCall.exchange i32 (i32.const 0xa)) ;; Exchange
(global $WindowCall.choice i32 (i32.const 0x10)) ;; uint32
(global $WindowCall.block i32 (i32.const 0x18)) ;; uint32
(global $WindowCall.kind i32 (i32.const 0x20)) ;; Kind
(global $WindowCall.context i32 (i32.const 0x2a)) ;; bytes: released already, UTF-8: the last 64 bytes or more, where there are as many
(global $WindowCall.text i32 (i32.const 0x32)) ;; bytes: held, UTF-8; Edit offsets count from its start and Edit.part is 0
(global $WindowCall.final i32 (i32.const 0x38)) ;; bool: no more text follows in this block
(global $WindowCall.name i32 (i32.const 0x42)) ;; string: of a tool call, which always comes whole
(global $WindowCall.call_id i32 (i32.const 0x4a)) ;; string: likewise
(global $WindowCall.released i32 (i32.const 0x50)) ;; uint64: bytes of the block released so far, context included
(global $WindowCall.state i32 (i32.const 0x5a)) ;; bytes: what this hook last left for this block
(func $WindowCall.open_exchange (result i32) (call $sp.open (i32.const 0xa)))
(func $WindowCall.put_choice (param $v i32) (call $sp.put_number (i32.const 0x10) (i64.extend_i32_u (local.get $v))))
(func $WindowCall.put_block (param $v i32) (call $sp.put_number (i32.const 0x18) (i64.extend_i32_u (local.get $v))))
(func $WindowCall.put_kind (param $v i32) (call $sp.put_number (i32.const 0x20) (i64.extend_i32_u (local.get $v))))
(func $WindowCall.put_context (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x2a) (local.get $p) (local.get $n)))
(func $WindowCall.put_text (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x32) (local.get $p) (local.get $n)))
(func $WindowCall.put_final (param $v i32) (call $sp.put_number (i32.const 0x38) (i64.extend_i32_u (local.get $v))))
(func $WindowCall.put_name (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x42) (local.get $p) (local.get $n)))
(func $WindowCall.put_call_id (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x4a) (local.get $p) (local.get $n)))
(func $WindowCall.put_released (param $v i64) (call $sp.put_number (i32.const 0x50) (local.get $v)))
(func $WindowCall.put_state (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x5a) (local.get $p) (local.get $n)))

;; Verdict is one judgement that was acted on.
(global $Verdict.instance i32 (i32.const 0xa)) ;; string
(global $Verdict.verdict i32 (i32.const 0x12)) ;; string: "block", "edit", "flag", …
(func $Verdict.put_instance (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Verdict.put_verdict (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))

;; CompleteCall is the frame of the complete hook.
(global $CompleteCall.exchange i32 (i32.const 0xa)) ;; Exchange
(global $CompleteCall.end i32 (i32.const 0x10)) ;; End
(global $CompleteCall.status i32 (i32.const 0x18)) ;; uint32: HTTP status sent, 499 if the client left before one was
(global $CompleteCall.error_code i32 (i32.const 0x22)) ;; string
(global $CompleteCall.usage i32 (i32.const 0x2a)) ;; Usage
(global $CompleteCall.cost i32 (i32.const 0x30)) ;; uint64: 10⁻¹² USD; absent when the price is unknown
(global $CompleteCall.duration_ns i32 (i32.const 0x38)) ;; uint64
(global $CompleteCall.first_byte_ns i32 (i32.const 0x40)) ;; uint64: 0 when none was sent
(global $CompleteCall.attempts i32 (i32.const 0x48)) ;; uint32
(global $CompleteCall.deployment i32 (i32.const 0x52)) ;; string
(global $CompleteCall.provider i32 (i32.const 0x5a)) ;; string
(global $CompleteCall.model i32 (i32.const 0x62)) ;; string: the upstream's
(global $CompleteCall.bytes_in i32 (i32.const 0x68)) ;; uint64
(global $CompleteCall.bytes_out i32 (i32.const 0x70)) ;; uint64
(global $CompleteCall.verdicts i32 (i32.const 0x7a)) ;; repeated Verdict: at most 1024 elements
(global $CompleteCall.prompt i32 (i32.const 0x82)) ;; repeated Part: if payload was granted; at most 65536 elements
(global $CompleteCall.answer i32 (i32.const 0x8a)) ;; repeated Part: likewise; at most 65536 elements
(func $CompleteCall.open_exchange (result i32) (call $sp.open (i32.const 0xa)))
(func $CompleteCall.put_end (param $v i32) (call $sp.put_number (i32.const 0x10) (i64.extend_i32_u (local.get $v))))
(func $CompleteCall.put_status (param $v i32) (call $sp.put_number (i32.const 0x18) (i64.extend_i32_u (local.get $v))))
(func $CompleteCall.put_error_code (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $CompleteCall.open_usage (result i32) (call $sp.open (i32.const 0x2a)))
(func $CompleteCall.put_cost (param $v i64) (call $sp.put_number (i32.const 0x30) (local.get $v)))
(func $CompleteCall.put_duration_ns (param $v i64) (call $sp.put_number (i32.const 0x38) (local.get $v)))
(func $CompleteCall.put_first_byte_ns (param $v i64) (call $sp.put_number (i32.const 0x40) (local.get $v)))
(func $CompleteCall.put_attempts (param $v i32) (call $sp.put_number (i32.const 0x48) (i64.extend_i32_u (local.get $v))))
(func $CompleteCall.put_deployment (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x52) (local.get $p) (local.get $n)))
(func $CompleteCall.put_provider (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x5a) (local.get $p) (local.get $n)))
(func $CompleteCall.put_model (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x62) (local.get $p) (local.get $n)))
(func $CompleteCall.put_bytes_in (param $v i64) (call $sp.put_number (i32.const 0x68) (local.get $v)))
(func $CompleteCall.put_bytes_out (param $v i64) (call $sp.put_number (i32.const 0x70) (local.get $v)))
(func $CompleteCall.open_verdicts (result i32) (call $sp.open (i32.const 0x7a)))
(func $CompleteCall.open_prompt (result i32) (call $sp.open (i32.const 0x82)))
(func $CompleteCall.open_answer (result i32) (call $sp.open (i32.const 0x8a)))

;; Reply holds the verdicts of one hook. An empty one is "allow, unchanged".
;; What a hook may answer depends on its phase; anything else is a bad reply.
(global $Reply.block i32 (i32.const 0xa)) ;; Block
(global $Reply.respond i32 (i32.const 0x12)) ;; Respond
(global $Reply.edits i32 (i32.const 0x1a)) ;; repeated Edit: by part, then by start; disjoint; at most 4096 elements
(global $Reply.new_parts i32 (i32.const 0x22)) ;; repeated NewPart: append; stage shape only; at most 256 elements
(global $Reply.flags i32 (i32.const 0x2a)) ;; repeated Flag: at most 64 elements
(global $Reply.tags i32 (i32.const 0x32)) ;; repeated Tag: at most 64 elements
(global $Reply.route i32 (i32.const 0x3a)) ;; string: name of another route; at most 256 bytes
(global $Reply.path i32 (i32.const 0x42)) ;; string: new path, receive only; at most 8192 bytes
(global $Reply.order i32 (i32.const 0x4a)) ;; repeated uint32: indices into RouteCall.deployments; those not named are left out; at most 1024 elements
(global $Reply.hold i32 (i32.const 0x50)) ;; uint32: window only: bytes at the end of the text that could still become a match
(global $Reply.retry i32 (i32.const 0x5a)) ;; string: feedback to the model for one more try, answer only; at most 4096 bytes
(global $Reply.state i32 (i32.const 0x62)) ;; bytes: kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes
(func $Reply.open_block (result i32) (call $sp.open (i32.const 0xa)))
(func $Reply.open_respond (result i32) (call $sp.open (i32.const 0x12)))
(func $Reply.open_edits (result i32) (call $sp.open (i32.const 0x1a)))
(func $Reply.open_new_parts (result i32) (call $sp.open (i32.const 0x22)))
(func $Reply.open_flags (result i32) (call $sp.open (i32.const 0x2a)))
(func $Reply.open_tags (result i32) (call $sp.open (i32.const 0x32)))
(func $Reply.put_route (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x3a) (local.get $p) (local.get $n)))
(func $Reply.put_path (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x42) (local.get $p) (local.get $n)))
(func $Reply.open_order (result i32) (call $sp.open (i32.const 0x4a)))
(func $Reply.put_hold (param $v i32) (call $sp.put_number (i32.const 0x50) (i64.extend_i32_u (local.get $v))))
(func $Reply.put_retry (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x5a) (local.get $p) (local.get $n)))
(func $Reply.put_state (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x62) (local.get $p) (local.get $n)))

;; Block ends the exchange with an error for the client.
(global $Block.status i32 (i32.const 0x8)) ;; uint32: 400 to 599; 0 means 400
(global $Block.code i32 (i32.const 0x12)) ;; string: reason for machines; at most 64 bytes
(global $Block.message i32 (i32.const 0x1a)) ;; string: for the client; control characters become blanks; at most 1024 bytes
(func $Block.put_status (param $v i32) (call $sp.put_number (i32.const 0x8) (i64.extend_i32_u (local.get $v))))
(func $Block.put_code (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $Block.put_message (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))

;; Respond ends the exchange with an answer of the plugin's own.
(global $Respond.status i32 (i32.const 0x8)) ;; uint32: 200 to 599; 0 means 200
(global $Respond.content_type i32 (i32.const 0x12)) ;; string: at most 256 bytes
(global $Respond.body i32 (i32.const 0x1a)) ;; bytes
(func $Respond.put_status (param $v i32) (call $sp.put_number (i32.const 0x8) (i64.extend_i32_u (local.get $v))))
(func $Respond.put_content_type (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x12) (local.get $p) (local.get $n)))
(func $Respond.put_body (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))

;; Edit replaces the bytes [start, end) of a part's text. Offsets are in bytes of
;; the text that this hook was given and lie on rune boundaries.
(global $Edit.part i32 (i32.const 0x8)) ;; uint32: Part.id
(global $Edit.start i32 (i32.const 0x10)) ;; uint32
(global $Edit.end i32 (i32.const 0x18)) ;; uint32
(global $Edit.text i32 (i32.const 0x22)) ;; bytes: the new bytes, UTF-8
(global $Edit.label i32 (i32.const 0x2a)) ;; string: redact: the host writes a placeholder such as [EMAIL]; text is empty. A-Z, 0-9, _; at most 32 bytes
(func $Edit.put_part (param $v i32) (call $sp.put_number (i32.const 0x8) (i64.extend_i32_u (local.get $v))))
(func $Edit.put_start (param $v i32) (call $sp.put_number (i32.const 0x10) (i64.extend_i32_u (local.get $v))))
(func $Edit.put_end (param $v i32) (call $sp.put_number (i32.const 0x18) (i64.extend_i32_u (local.get $v))))
(func $Edit.put_text (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x22) (local.get $p) (local.get $n)))
(func $Edit.put_label (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x2a) (local.get $p) (local.get $n)))

;; NewPart adds a text to the prompt.
(global $NewPart.at i32 (i32.const 0x8)) ;; uint32: index of the message to stand before; PromptCall.messages appends
(global $NewPart.role i32 (i32.const 0x10)) ;; Role
(global $NewPart.text i32 (i32.const 0x1a)) ;; bytes: UTF-8
(func $NewPart.put_at (param $v i32) (call $sp.put_number (i32.const 0x8) (i64.extend_i32_u (local.get $v))))
(func $NewPart.put_role (param $v i32) (call $sp.put_number (i32.const 0x10) (i64.extend_i32_u (local.get $v))))
(func $NewPart.put_text (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0x1a) (local.get $p) (local.get $n)))

;; Flag is a judgement that changes nothing by itself.
(global $Flag.name i32 (i32.const 0xa)) ;; string: at most 64 bytes
(global $Flag.score i32 (i32.const 0x11)) ;; double: finite
(func $Flag.put_name (param $p i32) (param $n i32) (call $sp.put_bytes (i32.const 0xa) (local.get $p) (local.get $n)))
(func $Flag.put_score (param $v f64) (call $sp.put_double (i32.const 0x11) (local.get $v)))
