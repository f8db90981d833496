/*
 * duban projects import FILE.csv:
 *
 *	bytes -> UTF-8? -> rows -> header: columns by name -> what the centre has
 *	   -> each row: fields -> judged -> (nothing is wrong) sent
 *
 * The header names the columns, in any order; what `duban projects list` exports can be
 *read again. A column that is not there leaves a known project's field as it is. With the
 *column 版本 a project that somebody changed meanwhile is refused, not overwritten.
 *
 * What can go wrong is the writer's to mend: each problem has its line, and nothing is
 *sent while there is one.
 */
#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "client/admin/admin.h"
#include "client/admin/plan.h"
#include "client/admin/project_fields.h"
#include "client/admin/projects.h"
#include "model/finding.h"

#define FILE_MAX    (8 * 1024 * 1024)
#define ROWS_MAX    5000
#define COLUMNS_MAX 40
#define MARK        "\xef\xbb\xbf" /* the byte order mark that spreadsheets write */

static struct {
	char *plan, *unit;
	int check;
} options;

/* clang-format off */
const struct poptOption projects_import_options[] = {
	{"unit", 'u', POPT_ARG_STRING, &options.unit, 0, N_("没有“单位”一列时，都是这个单位的"), N_("单位")},
	{"check", 0, POPT_ARG_NONE, &options.check, 0, N_("只检查，不登记"), NULL},
	{"plan", 0, POPT_ARG_STRING, &options.plan, 0, N_("哪个方案，只有一个时不用写"), N_("方案")},
	POPT_TABLEEND};
/* clang-format on */

struct reading {
	struct admin *admin;
	const struct plan *plan;
	struct yaml_problems problems;
	struct project_rows known;
	unsigned line, row_line; /* being fed; where the row began, 0: between rows */
	const char *cells[COLUMNS_MAX];
	size_t count;
	bool too_wide, no_memory, has_header;
	int columns[COLUMNS_MAX]; /* a project_field each, or -1 */
	size_t column_count;
	struct project *projects;
	unsigned *lines; /* where each came from */
	size_t project_count;
};

static int read_file(struct admin *admin, const char *path, struct bytes *ret_content);
static int check_encoding(struct bytes content);
static int fetch_known(struct reading *reading);
static int parse(struct reading *reading, struct bytes content);
static void on_cell(void *text, size_t len, void *context);
static void on_row(int end, void *context);
static bool is_empty(const struct reading *reading);
static void read_header(struct reading *reading);
static void unknown_column(struct reading *reading, unsigned column, const char *cell);
static void read_project(struct reading *reading);
static const char *cell_of(const struct reading *reading, enum project_field field);
static bool start_project(struct reading *reading, struct project *project);
static const Duban__V1__ProjectRow *find_known(const struct reading *reading,
                                               const struct project *project);
