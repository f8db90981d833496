/* A project's fields, from and to texts and the contract. */
#include "client/admin/project_fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/spelling.h"
#include "base/text.h"

struct field_name {
	const char *zh, *en, *also;
};

static const char *why_not(struct arena *arena, enum project_field field,
                           const char *text);
static int set_unit(const struct plan *plan, struct project *project, const char *text);
static int set_section(const struct plan *plan, struct project *project,
                       const char *text);
static int set_targets(struct arena *arena, const struct plan *plan,
                       struct project *project, char *text, const char **ret_why);
static const struct plan_target *find_target(const struct plan_section *section,
                                             const char *name);
static int set_day(const char *text, day *ret_day);
static int set_state(const char *text, enum project_state *ret_state);
static int set_version(const char *text, uint32_t *ret_version);
static char *trim(struct arena *arena, const char *text);

/* clang-format off */
static const struct field_name names[PROJECT_FIELDS] = {
	[PROJECT_UNIT]      = {"单位",     "unit",      "填报单位"},
	[PROJECT_ID]        = {"编号",     "id",        "项目编号"},
	[PROJECT_SECTION]   = {"板块",     "section",   "工作板块"},
	[PROJECT_TARGETS]   = {"责任目标", "targets",   "目标"},
	[PROJECT_NAME]      = {"项目名称", "name",      "名称"},
	[PROJECT_KIND]      = {"项目类型", "kind",      "类型"},
	[PROJECT_PERSON]    = {"责任人",   "person",    NULL},
	[PROJECT_TELEPHONE] = {"电话",     "telephone", "联系电话"},
	[PROJECT_START]     = {"计划开工", "start",     "计划开工日期"},
	[PROJECT_FINISH]    = {"计划完工", "finish",    "计划完工日期"},
	[PROJECT_STATE]     = {"状态",     "state",     NULL},
	[PROJECT_REASON]    = {"原因",     "reason",    "说明"},
	[PROJECT_VERSION]   = {"版本",     "version",   NULL},
};
static const char *const extra[] = {"单位代码", "逾期", "登记时间", "登记人", "unit_name",
                                    "overdue", "put_at", "put_by", NULL};
static const char *const states[PROJECT_STATES] = {
	"", "planned", "underway", "finished", "closed", "cancelled"};
/* clang-format on */

const char *project_field_title(enum project_field field)
{
	return names[field].zh;
}

int project_field_find(const char *name)
{
	for (int i = 0; i < PROJECT_FIELDS; i++)
		if (strcmp(names[i].zh, name) == 0 || strcmp(names[i].en, name) == 0 ||
		    strcmp(_(names[i].zh), name) == 0 ||
		    (names[i].also != NULL && strcmp(names[i].also, name) == 0))
			return i;
	return -1;
}

const char *project_field_nearest(const char *name)
{
	const char *known[2 * PROJECT_FIELDS + 1];
	size_t count = 0;

	for (int i = 0; i < PROJECT_FIELDS; i++) {
		known[count++] = names[i].zh;
		known[count++] = names[i].en;
	}
	known[count] = NULL;
	return spelling_nearest(name, known);
}

bool project_column_is_extra(const char *name)
{
	for (size_t i = 0; extra[i] != NULL; i++)
		if (strcmp(extra[i], name) == 0 || strcmp(_(extra[i]), name) == 0)
			return true;
	return name[0] == '\0';
}

struct project project_empty(void)
{
	return (struct project){
		.unit = "",
		.section = "",
		.id = "",
		.name = "",
		.kind = "",
		.person = "",
		.telephone = "",
		.start = DAY_NONE,
		.finish = DAY_NONE,
		.state = PROJECT_UNDERWAY,
		.reason = "",
	};
}

int project_set(struct arena *arena, const struct plan *plan, struct project *project,
                enum project_field field, const char *text, const char **ret_why)
{
	const char **const texts[PROJECT_FIELDS] = {
		[PROJECT_ID] = &project->id,
		[PROJECT_NAME] = &project->name,
		[PROJECT_KIND] = &project->kind,
		[PROJECT_PERSON] = &project->person,
		[PROJECT_TELEPHONE] = &project->telephone,
		[PROJECT_REASON] = &project->reason,
	};
	char *trimmed = trim(arena, text);
	int r;

