/* The table of commands: usage, help, tests and the manual are made from it. */
#include <stddef.h>

#include "client/admin/admin.h"
#include "client/admin/alerts.h"
#include "client/admin/board.h"
#include "client/admin/ca.h"
#include "client/admin/centre.h"
#include "client/admin/plan.h"
#include "client/admin/reports.h"

/* clang-format off */
const struct command commands[] = {
	{"ca",        "init",   "FOLDER",             N_("建立一个证书颁发机构"),              1, 1, ca_init_options,   ca_init},
	{"ca",        "issue",  "FOLDER PATH",        N_("签发一张证书，PATH 如 district/430102/agent/1"), 2, 2, ca_issue_options, ca_issue},
	{"ca",        "revoke", "FOLDER SERIAL|FILE", N_("吊销一张证书并更新吊销列表"),        2, 2, NULL,              ca_revoke},
	{"ca",        "list",   "FOLDER",             N_("列出已签发的证书"),                  1, 1, NULL,              ca_list},
	{"ca",        "crl",    "FOLDER",             N_("重新签发吊销列表"),                  1, 1, ca_crl_options,    ca_crl},
	{"plan",      "lint",   "FOLDER",             N_("检查一个方案文件夹"),                1, 1, plan_folder_options, plan_lint_command},
	{"plan",      "apply",  "FOLDER",             N_("发布方案的新版本"),                  1, 1, plan_apply_options, plan_apply_command},
	{"plan",      "show",   "[PLAN]",             N_("显示现行方案"),                      0, 1, plan_show_options, plan_show_command},
	{"plan",      "diff",   "FOLDER [FOLDER]",    N_("比较两个方案文件夹，或文件夹与现行版本"), 1, 2, plan_folder_options, plan_diff_command},
	{"plan",      "list",   "",                   N_("列出方案及其版本"),                  0, 0, NULL,              plan_list_command},
	{"board",     "",       "[PLAN]",             N_("进度看板：板块×单位"),              0, 1, board_options,     board_show},
	{"reports",   "list",   "",                   N_("列出已收妥的月报"),                  0, 0, reports_options,   reports_list},
	{"reports",   "show",   "NUMBER",             N_("显示一份月报、签名和回执"),          1, 1, NULL,              reports_show},
	{"alerts",    "list",   "",                   N_("列出提醒、催报和预警"),              0, 0, alerts_options,    alerts_list},
	{"districts", "",       "",                   N_("列出各填报单位及其状态"),            0, 0, NULL,              districts_list},
	{"status",    "",       "",                   N_("中心端的运行状态"),                  0, 0, NULL,              status_show},
	{"clock",     "step",   "",                   N_("演练：推进方案时间到下一个时点"),    0, 0, clock_options,     clock_step},
	{"reload",    "",       "",                   N_("让中心端重新读取证书和吊销列表"),    0, 0, NULL,              reload_credentials},
	{.noun = NULL},
};
/* clang-format on */
