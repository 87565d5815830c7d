/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Names for cgroups that people know and that stay the same when what is in them is started anew:
 * the unit of systemd(1), or the container. Of these, in this order, the first that a path has
 * anywhere gives the name, and of several of one kind the outermost does:
 *
 *	machines    systemd-nspawn@NAME.service, machine-NAME.scope    itself
 *	            machine-qemu\x2dNUMBER\x2dNAME.scope               machine-qemu\x2d*\x2dNAME.scope
 *	            lxc.payload.NAME, lxc/NAME                         lxc:NAME
 *	pods        …-podUID.slice, podUID                             pod:UID[13]
 *	containers  docker-ID.scope, docker/ID                         docker:ID[12]
 *	            libpod-ID.scope                                    podman:ID[12]
 *	            cri-containerd-ID.scope, nerdctl-ID.scope          containerd:ID[12]
 *	            crio-ID.scope                                      crio:ID[12]
 *	            libpod-conmon-ID.scope, crio-conmon-ID.scope       libpod-conmon-*.scope, …
 *	            ID, …-ID.scope, …-ID.service, …:ID                 container:ID[12]
 *	units       user@UID.service/…/UNIT                            user@UID.service/UNIT
 *	            SLICE/session-NUMBER.scope                         SLICE/session-*.scope
 *	            app-…-RANDOM.scope, app-…@RANDOM.service           app-…-*.scope, app-…@*.service
 *	            …-UUID.scope                                       …-*.scope
 *	            run-rID.scope, run-uN.service, run-pN-iN.service   run-*.scope, run-*.service
 *	            podman-PID.scope, podman-pause-ID.scope            podman-*.scope, …
 *	            dbus-:N.N-NAME@N.service                           dbus:NAME
 *	            NAME@CONNECTION.service                            NAME@*.service
 *	            UNIT                                               itself
 *	strays      …-ID                                               container:ID[12]
 *	slices      SLICE/SLICE, and nothing below                     the innermost slice
 *	others                                                         the path
 *
 * ID: 64 hexadecimal digits; UUID: also without its dashes; X[n]: the first n characters of X, '_' as
 * '-'. UNIT: a .service, .scope, .socket, .mount or .swap. CONNECTION: as systemd.socket(5) with
 * Accept= names instances. RANDOM: as https://systemd.io/DESKTOP_ENVIRONMENTS has it. Escapes (\x2d)
 * are left as they are.
 *
 * Bytes are taken as they come; a name is never empty, and no path at all gives "(other)" or
 * "(none)": a name is a whole unit, or begins with '/' or with what stands before a ':' here.
 */
#include <stddef.h>

#define UNIT_NAME_MAX  255
#define UNIT_NAME_SIZE (UNIT_NAME_MAX + 1)

/*
 * Writes the name of the cgroup of this path, from the root of cgroup v2, and returns its length. A
 * longer one is cut, between characters, and ends in '…' and 16 digits of a hash of all of it.
 */
size_t unit_name(const char *path, size_t length, char ret_name[static UNIT_NAME_SIZE]);

/*
 * Writes the name of the cgroup that a process is in, from the text of its /proc/PID/cgroup, and
 * returns its length. 0, and nothing written: the text tells of no cgroup v2.
 */
size_t unit_name_of_process(const char *text, char ret_name[static UNIT_NAME_SIZE]);
