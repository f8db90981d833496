/*
 * Catching up:
 *
 *	ListReports ~ ~> numbers not known here -> GetReport ~ ~> verify, keep
 *	    ^-- next page, until a page has no news ----'
 *	ListAlerts (open) ~ ~> returns -> GetLife of each ~ ~> keep
 *	    ^-- next page --'
 *
 * The list begins with the newest; once everything was read, the first page without news
 * ends it. What can go wrong, and who has to act: the line breaks or the centre is away
 * (nobody; the next run goes on, what was kept stays); a report whose receipt does not
 * verify is not believed, and the run says so at its end (the operator: CA certificates).
 */
#include "client/agent/catch_up.h"

#include <string.h>

#include "duban/v1/alerts.pb-c.h"
#include "duban/v1/reports.pb-c.h"
#include "duban/v1/reviews.pb-c.h"

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/agent/accepted.h"
#include "client/agent/agent.h"
#include "client/agent/catch_up_take.h"
#include "model/wire.h"

#define MEMORY_MAX (64u * 1024 * 1024)
#define READ_ALL   "reports_read_all" /* the fact that the list was read to its end */

static int list_reports(struct catch_up *catch_up);
static void on_reports(struct centre_call *call, const struct rpc_status *status);
static int next_report(struct catch_up *catch_up);
static void on_report(struct centre_call *call, const struct rpc_status *status);
static int list_alerts(struct catch_up *catch_up);
static void on_alerts(struct centre_call *call, const struct rpc_status *status);
static int take_alerts(struct catch_up *catch_up,
                       const Duban__V1__ListAlertsResponse *list);
static int next_life(struct catch_up *catch_up);
static void on_life(struct centre_call *call, const struct rpc_status *status);
static int ask(struct catch_up *catch_up, const char *method,
               void (*done)(struct centre_call *, const struct rpc_status *),
               const ProtobufCMessage *request);
static int add(struct catch_up *catch_up, const char ***list, size_t *count,
               size_t *capacity, const char *text);
static void go_on(struct catch_up *catch_up, int r);
static void finish(struct catch_up *catch_up, int status, const char *why);

void catch_up_init(struct catch_up *catch_up, struct centre *centre, struct store *store,
                   const char *unit)
{
	*catch_up = (struct catch_up){
		.magic = CATCH_UP_MAGIC, .centre = centre, .store = store, .unit = unit};
	arena_init(&catch_up->arena, MEMORY_MAX);
}

void catch_up_finish(struct catch_up *catch_up)
{
	arena_finish(&catch_up->arena);
}

int catch_up_start(struct catch_up *catch_up)
{
	int r;

	CHECK_MAGIC(catch_up, CATCH_UP_MAGIC);
	if (catch_up->busy) {
		catch_up->again = true;
		return 0;
	}
	arena_finish(&catch_up->arena);
	catch_up->pages = catch_up->news = catch_up->distrusted = 0;
	catch_up->next_page = "";
	catch_up->numbers = catch_up->subjects = NULL;
	catch_up->count = catch_up->capacity = catch_up->at = 0;
	catch_up->subject_count = catch_up->subject_capacity = 0;
	r = list_reports(catch_up);
	catch_up->busy = r == 0;
	return r;
}

static int list_reports(struct catch_up *catch_up)
{
	Duban__V1__ListReportsRequest request = DUBAN__V1__LIST_REPORTS_REQUEST__INIT;
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	AUTO(arena_finishp) struct arena arena;

	arena_init(&arena, 64u * 1024);
	page.size = CATCH_UP_PAGE;
	page.token = arena_strdup(&arena, catch_up->next_page);
	request.unit = arena_strdup(&arena, catch_up->unit);
	request.page = &page;
	if (page.token == NULL || request.unit == NULL)
		return E_NOMEM;
	return ask(catch_up, "Reports/ListReports", on_reports, &request.base);
}

static int ask(struct catch_up *catch_up, const char *method,
               void (*done)(struct centre_call *, const struct rpc_status *),
               const ProtobufCMessage *request)
{
	AUTO(arena_finishp) struct arena arena;
	struct bytes body;
	int r;

	arena_init(&arena, 256u * 1024);
	catch_up->call.done = done;
	r = wire_pack(&arena, request, &body);
	return r < 0 ? r
	             : centre_call(catch_up->centre, &catch_up->call, method, body,
	                           CENTRE_ANSWER_MAX);
}

/* The run that @call is of, when it went well; else ends it and gives NULL. The message
 * lives as long as the run. */
