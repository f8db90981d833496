/*
 * The dispatcher, from a call to its handler:
 *
 *	unary      message -> identity -> role -> row->unary ~ ~ > closed -> log line
 *	streaming  begun   -> identity -> role -> row->streaming's own callbacks
 *
 * What can go wrong, and who has to act:
 *
 *  - No identity, one of another trust domain, or one whose role the row does not name:
 *    refused before the handler sees anything. The caller's operator has the wrong
 *    certificate in hand.
 *  - A caller that hangs up: unary handlers finish what they wait for and the answer is
 *    dropped; streams are told through their own cancelled.
 */
#include "server/service.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "model/wire.h"
#include "rpc/tls.h"
#include "server/metrics.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/settings.h"
#include "server/watch.h"

/* A unary call's bookkeeping, in its arena and in its data slot. */
struct dispatched {
	unsigned magic;
#define DISPATCHED_MAGIC 0x2f6e84d3U
	int64_t began;   /* monotonic, ms */
	bool handed_out; /* a handler has it, and will end it */
	int err;         /* how it ended */
};

/* In the data slot of a call that was refused when it began: nobody else sees it. */
static char refused_at_once;
/* In the data slot of a stream that was admitted and whose message is still to come. */
static char waits_for_message;

static void on_unary_begun(struct rpc_call *call);
static void on_unary_message(struct rpc_call *call, struct bytes body);
static void on_unary_cancelled(struct rpc_call *call);
static void on_unary_closed(struct rpc_call *call);
static struct dispatched *dispatched_of(struct rpc_call *call);
static void on_stream_begun(struct rpc_call *call);
static void on_stream_message(struct rpc_call *call, struct bytes message);
static void on_stream_half_closed(struct rpc_call *call);
static void on_stream_cancelled(struct rpc_call *call);
static void on_stream_writable(struct rpc_call *call);
static void on_stream_closed(struct rpc_call *call);
static int admit(struct rpc_call *call);
static const struct rpc_handler *stream_of(struct rpc_call *call);
static const struct service_row *row_of(const struct rpc_call *call);
static void log_outcome(struct rpc_call *call, const char *result, int64_t ms);
static int64_t monotonic_now(void);
static const struct rpc_method *ready_table(const struct server *srv, const char *name);
static size_t count_rows(const char *name);
static void fill_rows(struct rpc_method *at, const char *name, struct server *srv);

static const struct rpc_handler unary_handler = {
	.begun = on_unary_begun,
	.message = on_unary_message,
	.cancelled = on_unary_cancelled,
	.closed = on_unary_closed,
};

static const struct rpc_handler stream_handler = {
	.begun = on_stream_begun,
	.message = on_stream_message,
	.half_closed = on_stream_half_closed,
	.cancelled = on_stream_cancelled,
	.writable = on_stream_writable,
	.closed = on_stream_closed,
};

/* Health and reflection are rpc/'s (introspection.c), metrics are HTTP's (metrics.c). */
static const char *const service_names[] = {"reports",        "reviews",  "requests",
                                            "projects",       "problems", "plans",
                                            "alerts",         "board",    "assessment",
                                            "administration", "health",   "reflection",
                                            METRICS_SERVICE,  NULL};

/* One block: the NULL-ended list of tables, then every table with its ending row. */
const struct rpc_method *const *service_tables(struct server *srv,
                                               const char *const *names)
{
	const struct rpc_method **tables;
	struct rpc_method *at;
	size_t count = 0, rows = 0;

	if (names == NULL)
		names = service_names;
	for (; names[count] != NULL; count++) {
		if (!service_is_known(names[count]))
			return NULL;
		rows += count_rows(names[count]) + 1;
	}
	tables = calloc(1, (count + 1) * sizeof(void *) + rows * sizeof(*at));
	if (tables == NULL)
		return NULL;
	at = (struct rpc_method *)(void *)&tables[count + 1];
	for (size_t i = 0; i < count; i++) {
		tables[i] = ready_table(srv, names[i]);
		if (tables[i] != NULL)
			continue;
		tables[i] = at;
		fill_rows(at, names[i], srv);
		at += count_rows(names[i]) + 1;
	}
	return tables;
}

void service_tables_free(const struct rpc_method *const *tables)
{
	union {
		const struct rpc_method *const *lent;
		void *owned;
	} block = {.lent = tables};

	free(block.owned);
}

bool service_is_known(const char *name)
{
	return count_rows(name) > 0 || strcmp(name, "health") == 0 ||
	       strcmp(name, "reflection") == 0 || strcmp(name, METRICS_SERVICE) == 0;
}

