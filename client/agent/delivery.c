/*
 * Delivering:
 *
 *	lock? -> refresh, catch up ~ ~> judged -> same as what stands? say so
 *	     -> show what changes -> sign -> queue (durable) -> send ~ ~> receipt -> show
 *
 * When another process sends (the service), this one hands over through the queue and
 * waits for what the other writes down. What can go wrong, and who has to act:
 *
 *  - Refused here or by the centre (exit 3): the reporter corrects.
 *  - The centre is away (exit 4): nobody; the report is kept and goes on by itself when
 *    the service runs, or at the next submit.
 *  - Disk full, no certificate (exit 1): the operator; nothing was queued.
 */
#include "client/agent/delivery.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "client/agent/difference.h"
#include "client/agent/findings_json.h"
#include "client/agent/outcome.h"
#include "client/agent/signing.h"

struct delivery_given delivery_given = {.wait = -1};

/* The report whose outcome is waited for. */
struct waiting {
	struct sitting *sitting;
	int64_t row;
	struct arena arena;
	struct queue_entry entry;
	unsigned attempts; /* its own, and of the one that it follows */
	bool looked;
	int status;
	bool take_over;
};

static int start_sending(struct delivery *delivery);
static int take_time(struct sitting *sitting);
static int show_same(struct delivery *delivery, const struct making *making);
static int show_refused(struct delivery *delivery, const struct making *making,
                        json_t *changes);
static json_t *show_changes(struct delivery *delivery, struct making *making,
                            int *ret_code);
static int queue_up(struct delivery *delivery, struct making *making, int64_t *ret_row);
static int wait_and_show(struct delivery *delivery, int64_t row, json_t *changes);
static void start_attempt(struct sitting *sitting);
static bool is_settled(void *context);
static int show(struct delivery *delivery, const struct queue_entry *entry,
                json_t *changes);
static struct outcome_names names_of(const struct delivery *delivery);

int64_t delivery_wait_ms(void)
{
	return (delivery_given.wait < 0 ? DELIVERY_WAIT_SECONDS : delivery_given.wait) *
	       INT64_C(1000);
}

int delivery_open(struct agent *agent, struct delivery *delivery)
{
	int code;

	*delivery = (struct delivery){.worst = AGENT_OK};
	if (delivery_given.wait > DELIVERY_WAIT_MAX) {
		(void)agent_error(_("--wait 应为 0 至 %d 秒"), DELIVERY_WAIT_MAX);
		return AGENT_USAGE;
	}
	code = signing_open(agent, &delivery->signer);
	if (code != AGENT_OK)
		return code;
	code = sitting_open(agent, &delivery->sitting);
	if (code != AGENT_OK) {
		signer_close(delivery->signer);
		return code;
	}
	delivery->results = agent->json ? json_array() : NULL;
	if (delivery_given.queue_only == 0)
		code = start_sending(delivery);
	/* Who submits again may have mended what others were held for. */
	if (code == AGENT_OK && delivery->sitting.sender != NULL &&
	    making_sign_again(delivery->sitting.store, delivery->signer) < 0)
		(void)agent_error("%s", store_why(delivery->sitting.store));
	if (code == AGENT_OK)
		code = sitting_need_plan(&delivery->sitting, delivery_wait_ms());
	if (code == AGENT_OK)
		return AGENT_OK;
	delivery->worst = code;
	return delivery_close(delivery);
}

int delivery_close(struct delivery *delivery)
{
	if (delivery->results != NULL) {
		(void)json_dumpf(delivery->results, stdout, JSON_INDENT(2));
		(void)putchar('\n');
	}
	json_decref(delivery->results);
	sitting_close(&delivery->sitting);
	signer_close(delivery->signer);
	return delivery->worst;
}

/* When we send ourselves: connect, and have time, plan and reports fresh. */
static int start_sending(struct delivery *delivery)
{
	struct sitting *sitting = &delivery->sitting;
	struct sender_options sending;
	int code;

	if (!sitting_lock(sitting))
		return take_time(sitting);
	code = sitting_refresh(sitting, delivery_wait_ms());
	if (code == AGENT_OK)
		sitting_catch_up(sitting, delivery_wait_ms());
	if (code != AGENT_OK)
		return code;
	sending = (struct sender_options){
		.loop = &sitting->loop,
		.centre = sitting->centre,
		.store = sitting->store,
		.settings = &sitting->agent->settings,
		.signer = &delivery->signer,
	};
	if (sender_create(&sending, &sitting->sender) < 0)
		return agent_error("%s", text_err(E_NOMEM));
	return AGENT_OK;
}

/* The service sends. It has plan and time; but in a rehearsal time jumps, and a report is
 * judged at the time that the centre has now. */
