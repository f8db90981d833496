/*
 * A report as the centre gives it:
 *
 *	number -> GetReport -> signed bytes, receipt -> decode -> verify both
 *
 * Nothing is believed: what is shown was decoded from the signed bytes, and says what
 * could be verified here, against the CA of the settings. Signatures are judged at the
 * time at which they were made to count: that of the receipt.
 */
#include "client/admin/report_open.h"

#include <duban/v1/reports.pb-c.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/err.h"
#include "client/admin/admin.h"
#include "client/admin/call.h"
#include "model/wire.h"

#define CA_FILE_MAX (1024 * 1024)

static int read_report(struct admin *admin, const Duban__V1__GetReportResponse *answer,
                       struct opened_report *opened);
static int read_ca(struct admin *admin, struct trust **ret_trust);
static void verify(struct admin *admin, const struct trust *trust,
                   const Duban__V1__GetReportResponse *answer,
                   struct opened_report *opened);

int report_open(struct admin *admin, const char *number, struct opened_report *ret_opened)
{
	Duban__V1__GetReportRequest request = DUBAN__V1__GET_REPORT_REQUEST__INIT;
	struct opened_report opened = {.report = NULL};
	ProtobufCMessage *message;
	int code;

	request.key_case = DUBAN__V1__GET_REPORT_REQUEST__KEY_NUMBER;
	request.number = arena_strdup(&admin->arena, number);
	if (request.number == NULL)
		return admin_error("%s", text_err(E_NOMEM));
	code = admin_call(admin, "Reports/GetReport", &request.base,
	                  &duban__v1__get_report_response__descriptor, &message);
	if (code == ADMIN_OK)
		code = read_report(admin, (const Duban__V1__GetReportResponse *)message,
		                   &opened);
	if (code == ADMIN_OK)
		*ret_opened = opened;
	return code;
}

static int read_report(struct admin *admin, const Duban__V1__GetReportResponse *answer,
                       struct opened_report *opened)
{
	AUTO(trust_unrefp) struct trust *trust = NULL;
	struct findings findings;
	int code;

	findings_init(&findings, &admin->arena);
	if (answer->report == NULL || answer->receipt == NULL ||
	    wire_envelope_read(answer->report, &opened->envelope) < 0 ||
	    report_decode(&admin->arena, opened->envelope.payload, &findings,
	                  &opened->report) < 0)
		return admin_error(_("中心端给出的月报无法读取：%s"),
		                   findings_first(&findings));
	code = read_ca(admin, &trust);
	if (code == ADMIN_OK)
		verify(admin, trust, answer, opened);
	return code;
}

static int read_ca(struct admin *admin, struct trust **ret_trust)
{
	AUTO(closep) int fd = open(admin->settings.ca, O_RDONLY | O_CLOEXEC);
	const char *why = "";
	char *text = NULL;
	ssize_t len = -1;

	if (fd >= 0)
		text = arena_alloc(&admin->arena, CA_FILE_MAX);
	if (text != NULL)
		len = read(fd, text, CA_FILE_MAX);
	if (len < 0)
		return admin_error(_("CA 证书 %s 无法读取：%s"), admin->settings.ca,
		                   text_errno(errno));
	if (trust_create(bytes_of(text, (size_t)len), bytes_of(NULL, 0), ret_trust,
	                 &why) < 0)
		return admin_error(_("CA 证书 %s：%s"), admin->settings.ca, why);
	return ADMIN_OK;
}

static void verify(struct admin *admin, const struct trust *trust,
                   const Duban__V1__GetReportResponse *answer,
                   struct opened_report *opened)
{
	struct identity signer;
	struct bytes receipt;
	int64_t at = time(NULL);
	int r = wire_pack(&admin->arena, &answer->receipt->base, &receipt);

	if (r == 0)
		r = receipt_verify(&admin->arena, trust, receipt, opened->report->id,
		                   opened->envelope.payload, at, &opened->receipt);
	opened->receipt_signature = r;
	if (r == 0)
		at = opened->receipt->wall_received_at / 1000;
	opened->signature =
		seal_verify(trust, &opened->envelope, REPORT_PAYLOAD_TYPE, at, &signer);
}

const char *report_verdict(const struct admin *admin, int result)
{
	if (admin->json)
		return result == 0 ? "valid" : err_name(result);
	return result == 0 ? _("有效") : text_err(result);
}
