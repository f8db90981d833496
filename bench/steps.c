/*
 * The steps of one submit that are calculation, each by itself, as submit.c takes them:
 *
 *	decode -> verify -> read -> judge -> seal
 *
 * Prints one JSON object, microseconds a step: medians of ROUNDS rounds. Verifying is
 * measured for every algorithm, with certificates that were seen before and with new
 * ones.
 */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "duban/v1/reports.pb-c.h"

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "base/yaml.h"
#include "bench/peer.h"
#include "bench/sample.h"
#include "bench/times.h"
#include "model/plan.h"
#include "model/receipt.h"
#include "model/validate.h"
#include "model/wire.h"

#define ROUNDS        400
#define FILES_MAX     64
#define MEMORY_MAX    ((size_t)1 << 30)
#define SCRATCH_MAX   (16u * 1024 * 1024)
#define RECEIVED_AT   INT64_C(1659321000000) /* 2022-08-01 10:30 in Changsha */
#define SIGNERS       3
#define RECEIPTS_SIGN 64

static struct {
	char *folder;
} options;

/* clang-format off */
static const struct poptOption option_table[] = {
	{"folder", 'f', POPT_ARG_STRING, &options.folder, 0, "certificates and keys", "FOLDER"},
	POPT_AUTOHELP POPT_TABLEEND
};
/* clang-format on */

static const char *const signer_names[SIGNERS] = {"p256", "ed25519", "sm2"};

/* What the steps work on, and leave to the next. */
struct steps {
	struct arena arena, scratch;
	struct bytes cas;
	struct trust *trust;
	struct signer *receipts;
	const struct plan *plan;
	struct sample samples[SIGNERS];
	struct envelope envelope;
	const struct report *report;
	struct history history;
	struct bytes body;
	size_t receipts_count;
	size_t signer;
};

typedef void step(struct steps *steps);

static void read_plan(struct steps *steps, const char **files);
static struct signer *open_signer(struct steps *steps, const char *name);
static void make_sample(struct steps *steps, size_t signer);
static double measure(struct steps *steps, step *before, step *run);
static void read_into(struct steps *steps, struct arena *arena);
static step decode, verify, forget, read_report, judge, seal, nothing;

int main(int argc, const char **argv)
{
	poptContext context = poptGetContext(NULL, argc, argv, option_table, 0);
	static struct steps steps;

	if (poptGetNextOpt(context) != -1 || options.folder == NULL)
		peer_fail("usage: bench_steps --folder FOLDER NAME=PLANFILE ...");
	arena_init(&steps.arena, MEMORY_MAX);
	arena_init(&steps.scratch, SCRATCH_MAX);
	read_plan(&steps, poptGetArgs(context));
	steps.cas = peer_read_file(&steps.arena, arena_printf(&steps.arena, "%s/ca.pem",
	                                                      options.folder));
	steps.receipts = open_signer(&steps, "node-1-signer");
	for (size_t i = 0; i < SIGNERS; i++)
		make_sample(&steps, i);
	forget(&steps);
	printf("{\"decode_us\": %.1f", measure(&steps, nothing, decode));
	for (size_t i = SIGNERS; i-- > 0;) {
		steps.signer = i;
		decode(&steps);
		printf(", \"verify_new_%s_us\": %.1f", signer_names[i],
		       measure(&steps, forget, verify));
		printf(", \"verify_%s_us\": %.1f", signer_names[i],
		       measure(&steps, nothing, verify));
	}
	printf(", \"read_us\": %.1f", measure(&steps, nothing, read_report));
	read_into(&steps, &steps.arena); /* for those that follow */
	printf(", \"judge_us\": %.1f", measure(&steps, nothing, judge));
	steps.receipts_count = 1;
	printf(", \"seal_us\": %.1f", measure(&steps, judge, seal));
	steps.receipts_count = RECEIPTS_SIGN;
	printf(", \"seal_%d_us\": %.1f}\n", RECEIPTS_SIGN, measure(&steps, judge, seal));
	signer_close(steps.receipts);
	trust_unref(steps.trust);
	arena_finish(&steps.scratch);
	arena_finish(&steps.arena);
	poptFreeContext(context);
	return 0;
}

static void read_plan(struct steps *steps, const char **files)
{
	struct plan_file list[FILES_MAX];
	struct yaml_problems problems, warnings;
	size_t count = 0;

	yaml_problems_init(&problems, &steps->arena);
	yaml_problems_init(&warnings, &steps->arena);
	for (; files != NULL && *files != NULL && count < FILES_MAX; files++, count++) {
		const char *equals = strchr(*files, '=');

		if (equals == NULL)
			peer_fail("%s: NAME=FILE is expected", *files);
		list[count].name =
			arena_strndup(&steps->arena, *files, (size_t)(equals - *files));
		list[count].content = peer_read_file(&steps->arena, equals + 1);
	}
	if (plan_read(&steps->arena, list, count, &problems, &warnings, &steps->plan) !=
	    0)
		peer_fail("the plan cannot be read: %s",
		          problems.first != NULL ? problems.first->message : "");
}

