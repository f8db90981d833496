/*
 * Several alerts as one message:
 *
 *	items --> groups of one label and one reader --> subject
 *	                                            '--> text (notice_digest_text.c)
 *
 * Works on the words that are on record, so that a message never says another thing than
 * the alerts it is made of.
 *
 * What can go wrong: no memory.
 */
#include "model/notice_digest.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/notice_digest_text.h"

#define GROUPS_MAX 16   /* what is more goes into the last */
#define TEXT_MIN   1024 /* bytes that are the text's, however long the subject */

/* What a subject counts. */
struct tally {
	size_t items, units, sections;
	const struct digest_item *first;
	bool same_kind, same_period, coordinate;
};

static size_t text_room(const char *subject, size_t size_max);
static int group_items(struct digesting *digesting, const struct digest_item *items);
static struct digest_group *find_group(struct digesting *digesting, struct bytes label,
                                       struct bytes address);
static struct bytes label_of(const char *title);
static const char *subject_of(struct digesting *digesting,
                              const struct digest_item *items);
static bool same_label(const struct digesting *digesting);
static const char *list_labels(struct digesting *digesting);
static size_t count_label(const struct digesting *digesting, size_t group);
static struct tally count_all(const struct digest_item *items, size_t count);
static bool ends_with(const char *text, const char *end);
static const char *summary_of(struct arena *arena, const struct tally *tally);
static const char *trouble_of(struct arena *arena, const struct tally *tally);

int notice_digest(struct arena *arena, const struct digest_item *items, size_t count,
                  size_t size_max, struct digest *ret_digest)
{
	struct digesting digesting = {.arena = arena, .count = count};
	struct digest digest = {.subject = items[0].title, .text = items[0].text};
	int r;

	CHECK(count >= 1 && size_max >= DIGEST_SIZE_MIN);
	if (count > 1) {
		r = group_items(&digesting, items);
		if (r < 0)
			return r;
		digest.subject = subject_of(&digesting, items);
		if (digest.subject == NULL)
			return E_NOMEM;
		digest.text =
			digest_text(&digesting, text_room(digest.subject, size_max));
		if (digest.text == NULL)
			return E_NOMEM;
	}
	*ret_digest = digest;
	return 0;
}

static size_t text_room(const char *subject, size_t size_max)
{
	size_t len = strlen(subject) + 1;

	return len <= size_max - TEXT_MIN ? size_max - len : TEXT_MIN;
}

static int group_items(struct digesting *digesting, const struct digest_item *items)
{
	digesting->groups =
		arena_new_array(digesting->arena, GROUPS_MAX, struct digest_group);
	if (digesting->groups == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < digesting->count; i++) {
		struct bytes rest, address = digest_address(items[i].text, &rest);
		struct digest_group *group =
			find_group(digesting, label_of(items[i].title), address);

		if (group->items == NULL)
			group->items = arena_new_array(digesting->arena, digesting->count,
			                               const struct digest_item *);
		if (group->items == NULL)
			return E_NOMEM;
		group->items[group->count++] = &items[i];
	}
	return 0;
}

static struct digest_group *find_group(struct digesting *digesting, struct bytes label,
                                       struct bytes address)
{
	for (size_t i = 0; i < digesting->group_count; i++) {
		struct digest_group *group = &digesting->groups[i];

		if (bytes_equal(group->label, label) &&
		    bytes_equal(group->address, address))
			return group;
	}
	if (digesting->group_count == GROUPS_MAX) {
		digesting->groups[GROUPS_MAX - 1].label = bytes_of_str("其他");
		digesting->groups[GROUPS_MAX - 1].address = bytes_of(NULL, 0);
		return &digesting->groups[GROUPS_MAX - 1];
	}
	digesting->groups[digesting->group_count].label = label;
	digesting->groups[digesting->group_count].address = address;
	return &digesting->groups[digesting->group_count++];
}

/* "催报" of "【催报】雨花区：…". */
static struct bytes label_of(const char *title)
{
	const char *end = strstr(title, "】");

	if (strncmp(title, "【", strlen("【")) != 0 || end == NULL)
		return bytes_of_str("提醒");
	title += strlen("【");
	return bytes_of(title, (size_t)(end - title));
}

const char *digest_line(const struct digest_item *item)
{
	const char *end = strstr(item->title, "】");

	return end != NULL ? end + strlen("】") : item->title;
}

static const char *subject_of(struct digesting *digesting,
                              const struct digest_item *items)
{
	const struct digest_group *group = &digesting->groups[0];
	struct tally tally = count_all(items, digesting->count);
	struct bytes to = bytes_of(NULL, 0);
	const char *summary;

	if (!same_label(digesting))
		return list_labels(digesting);
	if (digesting->group_count == 1 &&
	    bytes_equal(group->label, bytes_of_str("督办专报")))
		to = group->address;
	summary = summary_of(digesting->arena, &tally);
	if (summary == NULL)
		return NULL;
	return arena_printf(digesting->arena, "【%.*s】%s%.*s%s%s%s",
	                    (int)group->label.len, (const char *)group->label.data,
	                    to.len > 0 ? "呈" : "", (int)to.len,
	                    to.len > 0 ? (const char *)to.data : "",
	                    to.len > 0 ? "：" : "", summary,
	                    tally.coordinate ? "，请协调" : "");
}

