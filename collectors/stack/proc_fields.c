/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A field that comes a second time makes its line malformed: which of the two is right cannot be
 * said. Lines of groups that nobody asks for are passed over unread.
 */
#include "collectors/stack/proc_fields.h"

#include <errno.h>
#include <unistd.h>

#define NSEC_PER_MSEC UINT64_C(1000000)

static uint64_t unit_scale(enum proc_unit unit)
{
	switch (unit) {
	case PROC_PAGES:
		return (uint64_t)sysconf(_SC_PAGESIZE);
	case PROC_MSEC:
		return NSEC_PER_MSEC;
	case PROC_COUNT:
		break;
	}
	return 1;
}

static const struct proc_field *find_field(const struct proc_group *group, struct proc_span name)
{
	const struct proc_field *field = group->fields;

	while (field->name && !proc_span_is(name, field->name, field->length))
		field++;
	return field->name ? field : NULL;
}

/* Whether the value is a number, and one that can be ours if the group has the field. */
static bool take_value(const struct proc_group *group, struct proc_span name, struct proc_span word,
                       struct proc_row *row)
{
	const struct proc_field *field = find_field(group, name);
	uint64_t value = 0;
	int error = proc_number_parse(word, &value);

	if (!field)
		return error == 0 || error == -ERANGE;
	if (error < 0 || row->present >> field->value & 1 ||
	    __builtin_mul_overflow(value, unit_scale(field->unit), &value))
		return false;
	row->values[field->value] = value;
	row->present |= UINT64_C(1) << field->value;
	return true;
}

/* The group whose name and colon the line begins with; they are taken off it. */
static const struct proc_group *take_group(struct proc_span *line, const struct proc_group *groups)
{
	for (; groups->name; groups++) {
		size_t length = strlen(groups->name);

		if (proc_span_length(*line) > length && line->start[length] == ':' &&
		    memcmp(line->start, groups->name, length) == 0) {
			line->start += length + 1;
			return groups;
		}
	}
	return NULL;
}

static bool take_pair(const struct proc_group *group, struct proc_span names,
                      struct proc_span values, struct proc_row *row)
{
	const uint64_t present = row->present;
	struct proc_span name, value;
	bool more, good = true;

	do {
		more = proc_word_next(&names, &name);
		good = proc_word_next(&values, &value) == more &&
			(!more || take_value(group, name, value, row));
	} while (more && good);
	if (!good)
		row->present = present;
	return good;
}

uint64_t proc_pairs_parse(struct proc_span text, const struct proc_group *groups,
                          struct proc_row *rows)
{
	struct proc_span names, values;
	uint64_t n_malformed = 0;
	bool whole;

	while (proc_line_next(&text, &names, &whole)) {
		const struct proc_group *group = take_group(&names, groups);
		struct proc_span rest = text;

		if (!group)
			continue;
		/* A line of another group is not lost: it may be the names of a good pair. */
		if (!proc_line_next(&rest, &values, &whole) ||
		    take_group(&values, groups) != group) {
			n_malformed++;
			continue;
		}
		text = rest;
		if (!whole || !take_pair(group, names, values, &rows[group->row]))
			n_malformed++;
	}
	return n_malformed;
}

static bool take_inline(const struct proc_group *group, struct proc_span line, struct proc_row *row)
{
	const uint64_t present = row->present;
	struct proc_span name, value;
	bool good = true;

	while (good && proc_word_next(&line, &name))
		good = proc_word_next(&line, &value) && take_value(group, name, value, row);
	if (!good)
		row->present = present;
	return good;
}

uint64_t proc_inline_parse(struct proc_span text, const struct proc_group *groups,
                           struct proc_row *rows)
{
	uint64_t n_malformed = 0;
	struct proc_span line;
	bool whole;

	while (proc_line_next(&text, &line, &whole)) {
		const struct proc_group *group = take_group(&line, groups);

		if (group && (!whole || !take_inline(group, line, &rows[group->row])))
			n_malformed++;
	}
	return n_malformed;
}

uint64_t proc_lines_parse(struct proc_span text, const struct proc_group *groups,
                          struct proc_row *rows)
{
	struct proc_span line, name, value, more;
	uint64_t n_malformed = 0;
	bool whole;

	while (proc_line_next(&text, &line, &whole)) {
		if (!proc_word_next(&line, &name) || !find_field(groups, name))
			continue;
		if (!whole || !proc_word_next(&line, &value) || proc_word_next(&line, &more) ||
		    !take_value(groups, name, value, &rows[groups->row]))
			n_malformed++;
	}
	return n_malformed;
}
