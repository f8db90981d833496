/*
 * duban: the command line of the bureau's office and of operators.
 *
 *	locale, language -> find the command -> its options -> run -> exit code
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/config.h"
#include "client/admin/admin.h"
#include "client/locale.h"
#include "client/usage.h"

#define CONFIG_FILE "/etc/duban/duban.yaml"

static struct {
	char *config, *server, *lang;
	int json, help, version;
} options;

static struct admin admin;

/* clang-format off */
static const struct poptOption general_options[] = {
	{"config",  'c', POPT_ARG_STRING, &options.config, 0, N_("配置文件（默认为环境变量 DUBAN_CONFIG 所指，或 /etc/duban/duban.yaml）"), N_("文件")},
	{"server",  's', POPT_ARG_STRING, &options.server, 0, N_("中心端地址，如 127.0.0.1:7443"), N_("地址")},
	{"json",    'j', POPT_ARG_NONE,   &options.json,   0, N_("输出 JSON，供其他程序读取"), NULL},
	{"lang",    0,   POPT_ARG_STRING, &options.lang,   0, N_("语言：zh（中文，默认）或 en（英文）"), N_("语言")},
	{"help",    'h', POPT_ARG_NONE,   &options.help,   0, N_("显示帮助"), NULL},
	{"version", 0,   POPT_ARG_NONE,   &options.version, 0, N_("显示版本"), NULL},
	POPT_TABLEEND};

static const struct config_setting settings_table[] = {
	{"centre", "address", CONFIG_TEXT, offsetof(struct admin_settings, address), "127.0.0.1:7443", NULL, 0, 0, N_("中心端的地址，主机:端口。"), NULL},
	{"centre", "server_name", CONFIG_TEXT, offsetof(struct admin_settings, server_name), "", NULL, 0, 0, N_("中心端证书中的 DNS 名称；留空则用地址中的主机名。"), NULL},
	{"centre", "timeout", CONFIG_DURATION, offsetof(struct admin_settings, timeout), "60s", NULL, 100, 3600000, N_("每次操作最多等待多久。"), NULL},
	{"tls", "certificate", CONFIG_TEXT, offsetof(struct admin_settings, certificate), "/etc/duban/person.pem", NULL, 0, 0, N_("本人的证书，PEM 文件。"), NULL},
	{"tls", "key", CONFIG_TEXT, offsetof(struct admin_settings, key), "/etc/duban/person.key.pem", NULL, 0, 0, N_("本人证书的私钥，PEM 文件。"), NULL},
	{"tls", "ca", CONFIG_TEXT, offsetof(struct admin_settings, ca), "/etc/duban/ca.pem", NULL, 0, 0, N_("签发中心端证书的 CA 的证书，PEM 文件。"), NULL},
	CONFIG_END};
/* clang-format on */

static void find_words(int argc, const char *const *argv, const char **words);
static int remove_words(int argc, const char **argv, int count);
static const struct command *find_command(const char *const *words);
static int answer_without_command(int argc, const char *const *argv,
                                  const char *const *words);
static int run(const struct command *command, int argc, const char **argv);
static void print_help(FILE *out);
static void print_command_help(const struct command *command, FILE *out);

int main(int argc, const char **argv)
{
	const char *words[2] = {NULL, NULL};
	const struct command *command;
	int code;

	locale_init(argc, argv);
	find_words(argc, argv, words);
	command = words[0] == NULL ? NULL : find_command(words);
	if (command == NULL) {
		code = answer_without_command(argc, argv, words);
	} else {
		argc = remove_words(argc, argv, command->verb[0] == '\0' ? 1 : 2);
		arena_init(&admin.arena, ADMIN_MEMORY_MAX);
		code = run(command, argc, argv);
		arena_finish(&admin.arena);
	}
	if (fflush(stdout) != 0)
		return admin_error(_("无法写入输出：%s"), text_errno(errno));
	return code;
}

/* How many arguments an option at @arg takes up: general options may stand before the
 * command, and some of them have a value. */
