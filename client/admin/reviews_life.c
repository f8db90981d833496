/* duban reports life: everything that happened to a report, in order. */
#include <duban/v1/reviews.pb-c.h>
#include <jansson.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/output.h"
#include "client/admin/reviews.h"
#include "client/admin/reviews_ask.h"
#include "client/admin/table.h"
#include "client/admin/text.h"
#include "client/asking.h"

static int add_events(struct admin *admin, struct table *table,
                      const Duban__V1__GetLifeResponse *life);
static const char *what(struct admin *admin, const Duban__V1__LifeEvent *event);
static const char *details(struct admin *admin, const Duban__V1__LifeEvent *event);
static int print_json(struct admin *admin, const Duban__V1__GetLifeResponse *life);
static json_t *fields_json(const Duban__V1__LifeEvent *event);

int reviews_life(struct admin *admin, const char *const *args)
{
	static const struct table_column columns[] = {
		{"at", N_("时间"), TABLE_LEFT},   {"number", N_("回执编号"), TABLE_LEFT},
		{"what", N_("办理"), TABLE_LEFT}, {"by", N_("由谁"), TABLE_LEFT},
		{"text", N_("内容"), TABLE_LEFT},
	};
	const Duban__V1__GetLifeResponse *life;
	struct table *table;
	int code = reviews_ask_life(admin, args[0], &life);

	if (code != ADMIN_OK)
		return code;
	if (admin->json)
		return print_json(admin, life);
	printf(_("单位 %s    板块 %s    报告期 %s\n时限 %s    封表 %s\n"), life->unit,
	       life->section, life->period, text_instant(admin, life->due_at),
	       text_instant(admin, life->lock_at));
	if (life->estimated)
		printf("%s\n", _("时限、封表为预计：那一年的放假安排还没有公布。"));
	if (life->extended_due_at != 0)
		printf(_("延期至 %s（考核仍按原时限）\n"),
		       text_instant(admin, life->extended_due_at));
	printf("\n");
	table = table_create(admin, columns, ARRAY_LEN(columns));
	code = add_events(admin, table, life);
	if (code != ADMIN_OK) {
		table_destroy(table);
		return code;
	}
	return table_print(table);
}

static int add_events(struct admin *admin, struct table *table,
                      const Duban__V1__GetLifeResponse *life)
{
	for (size_t i = 0; i < life->n_events; i++) {
		const Duban__V1__LifeEvent *event = life->events[i];
		const char *text = details(admin, event);

		if (text == NULL)
			return admin_error("%s", text_err(E_NOMEM));
		table_row(table, text_instant(admin, event->at), event->number,
		          what(admin, event), event->by, text);
	}
	return ADMIN_OK;
}

/* "收到第2次报送", "业务审核通过", "汇总审核退回", "现场核查". */
static const char *what(struct admin *admin, const Duban__V1__LifeEvent *event)
{
	const char *step = text_review_step(admin, event->step);

	if (strcmp(event->kind, "received") == 0)
		return event->report_kind == DUBAN__V1__REPORT_KIND__REPORT_KIND_ORDINARY
		               ? arena_printf(&admin->arena, _("收到第 %u 次报送"),
		                              event->revision)
		               : arena_printf(&admin->arena, _("收到第 %u 次报送（%s）"),
		                              event->revision,
		                              text_report_kind(admin,
		                                               event->report_kind));
	if (strcmp(event->kind, "passed") == 0)
		return arena_printf(&admin->arena, _("%s通过"), step);
	if (strcmp(event->kind, "returned") == 0)
		return arena_printf(&admin->arena, _("%s退回"), step);
	if (strcmp(event->kind, "checked") == 0)
		return text_standing(admin, event->standing);
	if (strcmp(event->kind, "superseded") == 0)
		return _("被更正");
	if (strcmp(event->kind, "asked") == 0)
		return arena_printf(&admin->arena, _("单位申请：%s"),
		                    asking_kind_word((int)event->request_kind));
	if (strcmp(event->kind, "answered") == 0)
		return arena_printf(&admin->arena, _("批复%s申请：%s"),
		                    asking_kind_word((int)event->request_kind),
		                    event->granted ? _("同意") : _("不同意"));
	if (strcmp(event->kind, "withdrawn") == 0)
		return arena_printf(&admin->arena, _("单位撤回%s申请"),
		                    asking_kind_word((int)event->request_kind));
	return event->kind; /* of a later centre */
}

/* NULL: no memory. */
static const char *details(struct admin *admin, const Duban__V1__LifeEvent *event)
{
	const char *text = event->text;

	if (event->indicator[0] != '\0')
		text = arena_printf(&admin->arena, _("%s：%s"), event->indicator, text);
	for (size_t i = 0; text != NULL && i < event->n_fields; i++)
		text = arena_printf(&admin->arena, _("%s%s%s：%s"), text,
		                    text[0] != '\0' ? _("；") : "",
		                    event->fields[i]->field, event->fields[i]->reason);
	if (text != NULL && event->subject[0] != '\0')
		text = arena_printf(&admin->arena, _("%s：%s"),
		                    asking_subject(&admin->arena, event->subject), text);
	if (text != NULL && event->due_at != 0 && event->request_kind != 0)
		text = arena_printf(&admin->arena, _("%s（至 %s）"), text,
		                    text_instant(admin, event->due_at));
	else if (text != NULL && event->due_at != 0)
		text = arena_printf(&admin->arena, _("%s（限 %s 前重报）"), text,
		                    text_instant(admin, event->due_at));
	return text;
}

static int print_json(struct admin *admin, const Duban__V1__GetLifeResponse *life)
{
	json_t *events = json_array();

	for (size_t i = 0; i < life->n_events; i++) {
		const Duban__V1__LifeEvent *event = life->events[i];

		(void)json_array_append_new(
			events,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s, "
		                  "s:s, s:s, s:s, s:b, s:s, s:o}",
		                  "at", text_instant(admin, event->at), "wall_at",
		                  text_instant(admin, event->wall_at), "kind",
		                  event->kind, "number", event->number, "by", event->by,
		                  "revision", (int)event->revision, "step",
		                  text_review_step(admin, event->step), "due_at",
		                  text_instant(admin, event->due_at), "text", event->text,
		                  "report_kind",
		                  text_report_kind(admin, event->report_kind),
		                  "indicator", event->indicator, "standing",
		                  text_standing(admin, event->standing), "request_kind",
		                  asking_kind_key((int)event->request_kind), "granted",
		                  (int)event->granted, "subject", event->subject,
		                  "fields", fields_json(event)));
	}
	return output_json(
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "unit", life->unit,
	                  "section", life->section, "period", life->period, "due_at",
	                  text_instant(admin, life->due_at), "extended_due_at",
	                  text_instant(admin, life->extended_due_at), "lock_at",
	                  text_instant(admin, life->lock_at), "estimated",
	                  (int)life->estimated, "events", events));
}

static json_t *fields_json(const Duban__V1__LifeEvent *event)
{
	json_t *fields = json_array();

	for (size_t i = 0; i < event->n_fields; i++)
		(void)json_array_append_new(
			fields, json_pack("{s:s, s:s}", "field", event->fields[i]->field,
		                          "reason", event->fields[i]->reason));
	return fields;
}
