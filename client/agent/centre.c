/*
 * The connection to the centre.
 *
 *	files -> TLS + trust -> channel -> call ~ ~> answer
 *
 * What can go wrong, and who has to act:
 *
 *  - Keys and certificates that do not fit: said at the start; the operator mends them.
 *  - A server that is no node of our trust domain: never talked to, whatever it says.
 *  - No connection: the channel tries again by itself.
 */
#include "client/agent/centre.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "client/agent/agent.h"
#include "model/identity.h"

#define PEM_MAX      (16 * 1024 * 1024)
#define KEEPALIVE_MS 60000

struct centre {
	unsigned magic;
#define CENTRE_MAGIC 0xce27e4a1U
	const struct settings *settings;
	struct centre_options options;
	struct rpc_tls *tls;
	struct trust *trust;
	struct rpc_channel *channel;
	char why[256];
};

static int load_trust(const struct settings *settings, struct trust **ret_trust,
                      const char **ret_why);
static int admit(void *context, const struct rpc_peer *peer);
static int open_channel(struct centre *centre, uv_loop_t *loop);
static void on_state(void *context, enum rpc_channel_state state, const char *why);
static void on_channel_closed(void *context);
static void on_message(struct rpc_request *request, struct bytes message);
static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers);
static void destroy(struct centre *centre);
DEFINE_AUTO(destroyp, struct centre, destroy)

int centre_open(uv_loop_t *loop, const struct centre_options *options,
                struct centre **ret_centre, const char **ret_why)
{
	AUTO(destroyp) struct centre *centre = calloc(1, sizeof(*centre));
	const struct settings *settings = options->settings;
	int r;

	*ret_why = text_err(E_NOMEM);
	if (centre == NULL)
		return E_NOMEM;
	centre->magic = CENTRE_MAGIC;
	centre->settings = settings;
	centre->options = *options;
	r = load_trust(settings, &centre->trust, ret_why);
	if (r == 0) {
		const struct rpc_tls_options tls = {
			.peer_rule = RPC_PEER_REQUIRED,
			.certificate_file = settings->certificate,
			.key_file = settings->key,
			.ca_file = settings->ca,
			.crl_file = settings->crl[0] != '\0' ? settings->crl : NULL,
			.admit = admit,
			.context = centre,
		};

		r = rpc_tls_create(&tls, &centre->tls, ret_why);
	}
	if (r == 0) {
		r = open_channel(centre, loop);
		*ret_why = text_err(r);
	}
	if (r < 0)
		return r;
	*ret_centre = TAKE(centre);
	return 0;
}

