/*
 * The words for sums that do not agree: which period and section, what was found (the
 * check's own sentences), what to do, and the basis.
 *
 * What can go wrong: no memory.
 */
#include "model/notice_city.h"

#include "base/err.h"
#include "model/wording.h"

static bool is_sample(const struct plan *plan, const struct plan_rule *rule);

int notice_city_write(struct arena *arena, const struct plan *plan,
                      const struct city_check *check, const struct period *period,
                      struct notice *ret_notice)
{
	const struct plan_section *section = check->section;
	struct notice notice = {.sample = is_sample(plan, check->rule)};
	char numeral[WORDING_MAX], month[PERIOD_TEXT_MAX];

	wording_numeral(section->index + 1, numeral);
	period_print_zh(period, month);
	notice.title = arena_printf(arena, "【全市核对】%s“%s、%s”合计不符（%s）", month,
	                            numeral, section->name, check->rule->id);
	notice.text = arena_printf(arena,
	                           "%s：%s“%s、%s”各单位均已报送。%s请会同%"
	                           "s与有关单位核对，确有错误的退回更正；"
	                           "各数相符后本提醒自动解除。（依据：%s%s；系统提醒%s）",
	                           plan->office->name, month, numeral, section->name,
	                           check->text, section->lead->name,
	                           plan->number[0] != '\0' ? plan->number : plan->title,
	                           check->rule->basis, notice.sample ? "，示例数据" : "");
	if (notice.title == NULL || notice.text == NULL)
		return E_NOMEM;
	*ret_notice = notice;
	return 0;
}

/* When it is asked, or what it is held against, may not be in the document. */
static bool is_sample(const struct plan *plan, const struct plan_rule *rule)
{
	bool sample = plan->schedule.sample;

	for (size_t i = 0; i < rule->left_count; i++)
		sample = sample || (rule->left[i].target != NULL &&
		                    rule->left[i].target->measure_sample);
	for (size_t i = 0; i < rule->right_count; i++)
		sample = sample || (rule->right[i].target != NULL &&
		                    rule->right[i].target->measure_sample);
	return sample;
}
