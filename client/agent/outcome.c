/* Receipts and refusals in the tone of an office: plan/domain, samples 6 and 7. */
#include "client/agent/outcome.h"

#include <string.h>

#include "base/auto.h"
#include "client/agent/agent.h"
#include "client/agent/fields.h"
#include "client/agent/findings_json.h"
#include "client/timeliness.h"
#include "model/period.h"
#include "model/wording.h"

#define NATURE_MEMORY_MAX (8u * 1024 * 1024)

static void write_subject(FILE *out, const struct outcome_names *names,
                          const char *section, const char *period);
static void write_receipt(FILE *out, const struct outcome_names *names,
                          const struct queue_entry *entry);
static void write_times(FILE *out, const struct plan *plan,
                        const struct queue_entry *entry);
static void write_nature(FILE *out, const struct queue_entry *entry);
static void write_found(FILE *out, const char *findings);
static void write_hints(FILE *out, const struct queue_entry *entry);
static void write_file_hints(FILE *out, const struct making *making);
static void write_made_hints(FILE *out, const struct making *making);
static void write_finding(FILE *out, enum severity severity, const char *rule,
                          const char *text);

void outcome_write(FILE *out, const struct outcome_names *names,
                   const struct queue_entry *entry)
{
	switch (entry->state) {
	case QUEUE_ACKNOWLEDGED:
		write_receipt(out, names, entry);
		return;
	case QUEUE_REFUSED:
		(void)fprintf(out, "%s", _("【未通过审核】"));
		write_subject(out, names, entry->section, entry->period);
		(void)fprintf(out, "%s\n", _("　中心端未收，请修改后重报"));
		if (strcmp(entry->findings, "[]") == 0)
			(void)fprintf(out, "%s\n", entry->error);
		write_found(out, entry->findings);
		write_hints(out, entry);
		return;
	case QUEUE_WAITING:
		(void)fprintf(out, "%s", _("【待发】"));
		write_subject(out, names, entry->section, entry->period);
		(void)fprintf(out, "%s\n",
		              entry->held ? _("　已存入待发队列，须先由管理员处理")
		                          : _("　已存入待发队列，尚未收到回执"));
		if (entry->follows != 0)
			(void)fprintf(
				out, "%s\n",
				_("本期的上一份也在待发，待其收妥后作为更正发出。"));
		if (entry->error[0] != '\0')
			(void)fprintf(out, _("原因：%s\n"), entry->error);
		(void)fprintf(out, "%s\n", outcome_advice(entry));
		return;
	}
}

const char *outcome_advice(const struct queue_entry *entry)
{
	return entry->held
	               ? _("办法：请管理员按上述原因处理（更换证书，或与中心端联系），然"
	                   "后重新启动服务，或重新 submit 原文件；报表仍在，不必重填。")
	               : _("办法：不必重填。服务运行时会自动重发；没有运行服务的，下次 "
	                   "submit 时一并发出。");
}

static void write_subject(FILE *out, const struct outcome_names *names,
                          const char *section, const char *period)
{
	const struct plan *plan = names->plan;
	const struct plan_unit *unit =
		plan != NULL ? plan_find_unit(plan, names->unit) : NULL;
	const struct plan_section *about =
		plan != NULL ? plan_find_section(plan, section) : NULL;
	struct period parsed;
	char text[WORDING_MAX];

	(void)fprintf(out, "%s ", unit != NULL ? unit->name : names->unit);
	if (period_parse(period, &parsed) == 0) {
		period_print_zh(&parsed, text);
		period = text;
	}
	(void)fprintf(out, "%s ", period);
	if (about == NULL) {
		(void)fprintf(out, _("板块%s"), section);
		return;
	}
	wording_numeral(about->index + 1, text);
	(void)fprintf(out, "%s、%s", text, about->name);
}

