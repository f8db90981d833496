/*
 * ListProjects:
 *
 *	read request -> whose may be seen -> store ~ ~> answer
 *
 * Units and sections come in the plan's own order. A district sees its own projects; that
 * it asks for another's is refused, so that nobody takes an empty list for the answer.
 */
#include <stdlib.h>
#include <string.h>

#include "duban/v1/projects.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/wire.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/projects.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_project.h"

#define PAGE_DEFAULT 100
#define TOKEN_PARTS  5 /* unit, section, id, version, total */

/* One ListProjects in flight. Lives in the call's arena. */
struct listing {
	unsigned magic;
#define LISTING_MAGIC 0x2f8b40c5U
	struct server *srv;
	struct rpc_call *call;
	struct arena *arena;
	day today; /* of the time that is asked about */
	struct store_project_list list;
	struct store_project_amounts amounts;
	size_t amount; /* that is written next */
};

static int ask(struct listing *listing, const Duban__V1__ListProjectsRequest *request,
               struct refusal *refusal);
static int choose_unit(struct listing *listing, const char *asked,
                       struct refusal *refusal);
static int choose_states(struct listing *listing,
                         const Duban__V1__ListProjectsRequest *request,
                         struct refusal *refusal);
static int choose_page(struct listing *listing, const Duban__V1__Page *page,
                       struct refusal *refusal);
static int read_token(struct listing *listing, const char *token);
static bool read_number(const char *text, unsigned long *ret_number);
static int fill_order(struct listing *listing, const struct plan *plan);
static int refused(struct refusal *refusal, int err, const char *field, const char *why);
static void on_listed(struct store_project_list *list, int status);
static int ask_amounts(struct listing *listing);
static void on_amounts(struct store_project_amounts *amounts, int status);
static int answer(struct listing *listing);
static int write_row(struct listing *listing, const struct store_project_row *row,
                     Duban__V1__ProjectRow *ret);
static int write_amounts(struct listing *listing, size_t index,
                         Duban__V1__ProjectRow *ret);
static int write_project(struct arena *arena, const struct project *project,
                         Duban__V1__Project *ret);
static char *write_day(struct arena *arena, day written);

void projects_list_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct listing *listing = arena_new(rpc_call_arena(call), struct listing);
	struct refusal refusal = {.field = "request"};
	ProtobufCMessage *message;
	int r;

	r = service_read(call, &duban__v1__list_projects_request__descriptor, body,
	                 &message, &refusal.why);
	if (r == 0 && listing == NULL)
		r = E_NOMEM;
	if (r == 0) {
		listing->magic = LISTING_MAGIC;
		listing->srv = srv;
		listing->call = call;
		listing->arena = rpc_call_arena(call);
		r = ask(listing, (const Duban__V1__ListProjectsRequest *)message,
		        &refusal);
	}
	refusal.err = r;
	if (r < 0)
		refuse_call(call, &refusal);
}

static int ask(struct listing *listing, const Duban__V1__ListProjectsRequest *request,
               struct refusal *refusal)
{
	const struct plan_version *version =
		plans_get(listing->srv->plans, request->plan);
	struct store_project_list *list = &listing->list;
	int64_t at = request->known_at != 0 ? request->known_at
	                                    : clock_now(listing->srv->clock);
	int r;

	if (version == NULL)
		return refused(refusal, E_NOT_FOUND, "plan",
		               "没有这个方案；有多个方案时请写明。");
	listing->today = instant_day(at, version->plan->utc_offset);
	list->plan = arena_strdup(listing->arena, version->plan->id);
	list->section = request->section;
	list->target = request->target;
	list->id = request->id;
	list->overdue_before = request->overdue ? listing->today : DAY_NONE;
	list->known_at = request->known_at;
	list->history = request->history;
	list->arena = listing->arena;
	list->done = on_listed;
	r = list->plan != NULL ? choose_unit(listing, request->unit, refusal) : E_NOMEM;
	if (r == 0)
		r = choose_states(listing, request, refusal);
	if (r == 0)
		r = choose_page(listing, request->page, refusal);
	if (r == 0)
		r = fill_order(listing, version->plan);
	return r < 0 ? r : store_project_list(listing->srv->store, list);
}

static int choose_unit(struct listing *listing, const char *asked,
                       struct refusal *refusal)
{
	struct identity caller;
	int r = service_caller(listing->srv, listing->call, &caller);

