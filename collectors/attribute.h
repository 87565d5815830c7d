/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Netlink attributes (struct nlattr), as far as every parser of messages needs them. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <string.h>

/*
 * The parts of an attribute that is known to be whole. libmnl's are calls into a library, of which
 * thousands of objects make hundreds of thousands.
 */
static inline unsigned attribute_type(const struct nlattr *attribute)
{
	return attribute->nla_type & NLA_TYPE_MASK;
}

static inline const char *attribute_payload(const struct nlattr *attribute)
{
	return (const char *)attribute + NLA_HDRLEN;
}

static inline size_t attribute_size(const struct nlattr *attribute)
{
	return (size_t)attribute->nla_len - NLA_HDRLEN;
}

/*
 * The attribute at the position, which lies within the length bytes there; both move on behind it.
 * NULL at the end, and, with a length that is left, where the lengths do not add up.
 */
static inline const struct nlattr *attributes_next(const char **position, size_t *length)
{
	const struct nlattr *attribute = (const void *)*position;
	size_t whole;

	if (*length < sizeof(*attribute) || attribute->nla_len < sizeof(*attribute) ||
	    attribute->nla_len > *length)
		return NULL;
	/* The last one may end without its padding. */
	whole = MNL_ALIGN((size_t)attribute->nla_len);
	whole = whole < *length ? whole : *length;
	*position += whole;
	*length -= whole;
	return attribute;
}

/*
 * Sorts length bytes of attributes by type into table, which has one place for each type below n
 * and is cleared first; of a repeated type the last one stays, other types are passed over. The
 * attributes in the table lie within the bytes. −EBADMSG: the lengths do not add up.
 */
static inline int attributes_sort(const void *bytes, size_t length, const struct nlattr *table[],
                                  size_t n)
{
	const struct nlattr *attribute;
	const char *position = bytes;

	for (size_t i = 0; i < n; i++)
		table[i] = NULL;
	while ((attribute = attributes_next(&position, &length)))
		if (attribute_type(attribute) < n)
			table[attribute_type(attribute)] = attribute;
	return length ? -EBADMSG : 0;
}

/* The same for the attributes nested in one. */
static inline int attributes_sort_nested(const struct nlattr *nest, const struct nlattr *table[],
                                         size_t n)
{
	return attributes_sort(attribute_payload(nest), attribute_size(nest), table, n);
}

/* The length of the attribute's string, which need not be terminated. */
static inline size_t attribute_string_length(const struct nlattr *attribute)
{
	return strnlen(attribute_payload(attribute), attribute_size(attribute));
}

/*
 * Copies the attribute's string into text, zero to the end and always terminated, cut to size − 1;
 * returns its length there.
 */
static inline size_t attribute_string(const struct nlattr *attribute, char *text, size_t size)
{
	size_t length = attribute_string_length(attribute);

	length = length < size ? length : size - 1;
	memcpy(text, attribute_payload(attribute), length);
	memset(text + length, 0, size - length);
	return length;
}
