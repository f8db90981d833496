/*
 * Group commit:
 *
 *   store_put -> queue -> make_group -> (pool) seal ~ ~> commit ~ ~> answer
 *                                                          |   \~ look_up ~ ~> answer
 *                                                          \~ one by one, after a failure
 *
 * What waits when a group may be made goes into it: sorted, numbered, its receipts sealed
 * by one signature, and inserted by one statement in one transaction. A report is
 * answered when that transaction is committed. Those that the insert left out (ON
 * CONFLICT DO NOTHING) are looked up after it: either the same report was stored before,
 * and gets its first receipt, or something else stands in its way.
 *
 * What can go wrong, and who must act:
 *
 *  - The connection breaks after the send: E_UNKNOWN for all. Agents send again, and the
 *    look-up tells what became of it.
 *  - The database refuses the group, because of one of its members: they are tried one by
 *    one, sealed as they are. Who fails then gets E_INTERNAL, and the operator a log line
 *    from the handler: it was judged acceptable and is not, so a table is at fault.
 *  - Down, full, out of memory: refused for now. Agents keep their reports.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store_internal.h"

static void fail_queue(struct store *store, int status);
static int make_group(struct store *store);
static size_t choose(struct store *store);
static int take_members(struct group *group, size_t count);
static int compare(const void *a, const void *b);
static void number_members(struct group *group);
static void seal(struct work_job *job);
static void on_sealed(struct work_job *job);
static void commit(struct group *group, size_t from, size_t to);
static void on_committed(struct pg_batch *batch, int status);
static void after_commit(struct group *group, int status);
static bool is_somebodys_fault(int status);
static void answer_stored(struct group *group);
static void look_up(struct group *group);
static void on_looked_up(struct pg_batch *batch, int status);
static int answer_earlier(struct group *group, size_t index);
static void answer(struct group *group, size_t index, int status);
static void answer_rest(struct group *group, int status);
static void end(struct group *group);

int store_put(struct store *store, struct store_put *put)
{
	CHECK(put->payload_hash.len == HASH_SIZE);
	if (!pg_is_up(store->options.pg))
		return E_DOWN;
	if (store->queued >= store->options.queue_max)
		return E_BUSY;
	put->receipt = bytes_of(NULL, 0);
	put->earlier = NULL;
	put->duplicate = false;
	list_push(&store->queue, &put->link);
	store->queued++;
	store_wake(store);
	return 0;
}

void store_make_groups(struct store *store)
{
	int r = 0;

	while (r == 0 && store->queued > 0 && store->commits < store->options.commits_max)
		r = make_group(store);
	if (r == E_NOMEM)
		fail_queue(store, r);
	/* No number, and none to be had: waiting would be endless. */
	if (store->queued > 0 && serials_left(&store->serials) == 0 &&
	    !store->serials.fetching)
		fail_queue(store,
		           store->serials.failed < 0 ? store->serials.failed : E_DOWN);
}

static void fail_queue(struct store *store, int status)
{
	for (size_t left = store->queued; left > 0; left--) {
		struct store_put *put =
			list_entry(list_pop(&store->queue), struct store_put, link);

		store->queued--;
		put->done(put, status);
	}
}

/* E_BUSY: not now, somebody will wake the store. E_NOMEM. */
static int make_group(struct store *store)
{
	struct group *group;
	size_t count = choose(store);

	if (count == 0)
		return E_BUSY;
	group = calloc(1, sizeof(*group));
	if (group == NULL)
		return E_NOMEM;
	group->magic = GROUP_MAGIC;
	group->store = store;
	arena_init(&group->arena, GROUP_MEMORY_MAX);
	if (take_members(group, count) < 0) {
		arena_finish(&group->arena);
		free(group);
		return E_NOMEM;
	}
	store->commits++;
	number_members(group);
	group->job = (struct work_job){.run = seal, .done = on_sealed};
	work_submit_first(store->options.work, &group->job);
	return 0;
}

