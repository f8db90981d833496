/*
 * A report and its signed bytes:
 *
 *	struct report -> write_*() -> message -> wire_pack() -> bytes
 *	bytes -> wire_unpack_fault() -> report_form_check() -> read_*() -> struct report
 *	         strict                 bounds, every field
 *
 * What can go wrong: bytes that are no report (the sending program is at fault), or
 * fields out of bounds (the reporter corrects them). Each is a finding.
 */
#include "model/report.h"

#include <string.h>

#include "duban/v1/report.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/form.h"
#include "model/report_form.h"
#include "model/wire.h"
#include "model/wire_convert.h"
#include "model/wire_walk.h"

static const char *given(const char *text);
static int write_figures(struct arena *arena, const struct report *report,
                         Duban__V1__Report *message);
static int write_figure(struct arena *arena, const struct figure *figure,
                        Duban__V1__Figure **ret_message);
static int write_project_figures(struct arena *arena, const struct report *report,
                                 Duban__V1__Report *message);
static bool write_texts(const struct report *report, Duban__V1__Texts *message);
static bool write_person(const struct person *person, Duban__V1__Person *message);
static bool is_empty(const char *text);
static int read_message(struct arena *arena, const Duban__V1__Report *message,
                        const struct report **ret_report);
static int read_figures(struct arena *arena, const Duban__V1__Report *message,
                        struct report *report);
static int read_project_figures(struct arena *arena, const Duban__V1__Report *message,
                                struct report *report);
static void read_texts(const Duban__V1__Texts *message, struct report *report);
static struct person read_person(const Duban__V1__Person *message);

