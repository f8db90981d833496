/* The agent's settings: one table, one struct. */
#ifndef DUBAN_CLIENT_AGENT_SETTINGS_H
#define DUBAN_CLIENT_AGENT_SETTINGS_H

#include "base/config.h"

#define SETTINGS_ADDRESSES_MAX 8

struct settings {
	const char *unit; /* "430112" */
	const char *state_dir;
	const char *spool_dir;        /* "": no spool folder */
	const char *trust_domain;     /* of every identity that is believed */
	const char *plan;             /* "": the one plan of the centre */
	const char *const *addresses; /* NULL-ended */
	const char *server_name;
	const char *certificate, *key, *ca, *crl; /* crl "": none */
	const char *signer_certificate, *signer_key;
	long retry_first, retry_max; /* ms */
	long call_timeout;           /* ms */
	int log_level;               /* enum log_level */
};

extern const struct config_setting settings_table[];

/* Read @path over the defaults and check what a row cannot. Errors as
 * config_read_file(). */
int settings_read(struct settings *settings, struct arena *arena, const char *path,
                  struct yaml_problems *problems);

#endif