	listing->list.unit = asked;
	if (r < 0 || service_sees_all(&caller))
		return r;
	if (asked[0] != '\0' && strcmp(asked, caller.unit) != 0)
		return refused(refusal, E_DENIED, "unit", "只能查看本单位的项目。");
	listing->list.unit = arena_strdup(listing->arena, caller.unit);
	return listing->list.unit != NULL ? 0 : E_NOMEM;
}

static int choose_states(struct listing *listing,
                         const Duban__V1__ListProjectsRequest *request,
                         struct refusal *refusal)
{
	int64_t *states = arena_new_array(listing->arena, request->n_states, int64_t);

	if (states == NULL)
		return E_NOMEM;
	if (request->n_states > PROJECT_STATES)
		return refused(refusal, E_RANGE, "states", "状态写得太多。");
	for (size_t i = 0; i < request->n_states; i++)
		states[i] = request->states[i];
	listing->list.states = states;
	listing->list.state_count = request->n_states;
	return 0;
}

static int choose_page(struct listing *listing, const Duban__V1__Page *page,
                       struct refusal *refusal)
{
	uint32_t size = page != NULL ? page->size : 0;
	int r;

	if (size > STORE_PROJECTS_PAGE_MAX)
		return refused(refusal, E_RANGE, "page.size", "每页最多1000条。");
	listing->list.limit = size == 0 ? PAGE_DEFAULT : size;
	r = read_token(listing, page != NULL ? page->token : "");
	return r == E_SYNTAX
	               ? refused(refusal, r, "page.token", "翻页标记不是上一页给出的。")
	               : r;
}

/* "430102:3:cz-01:2:57": of the last row that was given, and how many there were, so that
 * they are counted once. None of the parts has a colon. */
static int read_token(struct listing *listing, const char *token)
{
	const char *parts[TOKEN_PARTS];
	unsigned long version;

	listing->list.total = STORE_PROJECTS_UNCOUNTED;
	if (token[0] == '\0')
		return 0;
	for (size_t i = 0; i < TOKEN_PARTS; i++) {
		size_t len = strcspn(token, ":");
		bool last = i + 1 == TOKEN_PARTS;

		if (len == 0 || len > PLAN_ID_MAX || (token[len] == '\0') != last)
			return E_SYNTAX;
		parts[i] = arena_strndup(listing->arena, token, len);
		if (parts[i] == NULL)
			return E_NOMEM;
		token += last ? len : len + 1;
	}
	if (!read_number(parts[3], &version) || version > INT32_MAX ||
	    !read_number(parts[4], &listing->list.total))
		return E_SYNTAX;
	listing->list.after = (struct store_project_key){
		.unit = parts[0],
		.section = parts[1],
		.id = parts[2],
		.version = (uint32_t)version,
	};
	return 0;
}

static bool read_number(const char *text, unsigned long *ret_number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	*ret_number = strtoul(text, &end, 10);
	return *end == '\0';
}

static int fill_order(struct listing *listing, const struct plan *plan)
{
	struct store_project_list *list = &listing->list;
	const char **units = arena_new_array(list->arena, plan->unit_count, const char *);
	const char **sections =
		arena_new_array(list->arena, plan->section_count, const char *);

	if (units == NULL || sections == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < plan->unit_count; i++)
		units[i] = plan->units[i].code;
	for (size_t i = 0; i < plan->section_count; i++)
		sections[i] = plan->sections[i].id;
	list->units = units; /* copied into the statement's parameters at once */
	list->sections = sections;
	list->unit_count = plan->unit_count;
	list->section_count = plan->section_count;
	return 0;
}

static int refused(struct refusal *refusal, int err, const char *field, const char *why)
{
	refusal->field = field;
	refusal->why = why;
	return err;
}

static void on_listed(struct store_project_list *list, int status)
{
	struct listing *listing = container_of(list, struct listing, list);

	CHECK_MAGIC(listing, LISTING_MAGIC);
	if (status == 0)
		status = list->count > 0 ? ask_amounts(listing) : answer(listing);
	if (status < 0)
		refuse(listing->call, status, NULL);
}

static int ask_amounts(struct listing *listing)
{
	listing->amounts = (struct store_project_amounts){
		.plan = listing->list.plan,
		.rows = listing->list.rows,
		.row_count = listing->list.count,
		.known_at = listing->list.known_at,
		.arena = listing->arena,
		.done = on_amounts,
	};
	return store_project_amounts(listing->srv->store, &listing->amounts);
}

