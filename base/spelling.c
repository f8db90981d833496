/*
 * Suggestions, by edit distance: letters missing, added, wrong, and two
 * neighbours swapped count one each. A word may be off by one letter, and by
 * one more for every four that it has.
 */
#include "base/spelling.h"

#include <stddef.h>
#include <string.h>

#define WORD_MAX 64 /* longer words get no suggestion */

static size_t distance(const char *a, const char *b);
static size_t smallest(size_t a, size_t b, size_t c);

const char *spelling_nearest(const char *word, const char *const *known)
{
	size_t best = 2 + strlen(word) / 4; /* one more than is near enough */
	const char *nearest = NULL;

	if (known == NULL || strlen(word) > WORD_MAX)
		return NULL;
	for (; *known != NULL; known++) {
		size_t far;

		if (strlen(*known) > WORD_MAX)
			continue;
		far = distance(word, *known);
		if (far < best && far < strlen(*known)) {
			best = far;
			nearest = *known;
		}
	}
	return nearest;
}

/* Three rows of the usual table are enough: this one, and the two above it. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *above2 = rows[0], *above = rows[1], *row = rows[2];
	size_t a_len = strlen(a), b_len = strlen(b);

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *oldest = above2;

		above2 = above;
		above = row;
		row = oldest;
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = smallest(above[j] + 1, row[j - 1] + 1,
			                  above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = smallest(row[j], row[j], above2[j - 2] + 1);
		}
	}
	return row[b_len];
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}
