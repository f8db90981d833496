/* Base64 for "-bin" metadata. */
#include "rpc/base64.h"

#include "base/err.h"

static int value_of(uint8_t letter);

char *base64_encode(struct arena *arena, struct bytes data)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = arena_alloc(arena, data.len / 3 * 4 + 5);
	char *end = out;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < data.len; i += 3) {
		size_t have = data.len - i < 3 ? data.len - i : 3;
		uint32_t group = (uint32_t)data.data[i] << 16;

		if (have > 1)
			group |= (uint32_t)data.data[i + 1] << 8;
		if (have > 2)
			group |= data.data[i + 2];
		for (size_t k = 0; k <= have; k++)
			*end++ = letters[group >> (18 - 6 * k) & 63];
	}
	return out;
}

int base64_decode(struct arena *arena, struct bytes text, struct bytes *ret_data)
{
	uint32_t group = 0;
	unsigned bits = 0;
	uint8_t *out, *end;

	for (int pad = 0; pad < 2 && text.len % 4 == 0 && text.len > 0; pad++)
		if (text.data[text.len - 1] == '=')
			text.len--; /* a second '=' leaves a length of 3 modulo 4 */
		else
			break;
	if (text.len > 1 && text.len % 4 == 3 && text.data[text.len - 1] == '=')
		text.len--;
	if (text.len % 4 == 1)
		return E_SYNTAX;
	out = arena_alloc(arena, text.len / 4 * 3 + 3);
	if (out == NULL)
		return E_NOMEM;
	end = out;
	for (size_t i = 0; i < text.len; i++) {
		int value = value_of(text.data[i]);

		if (value < 0)
			return E_SYNTAX;
		group = group << 6 | (uint32_t)value;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*end++ = (uint8_t)(group >> bits);
		}
	}
	*ret_data = bytes_of(out, (size_t)(end - out));
	return 0;
}

static int value_of(uint8_t letter)
{
	if (letter >= 'A' && letter <= 'Z')
		return letter - 'A';
	if (letter >= 'a' && letter <= 'z')
		return letter - 'a' + 26;
	if (letter >= '0' && letter <= '9')
		return letter - '0' + 52;
	if (letter == '+')
		return 62;
	return letter == '/' ? 63 : -1;
}
