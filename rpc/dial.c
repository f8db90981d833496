/*
 * One attempt to connect:
 *
 *	for each address:  unix -> link
 *	                   numeric -> link
 *	                   name -> getaddrinfo ~ ~> link for each result
 *
 * A link that fails comes back for the next one; when there is none left, the
 * channel backs off.
 */
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/channel_state.h"

static int try_address(struct rpc_channel *channel, const char *text);
static int try_numeric(struct rpc_channel *channel, const struct sockaddr *numeric);
static int try_found(struct rpc_channel *channel);
static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *found);
static void forget_found(struct dial *dial);

void dial_begin(struct rpc_channel *channel)
{
	channel->dial.next_address = 0;
	channel->dial.since = engine_now(&channel->engine);
	dial_next(channel);
}

void dial_next(struct rpc_channel *channel)
{
	struct dial *dial = &channel->dial;

	CHECK(!dial->resolving && channel->link == NULL);
	while (dial->next != NULL)
		if (try_found(channel) == 0)
			return;
	forget_found(dial);
	while (channel->options.addresses[dial->next_address] != NULL)
		if (try_address(channel,
		                channel->options.addresses[dial->next_address++]) == 0)
			return;
	channel_dial_failed(channel);
}

void dial_cancel(struct rpc_channel *channel)
{
	forget_found(&channel->dial);
	if (channel->dial.resolving)
		(void)uv_cancel((uv_req_t *)&channel->dial.resolve);
}

static int try_address(struct rpc_channel *channel, const char *text)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct address address;
	struct sockaddr_storage numeric;

	CHECK(address_parse(text, &address) == 0); /* rpc_channel_create() did it too */
	if (address.is_unix)
		return link_open(channel, NULL, address.host);
	if (address_numeric(&address, &numeric) == 0)
		return try_numeric(channel, (struct sockaddr *)&numeric);
	if (uv_getaddrinfo(channel->engine.loop, &channel->dial.resolve, on_resolved,
	                   address.host, address.port, &hints) < 0) {
		channel_say(channel, "the name cannot be looked up");
		return E_IO;
	}
	channel->dial.resolving = true;
	return 0;
}

static int try_numeric(struct rpc_channel *channel, const struct sockaddr *numeric)
{
	if (channel->tls == NULL && !address_is_loopback(numeric)) {
		channel_say(channel, "cleartext is for loopback addresses only");
		return E_DENIED;
	}
	return link_open(channel, numeric, NULL);
}

static int try_found(struct rpc_channel *channel)
{
	struct addrinfo *one = channel->dial.next;

	channel->dial.next = one->ai_next;
	return try_numeric(channel, one->ai_addr);
}

static void on_resolved(uv_getaddrinfo_t *resolve, int status, struct addrinfo *found)
{
	struct rpc_channel *channel =
		container_of(resolve, struct rpc_channel, dial.resolve);
	char why[CHANNEL_WHY_MAX];

	CHECK_MAGIC(channel, RPC_CHANNEL_MAGIC);
	channel->dial.resolving = false;
	if (channel->closing) {
		uv_freeaddrinfo(found);
		channel_check_quiet(channel);
		return;
	}
	if (status < 0) {
		(void)snprintf(why, sizeof(why), "%s: %s",
		               channel->options.addresses[channel->dial.next_address - 1],
		               uv_strerror(status));
		channel_say(channel, why);
	}
	channel->dial.found = found;
	channel->dial.next = found;
	dial_next(channel);
}

static void forget_found(struct dial *dial)
{
	uv_freeaddrinfo(TAKE(dial->found));
	dial->next = NULL;
}
