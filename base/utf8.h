/* UTF-8: what is valid, how many characters it has, and where it may be cut. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* Well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF) without NUL. */
bool utf8_valid(struct bytes text);
/* The number of characters in valid UTF-8. */
size_t utf8_length(struct bytes text);
/* The largest prefix length <= @max bytes that does not cut a character. */
size_t utf8_cut(struct bytes text, size_t max);
/*
 * The length of the well-formed character (NUL is one) that @text begins with,
 * and its number; 0 when @text is empty or begins with anything else.
 */
size_t utf8_first(struct bytes text, uint32_t *ret_character);

#endif
