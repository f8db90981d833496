/*
 * The load: many units submit reports at once, as fast as they are answered.
 *
 *	sign all -> connect all -> clock starts -> N in flight a connection -> all
 *answered
 *	                                                        -> clock stops -> verify
 *some
 *
 * Prints one JSON object. `--echo` calls a method that does not exist instead: what TLS
 * and HTTP/2 cost with nothing behind them.
 */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <uv.h>

#include "duban/v1/reports.pb-c.h"

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "bench/peer.h"
#include "bench/sample.h"
#include "bench/times.h"
#include "model/receipt.h"
#include "model/wire.h"

#define MEMORY_MAX  ((size_t)4 << 30)
#define VERIFY_EACH 8 /* one receipt in so many is verified */
#define SUBMIT      "/duban.v1.Reports/SubmitReport"
#define NOTHING     "/duban.v1.Reports/Nothing"

static struct {
	char *address, *folder, *period;
	int units, first_unit, sections, plans, in_flight, limit, echo;
} options = {.units = 1, .sections = 1, .plans = 1, .in_flight = 1};

/* clang-format off */
static const struct poptOption option_table[] = {
	{"address", 'a', POPT_ARG_STRING, &options.address, 0, "the centre", "HOST:PORT"},
	{"folder", 'f', POPT_ARG_STRING, &options.folder, 0, "certificates and keys", "FOLDER"},
	{"period", 'p', POPT_ARG_STRING, &options.period, 0, "of every report", "2022-07"},
	{"units", 'u', POPT_ARG_INT, &options.units, 0, "connections, one a unit", "N"},
	{"sections", 's', POPT_ARG_INT, &options.sections, 0, "of each plan", "N"},
	{"plans", 'n', POPT_ARG_INT, &options.plans, 0, "bench-1 and so on", "N"},
	{"in-flight", 'i', POPT_ARG_INT, &options.in_flight, 0, "calls at once on a connection", "N"},
	{"limit", 'l', POPT_ARG_INT, &options.limit, 0, "reports of a unit; 0: all it owes", "N"},
	{"echo", 'e', POPT_ARG_NONE, &options.echo, 0, "only call, store nothing", NULL},
	POPT_AUTOHELP POPT_TABLEEND
};
/* clang-format on */

/* One report, and what came of it. */
struct item {
	struct sample sample;
	struct bytes answer;
	uint64_t sent, answered; /* times_now() */
};

/* One call at a time. */
struct slot {
	unsigned magic;
#define BENCH_SLOT_MAGIC 0x3f90a6d2U
	struct rpc_request request;
	struct load *load;
	size_t unit;
	struct item *item;
};

struct load {
	struct arena arena;
	uv_loop_t loop;
	struct peers *peers;
	struct trust *trust;
	const char **units;
	struct item *items; /* of unit u: from u * per_unit on */
	size_t per_unit, count, answered;
	size_t *next; /* of each unit */
	struct slot *slots;
	uint64_t started, ended;
	struct rusage before;
};

static void read_options(int argc, const char **argv);
static void sign_all(struct load *load);
static void sign_unit(struct load *load, size_t unit, struct signer *signer);
static void on_ready(void *context);
static void send_next(struct slot *slot);
static void on_message(struct rpc_request *request, struct bytes message);
static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers);
static void print_results(struct load *load);
static size_t verify_some(struct load *load, double *ret_group);
static const struct receipt_body *verify(struct load *load, const struct item *item,
                                         uint32_t *ret_group);

int main(int argc, const char **argv)
{
	static struct load load;
	struct peer_options peers = {.per_unit = 1, .ready = on_ready, .context = &load};

	read_options(argc, argv);
	arena_init(&load.arena, MEMORY_MAX);
	(void)uv_loop_init(&load.loop);
	sign_all(&load);
	peers.loop = &load.loop;
	peers.address = options.address;
	peers.folder = options.folder;
	peers.units = load.units;
	peers.unit_count = (size_t)options.units;
	load.peers = peers_open(&peers, &load.arena);
	(void)uv_run(&load.loop, UV_RUN_DEFAULT);
	print_results(&load);
	trust_unref(load.trust);
	arena_finish(&load.arena);
	return uv_loop_close(&load.loop) == 0 ? 0 : 1;
}

