/*
 * The target of an HTTP request.
 *
 * A path is decoded once, here, and judged as it then stands, so that nothing can hide in
 * an encoding; what has two readings (an encoded slash, dot segments) is refused rather
 * than understood.
 */
#include "rpc/http_target.h"

#include "base/err.h"
#include "base/utf8.h"
#include "rpc/percent.h"

static int decode(struct arena *arena, struct bytes text, bool is_form, char **ret_text);
static bool has_dot_segment(const char *path);
static bool is_parameter(struct arena *arena, struct bytes name, const char *wanted);
static const char *skip_weak(const char *etag);

void http_target_split(struct bytes target, struct bytes *ret_path,
                       struct bytes *ret_query)
{
	const uint8_t *mark =
		target.len == 0 ? NULL : memchr(target.data, '?', target.len);
	size_t len = mark == NULL ? target.len : (size_t)(mark - target.data);

	*ret_path = bytes_of(target.data, len);
	*ret_query = mark == NULL ? bytes_of(NULL, 0)
	                          : bytes_of(mark + 1, target.len - len - 1);
}

int http_path_decode(struct arena *arena, struct bytes path, const char **ret_path)
{
	size_t slashes = 0, left = 0;
	char *text;
	int r;

	if (path.len == 0 || path.data[0] != '/')
		return E_SYNTAX;
	r = decode(arena, path, false, &text);
	if (r < 0)
		return r;
	for (size_t i = 0; i < path.len; i++)
		slashes += path.data[i] == '/';
	for (const char *c = text; *c != '\0'; c++) {
		left += *c == '/';
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return E_SYNTAX;
	}
	if (left != slashes || has_dot_segment(text))
		return E_SYNTAX;
	*ret_path = text;
	return 0;
}

/* E_SYNTAX: an escape without two digits, a NUL, no UTF-8. */
static int decode(struct arena *arena, struct bytes text, bool is_form, char **ret_text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	if (out == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < text.len; i++) {
		char c = (char)text.data[i];

		if (c == '%') {
			int byte = percent_byte(bytes_of(text.data + i, text.len - i));

			if (byte < 0)
				return E_SYNTAX;
			c = (char)byte;
			i += 2;
		} else if (c == '+' && is_form) {
			c = ' ';
		}
		out[len++] = c;
	}
	if (!utf8_valid(bytes_of(out, len)))
		return E_SYNTAX;
	*ret_text = out;
	return 0;
}

static bool has_dot_segment(const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(++path, "/");

		if ((len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return true;
		path += len;
	}
	return false;
}

int http_query_find(struct arena *arena, struct bytes query, const char *name,
                    const char **ret_value)
{
	while (query.len > 0) {
		const uint8_t *end = memchr(query.data, '&', query.len);
		size_t len = end == NULL ? query.len : (size_t)(end - query.data);
		const uint8_t *sign = memchr(query.data, '=', len);
		size_t name_len = sign == NULL ? len : (size_t)(sign - query.data);

		if (is_parameter(arena, bytes_of(query.data, name_len), name)) {
			size_t skip = sign == NULL ? len : name_len + 1;
			char *value;
			int r = decode(arena, bytes_of(query.data + skip, len - skip),
			               true, &value);

			if (r == 0)
				*ret_value = value;
			return r;
		}
		if (end == NULL)
			break;
		query = bytes_of(end + 1, query.len - len - 1);
	}
	return E_NOT_FOUND;
}

static bool is_parameter(struct arena *arena, struct bytes name, const char *wanted)
{
	char *decoded;

	if (name.len == 0)
		return false;
	if (memchr(name.data, '%', name.len) == NULL &&
	    memchr(name.data, '+', name.len) == NULL)
		return bytes_equal(name, bytes_of_str(wanted));
	return decode(arena, name, true, &decoded) == 0 && strcmp(decoded, wanted) == 0;
}

bool http_etag_listed(const char *list, const char *etag)
{
	size_t len;

	etag = skip_weak(etag);
	len = strlen(etag);
	while (*list != '\0') {
		list += strspn(list, " \t,");
		if (*list == '*')
			return true;
		list = skip_weak(list);
		if (*list != '"')
			return false;
		if (strncmp(list, etag, len) == 0)
			return true;
		list += 1 + strcspn(list + 1, "\"");
		list += *list == '"';
	}
	return false;
}

static const char *skip_weak(const char *etag)
{
	return etag[0] == 'W' && etag[1] == '/' ? etag + 2 : etag;
}
