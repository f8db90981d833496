/*
 * duban-agent: a district's agent.
 *
 *	locale, language -> find the command -> options, settings -> run -> exit code
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "base/auto.h"
#include "base/config.h"
#include "base/err.h"
#include "base/log.h"
#include "client/agent/agent.h"
#include "client/agent/centre.h"
#include "client/agent/signing.h"
#include "client/locale.h"
#include "client/usage.h"
#include "client/why.h"

static struct {
	char *config, *lang;
	int json, help, version, check_config, print_config;
} options;

static struct agent agent;

/* clang-format off */
static const struct poptOption general_options[] = {
	{"config",  'c', POPT_ARG_STRING, &options.config, 0, N_("配置文件（默认 DUBAN_AGENT_CONFIG 或 /etc/duban/agent.yaml）"), N_("文件")},
	{"json",    'j', POPT_ARG_NONE,   &options.json,   0, N_("输出 JSON，供程序读取"), NULL},
	{"lang",    0,   POPT_ARG_STRING, &options.lang,   0, N_("语言：zh 或 en"), N_("语言")},
	{"check-config", 0, POPT_ARG_NONE, &options.check_config, 0, N_("检查配置和证书，不做别的"), NULL},
	{"print-config", 0, POPT_ARG_NONE, &options.print_config, 0, N_("输出带说明的配置样例"), NULL},
	{"help",    'h', POPT_ARG_NONE,   &options.help,   0, N_("显示帮助"), NULL},
	{"version", 0,   POPT_ARG_NONE,   &options.version, 0, N_("显示版本"), NULL},
	POPT_TABLEEND};
/* clang-format on */

static const struct command *find_command(const char *name);
static poptContext parse(const struct command *command, int argc, const char **argv);
static int dispatch(const struct command *command, poptContext context);
static int run_command(const struct command *command, const char *const *args);
static int check_config(void);
static void print_help(const struct command *command, FILE *out);

int main(int argc, const char **argv)
{
	const struct command *command;
	poptContext context;
	int found, code;

	locale_init(argc, argv);
	command = find_command(argc >= 2 ? argv[1] : NULL);
	context = command != NULL ? parse(command, argc - 1, argv + 1)
	                          : parse(NULL, argc, argv);
	do
		found = poptGetNextOpt(context);
	while (found > 0);
	if (found < -1) {
		(void)agent_error(_("%s：%s"),
		                  poptBadOption(context, POPT_BADOPTION_NOALIAS),
		                  usage_error(found));
		code = AGENT_USAGE;
	} else if (options.lang != NULL && !locale_speaks(options.lang)) {
		(void)agent_error(_("--lang %s：应为 zh 或 en"), options.lang);
		code = AGENT_USAGE;
	} else {
		code = dispatch(command, context);
	}
	(void)poptFreeContext(context);
	if (fflush(stdout) != 0)
		return agent_error(_("无法写入输出：%s"), text_errno(errno));
	return code;
}

