/*
 * A report file in YAML: a map of fields. Figures are a map from an indicator's name to
 * a value ("128个") or to a map {数值, 单位, 说明}, or a list of such maps. Figures of
 * projects are the same below each project's id.
 */
#include "client/agent/report_file.h"

#include <string.h>

#include "base/err.h"
#include "client/agent/agent.h"

struct reading {
	struct arena *arena;
	struct yaml_problems *problems;
	struct report_file *file;
	const struct yaml_node
		*project; /* whose figures are being read; NULL: the unit's */
};

static void read_field(struct reading *reading, struct yaml_node *node);
static void read_scalar(struct reading *reading, struct yaml_node *node,
                        struct file_text *into);
static void read_person(struct reading *reading, struct yaml_node *node,
                        struct file_person *person);
static void read_figures(struct reading *reading, struct yaml_node *node);
static void read_figure(struct reading *reading, struct yaml_node *node);
static void read_projects(struct reading *reading, struct yaml_node *node);
static void unknown(struct reading *reading, struct yaml_node *node,
                    const struct field_name *names, size_t count);

int report_yaml_read(struct arena *arena, struct bytes content,
                     struct yaml_problems *problems, struct report_file *file)
{
	struct reading reading = {.arena = arena, .problems = problems, .file = file};
	struct yaml_node *root;
	int r = yaml_parse(arena, file->name, content, problems, &root);

	if (r < 0)
		return r;
	if (root->kind != YAML_MAP) {
		yaml_problem(problems, root->place,
		             _("应为“名称: 内容”的形式；可用 duban-agent template 生成"));
		return E_SYNTAX;
	}
	yaml_each(child, root)
	{
		read_field(&reading, child);
	}
	return 0;
}

static void read_field(struct reading *reading, struct yaml_node *node)
{
	int field = field_find(field_names, FIELDS, node->key);
	struct file_text *text = report_file_text(reading->file, field);
	struct file_person *person = report_file_person(reading->file, field);

	if (text != NULL)
		read_scalar(reading, node, text);
	else if (person != NULL)
		read_person(reading, node, person);
	else if (field == FIELD_FIGURES)
		read_figures(reading, node);
	else if (field == FIELD_PROJECTS)
		read_projects(reading, node);
	else
		unknown(reading, node, field_names, FIELDS);
}

static void read_scalar(struct reading *reading, struct yaml_node *node,
                        struct file_text *into)
{
	if (node->kind != YAML_SCALAR)
		yaml_problem(reading->problems, node->place, _("“%s”应填一个值"),
		             node->key != NULL ? node->key : "");
	else
		report_file_put(into, node->text, node->place, reading->problems);
}

/* A name alone, or a map. */
static void read_person(struct reading *reading, struct yaml_node *node,
                        struct file_person *person)
{
	if (node->kind != YAML_MAP) {
		read_scalar(reading, node, &person->fields[PERSON_NAME]);
		return;
	}
	yaml_each(child, node)
	{
		int field = field_find(person_field_names, PERSON_FIELDS, child->key);

		if (field < 0)
			unknown(reading, child, person_field_names, PERSON_FIELDS);
		else
			read_scalar(reading, child, &person->fields[field]);
	}
}

static void read_figures(struct reading *reading, struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR && node->text[0] != '\0')
		yaml_problem(reading->problems, node->place,
		             _("“%s”应逐行填写“指标名称: 数值”"), node->key);
	yaml_each(child, node)
	{
		read_figure(reading, child);
	}
}

static void read_figure(struct reading *reading, struct yaml_node *node)
{
	struct file_figure *figure = report_file_figure(reading->arena, reading->file,
	                                                node->place, reading->problems);

	if (figure == NULL)
		return;
	if (reading->project != NULL)
		report_file_put(&figure->fields[FIGURE_PROJECT], reading->project->key,
		                reading->project->key_place, reading->problems);
	if (node->key != NULL)
		report_file_put(&figure->fields[FIGURE_NAME], node->key, node->key_place,
		                reading->problems);
	if (node->kind == YAML_SCALAR && node->key != NULL) {
		read_scalar(reading, node, &figure->fields[FIGURE_VALUE]);
		return;
	}
	if (node->kind != YAML_MAP) {
		yaml_problem(reading->problems, node->place,
		             _("指标应填为“名称: 数值”，或含数值、单位、说明的一组"));
		return;
	}
	yaml_each(child, node)
	{
		int field = field_find(figure_field_names, FIGURE_FIELDS, child->key);

		if (field < 0)
			unknown(reading, child, figure_field_names, FIGURE_FIELDS);
		else
			read_scalar(reading, child, &figure->fields[field]);
	}
	if (figure->fields[FIGURE_NAME].text == NULL)
		yaml_problem(reading->problems, node->place, _("没有写明是哪个指标"));
}

static void read_projects(struct reading *reading, struct yaml_node *node)
{
	if (node->kind != YAML_MAP &&
	    (node->kind != YAML_SCALAR || node->text[0] != '\0'))
		yaml_problem(reading->problems, node->place,
		             _("“%s”应逐个填写“项目编号:”，其下逐行填写“指标名称: 数值”"),
		             node->key);
	yaml_each(child, node)
	{
		reading->project = child;
		if (child->key != NULL)
			read_figures(reading, child);
	}
	reading->project = NULL;
}

static void unknown(struct reading *reading, struct yaml_node *node,
                    const struct field_name *names, size_t count)
{
	const char *near = field_nearest(names, count, node->key);

	if (near != NULL)
		yaml_problem(reading->problems, node->key_place,
		             _("没有“%s”这一项，是否为“%s”"), node->key, near);
	else
		yaml_problem(reading->problems, node->key_place, _("没有“%s”这一项"),
		             node->key);
}
