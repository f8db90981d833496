/*
 * duban reports explain NUMBER:
 *
 *	the report, verified -> the plan as it judged it -> its life -> its lights
 *
 *	versions, signatures
 *	each figure: standing, target, clause and its wording, rules and what they said,
 *	lights
 *	the chain of revisions
 *
 * What is shown of the plan is the version that the receipt names, not the current one:
 * a report that was judged under an earlier version is explained by that.
 */
#include "client/admin/report_explain.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "client/admin/plan.h"
#include "client/admin/reviews_ask.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "client/timeliness.h"
#include "model/period.h"
#include "model/plan.h"

static int gather(struct admin *admin, const char *number, struct explanation *explained);
static int ask_lights(struct admin *admin, const char *number,
                      const Duban__V1__ListLightsResponse **ret_lights);
static void print_head(struct admin *admin, const struct explanation *explained);
static void print_versions(struct admin *admin, const struct explanation *explained);
static void print_signatures(struct admin *admin, const struct explanation *explained);
static void print_figure(struct admin *admin, const struct explanation *explained,
                         const struct figure *figure, size_t number);
static void print_target(struct admin *admin, const struct explanation *explained,
                         const struct plan_target *target);
static void print_reading(const struct plan_reading *reading);
static void print_rule(struct admin *admin, const struct explanation *explained,
                       const struct plan_rule *rule);
static void print_light(struct admin *admin, const Duban__V1__GivenLight *light);
static void print_others(const struct explanation *explained);
static int print_chain(struct admin *admin, const struct explanation *explained);

int report_explain(struct admin *admin, const char *const *args)
{
	struct explanation explained;
	const struct report *report;
	int code = gather(admin, args[0], &explained);

	if (code != ADMIN_OK)
		return code;
	if (admin->json)
		return report_explain_json(admin, &explained);
	report = explained.opened.report;
	print_head(admin, &explained);
	print_versions(admin, &explained);
	print_signatures(admin, &explained);
	printf("\n%s\n", _("三、各项数据"));
	for (size_t i = 0; i < report->figure_count; i++)
		print_figure(admin, &explained, &report->figures[i], i + 1);
	print_others(&explained);
	return print_chain(admin, &explained);
}

static int gather(struct admin *admin, const char *number, struct explanation *explained)
{
	const struct report *report;
	struct period period;
	int code = report_open(admin, number, &explained->opened);

	if (code != ADMIN_OK)
		return code;
	report = explained->opened.report;
	explained->version = explained->opened.receipt != NULL
	                             ? explained->opened.receipt->plan_version
	                             : report->plan_version;
	code = plan_fetch(admin, report->plan, explained->version, &explained->plan);
	if (code != ADMIN_OK)
		return code;
	explained->section = plan_find_section(explained->plan, report->section);
	explained->unit = plan_find_unit(explained->plan, report->unit);
	explained->on = period_parse(report->period, &period) == 0
	                        ? period_last_day(&period)
	                        : DAY_NONE;
	code = reviews_ask_life(admin, number, &explained->life);
	return code == ADMIN_OK ? ask_lights(admin, number, &explained->lights) : code;
}

