;; Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.

(func (export "sallyport_configure") (param i32 i32) (result i32) (i32.const 0))

(func (export "echo") (param $message i32) (param $p i32) (param $n i32) (result i64)
  (call $sp.begin)
  (if (i32.eq (local.get $message) (i32.const 0)) (then (call $echo.ConfigureCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 1)) (then (call $echo.Exchange (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 2)) (then (call $echo.Tag (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 3)) (then (call $echo.Header (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 4)) (then (call $echo.Part (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 5)) (then (call $echo.Tool (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 6)) (then (call $echo.Parameters (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 7)) (then (call $echo.Parameter (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 8)) (then (call $echo.Usage (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 9)) (then (call $echo.Error (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 10)) (then (call $echo.ReceiveCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 11)) (then (call $echo.PromptCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 12)) (then (call $echo.Deployment (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 13)) (then (call $echo.Features (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 14)) (then (call $echo.RouteCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 15)) (then (call $echo.Target (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 16)) (then (call $echo.UpstreamRequestCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 17)) (then (call $echo.UpstreamRequestReply (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 18)) (then (call $echo.Fetch (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 19)) (then (call $echo.Loss (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 20)) (then (call $echo.UpstreamResponseCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 21)) (then (call $echo.Choice (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 22)) (then (call $echo.UpstreamResponseReply (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 23)) (then (call $echo.UpstreamEventCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 24)) (then (call $echo.Event (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 25)) (then (call $echo.UpstreamEventReply (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 26)) (then (call $echo.AnswerCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 27)) (then (call $echo.WindowCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 28)) (then (call $echo.Verdict (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 29)) (then (call $echo.CompleteCall (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 30)) (then (call $echo.Reply (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 31)) (then (call $echo.Block (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 32)) (then (call $echo.Respond (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 33)) (then (call $echo.Edit (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 34)) (then (call $echo.NewPart (local.get $p) (local.get $n))))
  (if (i32.eq (local.get $message) (i32.const 35)) (then (call $echo.Flag (local.get $p) (local.get $n))))
  (call $sp.pack))

(func $echo.ConfigureCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $ConfigureCall.plugin)) (then
        (call $ConfigureCall.put_plugin (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $ConfigureCall.instance)) (then
        (call $ConfigureCall.put_instance (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $ConfigureCall.config)) (then
        (call $ConfigureCall.put_config (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $ConfigureCall.capabilities)) (then
        (call $ConfigureCall.put_capabilities (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $ConfigureCall.revision)) (then
        (call $ConfigureCall.put_revision (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $ConfigureCall.window)) (then
        (call $ConfigureCall.put_window (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (br $fields))))

(func $echo.Exchange (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.id)) (then
        (call $Exchange.put_id (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.route)) (then
        (call $Exchange.put_route (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.operation)) (then
        (call $Exchange.put_operation (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.dialect)) (then
        (call $Exchange.put_dialect (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.stream)) (then
        (call $Exchange.put_stream (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.consumer)) (then
        (call $Exchange.put_consumer (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.tenant)) (then
        (call $Exchange.put_tenant (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.model)) (then
        (call $Exchange.put_model (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.tags)) (then
        (local.set $at (call $Exchange.open_tags)) (call $echo.Tag (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.headers)) (then
        (local.set $at (call $Exchange.open_headers)) (call $echo.Header (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Exchange.shadow)) (then
        (call $Exchange.put_shadow (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (br $fields))))

(func $echo.Tag (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Tag.key)) (then
        (call $Tag.put_key (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Tag.value)) (then
        (call $Tag.put_value (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Header (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Header.name)) (then
        (call $Header.put_name (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Header.value)) (then
        (call $Header.put_value (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Part (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.id)) (then
        (call $Part.put_id (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.kind)) (then
        (call $Part.put_kind (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.role)) (then
        (call $Part.put_role (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.message)) (then
        (call $Part.put_message (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.choice)) (then
        (call $Part.put_choice (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.origin)) (then
        (call $Part.put_origin (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.text)) (then
        (call $Part.put_text (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.name)) (then
        (call $Part.put_name (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.call_id)) (then
        (call $Part.put_call_id (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.data)) (then
        (call $Part.put_data (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.url)) (then
        (call $Part.put_url (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.signature)) (then
        (call $Part.put_signature (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.source)) (then
        (call $Part.put_source (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.raw)) (then
        (call $Part.put_raw (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Tool (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Tool.name)) (then
        (call $Tool.put_name (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Tool.description)) (then
        (call $Tool.put_description (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Tool.schema)) (then
        (call $Tool.put_schema (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Tool.raw)) (then
        (call $Tool.put_raw (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Tool.attributes)) (then
        (call $Tool.put_attributes (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Parameters (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.max_output)) (then
        (call $Parameters.put_max_output (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.temperature)) (then
        (call $Parameters.put_temperature (f64.reinterpret_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.top_p)) (then
        (call $Parameters.put_top_p (f64.reinterpret_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.top_k)) (then
        (call $Parameters.put_top_k (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.presence_penalty)) (then
        (call $Parameters.put_presence_penalty (f64.reinterpret_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.frequency_penalty)) (then
        (call $Parameters.put_frequency_penalty (f64.reinterpret_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.seed)) (then
        (call $Parameters.put_seed (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.choices)) (then
        (call $Parameters.put_choices (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.stop)) (then
        (call $Parameters.put_stop (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.tools)) (then
        (local.set $at (call $Parameters.open_tools)) (call $echo.Tool (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.tool_choice)) (then
        (call $Parameters.put_tool_choice (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.tool_name)) (then
        (call $Parameters.put_tool_name (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.parallel_tools)) (then
        (call $Parameters.put_parallel_tools (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.output_format)) (then
        (call $Parameters.put_output_format (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.output_schema)) (then
        (call $Parameters.put_output_schema (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.reasoning_effort)) (then
        (call $Parameters.put_reasoning_effort (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.reasoning_tokens)) (then
        (call $Parameters.put_reasoning_tokens (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.others)) (then
        (local.set $at (call $Parameters.open_others)) (call $echo.Parameter (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameters.output_attributes)) (then
        (call $Parameters.put_output_attributes (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Parameter (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameter.name)) (then
        (call $Parameter.put_name (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Parameter.json)) (then
        (call $Parameter.put_json (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Usage (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.input_uncached)) (then
        (call $Usage.put_input_uncached (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.cache_read)) (then
        (call $Usage.put_cache_read (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.cache_write)) (then
        (call $Usage.put_cache_write (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.output)) (then
        (call $Usage.put_output (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.reasoning)) (then
        (call $Usage.put_reasoning (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.audio)) (then
        (call $Usage.put_audio (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.image)) (then
        (call $Usage.put_image (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.reported)) (then
        (call $Usage.put_reported (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.estimated)) (then
        (call $Usage.put_estimated (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Usage.cache_write_hour)) (then
        (call $Usage.put_cache_write_hour (global.get $sp.value))
        (br $fields)))
      (br $fields))))

(func $echo.Error (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Error.status)) (then
        (call $Error.put_status (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Error.code)) (then
        (call $Error.put_code (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Error.message)) (then
        (call $Error.put_message (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Error.retry_after_ms)) (then
        (call $Error.put_retry_after_ms (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Error.param)) (then
        (call $Error.put_param (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.ReceiveCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $ReceiveCall.exchange)) (then
        (local.set $at (call $ReceiveCall.open_exchange)) (call $echo.Exchange (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $ReceiveCall.method)) (then
        (call $ReceiveCall.put_method (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $ReceiveCall.path)) (then
        (call $ReceiveCall.put_path (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $ReceiveCall.query)) (then
        (call $ReceiveCall.put_query (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $ReceiveCall.body_bytes)) (then
        (call $ReceiveCall.put_body_bytes (global.get $sp.value))
        (br $fields)))
      (br $fields))))

(func $echo.PromptCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $PromptCall.exchange)) (then
        (local.set $at (call $PromptCall.open_exchange)) (call $echo.Exchange (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $PromptCall.stage)) (then
        (call $PromptCall.put_stage (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $PromptCall.parts)) (then
        (local.set $at (call $PromptCall.open_parts)) (call $echo.Part (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $PromptCall.parameters)) (then
        (local.set $at (call $PromptCall.open_parameters)) (call $echo.Parameters (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $PromptCall.messages)) (then
        (call $PromptCall.put_messages (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $PromptCall.state)) (then
        (call $PromptCall.put_state (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Deployment (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.name)) (then
        (call $Deployment.put_name (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.provider)) (then
        (call $Deployment.put_provider (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.model)) (then
        (call $Deployment.put_model (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.weight)) (then
        (call $Deployment.put_weight (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.cooling)) (then
        (call $Deployment.put_cooling (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.in_flight)) (then
        (call $Deployment.put_in_flight (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.first_byte_ms)) (then
        (call $Deployment.put_first_byte_ms (f64.reinterpret_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.error_rate)) (then
        (call $Deployment.put_error_rate (f64.reinterpret_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.input_price)) (then
        (call $Deployment.put_input_price (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.output_price)) (then
        (call $Deployment.put_output_price (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.context_tokens)) (then
        (call $Deployment.put_context_tokens (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.load)) (then
        (call $Deployment.put_load (f64.reinterpret_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Deployment.labels)) (then
        (local.set $at (call $Deployment.open_labels)) (call $echo.Tag (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (br $fields))))

(func $echo.Features (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Features.input_tokens)) (then
        (call $Features.put_input_tokens (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Features.messages)) (then
        (call $Features.put_messages (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Features.images)) (then
        (call $Features.put_images (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Features.audio)) (then
        (call $Features.put_audio (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Features.documents)) (then
        (call $Features.put_documents (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Features.tools)) (then
        (call $Features.put_tools (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Features.reasoning)) (then
        (call $Features.put_reasoning (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (br $fields))))

(func $echo.RouteCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $RouteCall.exchange)) (then
        (local.set $at (call $RouteCall.open_exchange)) (call $echo.Exchange (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $RouteCall.deployments)) (then
        (local.set $at (call $RouteCall.open_deployments)) (call $echo.Deployment (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $RouteCall.features)) (then
        (local.set $at (call $RouteCall.open_features)) (call $echo.Features (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $RouteCall.parts)) (then
        (local.set $at (call $RouteCall.open_parts)) (call $echo.Part (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (br $fields))))

(func $echo.Target (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Target.deployment)) (then
        (call $Target.put_deployment (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Target.provider)) (then
        (call $Target.put_provider (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Target.kind)) (then
        (call $Target.put_kind (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Target.model)) (then
        (call $Target.put_model (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Target.base_path)) (then
        (call $Target.put_base_path (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Target.settings)) (then
        (local.set $at (call $Target.open_settings)) (call $echo.Tag (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (br $fields))))

(func $echo.UpstreamRequestCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestCall.exchange)) (then
        (local.set $at (call $UpstreamRequestCall.open_exchange)) (call $echo.Exchange (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestCall.target)) (then
        (local.set $at (call $UpstreamRequestCall.open_target)) (call $echo.Target (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestCall.parts)) (then
        (local.set $at (call $UpstreamRequestCall.open_parts)) (call $echo.Part (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestCall.parameters)) (then
        (local.set $at (call $UpstreamRequestCall.open_parameters)) (call $echo.Parameters (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestCall.body)) (then
        (call $UpstreamRequestCall.put_body (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.UpstreamRequestReply (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestReply.method)) (then
        (call $UpstreamRequestReply.put_method (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestReply.path)) (then
        (call $UpstreamRequestReply.put_path (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestReply.headers)) (then
        (local.set $at (call $UpstreamRequestReply.open_headers)) (call $echo.Header (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestReply.body)) (then
        (call $UpstreamRequestReply.put_body (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestReply.dropped)) (then
        (local.set $at (call $UpstreamRequestReply.open_dropped)) (call $echo.Loss (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestReply.error)) (then
        (local.set $at (call $UpstreamRequestReply.open_error)) (call $echo.Error (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestReply.state)) (then
        (call $UpstreamRequestReply.put_state (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestReply.framing)) (then
        (call $UpstreamRequestReply.put_framing (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamRequestReply.fetch)) (then
        (local.set $at (call $UpstreamRequestReply.open_fetch)) (call $echo.Fetch (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (br $fields))))

(func $echo.Fetch (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Fetch.part)) (then
        (call $Fetch.put_part (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Fetch.field)) (then
        (call $Fetch.put_field (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Loss (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Loss.field)) (then
        (call $Loss.put_field (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Loss.reason)) (then
        (call $Loss.put_reason (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.UpstreamResponseCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseCall.exchange)) (then
        (local.set $at (call $UpstreamResponseCall.open_exchange)) (call $echo.Exchange (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseCall.target)) (then
        (local.set $at (call $UpstreamResponseCall.open_target)) (call $echo.Target (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseCall.status)) (then
        (call $UpstreamResponseCall.put_status (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseCall.headers)) (then
        (local.set $at (call $UpstreamResponseCall.open_headers)) (call $echo.Header (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseCall.body)) (then
        (call $UpstreamResponseCall.put_body (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseCall.state)) (then
        (call $UpstreamResponseCall.put_state (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Choice (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Choice.index)) (then
        (call $Choice.put_index (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Choice.finish)) (then
        (call $Choice.put_finish (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Choice.stop)) (then
        (call $Choice.put_stop (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.UpstreamResponseReply (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseReply.parts)) (then
        (local.set $at (call $UpstreamResponseReply.open_parts)) (call $echo.Part (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseReply.choices)) (then
        (local.set $at (call $UpstreamResponseReply.open_choices)) (call $echo.Choice (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseReply.usage)) (then
        (local.set $at (call $UpstreamResponseReply.open_usage)) (call $echo.Usage (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseReply.model)) (then
        (call $UpstreamResponseReply.put_model (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseReply.id)) (then
        (call $UpstreamResponseReply.put_id (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseReply.error)) (then
        (local.set $at (call $UpstreamResponseReply.open_error)) (call $echo.Error (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamResponseReply.body)) (then
        (call $UpstreamResponseReply.put_body (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.UpstreamEventCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamEventCall.exchange)) (then
        (local.set $at (call $UpstreamEventCall.open_exchange)) (call $echo.Exchange (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamEventCall.target)) (then
        (local.set $at (call $UpstreamEventCall.open_target)) (call $echo.Target (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamEventCall.name)) (then
        (call $UpstreamEventCall.put_name (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamEventCall.data)) (then
        (call $UpstreamEventCall.put_data (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamEventCall.final)) (then
        (call $UpstreamEventCall.put_final (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamEventCall.state)) (then
        (call $UpstreamEventCall.put_state (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Event (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.kind)) (then
        (call $Event.put_kind (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.block)) (then
        (call $Event.put_block (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.choice)) (then
        (call $Event.put_choice (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.part)) (then
        (local.set $at (call $Event.open_part)) (call $echo.Part (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.finish)) (then
        (call $Event.put_finish (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.usage)) (then
        (local.set $at (call $Event.open_usage)) (call $echo.Usage (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.error)) (then
        (local.set $at (call $Event.open_error)) (call $echo.Error (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.raw)) (then
        (call $Event.put_raw (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.model)) (then
        (call $Event.put_model (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.id)) (then
        (call $Event.put_id (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Event.stop)) (then
        (call $Event.put_stop (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.UpstreamEventReply (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamEventReply.events)) (then
        (local.set $at (call $UpstreamEventReply.open_events)) (call $echo.Event (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $UpstreamEventReply.state)) (then
        (call $UpstreamEventReply.put_state (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.AnswerCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $AnswerCall.exchange)) (then
        (local.set $at (call $AnswerCall.open_exchange)) (call $echo.Exchange (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $AnswerCall.parts)) (then
        (local.set $at (call $AnswerCall.open_parts)) (call $echo.Part (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $AnswerCall.choices)) (then
        (local.set $at (call $AnswerCall.open_choices)) (call $echo.Choice (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $AnswerCall.usage)) (then
        (local.set $at (call $AnswerCall.open_usage)) (call $echo.Usage (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $AnswerCall.may_retry)) (then
        (call $AnswerCall.put_may_retry (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $AnswerCall.state)) (then
        (call $AnswerCall.put_state (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.WindowCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.exchange)) (then
        (local.set $at (call $WindowCall.open_exchange)) (call $echo.Exchange (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.choice)) (then
        (call $WindowCall.put_choice (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.block)) (then
        (call $WindowCall.put_block (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.kind)) (then
        (call $WindowCall.put_kind (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.context)) (then
        (call $WindowCall.put_context (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.text)) (then
        (call $WindowCall.put_text (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.final)) (then
        (call $WindowCall.put_final (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.name)) (then
        (call $WindowCall.put_name (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.call_id)) (then
        (call $WindowCall.put_call_id (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.released)) (then
        (call $WindowCall.put_released (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.state)) (then
        (call $WindowCall.put_state (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Verdict (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Verdict.instance)) (then
        (call $Verdict.put_instance (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Verdict.verdict)) (then
        (call $Verdict.put_verdict (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.CompleteCall (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.exchange)) (then
        (local.set $at (call $CompleteCall.open_exchange)) (call $echo.Exchange (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.end)) (then
        (call $CompleteCall.put_end (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.status)) (then
        (call $CompleteCall.put_status (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.error_code)) (then
        (call $CompleteCall.put_error_code (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.usage)) (then
        (local.set $at (call $CompleteCall.open_usage)) (call $echo.Usage (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.cost)) (then
        (call $CompleteCall.put_cost (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.duration_ns)) (then
        (call $CompleteCall.put_duration_ns (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.first_byte_ns)) (then
        (call $CompleteCall.put_first_byte_ns (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.attempts)) (then
        (call $CompleteCall.put_attempts (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.deployment)) (then
        (call $CompleteCall.put_deployment (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.provider)) (then
        (call $CompleteCall.put_provider (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.model)) (then
        (call $CompleteCall.put_model (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.bytes_in)) (then
        (call $CompleteCall.put_bytes_in (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.bytes_out)) (then
        (call $CompleteCall.put_bytes_out (global.get $sp.value))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.verdicts)) (then
        (local.set $at (call $CompleteCall.open_verdicts)) (call $echo.Verdict (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.prompt)) (then
        (local.set $at (call $CompleteCall.open_prompt)) (call $echo.Part (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $CompleteCall.answer)) (then
        (local.set $at (call $CompleteCall.open_answer)) (call $echo.Part (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (br $fields))))

(func $echo.Reply (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.block)) (then
        (local.set $at (call $Reply.open_block)) (call $echo.Block (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.respond)) (then
        (local.set $at (call $Reply.open_respond)) (call $echo.Respond (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.edits)) (then
        (local.set $at (call $Reply.open_edits)) (call $echo.Edit (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.new_parts)) (then
        (local.set $at (call $Reply.open_new_parts)) (call $echo.NewPart (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.flags)) (then
        (local.set $at (call $Reply.open_flags)) (call $echo.Flag (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.tags)) (then
        (local.set $at (call $Reply.open_tags)) (call $echo.Tag (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.route)) (then
        (call $Reply.put_route (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.path)) (then
        (call $Reply.put_path (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.order)) (then
        (local.set $at (call $Reply.open_order)) (call $sp.put_raw (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.hold)) (then
        (call $Reply.put_hold (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.retry)) (then
        (call $Reply.put_retry (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Reply.state)) (then
        (call $Reply.put_state (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Block (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Block.status)) (then
        (call $Block.put_status (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Block.code)) (then
        (call $Block.put_code (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Block.message)) (then
        (call $Block.put_message (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Respond (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Respond.status)) (then
        (call $Respond.put_status (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Respond.content_type)) (then
        (call $Respond.put_content_type (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Respond.body)) (then
        (call $Respond.put_body (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Edit (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Edit.part)) (then
        (call $Edit.put_part (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Edit.start)) (then
        (call $Edit.put_start (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Edit.end)) (then
        (call $Edit.put_end (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Edit.text)) (then
        (call $Edit.put_text (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Edit.label)) (then
        (call $Edit.put_label (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.NewPart (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $NewPart.at)) (then
        (call $NewPart.put_at (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $NewPart.role)) (then
        (call $NewPart.put_role (i32.wrap_i64 (global.get $sp.value)))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $NewPart.text)) (then
        (call $NewPart.put_text (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (br $fields))))

(func $echo.Flag (param $p i32) (param $n i32)
  (local $end i32) (local $at i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Flag.name)) (then
        (call $Flag.put_name (global.get $sp.ptr) (global.get $sp.len))
        (br $fields)))
      (if (i32.eq (global.get $sp.tag) (global.get $Flag.score)) (then
        (call $Flag.put_score (f64.reinterpret_i64 (global.get $sp.value)))
        (br $fields)))
      (br $fields))))

(func (export "imports")
  (call $sp.log (global.get $LEVEL_INFO) (i32.const 0) (i32.const 1))
  (drop (call $sp.config (i32.const 0) (i32.const 1)))
  (drop (call $sp.tag_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.tag_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.slot_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.slot_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.kv_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.kv_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i64.const 1)))
  (drop (call $sp.counter_add (i32.const 0) (i32.const 1) (i64.const 1)))
  (drop (call $sp.json_get (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.json_set (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.config_count (i32.const 0) (i32.const 1)))
  (drop (call $sp.now))
  (drop (call $sp.random (i32.const 0) (i32.const 8))))
