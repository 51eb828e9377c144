;; What a plugin in WebAssembly's text format needs: memory, replies, and the
;; functions of the gateway. abi.wat, which is generated, has the frames. "sallyport
;; plugin build" puts both before main.wat and leaves out what it does not use.
;;
;; Memory: below 16 nothing; to 1024 where a reply begins; from 1024 to 16384 the
;; plugin's own (data …); then the SDK's; then what configure took with $sp.alloc, which lasts; then
;; the frame's buffer; then what a hook takes, which is gone when the next begins.

(import "sallyport" "log" (func $sp.log (param $level i32) (param $text i32) (param $n i32)))
(import "sallyport" "config_get" (func $sp.config_get (param $path i32) (param $n i32) (param $out i32) (param $cap i32) (result i32)))
(import "sallyport" "tag_get" (func $sp.tag_get (param $key i32) (param $n i32) (param $out i32) (param $cap i32) (result i32)))
(import "sallyport" "tag_set" (func $sp.tag_set (param $key i32) (param $n i32) (param $value i32) (param $vn i32) (result i32)))
(import "sallyport" "slot_get" (func $sp.slot_get (param $name i32) (param $n i32) (param $out i32) (param $cap i32) (result i32)))
(import "sallyport" "slot_set" (func $sp.slot_set (param $name i32) (param $n i32) (param $value i32) (param $vn i32) (result i32)))
(import "sallyport" "kv_get" (func $sp.kv_get (param $key i32) (param $n i32) (param $out i32) (param $cap i32) (result i32)))
(import "sallyport" "kv_set" (func $sp.kv_set (param $key i32) (param $n i32) (param $value i32) (param $vn i32) (param $ttl_ms i64) (result i32)))
(import "sallyport" "counter_add" (func $sp.counter_add (param $name i32) (param $n i32) (param $delta i64) (result i32)))
(import "sallyport" "json_get" (func $sp.json_get (param $document i32) (param $path i32) (param $n i32) (param $out i32) (param $cap i32) (result i32)))
(import "sallyport" "json_set" (func $sp.json_set (param $document i32) (param $path i32) (param $n i32) (param $value i32) (param $vn i32) (result i32)))
(import "sallyport" "json_len" (func $sp.json_len (param $document i32) (param $path i32) (param $n i32) (result i32)))
(import "sallyport" "now" (func $sp.now (result i64)))
(import "sallyport" "random" (func $sp.random (param $out i32) (param $cap i32) (result i32)))

(memory (export "memory") 1)
(data (i32.const 16384) "too_many_editsThe text has more to redact than one request may have.")
(global $sp.top (mut i32) (i32.const 16456))  ;; the next free byte
(global $sp.mark (mut i32) (i32.const 16456)) ;; where what hooks take begins
(global $sp.frame (mut i32) (i32.const 0))
(global $sp.frame_room (mut i32) (i32.const 0))

(func (export "sallyport_abi_1"))

;; Takes n bytes, aligned to 8. They hold anything.
(func $sp.alloc (param $n i32) (result i32)
  (local $at i32) (local $top i64) (local $need i32)
  (local.set $at (global.get $sp.top))
  (local.set $top (i64.and (i64.const 0x1fffffff8)
    (i64.add (i64.add (i64.extend_i32_u (local.get $at)) (i64.extend_i32_u (local.get $n))) (i64.const 7))))
  (if (i64.gt_u (local.get $top) (i64.const 0xfffffff0)) (then (unreachable)))
  (local.set $need (i32.sub
    (i32.wrap_i64 (i64.shr_u (i64.add (local.get $top) (i64.const 65535)) (i64.const 16))) (memory.size)))
  (if (i32.gt_s (local.get $need) (i32.const 0)) (then
    (if (i32.eq (memory.grow (local.get $need)) (i32.const -1)) (then (unreachable)))))
  (global.set $sp.top (i32.wrap_i64 (local.get $top)))
  (local.get $at))

;; Keeps what was taken so far: the last thing that configure does.
(func $sp.keep (global.set $sp.mark (global.get $sp.top)))

(func (export "sallyport_buffer") (param $n i32) (result i32)
  (if (i32.le_u (local.get $n) (global.get $sp.frame_room)) (then (return (global.get $sp.frame))))
  (if (i32.lt_u (local.get $n) (i32.shl (global.get $sp.frame_room) (i32.const 1))) (then
    (local.set $n (i32.shl (global.get $sp.frame_room) (i32.const 1)))))
  (global.set $sp.top (global.get $sp.mark))
  (if (i32.eq (i32.add (global.get $sp.frame) (global.get $sp.frame_room)) (global.get $sp.top)) (then
    (global.set $sp.top (global.get $sp.frame)))) ;; the last thing: it grows where it is
  (global.set $sp.frame (call $sp.alloc (local.get $n)))
  (global.set $sp.frame_room (i32.sub (global.get $sp.top) (global.get $sp.frame)))
  (call $sp.keep)
  (global.get $sp.frame))

;; The reply. A hook begins with $sp.begin and ends with $sp.pack.

(global $sp.out (mut i32) (i32.const 16))
(global $sp.n (mut i32) (i32.const 0))
(global $sp.cap (mut i32) (i32.const 1008))
(global $sp.edits (mut i32) (i32.const 0))

(func $sp.begin
  (global.set $sp.top (global.get $sp.mark))
  (global.set $sp.out (i32.const 16))
  (global.set $sp.n (i32.const 0))
  (global.set $sp.cap (i32.const 1008))
  (global.set $sp.edits (i32.const 0)))

