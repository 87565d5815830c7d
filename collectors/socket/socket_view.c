/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record of the batch is a detail and two names behind it. What a request wants is looked for
 * among the first ones by its order that the sample has kept; filters do not reach beyond them.
 */
#include "collectors/socket/socket_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/socket/socket_json.h"
#include "daemon/argument.h"
#include "daemon/utf8.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MAX     1000 /* an answer must not hold up the serving thread */

/* Writes a name as labels have it; its length. */
static uint32_t name_put(struct label name, char *text)
{
	if (name.length == 0)
		return 0;
	if (!utf8_is_valid(name.value, name.length))
		return (uint32_t)utf8_repair(name.value, name.length, text);
	memcpy(text, name.value, name.length);
	return (uint32_t)name.length;
}

void socket_view_leave(const struct socket_census *census, const struct namespace *namespace,
                       struct batch *batch)
{
	const struct label netns = namespace_label(namespace);

	for (size_t i = 0; i < census->top.n; i++) {
		const struct socket_detail *detail = &census->top.details[i];
		struct socket_record *record;
		struct label unit;
		size_t room;

		if (!detail->orders)
			continue;
		unit = owner_find(census->setup->owners, detail->message.cgroup_id);
		room = (unit.length + netns.length) * UTF8_REPAIR_GROWTH;
		record = batch_detail(batch, sizeof(*record) + room);
		if (!record)
			return;
		record->detail = *detail;
		record->unit_length = name_put(unit, record->names);
		record->netns_length = name_put(netns, record->names + record->unit_length);
	}
}

static const char *const order_names[SOCKET_ORDERS] = {
	[SOCKET_BY_SEND_QUEUE] = "send_queue",
	[SOCKET_BY_RETRANSMISSIONS] = "retransmissions",
	[SOCKET_BY_ROUND_TRIP] = "round_trip",
	[SOCKET_BY_STALL] = "stall",
};

struct question {
	enum socket_order order;
	size_t limit;
	const char *unit;  /* or NULL */
	const char *netns; /* or NULL */
	int64_t port;      /* or −1 */
};

/* A whole number from 0 to max, and nothing else. */
static bool number_parse(const char *text, uint64_t max, uint64_t *ret_number)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 9 || text[n] != '\0')
		return false;
	*ret_number = strtoull(text, NULL, 10);
	return *ret_number <= max;
}

static int parse_sort(const char *value, struct question *question, struct reason *reason)
{
	for (unsigned order = 0; order < SOCKET_ORDERS; order++) {
		if (strcmp(value, order_names[order]) == 0) {
			question->order = order;
			return 0;
		}
	}
	return reason_set(reason, -EINVAL,
	                  "sort: expected send_queue, retransmissions, round_trip or stall");
}

static int parse_limit(const char *value, struct question *question, struct reason *reason)
{
	uint64_t limit;

	if (!number_parse(value, LIMIT_MAX, &limit))
		return reason_set(reason, -EINVAL, "limit: expected a whole number up to %u",
		                  LIMIT_MAX);
	question->limit = limit;
	return 0;
}

static int parse_port(const char *value, struct question *question, struct reason *reason)
{
	uint64_t port;

	if (!number_parse(value, UINT16_MAX, &port))
		return reason_set(reason, -EINVAL, "port: expected a whole number up to %u",
		                  UINT16_MAX);
	question->port = (int64_t)port;
	return 0;
}

static int parse_unit(const char *value, struct question *question, struct reason *reason)
{
	(void)reason;
	question->unit = value;
	return 0;
}

static int parse_netns(const char *value, struct question *question, struct reason *reason)
{
	(void)reason;
	question->netns = value;
	return 0;
}

static const struct {
	const char *name;
	int (*parse)(const char *value, struct question *question, struct reason *reason);
} parameters[] = {
	{ "sort", parse_sort }, { "limit", parse_limit }, { "unit", parse_unit },
	{ "port", parse_port }, { "netns", parse_netns },
};