bool service_is_named(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return names == NULL;
}

static const struct rpc_method *ready_table(const struct server *srv, const char *name)
{
	if (strcmp(name, "health") == 0)
		return srv->health;
	return strcmp(name, "reflection") == 0 ? srv->reflection : NULL;
}

static size_t count_rows(const char *name)
{
	size_t count = 0;

	for (const struct service_row *row = service_rows; row->path != NULL; row++)
		count += strcmp(row->service, name) == 0;
	return count;
}

static void fill_rows(struct rpc_method *at, const char *name, struct server *srv)
{
	for (const struct service_row *row = service_rows; row->path != NULL; row++) {
		if (strcmp(row->service, name) != 0)
			continue;
		*at++ = (struct rpc_method){
			.path = row->path,
			.kind = row->unary != NULL ? RPC_UNARY : RPC_SERVER_STREAMING,
			.handler = row->unary != NULL ? &unary_handler : &stream_handler,
			.service = srv,
		};
	}
}

static void on_unary_begun(struct rpc_call *call)
{
	struct dispatched *dispatched =
		arena_new(rpc_call_arena(call), struct dispatched);

	if (dispatched == NULL) {
		rpc_call_set_data(call, &refused_at_once);
		refuse(call, E_NOMEM, NULL);
		return;
	}
	dispatched->magic = DISPATCHED_MAGIC;
	dispatched->began = monotonic_now();
	dispatched->err = E_CANCELLED; /* until the handler says otherwise */
	rpc_call_set_data(call, dispatched);
}

static void on_unary_message(struct rpc_call *call, struct bytes body)
{
	struct dispatched *dispatched = dispatched_of(call);
	int r;

	if (dispatched == NULL)
		return;
	dispatched->handed_out = true;
	r = admit(call);
	if (r < 0)
		refuse(call, r, NULL);
	else
		row_of(call)->unary(rpc_call_service(call), call, body);
}

/* The client went away, or what it sent was too large to be handed on: then no message
 * came, and nobody else will end the call. */
static void on_unary_cancelled(struct rpc_call *call)
{
	struct dispatched *dispatched = dispatched_of(call);

	if (dispatched == NULL || dispatched->handed_out)
		return;
	dispatched->handed_out = true;
	refuse(call, E_CANCELLED, NULL);
}

static struct dispatched *dispatched_of(struct rpc_call *call)
{
	void *data = rpc_call_data(call);
	struct dispatched *dispatched = data;

	if (data == NULL || data == &refused_at_once)
		return NULL;
	CHECK_MAGIC(dispatched, DISPATCHED_MAGIC);
	return dispatched;
}

static int admit(struct rpc_call *call)
{
	const struct server *srv = rpc_call_service(call);
	struct identity caller;
	int r = service_caller(srv, call, &caller);

	if (r < 0)
		return r;
	if ((service_roles(srv, &caller) & row_of(call)->callers) == 0)
		return E_DENIED;
	if (service_roles(srv, &caller) == CALLER_AGENT)
		watch_heard(srv->watch, caller.unit);
	return 0;
}

int service_caller(const struct server *srv, const struct rpc_call *call,
                   struct identity *ret_caller)
{
	return service_peer(srv, rpc_call_peer(call), ret_caller);
}

int service_peer(const struct server *srv, const struct rpc_peer *peer,
                 struct identity *ret_who)
{
	struct identity node, caller;
	int r;

	if (peer == NULL || peer->uris == NULL || peer->uris[0] == NULL)
		return E_ANONYMOUS;
	r = identity_from_uris(peer->uris, &caller);
	if (r < 0)
		return r;
	r = identity_parse(srv->node, &node);
	CHECK(r == 0); /* main read it from our own certificate */
	if (strcmp(caller.domain, node.domain) != 0)
		return E_CERTIFICATE;
	*ret_who = caller;
	return 0;
}

unsigned service_roles(const struct server *srv, const struct identity *who)
{
	if (who->role == ROLE_SIGNER)
		return 0;
	switch (who->kind) {
	case IDENTITY_DISTRICT:
		return who->role == ROLE_AGENT ? CALLER_AGENT : CALLER_PERSON;
	case IDENTITY_DEPARTMENT:
		return service_is_office(srv, who) ? CALLER_DEPARTMENT | CALLER_OFFICE
		                                   : CALLER_DEPARTMENT;
	case IDENTITY_OPERATOR:
		return CALLER_OPERATOR;
	case IDENTITY_NODE:
		return CALLER_NODE;
	}
	return 0;
}

