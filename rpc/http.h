/*
 * Plain HTTP/2 beside gRPC, on the same listener: GET and HEAD on paths of your own, for
 * a page, its files, JSON, metrics.
 *
 * The life of a request:
 *
 *	begun -> rpc_http_reply()                                            -> closed
 *	      -> rpc_http_start -> (rpc_http_send ...) -> rpc_http_end       -> closed
 *	      \-> cancelled (at any point before the end)
 *
 * - begun: path, query, headers and peer are known. A body, which GET may have but which
 *   means nothing there, was thrown away (or is, when it took more than a second).
 * - cancelled: the client went away or gave up, or the server gave it up; nothing that is
 *   sent from now on arrives. The handler must still end the request.
 * - The handler ends the request exactly once, always, at once or later: by
 *   rpc_http_reply(), rpc_http_end() or rpc_http_abort(). From then on it must not touch
 *   the request.
 * - closed: the last byte has been handed to the connection, or it is gone.
 *
 * Any callback but begun may be NULL. Everything runs on the loop's thread.
 *
 * What the library does by itself: HEAD is answered as GET without the body; other
 * methods on a route's path are told 405 with Allow; a path that is malformed, or that
 * holds "." or "..", an encoded slash, a control character or what is no UTF-8, 400;
 * a path that is nobody's 404. Requests count as calls for every limit of rpc/server.h,
 * for idleness and for drain. While answers wait on a connection, more than half of
 * rpc_server_options.connection_send_max, further requests on it begin later. A client
 * that takes nothing of an answer for request_timeout is cut off.
 *
 * What it does not do: POST and other methods with bodies (that is what gRPC is for
 * here), ranges, compression, HTTP/1.1, and a Date header, because rpc/ reads no clock.
 */
#ifndef RPC_HTTP_H
#define RPC_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/api.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

BASE_API_BEGIN

struct rpc_http;
struct rpc_peer;

struct rpc_http_handler {
	void (*begun)(struct rpc_http *http);
	/* The outgoing buffer fell below its low mark after rpc_http_send() said E_BUSY.
	 */
	void (*writable)(struct rpc_http *http);
	void (*cancelled)(struct rpc_http *http);
	void (*closed)(struct rpc_http *http);
};

/* A row of a listener's table of routes, which a row without a path ends. */
struct rpc_http_route {
	/* "/metrics": this path; "/board/": it, and all that begins with it ("/board" is
	 * sent there). The longest that fits serves. As people write it, not encoded. */
	const char *path;
	const struct rpc_http_handler *handler;
	void *context; /* what rpc_http_context() returns */
};

/* The request. Strings live as long as it does. */

void *rpc_http_context(const struct rpc_http *http);
/* Lives as long as the request; its limit is rpc_server_options.call_memory_max. */
struct arena *rpc_http_arena(struct rpc_http *http);
const struct rpc_peer *rpc_http_peer(const struct rpc_http *http);
bool rpc_http_is_head(const struct rpc_http *http);
/* Decoded, without the query: valid UTF-8. */
const char *rpc_http_path(const struct rpc_http *http);
/* The path behind the route's: "" or, below "/board/", "css/board.css". */
const char *rpc_http_rest(const struct rpc_http *http);
/* What stands behind the "?", as it was sent; "" without one. */
const char *rpc_http_query(const struct rpc_http *http);
/*
 * One parameter of a query as forms write it ("a=1&b=x+y%21"), decoded; the first of
 * several. One without a "=" is "".
 *
 *   E_NOT_FOUND  it is not there
 *   E_SYNTAX     its value is badly encoded, no UTF-8, or holds a NUL
 *   E_NOMEM
 */
int rpc_http_parameter(struct rpc_http *http, const char *name, const char **ret_value);
/* A header, by its name in small letters; several are joined by commas (cookies by
 * semicolons) as HTTP says. NULL: not there, or no memory. */
const char *rpc_http_header(struct rpc_http *http, const char *name);
/* Does If-None-Match say that the client has @etag ("\"abc\"", quotes included)? Then
 * answer 304. */
bool rpc_http_client_has(struct rpc_http *http, const char *etag);

/* The handler's own state; NULL until set. */
void rpc_http_set_data(struct rpc_http *http, void *data);
void *rpc_http_data(const struct rpc_http *http);
/* True from the cancelled callback on. */
bool rpc_http_is_cancelled(const struct rpc_http *http);

/* The answer. */

/* A header besides content-type and content-length; both are copied. E_SYNTAX: not
 * allowed in HTTP/2 (names are small letters); E_STATE: the headers were sent;
 * E_NOMEM. */
int rpc_http_add_header(struct rpc_http *http, const char *name, const char *value);

/*
 * Answer with all of @body, which is copied, and end the request. @status: 200 to 599;
 * @type: "text/html; charset=utf-8", NULL for none, must live until closed (a literal
 * does). A body larger than rpc_server_options.send_buffer_max becomes a 500: send such
 * piece by piece.
 */
void rpc_http_reply(struct rpc_http *http, unsigned status, const char *type,
                    struct bytes body);
/* The same with a line of text for people: for errors. */
void rpc_http_refuse(struct rpc_http *http, unsigned status, const char *text);

/*
 * Begin an answer that is sent piece by piece. @length: of the whole body, or less than 0
 * when it is not known. E_STATE: begun already; E_CANCELLED: nobody will receive it;
 * E_NOMEM.
 */
int rpc_http_start(struct rpc_http *http, unsigned status, const char *type,
                   int64_t length);
/*
 * Send a piece; it is copied.
 *
 *   E_BUSY       taken, but the buffer is over its high mark (64 KiB): send no more until
 *                writable. A handler that goes on regardless gets
 *   E_LIMIT      not taken: rpc_server_options.send_buffer_max or connection_send_max
 *                would be passed, or the length that was announced
 *   E_CANCELLED  not taken: nobody will receive it, or (HEAD) nobody wants it; end it
 *   E_STATE      not begun      E_NOMEM  not taken
 */
int rpc_http_send(struct rpc_http *http, struct bytes piece);
/* The body is whole. One that is shorter than announced is aborted. */
void rpc_http_end(struct rpc_http *http);
/* Give up: the client sees a 500, or, when something was sent, that the answer is cut. */
void rpc_http_abort(struct rpc_http *http);

BASE_API_END

#endif
