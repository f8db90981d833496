/*
 * Making a report:
 *
 *	bytes -> report file -> draft -> what it takes the place of -> history
 *	      -> validate -> encode -> decode again -> sign -> queue entry
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
#include "base/text.h"
#include "client/agent/draft.h"
#include "client/agent/granted.h"
#include "client/agent/plan_cache.h"
#include "client/agent/project_cache.h"
#include "client/agent/report_file.h"
#include "model/wire.h"

/* Every report that may wait, at its largest, twice: as payload and as request. */
#define SIGNING_MEMORY_MAX (2u * QUEUE_WAITING_MAX * (REPORT_BYTES_MAX + 64u * 1024))

/* Stands for the receipt of a report that has none yet, while the one that follows it is
 * judged. Nothing that is signed holds it. */
#define PENDING "pending"

static int read_file(struct making *making, struct report_file *file);
static void take_reason(struct making *making, const struct report_file *file);
static int judge(struct making *making, struct yaml_place named_at);
static void succeed(struct making *making, struct yaml_place named_at);
static bool is_only_locked(const struct making *making, int status);
static int check_form(struct making *making);
static int pack_request(struct arena *arena, const struct signer *signer,
                        struct bytes payload, struct bytes *ret_request);
static int sign_held(void *context, const struct queue_entry *entry);
static int predecessor(struct store *store, struct arena *arena, int64_t row,
                       const char **ret_number);

static void begin(struct making *making)
{
	yaml_problems_init(&making->problems, making->arena);
	findings_init(&making->findings, making->arena);
	making->has_report = making->locked = false;
}

int making_judge(struct making *making)
{
	struct report_file file;
	int r;

	begin(making);
	sha256(making->content, making->entry.file_hash);
	r = read_file(making, &file);
	if (r < 0)
		return r;
	making->has_report = true;
	return judge(making, file.supersedes.place);
}

int making_judge_made(struct making *making)
{
	begin(making);
	making->has_report = true;
	return judge(making, (struct yaml_place){.file = making->name});
}

bool making_failed(int r)
{
	return r == E_NOMEM || r == E_IO || r == E_BUSY || r == E_CORRUPT;
}

static int read_file(struct making *making, struct report_file *file)
{
	struct draft_about about = {
		.plan = making->plan->plan,
		.plan_version = making->plan->version,
		.unit = making->unit,
		.plan_now = store_plan_now(making->store, making->wall_now),
		.wall_now = making->wall_now,
	};
	struct history known = {.count = 0};
	int r = report_file_read(making->arena, making->name, making->content,
	                         &making->problems, file);

	if (r == 0)
		r = project_cache_load(making->store, making->arena, about.plan->id, "",
		                       &known);
	about.projects = known.projects;
	about.project_count = known.project_count;
	if (r == 0)
		r = draft_make(making->arena, &about, file, &making->problems,
		               &making->report);
	if (r == 0)
		take_reason(making, file);
	return r == 0 && making->problems.count > 0 ? E_SYNTAX : r;
}

/* Given in the file, or beside it; both, when they are the same. */
static void take_reason(struct making *making, const struct report_file *file)
{
	const char *own = making->report.change_reason;

	if (making->reason == NULL)
		return;
	if (own[0] != '\0' && strcmp(own, making->reason) != 0)
		yaml_problem(&making->problems, file->change_reason.place,
		             _("文件中写的原因与 --reason 给出的不同，请只写一处"));
	making->report.change_reason = making->reason;
}

static int judge(struct making *making, struct yaml_place named_at)
{
	struct report *report = &making->report;
	const struct place place = {.plan = report->plan,
	                            .section = report->section,
	                            .period = report->period};
	struct history history;
	const struct report *base;
	int form, r = succession_find(making->store, making->arena, &place,
	                              &making->succession, &history);

	if (r == 0)
		r = granted_terms(making->store, making->plan->plan, &place,
		                  &history.terms);
	if (r < 0)
		return r;
	succeed(making, named_at);
	if (making->problems.count > 0)
		return E_SYNTAX;
	base = succession_base(&making->succession);
	if (base != NULL && succession_same(report, base))
		return E_EXISTS;
	if (making->succession.is_waiting)
		history.terms.current = PENDING;
	form = check_form(making);
	if (form == E_NOMEM)
		return form;
	r = validate_report(making->plan->plan, report, &history, report->made_at,
	                    &making->findings, &making->verdict);
	if (making->succession.is_waiting)
		report->supersedes = "";
	making->locked = is_only_locked(making, r);
	return r < 0 && !making->locked ? r : form;
}

