/* Connections to the centre, as the agents of many units. */
#ifndef DUBAN_BENCH_PEER_H
#define DUBAN_BENCH_PEER_H

#include <stddef.h>

#include "base/arena.h"
#include "rpc/channel.h"

struct peers;

struct peer_options {
	uv_loop_t *loop;
	const char *address; /* "127.0.0.1:7443" */
	const char *folder;  /* agent-<unit>-1.pem and .key.pem, ca.pem; see pki.py */
	const char *const *units;
	size_t unit_count, per_unit;  /* connections of each */
	void (*ready)(void *context); /* all are connected: once */
	void *context;
};

/* Begin to connect. Copies @options, borrows what they point at. Anything that goes
 * wrong, then or later, ends the program. */
struct peers *peers_open(const struct peer_options *options, struct arena *arena);
size_t peers_count(const struct peers *peers);
/* Channels of one unit stand together. */
struct rpc_channel *peers_channel(const struct peers *peers, size_t index);
void peers_close(struct peers *peers);

/* Say why and end the program: a benchmark that went wrong has no result. */
_Noreturn void peer_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* fail() unless @r is 0, with the error's text. */
void peer_need(int r, const char *what);
/* A file's content, with a NUL behind it. */
struct bytes peer_read_file(struct arena *arena, const char *path);

#endif