static int read_pem(struct arena *arena, const char *path, struct bytes *ret_pem,
                    const char **ret_why)
{
	static __thread char why[512];
	AUTO(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat about;
	uint8_t *data;
	ssize_t len;

	*ret_why = why;
	if (fd < 0 || fstat(fd, &about) != 0) {
		(void)snprintf(why, sizeof(why), _("%s：%s"), path, text_errno(errno));
		return E_IO;
	}
	if (about.st_size > PEM_MAX) {
		(void)snprintf(why, sizeof(why), _("%s：大于 %d 字节"), path, PEM_MAX);
		return E_LIMIT;
	}
	data = arena_alloc(arena, (size_t)about.st_size + 1);
	if (data == NULL) {
		*ret_why = text_err(E_NOMEM);
		return E_NOMEM;
	}
	len = read(fd, data, (size_t)about.st_size);
	if (len != about.st_size) {
		(void)snprintf(why, sizeof(why), _("%s：读取失败"), path);
		return E_IO;
	}
	*ret_pem = bytes_of(data, (size_t)len);
	return 0;
}

static int load_trust(const struct settings *settings, struct trust **ret_trust,
                      const char **ret_why)
{
	AUTO(arena_finishp) struct arena arena;
	struct bytes cas, crls = bytes_of(NULL, 0);
	int r;

	arena_init(&arena, 4u * PEM_MAX);
	r = read_pem(&arena, settings->ca, &cas, ret_why);
	if (r == 0 && settings->crl[0] != '\0')
		r = read_pem(&arena, settings->crl, &crls, ret_why);
	return r < 0 ? r : trust_create(cas, crls, ret_trust, ret_why);
}

/* A server is only believed when its certificate is a node's of our domain. */
static int admit(void *context, const struct rpc_peer *peer)
{
	struct centre *centre = context;
	struct identity identity;

	CHECK_MAGIC(centre, CENTRE_MAGIC);
	if (identity_from_uris(peer->uris, &identity) < 0 ||
	    identity.kind != IDENTITY_NODE || identity.role != ROLE_NONE ||
	    strcmp(identity.domain, centre->settings->trust_domain) != 0)
		return E_CERTIFICATE;
	return 0;
}

static int open_channel(struct centre *centre, uv_loop_t *loop)
{
	const struct settings *settings = centre->settings;
	const struct rpc_channel_options options = {
		.addresses = settings->addresses,
		.server_name = settings->server_name,
		.tls = centre->tls,
		.receive_message_max = CENTRE_PLAN_MAX,
		.keepalive_interval = KEEPALIVE_MS,
		.backoff_first = settings->retry_first,
		.backoff_max = settings->retry_max,
		.on_state = on_state,
		.context = centre,
	};

	return rpc_channel_create(loop, &options, &centre->channel);
}

static void on_state(void *context, enum rpc_channel_state state, const char *why)
{
	struct centre *centre = context;

	CHECK_MAGIC(centre, CENTRE_MAGIC);
	if (state == RPC_READY)
		centre->why[0] = '\0';
	else if (why != NULL && why[0] != '\0')
		(void)snprintf(centre->why, sizeof(centre->why), "%s", why);
	if (centre->options.on_state != NULL)
		centre->options.on_state(centre->options.context, state, centre->why);
}

void centre_close(struct centre *centre)
{
	if (centre == NULL)
		return;
	CHECK_MAGIC(centre, CENTRE_MAGIC);
	centre->options.on_state = NULL;
	rpc_channel_close(centre->channel, on_channel_closed, centre);
}

static void on_channel_closed(void *context)
{
	struct centre *centre = context;

	CHECK_MAGIC(centre, CENTRE_MAGIC);
	centre->channel = NULL;
	destroy(centre);
}

static void destroy(struct centre *centre)
{
	CHECK(centre->channel == NULL);
	rpc_tls_destroy(centre->tls);
	trust_unref(centre->trust);
	centre->magic = 0;
	free(centre);
}

int centre_reload(struct centre *centre, const char **ret_why)
{
	AUTO(trust_unrefp) struct trust *fresh = NULL;
	int r = load_trust(centre->settings, &fresh, ret_why);

	if (r == 0)
		r = rpc_tls_reload(centre->tls, ret_why);
	if (r < 0)
		return r;
	trust_unref(centre->trust);
	centre->trust = TAKE(fresh);
	return 0;
}

const struct trust *centre_trust(const struct centre *centre)
{
	return centre->trust;
}

enum rpc_channel_state centre_state(const struct centre *centre)
{
	return rpc_channel_state(centre->channel);
}

const char *centre_why(const struct centre *centre)
{
	return centre->why;
}

struct rpc_channel *centre_channel(struct centre *centre)
{
	return centre->channel;
}

int centre_call(struct centre *centre, struct centre_call *call, const char *method,
                struct bytes body, size_t answer_max)
{
	int r;

	CHECK_MAGIC(centre, CENTRE_MAGIC);
	arena_init(&call->arena, 2 * answer_max + 64u * 1024);
	call->answer = bytes_of(NULL, 0);
	call->answer_max = answer_max;
	call->request = (struct rpc_request){
		.path = arena_printf(&call->arena, "/duban.v1.%s", method),
		.timeout = centre->settings->call_timeout,
		.message = on_message,
		.done = on_done,
	};
	r = call->request.path == NULL
	            ? E_NOMEM
	            : rpc_request_unary(centre->channel, &call->request, body);
	if (r < 0) {
		call->request.stream = NULL;
		arena_finish(&call->arena);
	}
	return r;
}

void centre_call_cancel(struct centre_call *call)
{
	if (call->request.stream != NULL)
		rpc_request_cancel(&call->request);
}

/* An answer that is too large stays absent, and then the call has failed. */
static void on_message(struct rpc_request *request, struct bytes message)
{
	struct centre_call *call = container_of(request, struct centre_call, request);

	if (message.len <= call->answer_max)
		call->answer = arena_copy(&call->arena, message);
}

static void on_done(struct rpc_request *request, const struct rpc_status *status,
                    const struct rpc_metadata *trailers)
{
	struct centre_call *call = container_of(request, struct centre_call, request);
	const struct rpc_status broken = {.code = RPC_INTERNAL,
	                                  .message = "an answer that cannot be used"};
	struct arena arena = call->arena;

	(void)trailers;
	call->request.stream = NULL;
	if (status->code == RPC_OK && call->answer.data == NULL)
		status = &broken;
	call->done(call, status); /* may start @call anew, with an arena of its own */
	arena_finish(&arena);
}
