/*
 * Texts for people.
 *
 * They stand in Chinese in the source and are shown so, unless the program was asked for
 * English (client/locale.h): po/en.po has every one of them, tests/lint/translations.sh
 * sees to it. Log lines and what goes over the wire are no such texts.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <libintl.h>

#define TEXT_DOMAIN "duban"

#define _(text)     text_get(text)
#define N_(text)    (text) /* marks a text in a table; _() shows it */

static inline const char *text_get(const char *text) __attribute__((format_arg(1)));
/* "" is not looked up: a catalogue keeps its own header there. */
static inline const char *text_get(const char *text)
{
	return text[0] == '\0' ? text : dgettext(TEXT_DOMAIN, text);
}

/* What a code of base/err.h, or an errno, means. Static. */
const char *text_err(int err);
const char *text_errno(int error);

#endif
