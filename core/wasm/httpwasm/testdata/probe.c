// A guest that does what its configuration says, for the tests of each function of
// the http-wasm ABI. The configuration has one line for each call:
//
//	STAGE FUNCTION ARGUMENT...
//
// STAGE is i (while it starts), q (handle_request) or a (handle_response). An
// argument is a number or a text without blanks, "_" being the empty one. What a
// call gives is logged as "FUNCTION=RESULT TEXT", NUL shown as "|". "next N CTX" is
// what handle_request returns, 1 without one; "ctx" logs what handle_response got.
// "tell NAME" puts what was logged last into the answer's header field NAME. "from
// NAME" goes on with the script in the request's header field NAME, whose lines are
// parted by ";". "echo N" writes the request's body, read N bytes at a time, to the
// answer's.
//
//	clang --target=wasm32 -nostdlib -O2 -Wl,--no-entry -o probe.wasm probe.c

typedef unsigned int u32;
typedef unsigned long long u64;

#define IMPORT(name) __attribute__((import_module("http_handler"), import_name(#name))) name
#define EXPORT(name) __attribute__((export_name(#name))) name

u32 IMPORT(enable_features)(u32);
u32 IMPORT(get_config)(char *, u32);
void IMPORT(log)(u32, const char *, u32);
u32 IMPORT(log_enabled)(u32);
u32 IMPORT(get_method)(char *, u32);
void IMPORT(set_method)(const char *, u32);
u32 IMPORT(get_uri)(char *, u32);
void IMPORT(set_uri)(const char *, u32);
u32 IMPORT(get_protocol_version)(char *, u32);
u32 IMPORT(get_source_addr)(char *, u32);
u64 IMPORT(get_header_names)(u32, char *, u32);
u64 IMPORT(get_header_values)(u32, const char *, u32, char *, u32);
void IMPORT(set_header_value)(u32, const char *, u32, const char *, u32);
void IMPORT(add_header_value)(u32, const char *, u32, const char *, u32);
void IMPORT(remove_header)(u32, const char *, u32);
u64 IMPORT(read_body)(u32, char *, u32);
void IMPORT(write_body)(u32, const char *, u32);
u32 IMPORT(get_status_code)(void);
void IMPORT(set_status_code)(u32);

void *memset(void *d, int c, unsigned long n) {
	char *p = d;
	while (n--) *p++ = c;
	return d;
}

void *memcpy(void *d, const void *s, unsigned long n) {
	char *p = d;
	const char *q = s;
	while (n--) *p++ = *q++;
	return d;
}

static char config[8192], script[8192], buf[8192], line[9000];
static u32 config_len, script_len, line_len, context, failed, calls;
static u64 result;

typedef struct {
	const char *at;
	u32 len;
} text;

static text words[6];
static u32 count;

static int is(text t, const char *name) {
	u32 i = 0;
	for (; i < t.len && name[i] == t.at[i]; i++) {}
	return i == t.len && !name[i];
}

static u32 number(u32 i) {
	u32 n = 0, minus = 0;
	for (u32 k = 0; k < words[i].len; k++) {
		if (words[i].at[k] == '-') minus = 1;
		else n = n * 10 + (words[i].at[k] - '0');
	}
	return minus ? -n : n;
}

static text word(u32 i) {
	text t = words[i];
	if (t.len == 1 && t.at[0] == '_') t.len = 0;
	return t;
}

static u32 digits(char *to, u32 n) {
	char tmp[10];
	u32 k = 0, at = 0;
	do tmp[k++] = '0' + n % 10; while (n /= 10);
	while (k) to[at++] = tmp[--k];
	return at;
}

// say logs FUNCTION=HIGH:LOW TEXT.
static void say(u64 value, u32 shown) {
	u32 at = 0;
	memcpy(line, words[1].at, words[1].len);
	at += words[1].len;
	line[at++] = '=';
	if (value >> 32) {
		at += digits(line + at, value >> 32);
		line[at++] = ':';
	}
	at += digits(line + at, (u32)value);
	line[at++] = ' ';
	for (u32 i = 0; i < shown; i++) line[at++] = buf[i] ? buf[i] : '|';
	line_len = at;
	log(0, line, at);
}

