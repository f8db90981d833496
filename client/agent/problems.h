/* duban-agent problems: the unit's own part of the register of problems. */
#ifndef DUBAN_CLIENT_AGENT_PROBLEMS_H
#define DUBAN_CLIENT_AGENT_PROBLEMS_H

#include <popt.h>

struct agent;

extern const struct poptOption problems_options[];
#define PROBLEMS_MANUAL                                                                               \
	N_("  problems                      列出本单位的问题清单\n"                         \
	   "  problems show 编号            显示一个问题和全部办理经过\n"              \
	   "  problems add 板块 问题        登记一个问题，写明 --owner --measure "       \
	   "--found，限期整改的还有 --due\n"                                                  \
	   "  problems note 编号 进展       记下整改进展\n"                                 \
	   "  problems ask 编号 整改情况    申请销号，由牵头处室或办公室核验\n" \
	   "  problems change 编号 原因     调整 --owner、--telephone 或 --measure")

int problems_run(struct agent *agent, const char *const *args);

#endif
