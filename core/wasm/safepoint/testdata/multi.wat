;; Several results, and blocks and loops with parameters.
(module
  (memory (export "memory") 1)
  (func $divmod (param i32 i32) (result i32 i32)
    (i32.div_u (local.get 0) (local.get 1))
    (i32.rem_u (local.get 0) (local.get 1)))
  (func $fib2 (param i32) (result i64 i64)
    (local i64)
    (i64.const 0) (i64.const 1) (local.get 0)
    (loop $next (param i64 i64 i32) (result i64 i64)
      (if (param i64 i64) (result i64 i64) (i32.eqz)
        (then (return))
        (else
          (local.set 1)        ;; b; a is on the stack
          (local.get 1) (i64.add) (local.get 1)
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (local.get 0) (br $next)))))
  (func (export "run") (param i32) (result i32)
    (local i32 i32)
    (loop $again
      (call $divmod (i32.add (i32.const 100003) (local.get 1)) (i32.add (local.get 0) (i32.const 1)))
      (i32.xor)
      (local.set 1 (i32.add (local.get 1)))
      (call $fib2 (i32.and (local.get 0) (i32.const 63)))
      (i64.add) (i32.wrap_i64)
      (local.set 1 (i32.xor (local.get 1)))
      (i32.store (i32.const 16) (local.get 1))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1)))
