/*
 * Settings of duband: the table that parser, sample file and reference are made from, and
 * the readers of what is not one plain value.
 *
 * What can go wrong, and who must act: the operator who wrote the file. Every problem is
 * noted with its place, so that one --check-config finds them all.
 */
#include "server/settings.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/calendar.h"
#include "server/service.h"

#define START_UTC_OFFSET \
	480 /* minutes: people write rehearsal.start in Changsha's time */

#define AT(member) offsetof(struct settings, member)
#define SECOND     1000L
#define MINUTE     (60 * SECOND)
#define HOUR       (60 * MINUTE)
#define KIB        1024L
#define MIB        (1024 * KIB)

static int read_listeners(void *settings, struct yaml_node *node, struct arena *arena,
                          struct yaml_problems *problems);
static int read_listener(struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems, struct listener_settings *ret);
static int read_rule(struct yaml_node *node, struct yaml_problems *problems,
                     enum rpc_peer_rule *ret_rule);
static int read_services(struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems,
                         const char *const **ret_services);
static int read_start(void *settings, struct yaml_node *node, struct arena *arena,
                      struct yaml_problems *problems);
static int read_contacts(void *settings, struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems);

static const char SYNCHRONOUS_COMMIT[] = "on|remote_write|remote_apply";