static const struct command *find_command(const char *name)
{
	for (const struct command *command = commands; command->name != NULL; command++)
		if (name != NULL && strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

/* popt does not write through the tables that it is given. */
static struct poptOption include(const struct poptOption *table, const char *title)
{
	return (struct poptOption){
		.argInfo = POPT_ARG_INCLUDE_TABLE,
		.arg = (void *)(uintptr_t)table,
		.descrip = title,
	};
}

static poptContext parse(const struct command *command, int argc, const char **argv)
{
	static struct poptOption all[3];
	size_t count = 0;

	if (command != NULL && command->options != NULL)
		all[count++] = include(command->options, N_("本命令的选项："));
	all[count++] = include(general_options, N_("通用选项："));
	return poptGetContext("duban-agent", argc, argv, all, 0);
}

static int dispatch(const struct command *command, poptContext context)
{
	static const char *const none[] = {NULL};
	const char *const *args = poptGetArgs(context);
	int count = 0;

	args = args != NULL ? args : none;
	while (args[count] != NULL)
		count++;
	agent.json = options.json != 0;
	agent.config_file = options.config;
	if (options.version != 0) {
		printf("duban-agent %s\n", DUBAN_VERSION);
		return AGENT_OK;
	}
	if (options.help != 0) {
		print_help(command, stdout);
		return AGENT_OK;
	}
	if (options.print_config != 0) {
		config_print_sample(settings_table, stdout);
		return AGENT_OK;
	}
	if (command == NULL && count > 0) {
		if (find_command(args[0]) != NULL)
			(void)agent_error(_("命令 %s 应写在各选项之前"), args[0]);
		else
			(void)agent_error(_("没有命令 %s"), args[0]);
		print_help(NULL, stderr);
		return AGENT_USAGE;
	}
	if (command != NULL && (count < command->min_args ||
	                        (command->max_args >= 0 && count > command->max_args))) {
		(void)agent_error(_("参数个数不对：给出了 %d 个"), count);
		print_help(command, stderr);
		return AGENT_USAGE;
	}
	if (command == NULL && options.check_config == 0) {
		print_help(NULL, stderr);
		return AGENT_USAGE;
	}
	return run_command(command, args);
}

static int run_command(const struct command *command, const char *const *args)
{
	int code;

	arena_init(&agent.arena, AGENT_MEMORY_MAX);
	code = agent_settings_load(&agent);
	if (code == AGENT_OK) {
		log_set_level((enum log_level)agent.settings.log_level);
		code = options.check_config != 0 ? check_config()
		                                 : command->run(&agent, args);
	}
	arena_finish(&agent.arena);
	return code;
}

/* Everything that can be wrong before the first connection. */
static int check_config(void)
{
	const struct centre_options centre = {.settings = &agent.settings};
	AUTO(signer_closep) struct signer *signer = NULL;
	struct centre *opened = NULL;
	const char *why = "";
	uv_loop_t loop;
	int r;

	if (signing_open(&agent, &signer) != AGENT_OK)
		return AGENT_USAGE;
	if (uv_loop_init(&loop) < 0)
		return agent_error("%s", text_err(E_NOMEM));
	r = centre_open(&loop, &centre, &opened, &why);
	if (r < 0)
		(void)agent_error(_("无法准备与中心端的连接：%s"),
		                  why_text(&agent.arena, why));
	centre_close(opened);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&loop);
	if (r < 0)
		return AGENT_USAGE;
	printf(_("配置可用：单位 %s，签名证书 %s\n"), agent.settings.unit,
	       signer_identity(signer)->uri);
	return AGENT_OK;
}

static void print_options(const struct poptOption *table, FILE *out)
{
	for (; table != NULL && table->longName != NULL; table++) {
		if (table->shortName != '\0')
			(void)fprintf(out, "  -%c, ", table->shortName);
		else
			(void)fputs("      ", out);
		(void)fprintf(out, "--%s%s%s\n        %s\n", table->longName,
		              table->argDescrip != NULL ? " " : "",
		              table->argDescrip != NULL ? _(table->argDescrip) : "",
		              _(table->descrip));
	}
}

static void print_usage_line(const struct command *command, FILE *out)
{
	(void)fprintf(out, "  duban-agent %s%s%s\n        %s\n", command->name,
	              command->arguments[0] != '\0' ? " " : "",
	              command->arguments[0] != '\0' ? _(command->arguments) : "",
	              _(command->help));
}

static void print_help(const struct command *command, FILE *out)
{
	if (command == NULL) {
		(void)fprintf(out, "%s\n\n", _("用法：duban-agent 命令 [选项] [参数]"));
		for (const struct command *c = commands; c->name != NULL; c++)
			print_usage_line(c, out);
	} else {
		(void)fprintf(out, "%s\n", _("用法："));
		print_usage_line(command, out);
		if (command->manual != NULL)
			(void)fprintf(out, "\n%s\n", _(command->manual));
		if (command->options != NULL) {
			(void)fprintf(out, "\n%s\n", _("本命令的选项："));
			print_options(command->options, out);
		}
	}
	(void)fprintf(out, "\n%s\n", _("通用选项："));
	print_options(general_options, out);
	(void)fprintf(out, "\n%s\n",
	              _("退出码：0 已收妥或成功，1 失败，2 用法或配置错误，3 未通过审核，"
	                "4 已存入待发队列、尚未收妥"));
}
