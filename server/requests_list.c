/*
 * List:
 *
 *	filters, whose -> store ~ ~> rows -> answer
 *
 * A district sees its own requests and nobody else's. What can go wrong: a token that no
 * page gave, a filter that names nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "duban/v1/requests.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/message.h"
#include "server/refuse.h"
#include "server/requests.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_request.h"

#define PAGE_DEFAULT 100

/* One List in flight. Lives in the call's arena. */
struct listing {
	unsigned magic;
#define LISTING_MAGIC 0x51b8e93cU
	struct rpc_call *call;
	struct identity caller;
	struct store_requests list;
};

static int ask(struct server *srv, struct listing *listing,
               const Duban__V1__ListRequest *request, struct refusal *refusal);
static int read_filters(struct listing *listing, const Duban__V1__ListRequest *request,
                        struct refusal *refusal);
static int read_token(struct store_requests *list, const char *token);
static void on_listed(struct store_requests *list, int status);
static int answer(struct listing *listing);
static void write_row(const struct request_row *row, Duban__V1__RequestRow *ret);

void requests_list_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct listing *listing = arena_new(rpc_call_arena(call), struct listing);
	struct refusal refusal = {.field = "request"};
	ProtobufCMessage *request;
	int r = listing != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = service_read(call, &duban__v1__list_request__descriptor, body,
		                 &request, &refusal.why);
	if (r == 0) {
		listing->magic = LISTING_MAGIC;
		listing->call = call;
		r = service_caller(srv, call, &listing->caller);
	}
	if (r == 0)
		r = ask(srv, listing, (const Duban__V1__ListRequest *)request, &refusal);
	refusal.err = r;
	if (r < 0)
		refuse_call(call, &refusal);
}

static int ask(struct server *srv, struct listing *listing,
               const Duban__V1__ListRequest *request, struct refusal *refusal)
{
	struct store_requests *list = &listing->list;
	uint32_t size = request->page != NULL ? request->page->size : 0;
	int r = read_filters(listing, request, refusal);

	if (r < 0)
		return r;
	list->now = clock_now(srv->clock);
	list->limit = size == 0 ? PAGE_DEFAULT : size;
	list->arena = rpc_call_arena(listing->call);
	list->after_number = "";
	list->done = on_listed;
	if (size > STORE_REQUESTS_PAGE_MAX) {
		refusal->field = "page.size";
		refusal->why = "每页最多1000条。";
		return E_RANGE;
	}
	if (read_token(list, request->page != NULL ? request->page->token : "") < 0) {
		refusal->field = "page.token";
		refusal->why = "翻页标记不是上一页给出的。";
		return E_SYNTAX;
	}
	return store_requests(srv->store, list);
}

static int read_filters(struct listing *listing, const Duban__V1__ListRequest *request,
                        struct refusal *refusal)
{
	struct store_requests *list = &listing->list;

	list->unit = request->unit;
	if (!service_sees_all(&listing->caller)) {
		if (request->unit[0] != '\0' &&
		    strcmp(request->unit, listing->caller.unit) != 0) {
			refusal->field = "unit";
			refusal->why = "只能查看本单位的申请。";
			return E_DENIED;
		}
		list->unit = listing->caller.unit;
	}
	if (request->kind > DUBAN__V1__REQUEST_KIND__REQUEST_KIND_CONSENT) {
		refusal->field = "kind";
		refusal->why = "只能是延期、申辩或补报（更正）。";
		return E_SYNTAX;
	}
	if (request->state > DUBAN__V1__REQUEST_STATE__REQUEST_STATE_WITHDRAWN) {
		refusal->field = "state";
		refusal->why = "只能是待批、同意、不同意或已撤回。";
		return E_SYNTAX;
	}
	list->section = request->section;
	list->period = request->period;
	list->number = request->number;
	list->kind = (unsigned)request->kind;
	list->state = (unsigned)request->state;
	list->overdue_only = request->overdue_only;
	return 0;
}

/* A token is "received:number" of the last row that was given. */
static int read_token(struct store_requests *list, const char *token)
{
	char *end;

	if (token[0] == '\0')
		return 0;
	list->after_at = strtoll(token, &end, 10);
	if (end == token || *end != ':' || end[1] == '\0' ||
	    strlen(end) > REQUEST_NUMBER_MAX)
		return E_SYNTAX;
	list->after_number = end + 1;
	return 0;
}

static void on_listed(struct store_requests *list, int status)
{
	struct listing *listing = container_of(list, struct listing, list);

	CHECK_MAGIC(listing, LISTING_MAGIC);
	if (status == 0)
		status = answer(listing);
	if (status < 0)
		refuse(listing->call, status, NULL);
}

static int answer(struct listing *listing)
{
	Duban__V1__ListResponse response = DUBAN__V1__LIST_RESPONSE__INIT;
	const struct store_requests *list = &listing->list;
	Duban__V1__RequestRow *rows =
		arena_new_array(list->arena, list->count, Duban__V1__RequestRow);

	response.requests =
		arena_new_array(list->arena, list->count, Duban__V1__RequestRow *);
	if (rows == NULL || response.requests == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < list->count; i++) {
		write_row(&list->rows[i], &rows[i]);
		response.requests[response.n_requests++] = &rows[i];
	}
	if (list->more) {
		const struct request_row *last = &list->rows[list->count - 1];

		response.next_page = arena_printf(list->arena, "%" PRId64 ":%s",
		                                  last->received_at, last->number);
		if (response.next_page == NULL)
			return E_NOMEM;
	}
	service_reply(listing->call, &response.base);
	return 0;
}

static void write_row(const struct request_row *row, Duban__V1__RequestRow *ret)
{
	duban__v1__request_row__init(ret);
	ret->number = message_text(row->number);
	ret->kind = (Duban__V1__RequestKind)row->kind;
	ret->state = (Duban__V1__RequestState)row->state;
	ret->plan = message_text(row->plan);
	ret->unit = message_text(row->unit);
	ret->section = message_text(row->section);
	ret->period = message_text(row->period);
	ret->subject = message_text(row->subject);
	ret->asked_until_at = row->asked_until;
	ret->reason = message_text(row->reason);
	ret->approved_by = message_text(row->approved_by);
	ret->received_at = row->received_at;
	ret->wall_received_at = row->wall_received_at;
	ret->answer_due_at = row->answer_due;
	ret->overdue = row->overdue;
	ret->answered_at = row->answered_at;
	ret->answered_by = message_text(row->answered_by);
	ret->answer = message_text(row->answer);
	ret->granted_until_at = row->granted_until;
	ret->request_id = message_bytes(row->id);
	ret->signer = message_text(row->signer);
}
