/*
 * The services of duband: which paths there are, who may call them, and the dispatcher
 * that every request goes through.
 *
 *	peer -> identity (trust domain) -> role -> handler -> one log line
 *
 * What is not in the table is refused; a row that names nobody admits nobody. Unit-level
 * rights (a district's own reports) are the handler's: it asks service_caller().
 */
#ifndef DUBAN_SERVER_SERVICE_H
#define DUBAN_SERVER_SERVICE_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "base/bytes.h"
#include "model/identity.h"
#include "rpc/call.h"

struct rpc_peer;
struct server;

/* Who may call, as a set. Signers never call anything. */
enum caller {
	CALLER_AGENT = 1 << 0,      /* a district's agent */
	CALLER_PERSON = 1 << 1,     /* a district's person */
	CALLER_DEPARTMENT = 1 << 2, /* an office of the bureau, 局办公室 included */
	CALLER_OFFICE = 1 << 3,     /* 局办公室 */
	CALLER_OPERATOR = 1 << 4,
	CALLER_NODE = 1 << 5, /* another duband */
};
#define CALLER_DISTRICT (CALLER_AGENT | CALLER_PERSON)
#define CALLER_ANYBODY                                                           \
	(CALLER_DISTRICT | CALLER_DEPARTMENT | CALLER_OFFICE | CALLER_OPERATOR | \
	 CALLER_NODE)

struct service_row {
	const char *service; /* as settings name it: "reports" */
	const char *path;    /* "/duban.v1.Reports/SubmitReport" */
	unsigned callers;    /* enum caller, or-ed; 0 admits nobody */
	/* Takes @call: it is ended exactly once, now or later, by service_reply() or
	 * refuse(). @body is borrowed until the handler returns. */
	void (*unary)(struct server *srv, struct rpc_call *call, struct bytes body);
	/* Instead; called only when admitted. It owns rpc_call_set_data(). */
	const struct rpc_handler *streaming;
};
/* Ended by a row without a path. */
extern const struct service_row service_rows[];

/*
 * The method tables of the services called @names (NULL-ended; NULL: all), for a
 * listener; metrics have an empty one (metrics.h). rpc_call_service() is @srv in every
 * handler.
 *
 * Returns NULL for a name that is not known, or without memory. Gives the tables: free
 * them with service_tables_free() after the listener is closed.
 */
const struct rpc_method *const *service_tables(struct server *srv,
                                               const char *const *names);
void service_tables_free(const struct rpc_method *const *tables);
bool service_is_known(const char *name);
/* Is @name among @names, as above? */
bool service_is_named(const char *const *names, const char *name);

/*
 * Who calls.
 *
 *   E_ANONYMOUS    without a certificate
 *   E_CERTIFICATE  not exactly one identity, not one of ours, or of another trust domain
 */
int service_caller(const struct server *srv, const struct rpc_call *call,
                   struct identity *ret_caller);
/* The same of somebody who makes no call. */
int service_peer(const struct server *srv, const struct rpc_peer *peer,
                 struct identity *ret_who);
/* The set that @who belongs to; 0 for signers. */
unsigned service_roles(const struct server *srv, const struct identity *who);
bool service_is_office(const struct server *srv, const struct identity *who);
/* Sees what all districts do: everybody but districts. */
bool service_sees_all(const struct identity *who);

/* Read a request into the call's arena, leniently. Errors of wire_unpack(); @ret_why
 * is set when E_SYNTAX is returned. */
int service_read(struct rpc_call *call, const ProtobufCMessageDescriptor *type,
                 struct bytes body, ProtobufCMessage **ret_message, const char **ret_why);
/* End a call well. @message is packed into the call's arena. */
void service_reply(struct rpc_call *call, const ProtobufCMessage *message);
void service_reply_bytes(struct rpc_call *call, struct bytes message);
/* For refuse.c: the outcome that the request's log line will show. */
void service_note(struct rpc_call *call, int err);

#endif
