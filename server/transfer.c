/*
 * libcurl says which sockets to watch and when to be called; libuv does that:
 *
 *	curl -> on_socket_wanted -> uv_poll ~ ~> curl_multi_socket_action -> results
 *	curl -> on_timer_wanted  -> uv_timer ~ ~> the same
 */
#include "server/transfer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"

struct transfers {
	unsigned magic;
#define TRANSFERS_MAGIC 0x20d6f8a3U
	CURLM *multi;
	uv_timer_t timer;
	unsigned handles; /* libuv's, not yet closed */
	void (*closed)(void *context);
	void *closed_context;
};

/* A socket that curl wants to be watched. */
struct watched {
	struct transfers *transfers;
	uv_poll_t poll;
	curl_socket_t socket;
};

static int on_socket_wanted(CURL *easy, curl_socket_t socket, int action, void *context,
                            void *socket_context);
static struct watched *watch(struct transfers *transfers, curl_socket_t socket);
static void on_ready(uv_poll_t *poll, int status, int events);
static void on_watched_closed(uv_handle_t *handle);
static int on_timer_wanted(CURLM *multi, long delay, void *context);
static void on_timer(uv_timer_t *timer);
static void give_results(struct transfers *transfers);
static void on_timer_closed(uv_handle_t *handle);
static void handle_closed(struct transfers *transfers);

int transfers_create(uv_loop_t *loop, struct transfers **ret_transfers)
{
	AUTO(freep) struct transfers *transfers = calloc(1, sizeof(*transfers));

	if (transfers == NULL)
		return E_NOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return E_INTERNAL;
	transfers->multi = curl_multi_init();
	if (transfers->multi == NULL)
		return E_NOMEM;
	transfers->magic = TRANSFERS_MAGIC;
	transfers->handles = 1;
	CHECK(uv_timer_init(loop, &transfers->timer) == 0);
	transfers->timer.data = transfers;
	CHECK(curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETFUNCTION,
	                        on_socket_wanted) == CURLM_OK);
	CHECK(curl_multi_setopt(transfers->multi, CURLMOPT_SOCKETDATA, transfers) ==
	      CURLM_OK);
	CHECK(curl_multi_setopt(transfers->multi, CURLMOPT_TIMERFUNCTION,
	                        on_timer_wanted) == CURLM_OK);
	CHECK(curl_multi_setopt(transfers->multi, CURLMOPT_TIMERDATA, transfers) ==
	      CURLM_OK);
	*ret_transfers = TAKE(transfers);
	return 0;
}

int transfer_start(struct transfers *transfers, struct transfer *transfer)
{
	if (curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer) != CURLE_OK)
		return E_INTERNAL;
	/* Only sets a timer: curl never finishes a transfer inside this call. */
	if (curl_multi_add_handle(transfers->multi, transfer->easy) != CURLM_OK)
		return E_INTERNAL;
	return 0;
}

static int on_socket_wanted(CURL *easy, curl_socket_t socket, int action, void *context,
                            void *socket_context)
{
	struct transfers *transfers = context;
	struct watched *watched = socket_context;
	int events = 0;

	(void)easy;
	CHECK_MAGIC(transfers, TRANSFERS_MAGIC);
	if (action == CURL_POLL_REMOVE) {
		if (watched != NULL) {
			(void)uv_poll_stop(&watched->poll);
			uv_close((uv_handle_t *)&watched->poll, on_watched_closed);
			(void)curl_multi_assign(transfers->multi, socket, NULL);
		}
		return 0;
	}
	if (watched == NULL)
		watched = watch(transfers, socket);
	if (watched == NULL)
		return -1;
	events |= action != CURL_POLL_IN ? UV_WRITABLE : 0;
	events |= action != CURL_POLL_OUT ? UV_READABLE : 0;
	return uv_poll_start(&watched->poll, events, on_ready) == 0 ? 0 : -1;
}

static struct watched *watch(struct transfers *transfers, curl_socket_t socket)
{
	AUTO(freep) struct watched *watched = calloc(1, sizeof(*watched));

	if (watched == NULL ||
	    uv_poll_init_socket(transfers->timer.loop, &watched->poll, socket) != 0)
		return NULL;
	watched->transfers = transfers;
	watched->socket = socket;
	watched->poll.data = watched;
	transfers->handles++;
	(void)curl_multi_assign(transfers->multi, socket, watched);
	return TAKE(watched);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	const struct watched *watched = poll->data;
	struct transfers *transfers = watched->transfers;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0, running;

	flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
	flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
	(void)curl_multi_socket_action(transfers->multi, watched->socket, flags,
	                               &running);
	give_results(transfers);
}

static void on_watched_closed(uv_handle_t *handle)
{
	struct watched *watched = handle->data;
	struct transfers *transfers = watched->transfers;

	free(watched);
	handle_closed(transfers);
}

static int on_timer_wanted(CURLM *multi, long delay, void *context)
{
	struct transfers *transfers = context;

	(void)multi;
	if (delay < 0)
		return uv_timer_stop(&transfers->timer);
	/* Zero means "soon"; from inside curl it must not be at once. */
	return uv_timer_start(&transfers->timer, on_timer,
	                      delay > 0 ? (uint64_t)delay : 1, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct transfers *transfers = timer->data;
	int running;

	CHECK_MAGIC(transfers, TRANSFERS_MAGIC);
	(void)curl_multi_socket_action(transfers->multi, CURL_SOCKET_TIMEOUT, 0,
	                               &running);
	give_results(transfers);
}

static void give_results(struct transfers *transfers)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(transfers->multi, &left)) != NULL) {
		struct transfer *transfer = NULL;
		CURLcode result = message->data.result;
		CURL *easy = message->easy_handle;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		CHECK(transfer != NULL);
		(void)curl_multi_remove_handle(transfers->multi, easy);
		transfer->done(transfer, result);
	}
}

void transfers_close(struct transfers *transfers, void (*done)(void *context),
                     void *context)
{
	transfers->closed = done;
	transfers->closed_context = context;
	/* Connections kept for reuse are closed here; their sockets are unwatched. */
	CHECK(curl_multi_cleanup(transfers->multi) == CURLM_OK);
	transfers->multi = NULL;
	(void)uv_timer_stop(&transfers->timer);
	uv_close((uv_handle_t *)&transfers->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	handle_closed(handle->data);
}

static void handle_closed(struct transfers *transfers)
{
	void (*closed)(void *context) = transfers->closed;
	void *context = transfers->closed_context;

	if (--transfers->handles > 0)
		return;
	transfers->magic = 0;
	free(transfers);
	curl_global_cleanup();
	closed(context);
}