static int take_time(struct sitting *sitting)
{
	if (store_get(sitting->store, "rehearsal", 0) == 0)
		return AGENT_OK;
	return sitting_refresh(sitting, delivery_wait_ms());
}

int delivery_bring(struct delivery *delivery, struct making *making, int judged)
{
	int64_t row = 0;
	int code = AGENT_OK;
	json_t *changes;

	if (making_failed(judged))
		return agent_error(_("%s：%s"), making->name,
		                   judged == E_NOMEM
		                           ? text_err(judged)
		                           : store_why(delivery->sitting.store));
	if (judged == E_EXISTS)
		return show_same(delivery, making);
	changes = show_changes(delivery, making, &code);
	/* A report that could be made may be left to the centre to judge. */
	if (judged < 0 && (delivery_given.no_check == 0 || !making->has_report ||
	                   making->problems.count > 0))
		return show_refused(delivery, making, changes);
	if (code == AGENT_OK)
		code = queue_up(delivery, making, &row);
	if (code == AGENT_OK)
		return wait_and_show(delivery, row, changes);
	json_decref(changes);
	return code;
}

int delivery_only_show(struct delivery *delivery, struct making *making, int judged)
{
	int code = AGENT_OK;
	json_t *changes, *result;

	if (making_failed(judged))
		return agent_error(_("%s：%s"), making->name, text_err(judged));
	if (judged == E_EXISTS)
		return show_same(delivery, making);
	changes = show_changes(delivery, making, &code);
	if (judged < 0)
		return show_refused(delivery, making, changes);
	if (delivery->results != NULL) {
		result = json_pack("{s:s, s:s, s:b, s:o}", "file", making->name, "state",
		                   "acceptable", "locked", (int)making->locked,
		                   "findings", findings_to_json(making->findings.first));
		if (changes != NULL)
			(void)json_object_set_new(result, "difference", changes);
		(void)json_array_append_new(delivery->results, result);
		return code;
	}
	if (making->locked)
		printf(_("%s：本期已封表，能否收妥由中心端判定\n"), making->name);
	else
		printf(_("%s：审核通过，可以报送\n"), making->name);
	outcome_write_notices(stdout, &making->findings);
	return code;
}

/* There is nothing to send, and why. What was returned must be mended. */
static int show_same(struct delivery *delivery, const struct making *making)
{
	const struct succession *succession = &making->succession;
	const char *number = succession->has_current ? succession->current.number : "";

	if (succession->is_waiting) {
		(void)fprintf(stderr, _("%s：内容与待发的 %s 相同，不重复存入\n"),
		              making->name, succession->waiting.source);
		return delivery_wait(delivery, succession->waiting.row);
	}
	if (delivery->results != NULL)
		(void)json_array_append_new(
			delivery->results,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "file", making->name,
		                  "state", "unchanged", "section", making->report.section,
		                  "period", making->report.period, "number", number,
		                  "returned", (int)succession->is_returned));
	else
		outcome_write_same(succession->is_returned ? stderr : stdout, making);
	return succession->is_returned ? AGENT_REFUSED : AGENT_OK;
}

static int show_refused(struct delivery *delivery, const struct making *making,
                        json_t *changes)
{
	const struct outcome_names names = names_of(delivery);
	json_t *result;

	if (delivery->results != NULL) {
		result = outcome_json_refused(making);
		if (changes != NULL)
			(void)json_object_set_new(result, "difference", changes);
		(void)json_array_append_new(delivery->results, result);
	} else {
		(void)fflush(stdout); /* what changes stands before why not */
		outcome_write_refused(stderr, &names, making);
	}
	return AGENT_REFUSED;
}

/* Of a report that takes the place of another; with --json what is to be told, else NULL.
 */
static json_t *show_changes(struct delivery *delivery, struct making *making,
                            int *ret_code)
{
	const struct plan *plan = making->plan->plan;
	struct difference difference;

	if (!making->has_report || making->problems.count > 0 ||
	    succession_base(&making->succession) == NULL)
		return NULL;
	if (difference_find(making->arena, plan, &making->succession, &making->report,
	                    &difference) < 0) {
		*ret_code = agent_error("%s", text_err(E_NOMEM));
		return NULL;
	}
	if (delivery->results != NULL)
		return difference_json(&making->succession, &making->report, &difference);
	difference_print(making->arena, plan, &making->succession, &making->report,
	                 &difference);
	return NULL;
}

