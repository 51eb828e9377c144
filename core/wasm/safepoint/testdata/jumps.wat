;; Jumps of every kind: tables to loops and blocks, early returns, dead code.
(module
  (memory (export "memory") 1)
  (global $g (mut i64) (i64.const 0))
  (func $step (param i32 i32) (result i32)
    (block $d (block $c (block $b (loop $a
      (global.set $g (i64.add (global.get $g) (i64.const 1)))
      (local.set 0 (i32.xor (i32.mul (local.get 0) (i32.const 69069)) (local.get 1)))
      (br_if $b (i32.lt_u (local.get 0) (i32.const 1000)))
      (br_table $a $b $c $d $a $d (i32.shr_u (local.get 0) (i32.const 29))))
      (unreachable) (loop $dead (br $dead)))
      (return (i32.add (local.get 0) (i32.const 1))))
      (br_if $d (i32.and (local.get 0) (i32.const 4)))
      (return (i32.sub (local.get 0) (local.get 1)))
      (drop (i32.const 1)))
    (select (local.get 0) (local.get 1) (i32.and (local.get 0) (i32.const 8))))
  (func (export "run") (param i32) (result i32)
    (local i32)
    (block $out
      (loop $l
        (br_if $out (i32.eqz (local.get 0)))
        (local.set 1 (call $step (local.get 1) (local.get 0)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br $l)))
    (i64.store (i32.const 8) (global.get $g))
    (i32.xor (local.get 1) (i32.wrap_i64 (global.get $g)))))