static void on_amounts(struct store_project_amounts *amounts, int status)
{
	struct listing *listing = container_of(amounts, struct listing, amounts);

	CHECK_MAGIC(listing, LISTING_MAGIC);
	if (status == 0)
		status = answer(listing);
	if (status < 0)
		refuse(listing->call, status, NULL);
}

static int answer(struct listing *listing)
{
	Duban__V1__ListProjectsResponse response =
		DUBAN__V1__LIST_PROJECTS_RESPONSE__INIT;
	const struct store_project_list *list = &listing->list;
	Duban__V1__ProjectRow *rows =
		arena_new_array(listing->arena, list->count, Duban__V1__ProjectRow);

	response.projects =
		arena_new_array(listing->arena, list->count, Duban__V1__ProjectRow *);
	if (rows == NULL || response.projects == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < list->count; i++) {
		if (write_row(listing, &list->rows[i], &rows[i]) < 0 ||
		    write_amounts(listing, i, &rows[i]) < 0)
			return E_NOMEM;
		response.projects[response.n_projects++] = &rows[i];
	}
	response.total = list->total;
	if (list->more) {
		const struct project *last = &list->rows[list->count - 1].project;

		response.next_page =
			arena_printf(listing->arena, "%s:%s:%s:%u:%lu", last->unit,
		                     last->section, last->id, last->version, list->total);
		if (response.next_page == NULL)
			return E_NOMEM;
	}
	service_reply(listing->call, &response.base);
	return 0;
}

static int write_row(struct listing *listing, const struct store_project_row *row,
                     Duban__V1__ProjectRow *ret)
{
	duban__v1__project_row__init(ret);
	ret->project = arena_new(listing->arena, Duban__V1__Project);
	if (ret->project == NULL)
		return E_NOMEM;
	ret->put_at = row->put_at;
	ret->wall_put_at = row->wall_put_at;
	ret->put_by = message_text(row->put_by);
	ret->overdue = project_is_overdue(&row->project, listing->today);
	return write_project(listing->arena, &row->project, ret->project);
}

/* They come in the order of the rows. */
static int write_amounts(struct listing *listing, size_t index,
                         Duban__V1__ProjectRow *ret)
{
	const struct store_project_amounts *amounts = &listing->amounts;
	size_t from = listing->amount, count = 0;

	while (from + count < amounts->count &&
	       amounts->amounts[from + count].project == index)
		count++;
	listing->amount += count;
	ret->amounts = arena_new_array(listing->arena, count, Duban__V1__ProjectAmount *);
	if (ret->amounts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct store_project_amount *amount = &amounts->amounts[from + i];
		Duban__V1__ProjectAmount *into =
			arena_new(listing->arena, Duban__V1__ProjectAmount);

		if (into == NULL)
			return E_NOMEM;
		duban__v1__project_amount__init(into);
		into->indicator = message_text(amount->indicator);
		into->period = message_text(amount->period);
		into->number = message_text(amount->number);
		if (wire_quantity_write(listing->arena, &amount->value, &into->value) < 0)
			return E_NOMEM;
		ret->amounts[ret->n_amounts++] = into;
	}
	return 0;
}

static int write_project(struct arena *arena, const struct project *project,
                         Duban__V1__Project *ret)
{
	duban__v1__project__init(ret);
	ret->targets = arena_new_array(arena, project->target_count, char *);
	if (ret->targets == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < project->target_count; i++)
		ret->targets[i] = message_text(project->targets[i]);
	ret->n_targets = project->target_count;
	ret->unit = message_text(project->unit);
	ret->id = message_text(project->id);
	ret->section = message_text(project->section);
	ret->name = message_text(project->name);
	ret->kind = message_text(project->kind);
	ret->person = message_text(project->person);
	ret->telephone = message_text(project->telephone);
	ret->start = write_day(arena, project->start);
	ret->finish = write_day(arena, project->finish);
	ret->state = (Duban__V1__ProjectState)project->state;
	ret->reason = message_text(project->reason);
	ret->version = project->version;
	return ret->start != NULL && ret->finish != NULL ? 0 : E_NOMEM;
}

static char *write_day(struct arena *arena, day written)
{
	char text[DAY_TEXT_MAX];

	if (written == DAY_NONE)
		return message_text("");
	day_print(written, text);
	return arena_strdup(arena, text);
}
