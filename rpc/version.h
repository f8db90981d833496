/* Which uvgrpc this is. */
#ifndef RPC_VERSION_H
#define RPC_VERSION_H

#include "base/api.h"

BASE_API_BEGIN

/* Of these headers: "MAJOR.MINOR.PATCH"; README.md says what each part promises. */
#define RPC_VERSION "0.1.0"

/* Of the library that runs. Static. */
const char *rpc_version(void);

BASE_API_END

#endif
