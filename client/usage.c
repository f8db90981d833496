/* popt's own words are English only on a machine without a Chinese locale. */
#include "client/usage.h"

#include <popt.h>

#include "base/text.h"

const char *usage_error(int error)
{
	switch (error) {
	case POPT_ERROR_BADOPT:
		return _("没有这个选项");
	case POPT_ERROR_NOARG:
		return _("后面缺少内容");
	case POPT_ERROR_UNWANTEDARG:
		return _("后面不能带内容");
	case POPT_ERROR_BADNUMBER:
		return _("后面应为整数");
	case POPT_ERROR_OVERFLOW:
		return _("后面的数过大或过小");
	case POPT_ERROR_BADQUOTE:
		return _("引号没有闭合");
	default:
		return poptStrerror(error);
	}
}
