;; Secretword is a guardrail: it blocks prompts that contain a configured word, and
;; redacts the words in answers, streamed ones too.

(data (i32.const 1024) "/words")
(data (i32.const 1040) "SECRET")
(data (i32.const 1056) "secret_word")
(data (i32.const 1072) "The prompt contains a word that must not leave the company. Remove it and try again.")
(data (i32.const 1168) "words holds an empty word, which would match everything")
(data (i32.const 1232) "words holds a word that is longer than the window of a stream")

;; What configure made: at 2048 a byte for each byte, 1 where it begins a word; and
;; the words, as pairs of address and length, in lower case.
(global $words (mut i32) (i32.const 0))
(global $words_end (mut i32) (i32.const 0))

;; What a search has: the text and its end, whether it goes on, the place in it, and
;; how many bytes at its end could still become a word, or a longer one.
(global $text_end (mut i32) (i32.const 0))
(global $open (mut i32) (i32.const 0))
(global $at (mut i32) (i32.const 0))
(global $held (mut i32) (i32.const 0))

(func (export "sallyport_configure") (param $p i32) (param $n i32) (result i32)
  (local $end i32) (local $window i32) (local $i i32) (local $count i32) (local $c i32) (local $pair i32)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $read
    (loop $fields
      (br_if $read (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $ConfigureCall.window)) (then
        (local.set $window (i32.wrap_i64 (global.get $sp.value)))))
      (br $fields)))
  (local.set $count (call $sp.config_count (i32.const 1024) (i32.const 6)))
  (global.set $words (call $sp.alloc (i32.shl (local.get $count) (i32.const 3))))
  (global.set $words_end (i32.add (global.get $words) (i32.shl (local.get $count) (i32.const 3))))
  (block $made
    (loop $each
      (br_if $made (i32.ge_u (local.get $i) (local.get $count)))
      (local.set $n (call $sp.config_at (i32.const 1024) (i32.const 6) (local.get $i)))
      (if (i32.le_s (local.get $n) (i32.const 0)) (then
        (call $sp.log (global.get $LEVEL_ERROR) (i32.const 1168) (i32.const 55))
        (return (global.get $STATUS_INVALID))))
      (if (i32.and (i32.ne (local.get $window) (i32.const 0)) (i32.gt_u (local.get $n) (local.get $window))) (then
        (call $sp.log (global.get $LEVEL_ERROR) (i32.const 1232) (i32.const 61))
        (return (global.get $STATUS_INVALID))))
      (local.set $pair (i32.add (global.get $words) (i32.shl (local.get $i) (i32.const 3))))
      (i32.store (local.get $pair) (global.get $sp.ptr))
      (i32.store offset=4 (local.get $pair) (local.get $n))
      (local.set $p (global.get $sp.ptr))
      (local.set $end (i32.add (local.get $p) (local.get $n)))
      (loop $letters
        (i32.store8 (local.get $p) (call $sp.lower (i32.load8_u (local.get $p))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br_if $letters (i32.lt_u (local.get $p) (local.get $end))))
      (local.set $c (i32.load8_u (global.get $sp.ptr)))
      (i32.store8 offset=2048 (local.get $c) (i32.const 1))
      (if (i32.lt_u (i32.sub (local.get $c) (i32.const 0x61)) (i32.const 26)) (then
        (i32.store8 offset=2016 (local.get $c) (i32.const 1)))) ;; 2048 - 32: its upper case
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $each)))
  (call $sp.keep)
  (global.get $STATUS_OK))

(func (export "sallyport_prompt") (param $p i32) (param $n i32) (result i64)
  (local $end i32)
  (call $sp.begin)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $PromptCall.parts)) (then
        (drop (call $part))
        (call $search (i32.const 0))
        (if (call $next) (then
          (call $sp.block (i32.const 400) (i32.const 1056) (i32.const 11) (i32.const 1072) (i32.const 84))
          (return (call $sp.pack))))))
      (br $fields)))
  (call $sp.pack))

(func (export "sallyport_answer") (param $p i32) (param $n i32) (result i64)
  (local $end i32)
  (call $sp.begin)
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $done
    (loop $fields
      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $AnswerCall.parts)) (then
        (call $redact (call $part) (i32.const 0))))
      (br $fields)))
  (call $sp.pack))

