/*
 * GetReport and ListReports:
 *
 *	read request -> who may see what -> store ~ ~> answer
 *
 * A district sees its own reports and nothing of others, not even that they exist: a
 * foreign receipt number is "not found". Everybody else with a certificate sees all.
 *
 * What can go wrong: the request names another district (its agent's operator has the
 * wrong certificate or code), the token is not one of ours, or the database is away.
 */
#include "server/reports.h"

#include <string.h>

#include "duban/v1/reports.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/report.h"
#include "rpc/call.h"
#include "server/message.h"
#include "server/refuse.h"
#include "server/reports_token.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_reports.h"

#define PAGE_DEFAULT 100

/* One GetReport in flight. Lives in the call's arena. */
struct report_get {
	unsigned magic;
#define REPORT_GET_MAGIC 0x7d12e95bU
	struct rpc_call *call;
	struct store_report_get get;
};

/* One ListReports in flight. */
struct report_list {
	unsigned magic;
#define REPORT_LIST_MAGIC 0x04f6b8c1U
	struct rpc_call *call;
	struct store_reports_list list;
};

static int ask_get(struct server *srv, struct report_get *op,
                   const Duban__V1__GetReportRequest *request, struct refusal *refusal);
static int choose(const Duban__V1__GetReportRequest *request, const char *unit,
                  struct store_report_get *get, struct refusal *refusal);
static int visible_unit(const struct server *srv, struct rpc_call *call,
                        const char *asked, const char **ret_unit,
                        struct refusal *refusal);
static void on_got(struct store_report_get *get, int status);
static int ask_list(struct server *srv, struct report_list *op,
                    const Duban__V1__ListReportsRequest *request,
                    struct refusal *refusal);
static void on_listed(struct store_reports_list *list, int status);
static void reply_list(struct rpc_call *call, const struct store_reports_list *list);
static void write_row(const struct store_reports_row *row, Duban__V1__ReportRow *ret);

void reports_get_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct report_get *op = arena_new(rpc_call_arena(call), struct report_get);
	struct refusal refusal = {.field = "request"};
	ProtobufCMessage *message;
	int r;

	r = service_read(call, &duban__v1__get_report_request__descriptor, body, &message,
	                 &refusal.why);
	if (r == 0 && op == NULL)
		r = E_NOMEM;
	if (r == 0) {
		op->magic = REPORT_GET_MAGIC;
		op->call = call;
		r = ask_get(srv, op, (const Duban__V1__GetReportRequest *)message,
		            &refusal);
	}
	refusal.err = r;
	if (r < 0)
		refuse_call(call, &refusal);
}

static int ask_get(struct server *srv, struct report_get *op,
                   const Duban__V1__GetReportRequest *request, struct refusal *refusal)
{
	const char *unit;
	int r = visible_unit(srv, op->call, request->unit, &unit, refusal);

	if (r == 0)
		r = choose(request, unit, &op->get, refusal);
	if (r < 0)
		return r;
	op->get.arena = rpc_call_arena(op->call);
	op->get.done = on_got;
	return store_report_get(srv->store, &op->get);
}

/* The unit that the answer is limited to: a district's own, else what was asked for. */
static int visible_unit(const struct server *srv, struct rpc_call *call,
                        const char *asked, const char **ret_unit, struct refusal *refusal)
{
	struct identity caller;
	int r = service_caller(srv, call, &caller);

	if (r < 0)
		return r;
	if (service_sees_all(&caller)) {
		*ret_unit = asked;
		return 0;
	}
	if (asked[0] != '\0' && strcmp(asked, caller.unit) != 0) {
		refusal->field = "unit";
		refusal->why = "只能查看本单位的报表。";
		return E_DENIED;
	}
	*ret_unit = arena_strdup(rpc_call_arena(call), caller.unit);
	return *ret_unit != NULL ? 0 : E_NOMEM;
}

static int choose(const Duban__V1__GetReportRequest *request, const char *unit,
                  struct store_report_get *get, struct refusal *refusal)
{
	get->unit = unit;
	switch (request->key_case) {
	case DUBAN__V1__GET_REPORT_REQUEST__KEY_NUMBER:
		get->number = request->number;
		return 0;
	case DUBAN__V1__GET_REPORT_REQUEST__KEY_REPORT_ID:
		get->report_id = message_view(request->report_id);
		refusal->field =
			get->report_id.len == REPORT_ID_SIZE ? "unit" : "report_id";
		refusal->why = "按报送编号查询，须给出16字节的编号和单位代码。";
		return get->report_id.len == REPORT_ID_SIZE && unit[0] != '\0' ? 0
		                                                               : E_SYNTAX;
	default:
		refusal->field = "number";
		refusal->why = "请给出回执编号，或报送编号和单位代码。";
		return E_SYNTAX;
	}
}