static int option_length(const char *arg)
{
	for (const struct poptOption *option = general_options; option->longName != NULL;
	     option++) {
		bool is_long = strncmp(arg, "--", 2) == 0 &&
		               strcmp(arg + 2, option->longName) == 0;
		bool is_short =
			arg[1] != '\0' && arg[1] == option->shortName && arg[2] == '\0';

		if ((is_long || is_short) && option->argInfo == POPT_ARG_STRING)
			return 2;
	}
	return 1;
}

/* Where word number @number (from 0) of the command stands; argc when there is none. */
static int word_index(int argc, const char *const *argv, int number)
{
	for (int i = 1; i < argc; i += argv[i][0] == '-' ? option_length(argv[i]) : 1)
		if (argv[i][0] != '-' && number-- == 0)
			return i;
	return argc;
}

static void find_words(int argc, const char *const *argv, const char **words)
{
	for (int i = 0; i < 2; i++) {
		int index = word_index(argc, argv, i);

		words[i] = index < argc ? argv[index] : NULL;
	}
}

/* Leave options and arguments only, for popt. */
static int remove_words(int argc, const char **argv, int count)
{
	while (count-- > 0) {
		int index = word_index(argc, argv, 0);

		for (int i = index; i < argc; i++)
			argv[i] = argv[i + 1]; /* argv ends with NULL */
		argc--;
	}
	return argc;
}

static const struct command *find_command(const char *const *words)
{
	for (const struct command *command = commands; command->noun != NULL; command++)
		if (strcmp(command->noun, words[0]) == 0 &&
		    (command->verb[0] == '\0' ||
		     (words[1] != NULL && strcmp(command->verb, words[1]) == 0)))
			return command;
	return NULL;
}

static bool is_asked(int argc, const char *const *argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return false;
}

/* No command, or none of that name: help when it was asked for, else what was meant. */
static int answer_without_command(int argc, const char *const *argv,
                                  const char *const *words)
{
	bool known = false;

	if (is_asked(argc, argv, "--version")) {
		printf("duban %s\n", DUBAN_VERSION);
		return ADMIN_OK;
	}
	if (is_asked(argc, argv, "--help") || is_asked(argc, argv, "-h") ||
	    (words[0] != NULL && strcmp(words[0], "help") == 0)) {
		print_help(stdout);
		return ADMIN_OK;
	}
	if (words[0] == NULL) {
		print_help(stderr);
		return ADMIN_USAGE;
	}
	for (const struct command *command = commands; command->noun != NULL; command++)
		known = known || strcmp(command->noun, words[0]) == 0;
	(void)admin_error(_("没有命令 %s%s%s。可用的命令有："), words[0],
	                  words[1] != NULL ? " " : "", words[1] != NULL ? words[1] : "");
	for (const struct command *command = commands; command->noun != NULL; command++)
		if (!known || strcmp(command->noun, words[0]) == 0)
			(void)fprintf(stderr, "  duban %s %s\n", command->noun,
			              command->verb);
	return ADMIN_USAGE;
}

static poptContext parse(const struct command *command, int argc, const char **argv)
{
	static struct poptOption all[8];
	size_t count = 0;

	if (command->options != NULL) {
		struct poptOption own = {NULL, 0, POPT_ARG_INCLUDE_TABLE,
		                         NULL, 0, N_("本命令的选项："),
		                         NULL};

		/* popt does not write through the tables that it is given */
		own.arg = (void *)(uintptr_t)command->options;
		all[count++] = own;
	}
	all[count++] = (struct poptOption){NULL,
	                                   0,
	                                   POPT_ARG_INCLUDE_TABLE,
	                                   (void *)(uintptr_t)general_options,
	                                   0,
	                                   N_("通用选项："),
	                                   NULL};
	return poptGetContext("duban", argc, argv, all, 0);
}

static int count_args(const char *const *args)
{
	int count = 0;

	while (args != NULL && args[count] != NULL)
		count++;
	return count;
}

