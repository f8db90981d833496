/*
 * The effects of a version, as tables:
 *
 *	dates that move -> what is asked, and lights, counted by section
 *	-> the first rows of both; all of them with --json
 *
 * duban plan moved shows the dates that were kept with a version.
 */
#include "client/admin/plan_effects.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/output.h"
#include "client/admin/table.h"
#include "client/admin/text.h"

#define SHOWN_MAX 30 /* rows of a table, for people */

static struct {
	int version;
} options;

/* clang-format off */
const struct poptOption plan_moved_options[] = {
	{"version", 0, POPT_ARG_INT, &options.version, 0, N_("看某一版本（默认看最近一次调整了时限的版本）"), N_("版本")},
	POPT_TABLEEND};
/* clang-format on */

static struct table *dates_table(struct admin *admin, Duban__V1__MovedDate *const *rows,
                                 size_t count);
static const char *estimate(const struct admin *admin, const Duban__V1__MovedDate *date);
static struct table *sections_table(struct admin *admin,
                                    const Duban__V1__PlanEffects *effects);
static struct table *asked_table(struct admin *admin,
                                 const Duban__V1__PlanEffects *effects, size_t count);
static struct table *lights_table(struct admin *admin,
                                  const Duban__V1__PlanEffects *effects, size_t count);
static struct table *scores_table(struct admin *admin,
                                  const Duban__V1__PlanEffects *effects, size_t count);
static int show(struct table *table, const char *title, size_t count, size_t shown);
static size_t few(const struct admin *admin, size_t count);
static int print_moved(struct admin *admin,
                       const Duban__V1__ListMovedDatesResponse *answer);

int plan_effects_print(struct admin *admin, const Duban__V1__PlanEffects *effects)
{
	size_t dates = few(admin, effects->n_dates), asked = few(admin, effects->n_asked);
	size_t lights = few(admin, effects->n_lights);
	size_t scores = few(admin, effects->n_scores);
	int code;

	if (effects->n_dates + effects->n_sections + effects->n_scores == 0) {
		printf("%s\n", _("时限、应报任务、亮灯和得分都没有变化。"));
		return ADMIN_OK;
	}
	if (strcmp(effects->calendar_from, effects->calendar_to) != 0)
		printf(_("工作日历：%s → %s\n"), effects->calendar_from,
		       effects->calendar_to);
	code = show(dates_table(admin, effects->dates, dates), _("调整的时限"),
	            effects->n_dates, dates);
	if (code == ADMIN_OK)
		code = show(sections_table(admin, effects), _("各板块的变化"),
		            effects->n_sections, effects->n_sections);
	if (code == ADMIN_OK)
		code = show(asked_table(admin, effects, asked), _("应报任务的变化"),
		            effects->n_asked, asked);
	if (code == ADMIN_OK)
		code = show(lights_table(admin, effects, lights), _("亮灯的变化"),
		            effects->n_lights, lights);
	if (code == ADMIN_OK)
		code = show(scores_table(admin, effects, scores), _("得分的变化"),
		            effects->n_scores, scores);
	if (code == ADMIN_OK && !effects->complete)
		printf("%s\n", _("变化太多，明细没有列全；各板块的数是全的。"));
	return code;
}

static size_t few(const struct admin *admin, size_t count)
{
	return admin->json || count < SHOWN_MAX ? count : SHOWN_MAX;
}

/* Nothing at all for an empty list. */
static int show(struct table *table, const char *title, size_t count, size_t shown)
{
	int code;

	if (count == 0) {
		table_destroy(table);
		return ADMIN_OK;
	}
	printf(_("\n%s（%zu 项）\n"), title, count);
	code = table_print(table);
	if (code == ADMIN_OK && shown < count)
		printf(_("其余 %zu 项用 --json 查看。\n"), count - shown);
	return code;
}

