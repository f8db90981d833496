/*
 * The words of a return: which report, by whom, what is to be mended, by when, and what a
 * unit may say against it.
 *
 *	returned    to the unit at once; from the second time on also one step up
 *	unanswered  to the unit when it is due, then up the ladder
 */
#include "model/notice_text.h"

#include <string.h>

#include "model/wording.h"

static const char *items(struct writing *writing);
static const char *may_contest(struct writing *writing);
static const char *times_returned(struct writing *writing);

/* "你单位2022年9月“四、…”月报（回执…）经更新办审核，予以退回。1.“…”：…。" */
const char *notice_situation_returned(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	bool own = notice_is_own(writing);
	const char *again = about->ordinal > 1 && !own
	                            ? notice_say(writing, "第%u次", about->ordinal)
	                            : "";

	return notice_say(writing, "%s%s（回执%s）经%s审核，%s予以退回。%s%s",
	                  own ? "你单位" : about->unit->name, notice_subject(writing),
	                  about->number, about->by != NULL ? about->by->name : "审核处室",
	                  again, items(writing), own ? "其余数据无需重填。" : "");
}

static const char *items(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const char *list = "";
	bool only = about->item_count == 1;

	for (size_t i = 0; i < about->item_count; i++) {
		const char *name = wording_quoted(writing->arena, about->items[i].name);

		if (name == NULL) {
			writing->out_of_memory = true;
			return "";
		}
		list = only ? notice_say(writing, "%s：%s", name,
		                         notice_unstopped(writing,
		                                          about->items[i].reason))
		            : notice_say(writing, "%s%zu.%s：%s%s", list, i + 1, name,
		                         notice_unstopped(writing,
		                                          about->items[i].reason),
		                         i + 1 < about->item_count ? "；" : "");
	}
	if (about->remark != NULL && about->remark[0] != '\0')
		return notice_say(writing, "%s。%s。", list,
		                  notice_unstopped(writing, about->remark));
	return notice_say(writing, "%s。", list);
}

/* A reason that ends in a full stop goes into a list without it. */
const char *notice_unstopped(struct writing *writing, const char *sentence)
{
	static const char stop[] = "。";
	size_t len = strlen(sentence), stop_len = sizeof(stop) - 1;

	if (len < stop_len || strcmp(sentence + len - stop_len, stop) != 0)
		return sentence;
	return notice_say(writing, "%.*s", (int)(len - stop_len), sentence);
}

const char *notice_situation_unanswered(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	char now[WORDING_MAX], due[WORDING_MAX], returned[DAY_TEXT_MAX];

	wording_instant_short(writing->plan, about->now, now);
	wording_instant(writing->plan, about->due, due);
	day_print_zh(instant_day(about->returned_at, writing->plan->utc_offset),
	             returned);
	return notice_say(writing,
	                  "截至%s，%s%s（回执%s）%s退回后尚未重报，重报时限为%s。", now,
	                  notice_is_own(writing) ? "你单位" : about->unit->name,
	                  notice_subject(writing), about->number, returned, due);
}

/* To the unit. The due date stands in the situation when it has passed. */
const char *notice_request_mended(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	char due[WORDING_MAX];

	if (about->kind == ALERT_RETURN_UNANSWERED)
		return "请尽快经负责人审签后重报，并说明原因；退回后未重报的，按错报登记"
		       "。";
	wording_instant(writing->plan, about->due, due);
	return notice_say(writing, "请于%s前经负责人审签后重报%s。本次为%s退回。", due,
	                  may_contest(writing), times_returned(writing));
}

/* Until when, if the plan says so; to mend it is due all the same. */
static const char *may_contest(struct writing *writing)
{
	int64_t until = workdays_instant(writing->plan, writing->about->returned_at,
	                                 writing->plan->review.contest);
	char when[WORDING_MAX];

	if (until == 0)
		return notice_say(writing, "；对退回意见有异议的，请书面向%s提出",
		                  writing->plan->office->name);
	wording_instant(writing->plan, until, when);
	return notice_say(writing, "；对退回意见有异议的，可在%s前提出申辩", when);
}

static const char *times_returned(struct writing *writing)
{
	unsigned ordinal = writing->about->ordinal;

	return ordinal <= 1 ? "首次" : notice_say(writing, "第%u次", ordinal);
}
