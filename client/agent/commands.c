/* The commands of duban-agent, as a table. */
#include "client/agent/agent.h"
#include "client/agent/alerts.h"
#include "client/agent/list.h"
#include "client/agent/run.h"
#include "client/agent/status.h"
#include "client/agent/submit.h"
#include "client/agent/template.h"

#define FILE_MANUAL                                                                                                          \
	N_("报表文件（UTF-8 编码，至多 1 MiB）：\n"                                                              \
	   "  YAML：每行“名称: 内容”。名称：板块、报告期、指标、工作进展、存在问题、\n"   \
	   "    "                                                                                                            \
	   "下一步安排、需市级协调事项、填报人、审核人、负责人（可加方案、填报单位）。" \
	   "\n"                                                                                                              \
	   "    指标写作“指标名称: 128个”，或“指标名称: {数值: 128, 单位: 个, 说明: "            \
	   "…}”；\n"                                                                                                    \
	   "    人员写作“填报人: {姓名: …, 职务: …, 电话: …}”。英文名称也可用。\n"           \
	   "  "                                                                                                              \
	   "CSV：每行“名称,内容”；然后一行表头“指标,数值,单位,"                                    \
	   "说明”，以下每行一个指标。\n"                                                                       \
	   "    电子表格请另存为“CSV UTF-8”。\n"                                                                \
	   "  数值用半角数字，不加千分位逗号；单位不写时按指标的单位。\n"                        \
	   "  duban-agent template 板块 报告期 可生成待填的文件。")

/* clang-format off */
const struct command commands[] = {
	{"submit", N_("文件..."), N_("报送报表文件，等待并核验回执"), FILE_MANUAL, 1, -1, submit_options, submit_run},
	{"check", N_("文件..."), N_("只审核，不报送"), FILE_MANUAL, 1, -1, NULL, check_run},
	{"template", N_("板块 报告期"), N_("生成待填的报表文件（YAML），带入上次的数"), NULL, 2, 2, NULL, template_run},
	{"queue", "", N_("列出待发、已收妥和未通过的报表"), NULL, 0, 0, list_options, list_run},
	{"list", "", N_("同 queue：列出待发、已收妥和未通过的报表"), NULL, 0, 0, list_options, list_run},
	{"alerts", "", N_("列出收到的提醒"), NULL, 0, 0, alerts_options, alerts_run},
	{"status", "", N_("显示本机状态：是否连通中心端、待发的、应报的和时限"), NULL, 0, 0, NULL, status_run},
	{"run", "", N_("以服务方式运行：报送文件夹、自动重发、接收提醒"), NULL, 0, 0, NULL, run_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
/* clang-format on */
