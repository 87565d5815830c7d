/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One reference per part and response in flight; see http.h for who drops it. */
#include "daemon/exposition.h"

#include <assert.h>
#include <errno.h>

#include "daemon/clock.h"
#include "daemon/text.h"

struct exposition {
	size_t n;
	struct snapshot *snapshots[HTTP_PARTS_MAX];
};

static_assert(EXPOSITION_MAX + 1 <= HTTP_PARTS_MAX, "a part per collector and one for the daemon");

static void exposition_release(void *owner)
{
	struct exposition *exposition = owner;

	for (size_t i = 0; i < exposition->n; i++)
		snapshot_unref(exposition->snapshots[i]);
	free(exposition);
}

static inline void exposition_free(struct exposition *exposition)
{
	exposition_release(exposition);
}
DEFINE_CLEANUP(struct exposition, exposition_free)

/* Where in the choice the named collector stands; NULL with the reason if it cannot be chosen. */
static bool *find_choice(const struct crew *crew, const char *name,
			 struct exposition_choice *choice, struct reason *reason)
{
	int index;

	if (strcmp(name, SELF_NAME) == 0)
		return &choice->self;
	index = crew_find(crew, name);
	if (index < 0)
		(void)reason_set(reason, 0, "unknown collector \"%s\"", name);
	else if (!crew_worker(crew, (size_t)index))
		(void)reason_set(reason, 0, "collector \"%s\" is disabled", name);
	else
		return &choice->collectors[index];
	return NULL;
}

int exposition_choose(const struct crew *crew, const struct http_argument *arguments,
		      size_t n_arguments, struct exposition_choice *ret_choice,
		      struct reason *reason)
{
	struct exposition_choice choice = { 0 };
	size_t n_collect = 0, n_exclude = 0;

	for (size_t i = 0; i < n_arguments; i++) {
		bool collect = strcmp(arguments[i].name, "collect[]") == 0;
		bool *chosen;

		if (!collect && strcmp(arguments[i].name, "exclude[]") != 0)
			return reason_set(reason, -EINVAL, "unknown parameter \"%s\"",
					  arguments[i].name);
		n_collect += collect;
		n_exclude += !collect;
		chosen = find_choice(crew, arguments[i].value, &choice, reason);
		if (!chosen)
			return -EINVAL;
		*chosen = true;
	}
	if (n_collect > 0 && n_exclude > 0)
		return reason_set(reason, -EINVAL, "collect[] and exclude[] cannot be combined");

	if (n_collect == 0) { /* what is named, if anything, is what is left out */
		choice.self = !choice.self;
		for (size_t i = 0; i < EXPOSITION_MAX; i++)
			choice.collectors[i] = !choice.collectors[i];
	}
	*ret_choice = choice;
	return 0;
}

/* Takes the reference over; NULL stands for a part without fresh data. */
static int add_part(struct exposition *exposition, struct snapshot *snapshot,
		    struct http_reply *reply)
{
	const struct buffer *text;

	if (!snapshot)
		return 0;
	exposition->snapshots[exposition->n++] = snapshot;
	text = snapshot_text(snapshot);
	if (!text)
		return -ENOMEM;
	if (text->size > 0)
		reply->parts[reply->n_parts++] =
			(struct iovec){ .iov_base = text->bytes, .iov_len = text->size };
	return 0;
}

int exposition_reply(const struct crew *crew, struct self *self,
		     const struct exposition_choice *choice, struct http_reply *reply)
{
	struct exposition *exposition cleanup(exposition_free) = calloc(1, sizeof(*exposition));
	struct http_reply built = { .status = 200, .content_type = TEXT_CONTENT_TYPE };
	uint64_t now_usec = monotonic_usec();
	int r = 0;

	if (!exposition)
		return -ENOMEM;
	assert(crew_size(crew) <= EXPOSITION_MAX);
	for (size_t i = 0; i < crew_size(crew) && r == 0; i++)
		if (choice->collectors[i] && crew_worker(crew, i))
			r = add_part(exposition, worker_snapshot(crew_worker(crew, i), now_usec),
				     &built);
	if (choice->self && r == 0)
		r = add_part(exposition, self_snapshot(self, now_usec), &built);
	if (r < 0)
		return r;
	built.release = exposition_release;
	built.owner = steal_pointer(exposition);
	*reply = built;
	return 0;
}