(func (export "sallyport_window") (param $p i32) (param $n i32) (result i64)
  (local $end i32) (local $text i32) (local $len i32) (local $open i32)
  (call $sp.begin)
  (local.set $open (i32.const 1))
  (local.set $end (i32.add (local.get $p) (local.get $n)))
  (block $read
    (loop $fields
      (br_if $read (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.text)) (then
        (local.set $text (global.get $sp.ptr))
        (local.set $len (global.get $sp.len))))
      (if (i32.eq (global.get $sp.tag) (global.get $WindowCall.final)) (then
        (local.set $open (i64.eqz (global.get $sp.value)))))
      (br $fields)))
  (global.set $sp.ptr (local.get $text))
  (global.set $sp.len (local.get $len))
  (call $redact (i32.const 0) (local.get $open))
  (if (global.get $held) (then (call $Reply.put_hold (global.get $held))))
  (call $sp.pack))

;; Reads the part that was found. Its text is at $sp.ptr then, its id is returned.
(func $part (result i32)
  (local $p i32) (local $end i32) (local $id i32) (local $text i32) (local $len i32)
  (local.set $p (global.get $sp.ptr))
  (local.set $end (i32.add (local.get $p) (global.get $sp.len)))
  (block $read
    (loop $fields
      (br_if $read (i32.ge_u (local.get $p) (local.get $end)))
      (local.set $p (call $sp.field (local.get $p) (local.get $end)))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.id)) (then
        (local.set $id (i32.wrap_i64 (global.get $sp.value)))))
      (if (i32.eq (global.get $sp.tag) (global.get $Part.text)) (then
        (local.set $text (global.get $sp.ptr))
        (local.set $len (global.get $sp.len))))
      (br $fields)))
  (global.set $sp.ptr (local.get $text))
  (global.set $sp.len (local.get $len))
  (local.get $id))

;; Hides the words of the text at $sp.ptr.
(func $redact (param $id i32) (param $open i32)
  (local $text i32) (local $n i32) (local $start i32)
  (local.set $text (global.get $sp.ptr))
  (call $search (local.get $open))
  (block $done
    (loop $each
      (br_if $done (i32.eqz (local.tee $n (call $next))))
      (local.set $start (i32.sub (global.get $at) (local.get $text)))
      (call $sp.redact (local.get $id) (local.get $start) (i32.add (local.get $start) (local.get $n)) (i32.const 1040) (i32.const 6))
      (global.set $at (i32.add (global.get $at) (local.get $n)))
      (br $each))))

(func $search (param $open i32)
  (global.set $at (global.get $sp.ptr))
  (global.set $text_end (i32.add (global.get $sp.ptr) (global.get $sp.len)))
  (global.set $open (local.get $open))
  (global.set $held (i32.const 0)))

;; Goes to the first word at or after $at, in upper or lower case, and returns its
;; length: of words that begin at one place that of the longest; 0 if there is none.
(func $next (result i32)
  (local $longest i32) (local $pair i32) (local $n i32) (local $rest i32) (local $len i32)
  (block $none
    (loop $places
      (br_if $none (i32.ge_u (global.get $at) (global.get $text_end)))
      (if (i32.load8_u offset=2048 (i32.load8_u (global.get $at))) (then
        (local.set $rest (i32.sub (global.get $text_end) (global.get $at)))
        (local.set $pair (global.get $words))
        (loop $each
          (local.set $len (i32.load offset=4 (local.get $pair)))
          (local.set $n (call $common (i32.load (local.get $pair)) (local.get $len)))
          (if (i32.and (i32.eq (local.get $n) (local.get $len)) (i32.gt_u (local.get $n) (local.get $longest))) (then
            (local.set $longest (local.get $n))))
          (if (i32.and (global.get $open)
              (i32.and (i32.eq (local.get $n) (local.get $rest)) (i32.lt_u (local.get $n) (local.get $len)))) (then
            (global.set $held (local.get $rest))
            (return (i32.const 0))))
          (local.set $pair (i32.add (local.get $pair) (i32.const 8)))
          (br_if $each (i32.lt_u (local.get $pair) (global.get $words_end))))
        (if (local.get $longest) (then (return (local.get $longest))))))
      (global.set $at (i32.add (global.get $at) (i32.const 1)))
      (br $places)))
  (i32.const 0))

;; The number of bytes that the text at $at and a word have in common.
(func $common (param $word i32) (param $len i32) (result i32)
  (local $n i32) (local $most i32)
  (local.set $most (i32.sub (global.get $text_end) (global.get $at)))
  (if (i32.gt_u (local.get $most) (local.get $len)) (then (local.set $most (local.get $len))))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $n) (local.get $most)))
      (br_if $done (i32.ne
        (call $sp.lower (i32.load8_u (i32.add (global.get $at) (local.get $n))))
        (i32.load8_u (i32.add (local.get $word) (local.get $n)))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br $each)))
  (local.get $n))
