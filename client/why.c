/* The usual troubles of a connection, in words for people. The rare ones stay English:
 * who gets to see them looks them up by those words. */
#include "client/why.h"

#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"

/* clang-format off */
static const struct {
	const char *phrase, *text;
} words[] = { /* a phrase before those that are in it */
	/* libuv */
	{"connection refused", N_("对方拒绝连接")},
	{"connection timed out", N_("连接超时")},
	{"connection reset by peer", N_("对方断开了连接")},
	{"network is unreachable", N_("网络不通")},
	{"host is unreachable", N_("对方主机不通")},
	{"unknown node or service", N_("没有这个主机名")},
	{"temporary failure", N_("暂时查不到这个主机名")},
	/* OpenSSL */
	{"unable to get local issuer certificate", N_("对方的证书不是所配置的 CA 签发的")},
	{"self-signed certificate in certificate chain", N_("对方的证书不是所配置的 CA 签发的")},
	{"certificate signature failure", N_("对方的证书不是所配置的 CA 签发的")},
	{"certificate has expired", N_("对方的证书已过期")},
	{"certificate is not yet valid", N_("对方的证书尚未生效，请核对本机时间")},
	{"certificate revoked", N_("证书已吊销")},
	{"hostname mismatch", N_("对方的证书上没有所配置的名称（server_name）")},
	{"certificate verify failed", N_("对方的证书未通过验证")},
	{"wrong version number", N_("对方不使用 TLS")},
	/* rpc */
	{"cannot read the CRL", N_("吊销列表无法读取")},
	{"cannot read", N_("无法读取")},
	{"not a certificate chain in PEM", N_("不是 PEM 格式的证书")},
	{"not certificates in PEM", N_("不是 PEM 格式的证书")},
	{"not CRLs in PEM", N_("不是 PEM 格式的吊销列表")},
	{"the CRL is not signed by its CA", N_("吊销列表不是这个 CA 签发的")},
	{"the key is not the certificate's", N_("私钥与证书不配套")},
	{"peers need a CA file", N_("没有配置 CA 证书")},
	{"the peer does not speak HTTP/2", N_("对方不使用 HTTP/2")},
	{"the certificate's URI names are not acceptable", N_("对方的证书不是中心端节点的证书")},
};
/* clang-format on */

const char *why_text(struct arena *arena, const char *why)
{
	for (size_t i = 0; why != NULL && i < ARRAY_LEN(words); i++) {
		const char *at = strstr(why, words[i].phrase);
		const char *text;

		if (at == NULL)
			continue;
		text = arena_printf(arena, "%.*s%s%s", (int)(at - why), why,
		                    _(words[i].text), at + strlen(words[i].phrase));
		return text != NULL ? text : why;
	}
	return why;
}