/* Envelope and receipt leave as they were stored, byte for byte. */
static void on_got(struct store_report_get *get, int status)
{
	struct report_get *op = container_of(get, struct report_get, get);
	struct bytes reply = bytes_of(NULL, 0);

	CHECK_MAGIC(op, REPORT_GET_MAGIC);
	if (status == 0 && get->found) {
		struct bytes parts[] = {get->envelope, get->receipt};

		reply = message_of_parts(rpc_call_arena(op->call), parts, 2);
		status = reply.data != NULL ? 0 : E_NOMEM;
	}
	if (status < 0)
		refuse(op->call, status, NULL);
	else if (!get->found)
		refuse_because(op->call, E_NOT_FOUND, "number", "没有这份报表。");
	else
		service_reply_bytes(op->call, reply);
}

void reports_list_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct report_list *op = arena_new(rpc_call_arena(call), struct report_list);
	struct refusal refusal = {.field = "request"};
	ProtobufCMessage *message;
	int r;

	r = service_read(call, &duban__v1__list_reports_request__descriptor, body,
	                 &message, &refusal.why);
	if (r == 0 && op == NULL)
		r = E_NOMEM;
	if (r == 0) {
		op->magic = REPORT_LIST_MAGIC;
		op->call = call;
		r = ask_list(srv, op, (const Duban__V1__ListReportsRequest *)message,
		             &refusal);
	}
	refusal.err = r;
	if (r < 0)
		refuse_call(call, &refusal);
}

static int ask_list(struct server *srv, struct report_list *op,
                    const Duban__V1__ListReportsRequest *request, struct refusal *refusal)
{
	struct store_reports_list *list = &op->list;
	const char *token = request->page != NULL ? request->page->token : "";
	uint32_t size = request->page != NULL ? request->page->size : 0;
	int r = visible_unit(srv, op->call, request->unit, &list->unit, refusal);

	if (r < 0)
		return r;
	list->section = request->section;
	list->period = request->period;
	list->superseded = request->superseded;
	list->known_at = request->known_at;
	list->limit = size == 0 ? PAGE_DEFAULT : size;
	list->arena = rpc_call_arena(op->call);
	list->done = on_listed;
	if (size > STORE_REPORTS_PAGE_MAX) {
		refusal->field = "page.size";
		refusal->why = "每页最多1000条。";
		return E_RANGE;
	}
	r = token_read(list->arena, token, &list->after);
	if (r < 0) {
		refusal->field = "page.token";
		refusal->why = "翻页标记不是上一页给出的。";
		return r;
	}
	return store_reports_list(srv->store, list);
}

static void on_listed(struct store_reports_list *list, int status)
{
	struct report_list *op = container_of(list, struct report_list, list);

	CHECK_MAGIC(op, REPORT_LIST_MAGIC);
	if (status < 0)
		refuse(op->call, status, NULL);
	else
		reply_list(op->call, list);
}

static void reply_list(struct rpc_call *call, const struct store_reports_list *list)
{
	Duban__V1__ListReportsResponse response = DUBAN__V1__LIST_REPORTS_RESPONSE__INIT;
	struct arena *arena = rpc_call_arena(call);
	Duban__V1__ReportRow *rows =
		arena_new_array(arena, list->count, Duban__V1__ReportRow);
	Duban__V1__ReportRow **pointers =
		arena_new_array(arena, list->count, Duban__V1__ReportRow *);
	const char *token = "";

	if (rows != NULL && pointers != NULL && list->more)
		token = token_write(arena, &list->rows[list->count - 1]);
	if (rows == NULL || pointers == NULL || token == NULL) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		write_row(&list->rows[i], &rows[i]);
		pointers[i] = &rows[i];
	}
	response.n_reports = list->count;
	response.reports = pointers;
	response.next_page = message_text(token);
	service_reply(call, &response.base);
}

static void write_row(const struct store_reports_row *row, Duban__V1__ReportRow *ret)
{
	duban__v1__report_row__init(ret);
	ret->number = message_text(row->number);
	ret->unit = message_text(row->unit);
	ret->section = message_text(row->section);
	ret->period = message_text(row->period);
	ret->received_at = row->received_at;
	ret->wall_received_at = row->wall_received_at;
	ret->timeliness = (Duban__V1__Timeliness)row->timeliness;
	ret->figures = row->figures;
	ret->notices = row->notices;
	ret->approved_by = message_text(row->approved_by);
	ret->report_id = message_bytes(row->report_id);
	ret->kind = (Duban__V1__ReportKind)row->kind;
	ret->revision = row->revision;
	ret->supersedes = message_text(row->supersedes);
	ret->superseded_at = row->superseded_at;
	ret->late_waived_at = row->late_waived_at;
}