static int parameter_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++)
		if (strcmp(parameters[i].name, name) == 0)
			return (int)i;
	return -ENOENT;
}

static int question_parse(const struct argument *arguments, size_t n, struct question *question,
                          struct reason *reason)
{
	unsigned seen = 0;

	for (size_t i = 0; i < n; i++) {
		int parameter = parameter_find(arguments[i].name);
		int error;

		if (parameter < 0)
			return reason_set(
				reason, -EINVAL,
				"unknown parameter \"%.64s\": there are sort, limit, unit, port and netns",
				arguments[i].name);
		if (seen >> parameter & 1)
			return reason_set(reason, -EINVAL, "%s: given twice", arguments[i].name);
		seen |= 1U << parameter;
		error = parameters[parameter].parse(arguments[i].value, question, reason);
		if (error < 0)
			return error;
	}
	return 0;
}

static bool name_is(const char *bytes, size_t length, const char *name)
{
	return strlen(name) == length && memcmp(bytes, name, length) == 0;
}

static bool is_wanted(const struct socket_record *record, const struct question *question)
{
	const struct socket_message *message = &record->detail.message;

	if (!(record->detail.orders >> question->order & 1))
		return false;
	if (question->unit && !name_is(record->names, record->unit_length, question->unit))
		return false;
	if (question->netns &&
	    !name_is(record->names + record->unit_length, record->netns_length, question->netns))
		return false;
	return question->port < 0 || message->local.port == question->port ||
		message->peer.port == question->port;
}

struct found {
	uint64_t value;
	const struct socket_record *record;
};

/* The largest first; of equal ones by cookie, so that answers do not flicker. */
static int compare_found(const void *a, const void *b)
{
	const struct found *one = a, *other = b;
	uint64_t one_cookie = one->record->detail.message.cookie;
	uint64_t other_cookie = other->record->detail.message.cookie;

	if (one->value != other->value)
		return one->value < other->value ? 1 : -1;
	return (one_cookie > other_cookie) - (one_cookie < other_cookie);
}

/* The records that are wanted, in order; their number, or −ENOMEM. */
static int find_records(const struct batch *batch, const struct question *question,
                        struct found **ret_found)
{
	const struct batch_detail *detail;
	struct found *found;
	size_t n = 0;

	for (detail = batch->details; detail; detail = detail->next)
		n++;
	found = calloc(n + 1, sizeof(*found));
	if (!found)
		return -ENOMEM;
	n = 0;
	for (detail = batch->details; detail; detail = detail->next) {
		const struct socket_record *record = (const void *)detail->bytes;

		if (is_wanted(record, question))
			found[n++] = (struct found){
				socket_detail_value(&record->detail, question->order), record
			};
	}
	qsort(found, n, sizeof(*found), compare_found);
	*ret_found = found;
	return (int)n;
}

static int answer(const struct batch *batch, const struct argument *arguments, size_t n_arguments,
                  json_t **ret_document, struct reason *reason)
{
	struct question question = { .limit = LIMIT_DEFAULT, .port = -1 };
	struct found *found cleanup(free) = NULL;
	json_t *sockets;
	int n = question_parse(arguments, n_arguments, &question, reason);

	if (n == 0)
		n = find_records(batch, &question, &found);
	if (!found)
		return n < 0 ? n : -ENOMEM;
	sockets = json_array();
	for (size_t i = 0; i < (size_t)n && i < question.limit; i++)
		if (json_array_append_new(sockets, socket_json(found[i].record)) < 0) {
			json_decref(sockets);
			return -ENOMEM;
		}
	*ret_document =
		json_pack("{s:s, s:o}", "sort", order_names[question.order], "sockets", sockets);
	return *ret_document ? 0 : -ENOMEM;
}

const struct collector_view socket_view = {
	.path = "/api/v1/sockets",
	.summary =
		"the sockets that stand out, one by one: ?sort=send_queue|retransmissions|round_trip|stall &limit=N &unit=NAME &port=N &netns=NAME",
	.answer = answer,
};
