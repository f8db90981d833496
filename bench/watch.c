/*
 * Watchers: many open alert streams, and when each got an alert.
 *
 *	connect all -> open all -> "open N" -> (somebody steps the clock) -> one alert
 *each
 *
 * Prints "open N" when every stream has said what time it is, and one JSON object with
 * the monotonic times of the first, the middle and the last alert.
 */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "duban/v1/alerts.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "bench/peer.h"
#include "bench/times.h"
#include "model/wire.h"

#define MEMORY_MAX ((size_t)1 << 30)
#define WATCH      "/duban.v1.Alerts/WatchAlerts"

static struct {
	char *address, *folder;
	int units, per_unit;
	long after;
} options = {.units = 1, .per_unit = 1};

/* clang-format off */
static const struct poptOption option_table[] = {
	{"address", 'a', POPT_ARG_STRING, &options.address, 0, "the centre", "HOST:PORT"},
	{"folder", 'f', POPT_ARG_STRING, &options.folder, 0, "certificates and keys", "FOLDER"},
	{"units", 'u', POPT_ARG_INT, &options.units, 0, "that watch", "N"},
	{"per-unit", 'k', POPT_ARG_INT, &options.per_unit, 0, "streams of each", "N"},
	{"after", 'n', POPT_ARG_LONG, &options.after, 0, "the last alert that is known already", "CURSOR"},
	POPT_AUTOHELP POPT_TABLEEND
};
/* clang-format on */

struct watcher {
	unsigned magic;
#define BENCH_WATCHER_MAGIC 0x6d21f0b7U
	struct rpc_request request;
	struct watch *watch;
	bool open;
	uint64_t told; /* times_now() of its first alert; 0: none yet */
};

struct watch {
	struct arena arena, scratch;
	uv_loop_t loop;
	struct peers *peers;
	struct watcher *watchers;
	size_t open, told;
};

static void read_options(int argc, const char **argv);
static const char **name_units(struct arena *arena, size_t count);
static void on_ready(void *context);
static void on_message(struct rpc_request *request, struct bytes message);
static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers);
static void print_results(const struct watch *watch);

int main(int argc, const char **argv)
{
	static struct watch watch;
	struct peer_options peers = {.ready = on_ready, .context = &watch};

	read_options(argc, argv);
	arena_init(&watch.arena, MEMORY_MAX);
	arena_init(&watch.scratch, MEMORY_MAX);
	(void)uv_loop_init(&watch.loop);
	peers.loop = &watch.loop;
	peers.address = options.address;
	peers.folder = options.folder;
	peers.unit_count = (size_t)options.units;
	peers.units = name_units(&watch.arena, peers.unit_count);
	peers.per_unit = (size_t)options.per_unit;
	watch.peers = peers_open(&peers, &watch.arena);
	(void)uv_run(&watch.loop, UV_RUN_DEFAULT);
	print_results(&watch);
	arena_finish(&watch.scratch);
	arena_finish(&watch.arena);
	return uv_loop_close(&watch.loop) == 0 ? 0 : 1;
}

static void read_options(int argc, const char **argv)
{
	poptContext context = poptGetContext(NULL, argc, argv, option_table, 0);

	if (poptGetNextOpt(context) != -1 || poptPeekArg(context) != NULL ||
	    options.address == NULL || options.folder == NULL || options.units < 1 ||
	    options.per_unit < 1)
		peer_fail("see --help");
	poptFreeContext(context);
}

static const char **name_units(struct arena *arena, size_t count)
{
	const char **units = arena_new_array(arena, count, const char *);

	peer_need(units == NULL ? E_NOMEM : 0, "units");
	for (size_t i = 0; i < count; i++)
		units[i] = arena_printf(arena, "%zu", 430001 + i);
	return units;
}

static void on_ready(void *context)
{
	struct watch *watch = context;
	size_t count = peers_count(watch->peers);
	Duban__V1__WatchAlertsRequest message = DUBAN__V1__WATCH_ALERTS_REQUEST__INIT;
	struct bytes body;

	message.after = (uint64_t)options.after;
	peer_need(wire_pack(&watch->arena, &message.base, &body), "request");
	watch->watchers = arena_new_array(&watch->arena, count, struct watcher);
	peer_need(watch->watchers == NULL ? E_NOMEM : 0, "watchers");
	for (size_t i = 0; i < count; i++) {
		struct watcher *watcher = &watch->watchers[i];

		watcher->magic = BENCH_WATCHER_MAGIC;
		watcher->watch = watch;
		watcher->request = (struct rpc_request){
			.path = WATCH,
			.kind = RPC_SERVER_STREAMING,
			.message = on_message,
			.done = on_done,
		};
		peer_need(rpc_request_unary(peers_channel(watch->peers, i),
		                            &watcher->request, body),
		          "stream");
	}
}

static void on_message(struct rpc_request *request, struct bytes message)
{
	struct watcher *watcher = container_of(request, struct watcher, request);
	struct watch *watch = watcher->watch;
	const Duban__V1__WatchAlertsResponse *response;
	ProtobufCMessage *unpacked;

	CHECK_MAGIC(watcher, BENCH_WATCHER_MAGIC);
	peer_need(wire_unpack(&watch->scratch,
	                      &duban__v1__watch_alerts_response__descriptor, message,
	                      WIRE_LENIENT, &unpacked, NULL),
	          "alert");
	response = (const Duban__V1__WatchAlertsResponse *)unpacked;
	if (!watcher->open) {
		watcher->open = true;
		if (++watch->open == peers_count(watch->peers)) {
			printf("open %zu\n", watch->open);
			(void)fflush(stdout);
		}
	}
	if (response->event_case == DUBAN__V1__WATCH_ALERTS_RESPONSE__EVENT_ALERT &&
	    watcher->told == 0) {
		watcher->told = times_now();
		if (++watch->told == peers_count(watch->peers))
			peers_close(watch->peers);
	}
	arena_finish(&watch->scratch);
}

static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers)
{
	struct watcher *watcher = container_of(request, struct watcher, request);

	(void)trailers;
	CHECK_MAGIC(watcher, BENCH_WATCHER_MAGIC);
	if (watcher->watch->told < peers_count(watcher->watch->peers))
		peer_fail("a stream ended: %s: %s", rpc_code_name(status->code),
		          status->message);
}

static int compare_times(const void *a, const void *b)
{
	const struct watcher *x = a, *y = b;

	return (x->told > y->told) - (x->told < y->told);
}

static void print_results(const struct watch *watch)
{
	size_t count = peers_count(watch->peers);

	qsort(watch->watchers, count, sizeof(watch->watchers[0]), compare_times);
	printf("{\"streams\": %zu, \"first_ns\": %llu, \"p50_ns\": %llu, \"last_ns\": "
	       "%llu}\n",
	       count, (unsigned long long)watch->watchers[0].told,
	       (unsigned long long)watch->watchers[count / 2].told,
	       (unsigned long long)watch->watchers[count - 1].told);
}
