/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A body holds references to the snapshots it was made of, which is how it is known to be still the
 * right one: a snapshot that is held cannot be freed and come back at the same address. Only the
 * control thread has to do with bodies, so their reference count is a plain number.
 */
#include "daemon/exposition.h"

#include <assert.h>
#include <errno.h>

#include "daemon/clock.h"
#include "daemon/text.h"

#define PARTS_MAX (EXPOSITION_COLLECTORS_MAX + 1)

/* The snapshots of one answer, in order. */
struct parts {
	size_t n;
	bool has_self; /* the last of them is the daemon's own */
	struct snapshot *snapshots[PARTS_MAX];
};

struct body {
	unsigned n_references;
	struct parts parts;
	size_t n_bytes;
	char bytes[];
};

struct exposition {
	const struct crew *crew;
	struct self *self;
	struct body *last; /* the newest one made; NULL at first */
};

static void parts_release(struct parts *parts)
{
	while (parts->n > 0)
		snapshot_unref(parts->snapshots[--parts->n]);
}

static void body_unref(void *owner)
{
	struct body *body = owner;

	if (!body || --body->n_references > 0)
		return;
	parts_release(&body->parts);
	free(body);
}

struct exposition *exposition_new(const struct crew *crew, struct self *self)
{
	struct exposition *exposition = calloc(1, sizeof(*exposition));

	assert(crew_size(crew) <= EXPOSITION_COLLECTORS_MAX);
	if (!exposition)
		return NULL;
	exposition->crew = crew;
	exposition->self = self;
	return exposition;
}

void exposition_free(struct exposition *exposition)
{
	if (!exposition)
		return;
	body_unref(exposition->last);
	free(exposition);
}

/* The bit that stands for the named part; 0 with the reason if it cannot be chosen. */
static exposition_choice find_part(const struct crew *crew, const char *name, struct reason *reason)
{
	int index;

	if (strcmp(name, SELF_NAME) == 0)
		return EXPOSITION_SELF;
	index = crew_find(crew, name);
	if (index >= 0 && crew_worker(crew, (size_t)index))
		return UINT64_C(1) << index;
	(void)reason_set(reason, 0,
	                 index < 0 ? "unknown collector \"%s\"" : "collector \"%s\" is disabled",
	                 name);
	return 0;
}

int exposition_choose(const struct crew *crew, const struct argument *arguments, size_t n_arguments,
                      exposition_choice *ret_choice, struct reason *reason)
{
	exposition_choice collect = 0, exclude = 0;

	for (size_t i = 0; i < n_arguments; i++) {
		bool collects = strcmp(arguments[i].name, "collect[]") == 0;
		exposition_choice part;

		if (!collects && strcmp(arguments[i].name, "exclude[]") != 0)
			return reason_set(reason, -EINVAL, "unknown parameter \"%s\"",
			                  arguments[i].name);
		part = find_part(crew, arguments[i].value, reason);
		if (part == 0)
			return -EINVAL;
		*(collects ? &collect : &exclude) |= part;
	}
	if (collect && exclude)
		return reason_set(reason, -EINVAL, "collect[] and exclude[] cannot be combined");
	*ret_choice = collect ? collect : EXPOSITION_EVERYTHING & ~exclude;
	return 0;
}

/* Takes the reference over; NULL stands for a part without fresh data. */
static void parts_add(struct parts *parts, struct snapshot *snapshot)
{
	if (snapshot)
		parts->snapshots[parts->n++] = snapshot;
}

/* Whether the last body was made of these parts and, after them, the daemon's own. */
static bool parts_are_known(const struct exposition *exposition, const struct parts *parts)
{
	const struct parts *last = exposition->last ? &exposition->last->parts : NULL;

	return last && last->has_self && last->n == parts->n + 1 &&
		memcmp(last->snapshots, parts->snapshots, parts->n * sizeof(*parts->snapshots)) ==
		0;
}

/* What the daemon says of itself is as new as what it says of anything else. */
static void parts_gather(const struct exposition *exposition, exposition_choice choice,
                         struct parts *parts)
{
	const struct crew *crew = exposition->crew;
	uint64_t now_usec = monotonic_usec();
	struct snapshot *own;

	for (size_t i = 0; i < crew_size(crew); i++)
		if (choice & UINT64_C(1) << i && crew_worker(crew, i))
			parts_add(parts, worker_snapshot(crew_worker(crew, i), now_usec));
	if (choice & EXPOSITION_SELF) {
		if (!parts_are_known(exposition, parts))
			self_invalidate(exposition->self);
		own = self_snapshot(exposition->self, now_usec);
		parts->has_self = own;
		parts_add(parts, own);
	}
}

static bool parts_equal(const struct parts *a, const struct parts *b)
{
	return a->n == b->n &&
		memcmp(a->snapshots, b->snapshots, a->n * sizeof(*a->snapshots)) == 0;
}

/* The parts' rendered texts in one piece; takes the parts over. NULL out of memory. */
static struct body *body_new(struct parts *parts)
{
	struct body *body;
	size_t n_bytes = 0;

	for (size_t i = 0; i < parts->n; i++) {
		const struct buffer *text = snapshot_text(parts->snapshots[i]);

		if (!text)
			return NULL;
		n_bytes += text->size;
	}
	body = malloc(sizeof(*body) + n_bytes);
	if (!body)
		return NULL;
	*body = (struct body){ .n_references = 1, .parts = *parts };
	parts->n = 0;
	for (size_t i = 0; i < body->parts.n; i++) {
		const struct buffer *text = snapshot_text(body->parts.snapshots[i]);

		memcpy(body->bytes + body->n_bytes, text->bytes, text->size);
		body->n_bytes += text->size;
	}
	return body;
}

int exposition_reply(struct exposition *exposition, exposition_choice choice,
                     struct http_reply *reply)
{
	struct parts parts = { 0 };

	parts_gather(exposition, choice, &parts);
	if (!exposition->last || !parts_equal(&parts, &exposition->last->parts)) {
		struct body *body = body_new(&parts);

		if (!body) {
			parts_release(&parts);
			return -ENOMEM;
		}
		body_unref(exposition->last);
		exposition->last = body;
	}
	parts_release(&parts);
	exposition->last->n_references++;
	*reply = (struct http_reply){
		.status = 200,
		.content_type = TEXT_CONTENT_TYPE,
		.body = exposition->last->bytes,
		.n_body_bytes = exposition->last->n_bytes,
		.release = body_unref,
		.owner = exposition->last,
	};
	return 0;
}
