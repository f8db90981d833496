/*
 * Making a report:
 *
 *	bytes -> report file -> draft -> history -> validate -> encode -> decode again
 *	      -> sign -> queue entry
 *
 * Decoding what was encoded finds what the centre's strict reader would refuse (a text
 * too long, a control character) before anything is signed.
 */
#include "client/agent/making.h"

#include <string.h>
#include <sys/random.h>

#include "base/auto.h"
#include "duban/v1/reports.pb-c.h"

#include "base/err.h"
#include "client/agent/draft.h"
#include "client/agent/plan_cache.h"
#include "client/agent/report_file.h"
#include "model/wire.h"

/* Every report that may wait, at its largest, twice: as payload and as request. */
#define SIGNING_MEMORY_MAX (2u * QUEUE_WAITING_MAX * (REPORT_BYTES_MAX + 64u * 1024))

static int judge(struct making *making);
static int check_form(struct making *making);
static int pack_request(struct arena *arena, const struct signer *signer,
                        struct bytes payload, struct bytes *ret_request);
static int sign_held(void *context, const struct queue_entry *entry);

int making_judge(struct making *making)
{
	const struct draft_about about = {
		.plan = making->plan->plan,
		.plan_version = making->plan->version,
		.unit = making->unit,
		.plan_now = store_plan_now(making->store, making->wall_now),
		.wall_now = making->wall_now,
	};
	struct report_file file;
	int r;

	yaml_problems_init(&making->problems, making->arena);
	findings_init(&making->findings, making->arena);
	making->has_report = false;
	sha256(making->content, making->entry.file_hash);
	r = report_file_read(making->arena, making->name, making->content,
	                     &making->problems, &file);
	if (r == 0)
		r = draft_make(making->arena, &about, &file, &making->problems,
		               &making->report);
	if (r < 0)
		return r;
	making->has_report = true;
	return judge(making);
}

static int judge(struct making *making)
{
	struct history history;
	int form, r = queue_history(making->store, making->arena, &making->report,
	                            &history);

	if (r < 0)
		return r;
	form = check_form(making);
	if (form == E_NOMEM)
		return form;
	r = validate_report(making->plan->plan, &making->report, &history,
	                    making->report.made_at, &making->findings, &making->verdict);
	return r < 0 ? r : form;
}

static int check_form(struct making *making)
{
	const struct report *again;
	struct bytes bytes;
	int r = report_encode(making->arena, &making->report, &bytes);

	if (r == 0)
		r = report_decode(making->arena, bytes, &making->findings, &again);
	return r == 0 || r == E_NOMEM ? r : E_REFUSED;
}

int making_seal(struct making *making, const struct signer *signer, bool spooled)
{
	struct queue_entry *entry = &making->entry;
	int r;

	if (getrandom(making->report.id, REPORT_ID_SIZE, 0) != REPORT_ID_SIZE)
		return E_IO;
	memcpy(entry->report_id, making->report.id, REPORT_ID_SIZE);
	entry->source = making->name;
	entry->spooled = spooled;
	entry->plan = making->report.plan;
	entry->plan_version = making->report.plan_version;
	entry->section = making->report.section;
	entry->period = making->report.period;
	entry->wall_queued_at = making->wall_now;
	r = report_encode(making->arena, &making->report, &entry->payload);
	return r < 0 ? r
	             : pack_request(making->arena, signer, entry->payload,
	                            &entry->request);
}

static int pack_request(struct arena *arena, const struct signer *signer,
                        struct bytes payload, struct bytes *ret_request)
{
	Duban__V1__SubmitReportRequest request = DUBAN__V1__SUBMIT_REPORT_REQUEST__INIT;
	struct envelope envelope;
	Duban__V1__Envelope *message = NULL;
	int r = signer_sign(signer, arena, REPORT_PAYLOAD_TYPE, payload, &envelope);

	if (r == 0)
		r = wire_envelope_write(arena, &envelope, &message);
	if (r < 0)
		return r;
	request.report = message;
	return wire_pack(arena, &request.base, ret_request);
}

struct signing {
	struct arena arena; /* of the list */
	struct store *store;
	const struct signer *signer;
};

int making_sign_again(struct store *store, const struct signer *signer)
{
	struct signing signing = {.store = store, .signer = signer};
	const struct queue_query query = {.arena = &signing.arena,
	                                  .state = QUEUE_WAITING,
	                                  .limit = QUEUE_WAITING_MAX,
	                                  .visit = sign_held,
	                                  .context = &signing};
	int r;

	arena_init(&signing.arena, SIGNING_MEMORY_MAX);
	r = queue_list(store, &query);
	arena_finish(&signing.arena);
	return r;
}

static int sign_held(void *context, const struct queue_entry *entry)
{
	struct signing *signing = context;
	AUTO(arena_finishp) struct arena arena;
	struct bytes request;
	int r;

	arena_init(&arena, SIGNING_MEMORY_MAX);
	if (!entry->held)
		return 0;
	r = pack_request(&arena, signing->signer, entry->payload, &request);
	return r < 0 ? r : queue_replace(signing->store, entry->row, request);
}
