/* The version, as the library was built. */
#include "rpc/version.h"

const char *rpc_version(void)
{
	return RPC_VERSION;
}
