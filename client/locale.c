/*
 * The user's locale and language:
 *
 *	setlocale -> UTF-8 at any rate -> which language? -> English: find its catalogue
 *
 * Nothing here can fail: without a catalogue people read Chinese.
 */
#include "client/locale.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#ifndef DUBAN_LOCALE_DIR
#define DUBAN_LOCALE_DIR "/usr/share/locale"
#endif
#define FOLDER_MAX 4096
#define CATALOGUE  "en/LC_MESSAGES/" TEXT_DOMAIN ".mo"

static const char *choose_language(int argc, const char *const *argv);
static bool begins(const char *language, const char *with);
static void use_english(void);
static const char *find_folder(char *out);
static bool find_beside(char *out, const char *where);

void locale_init(int argc, const char *const *argv)
{
	const char *language;

	if (setlocale(LC_ALL, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0 ||
	    strcmp(setlocale(LC_MESSAGES, NULL), "C") == 0)
		(void)setlocale(LC_ALL, "C.UTF-8");
	(void)setlocale(LC_NUMERIC, "C");
	language = choose_language(argc, argv);
	if (language != NULL && begins(language, "en"))
		use_english();
	else /* or an English LANG would find an installed catalogue all the same */
		(void)setenv("LANGUAGE", "zh_CN:zh", 1);
}

/* A variable that is set to nothing says nothing. */
static const char *choose_language(int argc, const char *const *argv)
{
	static const char *const variables[] = {"DUBAN_LANG", "LANGUAGE", "LANG"};

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--lang=", 7) == 0)
			return argv[i] + 7;
		if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			return argv[i + 1];
	}
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

/* "en", "en_US.UTF-8" and "en:zh" begin with en; "end" does not. */
static bool begins(const char *language, const char *with)
{
	return strncmp(language, with, 2) == 0 && strchr("_-.:@", language[2]) != NULL;
}

bool locale_speaks(const char *language)
{
	return begins(language, "zh") || begins(language, "en");
}

static void use_english(void)
{
	char folder[FOLDER_MAX];

	(void)setenv("LANGUAGE", "en", 1);
	(void)bindtextdomain(TEXT_DOMAIN, find_folder(folder));
	(void)bind_textdomain_codeset(TEXT_DOMAIN, "UTF-8");
	(void)textdomain(TEXT_DOMAIN); /* for plain gettext() */
}

/* A program that was built and not installed has its catalogue in ../locale. */
static const char *find_folder(char *out)
{
	const char *given = getenv("DUBAN_LOCALE_DIR");

	if (given != NULL && given[0] != '\0')
		return given;
	if (find_beside(out, "../locale") || find_beside(out, "../share/locale"))
		return out;
	return DUBAN_LOCALE_DIR;
}

static bool find_beside(char *out, const char *where)
{
	char program[FOLDER_MAX], catalogue[FOLDER_MAX + sizeof(CATALOGUE)];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (len < 0)
		return false;
	program[len] = '\0';
	slash = strrchr(program, '/');
	if (slash == NULL)
		return false;
	slash[1] = '\0';
	if (snprintf(out, FOLDER_MAX, "%s%s", program, where) >= FOLDER_MAX)
		return false;
	(void)snprintf(catalogue, sizeof(catalogue), "%s/" CATALOGUE, out);
	return access(catalogue, R_OK) == 0;
}