static int run(const struct command *command, int argc, const char **argv)
{
	static const char *const none[] = {NULL};
	poptContext context = parse(command, argc, argv);
	const char *const *args;
	int found, count, code;

	do
		found = poptGetNextOpt(context);
	while (found > 0);
	args = poptGetArgs(context);
	count = count_args(args);
	if (found < -1) {
		(void)admin_error(_("%s：%s"),
		                  poptBadOption(context, POPT_BADOPTION_NOALIAS),
		                  usage_error(found));
		code = ADMIN_USAGE;
	} else if (options.lang != NULL && !locale_speaks(options.lang)) {
		(void)admin_error(_("--lang %s：应为 zh 或 en"), options.lang);
		code = ADMIN_USAGE;
	} else if (options.help != 0) {
		print_command_help(command, stdout);
		code = ADMIN_OK;
	} else if (count < command->min_args ||
	           (command->max_args >= 0 && count > command->max_args)) {
		(void)admin_error(_("参数个数不对：给出了 %d 个"), count);
		print_command_help(command, stderr);
		code = ADMIN_USAGE;
	} else {
		admin.json = options.json != 0;
		admin.config_file = options.config;
		code = command->run(&admin, args != NULL ? args : none);
	}
	(void)poptFreeContext(context);
	return code;
}

int admin_settings_load(struct admin *self)
{
	const char *path =
		self->config_file != NULL ? self->config_file : getenv("DUBAN_CONFIG");
	struct yaml_problems problems;

	if (path == NULL)
		path = CONFIG_FILE;
	yaml_problems_init(&problems, &self->arena);
	if (config_read_file(settings_table, &self->settings, &self->arena, path,
	                     &problems) < 0) {
		config_print_problems(&problems, stderr);
		(void)admin_error(_("配置文件 %s 不能用；请改正，或用 --config 另外指定"),
		                  path);
		return ADMIN_USAGE;
	}
	if (options.server != NULL)
		self->settings.address = options.server;
	if (self->settings.server_name[0] == '\0') {
		const char *colon = strrchr(self->settings.address, ':');

		self->settings.server_name =
			colon == NULL
				? self->settings.address
				: arena_strndup(&self->arena, self->settings.address,
		                                (size_t)(colon - self->settings.address));
	}
	return ADMIN_OK;
}

static void print_usage_line(const struct command *command, FILE *out)
{
	(void)fprintf(out, "  duban %s%s%s%s%s\n        %s\n", command->noun,
	              command->verb[0] != '\0' ? " " : "", command->verb,
	              command->arguments[0] != '\0' ? " " : "", _(command->arguments),
	              _(command->help));
}

/* "  -c, --config 文件", and below it what it does. */
static void print_options(const struct poptOption *table, FILE *out)
{
	for (; table != NULL && table->longName != NULL; table++) {
		(void)fputs("  ", out);
		if (table->shortName != '\0')
			(void)fprintf(out, "-%c, ", table->shortName);
		(void)fprintf(out, "--%s%s%s\n        %s\n", table->longName,
		              table->argDescrip != NULL ? " " : "",
		              table->argDescrip != NULL ? _(table->argDescrip) : "",
		              _(table->descrip));
	}
}

static void print_exit_codes(FILE *out)
{
	(void)fprintf(out, "\n%s\n",
	              _("退出码：0 成功；1 失败；2 用法或配置有误；3 内容未通过检查；4 "
	                "连不上中心端，可稍后重试"));
}

static void print_command_help(const struct command *command, FILE *out)
{
	(void)fprintf(out, "%s\n", _("用法："));
	print_usage_line(command, out);
	if (command->options != NULL) {
		(void)fprintf(out, "\n%s\n", _("本命令的选项："));
		print_options(command->options, out);
	}
	(void)fprintf(out, "\n%s\n", _("通用选项："));
	print_options(general_options, out);
	print_exit_codes(out);
}

static void print_help(FILE *out)
{
	(void)fprintf(out, "%s\n\n", _("用法：duban 命令 [选项] [参数]"));
	for (const struct command *command = commands; command->noun != NULL; command++)
		print_usage_line(command, out);
	(void)fprintf(out, "\n%s\n", _("通用选项："));
	print_options(general_options, out);
	print_exit_codes(out);
}
