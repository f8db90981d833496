/*
 * duban-agent submit:
 *
 *	lock? -> refresh ~ ~> each file: read -> judge -> sign -> queue (durable)
 *	     -> send ~ ~> receipt verified -> print
 *
 * When another process sends (the service), this one hands over through the queue and
 * waits for what the other writes down. What can go wrong, and who has to act:
 *
 *  - Refused here or by the centre (exit 3): the reporter corrects the file.
 *  - The centre is away (exit 4): nobody; the report is kept and goes on by itself when
 *    the service runs, or at the next submit.
 *  - Disk full, no certificate (exit 1): the operator; the file is where it was.
 */
#include "client/agent/submit.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/agent/findings_json.h"
#include "client/agent/making.h"
#include "client/agent/outcome.h"
#include "client/agent/report_file.h"
#include "client/agent/signing.h"
#include "client/agent/sitting.h"

#define WAIT_SECONDS 30
#define WAIT_MAX     86400

static struct {
	int queue_only, no_check;
	int wait; /* seconds; -1: not given */
} options = {.wait = -1};

/* clang-format off */
const struct poptOption submit_options[] = {
	{"queue-only", 'q', POPT_ARG_NONE, &options.queue_only, 0, N_("只存入待发队列，现在不发送"), NULL},
	{"no-check", 0, POPT_ARG_NONE, &options.no_check, 0, N_("本机审核未通过也报送，由中心端审核"), NULL},
	{"wait", 'w', POPT_ARG_INT, &options.wait, 0, N_("等待回执的秒数（默认 30 秒，首次发送失败即返回；给出时一直重试到时间用完）"), N_("秒")},
	POPT_TABLEEND};
/* clang-format on */

struct submission {
	struct sitting *sitting;
	struct signer *signer;
	json_t *results; /* with --json */
	int worst;
};

/* The report whose outcome is waited for. */
struct waiting {
	struct sitting *sitting;
	int64_t row;
	struct arena arena;
	struct queue_entry entry;
	int status;
	bool take_over;
};

static int start_sending(struct sitting *sitting);
static int take_time(struct sitting *sitting);
static int submit_file(struct submission *submission, const char *path);
static int make_and_queue(struct submission *submission, struct making *making,
                          int64_t *ret_row);
static int find_earlier(struct submission *submission, const struct making *making,
                        int64_t *ret_row);
static int wait_for(struct submission *submission, int64_t row);
static void start_attempt(struct sitting *sitting);
static bool is_settled(void *context);
static int show(struct submission *submission, const struct queue_entry *entry);
static int show_refused(struct submission *submission, const struct making *making);
static void worsen(struct submission *submission, int code);

static int64_t wait_ms(void)
{
	return (options.wait < 0 ? WAIT_SECONDS : options.wait) * INT64_C(1000);
}

int submit_run(struct agent *agent, const char *const *args)
{
	AUTO(signer_closep) struct signer *signer = NULL;
	struct sitting sitting;
	struct submission submission = {.sitting = &sitting, .worst = AGENT_OK};
	int code;

	if (options.wait > WAIT_MAX) {
		(void)agent_error(_("--wait 应为 0 至 %d 秒"), WAIT_MAX);
		return AGENT_USAGE;
	}
	code = signing_open(agent, &signer);
	if (code == AGENT_OK)
		code = sitting_open(agent, &sitting);
	if (code != AGENT_OK)
		return code;
	submission.signer = signer;
	submission.results = agent->json ? json_array() : NULL;
	if (options.queue_only == 0)
		code = start_sending(&sitting);
	/* Who submits again may have mended what others were held for. */
	if (code == AGENT_OK && sitting.sender != NULL &&
	    making_sign_again(sitting.store, signer) < 0)
		(void)agent_error("%s", store_why(sitting.store));
	if (code == AGENT_OK)
		code = sitting_need_plan(&sitting, wait_ms());
	for (size_t i = 0; code == AGENT_OK && args[i] != NULL; i++)
		worsen(&submission, submit_file(&submission, args[i]));
	if (submission.results != NULL) {
		(void)json_dumpf(submission.results, stdout, JSON_INDENT(2));
		(void)putchar('\n');
	}
	json_decref(submission.results);
	sitting_close(&sitting);
	return code != AGENT_OK ? code : submission.worst;
}

/* The service sends. It has plan and time; but in a rehearsal time jumps, and a report is
 * judged at the time that the centre has now. */
static int take_time(struct sitting *sitting)
{
	if (store_get(sitting->store, "rehearsal", 0) == 0)
		return AGENT_OK;
	return sitting_refresh(sitting, wait_ms());
}

