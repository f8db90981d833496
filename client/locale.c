/* The user's locale and language. */
#include "client/locale.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#ifndef DUBAN_LOCALE_DIR
#define DUBAN_LOCALE_DIR "/usr/share/locale"
#endif

static const char *from_arguments(int argc, const char *const *argv)
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--lang=", 7) == 0)
			return argv[i] + 7;
		if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

void locale_init(int argc, const char *const *argv)
{
	const char *language = from_arguments(argc, argv);
	const char *folder = getenv("DUBAN_LOCALE_DIR");

	if (setlocale(LC_ALL, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0 ||
	    strcmp(setlocale(LC_MESSAGES, NULL), "C") == 0)
		(void)setlocale(LC_ALL, "C.UTF-8");
	(void)setlocale(LC_NUMERIC, "C");
	if (language == NULL)
		language = getenv("DUBAN_LANG");
	if (language == NULL)
		language = getenv("LANGUAGE");
	if (language == NULL)
		language = getenv("LANG");
	/* Texts stand in Chinese in the source; only English is looked up. */
	if (language != NULL && strncmp(language, "en", 2) == 0) {
		(void)setenv("LANGUAGE", "en", 1);
		(void)bindtextdomain("duban", folder != NULL ? folder : DUBAN_LOCALE_DIR);
		(void)bind_textdomain_codeset("duban", "UTF-8");
		(void)textdomain("duban");
	}
}
