/* Cases that take long: many calls on one channel, or each on its own. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "rpc/interop/client.h"

/* How long one call took, and whether it was as it should be. */
struct sample {
	uint64_t ms;
	bool good;
};

static uint64_t now_ms(void)
{
	return uv_hrtime() / 1000000;
}

static bool call_once(struct interop *interop, struct unary *unary)
{
	const struct flags *flags = interop->flags;
	Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
	Grpc__Testing__Payload payload;

	set_payload(&payload, flags->request_size);
	request.payload = &payload;
	request.response_size = (int32_t)flags->response_size;
	/* Without a deadline: how late a call was is worth knowing. */
	unary_start_as(interop, unary, &request, 0);
	wait_until(interop, &unary->outcome.ended);
	return outcome_is(&unary->outcome, RPC_OK) &&
	       expect(unary->outcome.count == 1 &&
	                      unary->outcome.sizes[0] == flags->response_size,
	              "one answer of the size that was asked for");
}

static struct sample iterate(struct interop *interop, unsigned number, bool own_channel)
{
	const struct flags *flags = interop->flags;
	uint64_t begun = now_ms();
	struct sample sample = {.good = true};
	struct unary unary;

	if (own_channel) {
		channel_close(interop);
		begun = now_ms();
		CHECK(channel_open(interop) == 0);
	}
	sample.good = call_once(interop, &unary);
	sample.ms = now_ms() - begun;
	if (sample.ms > flags->latency_max)
		sample.good = expect(false, "an answer in time");
	(void)fprintf(stderr, "soak iteration: %u elapsed_ms: %llu peer: %s:%s %s\n",
	              number, (unsigned long long)sample.ms, flags->host, flags->port,
	              sample.good ? "succeeded" : "failed:");
	return sample;
}

static int by_time(const void *left, const void *right)
{
	const struct sample *a = left, *b = right;

	return a->ms < b->ms ? -1 : a->ms > b->ms;
}

static bool judge(const struct flags *flags, struct sample *samples, unsigned count)
{
	unsigned failures = 0;

	for (unsigned i = 0; i < count; i++)
		failures += !samples[i].good;
	if (count > 0) {
		qsort(samples, count, sizeof(*samples), by_time);
		(void)fprintf(stderr,
		              "soak: %u of %u calls, %u failed; ms: median %llu, "
		              "90th %llu, worst %llu\n",
		              count, flags->iterations, failures,
		              (unsigned long long)samples[count / 2].ms,
		              (unsigned long long)samples[count * 9ULL / 10].ms,
		              (unsigned long long)samples[count - 1].ms);
	}
	return expect(count == flags->iterations, "all calls in the time given") &&
	       expect(failures <= flags->failures_max, "no more failures than allowed");
}

static bool soak(struct interop *interop, bool own_channels)
{
	const struct flags *flags = interop->flags;
	uint64_t begun = now_ms(), overall = flags->overall * 1000ULL;
	AUTO(freep) struct sample *samples = NULL;
	unsigned count = 0;

	samples = calloc(flags->iterations + 1U, sizeof(*samples));
	if (samples == NULL)
		return expect(false, "memory for so many calls");
	if (overall == 0)
		overall = (uint64_t)flags->latency_max * flags->iterations;
	while (count < flags->iterations && now_ms() - begun < overall) {
		uint64_t next = now_ms() + flags->pause, now;

		samples[count] = iterate(interop, count, own_channels);
		count++;
		now = now_ms();
		if (now < next)
			sleep_for(interop, next - now);
	}
	return judge(flags, samples, count);
}

static bool rpc_soak(struct interop *interop)
{
	return soak(interop, false);
}

static bool channel_soak(struct interop *interop)
{
	return soak(interop, true);
}

/* The channel must outlive whatever between the two closes quiet connections. */
static bool long_lived_channel(struct interop *interop)
{
	const struct flags *flags = interop->flags;
	struct unary unary;

	for (unsigned i = 0; i < flags->iterations; i++) {
		if (i > 0)
			sleep_for(interop, flags->interval * 1000ULL);
		if (!call_once(interop, &unary))
			return false;
	}
	return true;
}

const struct test_case soak_cases[] = {
	{"rpc_soak", rpc_soak},
	{"channel_soak", channel_soak},
	{"long_lived_channel", long_lived_channel},
	{NULL, NULL},
};
