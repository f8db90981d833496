/*
 * Errors in words for people. err_text() has the words for logs and for the wire; libc
 * knows only English on a machine without a Chinese locale.
 */
#include "base/text.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

struct row {
	int code;
	const char *text;
};

static const struct row errs[] = {
	{0, N_("成功")},
	{E_NOMEM, N_("内存不足，或超出本次操作的内存限额")},
	{E_IO, N_("读写失败")},
	{E_SYNTAX, N_("写法不对")},
	{E_RANGE, N_("超出允许的范围")},
	{E_LIMIT, N_("超过大小限制")},
	{E_NOT_FOUND, N_("没有找到")},
	{E_EXISTS, N_("已经存在，且内容不同")},
	{E_DENIED, N_("没有这项权限")},
	{E_ANONYMOUS, N_("未能证明身份")},
	{E_SIGNATURE, N_("签名不符")},
	{E_CERTIFICATE, N_("证书不可接受")},
	{E_REVOKED, N_("证书已吊销")},
	{E_REFUSED, N_("未通过方案规定的审核")},
	{E_STATE, N_("目前的状态下不能这样做")},
	{E_BUSY, N_("正忙，请稍后重试")},
	{E_DOWN, N_("所需的服务目前连不上")},
	{E_UNKNOWN, N_("结果不明，请再查询一次")},
	{E_TIMEOUT, N_("超过规定时间没有完成")},
	{E_CANCELLED, N_("已取消")},
	{E_UNSUPPORTED, N_("不支持")},
	{E_VERSION, N_("版本不受支持")},
	{E_CORRUPT, N_("保存的数据已损坏")},
	{E_PROTOCOL, N_("对方没有遵守通信协议")},
	{E_INTERNAL, N_("程序内部错误")},
};

static const struct row errnos[] = {
	{ENOENT, N_("没有这个文件或文件夹")},
	{EACCES, N_("没有权限")},
	{EPERM, N_("不允许这样做")},
	{EISDIR, N_("这是文件夹，不是文件")},
	{ENOTDIR, N_("路径中有一段不是文件夹")},
	{EEXIST, N_("已经存在")},
	{ENOSPC, N_("磁盘已满")},
	{EDQUOT, N_("超出磁盘限额")},
	{EROFS, N_("磁盘只读")},
	{EIO, N_("磁盘读写错误")},
	{EFBIG, N_("文件过大")},
	{ELOOP, N_("符号链接层数过多，或绕成了圈")},
	{ENAMETOOLONG, N_("路径过长")},
	{EMFILE, N_("打开的文件过多")},
	{ENFILE, N_("打开的文件过多")},
	{ENOMEM, N_("内存不足")},
	{EPIPE, N_("接收输出的程序已经退出")},
	{ECONNREFUSED, N_("对方拒绝连接")},
	{ETIMEDOUT, N_("连接超时")},
	{EADDRINUSE, N_("地址已被占用")},
};

static const char *find(const struct row *rows, size_t count, int code)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].code == code)
			return _(rows[i].text);
	return NULL;
}

const char *text_err(int err)
{
	const char *text = find(errs, ARRAY_LEN(errs), err);

	return text != NULL ? text : text_err(E_INTERNAL);
}

/* Of the rare ones libc's words are better than none. */
const char *text_errno(int error)
{
	const char *text = find(errnos, ARRAY_LEN(errnos), error);

	return text != NULL ? text : strerror(error);
}