/* When we send ourselves: connect, and have time and plan fresh. */
static int start_sending(struct sitting *sitting)
{
	struct sender_options sending;
	int code;

	if (!sitting_lock(sitting))
		return take_time(sitting);
	code = sitting_refresh(sitting, wait_ms());
	if (code != AGENT_OK)
		return code;
	sending = (struct sender_options){
		.loop = &sitting->loop,
		.centre = sitting->centre,
		.store = sitting->store,
		.settings = &sitting->agent->settings,
	};
	if (sender_create(&sending, &sitting->sender) < 0)
		return agent_error("%s", text_err(E_NOMEM));
	return AGENT_OK;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static int read_making(struct sitting *sitting, struct arena *arena, const char *path,
                       struct making *making)
{
	int r;

	*making = (struct making){
		.arena = arena,
		.store = sitting->store,
		.plan = &sitting->plan,
		.unit = sitting->agent->settings.unit,
		.name = base_name(path),
		.wall_now = agent_wall_now(),
	};
	r = sitting_read_file(arena, path, REPORT_FILE_MAX, &making->content);
	if (r == 0 || r == E_LIMIT) /* too large is for the judge to say */
		return AGENT_OK;
	return agent_error(_("%s：%s"), path,
	                   r == E_IO ? text_errno(errno) : text_err(r));
}

static int submit_file(struct submission *submission, const char *path)
{
	AUTO(arena_finishp) struct arena arena;
	struct making making;
	int64_t row = 0;
	int code, r;

	arena_init(&arena, AGENT_MEMORY_MAX);
	code = read_making(submission->sitting, &arena, path, &making);
	if (code != AGENT_OK)
		return code;
	sha256(making.content, making.entry.file_hash);
	r = find_earlier(submission, &making, &row);
	if (r == E_NOT_FOUND) {
		code = make_and_queue(submission, &making, &row);
		if (code != AGENT_OK)
			return code;
	} else if (r < 0) {
		return agent_error(_("%s：%s"), path,
		                   store_why(submission->sitting->store));
	}
	return wait_for(submission, row);
}

/* A file that was refused may be submitted again: plan and time may have changed. */
static int find_earlier(struct submission *submission, const struct making *making,
                        int64_t *ret_row)
{
	struct queue_entry entry;
	int r = queue_find_file(submission->sitting->store, making->arena,
	                        making->entry.file_hash, &entry);

	if (r < 0)
		return r;
	if (entry.state == QUEUE_REFUSED)
		return E_NOT_FOUND;
	*ret_row = entry.row;
	if (entry.state == QUEUE_ACKNOWLEDGED)
		(void)fprintf(stderr,
		              _("%s：内容与此前报送的 %s 相同，已有回执，不再重复报送\n"),
		              making->name, entry.source);
	else
		(void)fprintf(stderr, _("%s：内容与此前的 %s 相同，已在待发队列中\n"),
		              making->name, entry.source);
	return 0;
}

static int make_and_queue(struct submission *submission, struct making *making,
                          int64_t *ret_row)
{
	struct sitting *sitting = submission->sitting;
	int r = making_judge(making);

	if (r == E_NOMEM || r == E_IO || r == E_BUSY || r == E_CORRUPT)
		return agent_error(_("%s：%s"), making->name,
		                   r == E_NOMEM ? text_err(r)
		                                : store_why(sitting->store));
	/* A report that could be made may be left to the centre to judge. */
	if (r < 0 && (options.no_check == 0 || !making->has_report))
		return show_refused(submission, making);
	r = making_seal(making, submission->signer, false);
	if (r < 0)
		return agent_error(_("%s：无法签名：%s"), making->name, text_err(r));
	r = queue_put(sitting->store, &making->entry, ret_row);
	if (r == E_LIMIT)
		return agent_error(_("待发队列已满（%d 份），未存入"), QUEUE_WAITING_MAX);
	if (r < 0)
		return agent_error(_("%s：未能存入待发队列：%s"), making->name,
		                   store_why(sitting->store));
	sitting_touch_wake(store_folder(sitting->store));
	if (submission->results == NULL && making->findings.refusals == 0)
		outcome_write_notices(stderr, &making->findings);
	return AGENT_OK;
}

static int wait_for(struct submission *submission, int64_t row)
{
	struct sitting *sitting = submission->sitting;
	struct waiting waiting = {.sitting = sitting, .row = row};
	int code = AGENT_OK;

	arena_init(&waiting.arena, AGENT_MEMORY_MAX);
	if (options.queue_only != 0) {
		(void)is_settled(&waiting);
	} else {
		start_attempt(sitting);
		sitting_run(sitting, is_settled, &waiting, wait_ms());
		if (waiting.take_over) {
			code = start_sending(sitting);
			start_attempt(sitting);
			sitting_run(sitting, is_settled, &waiting, wait_ms());
		}
	}
	if (waiting.status < 0)
		code = agent_error("%s", store_why(sitting->store));
	else if (code == AGENT_OK)
		code = show(submission, &waiting.entry);
	arena_finish(&waiting.arena);
	return code;
}

static void start_attempt(struct sitting *sitting)
{
	if (sitting->sender == NULL)
		return;
	(void)queue_hurry(sitting->store, false);
	sender_kick(sitting->sender);
}

/* Settled, or tried once without success when nobody said how long to wait, or the one
 * that was sending is gone and we go on in its place. */
static bool is_settled(void *context)
{
	struct waiting *waiting = context;
	struct sitting *sitting = waiting->sitting;
	unsigned attempts = waiting->entry.attempts;
	bool first = waiting->entry.row == 0;

	arena_finish(&waiting->arena);
	waiting->status =
		queue_get(sitting->store, &waiting->arena, waiting->row, &waiting->entry);
	if (waiting->status == E_BUSY)
		return false;
	if (waiting->status < 0 || waiting->entry.state != QUEUE_WAITING)
		return true;
	waiting->take_over = options.queue_only == 0 && sitting->sender == NULL &&
	                     sitting_lock(sitting);
	if (waiting->take_over)
		return true;
	return !first && waiting->entry.attempts > attempts && options.wait < 0;
}

static int show(struct submission *submission, const struct queue_entry *entry)
{
	const struct outcome_names names = {
		.plan = submission->sitting->plan.plan,
		.unit = submission->sitting->agent->settings.unit};

	if (submission->results != NULL)
		(void)json_array_append_new(submission->results, outcome_json(entry));
	else
		outcome_write(entry->state == QUEUE_REFUSED ? stderr : stdout, &names,
		              entry);
	switch (entry->state) {
	case QUEUE_ACKNOWLEDGED:
		return AGENT_OK;
	case QUEUE_REFUSED:
		return AGENT_REFUSED;
	default:
		return AGENT_QUEUED;
	}
}

static int show_refused(struct submission *submission, const struct making *making)
{
	const struct outcome_names names = {
		.plan = submission->sitting->plan.plan,
		.unit = submission->sitting->agent->settings.unit};

	if (submission->results != NULL)
		(void)json_array_append_new(submission->results,
		                            outcome_json_refused(making));
	else
		outcome_write_refused(stderr, &names, making);
	return AGENT_REFUSED;
}

/* Of several files the worst outcome is told: failed, refused, queued, acknowledged. */
static void worsen(struct submission *submission, int code)
{
	static const int ranks[] = {[AGENT_OK] = 0,
	                            [AGENT_QUEUED] = 1,
	                            [AGENT_REFUSED] = 2,
	                            [AGENT_USAGE] = 3,
	                            [AGENT_FAILED] = 4};

	if (ranks[code] > ranks[submission->worst])
		submission->worst = code;
}

static int check_file(struct submission *submission, const char *path)
{
	AUTO(arena_finishp) struct arena arena;
	struct making making;
	int code, r;

	arena_init(&arena, AGENT_MEMORY_MAX);
	code = read_making(submission->sitting, &arena, path, &making);
	if (code != AGENT_OK)
		return code;
	r = making_judge(&making);
	if (r == E_NOMEM || r == E_IO || r == E_BUSY || r == E_CORRUPT)
		return agent_error(_("%s：%s"), path, text_err(r));
	if (r < 0)
		return show_refused(submission, &making);
	if (submission->results != NULL) {
		(void)json_array_append_new(
			submission->results,
			json_pack("{s:s, s:s, s:o}", "file", making.name, "state",
		                  "acceptable", "findings",
		                  findings_to_json(making.findings.first)));
		return AGENT_OK;
	}
	printf(_("%s：审核通过，可以报送\n"), making.name);
	outcome_write_notices(stdout, &making.findings);
	return AGENT_OK;
}

int check_run(struct agent *agent, const char *const *args)
{
	struct sitting sitting;
	struct submission submission = {.sitting = &sitting, .worst = AGENT_OK};
	int code = sitting_open(agent, &sitting);

	if (code != AGENT_OK)
		return code;
	submission.results = agent->json ? json_array() : NULL;
	code = sitting_need_plan(&sitting, wait_ms());
	for (size_t i = 0; code == AGENT_OK && args[i] != NULL; i++)
		worsen(&submission, check_file(&submission, args[i]));
	if (submission.results != NULL) {
		(void)json_dumpf(submission.results, stdout, JSON_INDENT(2));
		(void)putchar('\n');
	}
	json_decref(submission.results);
	sitting_close(&sitting);
	return code != AGENT_OK ? code : submission.worst;
}
