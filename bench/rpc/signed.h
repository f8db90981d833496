/* The comparison's signed reports: whose signature is good, and what the report says. */
#ifndef BENCH_RPC_SIGNED_H
#define BENCH_RPC_SIGNED_H

#include "base/auto.h"
#include "reports.rpc.h"

struct signed_keys;

/* Lines of "id hex", Ed25519 public keys, from @file. E_IO, E_SYNTAX, E_NOMEM. */
int signed_keys_create(const char *file, struct signed_keys **ret_keys);
/* Accepts NULL. */
void signed_keys_destroy(struct signed_keys *keys);
DEFINE_AUTO(signed_keys_destroyp, struct signed_keys, signed_keys_destroy)

/*
 * Verify @request, read its report into @arena and count the figures below the target.
 *
 *   E_SIGNATURE  not signed by a key that we know
 *   E_SYNTAX  the payload is no report      E_NOT_FOUND  a task that has no target
 */
int signed_check(const struct signed_keys *keys, const Duban__V1__SubmitRequest *request,
                 struct arena *arena, Duban__V1__SubmitReply *ret_reply);

#endif
