/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_json.h"

#include <arpa/inet.h>
#include <string.h>

#include "collectors/socket/socket_names.h"
#include "daemon/utf8.h"

#define USEC_TO_SEC 1e-6

/* Puts a value under the key; a value that is NULL makes the object incomplete. */
static void put(json_t *object, const char *key, json_t *value, bool *whole)
{
	*whole &= json_object_set_new(object, key, value) == 0;
}

static json_t *count(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *seconds(uint64_t usec)
{
	return json_real((double)usec * USEC_TO_SEC);
}

/* The kernel's names of algorithms are mere bytes. */
static json_t *algorithm_json(const char algorithm[static SOCKET_ALGORITHM_SIZE])
{
	size_t length = strnlen(algorithm, SOCKET_ALGORITHM_SIZE);
	char clean[SOCKET_ALGORITHM_SIZE * UTF8_REPAIR_GROWTH];

	if (utf8_is_valid(algorithm, length))
		return json_stringn(algorithm, length);
	return json_stringn(clean, utf8_repair(algorithm, length, clean));
}

static json_t *end_json(const struct socket_message *message, const struct socket_end *end)
{
	char address[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(message->family == SOCKET_IPV6 ? AF_INET6 : AF_INET, end->address, address,
	                sizeof(address));
	return json_pack("{s:s, s:i}", "address", address, "port", (int)end->port);
}

static void put_identity(json_t *object, const struct socket_record *record, bool *whole)
{
	const struct socket_message *message = &record->detail.message;
	const char *state = socket_state_name(message->protocol, message->state);

	put(object, "protocol", json_string(socket_protocol_names[message->protocol]), whole);
	if (state)
		put(object, "state", json_string(state), whole);
	if (message->family != SOCKET_NO_FAMILY) {
		put(object, "family", json_string(socket_family_name(message->family)), whole);
		put(object, "local", end_json(message, &message->local), whole);
		put(object, "peer", end_json(message, &message->peer), whole);
		put(object, "uid", count(message->uid), whole);
	}
	if (record->unit_length)
		put(object, "unit", json_stringn(record->names, record->unit_length), whole);
	if (record->netns_length)
		put(object, "netns",
		    json_stringn(record->names + record->unit_length, record->netns_length), whole);
	put(object, "inode", count(message->inode), whole);
}

static void put_queue(json_t *object, const struct socket_detail *detail, bool *whole)
{
	const struct socket_message *message = &detail->message;

	put(object, "send_queue_bytes", count(message->queue_bytes), whole);
	if (SOCKET_MESSAGE_HAS(message, tcpi_notsent_bytes)) {
		uint32_t unsent = socket_message_unsent(message);

		put(object, "unsent_bytes", count(unsent), whole);
		put(object, "unacked_bytes", count(message->queue_bytes - unsent), whole);
	}
	if (message->has_memory) {
		put(object, "send_buffer_used_bytes", count(message->queued_bytes), whole);
		put(object, "send_buffer_bytes", count(message->buffer_bytes), whole);
	}
	put(object, "backlogged_seconds", seconds(detail->backlogged_usec), whole);
	if (SOCKET_MESSAGE_HAS(message, tcpi_bytes_acked))
		put(object, "stalled_seconds", seconds(detail->stalled_usec), whole);
}

static void put_window(json_t *object, const struct socket_message *message, bool *whole)
{
	const struct tcp_info *info = &message->info;

	if (message->algorithm[0])
		put(object, "algorithm", algorithm_json(message->algorithm), whole);
	put(object, "congestion_window_segments", count(info->tcpi_snd_cwnd), whole);
	put(object, "segment_bytes", count(info->tcpi_snd_mss), whole);
	if (SOCKET_MESSAGE_HAS(message, tcpi_snd_wnd))
		put(object, "receiver_window_bytes", count(info->tcpi_snd_wnd), whole);
	put(object, "round_trip_seconds", seconds(info->tcpi_rtt), whole);
	put(object, "round_trip_variation_seconds", seconds(info->tcpi_rttvar), whole);
	put(object, "retransmission_timeout_seconds", seconds(info->tcpi_rto), whole);
	put(object, "retransmissions", count(info->tcpi_total_retrans), whole);
	if (SOCKET_MESSAGE_HAS(message, tcpi_pacing_rate) && info->tcpi_pacing_rate != UINT64_MAX)
		put(object, "pacing_rate_bytes_per_second", count(info->tcpi_pacing_rate), whole);
	if (SOCKET_MESSAGE_HAS(message, tcpi_delivery_rate)) {
		put(object, "delivery_rate_bytes_per_second", count(info->tcpi_delivery_rate),
		    whole);
		put(object, "application_limited",
		    json_boolean(info->tcpi_delivery_rate_app_limited), whole);
	}
}

static void put_progress(json_t *object, const struct socket_detail *detail, bool *whole)
{
	const struct socket_message *message = &detail->message;
	const uint64_t *usec = detail->limited_usec;

	if (SOCKET_MESSAGE_HAS(message, tcpi_sndbuf_limited))
		put(object, "busy_seconds",
		    json_pack("{s:o, s:o, s:o}", "network", seconds(usec[SOCKET_LIMIT_NETWORK]),
		              "receiver", seconds(usec[SOCKET_LIMIT_RECEIVER]), "send_buffer",
		              seconds(usec[SOCKET_LIMIT_SEND_BUFFER])),
		    whole);
	if (SOCKET_MESSAGE_HAS(message, tcpi_bytes_retrans)) {
		put(object, "sent_bytes", count(message->info.tcpi_bytes_sent), whole);
		put(object, "retransmitted_bytes", count(message->info.tcpi_bytes_retrans), whole);
	}
	if (SOCKET_MESSAGE_HAS(message, tcpi_bytes_acked))
		put(object, "acked_bytes", count(message->info.tcpi_bytes_acked), whole);
}

json_t *socket_json(const struct socket_record *record)
{
	json_t *object = json_object();
	bool whole = object != NULL;

	put_identity(object, record, &whole);
	put_queue(object, &record->detail, &whole);
	if (record->detail.message.info_length) {
		put_window(object, &record->detail.message, &whole);
		put_progress(object, &record->detail, &whole);
	}
	if (whole)
		return object;
	json_decref(object);
	return NULL;
}
