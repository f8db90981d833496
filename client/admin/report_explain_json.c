/* duban reports explain as JSON: what report_explain.c shows, with fixed English keys. */
#include <jansson.h>
#include <string.h>

#include "client/admin/admin.h"
#include "client/admin/output.h"
#include "client/admin/report_explain.h"
#include "client/admin/text.h"
#include "client/timeliness.h"
#include "model/plan.h"

static json_t *hex_json(struct admin *admin, const uint8_t *bytes, size_t len);
static json_t *receipt_json(struct admin *admin, const struct explanation *explained);
static json_t *figures_json(struct admin *admin, const struct explanation *explained);
static json_t *figure_json(struct admin *admin, const struct explanation *explained,
                           const struct figure *figure);
static json_t *targets_json(struct admin *admin, const struct explanation *explained,
                            const struct plan_indicator *indicator);
static json_t *target_json(struct admin *admin, const struct explanation *explained,
                           const struct plan_target *target);
static json_t *readings_json(const struct plan_target *target);
static json_t *rules_json(struct admin *admin, const struct explanation *explained,
                          const struct plan_indicator *indicator);
static json_t *lights_json(struct admin *admin, const struct explanation *explained,
                           const char *indicator);
static json_t *others_json(const struct explanation *explained);
static json_t *chain_json(struct admin *admin, const struct explanation *explained);

int report_explain_json(struct admin *admin, const struct explanation *explained)
{
	const struct opened_report *opened = &explained->opened;
	const struct report *report = opened->report;

	return output_json(json_pack(
		"{s:s, s:i, s:i, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, "
		"s:b, s:o}",
		"plan", report->plan, "plan_version", (int)explained->version,
		"reported_by_version", (int)report->plan_version, "plan_hash",
		hex_json(admin, explained->plan->hash, sizeof(explained->plan->hash)),
		"unit", report->unit, "section", report->section, "period",
		report->period, "kind",
		text_report_kind(admin, (Duban__V1__ReportKind)report->kind), "algorithm",
		algorithm_name(opened->envelope.algorithm), "signature",
		report_verdict(admin, opened->signature), "receipt_signature",
		report_verdict(admin, opened->receipt_signature), "receipt",
		receipt_json(admin, explained), "figures", figures_json(admin, explained),
		"findings", others_json(explained), "lights_complete",
		(int)explained->lights->complete, "revisions",
		chain_json(admin, explained)));
}

static json_t *hex_json(struct admin *admin, const uint8_t *bytes, size_t len)
{
	ProtobufCBinaryData data = {.len = len};

	data.data = (uint8_t *)(uintptr_t)bytes;
	return json_string(text_bytes(admin, &data));
}

static json_t *receipt_json(struct admin *admin, const struct explanation *explained)
{
	const struct receipt_body *receipt = explained->opened.receipt;

	if (receipt == NULL)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "number",
	                 receipt->number, "received_at",
	                 text_instant(admin, receipt->received_at), "due_at",
	                 text_instant(admin, receipt->due_at), "timeliness",
	                 timeliness_key(receipt->timeliness), "calendar",
	                 receipt->calendar, "rules", receipt->rules, "signer",
	                 receipt->signer, "crl_number", receipt->crl_number,
	                 "content_hash",
	                 hex_json(admin, receipt->content_hash, HASH_SIZE));
}

static json_t *figures_json(struct admin *admin, const struct explanation *explained)
{
	const struct report *report = explained->opened.report;
	json_t *figures = json_array();

	for (size_t i = 0; i < report->figure_count; i++)
		(void)json_array_append_new(figures, figure_json(admin, explained,
		                                                 &report->figures[i]));
	return figures;
}

static json_t *figure_json(struct admin *admin, const struct explanation *explained,
                           const struct figure *figure)
{
	const struct plan_indicator *indicator =
		explained->section == NULL
			? NULL
			: plan_find_indicator(explained->section, figure->indicator);
	char number[QUANTITY_TEXT_MAX];

	quantity_print_number(&figure->value, number);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "indicator",
		figure->indicator, "name",
		indicator != NULL ? indicator->name : figure->indicator, "value", number,
		"unit", figure->value.unit->name, "reason", figure->reason, "standing",
		text_standing(admin, explain_standing(explained, figure->indicator)),
		"targets", targets_json(admin, explained, indicator), "rules",
		rules_json(admin, explained, indicator), "lights",
		lights_json(admin, explained, figure->indicator));
}