// echo copies the request's body to the answer's.
static void echo(u32 step) {
	u64 got;
	do {
		got = read_body(0, buf, step);
		write_body(1, buf, (u32)got);
	} while (!(got >> 32));
}

static u32 fits(u32 len, u32 limit) { return len <= limit ? len : 0; }

static void call(void) {
	text f = words[1], a = word(2), b = word(3), c = word(4);
	u64 v;
	memset(buf, '.', 64);
#define GET(name) if (is(f, #name)) { v = name(buf, number(2)); say(v, fits(v, number(2))); return; }
	GET(get_config)
	GET(get_method)
	GET(get_uri)
	GET(get_protocol_version)
	GET(get_source_addr)
	if (is(f, "enable_features")) say(enable_features(number(2)), 0);
	else if (is(f, "log")) log(number(2), b.at, b.len);
	else if (is(f, "log_enabled")) say(log_enabled(number(2)), 0);
	else if (is(f, "set_method")) set_method(a.at, a.len);
	else if (is(f, "set_uri")) set_uri(a.at, a.len);
	else if (is(f, "get_header_names")) { v = get_header_names(number(2), buf, number(3)); say(v, fits(v, number(3))); }
	else if (is(f, "get_header_values")) { v = get_header_values(number(2), b.at, b.len, buf, number(4)); say(v, fits(v, number(4))); }
	else if (is(f, "set_header_value")) set_header_value(number(2), b.at, b.len, c.at, c.len);
	else if (is(f, "add_header_value")) add_header_value(number(2), b.at, b.len, c.at, c.len);
	else if (is(f, "remove_header")) remove_header(number(2), b.at, b.len);
	else if (is(f, "read_body")) { v = read_body(number(2), buf, number(3)); say(v, v); }
	else if (is(f, "write_body")) write_body(number(2), b.at, b.len);
	else if (is(f, "get_status_code")) say(get_status_code(), 0);
	else if (is(f, "set_status_code")) set_status_code(number(2));
	else if (is(f, "next")) result = (u64)number(3) << 32 | number(2);
	else if (is(f, "ctx")) say((u64)context << 32 | failed, 0);
	else if (is(f, "calls")) say(++calls, 0);
	else if (is(f, "tell")) set_header_value(1, a.at, a.len, line, line_len);
	else if (is(f, "from")) script_len = (u32)get_header_values(0, a.at, a.len, script, sizeof script);
	else if (is(f, "echo")) echo(number(2));
	else if (is(f, "spin")) for (;;) __asm__ volatile("");
	else if (is(f, "wild")) say(get_method((char *)0x7fffffff, number(2)), 0);
	else __builtin_trap();
}

static void run_lines(char stage, const char *s, u32 len, char end) {
	u32 at = 0;
	while (at < len) {
		count = 0;
		while (at < len && s[at] != end) {
			while (at < len && s[at] == ' ') at++;
			u32 from = at;
			while (at < len && s[at] != ' ' && s[at] != end) at++;
			if (at > from && count < 6) words[count++] = (text){s + from, at - from};
		}
		at++;
		for (u32 i = count; i < 6; i++) words[i] = (text){"0", 1};
		if (count > 1 && words[0].at[0] == stage) call();
	}
}

static void run(char stage) {
	run_lines(stage, config, config_len, '\n');
	if (script_len > 1 && script_len <= sizeof script) run_lines(stage, script, script_len - 1, ';'); // but for the NUL
}

void EXPORT(_initialize)(void) {
	config_len = get_config(config, sizeof config);
	run('i');
}

u64 EXPORT(handle_request)(void) {
	result = 1;
	run('q');
	return result;
}

void EXPORT(handle_response)(u32 ctx, u32 is_error) {
	context = ctx;
	failed = is_error;
	run('a');
}