static struct catch_up *went_well(struct centre_call *call,
                                  const struct rpc_status *status,
                                  const ProtobufCMessageDescriptor *type,
                                  ProtobufCMessage **ret_message)
{
	struct catch_up *catch_up = container_of(call, struct catch_up, call);
	const char *why = "";
	int r;

	CHECK_MAGIC(catch_up, CATCH_UP_MAGIC);
	if (status->code != RPC_OK) {
		finish(catch_up,
		       status->code == RPC_UNIMPLEMENTED ? E_UNSUPPORTED : E_DOWN,
		       status->message != NULL && status->message[0] != '\0'
		               ? status->message
		               : rpc_code_name(status->code));
		return NULL;
	}
	r = wire_unpack(&catch_up->arena, type, call->answer, WIRE_LENIENT, ret_message,
	                &why);
	if (r < 0) {
		finish(catch_up, r, why);
		return NULL;
	}
	return catch_up;
}

static void on_reports(struct centre_call *call, const struct rpc_status *status)
{
	const Duban__V1__ListReportsResponse *list;
	ProtobufCMessage *message;
	struct catch_up *catch_up =
		went_well(call, status, &duban__v1__list_reports_response__descriptor,
	                  &message);
	int r = 0;

	if (catch_up == NULL)
		return;
	list = (const Duban__V1__ListReportsResponse *)message;
	catch_up->pages++;
	catch_up->next_page = list->next_page;
	catch_up->count = catch_up->at = 0;
	for (size_t i = 0; r == 0 && i < list->n_reports; i++)
		if (!accepted_has(catch_up->store, list->reports[i]->number))
			r = add(catch_up, &catch_up->numbers, &catch_up->count,
			        &catch_up->capacity, list->reports[i]->number);
	catch_up->page_news = false;
	go_on(catch_up, r < 0 ? r : next_report(catch_up));
}

static int add(struct catch_up *catch_up, const char ***list, size_t *count,
               size_t *capacity, const char *text)
{
	const char **larger = arena_grow(&catch_up->arena, (void *)*list, *count,
	                                 capacity, sizeof(*larger));

	if (larger == NULL)
		return E_NOMEM;
	larger[(*count)++] = text;
	*list = larger;
	return 0;
}

/* The next report of this page; after the last, the next page; after that, returns. */
static int next_report(struct catch_up *catch_up)
{
	Duban__V1__GetReportRequest request = DUBAN__V1__GET_REPORT_REQUEST__INIT;
	AUTO(arena_finishp) struct arena arena;

	arena_init(&arena, 64u * 1024);
	if (catch_up->at < catch_up->count) {
		request.key_case = DUBAN__V1__GET_REPORT_REQUEST__KEY_NUMBER;
		request.number = arena_strdup(&arena, catch_up->numbers[catch_up->at]);
		if (request.number == NULL)
			return E_NOMEM;
		return ask(catch_up, "Reports/GetReport", on_report, &request.base);
	}
	/* Once all was read, a page without news says that what is older is known. */
	if (catch_up->next_page[0] != '\0' && catch_up->pages < CATCH_UP_PAGES_MAX &&
	    (catch_up->page_news || store_get(catch_up->store, READ_ALL, 0) == 0))
		return list_reports(catch_up);
	if (store_get(catch_up->store, READ_ALL, 0) == 0 &&
	    store_set(catch_up->store, READ_ALL, 1) < 0)
		return E_IO;
	catch_up->pages = 0;
	catch_up->next_page = "";
	catch_up->count = catch_up->at = 0;
	return list_alerts(catch_up);
}

/* What says something of the report, and nothing of the line, the disk or memory. */
static bool is_distrust(int r)
{
	return r == E_SYNTAX || r == E_SIGNATURE || r == E_CERTIFICATE ||
	       r == E_REVOKED || r == E_REFUSED;
}

static void on_report(struct centre_call *call, const struct rpc_status *status)
{
	AUTO(arena_finishp) struct arena arena;
	struct catch_up *catch_up = container_of(call, struct catch_up, call);
	ProtobufCMessage *message;
	int r;

	CHECK_MAGIC(catch_up, CATCH_UP_MAGIC);
	arena_init(&arena, MEMORY_MAX);
	if (status->code != RPC_OK) {
		(void)went_well(call, status, &duban__v1__get_report_response__descriptor,
		                &message);
		return;
	}
	r = wire_unpack(&arena, &duban__v1__get_report_response__descriptor, call->answer,
	                WIRE_LENIENT, &message, NULL);
	if (r == 0)
		r = catch_up_take_report(catch_up->store, &arena,
		                         centre_trust(catch_up->centre), catch_up->unit,
		                         (const Duban__V1__GetReportResponse *)message);
	if (r == 0) {
		catch_up->news++;
		catch_up->page_news = true;
	} else if (is_distrust(r)) {
		catch_up->distrusted++;
		r = 0; /* one that cannot be believed hides no others */
	}
	catch_up->at++;
	go_on(catch_up, r < 0 ? r : next_report(catch_up));
}

