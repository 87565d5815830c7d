/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/driver_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A layout that is being made. */
struct making {
	struct driver_layout *layout;
	const struct driver_rules *rules;
	const struct name_patterns *raw;
	uint32_t n_sections; /* queues begun so far */
	bool in_section;
};

static bool is_string(const char *string, const char *name, size_t length)
{
	return string && strlen(string) == length && memcmp(string, name, length) == 0;
}

static int add_counter(struct driver_layout *layout, const struct driver_counter *counter)
{
	/* Grown by doubling: a power of two is a full one. */
	if ((layout->n_counters & (layout->n_counters - 1)) == 0) {
		size_t n = layout->n_counters ? 2 * layout->n_counters : 1;
		struct driver_counter *grown = reallocarray(layout->counters, n, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		layout->counters = grown;
	}
	layout->counters[layout->n_counters++] = *counter;
	return 0;
}

/* Whether the driver has a name twice: then nobody knows what it means. */
static bool is_repeated(const char *names, uint32_t position, bool in_section)
{
	const char *name = names + (size_t)position * ETH_GSTRING_LEN;

	for (uint32_t i = position; i-- > 0 && !in_section;)
		if (strncmp(names + (size_t)i * ETH_GSTRING_LEN, name, ETH_GSTRING_LEN) == 0)
			return true;
	return false;
}

static int take_queue_counter(struct making *making, const char *names, uint32_t position,
                              size_t length)
{
	const char *name = names + (size_t)position * ETH_GSTRING_LEN;
	struct driver_counter counter = { .position = position };

	if (is_string(making->rules->section, name, length)) {
		making->n_sections++;
		making->in_section = true;
	}
	if (is_string(making->rules->section_end, name, length))
		making->in_section = false;
	if (making->rules->section && !making->in_section)
		return 0;
	for (const struct driver_rule *rule = making->rules->rules; rule->pattern; rule++) {
		if (!driver_rule_match(rule->pattern, name, length, &counter.queue))
			continue;
		if (making->in_section)
			counter.queue = making->n_sections - 1;
		if (counter.queue >= NIC_QUEUES_MAX ||
		    is_repeated(names, position, making->in_section)) {
			making->layout->n_refused++;
			return 0;
		}
		counter.counter = rule->counter;
		return add_counter(making->layout, &counter);
	}
	return 0;
}

static int take_raw(struct making *making, const char *names, uint32_t position, size_t length)
{
	struct driver_layout *layout = making->layout;
	const char *name = names + (size_t)position * ETH_GSTRING_LEN;
	char text[ETH_GSTRING_LEN + 1] = { 0 };
	struct driver_raw *grown;

	if (making->raw->n == 0 || length == 0)
		return 0;
	memcpy(text, name, length);
	if (!name_patterns_match(making->raw, text))
		return 0;
	if (is_repeated(names, position, false)) {
		layout->n_refused++;
		return 0;
	}
	grown = reallocarray(layout->raw, layout->n_raw + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	layout->raw = grown;
	grown += layout->n_raw++;
	*grown = (struct driver_raw){ .position = position, .length = (uint32_t)length };
	memcpy(grown->name, name, length);
	return 0;
}

int driver_layout_make(struct driver_layout *layout, const struct driver_rules *rules,
                       const struct name_patterns *raw, const char *names, uint32_t n)
{
	struct making making = { .layout = layout, .rules = rules, .raw = raw };
	int error = 0;

	driver_layout_clear(layout);
	layout->n_statistics = n;
	for (uint32_t i = 0; i < n && !error; i++) {
		size_t length = strnlen(names + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);

		error = take_queue_counter(&making, names, i, length);
		if (!error)
			error = take_raw(&making, names, i, length);
	}
	return error;
}

int driver_layout_read(struct driver_layout *layout, const uint64_t *values,
                       struct nic_queues *queues)
{
	nic_queues_reset(queues);
	for (size_t i = 0; i < layout->n_counters; i++) {
		const struct driver_counter *counter = &layout->counters[i];
		struct nic_queue *queue = nic_queues_at(queues, counter->queue);

		if (!queue)
			return -ENOMEM;
		nic_queue_add(queue, counter->counter, values[counter->position]);
	}
	for (size_t i = 0; i < layout->n_raw; i++)
		layout->raw[i].value = values[layout->raw[i].position];
	return 0;
}

static bool is_same_counter(const struct driver_counter *a, const struct driver_counter *b)
{
	return a->position == b->position && a->queue == b->queue && a->counter == b->counter;
}

static bool is_same_raw(const struct driver_raw *a, const struct driver_raw *b)
{
	return a->position == b->position && a->length == b->length &&
		memcmp(a->name, b->name, a->length) == 0;
}

bool driver_layout_is_like(const struct driver_layout *a, const struct driver_layout *b)
{
	bool same = a->n_statistics == b->n_statistics && a->n_counters == b->n_counters &&
		a->n_raw == b->n_raw;

	for (size_t i = 0; same && i < a->n_counters; i++)
		same = is_same_counter(&a->counters[i], &b->counters[i]);
	for (size_t i = 0; same && i < a->n_raw; i++)
		same = is_same_raw(&a->raw[i], &b->raw[i]);
	return same;
}

void driver_layout_clear(struct driver_layout *layout)
{
	free(layout->counters);
	free(layout->raw);
	*layout = (struct driver_layout){ 0 };
}
