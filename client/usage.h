/* What popt found wrong with a command line, in words for people. */
#ifndef DUBAN_CLIENT_USAGE_H
#define DUBAN_CLIENT_USAGE_H

/* @error is what poptGetNextOpt() gave, below -1. Static. */
const char *usage_error(int error);

#endif
