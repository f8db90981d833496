/* What every command of duban-agent shares. */
#include "client/agent/agent.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/config.h"

#define CONFIG_FILE "/etc/duban/agent.yaml"

int agent_error(const char *format, ...)
{
	va_list args;

	(void)fputs("duban-agent: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return AGENT_FAILED;
}

int agent_settings_load(struct agent *agent)
{
	const char *path = agent->config_file;
	struct yaml_problems problems;

	if (path == NULL)
		path = getenv("DUBAN_AGENT_CONFIG");
	if (path == NULL)
		path = CONFIG_FILE;
	yaml_problems_init(&problems, &agent->arena);
	if (settings_read(&agent->settings, &agent->arena, path, &problems) == 0)
		return AGENT_OK;
	config_print_problems(&problems, stderr);
	(void)agent_error(_("配置文件 %s 不可用；可用 --config 指定"), path);
	return AGENT_USAGE;
}

int64_t agent_wall_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint32_t agent_chance(void)
{
	uint32_t chance = 0;

	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		return 0;
	return chance;
}