/* clang-format off */
const struct config_setting settings_table[] = {
	{"server", "state_dir", CONFIG_TEXT, AT(state_dir), "/var/lib/duban", NULL, 0, 0,
	 "Folder for what duband keeps itself: the embedded PostgreSQL.", NULL},
	{"server", "trust_domain", CONFIG_TEXT, AT(trust_domain), "duban.local", NULL, 0, 0,
	 "The part after spiffe:// in every certificate's URI; others are not admitted.", NULL},
	{"server", "office", CONFIG_TEXT, AT(office), "bangongshi", NULL, 0, 0,
	 "The department whose people publish plans and run the office's commands.", NULL},
	{"server", "log", CONFIG_CHOICE, AT(log_level), "info", "debug|info|warn|error", 0, 0,
	 "The least important lines that are written to standard error.", NULL},
	{"server", "drain", CONFIG_DURATION, AT(drain), "20s", NULL, 0, 10 * MINUTE,
	 "How long calls that run may take when duband is told to stop.", NULL},
	{"server", "listeners", CONFIG_SPECIAL, 0,
	 "- {address: \"0.0.0.0:7443\", client_certificates: required}", NULL, 0, 0,
	 "Where to listen; client_certificates is required, optional or none; services is a "
	 "list out of reports, plans, alerts, board, administration (absent: all).",
	 read_listeners},

	{"tls", "certificate", CONFIG_TEXT, AT(tls.certificate), "/etc/duban/tls/node.pem", NULL,
	 0, 0, "The server's certificate with /node/ in its URI, and its chain; PEM.", NULL},
	{"tls", "key", CONFIG_TEXT, AT(tls.key), "/etc/duban/tls/node.key", NULL, 0, 0,
	 "Its private key; PEM.", NULL},
	{"tls", "ca", CONFIG_TEXT, AT(tls.ca), "/etc/duban/tls/ca.pem", NULL, 0, 0,
	 "The certificates that clients and report signers must chain to; PEM.", NULL},
	{"tls", "crl", CONFIG_TEXT, AT(tls.crl), "", NULL, 0, 0,
	 "Revocation lists, PEM; read again at SIGHUP. Empty: nothing is ever revoked.", NULL},
	{"tls", "crl_policy", CONFIG_CHOICE, AT(tls.crl_policy), "soft", "soft|hard", 0, 0,
	 "With an outdated list: soft keeps it in force and warns, hard admits nobody.", NULL},

	{"receipts", "certificate", CONFIG_TEXT, AT(receipts.certificate),
	 "/etc/duban/receipts.pem", NULL, 0, 0,
	 "Certificate of the key that signs receipts (/node/.../signer/...), and its chain.", NULL},
	{"receipts", "key", CONFIG_TEXT, AT(receipts.key), "/etc/duban/receipts.key", NULL, 0, 0,
	 "That key: a path or a URI (file:...).", NULL},

	{"database", "conninfo", CONFIG_TEXT, AT(conninfo), "", NULL, 0, 0,
	 "PostgreSQL 14 or later, as libpq takes it (host=... dbname=...). Empty: duband runs a "
	 "private one below state_dir.", NULL},
	{"database", "connections", CONFIG_INTEGER, AT(connections), "4", NULL, 1, 16,
	 "Connections for queries; one more listens for notifications.", NULL},
	{"database", "synchronous_commit", CONFIG_CHOICE, AT(synchronous_commit), "on",
	 SYNCHRONOUS_COMMIT, 0, 0,
	 "What a commit waits for: see PostgreSQL's manual. Values that could lose an "
	 "acknowledged report cannot be chosen.", NULL},
	{"database", "migrations", CONFIG_TEXT, AT(migrations), "", NULL, 0, 0,
	 "Folder of the numbered SQL files. Empty: the one that was installed.", NULL},

	{"postgres", "user", CONFIG_TEXT, AT(postgres.user), "postgres", NULL, 0, 0,
	 "Who the embedded PostgreSQL runs as when duband is started by root.", NULL},
	{"postgres", "bin", CONFIG_TEXT, AT(postgres.bin), "", NULL, 0, 0,
	 "Folder of its programs. Empty: the newest below /usr/lib/postgresql.", NULL},

	{"rehearsal", "enabled", CONFIG_BOOL, AT(rehearsal), "false", NULL, 0, 0,
	 "Plan time stands still and is stepped by an RPC. Never in production.", NULL},
	{"rehearsal", "start", CONFIG_SPECIAL, 0, "\"2022-07-01 09:00\"", NULL, 0, 0,
	 "Where plan time begins when the database holds none yet; Chinese standard time.",
	 read_start},

	{"deliver", "contacts", CONFIG_SPECIAL, 0, "[]", NULL, 0, 0,
	 "Who is told by e-mail or webhook: a list of {name, recipient, kind: email|wecom|"
	 "dingtalk|json, address, url_file, secret_file}.", read_contacts},
	{"deliver", "smtp_url", CONFIG_TEXT, AT(smtp_url), "", NULL, 0, 0,
	 "Mail server: smtp://host:25 or smtps://host:465. Empty: no e-mail.", NULL},
	{"deliver", "smtp_from", CONFIG_TEXT, AT(smtp_from), "", NULL, 0, 0,
	 "The sender's address.", NULL},
	{"deliver", "smtp_user", CONFIG_TEXT, AT(smtp_user), "", NULL, 0, 0,
	 "Name to log in with. Empty: no login.", NULL},
	{"deliver", "smtp_password_file", CONFIG_TEXT, AT(smtp_password_file), "", NULL, 0, 0,
	 "File whose first line is the password.", NULL},
	{"deliver", "smtp_ca_file", CONFIG_TEXT, AT(smtp_ca_file), "", NULL, 0, 0,
	 "Certificates that the mail server must chain to. Empty: the system's.", NULL},
	{"deliver", "webhook_per_minute", CONFIG_INTEGER, AT(webhook_per_minute), "20", NULL,
	 1, 1000, "Messages to one webhook in a minute; more wait.", NULL},

	{"limits", "message", CONFIG_SIZE, AT(limits.message), "4MiB", NULL, 64 * KIB, 64 * MIB,
	 "A request message; larger ones are refused.", NULL},
	{"limits", "call_memory", CONFIG_SIZE, AT(limits.call_memory), "16MiB", NULL, MIB,
	 256 * MIB, "Memory that one call may use.", NULL},
	{"limits", "open_connections", CONFIG_INTEGER, AT(limits.open_connections), "12000",
	 NULL, 1, 100000, "Client connections at once; more are closed at once.", NULL},
	{"limits", "calls_per_connection", CONFIG_INTEGER, AT(limits.calls_per_connection),
	 "256", NULL, 1, 100000, "Calls at once on one connection.", NULL},
	{"limits", "reports_waiting", CONFIG_INTEGER, AT(limits.reports_waiting), "4096", NULL,
	 1, 1000000, "Reports that wait for a commit; more are told to come again.", NULL},
	{"limits", "reports_per_commit", CONFIG_INTEGER, AT(limits.reports_per_commit), "128",
	 NULL, 1, 1024, "Reports that share one commit, at most.", NULL},
	{"limits", "commits", CONFIG_INTEGER, AT(limits.commits), "4", NULL, 1, 16,
	 "Group commits under way at once.", NULL},
	{"limits", "jobs_waiting", CONFIG_INTEGER, AT(limits.jobs_waiting), "4096", NULL, 16,
	 1000000, "Signature checks that wait for a processor; more are told to come again.",
	 NULL},
	{"limits", "queries_waiting", CONFIG_INTEGER, AT(limits.queries_waiting), "4096", NULL,
	 16, 1000000, "Queries that wait for a database connection.", NULL},

	{"timeouts", "database_connect", CONFIG_DURATION, AT(timeouts.database_connect), "10s",
	 NULL, SECOND, 5 * MINUTE, "For connecting to PostgreSQL, names and TLS included.", NULL},
	{"timeouts", "query", CONFIG_DURATION, AT(timeouts.query), "30s", NULL, SECOND,
	 HOUR, "For one statement; then it is stopped and counts as not stored.", NULL},
	{"timeouts", "handshake", CONFIG_DURATION, AT(timeouts.handshake), "10s", NULL, SECOND,
	 5 * MINUTE, "From a client's connection to the end of TLS.", NULL},
	{"timeouts", "request", CONFIG_DURATION, AT(timeouts.request), "60s", NULL, SECOND, HOUR,
	 "From a call's headers to the end of its request.", NULL},
	{"timeouts", "keepalive_interval", CONFIG_DURATION, AT(timeouts.keepalive_interval),
	 "60s", NULL, SECOND, HOUR, "Quiet time before a client is pinged.", NULL},
	{"timeouts", "keepalive_timeout", CONFIG_DURATION, AT(timeouts.keepalive_timeout), "20s",
	 NULL, SECOND, HOUR, "For the ping's answer; then the connection is closed.", NULL},
	{"timeouts", "idle", CONFIG_DURATION, AT(timeouts.idle), "1h", NULL, MINUTE, 7 * 24 * HOUR,
	 "A connection without calls is closed after this.", NULL},
	CONFIG_END,
};
/* clang-format on */