static int list_alerts(struct catch_up *catch_up)
{
	Duban__V1__ListAlertsRequest request = DUBAN__V1__LIST_ALERTS_REQUEST__INIT;
	Duban__V1__Page page = DUBAN__V1__PAGE__INIT;
	AUTO(arena_finishp) struct arena arena;

	arena_init(&arena, 64u * 1024);
	page.size = CATCH_UP_PAGE;
	page.token = arena_strdup(&arena, catch_up->next_page);
	request.unit = arena_strdup(&arena, catch_up->unit);
	request.open_only = 1;
	request.page = &page;
	if (page.token == NULL || request.unit == NULL)
		return E_NOMEM;
	return ask(catch_up, "Alerts/ListAlerts", on_alerts, &request.base);
}

static void on_alerts(struct centre_call *call, const struct rpc_status *status)
{
	ProtobufCMessage *message;
	struct catch_up *catch_up =
		went_well(call, status, &duban__v1__list_alerts_response__descriptor,
	                  &message);

	if (catch_up != NULL)
		go_on(catch_up,
		      take_alerts(catch_up,
		                  (const Duban__V1__ListAlertsResponse *)message));
}

/* Several alerts may be about one return. */
static bool is_listed(const struct catch_up *catch_up, const char *number)
{
	for (size_t i = 0; i < catch_up->subject_count; i++)
		if (strcmp(catch_up->subjects[i], number) == 0)
			return true;
	return false;
}

static int take_alerts(struct catch_up *catch_up,
                       const Duban__V1__ListAlertsResponse *list)
{
	int r = 0;

	catch_up->pages++;
	catch_up->next_page = list->next_page;
	for (size_t i = 0; r == 0 && i < list->n_alerts; i++) {
		const Duban__V1__Alert *alert = list->alerts[i];

		if ((alert->kind == DUBAN__V1__ALERT_KIND__ALERT_KIND_REPORT_RETURNED ||
		     alert->kind ==
		             DUBAN__V1__ALERT_KIND__ALERT_KIND_RETURN_UNANSWERED) &&
		    alert->subject[0] != '\0' && !is_listed(catch_up, alert->subject))
			r = add(catch_up, &catch_up->subjects, &catch_up->subject_count,
			        &catch_up->subject_capacity, alert->subject);
	}
	if (r < 0)
		return r;
	if (catch_up->next_page[0] != '\0' && catch_up->pages < CATCH_UP_PAGES_MAX)
		return list_alerts(catch_up);
	if (catch_up->next_page[0] == '\0') /* else some may be beyond */
		r = catch_up_withdraw(catch_up->store, &catch_up->arena,
		                      catch_up->subjects, catch_up->subject_count);
	return r < 0 ? r : next_life(catch_up);
}

/* What is open here, too, is asked for again: a contest may have been granted. */
static int next_life(struct catch_up *catch_up)
{
	Duban__V1__GetLifeRequest request = DUBAN__V1__GET_LIFE_REQUEST__INIT;
	AUTO(arena_finishp) struct arena arena;

	arena_init(&arena, 64u * 1024);
	if (catch_up->at == catch_up->subject_count ||
	    catch_up->at >= CATCH_UP_LIVES_MAX) {
		if (catch_up->distrusted > 0)
			finish(catch_up, E_CERTIFICATE,
			       "receipts that do not verify; not believed");
		else
			finish(catch_up, 0, "");
		return 0;
	}
	request.number = arena_strdup(&arena, catch_up->subjects[catch_up->at++]);
	if (request.number == NULL)
		return E_NOMEM;
	return ask(catch_up, "Reviews/GetLife", on_life, &request.base);
}

static void on_life(struct centre_call *call, const struct rpc_status *status)
{
	ProtobufCMessage *message;
	struct catch_up *catch_up =
		went_well(call, status, &duban__v1__get_life_response__descriptor,
	                  &message);
	int r;

	if (catch_up == NULL)
		return;
	r = catch_up_take_life(catch_up->store, &catch_up->arena,
	                       (const Duban__V1__GetLifeResponse *)message,
	                       &catch_up->news);
	go_on(catch_up, r < 0 ? r : next_life(catch_up));
}

static void go_on(struct catch_up *catch_up, int r)
{
	if (r < 0)
		finish(catch_up, r, text_err(r));
}

static void finish(struct catch_up *catch_up, int status, const char *why)
{
	bool again = catch_up->again;

	catch_up->busy = catch_up->again = false;
	if (catch_up->done != NULL)
		catch_up->done(catch_up, status, catch_up->news, why);
	if (again && !catch_up->busy && status == 0)
		(void)catch_up_start(catch_up);
}