/* The settings name it, because somebody must publish the first plan. */
bool service_is_office(const struct server *srv, const struct identity *who)
{
	return who->kind == IDENTITY_DEPARTMENT &&
	       strcmp(who->unit, srv->settings->office) == 0;
}

bool service_sees_all(const struct identity *who)
{
	return who->kind != IDENTITY_DISTRICT;
}

static const struct service_row *row_of(const struct rpc_call *call)
{
	const char *path = rpc_call_method(call)->path;
	const struct service_row *row = service_rows;

	while (row->path != NULL && strcmp(row->path, path) != 0)
		row++;
	CHECK(row->path != NULL); /* the method table was made from the rows */
	return row;
}

int service_read(struct rpc_call *call, const ProtobufCMessageDescriptor *type,
                 struct bytes body, ProtobufCMessage **ret_message, const char **ret_why)
{
	return wire_unpack(rpc_call_arena(call), type, body, WIRE_LENIENT, ret_message,
	                   ret_why);
}

void service_reply(struct rpc_call *call, const ProtobufCMessage *message)
{
	struct bytes packed;
	int r = wire_pack(rpc_call_arena(call), message, &packed);

	if (r < 0)
		refuse(call, r, NULL);
	else
		service_reply_bytes(call, packed);
}

void service_reply_bytes(struct rpc_call *call, struct bytes message)
{
	service_note(call, 0);
	rpc_call_reply(call, message);
}

void service_note(struct rpc_call *call, int err)
{
	struct dispatched *dispatched;

	if (row_of(call)->unary == NULL)
		return; /* a stream's data slot is its handler's */
	dispatched = dispatched_of(call);
	if (dispatched != NULL)
		dispatched->err = err;
}

static void on_unary_closed(struct rpc_call *call)
{
	const struct dispatched *dispatched = dispatched_of(call);

	if (dispatched != NULL)
		log_outcome(call, err_name(dispatched->err),
		            monotonic_now() - dispatched->began);
}

static void on_stream_begun(struct rpc_call *call)
{
	int r = admit(call);

	log_outcome(call, err_name(r), 0);
	if (r < 0) {
		rpc_call_set_data(call, &refused_at_once);
		refuse(call, r, NULL);
		return;
	}
	if (row_of(call)->streaming->begun != NULL)
		row_of(call)->streaming->begun(call);
	else
		rpc_call_set_data(call, &waits_for_message);
}

/* The handler of an admitted stream; one without callbacks when it was refused, or has
 * not met its handler. */
static const struct rpc_handler *stream_of(struct rpc_call *call)
{
	static const struct rpc_handler nobody;
	const void *data = rpc_call_data(call);

	if (data == &refused_at_once || data == &waits_for_message)
		return &nobody;
	return row_of(call)->streaming;
}

static void on_stream_message(struct rpc_call *call, struct bytes message)
{
	if (rpc_call_data(call) == &waits_for_message)
		rpc_call_set_data(call, NULL);
	if (stream_of(call)->message != NULL)
		stream_of(call)->message(call, message);
}

static void on_stream_half_closed(struct rpc_call *call)
{
	if (stream_of(call)->half_closed != NULL)
		stream_of(call)->half_closed(call);
}

static void on_stream_cancelled(struct rpc_call *call)
{
	if (rpc_call_data(call) == &waits_for_message) {
		rpc_call_set_data(call, &refused_at_once);
		refuse(call, E_CANCELLED, NULL);
	}
	if (stream_of(call)->cancelled != NULL)
		stream_of(call)->cancelled(call);
}

static void on_stream_writable(struct rpc_call *call)
{
	if (stream_of(call)->writable != NULL)
		stream_of(call)->writable(call);
}

static void on_stream_closed(struct rpc_call *call)
{
	if (stream_of(call)->closed != NULL)
		stream_of(call)->closed(call);
}

/* The caller's path and no more: agents and offices, but never a person's name. */
static void log_outcome(struct rpc_call *call, const char *result, int64_t ms)
{
	struct identity caller;
	int known = service_caller(rpc_call_service(call), call, &caller);
	const char *method = strrchr(row_of(call)->path, '/') + 1;

	log_event(LOG_INFO, method, log_str("peer", known == 0 ? caller.path : "unknown"),
	          log_str("result", result), log_int("ms", ms));
}

static int64_t monotonic_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
