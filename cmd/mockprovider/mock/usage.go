package mock

import "strconv"

// honest tells whether a correct client learns the true figures.
func (k usageKind) honest() bool {
	return k == usageNormal || k == usageTwice || k == usageCumulative
}

// appendUsage appends a usage object, true or as the scenario bends it.
func (s *scenario) appendUsage(dst []byte, prompt, completion int64) []byte {
	if s.usage == usageNull {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"prompt_tokens":`...)
	dst = s.appendFigure(dst, prompt)
	if completion >= 0 {
		dst = append(dst, `,"completion_tokens":`...)
		dst = s.appendFigure(dst, completion)
	}
	dst = append(dst, `,"total_tokens":`...)
	dst = s.appendFigure(dst, prompt+max(0, completion))
	dst = append(dst, `,"prompt_tokens_details":{"cached_tokens":`...)
	dst = strconv.AppendInt(dst, min(s.cached, prompt), 10)
	dst = append(dst, `}`...)
	if completion >= 0 {
		dst = append(dst, `,"completion_tokens_details":{"reasoning_tokens":`...)
		dst = strconv.AppendInt(dst, min(s.reasoning, completion), 10)
		dst = append(dst, `}`...)
	}
	return append(dst, `}`...)
}

func (s *scenario) appendFigure(dst []byte, n int64) []byte {
	switch s.usage {
	case usageNegative:
		return strconv.AppendInt(dst, -n-1, 10)
	case usageNaN:
		return append(dst, "NaN"...)
	case usageHuge:
		return append(dst, "1e308"...)
	case usageOverflow:
		return append(dst, "9223372036854775808"...)
	case usageFloat:
		return append(strconv.AppendInt(dst, n, 10), ".5"...)
	case usageString:
		dst = append(dst, '"')
		return append(strconv.AppendInt(dst, n, 10), '"')
	default:
		return strconv.AppendInt(dst, n, 10)
	}
}
