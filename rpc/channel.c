/*
 * A client's channel: which connection takes the next request, and when to make one.
 *
 *	          request            dialled
 *	   IDLE ----------> CONNECTING ------> READY --(lost, GOAWAY)--> IDLE
 *	    ^                 ^     \ all addresses failed
 *	    |    (request waits)\    v
 *	    +---------------- BACKING_OFF
 *
 * A request waits while the channel is idle or connecting, however it was asked for; when
 * an attempt fails, those that did not ask to wait fail with it, and while the channel
 * backs off such requests fail at once.
 */
#include "rpc/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "rpc/backoff.h"
#include "rpc/channel_state.h"
#include "rpc/tls_context.h"

/* Copies of the options' strings. */
#define OPTIONS_MEMORY_MAX (64 * 1024)

static int copy_options(struct rpc_channel *channel,
                        const struct rpc_channel_options *options);
static int copy_addresses(struct rpc_channel *channel);
static void set_defaults(struct rpc_channel_options *options);
static void set_state(struct rpc_channel *channel, enum rpc_channel_state state);
static void on_news(struct task *task);
static void on_backoff_over(struct timer *timer);
static void launch_waiting(struct rpc_channel *channel);
static void on_grace_over(struct timer *timer);
static void shut(struct rpc_channel *channel);
static void on_engine_closed(struct engine *engine);

int rpc_channel_create(uv_loop_t *loop, const struct rpc_channel_options *options,
                       struct rpc_channel **ret_channel)
{
	struct rpc_channel *channel = calloc(1, sizeof(*channel));
	int r;

	if (channel == NULL)
		return E_NOMEM;
	arena_init(&channel->arena, OPTIONS_MEMORY_MAX);
	r = copy_options(channel, options);
	if (r == 0)
		r = engine_init(&channel->engine, loop);
	if (r < 0) {
		arena_finish(&channel->arena);
		free(channel);
		return r;
	}
	channel->magic = RPC_CHANNEL_MAGIC;
	channel->tls = options->tls == NULL ? NULL : rpc_tls_get(options->tls);
	list_init(&channel->waiting);
	list_init(&channel->links);
	list_init(&channel->unread);
	channel->grace.fired = on_grace_over;
	channel->backoff.fired = on_backoff_over;
	task_init(&channel->news, on_news);
	*ret_channel = channel;
	return 0;
}

static int copy_options(struct rpc_channel *channel,
                        const struct rpc_channel_options *options)
{
	const char *authority = options->authority;

	if (authority == NULL)
		authority =
			options->server_name != NULL ? options->server_name : "localhost";
	channel->options = *options;
	set_defaults(&channel->options);
	if (options->server_name != NULL) {
		channel->options.server_name =
			arena_strdup(&channel->arena, options->server_name);
		if (channel->options.server_name == NULL)
			return E_NOMEM;
	}
	channel->options.authority = arena_strdup(&channel->arena, authority);
	if (channel->options.authority == NULL)
		return E_NOMEM;
	return copy_addresses(channel);
}

static int copy_addresses(struct rpc_channel *channel)
{
	const char *const *from = channel->options.addresses;
	const char **to;
	size_t count = 0;

	while (from != NULL && from[count] != NULL)
		count++;
	if (count == 0)
		return E_SYNTAX;
	to = arena_new_array(&channel->arena, count + 1, const char *);
	if (to == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		struct address address;

		if (address_parse(from[i], &address) < 0)
			return E_SYNTAX;
		to[i] = arena_strdup(&channel->arena, from[i]);
		if (to[i] == NULL)
			return E_NOMEM;
	}
	channel->options.addresses = to;
	return 0;
}

static void set_defaults(struct rpc_channel_options *options)
{
	const int64_t second = 1000;

	if (options->receive_message_max == 0)
		options->receive_message_max = (size_t)4 * 1024 * 1024;
	if (options->connection_memory_max == 0) /* we chose how many calls there are */
		options->connection_memory_max = SIZE_MAX;
	if (options->connect_timeout == 0)
		options->connect_timeout = 20 * second;
	if (options->keepalive_timeout == 0)
		options->keepalive_timeout = 20 * second;
	if (options->backoff_first == 0)
		options->backoff_first = second;
	if (options->backoff_max == 0)
		options->backoff_max = 120 * second;
}

enum rpc_channel_state rpc_channel_state(const struct rpc_channel *channel)
{
	return channel->state;
}

static void set_state(struct rpc_channel *channel, enum rpc_channel_state state)
{
	struct channel_news *news;

	if (state == channel->state)
		return;
	channel->state = state;
	if (channel->options.on_state == NULL)
		return;
	if (channel->told_count == CHANNEL_TOLD) {
		channel->told_count--;
		memmove(channel->told, channel->told + 1,
		        channel->told_count * sizeof(channel->told[0]));
	}
	news = &channel->told[channel->told_count++];
	news->state = state;
	memcpy(news->why, channel->why, sizeof(news->why));
	engine_post(&channel->engine, &channel->news);
}

static void on_news(struct task *task)
{
	struct rpc_channel *channel = container_of(task, struct rpc_channel, news);
	struct channel_news news[CHANNEL_TOLD];
	size_t count = channel->told_count;

	CHECK_MAGIC(channel, RPC_CHANNEL_MAGIC);
	memcpy(news, channel->told, sizeof(news));
	channel->told_count = 0;
	for (size_t i = 0; i < count && !channel->closing; i++)
		channel->options.on_state(channel->options.context, news[i].state,
		                          news[i].why);
}

void channel_say(struct rpc_channel *channel, const char *why)
{
	(void)snprintf(channel->why, sizeof(channel->why), "%s", why);
}

