;; Paths lets apps call paths of the company's own: what begins with one prefix gets
;; another.

(data (i32.const 1024) "/from")
(data (i32.const 1032) "/to")

;; Made by configure: the two prefixes.
(global $from (mut i32) (i32.const 0))
(global $from_len (mut i32) (i32.const 0))
(global $to (mut i32) (i32.const 0))
(global $to_len (mut i32) (i32.const 0))

(func (export "sallyport_configure") (param $p i32) (param $n i32) (result i32)
  (global.set $from_len (call $sp.config (i32.const 1024) (i32.const 5)))
  (global.set $from (global.get $sp.ptr))
  (global.set $to_len (call $sp.config (i32.const 1032) (i32.const 3)))
  (global.set $to (global.get $sp.ptr))
  (call $sp.keep)
  (select (global.get $STATUS_INVALID) (global.get $STATUS_OK)
    (i32.or (i32.le_s (global.get $from_len) (i32.const 0)) (i32.le_s (global.get $to_len) (i32.const 0)))))

(func (export "sallyport_receive") (param $p i32) (param $n i32) (result i64)
  (local $end i32)
  (call $sp.begin)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $ReceiveCall.path)) (then (call $rewrite)))
      (br $fields)))
  (call $sp.pack))

;; Writes the new path if that at $sp.ptr begins with $from.
(func $rewrite
  (local $i i32) (local $rest i32) (local $p i32)
  (if (i32.lt_u (global.get $sp.len) (global.get $from_len)) (then (return)))
  (loop $each
    (if (i32.ne
        (i32.load8_u (i32.add (global.get $sp.ptr) (local.get $i)))
        (i32.load8_u (i32.add (global.get $from) (local.get $i)))) (then (return)))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br_if $each (i32.lt_u (local.get $i) (global.get $from_len))))
  (local.set $rest (i32.sub (global.get $sp.len) (global.get $from_len)))
  (local.set $p (call $sp.alloc (i32.add (global.get $to_len) (local.get $rest))))
  (memory.copy (local.get $p) (global.get $to) (global.get $to_len))
  (memory.copy (i32.add (local.get $p) (global.get $to_len))
    (i32.add (global.get $sp.ptr) (global.get $from_len)) (local.get $rest))
  (call $Reply.put_path (local.get $p) (i32.add (global.get $to_len) (local.get $rest))))
