/*
 * duban: what every command of the bureau's and the operator's command line shares.
 *
 * Commands are rows of one table (commands.c). A command prints its result to standard
 * output, as a table for people or, with --json, for programs with fixed English keys;
 * what went wrong goes to standard error, with what to do about it.
 */
#ifndef DUBAN_CLIENT_ADMIN_ADMIN_H
#define DUBAN_CLIENT_ADMIN_ADMIN_H

#include <popt.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

#define ADMIN_MEMORY_MAX (512u * 1024 * 1024)

/* Exit codes, documented in --help. */
enum admin_exit {
	ADMIN_OK = 0,
	ADMIN_FAILED = 1,  /* the answer is no, or something went wrong */
	ADMIN_USAGE = 2,   /* the command line is not right */
	ADMIN_REFUSED = 3, /* the input was read and refused: problems were printed */
	ADMIN_DOWN = 4,    /* the centre could not be reached, or not now: try again */
};

/* Where the centre is, and who we are. From --config, DUBAN_CONFIG, or
 * /etc/duban/duban.yaml; options on the command line come first. */
struct admin_settings {
	const char *address;     /* "127.0.0.1:7443" */
	const char *server_name; /* DNS name in its certificate */
	const char *certificate, *key, *ca;
	long timeout; /* ms, for one call */
};

struct admin {
	struct arena arena; /* lives as long as the command */
	struct admin_settings settings;
	const char *config_file; /* as given, or NULL */
	bool json;
};

struct command {
	const char *noun, *verb; /* "plan", "apply"; verb "" for a noun alone */
	const char *arguments;   /* "文件夹", N_(), shown in usage; may be "" */
	const char *help;        /* one line, N_() */
	int min_args, max_args;  /* max -1: any number */
	/* Options of its own; NULL-ended table or NULL. Texts with N_(). */
	const struct poptOption *options;
	/* Runs with the arguments that are left; gives an admin_exit. */
	int (*run)(struct admin *admin, const char *const *args);
};

/* Ends with a row without a noun. */
extern const struct command commands[];

/* Read the settings for commands that talk to the centre, once; ADMIN_OK, or an exit
 * code after saying what is wrong. */
int admin_settings_load(struct admin *admin);

/* "duban: ..." to standard error. Gives ADMIN_FAILED, for `return admin_error(...)`. */
int admin_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
