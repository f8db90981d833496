/* Cases of load reports (ORCA): of one call, and of the server. */
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "rpc/interop/client.h"
#include "rpc/typed.h"
#include "xds/data/orca/v3/orca_load_report.pb-c.h"
#include "xds/service/orca/v3/orca.rpc.h"

#define INTERVAL 1    /* s */
#define PATIENCE 5000 /* ms, for a report to come out of band */
#define MEMORY   (64 * 1024)

/* What is told and must come back. 0: none of it. */
struct load {
	double processor, memory, cost, use; /* not a quantity: shares and a price */
};

struct watch {
	struct xds_service_orca_v3_open_rca_service_stream_core_metrics_call call;
	const struct load *wanted;
	bool seen; /* the one that is wanted */
	bool ended;
};

/* Room for a report as it is told. */
struct told {
	Grpc__Testing__TestOrcaReport report;
	Grpc__Testing__TestOrcaReport__RequestCostEntry cost, *costs[1];
	Grpc__Testing__TestOrcaReport__UtilizationEntry use, *uses[1];
};

static char cost_name[] = "cost", use_name[] = "util";

static Grpc__Testing__TestOrcaReport *tell(struct told *told, const struct load *load)
{
	grpc__testing__test_orca_report__init(&told->report);
	grpc__testing__test_orca_report__request_cost_entry__init(&told->cost);
	grpc__testing__test_orca_report__utilization_entry__init(&told->use);
	told->report.cpu_utilization = load->processor;
	told->report.memory_utilization = load->memory;
	told->cost.key = cost_name;
	told->cost.value = load->cost;
	told->costs[0] = &told->cost;
	told->report.request_cost = told->costs;
	told->report.n_request_cost = load->cost > 0;
	told->use.key = use_name;
	told->use.value = load->use;
	told->uses[0] = &told->use;
	told->report.utilization = told->uses;
	told->report.n_utilization = 1;
	return &told->report;
}

static bool is_same(double a, double b) /* not a quantity */
{
	uint64_t left, right; /* bit by bit: what was sent must come back */

	memcpy(&left, &a, sizeof(a));
	memcpy(&right, &b, sizeof(b));
	return left == right;
}

static bool is_load(const Xds__Data__Orca__V3__OrcaLoadReport *got,
                    const struct load *load)
{
	if (!is_same(got->cpu_utilization, load->processor) ||
	    !is_same(got->mem_utilization, load->memory) ||
	    got->n_request_cost != (load->cost > 0) || got->n_utilization != 1)
		return false;
	if (load->cost > 0 && (strcmp(got->request_cost[0]->key, cost_name) != 0 ||
	                       !is_same(got->request_cost[0]->value, load->cost)))
		return false;
	return strcmp(got->utilization[0]->key, use_name) == 0 &&
	       is_same(got->utilization[0]->value, load->use);
}

static bool orca_per_rpc(struct interop *interop)
{
	static const struct load load = {0.8210, 0.5847, 3456.32, 0.30499};
	Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
	AUTO(arena_finishp) struct arena arena;
	const ProtobufCMessage *got;
	struct told told;
	struct unary unary;

	arena_init(&arena, MEMORY);
	request.orca_per_query_report = tell(&told, &load);
	unary_start_as(interop, &unary, &request, CALL_TIMEOUT);
	wait_until(interop, &unary.outcome.ended);
	return outcome_is(&unary.outcome, RPC_OK) &&
	       expect(unary.outcome.load_len > 0, "a load report in the trailers") &&
	       expect(rpc_typed_unpack(
			      &arena, &xds__data__orca__v3__orca_load_report__descriptor,
			      bytes_of(unary.outcome.load, unary.outcome.load_len), 0,
			      &got) == 0,
	              "a well-formed load report") &&
	       expect(is_load((const Xds__Data__Orca__V3__OrcaLoadReport *)got, &load),
	              "the load that was told");
}

static void
on_report(struct xds_service_orca_v3_open_rca_service_stream_core_metrics_call *call,
          const Xds__Data__Orca__V3__OrcaLoadReport *report)
{
	struct watch *watch = container_of(call, struct watch, call);

	watch->seen = watch->seen || is_load(report, watch->wanted);
}

static void
on_watch_done(struct xds_service_orca_v3_open_rca_service_stream_core_metrics_call *call,
              const struct rpc_status *status, const struct rpc_metadata *trailers)
{
	(void)status;
	(void)trailers;
	container_of(call, struct watch, call)->ended = true;
}

static void watch_start(struct interop *interop, struct watch *watch)
{
	Xds__Service__Orca__V3__OrcaLoadReportRequest request =
		XDS__SERVICE__ORCA__V3__ORCA_LOAD_REPORT_REQUEST__INIT;
	Google__Protobuf__Duration interval = GOOGLE__PROTOBUF__DURATION__INIT;

	interval.seconds = INTERVAL;
	request.report_interval = &interval;
	watch->call.message = on_report;
	watch->call.done = on_watch_done;
	CHECK(xds_service_orca_v3_open_rca_service_stream_core_metrics(
		      interop->channel, &watch->call, &request) == 0);
}

/* Tell it on the stream, and see it come out of band. */
static bool told_and_seen(struct interop *interop, struct stream *stream,
                          struct watch *watch, const struct load *load)
{
	size_t count = stream->outcome.count;
	struct told told;
	struct alarm alarm;

	watch->wanted = load;
	watch->seen = false;
	stream_send_load(stream, tell(&told, load));
	while (stream->outcome.count == count && !stream->outcome.ended)
		(void)uv_run(interop->loop, UV_RUN_ONCE);
	alarm_set(interop, &alarm, PATIENCE);
	while (!watch->seen && !watch->ended && !alarm.rang)
		(void)uv_run(interop->loop, UV_RUN_ONCE);
	alarm_clear(interop, &alarm);
	return expect(stream->outcome.count == count + 1, "an answer to the report") &&
	       expect(watch->seen, "a report of the load that was told");
}

static bool orca_oob(struct interop *interop)
{
	static const struct load first = {0.8210, 0.5847, 0, 0.30499};
	static const struct load second = {0.29309, 0.2, 0, 0.2039};
	struct watch watch = {.wanted = &first};
	struct stream stream;
	bool good;

	watch_start(interop, &watch);
	stream_start(interop, &stream, CALL_TIMEOUT, NULL);
	good = told_and_seen(interop, &stream, &watch, &first) &&
	       told_and_seen(interop, &stream, &watch, &second);
	stream_end(interop, &stream);
	rpc_request_cancel(&watch.call.typed.request);
	wait_until(interop, &watch.ended);
	return good && outcome_is(&stream.outcome, RPC_OK);
}

const struct test_case load_cases[] = {
	{"orca_per_rpc", orca_per_rpc},
	{"orca_oob", orca_oob},
	{NULL, NULL},
};
