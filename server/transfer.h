/* libcurl's multi interface on a libuv loop: one easy handle in, one result out. */
#ifndef DUBAN_SERVER_TRANSFER_H
#define DUBAN_SERVER_TRANSFER_H

#include <curl/curl.h>

typedef struct uv_loop_s uv_loop_t;
struct transfers;

struct transfer {
	CURL *easy; /* the caller's, set up; CURLOPT_PRIVATE is ours until done */
	/* Exactly once, later. The handle is the caller's again. */
	void (*done)(struct transfer *transfer, CURLcode result);
};

/* E_NOMEM, E_INTERNAL: libcurl cannot be used. */
int transfers_create(uv_loop_t *loop, struct transfers **ret_transfers);
/* Nothing may be under way. @done runs once, later. */
void transfers_close(struct transfers *transfers, void (*done)(void *context),
                     void *context);
/* E_INTERNAL: libcurl refused; done never runs. */
int transfer_start(struct transfers *transfers, struct transfer *transfer);

#endif