static int queue_up(struct delivery *delivery, struct making *making, int64_t *ret_row)
{
	struct store *store = delivery->sitting.store;
	int r = making_seal(making, delivery->signer, false);

	if (r < 0)
		return agent_error(_("%s：无法签名：%s"), making->name, text_err(r));
	r = queue_put(store, &making->entry, ret_row);
	if (r == E_LIMIT)
		return agent_error(_("待发队列已满（%d 份），未存入"), QUEUE_WAITING_MAX);
	if (r < 0)
		return agent_error(_("%s：未能存入待发队列：%s"), making->name,
		                   store_why(store));
	sitting_touch_wake(store_folder(store));
	if (delivery->results == NULL && making->findings.refusals == 0)
		outcome_write_notices(stderr, &making->findings);
	if (delivery->results == NULL && making->locked)
		(void)fprintf(stderr, _("%s：本期已封表，能否收妥由中心端判定\n"),
		              making->name);
	return AGENT_OK;
}

int delivery_wait(struct delivery *delivery, int64_t row)
{
	return wait_and_show(delivery, row, NULL);
}

static int wait_and_show(struct delivery *delivery, int64_t row, json_t *changes)
{
	struct sitting *sitting = &delivery->sitting;
	struct waiting waiting = {.sitting = sitting, .row = row};
	int code = AGENT_OK;

	arena_init(&waiting.arena, AGENT_MEMORY_MAX);
	if (delivery_given.queue_only != 0) {
		(void)is_settled(&waiting);
	} else {
		start_attempt(sitting);
		sitting_run(sitting, is_settled, &waiting, delivery_wait_ms());
		if (waiting.take_over) {
			code = start_sending(delivery);
			start_attempt(sitting);
			sitting_run(sitting, is_settled, &waiting, delivery_wait_ms());
		}
	}
	/* Who was refused for another's report should know of it at the next try. */
	if (waiting.status == 0 && waiting.entry.state == QUEUE_REFUSED &&
	    sitting->sender != NULL)
		sitting_catch_up(sitting, delivery_wait_ms());
	if (waiting.status < 0)
		code = agent_error("%s", store_why(sitting->store));
	else if (code == AGENT_OK)
		code = show(delivery, &waiting.entry, changes);
	else
		json_decref(changes);
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

/* How often this report was tried, or the first of those that it has to wait for. */
static unsigned attempts_of(struct waiting *waiting)
{
	struct queue_entry entry = waiting->entry, before;

	while (entry.follows != 0 && entry.follows < entry.row &&
	       queue_get(waiting->sitting->store, &waiting->arena, entry.follows,
	                 &before) == 0 &&
	       before.state == QUEUE_WAITING)
		entry = before;
	return entry.attempts;
}

/* Settled, or tried once without success when nobody said how long to wait, or the one
 * that was sending is gone and we go on in its place. */
static bool is_settled(void *context)
{
	struct waiting *waiting = context;
	struct sitting *sitting = waiting->sitting;
	unsigned attempts = waiting->attempts;
	bool first = !waiting->looked;

	arena_finish(&waiting->arena);
	waiting->status =
		queue_get(sitting->store, &waiting->arena, waiting->row, &waiting->entry);
	if (waiting->status == E_BUSY)
		return false;
	if (waiting->status < 0 || waiting->entry.state != QUEUE_WAITING)
		return true;
	waiting->looked = true;
	waiting->attempts = attempts_of(waiting);
	waiting->take_over = delivery_given.queue_only == 0 && sitting->sender == NULL &&
	                     sitting_lock(sitting);
	if (waiting->take_over)
		return true;
	return !first && waiting->attempts > attempts && delivery_given.wait < 0;
}

static int show(struct delivery *delivery, const struct queue_entry *entry,
                json_t *changes)
{
	const struct outcome_names names = names_of(delivery);
	json_t *result;

	if (delivery->results != NULL) {
		result = outcome_json(entry);
		if (changes != NULL)
			(void)json_object_set_new(result, "difference", changes);
		(void)json_array_append_new(delivery->results, result);
	} else {
		outcome_write(entry->state == QUEUE_REFUSED ? stderr : stdout, &names,
		              entry);
	}
	switch (entry->state) {
	case QUEUE_ACKNOWLEDGED:
		return AGENT_OK;
	case QUEUE_REFUSED:
		return AGENT_REFUSED;
	default:
		return AGENT_QUEUED;
	}
}

static struct outcome_names names_of(const struct delivery *delivery)
{
	return (struct outcome_names){
		.plan = delivery->sitting.plan.plan,
		.unit = delivery->sitting.agent->settings.unit,
	};
}

void delivery_worsen(struct delivery *delivery, int code)
{
	static const int ranks[] = {[AGENT_OK] = 0,
	                            [AGENT_QUEUED] = 1,
	                            [AGENT_REFUSED] = 2,
	                            [AGENT_USAGE] = 3,
	                            [AGENT_FAILED] = 4};

	if (ranks[code] > ranks[delivery->worst])
		delivery->worst = code;
}
