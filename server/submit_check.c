/*
 * Checks of a submitted report, before any plan is asked:
 *
 *	size -> (worker) seal -> payload -> one unit: caller, signer, report
 *
 * Who signed comes before what it says: the payload is read only when the seal holds.
 * The exception is a certificate that is no longer good: such a report may have been
 * acknowledged while it was, and its id is needed to find that receipt.
 */
#include "server/submit_check.h"

#include <string.h>

#include "base/err.h"

static void read_report(struct submit_check *check, struct findings *findings);
static void found_seal(struct findings *findings, int err);
static int found_unit(struct findings *findings, const char *rule, const char *field,
                      const char *found, const char *allowed, const char *text);
static void refusal(struct findings *findings, const char *rule, const char *field,
                    const char *found, const char *allowed, const char *text);

int submit_check_size(const struct envelope *envelope, struct findings *findings)
{
	if (envelope->payload.len > REPORT_BYTES_MAX) {
		refusal(findings, "D-70", "report.payload",
		        arena_printf(findings->arena, "%zu字节", envelope->payload.len),
		        arena_printf(findings->arena, "≤%d字节", REPORT_BYTES_MAX),
		        "报表内容超过允许的大小，未入库。请压缩文字说明后重报。");
		return E_LIMIT;
	}
	if (envelope->key_hint.len > SUBMIT_HINT_MAX ||
	    envelope->signature.len > SEAL_SIGNATURE_MAX) {
		refusal(findings, "D-70", "report.signature", "", "",
		        "签名或密钥标识超过允许的大小，未入库。请检查报送程序。");
		return E_LIMIT;
	}
	return 0;
}

void submit_check_run(struct submit_check *check)
{
	struct findings unread;

	sha256(check->envelope->payload, check->hash);
	check->status = seal_verify(check->trust, check->envelope, REPORT_PAYLOAD_TYPE,
	                            check->wall_at, &check->signer);
	if (check->status == 0) {
		read_report(check, check->findings);
		return;
	}
	found_seal(check->findings, check->status);
	if (check->status == E_CERTIFICATE || check->status == E_REVOKED) {
		int status = check->status;

		findings_init(&unread, check->arena);
		read_report(check, &unread);
		check->status = status;
	}
}

static void read_report(struct submit_check *check, struct findings *findings)
{
	const struct report *report;

	check->status =
		report_decode(check->arena, check->envelope->payload, findings, &report);
	if (check->status == 0)
		check->report = report;
}

static void found_seal(struct findings *findings, int err)
{
	if (err == E_CERTIFICATE)
		refusal(findings, "D-72", "report.certificates", "", "",
		        "签名证书不可接受：不是本系统签发的签名证书，或不在有效期内。未入"
		        "库。"
		        "请联系局办公室更换签名证书后重报。");
	else if (err == E_REVOKED)
		refusal(findings, "D-73", "report.certificates", "", "",
		        "签名证书已被吊销，未入库。请联系局办公室换发签名证书后重报。");
	else if (err == E_SIGNATURE)
		refusal(findings, "D-71", "report.signature", "", "",
		        "签名未通过验证：报表内容与签名不符，或签名不是由所附证书作出。未"
		        "入库。"
		        "请用原稿重新签名报送。");
	else if (err == E_SYNTAX)
		submit_found_envelope(findings);
}

void submit_found_envelope(struct findings *findings)
{
	refusal(findings, "D-70", "report", "", REPORT_PAYLOAD_TYPE,
	        "报送件的格式不符：内容类型、签名算法或所附证书不能识别。未入库。"
	        "请检查报送程序的版本。");
}

int submit_check_unit(const struct submit_check *check, const struct identity *caller)
{
	const struct report *report = check->report;
	const struct identity *signer = &check->signer;

	if (strcmp(report->unit, caller->unit) != 0)
		return found_unit(
			check->findings, "D-74", "unit", report->unit, caller->unit,
			"报送证书与报表的填报单位不一致，不能代其他单位报送。未入库。");
	if (signer->kind != IDENTITY_DISTRICT ||
	    strcmp(signer->unit, report->unit) != 0 ||
	    strcmp(signer->domain, caller->domain) != 0)
		return found_unit(check->findings, "D-75", "report.certificates",
		                  signer->path, caller->path,
		                  "签名证书不属于填报单位，未入库。请用本单位的签名证书签"
		                  "名后重报。");
	return 0;
}

static int found_unit(struct findings *findings, const char *rule, const char *field,
                      const char *found, const char *allowed, const char *text)
{
	refusal(findings, rule, field, found, allowed, text);
	return E_DENIED;
}

void submit_found_no_plan(struct findings *findings, const char *plan)
{
	refusal(findings, "D-76", "plan", plan, "",
	        "没有这个方案，未入库。请核对报表所属方案的编号。");
}

void submit_found_version(struct findings *findings, uint32_t named, uint32_t current)
{
	refusal(findings, "D-77", "plan_version",
	        arena_printf(findings->arena, "%u", named),
	        arena_printf(findings->arena, "1～%u", current),
	        "报表所依据的方案版本不存在，未入库。请更新方案后重新填报。");
}

void submit_found_earlier(struct findings *findings, const char *number)
{
	refusal(findings, RULE_EARLIER, "report_id", number, "",
	        arena_printf(findings->arena,
	                     "本报告期已有报表入库（回执编号：%"
	                     "s），或同一报送编号已用于其他内容。"
	                     "未入库，已收妥的报表不受影响。需要更正的，请写明所替换的"
	                     "回执编号和原因后重报。",
	                     number));
}

static void refusal(struct findings *findings, const char *rule, const char *field,
                    const char *found, const char *allowed, const char *text)
{
	findings_add(findings, &(struct finding){.rule = rule,
	                                         .severity = SEVERITY_REFUSAL,
	                                         .field = field,
	                                         .found = found,
	                                         .allowed = allowed,
	                                         .text = text});
}
