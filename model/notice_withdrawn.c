/*
 * The words for a figure that does not stand: which, by whom, why, and what a unit can
 * do.
 *
 * What can go wrong: no memory.
 */
#include "model/notice_withdrawn.h"

#include <string.h>

#include "base/err.h"
#include "model/wording.h"

static const char *ended(struct arena *arena, const char *sentence);

int notice_withdrawn_write(struct arena *arena, const struct plan *plan,
                           const struct notice_withdrawn *about,
                           struct notice *ret_notice)
{
	const struct plan_indicator *indicator =
		plan_find_indicator(about->section, about->indicator);
	const char *name = wording_quoted(arena, indicator != NULL ? indicator->name
	                                                           : about->indicator);
	const char *remark = ended(arena, about->remark);
	const struct plan_unit *unit = about->unit;
	struct notice notice = {.sample = plan->schedule.sample};
	char numeral[WORDING_MAX], period[PERIOD_TEXT_MAX], value[QUANTITY_TEXT_MAX];

	if (name == NULL || remark == NULL)
		return E_NOMEM;
	wording_numeral(about->section->index + 1, numeral);
	period_print_zh(&about->period, period);
	quantity_print(&about->value, value);
	notice.title = arena_printf(arena, "【复核不实】%s：%s%s填报%s，经复核不实",
	                            unit->name, period, name, value);
	notice.text =
		arena_printf(arena,
	                     "%s：你单位%s“%s、%s”报表（回执%s）"
	                     "填报%s%s，经%s复核不实：%s"
	                     "该数不再计入，以此前最近一个成立的数为准。"
	                     "请核实后据实更正，或在下期报表中据实填报；"
	                     "仍报同一个数的，须填写说明。（依据：%s；系统提醒%s）",
	                     unit->department != NULL && unit->department[0] != '\0'
	                             ? unit->department
	                             : unit->name,
	                     period, numeral, about->section->name, about->number, name,
	                     value, about->by != NULL ? about->by->name : "市级", remark,
	                     plan->number[0] != '\0' ? plan->number : plan->title,
	                     notice.sample ? "，示例数据" : "");
	if (notice.title == NULL || notice.text == NULL)
		return E_NOMEM;
	*ret_notice = notice;
	return 0;
}

/* With a full stop at its end. */
static const char *ended(struct arena *arena, const char *sentence)
{
	static const char stop[] = "。";
	size_t len = strlen(sentence), stop_len = sizeof(stop) - 1;

	if (len >= stop_len && strcmp(sentence + len - stop_len, stop) == 0)
		return sentence;
	return arena_printf(arena, "%s%s", sentence, stop);
}
