/* What an operator can set, with its defaults: the file duband.yaml as a struct. */
#ifndef DUBAN_SERVER_SETTINGS_H
#define DUBAN_SERVER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/config.h"
#include "rpc/tls.h"
#include "server/contact.h"

#define SETTINGS_MEMORY_MAX    (8u * 1024 * 1024)
#define SETTINGS_LISTENERS_MAX 16
#define SETTINGS_SERVICES_MAX  16

struct listener_settings {
	const char *address; /* "127.0.0.1:7443" */
	enum rpc_peer_rule client_certificates;
	const char *const *services; /* names, NULL-ended; NULL: all */
};

/* Texts are never NULL; "" is "not set". Times in ms, sizes in bytes. */
struct settings {
	const char *state_dir, *trust_domain, *office;
	int log_level; /* enum log_level */
	long drain;    /* how long running calls may take at the end */
	const struct listener_settings *listeners;
	size_t listener_count;
	struct {
		const char *certificate, *key, *ca, *crl;
		int crl_policy; /* 0 soft, 1 hard */
		const char *ticket_keys;
		long ticket_rotate, ticket_life;
	} tls;
	struct {
		const char *certificate, *key; /* the key as a URI or a path */
	} receipts;
	const char *conninfo; /* "": the embedded PostgreSQL */
	long connections;
	int synchronous_commit; /* index into settings_synchronous_commit */
	const char *migrations; /* a folder; "": where they were installed */
	struct {
		const char *user, *bin;
	} postgres;
	bool rehearsal;
	int64_t rehearsal_start; /* plan time */
	const struct contact *contacts;
	size_t contact_count;
	const char *smtp_url, *smtp_from, *smtp_user, *smtp_password_file, *smtp_ca_file;
	long webhook_per_minute;
	struct {
		long message, call_memory, open_connections, calls_per_connection;
		long reports_waiting, reports_per_commit, commits, jobs_waiting;
		long queries_waiting;
	} limits;
	struct {
		long database_connect, query, handshake, request;
		long keepalive_interval, keepalive_timeout, idle;
	} timeouts;
};

extern const struct config_setting settings_table[];
/* As PostgreSQL names it: "on", "remote_apply". Static. */
const char *settings_synchronous_commit(const struct settings *settings);

/*
 * Read @path, or only defaults when NULL. Texts live in @arena. Every problem is noted.
 * Errors of config_read_file().
 */
int settings_read(const char *path, struct arena *arena, struct yaml_problems *problems,
                  struct settings *ret_settings);

#endif
