/*
 * Judging an entry of the project register:
 *
 *	P-01  a unit, section or target that the plan does not have, or not for this unit
 *	P-02  an id of other characters, or none
 *	P-03  a text that is missing, too long or holds control characters
 *	P-04  a finish before the start
 *	P-05  a state that is not known, or without the reason that it needs
 *	P-06  销号 said or taken back by the district itself
 *	P-07  another section than before
 *	P-08  a version that is not the newest
 */
#include "model/project.h"

#include <inttypes.h>
#include <string.h>

#include "duban/v1/projects.pb-c.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/judging.h"

struct checking {
	const struct project_entry *entry;
	const struct project *project;
	struct findings *findings;
};

static int read_day(const char *text, day *ret_day);
static void check_place(struct checking *checking);
static void check_targets(struct checking *checking, const struct plan_unit *unit,
                          const struct plan_section *section);
static bool never_has_task(const struct plan_target *target,
                           const struct plan_unit *unit);
static void check_id(struct checking *checking);
static void check_texts(struct checking *checking);
static void check_text(struct checking *checking, const char *field, const char *text,
                       size_t max);
static void check_dates(struct checking *checking);
static void check_state(struct checking *checking);
static bool needs_reason(const struct checking *checking);
static void check_earlier(struct checking *checking);
static void refuse(struct checking *checking, const char *rule, const char *field,
                   const char *text);
