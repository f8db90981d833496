/*
 * Each request of a stream, answered from the descriptors that were embedded:
 *
 *	request -> which question? -> files, numbers or names -> response
 *	                           \-> no such thing -> an error inside the response
 *
 * v1 and v1alpha are the same on the wire, so both paths have one handler. A client that
 * asks faster than it reads is paused.
 */
#include "rpc/reflection.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "grpc/reflection/v1/reflection.rpc.h"

#define V1ALPHA_PATH "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
/* One answer in the making: names and pointers, the descriptors themselves are static. */
#define ANSWER_MEMORY_MAX (1024 * 1024)

struct rpc_reflection {
	struct grpc_reflection_v1_server_reflection service;
	const struct rpc_descriptor_set *const *sets;
	struct rpc_method methods[3];
};

/* An answer and where it is put together. */
struct answer {
	struct arena arena;
	Grpc__Reflection__V1__ServerReflectionResponse message;
	Grpc__Reflection__V1__FileDescriptorResponse files;
	Grpc__Reflection__V1__ExtensionNumberResponse numbers;
	Grpc__Reflection__V1__ListServiceResponse list;
	Grpc__Reflection__V1__ErrorResponse error;
	size_t capacity; /* of the one array that grows */
};

static void on_request(struct grpc_reflection_v1_server_reflection *service,
                       struct rpc_call *call,
                       const Grpc__Reflection__V1__ServerReflectionRequest *request);
static void on_writable(struct grpc_reflection_v1_server_reflection *service,
                        struct rpc_call *call);
static void on_half_closed(struct grpc_reflection_v1_server_reflection *service,
                           struct rpc_call *call);
static void answer_init(struct answer *answer,
                        const Grpc__Reflection__V1__ServerReflectionRequest *request);
static int reply(const struct rpc_reflection *reflection, const struct rpc_call *call,
                 const Grpc__Reflection__V1__ServerReflectionRequest *request,
                 struct answer *answer);
static int give_file(struct answer *answer, const struct rpc_descriptor_set *set,
                     const struct rpc_descriptor *file);
static int add_imports(struct answer *answer, const struct rpc_descriptor_set *set,
                       const struct rpc_descriptor *file);
static int add_file(struct answer *answer, const struct rpc_descriptor *file);
static int file_of_symbol(const struct rpc_reflection *reflection, struct answer *answer,
                          const char *symbol);
static int file_of_name(const struct rpc_reflection *reflection, struct answer *answer,
                        const char *name);
static int file_of_extension(const struct rpc_reflection *reflection,
                             struct answer *answer,
                             const Grpc__Reflection__V1__ExtensionRequest *wanted);
static bool extends(const struct rpc_descriptor *file,
                    const Grpc__Reflection__V1__ExtensionRequest *wanted);
static int give_numbers(const struct rpc_reflection *reflection, struct answer *answer,
                        const char *type);
static int add_numbers(struct answer *answer, const struct rpc_descriptor *file,
                       const char *type);
static int give_services(const struct rpc_method *const *tables, struct answer *answer);
static int add_services(const struct rpc_method *table, struct answer *answer);
static int add_service(struct answer *answer, struct bytes name);
static void give_error(struct answer *answer, enum rpc_code code, const char *text);
static bool has_name(const char *const *names, const char *name);

static const struct grpc_reflection_v1_server_reflection_handlers handlers = {
	.server_reflection_info = {.message = on_request,
                                   .writable = on_writable,
                                   .half_closed = on_half_closed},
};

/* protobuf-c has no const; what is packed and thrown away may be lent. */
static char *lend(const char *text)
{
	union {
		const char *lent;
		char *borrowed;
	} view = {.lent = text};

	return view.borrowed;
}

int rpc_reflection_create(const struct rpc_descriptor_set *const *sets,
                          const struct rpc_typed_options *options,
                          struct rpc_reflection **ret_reflection)
{
	struct rpc_reflection *reflection = calloc(1, sizeof(*reflection));

	if (reflection == NULL)
		return E_NOMEM;
	grpc_reflection_v1_server_reflection_init(&reflection->service, &handlers,
	                                          options);
	reflection->sets = sets;
	reflection->methods[0] = reflection->methods[1] = reflection->service.methods[0];
	reflection->methods[1].path = V1ALPHA_PATH;
	*ret_reflection = reflection;
	return 0;
}

void rpc_reflection_destroy(struct rpc_reflection *reflection)
{
	free(reflection);
}

const struct rpc_method *rpc_reflection_methods(const struct rpc_reflection *reflection)
{
	return reflection->methods;
}