static int ask_lights(struct admin *admin, const char *number,
                      const Duban__V1__ListLightsResponse **ret_lights)
{
	Duban__V1__ListLightsRequest request = DUBAN__V1__LIST_LIGHTS_REQUEST__INIT;
	ProtobufCMessage *message;
	int code;

	request.number = arena_strdup(&admin->arena, number);
	if (request.number == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	code = admin_call(admin, "Board/ListLights", &request.base,
	                  &duban__v1__list_lights_response__descriptor, &message);
	if (code == ADMIN_OK)
		*ret_lights = (const Duban__V1__ListLightsResponse *)message;
	return code;
}

bool explain_measures(const struct plan_target *target,
                      const struct plan_indicator *indicator)
{
	const struct plan_indicator *measured = target->indicator;

	return measured != NULL &&
	       (measured == indicator || measured->numerator == indicator ||
	        measured->denominator == indicator);
}

static bool in_terms(const struct plan_term *terms, size_t count,
                     const struct plan_indicator *indicator)
{
	for (size_t i = 0; i < count; i++)
		if (terms[i].indicator == indicator ||
		    (terms[i].target != NULL &&
		     explain_measures(terms[i].target, indicator)))
			return true;
	return false;
}

static bool looks_at(const struct plan_rule *rule, const struct plan_indicator *indicator)
{
	if (rule->indicator == indicator)
		return true;
	if (rule->target != NULL && explain_measures(rule->target, indicator))
		return true;
	return in_terms(rule->left, rule->left_count, indicator) ||
	       in_terms(rule->right, rule->right_count, indicator);
}

bool explain_asks(const struct plan_section *section, const struct plan_rule *rule,
                  const struct plan_indicator *indicator)
{
	if (!looks_at(rule, indicator))
		return false;
	for (const struct plan_rule *one = section->rules; one < rule; one++)
		if (strcmp(one->id, rule->id) == 0 && looks_at(one, indicator))
			return false;
	return true;
}

/* The indicator that a finding is about, by its field "figures[ID]..."; NULL: none. */
static const struct plan_indicator *subject_of(const struct plan_section *section,
                                               const struct finding *finding)
{
	static const char prefix[] = "figures[";
	const char *id = finding->field + sizeof(prefix) - 1;

	if (section == NULL || strncmp(finding->field, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	for (size_t i = 0; i < section->indicator_count; i++) {
		size_t len = strlen(section->indicators[i].id);

		if (strncmp(section->indicators[i].id, id, len) == 0 && id[len] == ']')
			return &section->indicators[i];
	}
	return NULL;
}

const struct finding *explain_finding(const struct explanation *explained,
                                      const struct plan_rule *rule)
{
	const struct receipt_body *receipt = explained->opened.receipt;
	const struct finding *one = receipt != NULL ? receipt->findings : NULL;

	for (; one != NULL; one = one->next) {
		const struct plan_indicator *subject =
			subject_of(explained->section, one);

		if (strcmp(one->rule, rule->id) == 0 &&
		    (subject == NULL || looks_at(rule, subject)))
			return one;
	}
	return NULL;
}

bool explain_is_other(const struct explanation *explained, const struct finding *finding)
{
	const struct plan_section *section = explained->section;
	const struct plan_indicator *subject = subject_of(section, finding);

	for (size_t i = 0; section != NULL && subject != NULL && i < section->rule_count;
	     i++)
		if (strcmp(section->rules[i].id, finding->rule) == 0)
			return false;
	return true;
}

Duban__V1__Standing explain_standing(const struct explanation *explained,
                                     const char *indicator)
{
	const Duban__V1__GetLifeResponse *life = explained->life;
	const char *number = explained->opened.receipt != NULL
	                             ? explained->opened.receipt->number
	                             : "";
	Duban__V1__Standing checked = DUBAN__V1__STANDING__STANDING_UNSPECIFIED;
	bool passed = false;

	for (size_t i = 0; i < life->n_events; i++) {
		const Duban__V1__LifeEvent *event = life->events[i];

		if (strcmp(event->number, number) != 0)
			continue;
		passed = passed || strcmp(event->kind, "passed") == 0;
		if (strcmp(event->kind, "checked") == 0 &&
		    strcmp(event->indicator, indicator) == 0)
			checked = event->standing;
	}
	if (checked != DUBAN__V1__STANDING__STANDING_UNSPECIFIED)
		return checked;
	return passed ? DUBAN__V1__STANDING__STANDING_CHECKED
	              : DUBAN__V1__STANDING__STANDING_REPORTED;
}

const char *explain_clause(const struct plan_target *target)
{
	return target->clause != NULL ? target->clause->id : "";
}

static void print_head(struct admin *admin, const struct explanation *explained)
{
	const struct receipt_body *receipt = explained->opened.receipt;
	const struct report *report = explained->opened.report;

	if (receipt != NULL)
		printf(_("回执 %s    收到 %s    时限 %s    %s\n"), receipt->number,
		       text_instant(admin, receipt->received_at),
		       text_instant(admin, receipt->due_at),
		       timeliness_word(receipt->timeliness));
	printf(_("单位 %s    板块 %s    报告期 %s    %s\n"),
	       explained->unit != NULL ? explained->unit->name : report->unit,
	       explained->section != NULL ? explained->section->name : report->section,
	       report->period,
	       text_report_kind(admin, (Duban__V1__ReportKind)report->kind));
}

static void print_versions(struct admin *admin, const struct explanation *explained)
{
	const struct receipt_body *receipt = explained->opened.receipt;
	ProtobufCBinaryData hash = {.len = sizeof(explained->plan->hash)};

	hash.data = (uint8_t *)(uintptr_t)explained->plan->hash;
	printf("\n%s\n", _("一、据以判定的版本"));
	printf(_("方案 %s（%s）第 %u 版，内容摘要（SHA-256）%s\n"), explained->plan->id,
	       explained->plan->number, explained->version, text_bytes(admin, &hash));
	printf(_("审核关系：随方案第 %u 版，程序自带规则第 %s 版；日历：%s；"
	         "单位填报时依据第 %u 版\n"),
	       explained->version, receipt != NULL ? receipt->rules : "—",
	       receipt != NULL ? receipt->calendar : "—",
	       explained->opened.report->plan_version);
}

static void print_signatures(struct admin *admin, const struct explanation *explained)
{
	const struct opened_report *opened = &explained->opened;
	const struct receipt_body *receipt = opened->receipt;
	ProtobufCBinaryData hash = {.len = HASH_SIZE};

	printf("\n%s\n", _("二、签名和回执"));
	printf(_("填报签名（%s）：%s，签名人 %s\n"),
	       algorithm_name(opened->envelope.algorithm),
	       report_verdict(admin, opened->signature),
	       receipt != NULL ? receipt->signer : "—");
	printf(_("回执签名：%s\n"), report_verdict(admin, opened->receipt_signature));
	if (receipt == NULL) {
		printf("%s\n", _("回执不能核验：以下没有审核结果，版本以月报自述为准。"));
		return;
	}
	hash.data = (uint8_t *)(uintptr_t)receipt->content_hash;
	printf(_("填报内容摘要（SHA-256）：%s\n收到时核对的吊销列表：%s\n"),
	       text_bytes(admin, &hash),
	       receipt->crl_number[0] != '\0' ? receipt->crl_number : _("无"));
}

static void print_figure(struct admin *admin, const struct explanation *explained,
                         const struct figure *figure, size_t number)
{
	const struct plan_section *section = explained->section;
	const struct plan_indicator *indicator =
		section != NULL ? plan_find_indicator(section, figure->indicator) : NULL;
	char value[QUANTITY_TEXT_MAX];
	size_t targets = 0;

	quantity_print(&figure->value, value);
	printf(_("%zu. %s（%s）：%s    %s\n"), number,
	       indicator != NULL ? indicator->name : figure->indicator, figure->indicator,
	       value,
	       text_standing(admin, explain_standing(explained, figure->indicator)));
	if (figure->reason[0] != '\0')
		printf(_("   单位的说明：%s\n"), figure->reason);
	if (indicator == NULL)
		return;
	for (size_t i = 0; i < section->target_count; i++)
		if (explain_measures(&section->targets[i], indicator)) {
			print_target(admin, explained, &section->targets[i]);
			targets++;
		}
	if (targets == 0)
		printf("   %s\n", _("没有对应的责任目标，仅作监测"));
	for (size_t i = 0; i < section->rule_count; i++)
		if (explain_asks(section, &section->rules[i], indicator))
			print_rule(admin, explained, &section->rules[i]);
	for (size_t i = 0; i < explained->lights->n_lights; i++)
		if (strcmp(explained->lights->lights[i]->record->indicator,
		           figure->indicator) == 0)
			print_light(admin, explained->lights->lights[i]);
}

static void print_target(struct admin *admin, const struct explanation *explained,
                         const struct plan_target *target)
{
	const struct plan_allocation *part =
		explained->unit != NULL
			? plan_part_on(target, explained->unit, explained->on)
			: NULL;
	day until = plan_deadline_on(target, explained->unit, explained->on);
	const char *task = _("尚未分解");
	char deadline[DAY_TEXT_MAX] = "";

	if (part != NULL)
		task = part->no_task ? _("无任务") : text_value(admin, &part->value);
	if (until != DAY_NONE)
		day_print(until, deadline);
	printf(_("   责任目标：%s（%s）；本单位任务 %s，期限 %s%s\n"), target->name,
	       target->id, task, deadline[0] != '\0' ? deadline : _("未定"),
	       part != NULL && part->sample ? _("（示例）") : "");
	if (target->clause != NULL)
		printf(_("   依据：%s  %s\n"), target->clause->id,
		       target->clause->wording);
	for (size_t i = 0; i < target->reading_count; i++)
		print_reading(&target->readings[i]);
}

static void print_reading(const struct plan_reading *reading)
{
	bool strict = strcmp(reading->chosen, "strict") == 0;

	if (reading->chosen[0] == '\0')
		printf(_("   “%s”：怎样理解尚未选定\n"), reading->word);
	else
		printf(_("   “%s”：%s——%s（%s，%s，%s）\n"), reading->word,
		       strict ? _("从严") : _("从宽"),
		       strict ? reading->strict : reading->loose, reading->chosen_by,
		       reading->chosen_on, reading->why);
}

static void print_rule(struct admin *admin, const struct explanation *explained,
                       const struct plan_rule *rule)
{
	const struct finding *finding = explain_finding(explained, rule);
	const char *outcome = _("未提出问题");

	if (finding != NULL)
		outcome = finding->text;
	else if (rule->scope == SCOPE_CITY)
		outcome = _("全市汇总核对，见看板");
	else if (explained->opened.receipt == NULL)
		outcome = "—";
	printf(_("   审核关系 %s（%s，依据：%s）%s：%s\n"), rule->id,
	       text_severity(admin, (Duban__V1__Severity)rule->severity), rule->basis,
	       rule->text, outcome);
}

static void print_light(struct admin *admin, const Duban__V1__GivenLight *light)
{
	const Duban__V1__LightRecord *record = light->record;

	printf(_("   亮灯 %s：%s  %s（方案第 %u 版，%s 判定）\n"), record->target,
	       text_light(admin, record->light), record->sentence, record->plan_version,
	       text_instant(admin, light->decided_at));
}

/* What was said of the report as a whole, and by the rules of form. */
static void print_others(const struct explanation *explained)
{
	const struct receipt_body *receipt = explained->opened.receipt;
	const struct finding *one = receipt != NULL ? receipt->findings : NULL;

	for (; one != NULL; one = one->next)
		if (explain_is_other(explained, one))
			printf(_("审核提示 %s：%s\n"), one->rule, one->text);
	if (!explained->lights->complete)
		printf("%s\n", _("亮灯记录过多，这里没有列全。"));
}

static int print_chain(struct admin *admin, const struct explanation *explained)
{
	static const struct table_column columns[] = {
		{"revision", N_("第几次"), TABLE_COUNT},
		{"number", N_("回执编号"), TABLE_LEFT},
		{"received_at", N_("收到时间"), TABLE_LEFT},
		{"kind", N_("类别"), TABLE_LEFT},
		{"reason", N_("更正原因"), TABLE_LEFT},
	};
	struct table *table = table_create(admin, columns, ARRAY_LEN(columns));

	printf("\n%s\n", _("四、历次报送（办理经过见 duban reports life）"));
	for (size_t i = 0; i < explained->life->n_events; i++) {
		const Duban__V1__LifeEvent *event = explained->life->events[i];

		if (strcmp(event->kind, "received") == 0)
			table_row(table, text_number(admin, event->revision),
			          event->number, text_instant(admin, event->at),
			          text_report_kind(admin, event->report_kind),
			          event->text);
	}
	return table_print(table);
}
