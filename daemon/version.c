/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/version.h"

#include <jansson.h>
#include <microhttpd.h>

#include "daemon/revision.h"

void version_print(FILE *file)
{
	(void)fprintf(file, "txpathd %s (%s)\nlibmicrohttpd %s, jansson %s\n", TXPATHD_VERSION,
	              TXPATHD_REVISION, MHD_get_version(), jansson_version_str());
}