/* How many of those that wait go together: bounded in number and in bytes. */
static size_t choose(struct store *store)
{
	uint64_t numbers = serials_left(&store->serials);
	size_t count = 0, bytes = 0;

	list_for_each (node, &store->queue) {
		bytes += list_entry(node, struct store_put, link)->envelope.len;
		if (count == store->options.group_max || count == numbers ||
		    (count > 0 && bytes > GROUP_BYTES_MAX))
			break;
		count++;
	}
	return count;
}

static int take_members(struct group *group, size_t count)
{
	struct store *store = group->store;

	group->members = arena_new_array(&group->arena, count, struct store_put *);
	group->outcomes = arena_new_array(&group->arena, count, enum group_outcome);
	group->receipts = arena_new_array(&group->arena, count, struct bytes);
	group->earlier = arena_new_array(&group->arena, count, struct store_earlier);
	if (group->members == NULL || group->outcomes == NULL ||
	    group->receipts == NULL || group->earlier == NULL)
		return E_NOMEM;
	for (group->count = 0; group->count < count; group->count++)
		group->members[group->count] =
			list_entry(list_pop(&store->queue), struct store_put, link);
	store->queued -= count;
	store->in_commits += count;
	qsort(group->members, count, sizeof(group->members[0]), compare);
	return 0;
}

/* One order everywhere, so that two groups, here or in another server, lock the keys that
 * they share in the same order and hardly ever deadlock. */
static int compare(const void *a, const void *b)
{
	const struct report *left = (*(struct store_put *const *)a)->report;
	const struct report *right = (*(struct store_put *const *)b)->report;
	int order = strcmp(left->unit, right->unit);

	if (order == 0)
		order = strcmp(left->plan, right->plan);
	if (order == 0)
		order = strcmp(left->section, right->section);
	if (order == 0)
		order = strcmp(left->period, right->period);
	return order != 0 ? order : memcmp(left->id, right->id, REPORT_ID_SIZE);
}

static void number_members(struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct store_put *put = group->members[i];
		const struct report *report = put->report;

		receipt_number(report->period, report->unit, report->section,
		               serials_take(&group->store->serials), put->number);
		put->body = (struct receipt_body){
			.number = put->number,
			.plan = put->plan,
			.plan_version = put->plan_version,
			.unit = report->unit,
			.section = report->section,
			.period = report->period,
			.received_at = put->received_at,
			.wall_received_at = put->wall_received_at,
			.due_at = put->verdict->times.due,
			.timeliness = put->verdict->timeliness,
			.findings = put->findings->first,
			.calendar = put->calendar,
			.rules = VALIDATE_RULES,
			.signer = put->signer,
			.crl_number = put->crl_number,
			.revision = put->verdict->revision,
			.supersedes = report->supersedes,
		};
		memcpy(put->body.report_id, report->id, REPORT_ID_SIZE);
		memcpy(put->body.content_hash, put->payload_hash.data, HASH_SIZE);
	}
}

/* On a pool thread; everything here is the group's until on_sealed(). */
static void seal(struct work_job *job)
{
	struct group *group = container_of(job, struct group, job);
	struct bytes *bodies = arena_new_array(&group->arena, group->count, struct bytes);

	if (bodies == NULL) {
		group->status = E_NOMEM;
		return;
	}
	for (size_t i = 0; i < group->count && group->status == 0; i++)
		group->status = receipt_body_encode(&group->arena,
		                                    &group->members[i]->body, &bodies[i]);
	if (group->status == 0)
		group->status =
			receipts_seal(&group->arena, group->store->options.receipts,
		                      bodies, group->count, group->receipts);
}

static void on_sealed(struct work_job *job)
{
	struct group *group = container_of(job, struct group, job);

	CHECK_MAGIC(group, GROUP_MAGIC);
	if (group->status < 0) {
		answer_rest(group, group->status);
		end(group);
		return;
	}
	commit(group, 0, group->count);
}

static void commit(struct group *group, size_t from, size_t to)
{
	int r;

	group->from = from;
	group->to = to;
	group_insert_batch(group);
	group->batch.done = on_committed;
	group->batch.context = group;
	r = group->out_of_memory ? E_NOMEM
	                         : pg_send(group->store->options.pg, &group->batch);
	if (r < 0) {
		answer_rest(group, r);
		end(group);
	}
}