static bool same_label(const struct digesting *digesting)
{
	for (size_t i = 1; i < digesting->group_count; i++) {
		if (!bytes_equal(digesting->groups[0].label, digesting->groups[i].label))
			return false;
	}
	return true;
}

/* "【汇总提醒】共12项：提级督办2项、进度预警10项" */
static const char *list_labels(struct digesting *digesting)
{
	const char *list = "";

	for (size_t i = 0; i < digesting->group_count && list != NULL; i++) {
		const struct digest_group *group = &digesting->groups[i];
		size_t count = count_label(digesting, i);

		if (count > 0)
			list = arena_printf(digesting->arena, "%s%s%.*s%zu项", list,
			                    list[0] != '\0' ? "、" : "",
			                    (int)group->label.len,
			                    (const char *)group->label.data, count);
	}
	if (list == NULL)
		return NULL;
	return arena_printf(digesting->arena, "【汇总提醒】共%zu项：%s", digesting->count,
	                    list);
}

/* How many have the label of this group; 0 when an earlier group has it too. */
static size_t count_label(const struct digesting *digesting, size_t group)
{
	struct bytes label = digesting->groups[group].label;
	size_t count = 0;

	for (size_t i = 0; i < digesting->group_count; i++) {
		if (!bytes_equal(digesting->groups[i].label, label))
			continue;
		if (i < group)
			return 0;
		count += digesting->groups[i].count;
	}
	return count;
}

static struct tally count_all(const struct digest_item *items, size_t count)
{
	struct tally tally = {.items = count,
	                      .first = &items[0],
	                      .same_kind = true,
	                      .same_period = true,
	                      .coordinate = true};

	for (size_t i = 0; i < count; i++) {
		bool new_unit = true, new_section = true;

		for (size_t j = 0; j < i; j++) {
			new_unit = new_unit && strcmp(items[j].unit, items[i].unit) != 0;
			new_section = new_section &&
			              strcmp(items[j].section, items[i].section) != 0;
		}
		tally.units += new_unit;
		tally.sections += new_section;
		tally.same_kind = tally.same_kind && items[i].kind == items[0].kind;
		tally.same_period = tally.same_period &&
		                    strcmp(items[i].period, items[0].period) == 0;
		tally.coordinate =
			tally.coordinate && ends_with(items[i].title, "，请协调");
	}
	return tally;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* "棚户区及城中村改造：7个单位低于序时进度"; the number of items where it is another. */
static const char *summary_of(struct arena *arena, const struct tally *tally)
{
	const char *unit = tally->first->unit, *section = tally->first->section;
	const char *what = trouble_of(arena, tally), *items = "";

	if (what == NULL)
		return NULL;
	if (tally->units == 1 && tally->sections == 1)
		return arena_printf(arena, "%s“%s”：%zu项%s", unit, section, tally->items,
		                    what);
	if ((tally->sections == 1 && tally->items != tally->units) ||
	    (tally->units == 1 && tally->items != tally->sections) ||
	    (tally->units > 1 && tally->sections > 1))
		items = arena_printf(arena, "共%zu项", tally->items);
	if (items == NULL)
		return NULL;
	if (tally->sections == 1)
		return arena_printf(arena, "%s：%zu个单位%s%s", section, tally->units,
		                    items, what);
	if (tally->units == 1)
		return arena_printf(arena, "%s：%zu个板块%s%s", unit, tally->sections,
		                    items, what);
	return arena_printf(arena, "%zu个单位、%zu个板块%s%s", tally->units,
	                    tally->sections, items, what);
}

static const char *trouble_of(struct arena *arena, const struct tally *tally)
{
	static const char *const reports[] = {
		[MONTHLY] = "月报", [QUARTERLY] = "季报", [YEARLY] = "年报"};
	const char *how =
		tally->first->kind == ALERT_REPORT_OVERDUE ? "逾期未报" : "即将到期未报";
	char name[PERIOD_TEXT_MAX];
	struct period period;

	if (!tally->same_kind)
		return "需处理";
	if (tally->first->kind == ALERT_BEHIND)
		return "低于序时进度";
	if (tally->first->kind == ALERT_TARGET_OVERDUE)
		return "到期未完成";
	if (tally->first->kind == ALERT_REPORT_RETURNED)
		return "报表退回修改";
	if (tally->first->kind == ALERT_RETURN_UNANSWERED)
		return "报表退回后逾期未重报";
	if (tally->first->kind == ALERT_FIGURE_WITHDRAWN)
		return "填报数经复核不实";
	if (tally->first->kind == ALERT_CITY_CHECK)
		return "合计不符";
	if (tally->first->kind == ALERT_PROBLEM_OVERDUE)
		return "问题逾期未销号";
	if (tally->first->kind == ALERT_PROBLEM_ASKED)
		return "问题待核验销号";
	if (tally->first->kind == ALERT_PROBLEM_SENT_BACK)
		return "问题退办";
	if (tally->first->kind == ALERT_REVIEW_OVERDUE)
		return "报表审核超时";
	if (tally->first->kind == ALERT_REQUEST_RECEIVED)
		return "申请待批复";
	if (tally->first->kind == ALERT_REQUEST_ANSWERED)
		return "申请已批复";
	if (tally->first->kind > ALERT_RETURN_UNANSWERED)
		return "需处理";
	if (!tally->same_period || period_parse(tally->first->period, &period) < 0)
		return arena_printf(arena, "报表%s", how);
	period_print_zh(&period, name);
	return arena_printf(arena, "%s%s%s", name, reports[period.frequency], how);
}