void channel_kick(struct rpc_channel *channel)
{
	if (channel->closing)
		return;
	switch (channel->state) {
	case RPC_IDLE:
		set_state(channel, RPC_CONNECTING);
		dial_begin(channel);
		break;
	case RPC_READY:
		launch_waiting(channel);
		break;
	case RPC_CONNECTING:
	case RPC_BACKING_OFF:
		break;
	}
}

void rpc_channel_connect(struct rpc_channel *channel)
{
	CHECK_MAGIC(channel, RPC_CHANNEL_MAGIC);
	if (channel->state == RPC_BACKING_OFF) {
		timers_clear(&channel->engine.timers, &channel->backoff);
		set_state(channel, RPC_IDLE);
	}
	if (channel->state == RPC_IDLE)
		channel_kick(channel);
}

void channel_dial_failed(struct rpc_channel *channel)
{
	uint32_t random = 0;
	int64_t delay;

	(void)uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
	delay = backoff_after(channel->dial.attempts++, channel->options.backoff_first,
	                      channel->options.backoff_max, random);
	set_state(channel, RPC_BACKING_OFF);
	timers_set(&channel->engine.timers, &channel->backoff,
	           channel->dial.since + (uint64_t)delay);
	list_for_each_safe (node, &channel->waiting) {
		struct rpc_stream *stream = stream_of_node(node);

		if (!stream_may_wait(stream))
			stream_fail(stream, RPC_UNAVAILABLE, channel->why);
	}
}

static void on_backoff_over(struct timer *timer)
{
	struct rpc_channel *channel = container_of(timer, struct rpc_channel, backoff);

	CHECK_MAGIC(channel, RPC_CHANNEL_MAGIC);
	set_state(channel, RPC_IDLE);
	if (!list_empty(&channel->waiting))
		channel_kick(channel);
}

void channel_link_ready(struct rpc_channel *channel, struct link *link)
{
	CHECK(channel->link == link);
	channel->dial.attempts = 0;
	channel->why[0] = '\0';
	dial_cancel(channel);
	set_state(channel, RPC_READY);
	launch_waiting(channel);
}

static void launch_waiting(struct rpc_channel *channel)
{
	struct list *node;

	while (channel->link != NULL && (node = list_pop(&channel->waiting)) != NULL) {
		channel->waiting_count--;
		stream_launch(stream_of_node(node), channel->link);
	}
}

void channel_link_lost(struct rpc_channel *channel, struct link *link)
{
	if (channel->link != link || !link->ready)
		return;
	channel->link = NULL;
	set_state(channel, RPC_IDLE);
	if (!list_empty(&channel->waiting))
		channel_kick(channel);
}

void channel_link_closed(struct rpc_channel *channel, struct link *link)
{
	if (channel->link != link)
		return;
	if (link->ready) {
		channel_link_lost(channel, link);
		return;
	}
	channel->link = NULL;
	if (!channel->closing)
		dial_next(channel);
}

void rpc_channel_close(struct rpc_channel *channel, void (*done)(void *context),
                       void *context)
{
	rpc_channel_drain(channel, 0, done, context);
}

void rpc_channel_drain(struct rpc_channel *channel, int64_t grace,
                       void (*done)(void *context), void *context)
{
	CHECK_MAGIC(channel, RPC_CHANNEL_MAGIC);
	CHECK(!channel->draining);
	channel->draining = true;
	channel->done = done;
	channel->done_context = context;
	if (grace > 0 && channel->streams > 0)
		timers_set(&channel->engine.timers, &channel->grace,
		           engine_now(&channel->engine) + (uint64_t)grace);
	else
		shut(channel);
}

static void on_grace_over(struct timer *timer)
{
	struct rpc_channel *channel = container_of(timer, struct rpc_channel, grace);

	CHECK_MAGIC(channel, RPC_CHANNEL_MAGIC);
	shut(channel);
}

/* Cancel what there is, and close. */
static void shut(struct rpc_channel *channel)
{
	channel->closing = true;
	timers_clear(&channel->engine.timers, &channel->grace);
	timers_clear(&channel->engine.timers, &channel->backoff);
	dial_cancel(channel);
	list_for_each_safe (node, &channel->unread)
		stream_fail(stream_of_node(node), RPC_CANCELLED,
		            "the channel was closed");
	list_for_each_safe (node, &channel->waiting)
		stream_fail(stream_of_node(node), RPC_CANCELLED,
		            "the channel was closed");
	list_for_each (node, &channel->links) {
		struct link *link = list_entry(node, struct link, node);

		list_for_each_safe (stream, &link->streams)
			stream_fail(stream_of_node(stream), RPC_CANCELLED,
			            "the channel was closed");
		session_leave(&link->session);
	}
	channel_check_quiet(channel);
}

void channel_check_quiet(struct rpc_channel *channel)
{
	if (channel->draining && !channel->closing && channel->streams == 0)
		shut(channel);
	if (!channel->closing || channel->closed || channel->streams > 0 ||
	    channel->dial.resolving || !list_empty(&channel->links))
		return;
	channel->closed = true;
	engine_unpost(&channel->news);
	engine_close(&channel->engine, on_engine_closed);
}

static void on_engine_closed(struct engine *engine)
{
	struct rpc_channel *channel = container_of(engine, struct rpc_channel, engine);
	void (*done)(void *context) = channel->done;
	void *context = channel->done_context;

	CHECK_MAGIC(channel, RPC_CHANNEL_MAGIC);
	tls_ticket_finish(&channel->ticket);
	rpc_tls_destroy(channel->tls);
	arena_finish(&channel->arena);
	channel->magic = 0;
	free(channel);
	if (done != NULL)
		done(context);
}
