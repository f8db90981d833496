/* The target of an HTTP request: "/board/%E6%9C%88?unit=yuhua". Pure. */
#ifndef RPC_HTTP_TARGET_H
#define RPC_HTTP_TARGET_H

#include "base/arena.h"
#include "base/bytes.h"

/* In two at the first "?"; @ret_query is empty without one. */
void http_target_split(struct bytes target, struct bytes *ret_path,
                       struct bytes *ret_query);
/*
 * Decode a path.
 *
 *   E_SYNTAX  not from the root; a "%" without two digits; an encoded slash; a segment
 *             "." or ".."; a control character; no UTF-8
 *   E_NOMEM
 */
int http_path_decode(struct arena *arena, struct bytes path, const char **ret_path);
/* The first parameter @name of a query; codes as rpc_http_parameter(). */
int http_query_find(struct arena *arena, struct bytes query, const char *name,
                    const char **ret_value);
/* Does the value of an If-None-Match header, @list, name @etag? Compared weakly. */
bool http_etag_listed(const char *list, const char *etag);

#endif
