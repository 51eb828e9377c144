;; A guest that only touches header fields: it passes a request on with one field
;; of the client's copied to another name, and one of its own. Its handle_response
;; does nothing, so that no guest waits for the answer.
;;
;;   wat2wasm header.wat -o header.wasm
(module
  (import "http_handler" "get_header_values" (func $get (param i32 i32 i32 i32 i32) (result i64)))
  (import "http_handler" "set_header_value" (func $set (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "user-agentx-agentx-edgeon")
  (func (export "handle_request") (result i64)
    (local $n i64)
    (local.set $n (call $get (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 256) (i32.const 256)))
    (if (i32.eq (i32.wrap_i64 (i64.shr_u (local.get $n) (i64.const 32))) (i32.const 1))
      (then (call $set (i32.const 0) (i32.const 10) (i32.const 7) (i32.const 256)
        (i32.sub (i32.wrap_i64 (local.get $n)) (i32.const 1)))))
    (call $set (i32.const 1) (i32.const 17) (i32.const 6) (i32.const 23) (i32.const 2))
    (i64.const 1))
  (func (export "handle_response") (param i32 i32)))
