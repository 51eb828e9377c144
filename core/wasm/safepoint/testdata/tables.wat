;; Tables that are written, grown, copied and called through.
(module
  (type $op (func (param i32) (result i32)))
  (table $t 4 64 funcref)
  (elem $fns func $a $b $c)
  (elem (table $t) (i32.const 0) func $a $b $c $a)
  (memory (export "memory") 1)
  (func $a (param i32) (result i32) (i32.add (local.get 0) (i32.const 7)))
  (func $b (param i32) (result i32) (i32.mul (local.get 0) (i32.const 5)))
  (func $c (param i32) (result i32)
    (local i32)
    (loop $l
      (local.set 1 (i32.add (i32.rotl (local.get 1) (i32.const 3)) (local.get 0)))
      (br_if $l (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "run") (param i32) (result i32)
    (local i32)
    (if (i32.lt_u (table.size $t) (i32.const 60))
      (then (drop (table.grow $t (ref.func $b) (i32.const 4)))))
    (loop $l
      (table.set $t (i32.const 1) (table.get $t (i32.and (local.get 0) (i32.const 3))))
      (if (i32.eqz (i32.and (local.get 0) (i32.const 15)))
        (then
          (table.init $t $fns (i32.const 0) (i32.const 0) (i32.const 3))
          (table.copy $t $t (i32.const 2) (i32.const 0) (i32.const 2))
          (table.fill $t (i32.const 3) (ref.func $c) (i32.const 1))))
      (local.set 1 (call_indirect $t (type $op) (local.get 1) (i32.and (local.get 1) (i32.const 3))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.add (local.get 1) (table.size $t))))
