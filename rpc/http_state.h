/* A plain HTTP request as call.c sees it: an rpc_call whose messages are not framed. */
#ifndef RPC_HTTP_STATE_H
#define RPC_HTTP_STATE_H

#include <nghttp2/nghttp2.h>

#include "rpc/http.h"
#include "rpc/metadata.h"

struct rpc_call;
struct rpc_status;

/* In its call's arena. */
struct rpc_http {
	unsigned magic;
#define RPC_HTTP_MAGIC 0x51c7e40bU
	struct rpc_call *call;
	const struct rpc_http_route *route; /* NULL: refused before it began */
	const char *target;                 /* as it was sent */
	const char *path, *query;
	void *data;
	bool is_head;
	bool started; /* the answer's headers are made */
	bool no_body; /* they leave at the end, alone */
	int64_t left; /* of the length that was announced; less than 0: none was */
	struct rpc_metadata headers; /* of the answer, sent as they are */
	const nghttp2_nv *fields;    /* all of the answer's block, for no_body */
	size_t count;
	unsigned refusal; /* the HTTP status of an answer of ours, and its words */
	const char *why;
};

/* The headers of a request that is no gRPC are complete: give @call->http, and either a
 * method that begins it or a refusal. E_NOMEM: neither. */
int http_judge(struct rpc_call *call);
/* The end of @call->http's answer, as rpc_call_finish() or the server wants it. E_NOMEM.
 */
int http_send_end(struct rpc_call *call, const struct rpc_status *status);

/* May these be a header of an answer? */
bool http_header_valid(const char *name, const char *value);
/* Give the answer a location: where the request went, with a slash. E_NOMEM. */
int http_add_slash(struct rpc_http *http);

/* Are the routes of a table such that they can be served? */
bool http_routes_valid(const struct rpc_http_route *routes);
/* The row that serves a decoded path; NULL: none does. */
const struct rpc_http_route *http_routes_find(const struct rpc_http_route *routes,
                                              const char *path);
/* Is it a folder's path whose last slash was left out? */
bool http_routes_lack_slash(const struct rpc_http_route *routes, const char *path);

#endif