static void on_committed(struct pg_batch *batch, int status)
{
	struct group *group = batch->context;

	CHECK_MAGIC(group, GROUP_MAGIC);
	if (status < 0)
		for (size_t i = group->from; i < group->to; i++)
			group->outcomes[i] = GROUP_OPEN;
	else
		answer_stored(group);
	after_commit(group, status);
}

/* What next: all together, then one by one, then the look-up. */
static void after_commit(struct group *group, int status)
{
	bool all = group->from == 0 && group->to == group->count;

	if (status < 0 && !is_somebodys_fault(status)) {
		answer_rest(group, status);
		end(group);
		return;
	}
	if (status < 0 && all && group->count > 1) {
		commit(group, 0, 1);
		return;
	}
	if (status < 0)
		answer(group, group->from, E_INTERNAL);
	if (group->to < group->count)
		commit(group, group->to, group->to + 1);
	else
		look_up(group);
}

/* May it be one member that is to blame, so that the others would pass without it? */
static bool is_somebodys_fault(int status)
{
	return status == E_REFUSED || status == E_EXISTS || status == E_INTERNAL;
}

/* Committed: the promise may be given. */
static void answer_stored(struct group *group)
{
	bool any = false;

	for (size_t i = group->from; i < group->to; i++) {
		struct store_put *put = group->members[i];

		if (group->outcomes[i] != GROUP_STORED)
			continue;
		any = true;
		put->receipt = arena_copy(put->arena, group->receipts[i]);
		answer(group, i, put->receipt.data != NULL ? 0 : E_NOMEM);
	}
	if (any)
		notifier_want(group->store);
}

/* Members that are not answered yet were left out by the insert. */
static void look_up(struct group *group)
{
	size_t left = 0;
	int r;

	for (size_t i = 0; i < group->count; i++)
		left += group->members[i] != NULL;
	if (left == 0) {
		end(group);
		return;
	}
	group_lookup_batch(group);
	group->batch.done = on_looked_up;
	group->batch.context = group;
	r = pg_send(group->store->options.pg, &group->batch);
	if (r < 0) {
		answer_rest(group, r);
		end(group);
	}
}

static void on_looked_up(struct pg_batch *batch, int status)
{
	struct group *group = batch->context;

	CHECK_MAGIC(group, GROUP_MAGIC);
	if (status == 0 && group->out_of_memory)
		status = E_NOMEM;
	for (size_t i = 0; i < group->count; i++)
		if (group->members[i] != NULL)
			answer(group, i, status == 0 ? answer_earlier(group, i) : status);
	end(group);
}

/* Nothing stands in the way and yet it was left out: what stood there is gone again, or
 * the number was given before. Asking again with another number settles both. */
static int answer_earlier(struct group *group, size_t index)
{
	struct store_put *put = group->members[index];
	const struct store_earlier *earlier = &group->earlier[index];

	if (!earlier->found) {
		serials_drop(&group->store->serials);
		return E_UNKNOWN;
	}
	put->earlier = arena_strdup(put->arena, earlier->number);
	if (put->earlier == NULL)
		return E_NOMEM;
	if (!earlier->same_report ||
	    !bytes_equal(earlier->content_hash, put->payload_hash))
		return E_EXISTS;
	put->receipt = arena_copy(put->arena, earlier->receipt);
	put->duplicate = true;
	return put->receipt.data != NULL ? 0 : E_NOMEM;
}

/* The only way out of a group for one member. */
static void answer(struct group *group, size_t index, int status)
{
	struct store_put *put = group->members[index];

	group->members[index] = NULL;
	group->store->in_commits--;
	put->done(put, status);
}

static void answer_rest(struct group *group, int status)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->members[i] != NULL)
			answer(group, i, status);
}

static void end(struct group *group)
{
	struct store *store = group->store;

	store->commits--;
	store_wake(store); /* somebody may wait for this place */
	arena_finish(&group->arena);
	group->magic = 0;
	free(group);
}
