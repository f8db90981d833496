/* Percent encoding, as grpc-message uses it. */
#include "rpc/percent.h"

#include "base/utf8.h"

static int hex_digit(uint8_t digit);
static void replace_broken(struct bytes text, char *data);

char *percent_encode(struct arena *arena, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t len = strlen(text);
	char *out = len > SIZE_MAX / 4 ? NULL : arena_alloc(arena, 3 * len + 1);
	char *end = out;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (byte >= ' ' && byte <= '~' && byte != '%') {
			*end++ = (char)byte;
			continue;
		}
		*end++ = '%';
		*end++ = digits[byte >> 4];
		*end++ = digits[byte & 15];
	}
	return out;
}

char *percent_decode(struct arena *arena, struct bytes text)
{
	char *out = arena_strndup(arena, NULL, 0);
	size_t len = 0;

	if (text.len == 0)
		return out;
	out = arena_alloc(arena, text.len + 1);
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < text.len; i++) {
		int byte = percent_byte(bytes_of(text.data + i, text.len - i));

		out[len++] = (char)(byte < 0 ? text.data[i] : byte);
		if (byte >= 0)
			i += 2;
	}
	if (!utf8_valid(bytes_of(out, len)))
		replace_broken(bytes_of(out, len), out);
	return out;
}

/* Every byte that is not part of a valid character; @data is the same memory. */
static void replace_broken(struct bytes text, char *data)
{
	size_t i = 0;

	while (i < text.len) {
		size_t len = 1;

		while (len <= 4 && len <= text.len - i &&
		       !utf8_valid(bytes_of(text.data + i, len)))
			len++;
		if (len <= 4 && len <= text.len - i) {
			i += len;
			continue;
		}
		data[i++] = '?';
	}
}

int percent_byte(struct bytes text)
{
	int high, low;

	if (text.len < 3 || text.data[0] != '%')
		return -1;
	high = hex_digit(text.data[1]);
	low = hex_digit(text.data[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static int hex_digit(uint8_t digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}