static void read_options(int argc, const char **argv)
{
	poptContext context = poptGetContext(NULL, argc, argv, option_table, 0);

	if (poptGetNextOpt(context) != -1 || poptPeekArg(context) != NULL ||
	    options.address == NULL || options.folder == NULL || options.period == NULL ||
	    options.units < 1 || options.sections < 1 || options.plans < 1 ||
	    options.in_flight < 1 || options.limit < 0)
		peer_fail("see --help");
	poptFreeContext(context);
}

static void sign_all(struct load *load)
{
	struct arena *arena = &load->arena;
	size_t units = (size_t)options.units;
	struct bytes cas =
		peer_read_file(arena, arena_printf(arena, "%s/ca.pem", options.folder));
	const char *why = "";

	if (trust_create(cas, bytes_of(NULL, 0), &load->trust, &why) != 0)
		peer_fail("%s", why);
	load->per_unit = (size_t)options.sections * (size_t)options.plans;
	if (options.limit > 0 && (size_t)options.limit < load->per_unit)
		load->per_unit = (size_t)options.limit;
	load->count = units * load->per_unit;
	load->units = arena_new_array(arena, units, const char *);
	load->items = arena_new_array(arena, load->count, struct item);
	load->next = arena_new_array(arena, units, size_t);
	load->slots =
		arena_new_array(arena, units * (size_t)options.in_flight, struct slot);
	peer_need(load->units == NULL || load->items == NULL || load->next == NULL ||
	                          load->slots == NULL
	                  ? E_NOMEM
	                  : 0,
	          "reports");
	for (size_t i = 0; i < units; i++) {
		AUTO(signer_closep) struct signer *signer = NULL;

		load->units[i] = arena_printf(arena, "%zu", 430001 + i);
		if (signer_open(arena_printf(arena, "%s/signer-%s-1.key.pem",
		                             options.folder, load->units[i]),
		                arena_printf(arena, "%s/signer-%s-1.pem", options.folder,
		                             load->units[i]),
		                &signer, &why) != 0)
			peer_fail("%s", why);
		sign_unit(load, i, signer);
	}
}

static void sign_unit(struct load *load, size_t unit, struct signer *signer)
{
	for (size_t i = 0; i < load->per_unit; i++) {
		size_t sections = (size_t)options.sections;
		struct sample_subject subject = {
			.plan = arena_printf(&load->arena, "bench-%zu", i / sections + 1),
			.unit = load->units[unit],
			.section = arena_printf(&load->arena, "%zu", i % sections + 1),
			.period = options.period,
		};
		struct item *item = &load->items[unit * load->per_unit + i];

		peer_need(sample_make(&load->arena, signer, &subject, &item->sample),
		          "signing");
	}
}

static void on_ready(void *context)
{
	struct load *load = context;

	(void)getrusage(RUSAGE_SELF, &load->before);
	load->started = times_now();
	for (size_t i = 0; i < (size_t)options.units * (size_t)options.in_flight; i++) {
		struct slot *slot = &load->slots[i];

		slot->magic = BENCH_SLOT_MAGIC;
		slot->load = load;
		slot->unit = i % (size_t)options.units;
		send_next(slot);
	}
}

static void send_next(struct slot *slot)
{
	struct load *load = slot->load;
	size_t next = load->next[slot->unit];

	if (next == load->per_unit)
		return;
	load->next[slot->unit]++;
	slot->item = &load->items[slot->unit * load->per_unit + next];
	slot->item->sent = times_now();
	slot->request = (struct rpc_request){
		.path = options.echo ? NOTHING : SUBMIT,
		.kind = RPC_UNARY,
		.message = on_message,
		.done = on_done,
	};
	peer_need(rpc_request_unary(peers_channel(load->peers, slot->unit),
	                            &slot->request, slot->item->sample.request),
	          "request");
}

