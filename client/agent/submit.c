/*
 * duban-agent submit, check:
 *
 *	each file: read -> known by its content? -> judge -> deliver (or only show)
 *
 * What can go wrong is said in delivery.c. A file that was acknowledged once is not sent
 * again, unless something else took its place since and the reporter says why it should
 * stand again.
 */
#include "client/agent/submit.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "client/agent/delivery.h"
#include "client/agent/outcome.h"
#include "client/agent/report_file.h"

/* clang-format off */
const struct poptOption submit_options[] = {DELIVERY_OPTIONS, POPT_TABLEEND};
const struct poptOption check_options[] = {
	{"reason", 'r', POPT_ARG_STRING, &delivery_given.reason, 0, N_("更正、重报、封表后补报的原因，或连续无变化的原因（也可写在文件里）"), N_("原因")},
	POPT_TABLEEND};
/* clang-format on */

static int read_making(struct sitting *sitting, struct arena *arena, const char *path,
                       struct making *making);
static int submit_file(struct delivery *delivery, const char *path);
static int find_earlier(struct delivery *delivery, const struct making *making,
                        struct queue_entry *ret_entry);
static bool is_done(struct delivery *delivery, const struct making *making,
                    const struct queue_entry *entry, int *ret_code);
static int refuse_replaced(struct delivery *delivery, const struct making *making,
                           const struct queue_entry *entry, const char *by);
static int check_file(struct delivery *delivery, const char *path);

int submit_run(struct agent *agent, const char *const *args)
{
	struct delivery delivery;
	int code = delivery_open(agent, &delivery);

	if (code != AGENT_OK)
		return code;
	for (size_t i = 0; args[i] != NULL; i++)
		delivery_worsen(&delivery, submit_file(&delivery, args[i]));
	return delivery_close(&delivery);
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
		.reason = delivery_given.reason,
		.wall_now = agent_wall_now(),
	};
	r = sitting_read_file(arena, path, REPORT_FILE_MAX, &making->content);
	if (r == 0 || r == E_LIMIT) /* too large is for the judge to say */
		return AGENT_OK;
	return agent_error(_("%s：%s"), path,
	                   r == E_IO ? text_errno(errno) : text_err(r));
}

static int submit_file(struct delivery *delivery, const char *path)
{
	AUTO(arena_finishp) struct arena arena;
	struct queue_entry entry;
	struct making making;
	int code, r;

	arena_init(&arena, AGENT_MEMORY_MAX);
	code = read_making(&delivery->sitting, &arena, path, &making);
	if (code != AGENT_OK)
		return code;
	sha256(making.content, making.entry.file_hash);
	r = find_earlier(delivery, &making, &entry);
	if (r < 0 && r != E_NOT_FOUND)
		return agent_error(_("%s：%s"), path, store_why(delivery->sitting.store));
	if (r == 0 && is_done(delivery, &making, &entry, &code))
		return code;
	return delivery_bring(delivery, &making, making_judge(&making));
}

/* A file that was refused may be submitted again: plan and time may have changed. */
static int find_earlier(struct delivery *delivery, const struct making *making,
                        struct queue_entry *ret_entry)
{
	int r = queue_find_file(delivery->sitting.store, making->arena,
	                        making->entry.file_hash, ret_entry);

	return r == 0 && ret_entry->state == QUEUE_REFUSED ? E_NOT_FOUND : r;
}

/* Nothing is to be made of a file that waits, or that stands. */
static bool is_done(struct delivery *delivery, const struct making *making,
                    const struct queue_entry *entry, int *ret_code)
{
	const struct place place = {.plan = entry->plan,
	                            .section = entry->section,
	                            .period = entry->period};
	struct succession succession;

	if (succession_find(delivery->sitting.store, making->arena, &place, &succession,
	                    NULL) < 0)
		succession = (struct succession){.has_current = false};
	if (entry->state == QUEUE_ACKNOWLEDGED && succession.is_waiting)
		return false; /* something takes its place: this would be the next */
	if (entry->state == QUEUE_ACKNOWLEDGED && succession.has_current) {
		bool stands = strcmp(succession.current.number, entry->number) == 0;

		if (stands ? succession.is_returned : delivery_given.reason != NULL)
			return false;
		if (!stands) {
			*ret_code = refuse_replaced(delivery, making, entry,
			                            succession.current.number);
			return true;
		}
	}
	if (entry->state == QUEUE_ACKNOWLEDGED)
		(void)fprintf(stderr,
		              _("%s：内容与此前报送的 %s 相同，已有回执，不再重复报送\n"),
		              making->name, entry->source);
	else
		(void)fprintf(stderr, _("%s：内容与此前的 %s 相同，已在待发队列中\n"),
		              making->name, entry->source);
	*ret_code = delivery_wait(delivery, entry->row);
	return true;
}

/* By accident an old file must not undo a correction. */
static int refuse_replaced(struct delivery *delivery, const struct making *making,
                           const struct queue_entry *entry, const char *by)
{
	if (delivery->results != NULL)
		(void)json_array_append_new(
			delivery->results,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "file", making->name,
		                  "state", "superseded", "section", entry->section,
		                  "period", entry->period, "number", entry->number,
		                  "superseded_by", by));
	else
		outcome_write_replaced(stderr, making->name, entry->number, by);
	return AGENT_REFUSED;
}

int check_run(struct agent *agent, const char *const *args)
{
	struct delivery delivery = {.worst = AGENT_OK};
	int code = sitting_open(agent, &delivery.sitting);

	if (code != AGENT_OK)
		return code;
	delivery.results = agent->json ? json_array() : NULL;
	delivery.worst = sitting_need_plan(&delivery.sitting, delivery_wait_ms());
	for (size_t i = 0; delivery.sitting.plan.plan != NULL && args[i] != NULL; i++)
		delivery_worsen(&delivery, check_file(&delivery, args[i]));
	return delivery_close(&delivery);
}

static int check_file(struct delivery *delivery, const char *path)
{
	AUTO(arena_finishp) struct arena arena;
	struct making making;
	int code;

	arena_init(&arena, AGENT_MEMORY_MAX);
	code = read_making(&delivery->sitting, &arena, path, &making);
	if (code != AGENT_OK)
		return code;
	return delivery_only_show(delivery, &making, making_judge(&making));
}