static const char *say(struct checking *checking, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int project_from_message(const Duban__V1__Project *message, struct project *ret)
{
	int start, finish;

	*ret = (struct project){
		.unit = message->unit,
		.section = message->section,
		.id = message->id,
		.targets = (const char *const *)message->targets,
		.target_count = message->n_targets,
		.name = message->name,
		.kind = message->kind,
		.person = message->person,
		.telephone = message->telephone,
		.state = (enum project_state)message->state,
		.reason = message->reason,
		.version = message->version,
	};
	start = read_day(message->start, &ret->start);
	finish = read_day(message->finish, &ret->finish);
	return start < 0 ? start : finish;
}

static int read_day(const char *text, day *ret_day)
{
	*ret_day = DAY_NONE;
	return text[0] == '\0' ? 0 : day_parse(text, ret_day);
}

const char *project_state_name(enum project_state state)
{
	static const char *const names[PROJECT_STATES] = {
		"",
		[PROJECT_PLANNED] = "未开工",
		[PROJECT_UNDERWAY] = "在建",
		[PROJECT_FINISHED] = "完工",
		[PROJECT_CLOSED] = "销号",
		[PROJECT_CANCELLED] = "取消",
	};

	return (unsigned)state < PROJECT_STATES ? names[state] : "";
}

bool project_is_open(const struct project *project)
{
	return project->state == PROJECT_PLANNED || project->state == PROJECT_UNDERWAY;
}

bool project_is_overdue(const struct project *project, day today)
{
	return project_is_open(project) && project->finish != DAY_NONE &&
	       project->finish < today;
}

bool project_has_target(const struct project *project, const char *target)
{
	for (size_t i = 0; i < project->target_count; i++)
		if (strcmp(project->targets[i], target) == 0)
			return true;
	return false;
}

bool project_differs(const struct project *entry, const struct project *earlier)
{
	if (entry->target_count != earlier->target_count)
		return true;
	for (size_t i = 0; i < entry->target_count; i++)
		if (strcmp(entry->targets[i], earlier->targets[i]) != 0)
			return true;
	return strcmp(entry->section, earlier->section) != 0 ||
	       strcmp(entry->name, earlier->name) != 0 ||
	       strcmp(entry->kind, earlier->kind) != 0 ||
	       strcmp(entry->person, earlier->person) != 0 ||
	       strcmp(entry->telephone, earlier->telephone) != 0 ||
	       strcmp(entry->reason, earlier->reason) != 0 ||
	       entry->start != earlier->start || entry->finish != earlier->finish ||
	       entry->state != earlier->state;
}

int project_check(const struct project_entry *entry, struct findings *findings)
{
	struct checking checking = {entry, entry->project, findings};

	check_place(&checking);
	check_id(&checking);
	check_texts(&checking);
	check_dates(&checking);
	check_state(&checking);
	check_earlier(&checking);
	return findings_result(findings);
}

static void check_place(struct checking *checking)
{
	const struct project *project = checking->project;
	const struct plan *plan = checking->entry->plan;
	const struct plan_section *section = plan_find_section(plan, project->section);
	const struct plan_unit *unit = plan_find_unit(plan, project->unit);

	if (unit == NULL || strcmp(unit->code, project->unit) != 0)
		refuse(checking, "P-01", "unit",
		       say(checking, "方案中没有代码为“%s”的单位。", project->unit));
	else if (section != NULL && !section->asked[unit->index])
		refuse(checking, "P-01", "section",
		       say(checking, "%s在“%s”板块无任务，不列项目。", unit->name,
		           section->name));
	if (section == NULL)
		refuse(checking, "P-01", "section",
		       say(checking, "方案中没有板块“%s”。", project->section));
	else
		check_targets(checking, unit, section);
}

static void check_targets(struct checking *checking, const struct plan_unit *unit,
                          const struct plan_section *section)
{
	const struct project *project = checking->project;
	const char *allowed = "";

	for (size_t i = 0; i < section->target_count; i++)
		allowed = say(checking, "%s%s%s %s", allowed, i > 0 ? "、" : "",
		              section->targets[i].id, section->targets[i].name);
	if (project->target_count == 0 || project->target_count > PROJECT_TARGETS_MAX)
		refuse(checking, "P-01", "targets",
		       say(checking, "请写明属于哪个责任目标（1至%d个）：%s。",
		           PROJECT_TARGETS_MAX, allowed));
	for (size_t i = 0; i < project->target_count && i < PROJECT_TARGETS_MAX; i++) {
		const struct plan_target *target =
			plan_find_target(section, project->targets[i]);
		const struct project before = {.targets = project->targets,
		                               .target_count = i};

		if (target == NULL)
			refuse(checking, "P-01", "targets",
			       say(checking, "“%s”板块没有责任目标“%s”，现有：%s。",
			           section->name, project->targets[i], allowed));
		else if (project_has_target(&before, target->id))
			refuse(checking, "P-01", "targets",
			       say(checking, "责任目标“%s”重复。", target->id));
		else if (unit != NULL && never_has_task(target, unit))
			refuse(checking, "P-01", "targets",
			       say(checking, "%s在“%s”中无任务。", unit->name,
			           target->name));
	}
}

/* Neither as it was split nor by any adjustment since. */
static bool never_has_task(const struct plan_target *target, const struct plan_unit *unit)
{
	if (target->allocations == NULL || !target->allocations[unit->index].no_task)
		return false;
	for (size_t i = 0; i < target->adjustment_count; i++)
		if (target->adjustments[i].after.unit == unit &&
		    !target->adjustments[i].after.no_task)
			return false;
	return true;
}

static void check_id(struct checking *checking)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	const char *id = checking->project->id;
	size_t len = strlen(id);

	if (len == 0 || len > PLAN_ID_MAX || strspn(id, allowed) != len)
		refuse(checking, "P-02", "id",
		       say(checking,
		           "项目编号应为1至%d个半角字母、数字和 . _ -，定了就不要改。",
		           PLAN_ID_MAX));
}

static void check_texts(struct checking *checking)
{
	const struct project *project = checking->project;

	if (text_is_blank(project->name))
		refuse(checking, "P-03", "name", "项目名称未填写。");
	check_text(checking, "name", project->name, PROJECT_NAME_MAX);
	check_text(checking, "kind", project->kind, PROJECT_WORD_MAX);
	check_text(checking, "person", project->person, PROJECT_WORD_MAX);
	check_text(checking, "telephone", project->telephone, PROJECT_WORD_MAX);
	check_text(checking, "reason", project->reason, PROJECT_REASON_MAX);
}