int settings_read(const char *path, struct arena *arena, struct yaml_problems *problems,
                  struct settings *ret_settings)
{
	*ret_settings = (struct settings){0};
	if (path == NULL)
		return config_read(settings_table, ret_settings, arena, NULL, problems);
	return config_read_file(settings_table, ret_settings, arena, path, problems);
}

const char *settings_synchronous_commit(const struct settings *settings)
{
	static const char *const names[] = {"on", "remote_write", "remote_apply"};

	CHECK((size_t)settings->synchronous_commit < ARRAY_LEN(names));
	return names[settings->synchronous_commit];
}

static int read_listeners(void *into, struct yaml_node *node, struct arena *arena,
                          struct yaml_problems *problems)
{
	struct settings *settings = into;
	size_t count = node != NULL ? node->count : 1;
	struct listener_settings *listeners;
	size_t before = problems->count;

	if (node != NULL &&
	    (node->kind != YAML_LIST || count == 0 || count > SETTINGS_LISTENERS_MAX)) {
		yaml_problem(problems, node->place,
		             "server.listeners must be a list of 1 to %d maps with "
		             "address, client_certificates and services",
		             SETTINGS_LISTENERS_MAX);
		return E_SYNTAX;
	}
	listeners = arena_new_array(arena, count, struct listener_settings);
	if (listeners == NULL)
		return E_NOMEM;
	settings->listeners = listeners;
	settings->listener_count = count;
	if (node == NULL) {
		listeners[0].address = "0.0.0.0:7443";
		listeners[0].client_certificates = RPC_PEER_REQUIRED;
		return 0;
	}
	yaml_each(child, node)
	{
		if (read_listener(child, arena, problems, listeners++) == E_NOMEM)
			return E_NOMEM;
	}
	return problems->count > before ? E_SYNTAX : 0;
}

