/* GetLife, for the commands that show it. */
#include "client/admin/reviews_ask.h"

#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"

int reviews_ask_life(struct admin *admin, const char *number,
                     const Duban__V1__GetLifeResponse **ret_life)
{
	Duban__V1__GetLifeRequest request = DUBAN__V1__GET_LIFE_REQUEST__INIT;
	ProtobufCMessage *message;
	int code;

	request.number = arena_strdup(&admin->arena, number);
	if (request.number == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	code = admin_call(admin, "Reviews/GetLife", &request.base,
	                  &duban__v1__get_life_response__descriptor, &message);
	if (code == ADMIN_OK)
		*ret_life = (const Duban__V1__GetLifeResponse *)message;
	return code;
}
