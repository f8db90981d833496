/* Opening the signing key. What can go wrong is the operator's to mend. */
#include "client/agent/signing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "client/why.h"
#include "model/identity.h"

static int check_file(const char *path);

int signing_open(struct agent *agent, struct signer **ret_signer)
{
	const struct settings *settings = &agent->settings;
	AUTO(signer_closep) struct signer *signer = NULL;
	const struct identity *identity;
	const char *why = "";

	if (check_file(settings->signer_certificate) != AGENT_OK ||
	    check_file(settings->signer_key) != AGENT_OK)
		return AGENT_FAILED;
	if (signer_open(settings->signer_key, settings->signer_certificate, &signer,
	                &why) < 0)
		return agent_error(_("签名证书或私钥不可用：%s"),
		                   why_text(&agent->arena, why));
	identity = signer_identity(signer);
	if (identity->kind != IDENTITY_DISTRICT || identity->role != ROLE_SIGNER ||
	    strcmp(identity->unit, settings->unit) != 0)
		return agent_error(_("签名证书属于 %s，不是本单位 %s 的签名证书"),
		                   identity->uri, settings->unit);
	*ret_signer = TAKE(signer);
	return AGENT_OK;
}

/* OpenSSL does not say why a file cannot be opened. A URI is for it alone to judge. */
static int check_file(const char *path)
{
	if (path[strcspn(path, ":/")] == ':' || access(path, R_OK) == 0)
		return AGENT_OK;
	return agent_error(_("签名证书或私钥 %s 无法读取：%s"), path, text_errno(errno));
}