static void write_receipt(FILE *out, const struct outcome_names *names,
                          const struct queue_entry *entry)
{
	uint8_t hash[HASH_SIZE];
	char hex[2 * HASH_SIZE + 1];

	sha256(entry->payload, hash);
	bytes_to_hex(bytes_of(hash, HASH_SIZE), hex);
	(void)fprintf(out, "%s", _("【回执】已收妥。"));
	write_subject(out, names, entry->section, entry->period);
	(void)fprintf(out, _("\n编号：%s"), entry->number);
	write_times(out, names->plan, entry);
	write_nature(out, entry);
	(void)fprintf(out, _("\n填报内容摘要（SHA-256）：%s\n"), hex);
	write_found(out, entry->findings);
	(void)fprintf(out, "%s\n",
	              _("本回执已验证签名；仅证明已收妥并入库，不代表数据已经核实。"));
}

/* What it is beside an ordinary first report. */
static void write_nature(FILE *out, const struct queue_entry *entry)
{
	AUTO(arena_finishp) struct arena arena;
	const struct report *report;

	arena_init(&arena, NATURE_MEMORY_MAX);
	if (accepted_read(&arena, entry->payload, &report) < 0)
		return;
	if (report->kind != REPORT_ORDINARY)
		(void)fprintf(out, _("\n种类：%s"), _(kind_word(report->kind)));
	if (report->supersedes[0] != '\0')
		(void)fprintf(out, _("\n更正：替换回执 %s；原因：%s"), report->supersedes,
		              report->change_reason);
}

static void write_times(FILE *out, const struct plan *plan,
                        const struct queue_entry *entry)
{
	char text[OUTCOME_WHEN_MAX];

	instant_print(entry->received_at, OUTCOME_UTC_OFFSET, text);
	(void)fprintf(out, _("　收到时间：%s"), text);
	outcome_when(plan, entry->due_at, text);
	(void)fprintf(out, _("\n报送时限：%s（%s）"), text,
	              timeliness_word(entry->timeliness));
}

static void write_found(FILE *out, const char *findings)
{
	json_t *array = findings_load(findings), *one;
	size_t i;

	json_array_foreach(array, i, one)
	{
		const char *word = "", *rule = "", *text = "";
		enum severity severity = SEVERITY_NOTICE;

		(void)json_unpack(one, "{s?s, s?s, s?s}", "severity", &word, "rule",
		                  &rule, "text", &text);
		if (strcmp(word, "refusal") == 0)
			severity = SEVERITY_REFUSAL;
		else if (strcmp(word, "reason") == 0)
			severity = SEVERITY_REASON;
		write_finding(out, severity, rule, text);
	}
	json_decref(array);
}

/* Of the centre's refusals the first names its rule by itself; the sentences name the
 * others. */
static bool is_refused_by(const json_t *findings, const char *rule)
{
	const json_t *one;
	size_t i;

	json_array_foreach(findings, i, one)
	{
		const char *named = json_string_value(json_object_get(one, "rule"));
		const char *text = json_string_value(json_object_get(one, "text"));

		if ((named != NULL && strcmp(named, rule) == 0) ||
		    (text != NULL && strstr(text, rule) != NULL))
			return true;
	}
	return false;
}

static void write_rival(FILE *out, const char *section, const char *period)
{
	(void)fprintf(out,
	              _("办法：本单位可能已有他人报送或更正。请运行 duban-agent template "
	                "%s %s 取最新的一份，核对后在其上修改，写明原因重报。\n"),
	              section, period);
}

static void write_hints(FILE *out, const struct queue_entry *entry)
{
	json_t *findings = findings_load(entry->findings);

	if (is_refused_by(findings, RULE_SUPERSEDES) ||
	    is_refused_by(findings, RULE_EARLIER))
		write_rival(out, entry->section, entry->period);
	else if (is_refused_by(findings, RULE_LOCKED))
		(void)fprintf(
			out,
			_("办法：封表后补报、更正，须先征得工作组办公室同意（duban-agent "
		          "request consent %s %s）；同意后写明原因，重新 submit "
		          "原文件即可。\n"),
			entry->section, entry->period);
	json_decref(findings);
}

