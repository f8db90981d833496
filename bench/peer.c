/* Connections to the centre: all are opened at once, and then stay. */
#include "bench/peer.h"

#include <stdarg.h>
#include <stdio.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"

#define PATH_SIZE  512
#define CONNECT_MS 60000

struct peer {
	unsigned magic;
#define BENCH_PEER_MAGIC 0x9be4c815U
	struct peers *peers;
	struct rpc_channel *channel;
	bool ready;
};

struct peers {
	struct peer_options options;
	struct rpc_tls **tls; /* one a unit */
	struct peer *list;
	size_t count, ready;
};

static void open_unit(struct peers *peers, size_t unit, struct arena *arena);
static void open_one(struct peers *peers, size_t index, struct rpc_tls *tls);
static void on_state(void *context, enum rpc_channel_state state, const char *why);

struct peers *peers_open(const struct peer_options *options, struct arena *arena)
{
	struct peers *peers = arena_new(arena, struct peers);

	peer_need(peers == NULL ? E_NOMEM : 0, "peers");
	peers->options = *options;
	peers->count = options->unit_count * options->per_unit;
	peers->list = arena_new_array(arena, peers->count, struct peer);
	peers->tls = arena_new_array(arena, options->unit_count, struct rpc_tls *);
	peer_need(peers->list == NULL || peers->tls == NULL ? E_NOMEM : 0, "peers");
	for (size_t i = 0; i < options->unit_count; i++)
		open_unit(peers, i, arena);
	return peers;
}

static void open_unit(struct peers *peers, size_t unit, struct arena *arena)
{
	const struct peer_options *options = &peers->options;
	const char *folder = options->folder, *code = options->units[unit];
	struct rpc_tls_options tls = {
		.peer_rule = RPC_PEER_REQUIRED,
		.certificate_file =
			arena_printf(arena, "%s/agent-%s-1.pem", folder, code),
		.key_file = arena_printf(arena, "%s/agent-%s-1.key.pem", folder, code),
		.ca_file = arena_printf(arena, "%s/ca.pem", folder),
	};
	const char *why = "";

	if (rpc_tls_create(&tls, &peers->tls[unit], &why) < 0)
		peer_fail("%s: %s", code, why);
	for (size_t i = 0; i < options->per_unit; i++)
		open_one(peers, unit * options->per_unit + i, peers->tls[unit]);
}

static void open_one(struct peers *peers, size_t index, struct rpc_tls *tls)
{
	const char *const addresses[] = {peers->options.address, NULL};
	struct peer *peer = &peers->list[index];
	struct rpc_channel_options options = {
		.addresses = addresses,
		.server_name = "localhost",
		.tls = tls,
		.connect_timeout = CONNECT_MS,
		.on_state = on_state,
		.context = peer,
	};

	peer->magic = BENCH_PEER_MAGIC;
	peer->peers = peers;
	peer_need(rpc_channel_create(peers->options.loop, &options, &peer->channel),
	          "channel");
	rpc_channel_connect(peer->channel);
}

static void on_state(void *context, enum rpc_channel_state state, const char *why)
{
	struct peer *peer = context;
	struct peers *peers = peer->peers;

	CHECK_MAGIC(peer, BENCH_PEER_MAGIC);
	if (state == RPC_BACKING_OFF)
		peer_fail("connection lost or refused: %s", why);
	if (state != RPC_READY || peer->ready)
		return;
	peer->ready = true;
	if (++peers->ready == peers->count)
		peers->options.ready(peers->options.context);
}

size_t peers_count(const struct peers *peers)
{
	return peers->count;
}

struct rpc_channel *peers_channel(const struct peers *peers, size_t index)
{
	return peers->list[index].channel;
}

void peers_close(struct peers *peers)
{
	for (size_t i = 0; i < peers->count; i++)
		rpc_channel_close(peers->list[i].channel, NULL, NULL);
	for (size_t i = 0; i < peers->options.unit_count; i++)
		rpc_tls_destroy(peers->tls[i]);
}

void peer_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	exit(1);
}

void peer_need(int r, const char *what)
{
	if (r != 0)
		peer_fail("%s: %s", what, err_text(r));
}

struct bytes peer_read_file(struct arena *arena, const char *path)
{
	AUTO(fclosep) FILE *file = fopen(path, "r");
	char chunk[4096];
	char *text = arena_strdup(arena, "");
	size_t len = 0, n;

	if (file == NULL)
		peer_fail("%s cannot be read", path);
	while (text != NULL && (n = fread(chunk, 1, sizeof(chunk), file)) > 0) {
		char *longer = arena_alloc(arena, len + n + 1);

		peer_need(longer == NULL ? E_NOMEM : 0, path);
		memcpy(longer, text, len);
		memcpy(longer + len, chunk, n);
		text = longer;
		len += n;
	}
	return bytes_of(text, len);
}