/* A file that names what it corrects was made from that one, and from no other. */
static void succeed(struct making *making, struct yaml_place named_at)
{
	const struct succession *succession = &making->succession;
	const char *named = making->report.supersedes;
	const char *current = succession->has_current ? succession->current.number : "";

	making->report.supersedes = succession->is_waiting ? PENDING : current;
	if (named == NULL || named[0] == '\0' || strcmp(named, current) == 0)
		return;
	if (current[0] == '\0')
		yaml_problem(
			&making->problems, named_at,
			_("本机没有回执 %s 的报表，本期也没有已收妥的报表；第一次报送"
		          "的，请删去这一行"),
			named);
	else
		yaml_problem(&making->problems, named_at,
		             _("本表按回执 %s 的报表修改，而本期最新的一份是 "
		               "%s，可能本单位已有"
		               "他人更正。请重新运行 duban-agent template %s "
		               "%s，在最新的一份上"
		               "修改"),
		             named, current, making->report.section,
		             making->report.period);
}

/* Whether the office consented to a report after the lock, or extended the time, is known
 * at the centre only. */
static bool is_only_locked(const struct making *making, int status)
{
	bool first =
		making->report.supersedes == NULL || making->report.supersedes[0] == '\0';
	bool locked = false;

	if (status != E_STATE)
		return false;
	for (const struct finding *f = making->findings.first; f != NULL; f = f->next) {
		bool refuses = f->severity == SEVERITY_REFUSAL ||
		               (f->severity == SEVERITY_REASON && !f->answered);

		if (strcmp(f->rule, RULE_LOCKED) == 0)
			locked = true;
		else if (refuses && !(first && strcmp(f->rule, RULE_WHY_CHANGED) == 0))
			return false;
	}
	return locked;
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
	entry->follows =
		making->succession.is_waiting ? making->succession.waiting.row : 0;
	r = report_encode(making->arena, &making->report, &entry->payload);
	if (r < 0)
		return r;
	if (making->content.len == 0) /* of no file */
		sha256(entry->payload, entry->file_hash);
	return pack_request(making->arena, signer, entry->payload, &entry->request);
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
	if (!entry->held || entry->follows != 0) /* that one is signed when it is sent */
		return 0;
	r = pack_request(&arena, signing->signer, entry->payload, &request);
	return r < 0 ? r : queue_replace(signing->store, entry->row, request);
}

int making_complete(struct arena *arena, struct store *store, const struct signer *signer,
                    const struct queue_entry *entry, struct queue_entry *ret_entry)
{
	const struct report *waiting;
	struct report report;
	struct bytes payload, request;
	int r = accepted_read(arena, entry->payload, &waiting);

	if (r < 0)
		return r;
	report = *waiting;
	r = predecessor(store, arena, entry->follows, &report.supersedes);
	if (r == 0)
		r = report_encode(arena, &report, &payload);
	if (r == 0)
		r = pack_request(arena, signer, payload, &request);
	if (r == 0)
		r = queue_complete(store, entry->row, payload, request);
	return r < 0 ? r : queue_get(store, arena, entry->row, ret_entry);
}

/* What was refused left nothing behind that could be superseded; then it is what stood
 * before that one. */
static int predecessor(struct store *store, struct arena *arena, int64_t row,
                       const char **ret_number)
{
	const struct report *before;
	struct queue_entry entry;
	int r = queue_get(store, arena, row, &entry);

	*ret_number = "";
	if (r < 0)
		return r == E_NOT_FOUND ? 0 : r;
	if (entry.state == QUEUE_ACKNOWLEDGED) {
		*ret_number = entry.number;
		return 0;
	}
	r = accepted_read(arena, entry.payload, &before);
	if (r == 0)
		*ret_number = before->supersedes;
	return r == E_CORRUPT ? 0 : r;
}
