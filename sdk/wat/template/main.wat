;; A guardrail: it blocks prompts that contain a forbidden word, and redacts the
;; words in answers. Make it yours.

(data (i32.const 1024) "/words")
(data (i32.const 1040) "FORBIDDEN")
(data (i32.const 1056) "forbidden_word")
(data (i32.const 1072) "The prompt contains a forbidden word. Remove it and try again.")

;; Made by configure, and there in every later call: pairs of address and length.
(global $words (mut i32) (i32.const 0))
(global $words_end (mut i32) (i32.const 0))

(func (export "sallyport_configure") (param $p i32) (param $n i32) (result i32)
  (local $pair i32) (local $i i32)
  (local.set $n (i32.shl (call $sp.config_count (i32.const 1024) (i32.const 6)) (i32.const 3)))
  (global.set $words (local.tee $pair (call $sp.alloc (local.get $n))))
  (global.set $words_end (i32.add (global.get $words) (local.get $n)))
  (block $made
    (loop $each
      (br_if $made (i32.ge_u (local.get $pair) (global.get $words_end)))
      (local.set $n (call $sp.config_at (i32.const 1024) (i32.const 6) (local.get $i)))
      (if (i32.le_s (local.get $n) (i32.const 0)) (then (return (global.get $STATUS_INVALID))))
      (i32.store (local.get $pair) (global.get $sp.ptr))
      (i32.store offset=4 (local.get $pair) (local.get $n))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (local.set $pair (i32.add (local.get $pair) (i32.const 8)))
      (br $each)))
  (call $sp.keep)
  (global.get $STATUS_OK))

;; Runs on what is about to leave for the provider.
(func (export "sallyport_prompt") (param $p i32) (param $n i32) (result i64)
  (local $end i32)
  (call $sp.begin)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $PromptCall.parts)) (then
        (if (call $search (i32.const 0)) (then
          (call $sp.block (i32.const 400) (i32.const 1056) (i32.const 14) (i32.const 1072) (i32.const 62))
          (return (call $sp.pack))))))
      (br $fields)))
  (call $sp.pack))

;; Runs on what came back, before the client gets it.
(func (export "sallyport_answer") (param $p i32) (param $n i32) (result i64)
  (local $end i32)
  (call $sp.begin)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $AnswerCall.parts)) (then
        (drop (call $search (i32.const 1)))))
      (br $fields)))
  (call $sp.pack))

;; Reads the part at $sp.ptr. Where it is to be redacted it hides each word; else it
;; returns 1 at the first.
(func $search (param $redact i32) (result i32)
  (local $p i32) (local $end i32) (local $id i32) (local $text i32) (local $n i32)
  (local.set $p (global.get $sp.ptr))
  (local.set $end (i32.add (local.get $p) (global.get $sp.len)))
  (local.set $text (local.get $p))
  (block $read
    (loop $fields
      (br_if $read (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.id)) (then
        (local.set $id (i32.wrap_i64 (global.get $sp.value)))))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.text)) (then
        (local.set $text (global.get $sp.ptr))
        (local.set $n (global.get $sp.len))))
      (br $fields)))
  (local.set $p (local.get $text))
  (local.set $end (i32.add (local.get $text) (local.get $n)))
  (block $done
    (loop $places
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (if (local.tee $n (call $word (local.get $p) (local.get $end))) (then
        (if (i32.eqz (local.get $redact)) (then (return (i32.const 1))))
        (call $sp.redact (local.get $id) (i32.sub (local.get $p) (local.get $text))
          (i32.add (i32.sub (local.get $p) (local.get $text)) (local.get $n)) (i32.const 1040) (i32.const 9))
        (local.set $p (i32.add (local.get $p) (local.get $n)))
        (br $places)))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br $places)))
  (i32.const 0))

;; The length of the longest word that begins at $p, whatever the case of A to Z.
(func $word (param $p i32) (param $end i32) (result i32)
  (local $pair i32) (local $len i32) (local $n i32) (local $longest i32)
  (local.set $pair (global.get $words))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $pair) (global.get $words_end)))
      (local.set $len (i32.load offset=4 (local.get $pair)))
      (local.set $n (i32.const 0))
      (block $differs
        (br_if $differs (i32.lt_u (i32.sub (local.get $end) (local.get $p)) (local.get $len)))
        (loop $letters
          (br_if $differs (i32.ne
            (call $sp.lower (i32.load8_u (i32.add (local.get $p) (local.get $n))))
            (call $sp.lower (i32.load8_u (i32.add (i32.load (local.get $pair)) (local.get $n))))))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $letters (i32.lt_u (local.get $n) (local.get $len))))
        (if (i32.gt_u (local.get $len) (local.get $longest)) (then (local.set $longest (local.get $len)))))
      (local.set $pair (i32.add (local.get $pair) (i32.const 8)))
      (br $each)))
  (local.get $longest))
