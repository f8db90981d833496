/* duban-agent run. */
#include "client/agent/run.h"

#include <signal.h>

#include "client/agent/service.h"

int run_run(struct agent *agent, const char *const *args)
{
	struct service service;
	int code;

	(void)args;
	(void)signal(SIGPIPE, SIG_IGN);
	code = service_open(agent, &service);
	if (code == AGENT_OK)
		service_run(&service);
	service_close(&service);
	return code;
}