static void judge(struct reading *reading, const struct project *project);
static void problem(struct reading *reading, unsigned column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int finish(struct reading *reading, const char *path);

int projects_import(struct admin *admin, const char *const *args)
{
	struct reading reading = {.admin = admin, .line = 1};
	struct bytes content = bytes_of(NULL, 0);
	int code = read_file(admin, args[0], &content);

	yaml_problems_init(&reading.problems, &admin->arena);
	if (code == ADMIN_OK)
		code = check_encoding(content);
	if (code == ADMIN_OK)
		code = plan_fetch(admin, options.plan, 0, &reading.plan);
	if (code == ADMIN_OK)
		code = fetch_known(&reading);
	if (code == ADMIN_OK)
		code = parse(&reading, content);
	return code == ADMIN_OK ? finish(&reading, args[0]) : code;
}

static int read_file(struct admin *admin, const char *path, struct bytes *ret_content)
{
	AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *data = arena_alloc(&admin->arena, FILE_MAX + 1);
	size_t len = 0;
	ssize_t got = fd >= 0 && data != NULL ? 1 : -1;

	while (got > 0 && len <= FILE_MAX) {
		got = read(fd, data + len, FILE_MAX + 1 - len);
		len += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		return admin_error(_("%s：%s"), path,
		                   data == NULL ? text_err(E_NOMEM) : text_errno(errno));
	if (len > FILE_MAX) {
		(void)admin_error(_("%s：文件超过 %d 字节，请分成几份"), path, FILE_MAX);
		return ADMIN_REFUSED;
	}
	*ret_content = bytes_of(data, len);
	return ADMIN_OK;
}

static int check_encoding(struct bytes content)
{
	if (utf8_valid(content))
		return ADMIN_OK;
	(void)admin_error(
		_("不是 UTF-8 编码（可能是 GBK 或 ANSI）：请在电子表格中另存为“CSV "
	          "UTF-8”"));
	return ADMIN_REFUSED;
}

static int fetch_known(struct reading *reading)
{
	Duban__V1__ListProjectsRequest request = DUBAN__V1__LIST_PROJECTS_REQUEST__INIT;
	struct admin *admin = reading->admin;

	reading->projects = arena_new_array(&admin->arena, ROWS_MAX, struct project);
	reading->lines = arena_new_array(&admin->arena, ROWS_MAX, unsigned);
	request.plan = arena_strdup(&admin->arena, reading->plan->id);
	if (reading->projects == NULL || reading->lines == NULL || request.plan == NULL)
		return admin_error(_("内存不足，无法输出"));
	return projects_fetch(admin, &request, &reading->known);
}

static void csv_freep(struct csv_parser *parser)
{
	csv_free(parser);
}

/* Byte by byte, because libcsv does not count lines. */
static int parse(struct reading *reading, struct bytes content)
{
	AUTO(csv_freep) struct csv_parser parser;

	CHECK(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) == 0);
	if (content.len >= 3 && memcmp(content.data, MARK, 3) == 0)
		content = bytes_of(content.data + 3, content.len - 3);
	for (size_t i = 0; i < content.len; i++) {
		uint8_t byte = content.data[i];

		if (reading->row_line == 0 && byte != '\n' && byte != '\r')
			reading->row_line = reading->line;
		if (csv_parse(&parser, &byte, 1, on_cell, on_row, reading) != 1) {
			problem(reading, 0,
			        _("引号使用不正确：含引号的单元格须整格加引号，内部的引号"
			          "写"
			          "两个"));
			return ADMIN_OK;
		}
		reading->line += byte == '\n';
	}
	if (csv_fini(&parser, on_cell, on_row, reading) != 0)
		problem(reading, 0, _("引号没有结束"));
	return reading->no_memory ? admin_error(_("内存不足，无法输出")) : ADMIN_OK;
}

static void on_cell(void *text, size_t len, void *context)
{
	struct reading *reading = context;

	if (reading->count == COLUMNS_MAX) {
		reading->too_wide = true;
		return;
	}
	reading->cells[reading->count] =
		text == NULL ? "" : arena_strndup(&reading->admin->arena, text, len);
	if (reading->cells[reading->count] == NULL)
		reading->no_memory = true;
	else
		reading->count++;
}

static void on_row(int end, void *context)
{
	struct reading *reading = context;

	(void)end;
	if (reading->too_wide)
		problem(reading, 0, _("一行多于 %d 格"), COLUMNS_MAX);
	else if (reading->no_memory || is_empty(reading))
		reading->too_wide = false;
	else if (!reading->has_header)
		read_header(reading);
	else
		read_project(reading);
	reading->count = 0;
	reading->too_wide = false;
	reading->row_line = 0;
}

static bool is_empty(const struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++)
		if (reading->cells[i][strspn(reading->cells[i], " \t")] != '\0')
			return false;
	return true;
}

static void read_header(struct reading *reading)
{
	bool given[PROJECT_FIELDS] = {false};

	reading->has_header = true;
	reading->column_count = reading->count;
	for (size_t i = 0; i < reading->count; i++) {
		const char *cell = reading->cells[i];
		int field = project_field_find(cell);

		reading->columns[i] = field;
		if (field >= 0 && given[field])
			problem(reading, (unsigned)i + 1, _("表头“%s”重复"), cell);
		else if (field >= 0)
			given[field] = true;
		else if (!project_column_is_extra(cell))
			unknown_column(reading, (unsigned)i + 1, cell);
	}
	if (!given[PROJECT_ID] || (!given[PROJECT_UNIT] && options.unit == NULL))
		problem(reading, 0,
		        _("表头须有“编号”和“单位”两列（单位也可用 --unit 写明）"));
}

static void unknown_column(struct reading *reading, unsigned column, const char *cell)
{
	const char *near = project_field_nearest(cell);

	if (near != NULL)
		problem(reading, column, _("表头“%s”不认识，是否为“%s”"), cell, near);
	else
		problem(reading, column, _("表头“%s”不认识"), cell);
}

static void read_project(struct reading *reading)
{
	struct project project = project_empty();
	const char *why = "";

	for (size_t i = reading->column_count; i < reading->count; i++)
		if (reading->cells[i][0] != '\0')
			problem(reading, (unsigned)i + 1,
			        _("多出一格“%s”；含逗号的内容须加引号"),
			        reading->cells[i]);
	if (reading->project_count == ROWS_MAX) {
		problem(reading, 0, _("项目多于 %d 个，请分成几份"), ROWS_MAX);
		return;
	}
	if (!start_project(reading, &project))
		return;
	for (int field = PROJECT_SECTION; field < PROJECT_FIELDS; field++) {
		const char *cell = cell_of(reading, (enum project_field)field);

		if (cell == NULL || (field == PROJECT_STATE && cell[0] == '\0'))
			continue;
		if (project_set(&reading->admin->arena, reading->plan, &project,
		                (enum project_field)field, cell, &why) < 0)
			problem(reading, 0, "%s：%s",
			        project_field_title((enum project_field)field), why);
	}
	judge(reading, &project);
	reading->lines[reading->project_count] = reading->row_line;
	reading->projects[reading->project_count++] = project;
}