static void on_request(struct grpc_reflection_v1_server_reflection *service,
                       struct rpc_call *call,
                       const Grpc__Reflection__V1__ServerReflectionRequest *request)
{
	const struct rpc_reflection *reflection =
		container_of(service, struct rpc_reflection, service);
	struct answer answer;
	int r;

	answer_init(&answer, request);
	r = reply(reflection, call, request, &answer);
	if (r == E_NOT_FOUND)
		give_error(&answer, RPC_NOT_FOUND, "there is no such thing");
	else if (r == E_SYNTAX)
		give_error(&answer, RPC_INVALID_ARGUMENT, "the request asks nothing");
	if (r != E_NOMEM)
		r = grpc_reflection_v1_server_reflection_server_reflection_info_send(
			call, &answer.message);
	if (r == E_BUSY)
		rpc_call_pause(call);
	else if (r < 0)
		rpc_call_refuse(call, (enum rpc_code)err_grpc(r), err_text(r));
	arena_finish(&answer.arena);
}

static void on_writable(struct grpc_reflection_v1_server_reflection *service,
                        struct rpc_call *call)
{
	(void)service;
	rpc_call_resume(call);
}

static void on_half_closed(struct grpc_reflection_v1_server_reflection *service,
                           struct rpc_call *call)
{
	struct rpc_status ok = {.code = RPC_OK};

	(void)service;
	rpc_call_finish(call, &ok);
}

static void answer_init(struct answer *answer,
                        const Grpc__Reflection__V1__ServerReflectionRequest *request)
{
	union {
		const Grpc__Reflection__V1__ServerReflectionRequest *lent;
		Grpc__Reflection__V1__ServerReflectionRequest *borrowed;
	} view = {.lent = request};

	answer->capacity = 0;
	arena_init(&answer->arena, ANSWER_MEMORY_MAX);
	grpc__reflection__v1__server_reflection_response__init(&answer->message);
	grpc__reflection__v1__file_descriptor_response__init(&answer->files);
	grpc__reflection__v1__extension_number_response__init(&answer->numbers);
	grpc__reflection__v1__list_service_response__init(&answer->list);
	grpc__reflection__v1__error_response__init(&answer->error);
	answer->message.valid_host = request->host;
	answer->message.original_request = view.borrowed;
}

/* E_SYNTAX: no question; E_NOT_FOUND; E_NOMEM. */
static int reply(const struct rpc_reflection *reflection, const struct rpc_call *call,
                 const Grpc__Reflection__V1__ServerReflectionRequest *request,
                 struct answer *answer)
{
	switch (request->message_request_case) {
	case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
		return file_of_name(reflection, answer, request->file_by_filename);
	case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
		return file_of_symbol(reflection, answer,
		                      request->file_containing_symbol);
	case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
		return file_of_extension(reflection, answer,
		                         request->file_containing_extension);
	case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
		return give_numbers(reflection, answer,
		                    request->all_extension_numbers_of_type);
	case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
		return give_services(rpc_call_services(call), answer);
	default:
		return E_SYNTAX;
	}
}

static int file_of_name(const struct rpc_reflection *reflection, struct answer *answer,
                        const char *name)
{
	for (const struct rpc_descriptor_set *const *set = reflection->sets; *set != NULL;
	     set++)
		for (size_t i = 0; i < (*set)->count; i++)
			if (strcmp((*set)->files[i].name, name) == 0)
				return give_file(answer, *set, &(*set)->files[i]);
	return E_NOT_FOUND;
}

static int file_of_symbol(const struct rpc_reflection *reflection, struct answer *answer,
                          const char *symbol)
{
	for (const struct rpc_descriptor_set *const *set = reflection->sets; *set != NULL;
	     set++)
		for (size_t i = 0; i < (*set)->count; i++)
			if (has_name((*set)->files[i].symbols, symbol))
				return give_file(answer, *set, &(*set)->files[i]);
	return E_NOT_FOUND;
}

static int file_of_extension(const struct rpc_reflection *reflection,
                             struct answer *answer,
                             const Grpc__Reflection__V1__ExtensionRequest *wanted)
{
	for (const struct rpc_descriptor_set *const *set = reflection->sets; *set != NULL;
	     set++)
		for (size_t i = 0; i < (*set)->count; i++)
			if (extends(&(*set)->files[i], wanted))
				return give_file(answer, *set, &(*set)->files[i]);
	return E_NOT_FOUND;
}

static bool extends(const struct rpc_descriptor *file,
                    const Grpc__Reflection__V1__ExtensionRequest *wanted)
{
	for (size_t i = 0; file->extensions[i].extendee != NULL; i++)
		if (file->extensions[i].number == wanted->extension_number &&
		    strcmp(file->extensions[i].extendee, wanted->containing_type) == 0)
			return true;
	return false;
}

/* With all that it imports: a client can use it at once. */
static int give_file(struct answer *answer, const struct rpc_descriptor_set *set,
                     const struct rpc_descriptor *file)
{
	int r = add_file(answer, file);

	if (r == 0)
		r = add_imports(answer, set, file);
	answer->message.message_response_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
	answer->message.file_descriptor_response = &answer->files;
	return r;
}

