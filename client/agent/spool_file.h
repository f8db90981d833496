/* One file of the spool folder, from dropped to filed. For spool.c only. */
#ifndef DUBAN_CLIENT_AGENT_SPOOL_FILE_H
#define DUBAN_CLIENT_AGENT_SPOOL_FILE_H

#include "client/agent/spool.h"

/*
 * Whether whoever writes the file has finished: nobody has it open for writing (asked of
 * the kernel by a lease), or, where there are no leases, it has not changed for
 * SPOOL_SETTLE_MS. @ret_later: ask again, because nothing will tell us.
 */
bool spool_file_is_complete(const char *path, bool *ret_later);
/*
 * Take, leave or file one complete file.
 *
 *   0  done, or nothing to do yet    negative: told to options->failed
 */
int spool_file_handle(const struct spool_options *options, const char *name);

#endif