static int read_listener(struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems, struct listener_settings *ret)
{
	static const char *const known[] = {"address", "client_certificates", "services",
	                                    NULL};
	const char *address;
	int r;

	if (node->kind != YAML_MAP) {
		yaml_problem(problems, node->place,
		             "a listener must be a map (name: value)");
		return E_SYNTAX;
	}
	address = yaml_need_text(node, "address", problems);
	ret->address = address != NULL ? address : "";
	r = read_rule(node, problems, &ret->client_certificates);
	if (r == 0)
		r = read_services(node, arena, problems, &ret->services);
	yaml_unknown_keys(node, known, problems);
	return r;
}

static int read_rule(struct yaml_node *node, struct yaml_problems *problems,
                     enum rpc_peer_rule *ret_rule)
{
	const char *text = yaml_text(node, "client_certificates", "required", problems);

	if (text != NULL && strcmp(text, "required") == 0)
		*ret_rule = RPC_PEER_REQUIRED;
	else if (text != NULL && strcmp(text, "optional") == 0)
		*ret_rule = RPC_PEER_OPTIONAL;
	else if (text != NULL && strcmp(text, "none") == 0)
		*ret_rule = RPC_PEER_NONE;
	else {
		yaml_problem(problems, node->place,
		             "client_certificates must be required, optional or none");
		return E_SYNTAX;
	}
	return 0;
}

static int read_services(struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems, const char *const **ret_services)
{
	struct yaml_node *list = yaml_get(node, "services");
	const char **names;
	size_t count = 0;

	if (list == NULL)
		return 0;
	if (list->kind != YAML_LIST || list->count > SETTINGS_SERVICES_MAX) {
		yaml_problem(problems, list->place, "services must be a list of names");
		return E_SYNTAX;
	}
	names = arena_new_array(arena, list->count + 1, const char *);
	if (names == NULL)
		return E_NOMEM;
	yaml_each(child, list)
	{
		if (child->kind != YAML_SCALAR || !service_is_known(child->text))
			yaml_problem(problems, child->place, "there is no service \"%s\"",
			             child->kind == YAML_SCALAR ? child->text : "");
		else
			names[count++] = child->text;
	}
	*ret_services = names;
	return 0;
}

static int read_start(void *into, struct yaml_node *node, struct arena *arena,
                      struct yaml_problems *problems)
{
	struct settings *settings = into;
	const char *text = "2022-07-01 09:00";

	(void)arena;
	if (node != NULL)
		text = node->kind == YAML_SCALAR ? node->text : "";
	if (instant_parse(text, START_UTC_OFFSET, &settings->rehearsal_start) == 0)
		return 0;
	yaml_problem(problems, node->place,
	             "rehearsal.start must be a time like \"2022-07-01 09:00\"");
	return E_SYNTAX;
}

static int read_contacts(void *into, struct yaml_node *node, struct arena *arena,
                         struct yaml_problems *problems)
{
	struct settings *settings = into;
	struct contact *contacts = NULL;
	int r = contacts_read(arena, node, problems, &contacts, &settings->contact_count);

	settings->contacts = contacts;
	return r;
}