static struct signer *open_signer(struct steps *steps, const char *name)
{
	struct signer *signer;
	const char *why = "";

	if (signer_open(arena_printf(&steps->arena, "%s/%s.key.pem", options.folder,
	                             name),
	                arena_printf(&steps->arena, "%s/%s.pem", options.folder, name),
	                &signer, &why) != 0)
		peer_fail("%s: %s", name, why);
	return signer;
}

static void make_sample(struct steps *steps, size_t signer)
{
	AUTO(signer_closep) struct signer *key = open_signer(steps, signer_names[signer]);
	struct sample_subject subject = {
		.plan = steps->plan->id,
		.unit = signer_identity(key)->unit,
		.section = "1",
		.period = "2022-07",
	};

	peer_need(sample_make(&steps->arena, key, &subject, &steps->samples[signer]),
	          "sample");
}

static double measure(struct steps *steps, step *before, step *run)
{
	uint64_t times[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		uint64_t start;

		before(steps);
		start = times_now();
		run(steps);
		times[i] = times_now() - start;
	}
	times_sort(times, ROUNDS);
	return times_percentile(times, ROUNDS, 50);
}

static void nothing(struct steps *steps)
{
	(void)steps;
}

/* A new trust, which has seen nobody yet. */
static void forget(struct steps *steps)
{
	const char *why = "";

	trust_unref(steps->trust);
	if (trust_create(steps->cas, bytes_of(NULL, 0), &steps->trust, &why) != 0)
		peer_fail("%s", why);
}

static void decode(struct steps *steps)
{
	const Duban__V1__SubmitReportRequest *request;
	Duban__V1__Envelope *again;
	ProtobufCMessage *message;
	struct bytes packed;

	arena_finish(&steps->scratch);
	peer_need(wire_unpack(&steps->scratch,
	                      &duban__v1__submit_report_request__descriptor,
	                      steps->samples[steps->signer].request, WIRE_LENIENT,
	                      &message, NULL),
	          "unpack");
	request = (const Duban__V1__SubmitReportRequest *)message;
	peer_need(wire_envelope_read(request->report, &steps->envelope), "envelope");
	peer_need(wire_envelope_write(&steps->scratch, &steps->envelope, &again),
	          "envelope");
	peer_need(wire_pack(&steps->scratch, &again->base, &packed), "pack");
}

static void verify(struct steps *steps)
{
	struct identity signer;

	peer_need(seal_verify(steps->trust, &steps->envelope, REPORT_PAYLOAD_TYPE,
	                      (int64_t)time(NULL), &signer),
	          "verify");
}

static void read_report(struct steps *steps)
{
	arena_finish(&steps->scratch);
	read_into(steps, &steps->scratch);
}

static void read_into(struct steps *steps, struct arena *arena)
{
	struct findings findings;
	uint8_t hash[HASH_SIZE];

	findings_init(&findings, arena);
	sha256(steps->samples[steps->signer].payload, hash);
	peer_need(report_decode(arena, steps->samples[steps->signer].payload, &findings,
	                        &steps->report),
	          "report");
}

/* Leaves a receipt's body to be sealed. */
static void judge(struct steps *steps)
{
	const struct report *report = steps->report;
	struct findings findings;
	struct verdict verdict;
	struct receipt_body body;

	arena_finish(&steps->scratch);
	findings_init(&findings, &steps->scratch);
	peer_need(validate_report(steps->plan, report, &steps->history, RECEIVED_AT,
	                          &findings, &verdict),
	          "judge");
	body = (struct receipt_body){
		.number = "2022-07-430001-01-0001",
		.plan = report->plan,
		.plan_version = 1,
		.unit = report->unit,
		.section = report->section,
		.period = report->period,
		.received_at = RECEIVED_AT,
		.wall_received_at = RECEIVED_AT,
		.due_at = verdict.times.due,
		.timeliness = verdict.timeliness,
		.findings = findings.first,
		.calendar = steps->plan->calendar.version,
		.signer = "spiffe://changsha.test/district/430001/signer/1",
		.crl_number = "01",
		.revision = 1,
	};
	memcpy(body.report_id, report->id, sizeof(body.report_id));
	sha256(steps->samples[steps->signer].payload, body.content_hash);
	peer_need(receipt_body_encode(&steps->scratch, &body, &steps->body), "receipt");
}

static void seal(struct steps *steps)
{
	struct bytes bodies[RECEIPTS_SIGN], receipts[RECEIPTS_SIGN];

	for (size_t i = 0; i < steps->receipts_count; i++)
		bodies[i] = steps->body;
	peer_need(receipts_seal(&steps->scratch, steps->receipts, bodies,
	                        steps->receipts_count, receipts),
	          "seal");
}