static json_t *targets_json(struct admin *admin, const struct explanation *explained,
                            const struct plan_indicator *indicator)
{
	const struct plan_section *section = explained->section;
	json_t *targets = json_array();

	for (size_t i = 0; indicator != NULL && i < section->target_count; i++)
		if (explain_measures(&section->targets[i], indicator))
			(void)json_array_append_new(targets,
			                            target_json(admin, explained,
			                                        &section->targets[i]));
	return targets;
}

static json_t *target_json(struct admin *admin, const struct explanation *explained,
                           const struct plan_target *target)
{
	const struct plan_allocation *part =
		explained->unit != NULL
			? plan_part_on(target, explained->unit, explained->on)
			: NULL;
	bool tasked = part != NULL && !part->no_task;
	char deadline[DAY_TEXT_MAX] = "";
	day until =
		tasked && part->deadline != DAY_NONE ? part->deadline : target->deadline;

	if (until != DAY_NONE)
		day_print(until, deadline);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "target", target->id,
	                 "name", target->name, "task",
	                 tasked ? text_value(admin, &part->value) : "", "unit",
	                 tasked ? part->value.unit->name : "", "deadline", deadline,
	                 "clause", explain_clause(target), "wording",
	                 target->clause != NULL ? target->clause->wording : "",
	                 "readings", readings_json(target));
}

static json_t *readings_json(const struct plan_target *target)
{
	json_t *readings = json_array();

	for (size_t i = 0; i < target->reading_count; i++) {
		const struct plan_reading *one = &target->readings[i];

		(void)json_array_append_new(
			readings, json_pack("{s:s, s:s, s:s, s:s}", "word", one->word,
		                            "chosen", one->chosen, "strict", one->strict,
		                            "loose", one->loose));
	}
	return readings;
}

static json_t *rules_json(struct admin *admin, const struct explanation *explained,
                          const struct plan_indicator *indicator)
{
	const struct plan_section *section = explained->section;
	json_t *rules = json_array();

	for (size_t i = 0; indicator != NULL && i < section->rule_count; i++) {
		const struct plan_rule *rule = &section->rules[i];
		const struct finding *finding = explain_finding(explained, rule);

		if (!explain_asks(section, rule, indicator))
			continue;
		(void)json_array_append_new(
			rules,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "rule", rule->id,
		                  "severity",
		                  text_severity(admin,
		                                (Duban__V1__Severity)rule->severity),
		                  "scope", rule->scope == SCOPE_CITY ? "city" : "unit",
		                  "text", rule->text, "basis", rule->basis, "finding",
		                  finding != NULL ? finding->text : ""));
	}
	return rules;
}

static json_t *lights_json(struct admin *admin, const struct explanation *explained,
                           const char *indicator)
{
	json_t *lights = json_array();

	for (size_t i = 0; i < explained->lights->n_lights; i++) {
		const Duban__V1__GivenLight *light = explained->lights->lights[i];
		const Duban__V1__LightRecord *record = light->record;

		if (strcmp(record->indicator, indicator) != 0)
			continue;
		(void)json_array_append_new(
			lights,
			json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "target",
		                  record->target, "light",
		                  text_light(admin, record->light), "sentence",
		                  record->sentence, "plan_version",
		                  (int)record->plan_version, "calendar", record->calendar,
		                  "decided_at", text_instant(admin, light->decided_at)));
	}
	return lights;
}

static json_t *others_json(const struct explanation *explained)
{
	const struct receipt_body *receipt = explained->opened.receipt;
	const struct finding *one = receipt != NULL ? receipt->findings : NULL;
	json_t *others = json_array();

	for (; one != NULL; one = one->next)
		if (explain_is_other(explained, one))
			(void)json_array_append_new(others, json_pack("{s:s, s:s, s:s}",
			                                              "rule", one->rule,
			                                              "field", one->field,
			                                              "text", one->text));
	return others;
}

static json_t *chain_json(struct admin *admin, const struct explanation *explained)
{
	json_t *chain = json_array();

	for (size_t i = 0; i < explained->life->n_events; i++) {
		const Duban__V1__LifeEvent *event = explained->life->events[i];

		if (strcmp(event->kind, "received") != 0)
			continue;
		(void)json_array_append_new(
			chain,
			json_pack("{s:i, s:s, s:s, s:s, s:s}", "revision",
		                  (int)event->revision, "number", event->number,
		                  "received_at", text_instant(admin, event->at), "kind",
		                  text_report_kind(admin, event->report_kind), "reason",
		                  event->text));
	}
	return chain;
}
