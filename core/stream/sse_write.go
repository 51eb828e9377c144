package stream

// AppendSSEData appends an event with data and no name to dst and returns the
// extended slice. Each LF, CR or CRLF in data begins a new data line, so a
// reader is given data with LF for each of them. Empty data makes an event
// with an empty data field.
func AppendSSEData(dst, data []byte) []byte {
	return append(appendLines(dst, "data: ", data), '\n')
}

// AppendSSEEvent is AppendSSEData with an event field before the data. An
// empty name is left out. A name cannot hold a line break: it ends at the
// first one, so that no text from elsewhere can add fields to the stream.
func AppendSSEEvent(dst []byte, name string, data []byte) []byte {
	for i := range len(name) {
		if name[i] == '\n' || name[i] == '\r' {
			name = name[:i]
			break
		}
	}
	if name != "" {
		dst = append(dst, "event: "...)
		dst = append(dst, name...)
		dst = append(dst, '\n')
	}
	return AppendSSEData(dst, data)
}

// AppendComment appends text as a comment and a blank line to dst and returns
// the extended slice: bytes that every conforming reader skips, such as a
// keep-alive sign. It may stand between two events, never inside one. Line
// breaks in text make several comment lines.
func AppendComment(dst, text []byte) []byte {
	return append(appendLines(dst, ": ", text), '\n')
}

// appendLines appends text as lines that begin with prefix and end with LF.
func appendLines(dst []byte, prefix string, text []byte) []byte {
	var src lineSource
	src.reset(text)
	for line := 0; ; {
		end := src.lineEnd(line)
		dst = append(dst, prefix...)
		dst = append(dst, text[line:end]...)
		dst = append(dst, '\n')
		if end == len(text) {
			return dst
		}
		line = end + 1
		if text[end] == '\r' && line < len(text) && text[line] == '\n' {
			line++
		}
	}
}
