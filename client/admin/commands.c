/* The table of commands: usage, help, tests and the manual are made from it. */
#include <stddef.h>

#include "client/admin/admin.h"
#include "client/admin/alerts.h"
#include "client/admin/board.h"
#include "client/admin/ca.h"
#include "client/admin/centre.h"
#include "client/admin/light.h"
#include "client/admin/lists.h"
#include "client/admin/plan.h"
#include "client/admin/plan_effects.h"
#include "client/admin/problems.h"
#include "client/admin/projects.h"
#include "client/admin/report_explain.h"
#include "client/admin/reports.h"
#include "client/admin/requests.h"
#include "client/admin/reviews.h"
#include "client/admin/score.h"

/* clang-format off */
const struct command commands[] = {
	{"ca",        "init",   N_("文件夹"),         N_("建立一个证书颁发机构"),              1, 1, ca_init_options,   ca_init},
	{"ca",        "issue",  N_("文件夹 身份"),    N_("签发一张证书，身份如 district/430102/agent/1"), 2, 2, ca_issue_options, ca_issue},
	{"ca",        "revoke", N_("文件夹 序列号|证书文件"), N_("吊销一张证书并更新吊销列表"),        2, 2, NULL,              ca_revoke},
	{"ca",        "list",   N_("文件夹"),         N_("列出已签发的证书"),                  1, 1, NULL,              ca_list},
	{"ca",        "crl",    N_("文件夹"),         N_("重新签发吊销列表"),                  1, 1, ca_crl_options,    ca_crl},
	{"plan",      "lint",   N_("文件夹"),         N_("检查一个方案文件夹，指出全部错误"),                1, 1, plan_folder_options, plan_lint_command},
	{"plan",      "apply",  N_("文件夹"),         N_("发布方案的新版本"),                  1, 1, plan_apply_options, plan_apply_command},
	{"plan",      "show",   N_("[方案]"),         N_("显示现行方案的责任目标"),                      0, 1, plan_show_options, plan_show_command},
	{"plan",      "diff",   N_("[旧文件夹] 新文件夹"), N_("比较两个方案文件夹；只给一个时，与中心端的现行版本比较"), 1, 2, plan_folder_options, plan_diff_command},
	{"plan",      "list",   "",                   N_("列出方案及其版本"),                  0, 0, NULL,              plan_list_command},
	{"plan",      "moved",  N_("[方案]"),         N_("列出发布新版本时调整的时限"),         0, 1, plan_moved_options, plan_moved_command},
	{"board",     "",       N_("[方案]"),         N_("进度看板：各板块、各单位的亮灯"),              0, 1, board_options,     board_show},
	{"light",     "explain", N_("单位 目标"),     N_("说明一盏灯：标准、数据、条款原文、所据月报和签名"), 2, 2, light_options, light_explain},
	{"reports",   "list",   "",                   N_("列出已收妥的月报"),                  0, 0, reports_options,   reports_list},
	{"reports",   "show",   N_("编号"),       N_("显示一份月报，并核验签名和回执"),          1, 1, NULL,              reports_show},
	{"reports",   "explain", N_("编号"),         N_("说明一份月报：每个数据对应的目标、条款原文、审核结果、亮灯，所据版本和签名"), 1, 1, NULL, report_explain},
	{"report",    "explain", N_("编号"),         N_("同 reports explain"),                1, 1, NULL,              report_explain},
	{"reports",   "waiting", "",                 N_("列出等待审核的月报：等谁、等了几个工作日"), 0, 0, reviews_waiting_options, reviews_waiting},
	{"reports",   "pass",   N_("编号..."),       N_("审核通过月报"),                      1, -1, reviews_pass_options, reviews_pass},
	{"reports",   "return", N_("编号"),          N_("退回一份月报，写明哪些项目为什么要改"), 1, 1, reviews_return_options, reviews_return},
	{"reports",   "check",  N_("编号 指标"),     N_("记下一个数据的现场核查或复核结果"),  2, 2, reviews_check_options, reviews_check},
	{"reports",   "life",   N_("编号"),          N_("列出一份月报及其历次更正的全部办理经过"), 1, 1, NULL,          reviews_life},
	{"requests",  "list",   "",                   N_("列出各单位的申请：延期、申辩、补报（更正），批了没有"), 0, 0, requests_list_options, requests_list},
	{"requests",  "answer", N_("编号"),           N_("批复一份申请：--grant 同意，--refuse 不同意"), 1, 1, requests_answer_options, requests_answer},
	{"lists",     "targets", "",                  N_("目标清单：全部责任目标、期限、完成情况和亮灯"), 0, 0, lists_targets_options, lists_targets},
	{"lists",     "problems", "",                 N_("问题清单，同 problems list"),        0, 0, problems_options,  problems_list},
	{"lists",     "projects", "",                 N_("项目清单，同 projects list"),          0, 0, projects_options,  projects_list},
	{"lists",     "responsibilities", "",         N_("责任清单：谁牵头、谁负责、谁配合，今天由谁办理"), 0, 0, lists_people_options, lists_people},
	{"lists",     "check",  "",                   N_("核对四张清单：缺项目、缺责任人、逾期、数不相符；有问题时退出码为 3"), 0, 0, lists_check_options, lists_check},
	{"problems",  "list",   "",                   N_("列出问题清单"),                      0, 0, problems_options,  problems_list},
	{"problems",  "show",   N_("编号"),           N_("显示一个问题和全部办理经过"),        1, 1, NULL,              problems_show},
	{"problems",  "add",    N_("单位 板块 问题"), N_("登记一个问题"),                      3, 3, problems_add_options, problems_add},
	{"problems",  "note",   N_("编号 进展"),      N_("记下一个问题的整改进展"),            2, 2, NULL,              problems_note},
	{"problems",  "ask",    N_("编号 整改情况"),  N_("责任单位申请销号"),                  2, 2, NULL,              problems_ask},
	{"problems",  "close",  N_("编号 核验情况"),  N_("核验后销号；登记或申请的人不能自己办"), 2, 2, NULL,           problems_close},
	{"problems",  "return", N_("编号 原因"),      N_("核验后退办，继续整改"),              2, 2, problems_return_options, problems_return},
	{"problems",  "change", N_("编号 原因"),      N_("调整责任人、措施或期限；期限由市级调整"), 2, 2, problems_change_options, problems_change},
	{"projects",  "list",   "",                   N_("列出项目清单"),                      0, 0, projects_options,  projects_list},
	{"projects",  "put",    N_("单位 编号"),      N_("登记一个项目，或改它的几项"),          2, 2, projects_put_options, projects_put},
	{"projects",  "import", N_("文件"),           N_("从表格文件（CSV）登记项目；有一处错误就一个也不登记"), 1, 1, projects_import_options, projects_import},
	{"alerts",    "list",   "",                   N_("列出提醒、催报和预警"),              0, 0, alerts_options,    alerts_list},
	{"score",     "list",   "",                   N_("考核评分：各单位的得分率、名次，迟报、漏报、错报"), 0, 0, score_options, score_list},
	{"score",     "explain", N_("单位"),          N_("说明一个单位的考核评分：每一分的缘由、依据和所据月报"), 1, 1, score_explain_options, score_explain},
	{"score",     "publish", "",                  N_("公布考核评分：存下来，不再改动，可以申辩"), 0, 0, score_publish_options, score_publish},
	{"districts", "",       "",                   N_("列出各填报单位及其报送状态"),            0, 0, NULL,              districts_list},
	{"status",    "",       "",                   N_("显示中心端的运行状态"),                  0, 0, NULL,              status_show},
	{"clock",     "step",   "",                   N_("演练时用：把方案时间推进到下一个时点"),    0, 0, clock_options,     clock_step},
	{"reload",    "",       "",                   N_("让中心端重新读取证书和吊销列表"),    0, 0, NULL,              reload_credentials},
	{.noun = NULL},
};
/* clang-format on */
