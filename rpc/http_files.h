/*
 * A folder served read-only: a handler of rpc/http.h that is ready to use.
 *
 *	rpc_http_files_create(loop, &(struct rpc_http_files_options){.folder = "web"},
 *	                      &files);
 *	routes[0] = rpc_http_files_route("/board/", files);
 *
 * Files are read in libuv's thread pool, 64 KiB at a time and no faster than the client
 * takes them; one that waits for a slow client is closed meanwhile, so that many such
 * clients cost no descriptors. A file that is changed before it is sent whole is cut, and
 * the client sees that. Each has an ETag (its time and size), so that If-None-Match is
 * answered 304; a content type by its name; and "nosniff". A folder's path without its
 * slash is redirected, with it the index is shown.
 *
 * Never served: names that begin with a dot, whatever is not a regular file, and what
 * lies outside the folder, also when a symbolic link leads there (links that stay inside
 * are followed). All of these are 404, as what does not exist.
 */
#ifndef RPC_HTTP_FILES_H
#define RPC_HTTP_FILES_H

#include <stddef.h>

#include "base/api.h"
#include "rpc/http.h"

BASE_API_BEGIN

typedef struct uv_loop_s uv_loop_t;
struct rpc_http_files;

/* NULL and zero mean the default that stands in brackets. All is copied. */
struct rpc_http_files_options {
	/* Looked up anew for each request: a link that is moved serves the new. */
	const char *folder;
	const char *index;         /* for a path that ends in "/" ["index.html"] */
	const char *cache_control; /* ["no-cache": kept, but asked for each time] */
	/* More headers of each file: name, value, name, value, NULL [none]. */
	const char *const *headers;
};

/* E_NOT_FOUND: the folder is none; E_SYNTAX: a header that is not allowed; E_NOMEM. */
int rpc_http_files_create(uv_loop_t *loop, const struct rpc_http_files_options *options,
                          struct rpc_http_files **ret_files);
/* Only when no request is left: when the server is closed. Accepts NULL. */
void rpc_http_files_destroy(struct rpc_http_files *files);
/* For __attribute__((cleanup)). */
static inline void rpc_http_files_destroyp(struct rpc_http_files **files)
{
	rpc_http_files_destroy(*files);
}

/* A row for rpc_listener_options.http. @path ends in "/": the folder. Borrows both. */
struct rpc_http_route rpc_http_files_route(const char *path,
                                           struct rpc_http_files *files);

BASE_API_END

#endif
