/*
 * The table of services against the contract: a method that is declared and not served
 * would answer UNIMPLEMENTED, and a row that names one caller too many would give away
 * what is another's.
 */
#include "server/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "duban/v1/administration.pb-c.h"
#include "duban/v1/alerts.pb-c.h"
#include "duban/v1/assessment.pb-c.h"
#include "duban/v1/board.pb-c.h"
#include "duban/v1/plans.pb-c.h"
#include "duban/v1/problems.pb-c.h"
#include "duban/v1/projects.pb-c.h"
#include "duban/v1/reports.pb-c.h"
#include "duban/v1/requests.pb-c.h"
#include "duban/v1/reviews.pb-c.h"

#include "base/check.h"
#include "server/administration.h"
#include "server/alerts.h"
#include "server/assessment.h"
#include "server/board.h"
#include "server/plans.h"
#include "server/plans_apply.h"
#include "server/problems.h"
#include "server/projects.h"
#include "server/reports.h"
#include "server/requests.h"
#include "server/reviews.h"
#include "server/submit.h"

/* The handlers are not called here. */
#define HANDLER(name)                                                           \
	void name(struct server *srv, struct rpc_call *call, struct bytes body) \
	{                                                                       \
		(void)srv;                                                      \
		(void)call;                                                     \
		(void)body;                                                     \
	}
HANDLER(submit_handle)
HANDLER(reports_get_handle)
HANDLER(reports_list_handle)
HANDLER(reviews_pass_handle)
HANDLER(reviews_return_handle)
HANDLER(reviews_check_handle)
HANDLER(reviews_waiting_handle)
HANDLER(reviews_life_handle)
HANDLER(problems_add_handle)
HANDLER(problems_act_handle)
HANDLER(problems_get_handle)
HANDLER(problems_list_handle)
HANDLER(requests_ask_handle)
HANDLER(requests_answer_handle)
HANDLER(requests_withdraw_handle)
HANDLER(requests_list_handle)
HANDLER(projects_put_handle)
HANDLER(projects_list_handle)
HANDLER(plans_apply_handle)
HANDLER(plans_get_handle)
HANDLER(plans_list_handle)
HANDLER(alerts_list_handle)
HANDLER(board_get_handle)
HANDLER(assessment_scores_handle)
HANDLER(assessment_explain_handle)
HANDLER(assessment_publish_handle)
HANDLER(administration_status_handle)
HANDLER(administration_districts_handle)
HANDLER(administration_step_handle)
HANDLER(administration_reload_handle)
const struct rpc_handler alerts_watch;

static const ProtobufCServiceDescriptor *const services[] = {
	&duban__v1__reports__descriptor,        &duban__v1__reviews__descriptor,
	&duban__v1__problems__descriptor,       &duban__v1__projects__descriptor,
	&duban__v1__plans__descriptor,          &duban__v1__alerts__descriptor,
	&duban__v1__board__descriptor,          &duban__v1__requests__descriptor,
	&duban__v1__administration__descriptor, &duban__v1__assessment__descriptor,
};

static const struct service_row *find(const char *path)
{
	for (const struct service_row *row = service_rows; row->path != NULL; row++)
		if (strcmp(row->path, path) == 0)
			return row;
	return NULL;
}

static void test_every_declared_method_is_served_and_nothing_else(void **state)
{
	size_t declared = 0, served = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		for (unsigned k = 0; k < services[i]->n_methods; k++, declared++) {
			char path[256];

			(void)snprintf(path, sizeof(path), "/%s/%s", services[i]->name,
			               services[i]->methods[k].name);
			if (find(path) == NULL)
				fail_msg("%s is declared and not served", path);
		}
	}
	for (const struct service_row *row = service_rows; row->path != NULL; row++) {
		served++;
		assert_true((row->unary != NULL) != (row->streaming != NULL));
	}
	assert_int_equal(served, declared);
}

/* As the contract's comments say it. */
static void test_each_method_names_its_callers(void **state)
{
	static const struct {
		const char *path;
		unsigned callers;
	} contract[] = {
		{"/duban.v1.Reports/SubmitReport", CALLER_AGENT},
		{"/duban.v1.Reviews/ReturnReport", CALLER_DEPARTMENT | CALLER_OFFICE},
		{"/duban.v1.Requests/Ask", CALLER_AGENT},
		{"/duban.v1.Requests/Answer", CALLER_DEPARTMENT | CALLER_OFFICE},
		{"/duban.v1.Requests/Withdraw", CALLER_AGENT | CALLER_PERSON},
		{"/duban.v1.Projects/PutProjects",
	         CALLER_AGENT | CALLER_PERSON | CALLER_DEPARTMENT | CALLER_OFFICE},
		{"/duban.v1.Projects/ListProjects", CALLER_ANYBODY},
		{"/duban.v1.Plans/ApplyPlan", CALLER_OFFICE},
		{"/duban.v1.Alerts/WatchAlerts",
	         CALLER_AGENT | CALLER_PERSON | CALLER_DEPARTMENT | CALLER_OFFICE},
		{"/duban.v1.Administration/StepClock", CALLER_OPERATOR | CALLER_OFFICE},
		{"/duban.v1.Administration/ReloadCredentials",
	         CALLER_OPERATOR | CALLER_OFFICE},
		{"/duban.v1.Reports/GetReport", CALLER_ANYBODY},
		{"/duban.v1.Reports/ListReports", CALLER_ANYBODY},
		{"/duban.v1.Plans/GetPlan", CALLER_ANYBODY},
		{"/duban.v1.Plans/ListPlans", CALLER_ANYBODY},
		{"/duban.v1.Plans/ListMovedDates", CALLER_ANYBODY},
		{"/duban.v1.Alerts/ListAlerts", CALLER_ANYBODY},
		{"/duban.v1.Board/GetBoard", CALLER_ANYBODY},
		{"/duban.v1.Administration/GetStatus", CALLER_ANYBODY},
		{"/duban.v1.Administration/ListDistricts", CALLER_ANYBODY},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(contract); i++) {
		const struct service_row *row = find(contract[i].path);

		assert_non_null(row);
		assert_int_equal(row->callers, contract[i].callers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_declared_method_is_served_and_nothing_else),
		cmocka_unit_test(test_each_method_names_its_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
