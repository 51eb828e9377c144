// An http-wasm filter of the kind that stands in front of any site: it answers
// /robots.txt by itself, passes everything else on, and puts a header field of the
// operator's choice into each answer. It never looks at an answer, so that streams
// pass event by event.
//
//	clang --target=wasm32 -nostdlib -O2 -Wl,--no-entry,-z,stack-size=4096 -o ../plugins.d/site.wasm site.c

typedef unsigned int u32;
typedef unsigned long long u64;

#define IMPORT(name) __attribute__((import_module("http_handler"), import_name(#name))) name
#define EXPORT(name) __attribute__((export_name(#name))) name

u32 IMPORT(get_config)(char *buf, u32 limit);
u32 IMPORT(get_uri)(char *buf, u32 limit);
void IMPORT(set_status_code)(u32 code);
void IMPORT(set_header_value)(u32 kind, const char *name, u32 name_len, const char *value, u32 value_len);
void IMPORT(write_body)(u32 kind, const char *body, u32 body_len);

enum { request, response };

#define TEXT(s) s, sizeof s - 1

static char served_by[256], uri[256];
static u32 served_by_len;

static int is(const char *a, u32 n, const char *b, u32 m) {
	if (n != m) return 0;
	while (n--)
		if (a[n] != b[n]) return 0;
	return 1;
}

// The configuration is the value of the header field X-Served-By.
void EXPORT(_initialize)(void) {
	served_by_len = get_config(served_by, sizeof served_by);
	if (served_by_len > sizeof served_by) __builtin_trap(); // and the gateway says that the filter does not start
}

u64 EXPORT(handle_request)(void) {
	if (served_by_len) set_header_value(response, TEXT("X-Served-By"), served_by, served_by_len);
	if (!is(uri, get_uri(uri, sizeof uri), TEXT("/robots.txt"))) return 1;
	set_header_value(response, TEXT("Content-Type"), TEXT("text/plain"));
	write_body(response, TEXT("User-agent: *\nDisallow: /\n"));
	return 0;
}

void EXPORT(handle_response)(u32 ctx, u32 is_error) {}
