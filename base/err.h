/*
 * The error table: every way in which something can go wrong, once.
 *
 * Functions return 0 or one of these, negative. A code says what happened; its row says
 * what a gRPC caller is told, and what the one who asked should do with what was refused.
 * A code cannot exist without both. Values stay: new ones are added at the end.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/api.h"

BASE_API_BEGIN

/* What to do with a request, or whatever it carried, that was answered so. */
enum err_policy {
	ERR_GIVE_UP, /* refused for good: the same again would be refused again */
	ERR_KEEP,    /* keep it, try again with back-off */
	ERR_HOLD,    /* keep it, but a person must act first: say so, try rarely */
};

/* clang-format off */
/*        name              value  gRPC policy       text */
#define ERR_TABLE(ROW) \
	ROW(E_NOMEM,           -1,  8, ERR_KEEP,     "out of memory, or over the request's memory limit") \
	ROW(E_IO,              -2, 14, ERR_KEEP,     "reading or writing failed") \
	ROW(E_SYNTAX,          -3,  3, ERR_GIVE_UP,  "not in the expected form") \
	ROW(E_RANGE,           -4,  3, ERR_GIVE_UP,  "outside the allowed range") \
	ROW(E_LIMIT,           -5,  8, ERR_GIVE_UP,  "larger than the limit allows") \
	ROW(E_NOT_FOUND,       -6,  5, ERR_GIVE_UP,  "there is no such thing") \
	ROW(E_EXISTS,          -7,  6, ERR_GIVE_UP,  "exists already, with other content") \
	ROW(E_DENIED,          -8,  7, ERR_HOLD,     "this identity may not do that") \
	ROW(E_ANONYMOUS,       -9, 16, ERR_HOLD,     "no identity was proven") \
	ROW(E_SIGNATURE,      -10,  3, ERR_GIVE_UP,  "the signature does not verify") \
	ROW(E_CERTIFICATE,    -11,  7, ERR_HOLD,     "the certificate is not acceptable") \
	ROW(E_REVOKED,        -12,  7, ERR_HOLD,     "the certificate is revoked") \
	ROW(E_REFUSED,        -13,  3, ERR_GIVE_UP,  "refused by a rule") \
	ROW(E_STATE,          -14,  9, ERR_GIVE_UP,  "not possible in the present state") \
	ROW(E_BUSY,           -15, 14, ERR_KEEP,     "a queue is full; try again") \
	ROW(E_DOWN,           -16, 14, ERR_KEEP,     "a service that is needed is not reachable") \
	ROW(E_UNKNOWN,        -17, 14, ERR_KEEP,     "the outcome is unknown; ask again") \
	ROW(E_TIMEOUT,        -18,  4, ERR_KEEP,     "the time allowed is over") \
	ROW(E_CANCELLED,      -19,  1, ERR_KEEP,     "cancelled") \
	ROW(E_UNSUPPORTED,    -20, 12, ERR_HOLD,     "not supported here") \
	ROW(E_VERSION,        -21,  9, ERR_HOLD,     "of a version that is not served") \
	ROW(E_CORRUPT,        -22, 15, ERR_HOLD,     "stored data is damaged") \
	ROW(E_PROTOCOL,       -23, 13, ERR_KEEP,     "the peer broke the protocol") \
	ROW(E_INTERNAL,       -24, 13, ERR_KEEP,     "an error inside the program")
/* clang-format on */

enum err {
#define ROW(name, value, grpc, policy, text) name = (value),
	ERR_TABLE(ROW)
#undef ROW
};

/* All four accept any int; 0 gives "E_OK", "ok", 0 and ERR_GIVE_UP, a number
 * outside the table is treated as E_INTERNAL. Strings are static. */
const char *err_name(int err) BASE_API_NAME(err_name);
const char *err_text(int err) BASE_API_NAME(err_text);
int err_grpc(int err) BASE_API_NAME(err_grpc); /* the gRPC status code, 0..16 */
enum err_policy err_policy(int err) BASE_API_NAME(err_policy);

BASE_API_END

#endif
