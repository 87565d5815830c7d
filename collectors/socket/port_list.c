/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/port_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"

#define DIGITS   "0123456789"
#define PORT_MAX 65535

/* A port at the beginning of the text, at most 5 digits; the rest of the text, or NULL. */
static const char *port_parse(const char *text, uint16_t *ret_port)
{
	size_t n = strspn(text, DIGITS);
	unsigned long port;

	if (n == 0 || n > 5)
		return NULL;
	port = strtoul(text, NULL, 10);
	if (port > PORT_MAX)
		return NULL;
	*ret_port = (uint16_t)port;
	return text + n;
}

static int port_range_parse(const char *text, struct port_range *ret_range, struct reason *reason)
{
	struct port_range range = { 0 };
	const char *rest = port_parse(text, &range.first);

	range.last = range.first;
	if (rest && *rest == '-')
		rest = port_parse(rest + 1, &range.last);
	if (!rest || *rest != '\0')
		return reason_set(reason, -EINVAL, "expected a port or a range: 443, 8000-8999");
	if (range.first > range.last)
		return reason_set(reason, -EINVAL, "the range ends before it begins");
	*ret_range = range;
	return 0;
}

int port_range_check(const char *text, struct reason *reason)
{
	struct port_range range;

	return port_range_parse(text, &range, reason);
}

int port_list_init(struct port_list *list, const struct string_list *texts)
{
	struct reason reason;

	*list = (struct port_list){ .ranges = calloc(texts->n + 1, sizeof(*list->ranges)) };
	if (!list->ranges)
		return -ENOMEM;
	for (size_t i = 0; i < texts->n; i++)
		if (port_range_parse(texts->values[i], &list->ranges[list->n], &reason) == 0)
			list->n++;
	return 0;
}

void port_list_clear(struct port_list *list)
{
	free(list->ranges);
	*list = (struct port_list){ 0 };
}

size_t port_list_find(const struct port_list *list, uint16_t port)
{
	size_t i = 0;

	while (i < list->n && (port < list->ranges[i].first || port > list->ranges[i].last))
		i++;
	return i;
}
