/*
 * duban-agent: what every command shares.
 *
 * Commands are rows of one table (commands.c). A command prints its result to standard
 * output, for people or, with --json, for programs; what went wrong goes to standard
 * error, with what to do about it.
 */
#ifndef DUBAN_CLIENT_AGENT_AGENT_H
#define DUBAN_CLIENT_AGENT_AGENT_H

#include <popt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "client/agent/settings.h"

#define AGENT_MEMORY_MAX (512u * 1024 * 1024)

/* Exit codes, documented in --help. */
enum agent_exit {
	AGENT_OK = 0,      /* done; for a report: acknowledged, the receipt is verified */
	AGENT_FAILED = 1,  /* something went wrong; what was queued stays queued */
	AGENT_USAGE = 2,   /* the command line or the configuration is not right */
	AGENT_REFUSED = 3, /* the report was refused, here or by the centre */
	AGENT_QUEUED = 4,  /* the report is kept here and not acknowledged yet */
};

struct agent {
	struct arena arena; /* lives as long as the command */
	struct settings settings;
	const char *config_file; /* as given, or NULL */
	bool json;
};

struct command {
	const char *name;
	const char *arguments;  /* "FILE...", shown in usage; may be "" */
	const char *help;       /* one line, N_() */
	const char *manual;     /* more lines for --help of the command, N_(); or NULL */
	int min_args, max_args; /* max -1: any number */
	/* Options of its own; NULL-ended table or NULL. Texts with N_(). */
	const struct poptOption *options;
	/* Runs with the arguments that are left; gives an agent_exit. */
	int (*run)(struct agent *agent, const char *const *args);
};

/* Ends with a row without a name. */
extern const struct command commands[];

/* "duban-agent: ..." to standard error. Gives AGENT_FAILED, for `return
 * agent_error(...)`.
 */
int agent_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Read the settings; AGENT_OK, or AGENT_USAGE after saying what is wrong. */
int agent_settings_load(struct agent *agent);
/* Wall time, ms since 1970. The agent's only reader of that clock. */
int64_t agent_wall_now(void);
/* A number by chance, for delays; 0 when there is none, which is slower and not wrong. */
uint32_t agent_chance(void);

#endif
