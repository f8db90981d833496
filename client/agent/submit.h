/* duban-agent submit, check: reports from files, by hand. */
#ifndef DUBAN_CLIENT_AGENT_SUBMIT_H
#define DUBAN_CLIENT_AGENT_SUBMIT_H

#include <popt.h>

struct agent;

extern const struct poptOption submit_options[], check_options[];

int submit_run(struct agent *agent, const char *const *args);
int check_run(struct agent *agent, const char *const *args);

#endif
