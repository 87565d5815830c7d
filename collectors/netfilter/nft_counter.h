/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Named counters of nftables. */
#include "collectors/netfilter/netfilter_target.h"
#include "collectors/netlink.h"
#include "config/option.h"

/* The strings are the message's own, and not terminated. */
struct nft_counter {
	const char *family; /* as nft(8) names it */
	const char *table, *name;
	size_t table_length, name_length;
	uint64_t packets, bytes;
};

/* 0, or −EBADMSG: malformed, or no counter. */
int nft_counter_parse(const struct nlmsghdr *message, struct nft_counter *ret_counter);

/* Whether "FAMILY TABLE COUNTER" matches one of the patterns, by fnmatch(3). */
bool nft_counter_matches(const struct nft_counter *counter, const struct string_list *patterns);

extern const struct metric_table nft_counter_table;

/*
 * Asks by a NETLINK_NETFILTER socket and writes a row for each counter that matches. 0, or −errno
 * with the reason; −EINTR: the sample is to be taken anew.
 */
int nft_counter_write(const struct netfilter_target *target, struct netlink *netlink,
                      const struct string_list *patterns);
