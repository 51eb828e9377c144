;; Bulk instructions of many lengths, a passive segment that is dropped, growth.
(module
  (memory (export "memory") 1 64)
  (data $d "The quick brown fox jumps over the lazy dog.")
  (func $sum (param i32 i32) (result i32)
    (local i32)
    (block $end
      (loop $l
        (br_if $end (i32.eqz (local.get 1)))
        (local.set 2 (i32.add (i32.mul (local.get 2) (i32.const 31)) (i32.load8_u (local.get 0))))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
        (br $l)))
    (local.get 2))
  (global $dropped (mut i32) (i32.const 0))
  (func (export "run") (param i32) (result i32)
    (local i32)
    (if (i32.eqz (global.get $dropped))
      (then
        (memory.init $d (i32.const 1000) (i32.const 0) (i32.const 44))
        (data.drop $d)
        (global.set $dropped (i32.const 1))))
    (if (i32.lt_u (memory.size) (i32.const 9)) (then (drop (memory.grow (i32.const 1)))))
    (loop $l
      (memory.fill (i32.add (i32.const 2000) (local.get 0)) (local.get 0) (i32.and (i32.mul (local.get 0) (i32.const 37)) (i32.const 1023)))
      (memory.copy (i32.const 4000) (i32.const 990) (i32.and (i32.mul (local.get 0) (i32.const 11)) (i32.const 2047)))
      (memory.copy (i32.const 4003) (i32.const 4000) (i32.const 333))
      (local.set 1 (i32.xor (local.get 1) (call $sum (i32.const 4000) (i32.const 400))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.add (local.get 1) (memory.size))))