	if (trimmed == NULL)
		return E_NOMEM;
	if (texts[field] != NULL) {
		*texts[field] = trimmed;
		return 0;
	}
	if (field == PROJECT_TARGETS)
		return set_targets(arena, plan, project, trimmed, ret_why);
	switch (field) {
	case PROJECT_UNIT:
		r = set_unit(plan, project, trimmed);
		break;
	case PROJECT_SECTION:
		r = set_section(plan, project, trimmed);
		break;
	case PROJECT_STATE:
		r = set_state(trimmed, &project->state);
		break;
	case PROJECT_VERSION:
		r = set_version(trimmed, &project->version);
		break;
	default:
		r = set_day(trimmed,
		            field == PROJECT_START ? &project->start : &project->finish);
	}
	if (r < 0)
		*ret_why = why_not(arena, field, trimmed);
	return r == 0 || *ret_why != NULL ? r : E_NOMEM;
}

static const char *why_not(struct arena *arena, enum project_field field,
                           const char *text)
{
	switch (field) {
	case PROJECT_UNIT:
		return arena_printf(arena, _("方案中没有单位“%s”"), text);
	case PROJECT_SECTION:
		return arena_printf(arena, _("方案中没有板块“%s”"), text);
	case PROJECT_STATE:
		return arena_printf(arena,
		                    _("状态“%s”应为未开工、在建、完工、销号或取消"),
		                    text);
	case PROJECT_VERSION:
		return arena_printf(arena, _("版本“%s”应为数字，照导出的清单保留"), text);
	default:
		return arena_printf(arena, _("日期“%s”应写为 2022-09-30"), text);
	}
}

static int set_unit(const struct plan *plan, struct project *project, const char *text)
{
	const struct plan_unit *unit = plan_find_unit(plan, text);

	if (unit == NULL)
		return E_SYNTAX;
	project->unit = unit->code;
	return 0;
}

static int set_section(const struct plan *plan, struct project *project, const char *text)
{
	const struct plan_section *section = plan_find_section(plan, text);

	for (size_t i = 0; i < plan->section_count && section == NULL; i++)
		if (strcmp(plan->sections[i].name, text) == 0)
			section = &plan->sections[i];
	if (section == NULL)
		return E_SYNTAX;
	project->section = section->id;
	return 0;
}

/* Separated as people separate: 、 ， ； , ; or a space. */
static int set_targets(struct arena *arena, const struct plan *plan,
                       struct project *project, char *text, const char **ret_why)
{
	static const char *const marks[] = {"、", "，", "；", ",", ";", " "};
	const struct plan_section *section = plan_find_section(plan, project->section);
	const char **targets = arena_new_array(arena, PROJECT_TARGETS_MAX, const char *);
	size_t count = 0;

	if (targets == NULL)
		return E_NOMEM;
	while (section != NULL && *text != '\0') {
		const struct plan_target *target;
		char *end = text + strlen(text), *next = end;

		for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
			char *found = strstr(text, marks[i]);

			if (found != NULL && found < end) {
				end = found;
				next = found + strlen(marks[i]);
			}
		}
		*end = '\0';
		target = find_target(section, text);
		if (text[0] != '\0' && (target == NULL || count == PROJECT_TARGETS_MAX)) {
			*ret_why = target == NULL
			                   ? arena_printf(arena,
			                                  _("“%s”板块没有责任目标“%s”"),
			                                  section->name, text)
			                   : arena_printf(arena, _("责任目标多于 %d 个"),
			                                  PROJECT_TARGETS_MAX);
			return *ret_why != NULL ? E_SYNTAX : E_NOMEM;
		}
		if (target != NULL)
			targets[count++] = target->id;
		text = next;
	}
	project->targets = targets;
	project->target_count = count;
	return 0;
}

