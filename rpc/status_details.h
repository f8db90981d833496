/*
 * What travels in grpc-status-details-bin: a serialized google.rpc.Status, which carries
 * any messages as details. Built and read without protobuf; the details themselves are
 * serialized messages, whatever library made them. Pure.
 */
#ifndef RPC_STATUS_DETAILS_H
#define RPC_STATUS_DETAILS_H

#include <stddef.h>

#include "base/api.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "rpc/status.h"

BASE_API_BEGIN

#define RPC_STATUS_DETAILS_MAX 64

/* One google.protobuf.Any. */
struct rpc_detail {
	const char *type;     /* a message's full name: "google.rpc.BadRequest" */
	struct bytes message; /* serialized */
};

/*
 * Build @status->details, in @arena, from its code and message and @details. E_NOMEM.
 * Headers are small: keep all of it below some KiB.
 */
int rpc_status_set_details(struct arena *arena, struct rpc_status *status,
                           const struct rpc_detail *details, size_t count);
/*
 * Read what came as status->details. The code and message in it are those of the sender's
 * status, and are not given again. Details are in @arena and borrow from @details.
 *
 *   E_SYNTAX  not a google.rpc.Status      E_LIMIT  more than RPC_STATUS_DETAILS_MAX
 *   E_NOMEM
 */
int rpc_status_read_details(struct arena *arena, struct bytes details,
                            struct rpc_detail **ret_details, size_t *ret_count);
/* The one of @type among @details, or NULL. */
const struct rpc_detail *rpc_detail_find(const struct rpc_detail *details, size_t count,
                                         const char *type);

BASE_API_END

#endif
