//go:build amd64 && !purego

#include "textflag.h"

// One byte thirty-two times, or a table of sixteen bytes twice.

DATA two<>+0(SB)/8, $0x0202020202020202
GLOBL two<>(SB), RODATA|NOPTR, $8
DATA blank<>+0(SB)/8, $0x2020202020202020
GLOBL blank<>(SB), RODATA|NOPTR, $8
DATA backslash<>+0(SB)/8, $0x5c5c5c5c5c5c5c5c
GLOBL backslash<>(SB), RODATA|NOPTR, $8
DATA nibble<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL nibble<>(SB), RODATA|NOPTR, $8
DATA top<>+0(SB)/8, $0x8080808080808080
GLOBL top<>(SB), RODATA|NOPTR, $8
DATA lead3<>+0(SB)/8, $0x6060606060606060
GLOBL lead3<>(SB), RODATA|NOPTR, $8
DATA lead4<>+0(SB)/8, $0x7070707070707070
GLOBL lead4<>(SB), RODATA|NOPTR, $8

// What may follow a backslash, \u aside: a character is one of them if the
// entries of its low and its high nibble have a bit in common.
//   bit 0: 0x22 '"' 0x2F '/'   bit 1: 0x5C '\\'
//   bit 2: 0x62 b 0x66 f 0x6E n   bit 3: 0x72 r 0x74 t
DATA escapeLow<>+0(SB)/8, $0x00040008000d0000
DATA escapeLow<>+8(SB)/8, $0x0104000200000000
GLOBL escapeLow<>(SB), RODATA|NOPTR, $16
DATA escapeHigh<>+0(SB)/8, $0x0804020000010000
DATA escapeHigh<>+8(SB)/8, $0x0000000000000000
GLOBL escapeHigh<>(SB), RODATA|NOPTR, $16

// The three tables of Keiser and Lemire, "Validating UTF-8 in less than one
// instruction per byte" (2021). A pair of bytes is wrong in the way of each bit
// that the entries of the first byte's high and low nibble and the second byte's
// high nibble have in common:
//   01 too short   02 too long   04 overlong 3   08 too large, 1000   10 surrogate
//   20 overlong 2  40 too large, or overlong 4   80 two continuations
DATA firstHigh<>+0(SB)/8, $0x0202020202020202
DATA firstHigh<>+8(SB)/8, $0x4915012180808080
GLOBL firstHigh<>(SB), RODATA|NOPTR, $16
DATA firstLow<>+0(SB)/8, $0xcbcbcb8b8383a3e7
DATA firstLow<>+8(SB)/8, $0xcbcbdbcbcbcbcbcb
GLOBL firstLow<>(SB), RODATA|NOPTR, $16
DATA secondHigh<>+0(SB)/8, $0x0101010101010101
DATA secondHigh<>+8(SB)/8, $0x01010101babaaee6
GLOBL secondHigh<>(SB), RODATA|NOPTR, $16

// CHECK sets the bytes of err where v, which follows prev, is not UTF-8.
// It uses Y2, Y3 and Y4.
#define CHECK(prev, v, err) \
	VPERM2I128   $0x21, v, prev, Y2 \
	VPALIGNR     $15, Y2, v, Y3    \
	VPSRLW       $4, Y3, Y4        \
	VPAND        Y12, Y4, Y4       \
	VPSHUFB      Y4, Y9, err       \
	VPAND        Y12, Y3, Y3       \
	VPSHUFB      Y3, Y8, Y3        \
	VPAND        Y3, err, err      \
	VPSRLW       $4, v, Y4         \
	VPAND        Y12, Y4, Y4       \
	VPSHUFB      Y4, Y7, Y4        \
	VPAND        Y4, err, err      \
	VPALIGNR     $14, Y2, v, Y3    \
	VPALIGNR     $13, Y2, v, Y4    \
	VPBROADCASTQ lead3<>(SB), Y2   \
	VPSUBUSB     Y2, Y3, Y3        \
	VPBROADCASTQ lead4<>(SB), Y2   \
	VPSUBUSB     Y2, Y4, Y4        \
	VPOR         Y3, Y4, Y3        \
	VPBROADCASTQ top<>(SB), Y2     \
	VPAND        Y2, Y3, Y3        \
	VPXOR        Y3, err, err

// func bulkAVX2(doc *byte, i, n int) (next int, t traits)
//
// Registers: SI doc, AX i, DX last i for a whole block, Y0 and Y1 the block, Y6
// the 32 bytes before it, DI the mask of its predecessor's bytes beyond ASCII,
// R11 whether its first byte is escaped, R13 traits so far.
TEXT ·bulkAVX2(SB), NOSPLIT, $0-33
	MOVQ doc+0(FP), SI
	MOVQ i+8(FP), AX
	MOVQ n+16(FP), DX
	SUBQ $64, DX
	XORL DI, DI
	XORL R11, R11
	XORL R13, R13
	VPXOR Y6, Y6, Y6
	VPBROADCASTQ two<>(SB), Y15
	VPBROADCASTQ blank<>(SB), Y14
	VPBROADCASTQ backslash<>(SB), Y13
	VPBROADCASTQ nibble<>(SB), Y12
	VBROADCASTI128 escapeLow<>(SB), Y11
	VBROADCASTI128 escapeHigh<>(SB), Y10
	VBROADCASTI128 firstHigh<>(SB), Y9
	VBROADCASTI128 firstLow<>(SB), Y8
	VBROADCASTI128 secondHigh<>(SB), Y7