const struct figure *report_figure(const struct report *report, const char *indicator)
{
	size_t low = 0, high = report->figure_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(report->figures[middle].indicator, indicator);

		if (order == 0)
			return &report->figures[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

int project_figure_order(const struct project_figure *a, const struct project_figure *b)
{
	int order = strcmp(a->project, b->project);

	return order != 0 ? order : strcmp(a->indicator, b->indicator);
}

const struct project_figure *report_project_figure(const struct report *report,
                                                   const char *project,
                                                   const char *indicator)
{
	const struct project_figure sought = {.project = project, .indicator = indicator};
	size_t low = 0, high = report->project_figure_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order =
			project_figure_order(&report->project_figures[middle], &sought);

		if (order == 0)
			return &report->project_figures[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

int report_encode(struct arena *arena, const struct report *report,
                  struct bytes *ret_bytes)
{
	Duban__V1__Person people[3];
	Duban__V1__Report message;
	Duban__V1__Texts texts;
	int r;

	duban__v1__report__init(&message);
	message.report_id = wire_binary(bytes_of(report->id, REPORT_ID_SIZE));
	message.plan = wire_string(report->plan);
	message.plan_version = report->plan_version;
	message.unit = wire_string(report->unit);
	message.section = wire_string(report->section);
	message.period = wire_string(report->period);
	message.texts = write_texts(report, &texts) ? &texts : NULL;
	message.filled_by =
		write_person(&report->filled_by, &people[0]) ? &people[0] : NULL;
	message.reviewed_by =
		write_person(&report->reviewed_by, &people[1]) ? &people[1] : NULL;
	message.approved_by =
		write_person(&report->approved_by, &people[2]) ? &people[2] : NULL;
	message.made_at = report->made_at;
	message.wall_made_at = report->wall_made_at;
	message.kind = (Duban__V1__ReportKind)report->kind;
	message.supersedes = wire_string(given(report->supersedes));
	message.change_reason = wire_string(given(report->change_reason));
	r = write_figures(arena, report, &message);
	if (r == 0)
		r = write_project_figures(arena, report, &message);
	if (r != 0)
		return r;
	if (protobuf_c_message_get_packed_size(&message.base) > REPORT_BYTES_MAX)
		return E_LIMIT;
	return wire_pack(arena, &message.base, ret_bytes);
}

static const char *given(const char *text)
{
	return text != NULL ? text : "";
}

static int write_figures(struct arena *arena, const struct report *report,
                         Duban__V1__Report *message)
{
	message->figures =
		arena_new_array(arena, report->figure_count, Duban__V1__Figure *);
	if (message->figures == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < report->figure_count; i++) {
		const struct figure *figure = &report->figures[i];
		int r;

		CHECK(i == 0 || strcmp(figure[-1].indicator, figure->indicator) < 0);
		r = write_figure(arena, figure, &message->figures[i]);
		if (r != 0)
			return r;
		message->n_figures++;
	}
	return 0;
}

static int write_figure(struct arena *arena, const struct figure *figure,
                        Duban__V1__Figure **ret_message)
{
	Duban__V1__Figure *message = arena_new(arena, Duban__V1__Figure);
	int r;

	if (message == NULL)
		return E_NOMEM;
	duban__v1__figure__init(message);
	message->indicator = wire_string(figure->indicator);
	message->reason = wire_string(figure->reason);
	r = wire_quantity_write(arena, &figure->value, &message->value);
	if (r != 0)
		return r;
	*ret_message = message;
	return 0;
}

static int write_project_figures(struct arena *arena, const struct report *report,
                                 Duban__V1__Report *message)
{
	size_t count = report->project_figure_count;

	message->project_figures =
		arena_new_array(arena, count, Duban__V1__ProjectFigure *);
	if (message->project_figures == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct project_figure *figure = &report->project_figures[i];
		Duban__V1__ProjectFigure *into =
			arena_new(arena, Duban__V1__ProjectFigure);
		int r;

		CHECK(i == 0 || project_figure_order(&figure[-1], figure) < 0);
		if (into == NULL)
			return E_NOMEM;
		duban__v1__project_figure__init(into);
		into->project = wire_string(figure->project);
		into->indicator = wire_string(figure->indicator);
		into->reason = wire_string(figure->reason);
		r = wire_quantity_write(arena, &figure->value, &into->value);
		if (r != 0)
			return r;
		message->project_figures[message->n_project_figures++] = into;
	}
	return 0;
}

/* Is there anything to write? What is empty is left out. */
static bool write_texts(const struct report *report, Duban__V1__Texts *message)
{
	duban__v1__texts__init(message);
	message->progress = wire_string(report->texts.progress);
	message->problems = wire_string(report->texts.problems);
	message->next_steps = wire_string(report->texts.next_steps);
	message->city_to_settle = wire_string(report->texts.city_to_settle);
	return !is_empty(message->progress) || !is_empty(message->problems) ||
	       !is_empty(message->next_steps) || !is_empty(message->city_to_settle);
}

static bool write_person(const struct person *person, Duban__V1__Person *message)
{
	duban__v1__person__init(message);
	message->name = wire_string(person->name);
	message->post = wire_string(person->post);
	message->telephone = wire_string(person->telephone);
	message->at = person->at;
	return !is_empty(message->name) || !is_empty(message->post) ||
	       !is_empty(message->telephone) || message->at != 0;
}

static bool is_empty(const char *text)
{
	return text[0] == '\0';
}

int report_decode(struct arena *arena, struct bytes bytes, struct findings *findings,
                  const struct report **ret_report)
{
	const Duban__V1__Report *message;
	struct wire_fault fault;
	ProtobufCMessage *base;
	int r;

	if (bytes.len > REPORT_BYTES_MAX) {
		form_too_large(findings, bytes.len, REPORT_BYTES_MAX);
		return E_LIMIT;
	}
	r = wire_unpack_fault(arena, &duban__v1__report__descriptor, bytes, WIRE_STRICT,
	                      &base, &fault);
	if (r == E_SYNTAX)
		form_fault(findings, &fault, REPORT_PAYLOAD_TYPE);
	if (r != 0)
		return r;
	message = (const Duban__V1__Report *)base;
	if (!report_form_check(findings, message))
		return E_REFUSED;
	return read_message(arena, message, ret_report);
}

static int read_message(struct arena *arena, const Duban__V1__Report *message,
                        const struct report **ret_report)
{
	struct report *report = arena_new(arena, struct report);
	int r;

	if (report == NULL)
		return E_NOMEM;
	memcpy(report->id, message->report_id.data, REPORT_ID_SIZE);
	report->plan = message->plan;
	report->plan_version = message->plan_version;
	report->unit = message->unit;
	report->section = message->section;
	report->period = message->period;
	report->filled_by = read_person(message->filled_by);
	report->reviewed_by = read_person(message->reviewed_by);
	report->approved_by = read_person(message->approved_by);
	report->made_at = message->made_at;
	report->wall_made_at = message->wall_made_at;
	report->kind = (enum report_kind)message->kind;
	report->supersedes = message->supersedes;
	report->change_reason = message->change_reason;
	read_texts(message->texts, report);
	r = read_figures(arena, message, report);
	if (r == 0)
		r = read_project_figures(arena, message, report);
	if (r != 0)
		return r;
	*ret_report = report;
	return 0;
}

static int read_figures(struct arena *arena, const Duban__V1__Report *message,
                        struct report *report)
{
	struct figure *figures =
		arena_new_array(arena, message->n_figures, struct figure);

	if (figures == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < message->n_figures; i++) {
		const Duban__V1__Figure *from = message->figures[i];

		figures[i].indicator = from->indicator;
		figures[i].reason = from->reason;
		/* The value's form was checked, and cannot be wrong any more. */
		CHECK(wire_quantity_read(from->value, &figures[i].value) == 0);
	}
	report->figures = figures;
	report->figure_count = message->n_figures;
	return 0;
}

static int read_project_figures(struct arena *arena, const Duban__V1__Report *message,
                                struct report *report)
{
	struct project_figure *figures =
		arena_new_array(arena, message->n_project_figures, struct project_figure);

	if (figures == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < message->n_project_figures; i++) {
		const Duban__V1__ProjectFigure *from = message->project_figures[i];

		figures[i].project = from->project;
		figures[i].indicator = from->indicator;
		figures[i].reason = from->reason;
		CHECK(wire_quantity_read(from->value, &figures[i].value) == 0);
	}
	report->project_figures = figures;
	report->project_figure_count = message->n_project_figures;
	return 0;
}

static void read_texts(const Duban__V1__Texts *message, struct report *report)
{
	report->texts.progress = message != NULL ? message->progress : "";
	report->texts.problems = message != NULL ? message->problems : "";
	report->texts.next_steps = message != NULL ? message->next_steps : "";
	report->texts.city_to_settle = message != NULL ? message->city_to_settle : "";
}

static struct person read_person(const Duban__V1__Person *message)
{
	if (message == NULL)
		return (struct person){.name = "", .post = "", .telephone = ""};
	return (struct person){
		.name = message->name,
		.post = message->post,
		.telephone = message->telephone,
		.at = message->at,
	};
}
