/*
 * Load reports of a server that has none of its own: clients say what it shall report.
 *
 *	UnaryCall's report -> orca_pack() -> orca_report_call() -> the call's trailers
 *	FullDuplexCall's -> orca_pack() -> turn -> orca_report_load() -> current
 *	StreamCoreMetrics -> begin_watch() -> send current -> (interval) -> send current
 *...
 *
 * What can go wrong: a report that is too large is the client's fault, and refused; a
 * watcher that does not read misses reports, and gets the next one that it has room for.
 */
#include "rpc/interop/orca.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "xds/data/orca/v3/orca_load_report.pb-c.h"
#include "xds/service/orca/v3/orca.rpc.h"

#define TRAILER      "endpoint-load-metrics-bin"
#define ENTRIES_MAX  64
#define REPORT_MAX   4096
#define INTERVAL_MIN 1000             /* ms */
#define INTERVAL_MAX (60 * 60 * 1000) /* ms */

/* A call of StreamCoreMetrics; in its arena. */
struct watch {
	unsigned magic;
#define WATCH_MAGIC 0x0c6f3a91U
	struct list node;
	struct rpc_call *call;
	uv_timer_t timer;
	enum rpc_code code; /* how it ends */
};

static struct xds_service_orca_v3_open_rca_service service;
static uv_loop_t *timers;
static struct list watches, turns; /* the first of turns has it */
static uint8_t current[REPORT_MAX];
static size_t current_len;

static void begin_watch(struct xds_service_orca_v3_open_rca_service *of,
                        struct rpc_call *call,
                        const Xds__Service__Orca__V3__OrcaLoadReportRequest *request);
static uint64_t interval_of(const Xds__Service__Orca__V3__OrcaLoadReportRequest *request);
static void tell(struct watch *watch);
static void on_timer(uv_timer_t *timer);
static void cancelled(struct xds_service_orca_v3_open_rca_service *of,
                      struct rpc_call *call);
static void end(struct watch *watch, enum rpc_code code);
static void on_timer_closed(uv_handle_t *handle);
static int copy_entries(struct arena *arena, const Grpc__Testing__TestOrcaReport *report,
                        Xds__Data__Orca__V3__OrcaLoadReport *load);

static const struct xds_service_orca_v3_open_rca_service_handlers handlers = {
	.stream_core_metrics = {.message = begin_watch, .cancelled = cancelled},
};

const struct rpc_method *orca_service(uv_loop_t *loop)
{
	timers = loop;
	list_init(&watches);
	list_init(&turns);
	xds_service_orca_v3_open_rca_service_init(&service, &handlers, NULL);
	return service.methods;
}

static void begin_watch(struct xds_service_orca_v3_open_rca_service *of,
                        struct rpc_call *call,
                        const Xds__Service__Orca__V3__OrcaLoadReportRequest *request)
{
	struct watch *watch = arena_new(rpc_call_arena(call), struct watch);
	uint64_t interval = interval_of(request);

	(void)of;
	if (watch == NULL) {
		rpc_call_refuse(call, RPC_RESOURCE_EXHAUSTED, err_text(E_NOMEM));
		return;
	}
	watch->magic = WATCH_MAGIC;
	watch->call = call;
	list_push(&watches, &watch->node);
	rpc_call_set_data(call, watch);
	CHECK(uv_timer_init(timers, &watch->timer) == 0);
	CHECK(uv_timer_start(&watch->timer, on_timer, interval, interval) == 0);
	tell(watch);
}

static uint64_t interval_of(const Xds__Service__Orca__V3__OrcaLoadReportRequest *request)
{
	const Google__Protobuf__Duration *asked = request->report_interval;

	if (asked == NULL || asked->seconds < INTERVAL_MIN / 1000)
		return INTERVAL_MIN;
	if (asked->seconds >= INTERVAL_MAX / 1000)
		return INTERVAL_MAX;
	return (uint64_t)asked->seconds * 1000 +
	       (uint64_t)(asked->nanos < 0 ? 0 : asked->nanos) / 1000000;
}

static void tell(struct watch *watch)
{
	if (rpc_call_pending(watch->call) == 0)
		(void)rpc_call_send(watch->call, bytes_of(current, current_len));
}

static void on_timer(uv_timer_t *timer)
{
	struct watch *watch = container_of(timer, struct watch, timer);

	CHECK_MAGIC(watch, WATCH_MAGIC);
	tell(watch);
}

static void cancelled(struct xds_service_orca_v3_open_rca_service *of,
                      struct rpc_call *call)
{
	struct watch *watch = rpc_call_data(call);

