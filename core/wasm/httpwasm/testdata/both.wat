;; A guest that also waits for the answer of every request, collected, and sets a
;; header field of it. It enables buffer_response when it starts.
;;
;;   wat2wasm both.wat -o both.wasm
(module
  (import "http_handler" "enable_features" (func $enable (param i32) (result i32)))
  (import "http_handler" "set_header_value" (func $set (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "x-edgeon")
  (func $start (drop (call $enable (i32.const 2))))
  (start $start)
  (func (export "handle_request") (result i64) (i64.const 1))
  (func (export "handle_response") (param i32 i32)
    (call $set (i32.const 1) (i32.const 0) (i32.const 6) (i32.const 6) (i32.const 2))))
