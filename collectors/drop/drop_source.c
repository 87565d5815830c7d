/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/drop/drop_source.h"

#include <errno.h>
#include <string.h>

#include "collectors/bpf_account.h"
#include "collectors/bpf_probes.h"
#include "collectors/bpf_turns.h"
#include "collectors/bpf_values.h"

static const struct bpf_role roles[] = { { "drop", { "kfree_skb" } } };

struct drop_source {
	struct bpf_probes *probes;
	struct bpf_turns turns;
	struct drop_settings settings;
	struct drop_key keys[DROP_KEYS];
	__u64 counts[DROP_KEYS];

	/* What is never taken out, as it is, as it was, and what is new. */
	size_t n_sums, n_former;
	struct drop_sum_key sum_keys[DROP_SUMS], former_keys[DROP_SUMS];
	__u64 sums[DROP_SUMS], former_sums[DROP_SUMS], new_sums[DROP_SUMS];
	__u64 n_lost;
};

static const uint32_t first;

int drop_source_open(struct drop_source **ret_source, struct reason *reason)
{
	struct drop_source *source cleanup(drop_source_close) = calloc(1, sizeof(*source));
	int error;

	if (!source)
		return reason_set(reason, -ENOMEM, "out of memory");
	error = bpf_probes_open("drop", roles, ARRAY_SIZE(roles), &source->probes, reason);
	if (error < 0)
		return error;
	if (!source->probes->probes[0].way)
		return reason_set(reason, -EOPNOTSUPP, "drops are not told: %s",
		                  source->probes->probes[0].reason.text);
	source->turns = (struct bpf_turns){
		.map_fds = { bpf_probes_map(source->probes, "drops_0"),
		             bpf_probes_map(source->probes, "drops_1") },
		.key_size = sizeof(source->keys[0]),
		.value_size = sizeof(source->counts[0]),
		.max = DROP_KEYS,
		.keys = source->keys,
		.values = source->counts,
		.settings_fd = bpf_probes_map(source->probes, ".data.settings"),
		.settings = &source->settings,
		.active = &source->settings.active,
	};
	*ret_source = steal_pointer(source);
	return 0;
}

void drop_source_close(struct drop_source *source)
{
	if (!source)
		return;
	bpf_probes_close(source->probes);
	free(source);
}

int drop_source_configure(struct drop_source *source, const struct drop_reasons *reasons,
                          uint64_t netns, struct reason *reason)
{
	struct drop_classes classes;
	int error;

	for (uint32_t number = 0; number < DROP_REASONS; number++)
		classes.by_reason[number] = (__u8)drop_reasons_class(reasons, number);
	error = bpf_values_put(bpf_probes_map(source->probes, ".data.classes"), &first, &classes);
	source->settings.netns = (uint32_t)netns;
	source->settings.ready = true;
	if (!error)
		error = bpf_turns_tell(&source->turns);
	if (error < 0)
		return reason_set(reason, error, "settings of the BPF program: %s",
		                  strerror(-error));
	return 0;
}

static __u64 former_sum(const struct drop_source *source, const struct drop_sum_key *key)
{
	for (size_t i = 0; i < source->n_former; i++)
		if (source->former_keys[i].reason == key->reason &&
		    source->former_keys[i].origin == key->origin)
			return source->former_sums[i];
	return 0;
}

static int read_sums(struct drop_source *source)
{
	int error = bpf_values_read_all(bpf_probes_map(source->probes, "sums"), source->sum_keys,
	                                source->sums, DROP_SUMS, &source->n_sums);

	if (error < 0) {
		source->n_sums = 0;
		return error;
	}
	for (size_t i = 0; i < source->n_sums; i++)
		source->new_sums[i] = source->sums[i] - former_sum(source, &source->sum_keys[i]);
	return 0;
}

static void keep_sums(struct drop_source *source)
{
	memcpy(source->former_keys, source->sum_keys, source->n_sums * sizeof(source->sum_keys[0]));
	memcpy(source->former_sums, source->sums, source->n_sums * sizeof(source->sums[0]));
	source->n_former = source->n_sums;
}

int drop_source_take(struct drop_source *source, struct drop_sample *ret_sample,
                     struct reason *reason)
{
	int error =
		bpf_values_get(bpf_probes_map(source->probes, "drop.bss"), &first, &source->n_lost);

	if (!error)
		error = read_sums(source);
	if (!error)
		error = bpf_turns_take(&source->turns, &ret_sample->n);
	if (error < 0)
		return reason_set(reason, error, "reading BPF maps: %s", strerror(-error));
	keep_sums(source);
	ret_sample->keys = source->keys;
	ret_sample->counts = source->counts;
	ret_sample->n_sums = source->n_sums;
	ret_sample->sum_keys = source->sum_keys;
	ret_sample->sums = source->new_sums;
	return 0;
}

void drop_source_account(const struct drop_source *source, struct collector_tally *tally)
{
	uint64_t n_unplaced = source->n_lost;

	for (size_t i = 0; i < source->n_former; i++)
		n_unplaced += source->former_sums[i];
	bpf_account_programs(source->probes, tally);
	bpf_account_loss(tally, "map_full", n_unplaced);
}