static const struct plan_target *find_target(const struct plan_section *section,
                                             const char *name)
{
	for (size_t i = 0; i < section->target_count; i++)
		if (strcmp(section->targets[i].id, name) == 0 ||
		    strcmp(section->targets[i].name, name) == 0)
			return &section->targets[i];
	return NULL;
}

/* As the program prints it, or as spreadsheets do: 2022/9/30. */
static int set_day(const char *text, day *ret_day)
{
	unsigned long parts[3] = {0};
	const char *at = text;
	char *end;

	*ret_day = DAY_NONE;
	if (text[0] == '\0')
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (*at < '0' || *at > '9')
			return E_SYNTAX;
		parts[i] = strtoul(at, &end, 10);
		if (parts[i] > 9999 || (i < 2 && *end != '/' && *end != '-'))
			return E_SYNTAX;
		at = i < 2 ? end + 1 : end;
	}
	if (*at != '\0' || parts[0] < 1900)
		return E_SYNTAX;
	*ret_day = day_of((int)parts[0], (unsigned)parts[1], (unsigned)parts[2]);
	return *ret_day != DAY_NONE ? 0 : E_SYNTAX;
}

static int set_state(const char *text, enum project_state *ret_state)
{
	for (int i = PROJECT_PLANNED; i < PROJECT_STATES; i++)
		if (strcmp(project_state_name((enum project_state)i), text) == 0 ||
		    strcmp(states[i], text) == 0) {
			*ret_state = (enum project_state)i;
			return 0;
		}
	return E_SYNTAX;
}

static int set_version(const char *text, uint32_t *ret_version)
{
	char *end;
	unsigned long version = strtoul(text, &end, 10);

	if (*end != '\0' || text[0] == '-' || version > INT32_MAX)
		return E_SYNTAX;
	*ret_version = (uint32_t)version;
	return 0;
}

/* A copy without the spaces, full-width ones too, around it. */
static char *trim(struct arena *arena, const char *text)
{
	static const char wide[] = "　";
	size_t len;

	for (;;) {
		if (*text == ' ' || *text == '\t')
			text++;
		else if (strncmp(text, wide, sizeof(wide) - 1) == 0)
			text += sizeof(wide) - 1;
		else
			break;
	}
	len = strlen(text);
	for (;;) {
		if (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
			len--;
		else if (len >= sizeof(wide) - 1 &&
		         memcmp(text + len - (sizeof(wide) - 1), wide,
		                sizeof(wide) - 1) == 0)
			len -= sizeof(wide) - 1;
		else
			return arena_strndup(arena, text, len);
	}
}

struct project project_of_message(const Duban__V1__Project *message)
{
	struct project project;

	(void)project_from_message(message, &project);
	return project;
}

static char *day_text(struct arena *arena, day written)
{
	char text[DAY_TEXT_MAX] = "";

	if (written != DAY_NONE)
		day_print(written, text);
	return arena_strdup(arena, text);
}

/* protobuf-c has no const; packing changes nothing. */
static char *lend(const char *text)
{
	union {
		const char *lent;
		char *borrowed;
	} view = {.lent = text};

	return view.borrowed;
}

Duban__V1__Project *project_to_message(struct arena *arena, const struct project *project)
{
	Duban__V1__Project *message = arena_new(arena, Duban__V1__Project);

	if (message == NULL)
		return NULL;
	duban__v1__project__init(message);
	message->targets = arena_new_array(arena, project->target_count, char *);
	message->start = day_text(arena, project->start);
	message->finish = day_text(arena, project->finish);
	if (message->targets == NULL || message->start == NULL || message->finish == NULL)
		return NULL;
	for (size_t i = 0; i < project->target_count; i++)
		message->targets[i] = lend(project->targets[i]);
	message->n_targets = project->target_count;
	message->unit = lend(project->unit);
	message->id = lend(project->id);
	message->section = lend(project->section);
	message->name = lend(project->name);
	message->kind = lend(project->kind);
	message->person = lend(project->person);
	message->telephone = lend(project->telephone);
	message->reason = lend(project->reason);
	message->state = (Duban__V1__ProjectState)project->state;
	message->version = project->version;
	return message;
}
