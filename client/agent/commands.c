/* The commands of duban-agent, as a table. */
#include "client/agent/agent.h"
#include "client/agent/alerts.h"
#include "client/agent/list.h"
#include "client/agent/nochange.h"
#include "client/agent/problems.h"
#include "client/agent/projects.h"
#include "client/agent/request.h"
#include "client/agent/returns.h"
#include "client/agent/run.h"
#include "client/agent/status.h"
#include "client/agent/submit.h"
#include "client/agent/template.h"

/* clang-format off */
#define FILE_MANUAL \
	N_("报表文件（UTF-8 编码，至多 1 MiB）：\n" \
	   "  YAML：每行“名称: 内容”。名称：板块、报告期、指标、工作进展、存在问题、\n" \
	   "    下一步安排、需市级协调事项、填报人、审核人、负责人（可加方案、填报单位）。\n" \
	   "    更正、重报的另有“原因”，可加“替换回执”；种类：月报（可不写）、本期无变化、零报告。\n" \
	   "    指标写作“指标名称: 128个”，或“指标名称: {数值: 128, 单位: 个, 说明: …}”；\n" \
	   "    可加“项目”：其下每个项目编号一段，逐行写“指标名称: 60个”，各在建项目合计等于本单位数。\n" \
	   "    人员写作“填报人: {姓名: …, 职务: …, 电话: …}”。英文名称也可用。\n" \
	   "  CSV：每行“名称,内容”；然后一行表头“指标,数值,单位,说明”，以下每行一个指标；\n" \
	   "    表头可加“项目”一列，写了项目编号的是项目数。\n" \
	   "    电子表格请另存为“CSV UTF-8”。\n" \
	   "  数值用半角数字，不加千分位逗号；单位不写时按指标的单位。\n" \
	   "  duban-agent template 板块 [报告期] 可生成待填的文件。\n" \
	   "同一板块同一期已有收妥的报表时，报送即为更正（被退回的，为重报）：先列出变化，再报送。")

#define NOCHANGE_MANUAL \
	N_("不写报告期的，是最近已截止的一期。每个数都照上一期收妥的报表签入报表，与其他报表一样\n" \
	   "由填报人、审核人、负责人审签后报送；断网时存入待发队列。\n" \
	   "  nochange  与上一期相比没有变化；连续三期无变化而任务未完成的，用 --reason 说明原因\n" \
	   "  zero      尚未发生：累计数为 0，计划数、现有数沿用上一期；没有上一期而必填的，请用\n" \
	   "            template 生成文件填写，加上一行“种类: 零报告”\n" \
	   "无任务的板块什么也不用报。")

#define REQUEST_MANUAL \
	N_("request extension 板块 报告期 --until 日期    延期，在报送时限之前提出\n" \
	   "request contest late 回执编号                对迟报登记申辩\n" \
	   "request contest return 回执编号              对退回修改申辩\n" \
	   "request contest score 考核期                 对考核结果申辩，如 2022-Q4\n" \
	   "request consent 板块 报告期                  封表后补报或更正，先征得同意\n" \
	   "request withdraw 申请编号                    撤回还没有批复的申请\n" \
	   "前四种都要用 --reason 写明理由、用 --approved-by 写明审签的负责人，\n" \
	   "由本单位的签名证书签名。申请由中心端当场受理，须连通中心端。")

const struct command commands[] = {
	{"submit", N_("文件..."), N_("报送报表文件，等待并核验回执"), FILE_MANUAL, 1, -1, submit_options, submit_run},
	{"check", N_("文件..."), N_("只审核，不报送"), FILE_MANUAL, 1, -1, check_options, check_run},
	{"nochange", N_("板块 [报告期]"), N_("报送“本期无变化”：沿用上一期收妥的数"), NOCHANGE_MANUAL, 1, 2, nochange_options, nochange_run},
	{"zero", N_("板块 [报告期]"), N_("报送“零报告”：尚未发生，累计数为 0"), NOCHANGE_MANUAL, 1, 2, nochange_options, zero_run},
	{"returns", "", N_("列出被退回、待修改重报的报表和退回意见"), NULL, 0, 0, returns_options, returns_run},
	{"template", N_("板块 [报告期]"), N_("生成待填的报表文件（YAML），带入上次的数；被退回的带退回意见"), NULL, 1, 2, NULL, template_run},
	{"queue", "", N_("列出待发、已收妥和未通过的报表"), NULL, 0, 0, list_options, list_run},
	{"list", "", N_("同 queue：列出待发、已收妥和未通过的报表"), NULL, 0, 0, list_options, list_run},
	{"request", N_("extension|contest|consent|withdraw ..."), N_("向局办公室提出申请：延期、申辩、补报（更正），或撤回申请"), REQUEST_MANUAL, 2, 3, request_options, request_run},
	{"requests", "", N_("列出本单位的申请和批复"), NULL, 0, 0, requests_options, requests_run},
	{"alerts", "", N_("列出收到的提醒"), NULL, 0, 0, alerts_options, alerts_run},
	{"problems", N_("[list|show|add|note|ask|change] ..."), N_("本单位的问题清单：列出、登记、记进展、申请销号"), PROBLEMS_MANUAL, 0, -1, problems_options, problems_run},
	{"projects", "", N_("列出本单位的项目清单，离线时列出本机已知的"), NULL, 0, 0, NULL, projects_run},
	{"status", "", N_("显示本机状态：是否连通中心端、待发的、应报的和时限"), NULL, 0, 0, NULL, status_run},
	{"run", "", N_("以服务方式运行：报送文件夹、自动重发、接收提醒"), NULL, 0, 0, NULL, run_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
/* clang-format on */