static void write_finding(FILE *out, enum severity severity, const char *rule,
                          const char *text)
{
	/* Most sentences of the plan's rules name both themselves. */
	if (strstr(text, wording_severity(severity)) != NULL &&
	    strstr(text, rule) != NULL)
		(void)fprintf(out, "  %s\n", text);
	else
		(void)fprintf(out, "  %s%s%s：%s\n", wording_severity(severity),
		              rule[0] != '\0' ? " " : "", rule, text);
}

void outcome_write_refused(FILE *out, const struct outcome_names *names,
                           const struct making *making)
{
	(void)fprintf(out, "%s", _("【未通过审核】"));
	if (making->has_report) {
		write_subject(out, names, making->report.section, making->report.period);
		(void)fprintf(out, "（%s）", making->name);
	} else {
		(void)fprintf(out, "%s", making->name);
	}
	(void)fprintf(out, "%s\n",
	              making->has_report && making->content.len == 0
	                      ? _("　未报送")
	                      : _("　未报送，请修改后重报"));
	for (const struct yaml_problem *p = making->problems.first; p != NULL;
	     p = p->next) {
		if (p->place.line > 0)
			(void)fprintf(out, _("  第%u行：%s\n"), p->place.line,
			              p->message);
		else
			(void)fprintf(out, "  %s\n", p->message);
	}
	for (const struct finding *f = making->findings.first; f != NULL; f = f->next)
		write_finding(out, f->severity, f->rule, f->text);
	if (making->content.len > 0)
		write_file_hints(out, making);
	else
		write_made_hints(out, making);
	if (making->verdict.times.due != 0 && names->plan != NULL) {
		char due[OUTCOME_WHEN_MAX];

		outcome_when(names->plan, making->verdict.times.due, due);
		(void)fprintf(
			out,
			making->content.len > 0
				? _("报送时限：%s。原稿未改动，修改后可直接重报。\n")
				: _("报送时限：%s。\n"),
			due);
	}
}

static bool is_found(const struct making *making, const char *rule)
{
	for (const struct finding *f = making->findings.first; f != NULL; f = f->next)
		if (strcmp(f->rule, rule) == 0)
			return true;
	return false;
}

static void write_file_hints(FILE *out, const struct making *making)
{
	if (is_found(making, RULE_WHY_CHANGED))
		(void)fprintf(out, "%s\n",
		              _("办法：在文件中加一行“原因: …”，或用 --reason "
		                "写明原因。"));
}

/* A report that was made without a file is mended by options, or by making a file. */
static void write_made_hints(FILE *out, const struct making *making)
{
	bool asks = is_found(making, RULE_WHY_CHANGED), refuses = false;

	for (const struct finding *f = making->findings.first; f != NULL; f = f->next) {
		asks |= f->severity == SEVERITY_REASON && !f->answered;
		refuses |= f->severity == SEVERITY_REFUSAL &&
		           strcmp(f->rule, RULE_WHY_CHANGED) != 0 &&
		           strcmp(f->rule, RULE_PERSON) != 0;
	}
	if (is_found(making, RULE_PERSON))
		(void)fprintf(out, "%s\n",
		              _("办法：用 --filled-by、--reviewed-by、--approved-by "
		                "写明姓名，如 --filled-by 张三,科员,0731-88888888。"));
	if (asks)
		(void)fprintf(out, "%s\n", _("办法：情况属实的，用 --reason 写明原因。"));
	if (refuses)
		(void)fprintf(out,
		              _("办法：不合于“%s”的，运行 duban-agent template %s %s "
		                "生成文件，填写后报送。\n"),
		              _(kind_word(making->report.kind)), making->report.section,
		              making->report.period);
}

void outcome_write_same(FILE *out, const struct making *making)
{
	const struct succession *succession = &making->succession;

	if (succession->is_returned)
		(void)fprintf(out,
		              _("%s：与被退回的报表（回执 "
		                "%s）完全相同，没有报送。请按退回意见修改"
		                "（见 duban-agent returns）；对退回有异议的，用 "
		                "duban-agent request "
		                "contest return 申辩\n"),
		              making->name, succession->current.number);
	else
		(void)fprintf(out,
		              _("%s：与已收妥的报表（回执 "
		                "%s）相比没有变化，不需要再报，没有报送\n"),
		              making->name, succession->current.number);
}