static struct table *dates_table(struct admin *admin, Duban__V1__MovedDate *const *rows,
                                 size_t count)
{
	static const struct table_column columns[] = {
		{"period", N_("报告期"), TABLE_LEFT},
		{"due_from", N_("原报送时限"), TABLE_LEFT},
		{"due_to", N_("现报送时限"), TABLE_LEFT},
		{"lock_from", N_("原封表"), TABLE_LEFT},
		{"lock_to", N_("现封表"), TABLE_LEFT},
		{"reports", N_("应报份数"), TABLE_COUNT},
		{"was_estimated", NULL, TABLE_FLAG},
		{"is_estimated", NULL, TABLE_FLAG},
		{NULL, N_("说明"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < count; i++)
		table_row(table, rows[i]->period, text_instant(admin, rows[i]->due_from),
		          text_instant(admin, rows[i]->due_to),
		          text_instant(admin, rows[i]->lock_from),
		          text_instant(admin, rows[i]->lock_to),
		          text_number(admin, rows[i]->reports),
		          text_flag(rows[i]->was_estimated),
		          text_flag(rows[i]->is_estimated), estimate(admin, rows[i]));
	return table;
}

/* A year whose calendar is not published yet. */
static const char *estimate(const struct admin *admin, const Duban__V1__MovedDate *date)
{
	(void)admin;
	if (date->is_estimated)
		return _("现时限为预计");
	return date->was_estimated ? _("原时限为预计") : "";
}

static struct table *sections_table(struct admin *admin,
                                    const Duban__V1__PlanEffects *effects)
{
	static const struct table_column columns[] = {
		{"section", N_("板块"), TABLE_LEFT},
		{"name", N_("名称"), TABLE_LEFT},
		{"asked", N_("新增应报"), TABLE_COUNT},
		{"no_longer", N_("不再应报"), TABLE_COUNT},
		{"lights_better", N_("灯变好"), TABLE_COUNT},
		{"lights_worse", N_("灯变差"), TABLE_COUNT},
		{"lights_otherwise", N_("新亮灯或不再亮灯"), TABLE_COUNT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < effects->n_sections; i++) {
		const Duban__V1__SectionEffects *row = effects->sections[i];

		table_row(table, row->section, row->name, text_number(admin, row->asked),
		          text_number(admin, row->no_longer),
		          text_number(admin, row->lights_better),
		          text_number(admin, row->lights_worse),
		          text_number(admin, row->lights_otherwise));
	}
	return table;
}

static struct table *asked_table(struct admin *admin,
                                 const Duban__V1__PlanEffects *effects, size_t count)
{
	static const struct table_column columns[] = {
		{NULL, N_("变化"), TABLE_LEFT},
		{"no_longer", NULL, TABLE_FLAG},
		{"section", N_("板块"), TABLE_LEFT},
		{"unit", NULL, TABLE_LEFT},
		{"unit_name", N_("单位"), TABLE_LEFT},
		{"first", N_("首期"), TABLE_LEFT},
		{"last", N_("末期"), TABLE_LEFT},
		{"reports", N_("应报份数"), TABLE_COUNT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < count; i++) {
		const Duban__V1__AskedChange *row = effects->asked[i];
		const char *unit = row->unit_name;

		if (row->unit[0] == '\0' && !admin->json)
			unit = _("各填报单位");
		table_row(table, row->no_longer ? _("不再应报") : _("新增应报"),
		          text_flag(row->no_longer), row->section, row->unit, unit,
		          row->first, row->last, text_number(admin, row->reports));
	}
	return table;
}

static struct table *lights_table(struct admin *admin,
                                  const Duban__V1__PlanEffects *effects, size_t count)
{
	static const struct table_column columns[] = {
		{"section", N_("板块"), TABLE_LEFT},
		{"unit", NULL, TABLE_LEFT},
		{"unit_name", N_("单位"), TABLE_LEFT},
		{"target", NULL, TABLE_LEFT},
		{"target_name", N_("责任目标"), TABLE_LEFT},
		{"from", N_("原灯"), TABLE_LEFT},
		{"to", N_("现灯"), TABLE_LEFT},
		{"why", N_("原因"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < count; i++) {
		const Duban__V1__LightChange *row = effects->lights[i];

		table_row(table, row->section, row->unit, row->unit_name, row->target,
		          row->target_name, text_light(admin, row->from),
		          text_light(admin, row->to), row->why);
	}
	return table;
}

/* Of the present year, by what is stored. */
static struct table *scores_table(struct admin *admin,
                                  const Duban__V1__PlanEffects *effects, size_t count)
{
	static const struct table_column columns[] = {
		{"unit", NULL, TABLE_LEFT},
		{"unit_name", N_("单位"), TABLE_LEFT},
		{NULL, N_("考核范围"), TABLE_LEFT},
		{"from", N_("原得分率（%）"), TABLE_RIGHT},
		{"to", N_("现得分率（%）"), TABLE_RIGHT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < count; i++) {
		const Duban__V1__ScoreChange *row = effects->scores[i];

		table_row(table, row->unit, row->unit_name, effects->score_range,
		          row->from, row->to);
	}
	return table;
}

struct json_t *plan_effects_json(struct admin *admin,
                                 const Duban__V1__PlanEffects *effects)
{
	if (effects == NULL)
		return json_null();
	return json_pack(
		"{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:s}", "calendar_from",
		effects->calendar_from, "calendar_to", effects->calendar_to, "complete",
		(int)effects->complete, "dates",
		table_take_json(dates_table(admin, effects->dates, effects->n_dates)),
		"sections", table_take_json(sections_table(admin, effects)), "asked",
		table_take_json(asked_table(admin, effects, effects->n_asked)), "lights",
		table_take_json(lights_table(admin, effects, effects->n_lights)),
		"scores",
		table_take_json(scores_table(admin, effects, effects->n_scores)),
		"score_range", effects->score_range);
}

int plan_moved_command(struct admin *admin, const char *const *args)
{
	Duban__V1__ListMovedDatesRequest request =
		DUBAN__V1__LIST_MOVED_DATES_REQUEST__INIT;
	ProtobufCMessage *answer;
	int code;

	if (options.version < 0) {
		(void)admin_error(_("--version %d：应为正整数"), options.version);
		return ADMIN_USAGE;
	}
	request.plan = arena_strdup(&admin->arena, args[0] != NULL ? args[0] : "");
	request.version = (uint32_t)options.version;
	code = admin_call(admin, "Plans/ListMovedDates", &request.base,
	                  &duban__v1__list_moved_dates_response__descriptor, &answer);
	if (code != ADMIN_OK)
		return code;
	return print_moved(admin, (const Duban__V1__ListMovedDatesResponse *)answer);
}

static int print_moved(struct admin *admin,
                       const Duban__V1__ListMovedDatesResponse *answer)
{
	struct table *table = dates_table(admin, answer->dates, answer->n_dates);

	if (admin->json)
		return output_json(
			json_pack("{s:s, s:i, s:s, s:s, s:s, s:o}", "plan", answer->plan,
		                  "version", (int)answer->version, "applied_at",
		                  text_instant(admin, answer->applied_at),
		                  "calendar_from", answer->calendar_from, "calendar_to",
		                  answer->calendar_to, "dates", table_take_json(table)));
	if (answer->n_dates == 0) {
		table_destroy(table);
		if (answer->version == 0)
			printf(_("%s：没有一个版本调整过时限。\n"), answer->plan);
		else
			printf(_("%s 第 %u 版没有调整时限。\n"), answer->plan,
			       answer->version);
		return ADMIN_OK;
	}
	printf(_("%s 第 %u 版，%s 发布，工作日历 %s → %s\n"), answer->plan,
	       answer->version, text_instant(admin, answer->applied_at),
	       answer->calendar_from, answer->calendar_to);
	return table_print(table);
}
