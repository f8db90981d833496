/*
 * Every path of duband, in one table: who may call it, and who answers.
 *
 * "Who" is the kind of identity; whether a district asks about itself is for the handler
 * to see. The order is the contract's.
 */
#include "server/administration.h"
#include "server/alerts.h"
#include "server/assessment.h"
#include "server/board.h"
#include "server/light_explain.h"
#include "server/light_list.h"
#include "server/plans.h"
#include "server/plans_apply.h"
#include "server/problems.h"
#include "server/projects.h"
#include "server/reports.h"
#include "server/requests.h"
#include "server/reviews.h"
#include "server/service.h"
#include "server/submit.h"

#define WATCHERS  (CALLER_DISTRICT | CALLER_DEPARTMENT | CALLER_OFFICE)
#define REVIEWERS (CALLER_DEPARTMENT | CALLER_OFFICE)
#define ENTERERS  WATCHERS
#define STEERS    (CALLER_OPERATOR | CALLER_OFFICE)

/* clang-format off */
const struct service_row service_rows[] = {
	/* service          path                                            callers          unary, streaming */
	{"reports",        "/duban.v1.Reports/SubmitReport",               CALLER_AGENT,    submit_handle, NULL},
	{"reports",        "/duban.v1.Reports/GetReport",                  CALLER_ANYBODY,  reports_get_handle, NULL},
	{"reports",        "/duban.v1.Reports/ListReports",                CALLER_ANYBODY,  reports_list_handle, NULL},
	{"reviews",        "/duban.v1.Reviews/PassReport",                 REVIEWERS,       reviews_pass_handle, NULL},
	{"reviews",        "/duban.v1.Reviews/ReturnReport",               REVIEWERS,       reviews_return_handle, NULL},
	{"reviews",        "/duban.v1.Reviews/CheckFigure",                REVIEWERS,       reviews_check_handle, NULL},
	{"reviews",        "/duban.v1.Reviews/ListWaiting",                REVIEWERS | CALLER_OPERATOR, reviews_waiting_handle, NULL},
	{"reviews",        "/duban.v1.Reviews/GetLife",                    CALLER_ANYBODY,  reviews_life_handle, NULL},
	{"projects",       "/duban.v1.Projects/PutProjects",               ENTERERS,        projects_put_handle, NULL},
	{"projects",       "/duban.v1.Projects/ListProjects",              CALLER_ANYBODY,  projects_list_handle, NULL},
	{"problems",       "/duban.v1.Problems/AddProblem",                ENTERERS,        problems_add_handle, NULL},
	{"problems",       "/duban.v1.Problems/ActOnProblem",              ENTERERS,        problems_act_handle, NULL},
	{"problems",       "/duban.v1.Problems/GetProblem",                CALLER_ANYBODY,  problems_get_handle, NULL},
	{"problems",       "/duban.v1.Problems/ListProblems",              CALLER_ANYBODY,  problems_list_handle, NULL},
	{"requests",       "/duban.v1.Requests/Ask",                       CALLER_AGENT,    requests_ask_handle, NULL},
	{"requests",       "/duban.v1.Requests/Answer",                    REVIEWERS,       requests_answer_handle, NULL},
	{"requests",       "/duban.v1.Requests/Withdraw",                  CALLER_DISTRICT, requests_withdraw_handle, NULL},
	{"requests",       "/duban.v1.Requests/List",                      CALLER_ANYBODY,  requests_list_handle, NULL},
	{"plans",          "/duban.v1.Plans/ApplyPlan",                    CALLER_OFFICE,   plans_apply_handle, NULL},
	{"plans",          "/duban.v1.Plans/GetPlan",                      CALLER_ANYBODY,  plans_get_handle, NULL},
	{"plans",          "/duban.v1.Plans/ListPlans",                    CALLER_ANYBODY,  plans_list_handle, NULL},
	{"plans",          "/duban.v1.Plans/ListMovedDates",               CALLER_ANYBODY,  plans_moved_handle, NULL},
	{"alerts",         "/duban.v1.Alerts/WatchAlerts",                 WATCHERS,        NULL, &alerts_watch},
	{"alerts",         "/duban.v1.Alerts/ListAlerts",                  CALLER_ANYBODY,  alerts_list_handle, NULL},
	{"board",          "/duban.v1.Board/GetBoard",                     CALLER_ANYBODY,  board_get_handle, NULL},
	{"board",          "/duban.v1.Board/ExplainLight",                 CALLER_ANYBODY,  light_explain_handle, NULL},
	{"board",          "/duban.v1.Board/ListLights",                   CALLER_ANYBODY,  light_list_handle, NULL},
	{"assessment",     "/duban.v1.Assessment/GetScores",               CALLER_ANYBODY,  assessment_scores_handle, NULL},
	{"assessment",     "/duban.v1.Assessment/ExplainScore",            CALLER_ANYBODY,  assessment_explain_handle, NULL},
	{"assessment",     "/duban.v1.Assessment/PublishScores",           CALLER_OFFICE,   assessment_publish_handle, NULL},
	{"administration", "/duban.v1.Administration/GetStatus",           CALLER_ANYBODY,  administration_status_handle, NULL},
	{"administration", "/duban.v1.Administration/ListDistricts",       CALLER_ANYBODY,  administration_districts_handle, NULL},
	{"administration", "/duban.v1.Administration/StepClock",           STEERS,          administration_step_handle, NULL},
	{"administration", "/duban.v1.Administration/ReloadCredentials",   STEERS,          administration_reload_handle, NULL},
	{.path = NULL},
};
/* clang-format on */
