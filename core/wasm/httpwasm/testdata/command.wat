;; A guest that is a command, as TinyGo makes them: its main, _start, enables
;; buffer_request and exits. It serves nevertheless, unless it exits with 1, as it
;; does with a configuration of one byte.
;;
;;   wat2wasm command.wat -o command.wasm
(module
  (import "http_handler" "enable_features" (func $enable (param i32) (result i32)))
  (import "http_handler" "get_config" (func $config (param i32 i32) (result i32)))
  (import "http_handler" "write_body" (func $write (param i32 i32 i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (global $started (mut i32) (i32.const 0))
  (func (export "_start")
    (global.set $started (call $enable (i32.const 1)))
    (call $exit (i32.eq (call $config (i32.const 0) (i32.const 0)) (i32.const 1))))
  (func (export "handle_request") (result i64)
    (i32.store8 (i32.const 0) (i32.add (i32.const 48) (global.get $started)))
    (call $write (i32.const 1) (i32.const 0) (i32.const 1))
    (i64.const 0))
  (func (export "handle_response") (param i32 i32)))
