/* What somebody probably meant who wrote a word that is not known. */
#ifndef BASE_SPELLING_H
#define BASE_SPELLING_H

/*
 * The one of @known (NULL-terminated; may be NULL) that is nearest to @word, or
 * NULL when none is near enough to be worth a suggestion. Borrowed from @known.
 */
const char *spelling_nearest(const char *word, const char *const *known);

#endif