void outcome_write_replaced(FILE *out, const char *name, const char *number,
                            const char *by)
{
	(void)fprintf(out,
	              _("%s：这个文件此前已报送（回执 %s），后来已由 %s 更正，没有再报。"
	                "确需改回的，请运行 duban-agent submit --reason 写明原因\n"),
	              name, number, by);
}

void outcome_write_notices(FILE *out, const struct findings *findings)
{
	for (const struct finding *f = findings->first; f != NULL; f = f->next)
		write_finding(out, f->severity, f->rule, f->text);
}

void outcome_when(const struct plan *plan, int64_t at, char *out)
{
	static const char *const weekdays[] = {N_("星期日"), N_("星期一"), N_("星期二"),
	                                       N_("星期三"), N_("星期四"), N_("星期五"),
	                                       N_("星期六")};
	int offset = plan != NULL ? plan->utc_offset : OUTCOME_UTC_OFFSET;
	day on = instant_day(at, offset);
	unsigned minute = instant_minute(at, offset), month, dom;
	bool makeup = plan != NULL && calendar_is_makeup(&plan->calendar, on);
	int year;

	day_split(on, &year, &month, &dom);
	(void)snprintf(out, OUTCOME_WHEN_MAX, _("%d年%u月%u日（%s%s%s）%02u:%02u"), year,
	               month, dom, _(weekdays[day_weekday(on)]),
	               makeup ? _("，调休上班") : "",
	               plan != NULL && wording_is_estimated(plan, at) ? _("，预计") : "",
	               minute / 60, minute % 60);
}

void outcome_instant(int64_t at, char *out)
{
	char text[INSTANT_TEXT_MAX];

	out[0] = '\0';
	if (at == 0)
		return;
	instant_print(at, OUTCOME_UTC_OFFSET, text);
	text[10] = 'T';
	(void)snprintf(out, 40, "%.16s:00+08:00", text);
}

static void add_nature(json_t *object, const struct queue_entry *entry)
{
	AUTO(arena_finishp) struct arena arena;
	const struct report *report;

	arena_init(&arena, NATURE_MEMORY_MAX);
	if (accepted_read(&arena, entry->payload, &report) < 0)
		return;
	(void)json_object_set_new(object, "kind", json_string(kind_key(report->kind)));
	(void)json_object_set_new(object, "supersedes", json_string(report->supersedes));
	(void)json_object_set_new(object, "change_reason",
	                          json_string(report->change_reason));
}

json_t *outcome_json(const struct queue_entry *entry)
{
	json_t *object;
	char id[2 * REPORT_ID_SIZE + 1], received[40], due[40];
	const char *timeliness = timeliness_key(entry->timeliness);

	bytes_to_hex(bytes_of(entry->report_id, REPORT_ID_SIZE), id);
	outcome_instant(entry->received_at, received);
	outcome_instant(entry->due_at, due);
	object = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:s, "
		"s:o}",
		"file", entry->source, "state", queue_state_name(entry->state),
		"report_id", id, "plan", entry->plan, "section", entry->section, "period",
		entry->period, "number", entry->number, "received_at", received, "due_at",
		due, "timeliness", entry->state == QUEUE_ACKNOWLEDGED ? timeliness : "",
		"held", (int)entry->held, "attempts", (int)entry->attempts, "error",
		entry->error, "findings", findings_load(entry->findings));
	if (object != NULL)
		add_nature(object, entry);
	return object;
}

json_t *outcome_json_refused(const struct making *making)
{
	json_t *found = problems_to_json(&making->problems);
	json_t *more = findings_to_json(making->findings.first);

	if (found != NULL && more != NULL)
		(void)json_array_extend(found, more);
	json_decref(more);
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "file", making->name, "state",
	                 "refused_here", "section",
	                 making->has_report ? making->report.section : "", "period",
	                 making->has_report ? making->report.period : "", "findings",
	                 found);
}