	(void)of;
	if (watch == NULL) { /* before its request came */
		rpc_call_refuse(call, RPC_CANCELLED, "");
		return;
	}
	CHECK_MAGIC(watch, WATCH_MAGIC);
	end(watch, RPC_CANCELLED);
}

void orca_drain(void)
{
	while (!list_empty(&watches))
		end(list_entry(watches.next, struct watch, node), RPC_UNAVAILABLE);
}

/* The timer lives in the call's arena: it goes first. */
static void end(struct watch *watch, enum rpc_code code)
{
	if (uv_is_closing((uv_handle_t *)&watch->timer))
		return;
	watch->code = code;
	list_remove(&watch->node);
	uv_close((uv_handle_t *)&watch->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct watch *watch = container_of((uv_timer_t *)handle, struct watch, timer);

	CHECK_MAGIC(watch, WATCH_MAGIC);
	rpc_call_refuse(watch->call, watch->code, "");
}

int orca_report_call(struct rpc_call *call, struct bytes packed)
{
	return rpc_call_add_trailer(call, TRAILER, packed);
}

void orca_report_load(struct bytes packed)
{
	CHECK(packed.len <= sizeof(current));
	memcpy(current, packed.data, packed.len);
	current_len = packed.len;
}

int orca_pack(struct arena *arena, const Grpc__Testing__TestOrcaReport *report,
              struct bytes *ret_packed)
{
	Xds__Data__Orca__V3__OrcaLoadReport load =
		XDS__DATA__ORCA__V3__ORCA_LOAD_REPORT__INIT;
	uint8_t *wire;
	size_t size;
	int r;

	load.cpu_utilization = report->cpu_utilization;
	load.mem_utilization = report->memory_utilization;
	r = copy_entries(arena, report, &load);
	if (r < 0)
		return r;
	size = xds__data__orca__v3__orca_load_report__get_packed_size(&load);
	if (size > REPORT_MAX)
		return E_LIMIT;
	wire = arena_alloc(arena, size + 1);
	if (wire == NULL)
		return E_NOMEM;
	(void)xds__data__orca__v3__orca_load_report__pack(&load, wire);
	*ret_packed = bytes_of(wire, size);
	return 0;
}

static int copy_entries(struct arena *arena, const Grpc__Testing__TestOrcaReport *report,
                        Xds__Data__Orca__V3__OrcaLoadReport *load)
{
	struct entries {
		Xds__Data__Orca__V3__OrcaLoadReport__RequestCostEntry cost[ENTRIES_MAX];
		Xds__Data__Orca__V3__OrcaLoadReport__RequestCostEntry *costs[ENTRIES_MAX];
		Xds__Data__Orca__V3__OrcaLoadReport__UtilizationEntry use[ENTRIES_MAX];
		Xds__Data__Orca__V3__OrcaLoadReport__UtilizationEntry *uses[ENTRIES_MAX];
	} *entries = arena_new(arena, struct entries);

	if (entries == NULL)
		return E_NOMEM;
	if (report->n_request_cost > ENTRIES_MAX || report->n_utilization > ENTRIES_MAX)
		return E_LIMIT;
	for (size_t i = 0; i < report->n_request_cost; i++) {
		xds__data__orca__v3__orca_load_report__request_cost_entry__init(
			&entries->cost[i]);
		entries->cost[i].key = report->request_cost[i]->key;
		entries->cost[i].value = report->request_cost[i]->value;
		entries->costs[i] = &entries->cost[i];
	}
	for (size_t i = 0; i < report->n_utilization; i++) {
		xds__data__orca__v3__orca_load_report__utilization_entry__init(
			&entries->use[i]);
		entries->use[i].key = report->utilization[i]->key;
		entries->use[i].value = report->utilization[i]->value;
		entries->uses[i] = &entries->use[i];
	}
	load->request_cost = entries->costs;
	load->n_request_cost = report->n_request_cost;
	load->utilization = entries->uses;
	load->n_utilization = report->n_utilization;
	return 0;
}

void orca_turn_init(struct orca_turn *turn, void (*given)(struct orca_turn *turn))
{
	list_init(&turn->node);
	turn->given = given;
}

bool orca_turn_take(struct orca_turn *turn)
{
	if (list_empty(&turn->node))
		list_push(&turns, &turn->node);
	return turns.next == &turn->node;
}

void orca_turn_release(struct orca_turn *turn)
{
	bool had = !list_empty(&turn->node) && turns.next == &turn->node;

	list_remove(&turn->node);
	if (!had || list_empty(&turns))
		return;
	turn = list_entry(turns.next, struct orca_turn, node);
	turn->given(turn);
}
