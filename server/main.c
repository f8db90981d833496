/*
 * duband: the centre.
 *
 *   duband [--config FILE]             serve
 *   duband migrate [--check]           bring the database's schema up to date
 *   duband --check-config              is the file right?
 *   duband --print-config              a commented sample with every default
 *
 * Exit status: 0 well, 1 failed, 2 used wrongly, 78 the configuration is wrong.
 */
#include <locale.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "server/duband.h"

#define DEFAULT_CONFIG "/etc/duban/duband.yaml"
#define SPARE_THREADS  4 /* of the pool, besides one a processor: names, files, schema */

enum { EXIT_WELL = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_CONFIG = 78 };

struct options {
	char *config;
	int check_config, print_config, version, check;
	bool migrate;
};

static int read_options(int argc, const char **argv, struct options *options);
static int read_commands(poptContext context, struct options *options);
static int usage(poptContext context, const char *message);
static int run(const struct options *options);
static int read_settings(const struct options *options, struct arena *arena,
                         struct settings *settings);
static int migrate(const struct options *options, const struct settings *settings);
static void on_migrated(void *context, const char *line);
static void size_pool(void);

int main(int argc, const char **argv)
{
	struct options options = {0};
	int status;

	(void)setlocale(LC_ALL, "C.UTF-8");
	status = read_options(argc, argv, &options);
	if (status < 0)
		status = run(&options);
	free(options.config);
	return status;
}

/* Negative: go on; else the exit status. */
static int read_options(int argc, const char **argv, struct options *options)
{
	const struct poptOption table[] = {
		{"config", 'c', POPT_ARG_STRING, &options->config, 0,
	         _("配置文件（默认 /etc/duban/duband.yaml，没有则用默认值）"), _("文件")},
		{"check-config", 0, POPT_ARG_NONE, &options->check_config, 0,
	         _("检查配置，指出全部错误，不做别的"), NULL},
		{"print-config", 0, POPT_ARG_NONE, &options->print_config, 0,
	         _("输出带说明和默认值的配置样例"), NULL},
		{"check", 0, POPT_ARG_NONE, &options->check, 0,
	         _("与 migrate 同用：只检查表结构是否最新"), NULL},
		{"version", 'V', POPT_ARG_NONE, &options->version, 0, _("显示版本"),
	         NULL},
		POPT_AUTOHELP POPT_TABLEEND};
	poptContext context = poptGetContext("duband", argc, argv, table, 0);
	int r, status;

	poptSetOtherOptionHelp(context, _("[选项…] [migrate]"));
	while ((r = poptGetNextOpt(context)) > 0)
		continue;
	if (r < -1) {
		(void)fprintf(stderr, "duband: %s: %s\n",
		              poptBadOption(context, POPT_BADOPTION_NOALIAS),
		              poptStrerror(r));
		status = EXIT_USAGE;
	} else {
		status = read_commands(context, options);
	}
	(void)poptFreeContext(context);
	return status;
}

static int read_commands(poptContext context, struct options *options)
{
	const char *command = poptGetArg(context);

	if (command != NULL && strcmp(command, "migrate") != 0)
		return usage(context, _("只有 migrate 一个命令"));
	options->migrate = command != NULL;
	if (poptPeekArg(context) != NULL)
		return usage(context, _("参数过多"));
	if (options->check && !options->migrate)
		return usage(context, _("--check 要与 migrate 同用"));
	return -1;
}

static int usage(poptContext context, const char *message)
{
	(void)fprintf(stderr, "duband: %s\n", message);
	poptPrintUsage(context, stderr, 0);
	return EXIT_USAGE;
}

static int run(const struct options *options)
{
	AUTO(arena_finishp) struct arena arena;
	struct settings settings;
	int status;

	arena_init(&arena, SETTINGS_MEMORY_MAX);
	if (options->version) {
		(void)printf("duband %s\n", DUBAN_VERSION);
		return EXIT_WELL;
	}
	if (options->print_config) {
		config_print_sample(settings_table, stdout);
		return EXIT_WELL;
	}
	status = read_settings(options, &arena, &settings);
	if (status != EXIT_WELL || options->check_config)
		return status;
	log_set_level((enum log_level)settings.log_level);
	if (options->migrate)
		return migrate(options, &settings);
	size_pool();
	return duband_run(&settings);
}

/* Without --config the default file may be absent: then the defaults hold. */
static int read_settings(const struct options *options, struct arena *arena,
                         struct settings *settings)
{
	const char *path = options->config;
	struct yaml_problems problems;
	int r;

	if (path == NULL && access(DEFAULT_CONFIG, F_OK) == 0)
		path = DEFAULT_CONFIG;
	yaml_problems_init(&problems, arena);
	r = settings_read(path, arena, &problems, settings);
	config_print_problems(&problems, stderr);
	if (r < 0 && problems.count == 0)
		(void)fprintf(stderr, "duband: %s\n", err_text(r));
	return r < 0 ? EXIT_CONFIG : EXIT_WELL;
}

static int migrate(const struct options *options, const struct settings *settings)
{
	struct migrate migration = {
		.conninfo = settings->conninfo,
		.directory = settings->migrations[0] != '\0' ? settings->migrations
	                                                     : migrate_directory(),
		.tell = on_migrated,
	};
	int r;

	if (settings->conninfo[0] == '\0') {
		(void)fprintf(stderr, _("未设置 database.conninfo：内置 PostgreSQL 在 "
		                        "duband 启动时自动升级表结构\n"));
		return EXIT_CONFIG;
	}
	r = options->check ? migrate_check(&migration) : migrate_run(&migration);
	if (r < 0) {
		(void)fprintf(stderr, "duband: %s\n", migration.why);
		return EXIT_FAILED;
	}
	(void)printf(_("表结构版本 %u，待执行 %u 个\n"), migration.schema,
	             migration.pending);
	return EXIT_WELL;
}

static void on_migrated(void *context, const char *line)
{
	(void)context;
	(void)printf("%s\n", line);
}

/* Before libuv makes its pool. An operator's own choice stands. */
static void size_pool(void)
{
	char size[16];

	(void)snprintf(size, sizeof(size), "%u",
	               uv_available_parallelism() + SPARE_THREADS);
	(void)setenv("UV_THREADPOOL_SIZE", size, 0);
}
