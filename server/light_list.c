/*
 * ListLights:
 *
 *	number -> store ~ ~> records as they were stored -> answer
 *
 * What can go wrong: a record that cannot be read any more (E_CORRUPT: the operator looks
 * at the database), or the database is away.
 */
#include "server/light_list.h"

#include "duban/v1/board.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/wire.h"
#include "rpc/call.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_light.h"

/* One ListLights in flight. Lives in the call's arena. */
struct light_list {
	unsigned magic;
#define LIGHT_LIST_MAGIC 0x51c08be3U
	struct rpc_call *call;
	struct store_lights_of of;
};

static int ask(struct light_list *list, struct server *srv,
               const Duban__V1__ListLightsRequest *request, struct refusal *refusal);
static void on_found(struct store_lights_of *of, int status);
static int answer(struct light_list *list);
static int write_light(struct arena *arena, const struct given_light *light,
                       Duban__V1__GivenLight **ret_message);

void light_list_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct light_list *list = arena_new(rpc_call_arena(call), struct light_list);
	struct refusal refusal = {.field = "request"};
	ProtobufCMessage *message;
	int r = list != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = service_read(call, &duban__v1__list_lights_request__descriptor, body,
		                 &message, &refusal.why);
	if (r == 0) {
		list->magic = LIGHT_LIST_MAGIC;
		list->call = call;
		r = ask(list, srv, (const Duban__V1__ListLightsRequest *)message,
		        &refusal);
	}
	refusal.err = r;
	if (r < 0)
		refuse_call(call, &refusal);
}

static int ask(struct light_list *list, struct server *srv,
               const Duban__V1__ListLightsRequest *request, struct refusal *refusal)
{
	struct store_lights_of *of = &list->of;

	if (request->number[0] == '\0') {
		refusal->field = "number";
		refusal->why = "请给出回执编号。";
		return E_SYNTAX;
	}
	of->number = request->number;
	of->arena = rpc_call_arena(list->call);
	of->done = on_found;
	return store_lights_of(srv->store, of);
}

static void on_found(struct store_lights_of *of, int status)
{
	struct light_list *list = container_of(of, struct light_list, of);

	CHECK_MAGIC(list, LIGHT_LIST_MAGIC);
	list->magic = 0;
	if (status == 0)
		status = answer(list);
	if (status < 0)
		refuse(list->call, status, NULL);
}

static int answer(struct light_list *list)
{
	Duban__V1__ListLightsResponse message = DUBAN__V1__LIST_LIGHTS_RESPONSE__INIT;
	const struct store_lights_of *of = &list->of;

	message.complete = !of->more;
	message.lights = arena_new_array(of->arena, of->count, Duban__V1__GivenLight *);
	if (message.lights == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < of->count; i++) {
		int r = write_light(of->arena, &of->lights[i], &message.lights[i]);

		if (r < 0)
			return r;
		message.n_lights++;
	}
	service_reply(list->call, &message.base);
	return 0;
}

static int write_light(struct arena *arena, const struct given_light *light,
                       Duban__V1__GivenLight **ret_message)
{
	Duban__V1__GivenLight *message = arena_new(arena, Duban__V1__GivenLight);
	ProtobufCMessage *record;
	int r;

	if (message == NULL)
		return E_NOMEM;
	r = wire_unpack(arena, &duban__v1__light_record__descriptor, light->record,
	                WIRE_LENIENT, &record, NULL);
	if (r < 0)
		return r == E_SYNTAX ? E_CORRUPT : r;
	duban__v1__given_light__init(message);
	message->record = (Duban__V1__LightRecord *)record;
	message->decided_at = light->decided_at;
	*ret_message = message;
	return 0;
}
