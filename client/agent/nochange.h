/* duban-agent nochange, zero: 本期无变化 and 零报告, each by one command. */
#ifndef DUBAN_CLIENT_AGENT_NOCHANGE_H
#define DUBAN_CLIENT_AGENT_NOCHANGE_H

#include <popt.h>

struct agent;

extern const struct poptOption nochange_options[];

int nochange_run(struct agent *agent, const char *const *args);
int zero_run(struct agent *agent, const char *const *args);

#endif