/* Exported lists keep spreadsheets from taking a text for a formula by an apostrophe. */
static const char *plain(const char *cell)
{
	return cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@", cell[1]) != NULL
	               ? cell + 1
	               : cell;
}

/* NULL: there is no such column. */
static const char *cell_of(const struct reading *reading, enum project_field field)
{
	for (size_t i = 0; i < reading->column_count; i++)
		if (reading->columns[i] == (int)field)
			return i < reading->count ? plain(reading->cells[i]) : "";
	return NULL;
}

/* Unit and id, and what is known of that project. */
static bool start_project(struct reading *reading, struct project *project)
{
	const char *unit = cell_of(reading, PROJECT_UNIT);
	const char *id = cell_of(reading, PROJECT_ID), *why = "";
	const Duban__V1__ProjectRow *known;

	if (unit == NULL || unit[0] == '\0')
		unit = options.unit != NULL ? options.unit : "";
	if (id == NULL)
		return false; /* the header said so already */
	if (project_set(&reading->admin->arena, reading->plan, project, PROJECT_UNIT,
	                unit, &why) < 0 ||
	    project_set(&reading->admin->arena, reading->plan, project, PROJECT_ID, id,
	                &why) < 0) {
		problem(reading, 0, "%s", why);
		return false;
	}
	for (size_t i = 0; i < reading->project_count; i++)
		if (strcmp(reading->projects[i].id, project->id) == 0 &&
		    strcmp(reading->projects[i].unit, project->unit) == 0)
			problem(reading, 0, _("编号“%s”与第 %u 行重复"), project->id,
			        reading->lines[i]);
	known = find_known(reading, project);
	if (known != NULL)
		*project = project_of_message(known->project);
	return true;
}

static const Duban__V1__ProjectRow *find_known(const struct reading *reading,
                                               const struct project *project)
{
	for (size_t i = 0; i < reading->known.count; i++) {
		const Duban__V1__ProjectRow *row = reading->known.rows[i];

		if (strcmp(row->project->id, project->id) == 0 &&
		    strcmp(row->project->unit, project->unit) == 0)
			return row;
	}
	return NULL;
}

/* Whether the bureau or a district enters it, the centre sees. */
static void judge(struct reading *reading, const struct project *project)
{
	const Duban__V1__ProjectRow *known = find_known(reading, project);
	struct project earlier = project_empty();
	struct project_entry entry = {
		.plan = reading->plan, .project = project, .bureau = true, .at = ""};
	struct findings findings;

	if (known != NULL) {
		earlier = project_of_message(known->project);
		entry.earlier = &earlier;
	}
	findings_init(&findings, &reading->admin->arena);
	(void)project_check(&entry, &findings);
	for (const struct finding *finding = findings.first; finding != NULL;
	     finding = finding->next) {
		int field = project_field_find(finding->field);

		problem(reading, 0, "%s：%s",
		        field >= 0 ? project_field_title((enum project_field)field)
		                   : finding->field,
		        finding->text);
	}
}

static void problem(struct reading *reading, unsigned column, const char *format, ...)
{
	const struct yaml_place place = {.line = reading->row_line != 0
	                                                 ? reading->row_line
	                                                 : reading->line,
	                                 .column = column};
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(&reading->admin->arena, format, args);
	va_end(args);
	yaml_problem(&reading->problems, place, "%s", text != NULL ? text : "");
}

static int finish(struct reading *reading, const char *path)
{
	for (const struct yaml_problem *p = reading->problems.first; p != NULL;
	     p = p->next)
		if (p->place.column != 0)
			(void)fprintf(stderr, _("%s 第 %u 行第 %u 列：%s\n"), path,
			              p->place.line, p->place.column, p->message);
		else
			(void)fprintf(stderr, _("%s 第 %u 行：%s\n"), path, p->place.line,
			              p->message);
	if (reading->problems.count > 0) {
		(void)admin_error(_("有 %zu 处问题，一个项目也没有登记"),
		                  reading->problems.count);
		return ADMIN_REFUSED;
	}
	if (reading->project_count == 0) {
		(void)admin_error(_("%s：没有项目"), path);
		return ADMIN_REFUSED;
	}
	if (options.check != 0) {
		if (!reading->admin->json)
			printf(_("%zu 个项目，检查通过，没有登记\n"),
			       reading->project_count);
		return ADMIN_OK;
	}
	return projects_send(reading->admin, reading->plan, reading->projects,
	                     reading->project_count);
}