/* Imports stand before who imports them, so one pass from the back finds all: a file is
 * wanted if one that was added imports it. */
static int add_imports(struct answer *answer, const struct rpc_descriptor_set *set,
                       const struct rpc_descriptor *file)
{
	size_t last = (size_t)(file - set->files);
	bool *wanted = arena_new_array(&answer->arena, last + 1, bool);
	int r = wanted == NULL ? E_NOMEM : 0;

	for (size_t i = last + 1; i-- > 0 && r == 0;) {
		if (i != last && !wanted[i])
			continue;
		for (size_t k = 0; k < i; k++)
			wanted[k] |= has_name(set->files[i].imports, set->files[k].name);
		if (i != last)
			r = add_file(answer, &set->files[i]);
	}
	return r;
}

static int add_file(struct answer *answer, const struct rpc_descriptor *file)
{
	union {
		const uint8_t *lent;
		uint8_t *borrowed;
	} view = {.lent = file->file.data};
	ProtobufCBinaryData *files =
		arena_grow(&answer->arena, answer->files.file_descriptor_proto,
	                   answer->files.n_file_descriptor_proto, &answer->capacity,
	                   sizeof(*files));

	if (files == NULL)
		return E_NOMEM;
	files[answer->files.n_file_descriptor_proto++] =
		(ProtobufCBinaryData){.len = file->file.len, .data = view.borrowed};
	answer->files.file_descriptor_proto = files;
	return 0;
}

static int give_numbers(const struct rpc_reflection *reflection, struct answer *answer,
                        const char *type)
{
	bool known = false;
	int r = 0;

	for (const struct rpc_descriptor_set *const *set = reflection->sets; *set != NULL;
	     set++)
		for (size_t i = 0; i < (*set)->count && r == 0; i++) {
			known |= has_name((*set)->files[i].symbols, type);
			r = add_numbers(answer, &(*set)->files[i], type);
		}
	answer->numbers.base_type_name = lend(type);
	answer->message.message_response_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE;
	answer->message.all_extension_numbers_response = &answer->numbers;
	return r == 0 && !known ? E_NOT_FOUND : r;
}

static int add_numbers(struct answer *answer, const struct rpc_descriptor *file,
                       const char *type)
{
	for (size_t i = 0; file->extensions[i].extendee != NULL; i++) {
		int32_t *numbers = answer->numbers.extension_number;

		if (strcmp(file->extensions[i].extendee, type) != 0)
			continue;
		numbers = arena_grow(&answer->arena, numbers,
		                     answer->numbers.n_extension_number,
		                     &answer->capacity, sizeof(*numbers));
		if (numbers == NULL)
			return E_NOMEM;
		numbers[answer->numbers.n_extension_number++] =
			file->extensions[i].number;
		answer->numbers.extension_number = numbers;
	}
	return 0;
}

static int give_services(const struct rpc_method *const *tables, struct answer *answer)
{
	int r = 0;

	answer->message.message_response_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
	answer->message.list_services_response = &answer->list;
	for (; *tables != NULL && r == 0; tables++)
		r = add_services(*tables, answer);
	return r;
}

/* From "/demo.Greeter/Greet" the middle; the methods of a service stand together. */
static int add_services(const struct rpc_method *table, struct answer *answer)
{
	struct bytes last = {NULL, 0};
	int r = 0;

	for (const struct rpc_method *row = table; row->path != NULL && r == 0; row++) {
		const char *begin = row->path + 1, *end = strchr(begin, '/');
		struct bytes name =
			bytes_of(begin, end != NULL ? (size_t)(end - begin) : 0);

		if (name.len > 0 && !bytes_equal(name, last))
			r = add_service(answer, name);
		last = name;
	}
	return r;
}

static int add_service(struct answer *answer, struct bytes name)
{
	Grpc__Reflection__V1__ServiceResponse *service =
		arena_new(&answer->arena, Grpc__Reflection__V1__ServiceResponse);
	Grpc__Reflection__V1__ServiceResponse **list =
		arena_grow(&answer->arena, answer->list.service, answer->list.n_service,
	                   &answer->capacity, sizeof(*list));
	char *text = arena_strndup(&answer->arena, name.data, name.len);

	if (service == NULL || list == NULL || text == NULL)
		return E_NOMEM;
	grpc__reflection__v1__service_response__init(service);
	service->name = text;
	list[answer->list.n_service++] = service;
	answer->list.service = list;
	return 0;
}

static void give_error(struct answer *answer, enum rpc_code code, const char *text)
{
	answer->error.error_code = (int32_t)code;
	answer->error.error_message = lend(text);
	answer->message.message_response_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
	answer->message.error_response = &answer->error;
}

static bool has_name(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}