block:
	CMPQ AX, DX
	JGT  out
	VMOVDQU (SI)(AX*1), Y0
	VMOVDQU 32(SI)(AX*1), Y1

	// R8: quotes and control characters; see stops.
	VPXOR     Y15, Y0, Y2
	VPXOR     Y15, Y1, Y3
	VPMINUB   Y14, Y2, Y4
	VPMINUB   Y14, Y3, Y5
	VPCMPEQB  Y2, Y4, Y2
	VPCMPEQB  Y3, Y5, Y3
	VPMOVMSKB Y2, R8
	VPMOVMSKB Y3, R9
	SHLQ      $32, R9
	ORQ       R9, R8

	// R10: backslashes.
	VPCMPEQB  Y13, Y0, Y2
	VPCMPEQB  Y13, Y1, Y3
	VPMOVMSKB Y2, R10
	VPMOVMSKB Y3, R9
	SHLQ      $32, R9
	ORQ       R9, R10

	// R12: bytes beyond ASCII.
	VPMOVMSKB Y0, R12
	VPMOVMSKB Y1, R9
	SHLQ      $32, R9
	ORQ       R9, R12

	ORQ  R12, DI
	JNZ  utf8

escapes:
	MOVQ R12, DI
	VMOVDQA Y1, Y6

	// R9: escaped characters that may not be, or need more than a look.
	XORL R9, R9
	MOVQ R10, BX
	ORQ  R11, BX
	JZ   stops

	// A run of backslashes escapes every second one of its bytes and the byte
	// after it if it is odd. Subtracting the run from itself moved up by one,
	// among bits at all odd places, lets the borrow alternate so. BX becomes the
	// escaped bytes, R11 whether the next block's first is.
	MOVQ R11, CX
	NOTQ CX
	ANDQ R10, CX            // backslashes that are not escaped by the block before
	MOVQ $0xaaaaaaaaaaaaaaaa, R14
	LEAQ (CX)(CX*1), R9
	ORQ  R14, R9
	SUBQ CX, R9
	XORQ R14, R9
	XORQ R9, BX             // BX was backslashes | carried escape
	MOVQ R9, R11
	ANDQ R10, R11
	SHRQ $63, R11

	VPSHUFB   Y0, Y11, Y2
	VPSHUFB   Y1, Y11, Y3
	VPSRLW    $4, Y0, Y4
	VPSRLW    $4, Y1, Y5
	VPAND     Y12, Y4, Y4
	VPAND     Y12, Y5, Y5
	VPSHUFB   Y4, Y10, Y4
	VPSHUFB   Y5, Y10, Y5
	VPAND     Y2, Y4, Y2
	VPAND     Y3, Y5, Y3
	VPXOR     Y4, Y4, Y4
	VPCMPEQB  Y2, Y4, Y2
	VPCMPEQB  Y3, Y4, Y3
	VPMOVMSKB Y2, R9
	VPMOVMSKB Y3, CX
	SHLQ      $32, CX
	ORQ       CX, R9
	ANDQ      BX, R9
	NOTQ      BX
	ANDQ      BX, R8

stops:
	ORQ  R9, R8
	JNZ  stop
	CMPQ R10, $1            // carry unless there are backslashes
	SBBQ CX, CX
	NOTQ CX
	ANDL $1, CX
	ORL  CX, R13
	CMPQ R12, $1
	SBBQ CX, CX
	NOTQ CX
	ANDL $2, CX
	ORL  CX, R13
	ADDQ $64, AX
	JMP  block

utf8:
	CHECK(Y6, Y0, Y5)
	VPTEST Y5, Y5
	JNZ  out
	CHECK(Y0, Y1, Y5)
	VPTEST Y5, Y5
	JZ   escapes

out:
	SUBQ R11, AX
	JMP  done

stop:
	BSFQ R8, CX
	// The bits below the stop tell what the string holds up to there.
	MOVQ $1, BX
	SHLQ CX, BX
	DECQ BX
	ORL  $4, R13
	TESTQ BX, R10
	JZ   noBackslash
	ORL  $1, R13
noBackslash:
	TESTQ BX, R12
	JZ   noHigh
	ORL  $2, R13
noHigh:
	ADDQ CX, AX
	BTQ  CX, R9
	SBBQ $0, AX             // back to the backslash of an escape

done:
	VZEROUPPER
	MOVQ AX, next+24(FP)
	MOVB R13, t+32(FP)
	RET

// func cpuid(leaf, subleaf uint32) (b, c uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-16
	MOVL leaf+0(FP), AX
	MOVL subleaf+4(FP), CX
	CPUID
	MOVL BX, b+8(FP)
	MOVL CX, c+12(FP)
	RET

// func xgetbv() uint32
TEXT ·xgetbv(SB), NOSPLIT, $0-4
	XORL CX, CX
	XGETBV
	MOVL AX, ret+0(FP)
	RET
