/* UTF-8, decoded strictly: one spelling for each character, or none. */
#include "base/utf8.h"

static bool is_continuation(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

bool utf8_valid(struct bytes text)
{
	while (text.len > 0) {
		uint32_t character;
		size_t len = utf8_first(text, &character);

		if (len == 0 || character == 0)
			return false;
		text = bytes_of(text.data + len, text.len - len);
	}
	return true;
}

size_t utf8_length(struct bytes text)
{
	size_t length = 0;

	for (size_t i = 0; i < text.len; i++)
		length += !is_continuation(text.data[i]);
	return length;
}

size_t utf8_cut(struct bytes text, size_t max)
{
	size_t len = max;

	if (text.len <= max)
		return text.len;
	while (len > 0 && is_continuation(text.data[len]))
		len--;
	return len;
}

/*
 * The first byte says how many follow, which bits are its own, and which
 * characters would have had a shorter form.
 */
size_t utf8_first(struct bytes text, uint32_t *ret_character)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t smallest;
	} forms[] = {{0x80, 0x00, 0},
	             {0xe0, 0xc0, 0x80},
	             {0xf0, 0xe0, 0x800},
	             {0xf8, 0xf0, 0x10000}};
	size_t len = 0;
	uint32_t character;

	if (text.len == 0)
		return 0;
	while (len < 4 && (text.data[0] & forms[len].mask) != forms[len].lead)
		len++;
	if (len == 4 || text.len <= len)
		return 0;
	character = text.data[0] & (uint8_t)~forms[len].mask;
	for (size_t i = 1; i <= len; i++) {
		if (!is_continuation(text.data[i]))
			return 0;
		character = character << 6 | (text.data[i] & 0x3f);
	}
	if (character < forms[len].smallest || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return len + 1;
}