static void on_message(struct rpc_request *request, struct bytes message)
{
	struct slot *slot = container_of(request, struct slot, request);

	CHECK_MAGIC(slot, BENCH_SLOT_MAGIC);
	slot->item->answer = arena_copy(&slot->load->arena, message);
}

static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers)
{
	struct slot *slot = container_of(request, struct slot, request);
	struct load *load = slot->load;

	(void)trailers;
	CHECK_MAGIC(slot, BENCH_SLOT_MAGIC);
	slot->item->answered = times_now();
	if (status->code != (options.echo ? RPC_UNIMPLEMENTED : RPC_OK))
		peer_fail("%s: %s", rpc_code_name(status->code), status->message);
	if (++load->answered == load->count) {
		load->ended = times_now();
		peers_close(load->peers);
	} else {
		send_next(slot);
	}
}

static double cpu_us(const struct timeval *from, const struct timeval *to)
{
	return (double)(to->tv_sec - from->tv_sec) * 1e6 +
	       (double)(to->tv_usec - from->tv_usec);
}

static void print_results(struct load *load)
{
	uint64_t *times = arena_new_array(&load->arena, load->count, uint64_t);
	double seconds = (double)(load->ended - load->started) / 1e9, group = 0;
	struct rusage after;
	size_t verified = 0;

	(void)getrusage(RUSAGE_SELF, &after);
	peer_need(times == NULL ? E_NOMEM : 0, "results");
	if (!options.echo)
		verified = verify_some(load, &group);
	for (size_t i = 0; i < load->count; i++)
		times[i] = load->items[i].answered - load->items[i].sent;
	times_sort(times, load->count);
	printf("{\"calls\": %zu, \"seconds\": %.3f, \"per_second\": %.0f, "
	       "\"p50_us\": %.0f, \"p99_us\": %.0f, \"min_us\": %.0f, \"max_us\": %.0f, "
	       "\"verified\": %zu, \"group\": %.1f, \"generator_us\": %.1f, "
	       "\"request_bytes\": %zu, \"payload_bytes\": %zu}\n",
	       load->count, seconds, (double)load->count / seconds,
	       times_percentile(times, load->count, 50),
	       times_percentile(times, load->count, 99),
	       times_percentile(times, load->count, 0),
	       times_percentile(times, load->count, 100), verified, group,
	       (cpu_us(&load->before.ru_utime, &after.ru_utime) +
	        cpu_us(&load->before.ru_stime, &after.ru_stime)) /
	               (double)load->count,
	       load->items[0].sample.request.len, load->items[0].sample.payload.len);
}

/* @ret_group: of the receipts that were looked at, how many share a commit; averaged over
 * commits, so each counts by what it adds to its own. */
static size_t verify_some(struct load *load, double *ret_group)
{
	double commits = 0;
	size_t verified = 0;

	for (size_t i = 0; i < load->count; i += VERIFY_EACH) {
		uint32_t group = 1;

		if (verify(load, &load->items[i], &group) == NULL)
			peer_fail("a receipt does not verify");
		commits += 1.0 / group;
		verified++;
	}
	*ret_group = (double)verified / commits;
	return verified;
}

static const struct receipt_body *verify(struct load *load, const struct item *item,
                                         uint32_t *ret_group)
{
	const Duban__V1__SubmitReportResponse *response;
	const struct receipt_body *body = NULL;
	struct arena *arena = &load->arena;
	ProtobufCMessage *message;
	struct bytes receipt;

	peer_need(wire_unpack(arena, &duban__v1__submit_report_response__descriptor,
	                      item->answer, WIRE_LENIENT, &message, NULL),
	          "answer");
	response = (const Duban__V1__SubmitReportResponse *)message;
	if (response->receipt == NULL)
		peer_fail("an answer without a receipt");
	*ret_group = response->receipt->tree_size;
	peer_need(wire_pack(arena, &response->receipt->base, &receipt), "receipt");
	peer_need(receipt_verify(arena, load->trust, receipt, item->sample.id,
	                         item->sample.payload, (int64_t)time(NULL), &body),
	          "receipt");
	return body;
}
