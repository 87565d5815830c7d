/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel answers EINVAL both to a subsystem that it does not have and to a message that the
 * subsystem does not know; these questions are well formed, so that is what it means here.
 */
#include "collectors/netfilter/nfnetlink.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "collectors/attribute.h"

int nfnetlink_dump(struct netlink *netlink, const struct nfnetlink_question *question,
                   netlink_message_fn take, void *context, struct reason *reason)
{
	const struct {
		struct nfgenmsg header;
		struct nlattr attribute;
		uint32_t number;
	} body = {
		.header = { .nfgen_family = question->family, .version = NFNETLINK_V0 },
		.attribute = { .nla_len = MNL_ATTR_HDRLEN + sizeof(uint32_t),
		               .nla_type = question->attribute },
		.number = htonl(question->number),
	};
	const struct netlink_request request = { question->name, question->type, &body,
		                                 sizeof(body) };
	int error = netlink_dump(netlink, &request, take, context);

	if (error == -EPERM)
		return reason_set(reason, error, "needs CAP_NET_ADMIN from the start");
	if (error == -EINVAL || error == -EOPNOTSUPP)
		return reason_set(reason, -EOPNOTSUPP, "not in this kernel");
	return error;
}

int nfnetlink_sort(const struct nlmsghdr *message, uint16_t type, const struct nlattr *table[],
                   size_t n)
{
	const size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg));

	if (message->nlmsg_type != type || message->nlmsg_len < header)
		return -EBADMSG;
	return attributes_sort((const char *)message + header, message->nlmsg_len - header, table,
	                       n);
}

bool nfnetlink_number(const struct nlattr *attribute, uint32_t *ret_number)
{
	uint32_t number;

	if (!attribute || mnl_attr_get_payload_len(attribute) != sizeof(number))
		return false;
	memcpy(&number, mnl_attr_get_payload(attribute), sizeof(number));
	*ret_number = ntohl(number);
	return true;
}

bool nfnetlink_number64(const struct nlattr *attribute, uint64_t *ret_number)
{
	uint64_t number;

	if (!attribute || mnl_attr_get_payload_len(attribute) != sizeof(number))
		return false;
	memcpy(&number, mnl_attr_get_payload(attribute), sizeof(number));
	*ret_number = be64toh(number);
	return true;
}
