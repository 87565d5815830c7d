/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One RTM_NEWQDISC or RTM_NEWTCLASS of any bytes, parsed and written as both. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/qdisc/tc_metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct nlmsghdr *message, struct batch *batch)
{
	static const struct device device = { 1, 4, "eth0" };
	struct tc_object object;

	if (tc_object_parse(message, &object) < 0)
		return;
	assert(object.kind_length < TC_KIND_SIZE);
	assert(strlen(object.kind) == object.kind_length);
	(void)tc_kind_classes(object.kind);
	tc_write_qdisc(&object, &device, NULL, batch);
	tc_write_class(&object, &device, NULL, batch);
	assert(batch->n_series <= 14);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct batch *batch;
	struct nlmsghdr *message = malloc(size);

	if (!batch)
		batch = batch_new(SIZE_MAX);
	if (batch && message && size >= sizeof(*message)) {
		memcpy(message, data, size);
		message->nlmsg_len = (uint32_t)size;
		batch_reset(batch, SIZE_MAX);
		check(message, batch);
	}
	free(message);
	return 0;
}
