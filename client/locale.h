/* The user's locale and language, for programs that speak to people. */
#ifndef DUBAN_CLIENT_LOCALE_H
#define DUBAN_CLIENT_LOCALE_H

#include <stdbool.h>

/*
 * Use the user's locale when it is UTF-8, else C.UTF-8 (a fresh Debian has no zh_CN and
 * would print escapes). The language is taken from --lang in @argv, DUBAN_LANG, LANGUAGE
 * and LANG, in this order; texts are Chinese unless it says en. The English catalogue is
 * looked for in DUBAN_LOCALE_DIR, then beside the program, then where it is installed.
 *
 * Call it once, first of all: it sets LANGUAGE.
 */
void locale_init(int argc, const char *const *argv);
/* Whether a program may be asked for @language: zh, en, or one of their regions. */
bool locale_speaks(const char *language);

#endif
