/* SPDX-License-Identifier: MIT */
#include "tkinfo.h"
void dump_print(const struct info *info)
{
	(void)info;
}