/* One line: lists and spreadsheets show it so. */
static void check_text(struct checking *checking, const char *field, const char *text,
                       size_t max)
{
	size_t length = utf8_length(bytes_of_str(text));

	if (length > max)
		refuse(checking, "P-03", field,
		       say(checking, "现有%zu字，最多%zu字。", length, max));
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f) {
			refuse(checking, "P-03", field,
			       "含有换行或控制字符，应为一行文字。");
			return;
		}
}

static void check_dates(struct checking *checking)
{
	const struct project *project = checking->project;
	char start[DAY_TEXT_MAX], finish[DAY_TEXT_MAX];

	if (project->start == DAY_NONE || project->finish == DAY_NONE ||
	    project->start <= project->finish)
		return;
	day_print(project->start, start);
	day_print(project->finish, finish);
	refuse(checking, "P-04", "finish",
	       say(checking, "计划完工%s早于计划开工%s。", finish, start));
}

static void check_state(struct checking *checking)
{
	const struct project *project = checking->project;
	const struct project *earlier = checking->entry->earlier;
	bool was_closed = earlier != NULL && earlier->state == PROJECT_CLOSED;

	if (project->state < PROJECT_PLANNED || project->state >= PROJECT_STATES) {
		refuse(checking, "P-05", "state",
		       "状态应为未开工、在建、完工、销号或取消。");
		return;
	}
	if (needs_reason(checking) && text_is_blank(project->reason))
		refuse(checking, "P-05", "reason",
		       say(checking, "%s%s须写明原因或依据。",
		           earlier != NULL && earlier->state > project->state
		                   ? say(checking, "由%s改为",
		                         project_state_name(earlier->state))
		                   : "",
		           project_state_name(project->state)));
	if (!checking->entry->bureau && (project->state == PROJECT_CLOSED) != was_closed)
		refuse(checking, "P-06", "state",
		       was_closed ? "项目已由市级销号，需要恢复的请报牵头处室。"
		                  : "销号由牵头处室或工作组办公室核实后办理，本单位"
		                    "可报“完工”。");
}

/* Backwards only with a reason: 完工, 销号 and 取消 were reported as facts. */
static bool needs_reason(const struct checking *checking)
{
	const struct project *project = checking->project;
	const struct project *earlier = checking->entry->earlier;

	return project->state == PROJECT_CANCELLED || project->state == PROJECT_CLOSED ||
	       (earlier != NULL && earlier->state >= PROJECT_FINISHED &&
	        project->state < earlier->state);
}

static void check_earlier(struct checking *checking)
{
	const struct project *project = checking->project;
	const struct project *earlier = checking->entry->earlier;

	if (earlier != NULL && strcmp(earlier->section, project->section) != 0)
		refuse(checking, "P-07", "section",
		       say(checking, "项目原属板块%s，不能改到板块%s；请取消后另立项目。",
		           earlier->section, project->section));
	if (project->version == (earlier != NULL ? earlier->version : 0))
		return;
	if (earlier == NULL)
		refuse(checking, "P-08", "version", "这是新项目，版本应为0。");
	else if (project_differs(project, earlier))
		refuse(checking, "P-08", "version",
		       say(checking,
		           "编号“%s”的项目现为第%" PRIu32
		           "版，请先取得现有内容再修改；新项目请另用编号。",
		           project->id, earlier->version));
}

static void refuse(struct checking *checking, const char *rule, const char *field,
                   const char *text)
{
	findings_add(checking->findings,
	             &(struct finding){
			     .rule = rule,
			     .severity = SEVERITY_REFUSAL,
			     .field = say(checking, "%s%s%s", checking->entry->at,
	                                  checking->entry->at[0] != '\0' ? "." : "",
	                                  field),
			     .found = "",
			     .allowed = "",
			     .text = text,
		     });
}

static const char *say(struct checking *checking, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(checking->findings->arena, format, args);
	va_end(args);
	if (text != NULL)
		return text;
	checking->findings->out_of_memory = true;
	return "";
}