;; Returns 0 for "allow, unchanged", else address and length.
(func $sp.pack (result i64)
  (if (i32.eqz (global.get $sp.n)) (then (return (i64.const 0))))
  (i64.or (i64.shl (i64.extend_i32_u (global.get $sp.out)) (i64.const 32)) (i64.extend_i32_u (global.get $sp.n))))

;; Makes room for n more bytes of the reply and returns where they go.
(func $sp.room (param $n i32) (result i32)
  (local $p i32)
  (if (i32.gt_u (local.get $n) (i32.sub (global.get $sp.cap) (global.get $sp.n))) (then
    (global.set $sp.cap (i32.add (i32.shl (global.get $sp.cap) (i32.const 1)) (local.get $n)))
    (local.set $p (call $sp.alloc (global.get $sp.cap)))
    (memory.copy (local.get $p) (global.get $sp.out) (global.get $sp.n))
    (global.set $sp.out (local.get $p))))
  (i32.add (global.get $sp.out) (global.get $sp.n)))

;; Ends the exchange with an error: a status of 400 to 599, a reason for machines,
;; and a message for the client of 1024 bytes at most.
(func $sp.block (param $status i32) (param $code i32) (param $code_n i32) (param $message i32) (param $message_n i32)
  (local $at i32)
  (local.set $at (call $Reply.open_block))
  (call $Block.put_status (local.get $status))
  (call $Block.put_code (local.get $code) (local.get $code_n))
  (call $Block.put_message (local.get $message) (local.get $message_n))
  (call $sp.close (local.get $at)))

;; Puts a placeholder such as [EMAIL] in place of the bytes [start, end) of a part's
;; text; a window's part is 0. Edits come by part, then by start, and do not overlap.
;; With more than 4096 the exchange is blocked.
(func $sp.redact (param $part i32) (param $start i32) (param $end i32) (param $label i32) (param $label_n i32)
  (local $at i32)
  (global.set $sp.edits (i32.add (global.get $sp.edits) (i32.const 1)))
  (if (i32.gt_u (global.get $sp.edits) (i32.const 4096)) (then
    (global.set $sp.n (i32.const 0))
    (call $sp.block (i32.const 0) (i32.const 16384) (i32.const 14) (i32.const 16398) (i32.const 54))
    (return)))
  (local.set $at (call $Reply.open_edits))
  (call $Edit.put_part (local.get $part))
  (call $Edit.put_start (local.get $start))
  (call $Edit.put_end (local.get $end))
  (call $Edit.put_label (local.get $label) (local.get $label_n))
  (call $sp.close (local.get $at)))

;; Settings.

;; Asks for the setting at a path, a JSON pointer: a string decoded, all else as
;; JSON. It lies at $sp.ptr; returned is its length, or a negated status.
(func $sp.config (param $path i32) (param $n i32) (result i32)
  (local $got i32)
  (global.set $sp.ptr (call $sp.alloc (i32.const 256)))
  (local.set $got (call $sp.config_get (local.get $path) (local.get $n) (global.get $sp.ptr) (i32.const 256)))
  (if (i32.gt_s (local.get $got) (i32.const 256)) (then
    (global.set $sp.ptr (call $sp.alloc (local.get $got)))
    (local.set $got (call $sp.config_get (local.get $path) (local.get $n) (global.get $sp.ptr) (local.get $got)))))
  (local.get $got))

;; The number of elements of the setting at a path, a list; 0 where there is none.
(func $sp.config_count (param $path i32) (param $n i32) (result i32)
  (local $got i32)
  (local.set $got (call $sp.json_len (global.get $DOCUMENT_CONFIG) (local.get $path) (local.get $n)))
  (select (local.get $got) (i32.const 0) (i32.gt_s (local.get $got) (i32.const 0))))

;; Element $i of the setting at a path, as $sp.config gives it.
(func $sp.config_at (param $path i32) (param $n i32) (param $i i32) (result i32)
  (local $whole i32) (local $p i32) (local $digits i32) (local $rest i32)
  (local.set $whole (call $sp.alloc (i32.add (local.get $n) (i32.const 16))))
  (memory.copy (local.get $whole) (local.get $path) (local.get $n))
  (local.set $p (i32.add (local.get $whole) (local.get $n)))
  (i32.store8 (local.get $p) (i32.const 0x2f)) ;; "/"
  (local.set $rest (local.get $i))
  (loop $count
    (local.set $digits (i32.add (local.get $digits) (i32.const 1)))
    (local.set $rest (i32.div_u (local.get $rest) (i32.const 10)))
    (br_if $count (local.get $rest)))
  (local.set $p (i32.add (local.get $p) (local.get $digits)))
  (loop $write
    (i32.store8 (local.get $p) (i32.add (i32.const 0x30) (i32.rem_u (local.get $i) (i32.const 10))))
    (local.set $i (i32.div_u (local.get $i) (i32.const 10)))
    (local.set $p (i32.sub (local.get $p) (i32.const 1)))
    (br_if $write (local.get $i)))
  (call $sp.config (local.get $whole) (i32.add (i32.add (local.get $n) (i32.const 1)) (local.get $digits))))

;; The lower case of A to Z; other bytes are as they are.
(func $sp.lower (param $c i32) (result i32)
  (i32.add (local.get $c) (i32.shl (i32.lt_u (i32.sub (local.get $c) (i32.const 0x41)) (i32.const 26)) (i32.const 5))))
