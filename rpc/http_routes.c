/* From a path to the row of a table of routes. Tables are short: a look at each row. */
#include <string.h>

#include "rpc/http_state.h"

bool http_routes_valid(const struct rpc_http_route *routes)
{
	for (; routes != NULL && routes->path != NULL; routes++)
		if (routes->path[0] != '/' || routes->handler == NULL ||
		    routes->handler->begun == NULL)
			return false;
	return true;
}

const struct rpc_http_route *http_routes_find(const struct rpc_http_route *routes,
                                              const char *path)
{
	const struct rpc_http_route *best = NULL;
	size_t best_len = 0;

	for (; routes != NULL && routes->path != NULL; routes++) {
		size_t len = strlen(routes->path);

		if (strcmp(routes->path, path) == 0)
			return routes;
		if (routes->path[len - 1] == '/' && len > best_len &&
		    strncmp(routes->path, path, len) == 0) {
			best = routes;
			best_len = len;
		}
	}
	return best;
}

bool http_routes_lack_slash(const struct rpc_http_route *routes, const char *path)
{
	size_t len = strlen(path);

	for (; routes != NULL && routes->path != NULL; routes++)
		if (strncmp(routes->path, path, len) == 0 &&
		    strcmp(routes->path + len, "/") == 0)
			return true;
	return false;
}
