/* From a path to the row of a method table: a hash table that is made once. */
#include "rpc/routes.h"

#include <stdlib.h>

#include "base/err.h"

struct routes {
	size_t size; /* a power of two, at least twice the number of rows */
	const struct rpc_method *rows[];
};

static size_t count(const struct rpc_method *const *services);
static void add(struct routes *routes, const struct rpc_method *row);
static size_t hash(struct bytes path);

int routes_create(const struct rpc_method *const *services, struct routes **ret_routes)
{
	size_t size = 16, rows = count(services);
	struct routes *routes;

	while (size < 2 * rows)
		size *= 2;
	routes = calloc(1, sizeof(*routes) + size * sizeof(routes->rows[0]));
	if (routes == NULL)
		return E_NOMEM;
	routes->size = size;
	for (; services != NULL && *services != NULL; services++)
		for (const struct rpc_method *row = *services; row->path != NULL; row++)
			add(routes, row);
	*ret_routes = routes;
	return 0;
}

void routes_destroy(struct routes *routes)
{
	free(routes);
}

static size_t count(const struct rpc_method *const *services)
{
	size_t rows = 0;

	for (; services != NULL && *services != NULL; services++)
		for (const struct rpc_method *row = *services; row->path != NULL; row++)
			rows++;
	return rows;
}

static void add(struct routes *routes, const struct rpc_method *row)
{
	struct bytes path = bytes_of_str(row->path);
	size_t at = hash(path) & (routes->size - 1);

	if (routes_find(routes, path) != NULL)
		return;
	while (routes->rows[at] != NULL)
		at = (at + 1) & (routes->size - 1);
	routes->rows[at] = row;
}

const struct rpc_method *routes_find(const struct routes *routes, struct bytes path)
{
	size_t at = hash(path) & (routes->size - 1);

	for (; routes->rows[at] != NULL; at = (at + 1) & (routes->size - 1))
		if (bytes_equal(bytes_of_str(routes->rows[at]->path), path))
			return routes->rows[at];
	return NULL;
}

/* FNV-1a. The rows are ours, so nobody can choose keys that collide. */
static size_t hash(struct bytes path)
{
	uint64_t value = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < path.len; i++)
		value = (value ^ path.data[i]) * UINT64_C(1099511628211);
	return (size_t)(value ^ value >> 32);
}
