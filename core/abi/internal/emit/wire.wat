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
