/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/unit_name.h"
#include "daemon/cleanup.h"

#define HEX_32 "0123456789abcdef0123456789abcdef"
#define HEX_64 HEX_32 HEX_32
#define SHORT  "0123456789ab"
#define UUID   "12345678-9abc-def0-1234-56789abcdef0"
#define UUID_  "12345678_9abc_def0_1234_56789abcdef0"
#define USER   "/user.slice/user-1000.slice/user@1000.service"

struct sample {
	const char *path, *name;
};

static void expect_names(const struct sample *samples, size_t n)
{
	char name[UNIT_NAME_SIZE];

	for (size_t i = 0; i < n; i++) {
		size_t length = unit_name(samples[i].path, strlen(samples[i].path), name);

		assert_string_equal(name, samples[i].name);
		assert_int_equal(length, strlen(name));
	}
}

static void test_units(void **state)
{
	static const struct sample samples[] = {
		{ "/", "/" },
		{ "/init.scope", "init.scope" },
		{ "/system.slice", "system.slice" },
		{ "/system.slice/system-getty.slice", "system-getty.slice" },
		{ "/system.slice/nginx.service", "nginx.service" },
		{ "/system.slice/foo.service/worker", "foo.service" },
		{ "/system.slice/foo.service/a.slice/b.service", "foo.service" },
		{ "/a.slice/a-b.slice/a-b-c.slice/x.service", "x.service" },
		{ "/system.slice/cups.socket", "cups.socket" },
		{ "/system.slice/dev-hugepages.mount", "dev-hugepages.mount" },
		{ "/system.slice/dev-sda2.swap", "dev-sda2.swap" },
		{ "/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service" },
		{ "/system.slice/a\\x2db.service", "a\\x2db.service" },
		{ "/system.slice/run-r" HEX_32 ".scope", "run-*.scope" },
		{ "/system.slice/run-u123.service", "run-*.service" },
		{ "/system.slice/run-p1234-i5678.service", "run-*.service" },
		{ "/system.slice/run-4711.scope", "run-*.scope" },
		{ "/system.slice/run-backup.service", "run-backup.service" },
		{ "/system.slice/run-rsync.service", "run-rsync.service" },
		{ "/system.slice/dbus-:1.3-org.freedesktop.problems@12.service",
		  "dbus:org.freedesktop.problems" },
	};

	(void)state;
	expect_names(samples, ARRAY_SIZE(samples));
}

/* Instances that systemd makes of the peers of connections. */
static void test_connections(void **state)
{
	static const struct sample samples[] = {
		{ "/system.slice/system-sshd.slice/sshd@12-10.0.0.1:22-10.0.0.2:4711.service",
		  "sshd@*.service" },
		{ "/system.slice/sshd@0-7-10.0.0.1:22-10.0.0.2:4711.service", "sshd@*.service" },
		{ "/system.slice/sshd@3-fe80::1:22-fe80::2:4711.service", "sshd@*.service" },
		{ "/system.slice/x@1-4711-1000.service", "x@*.service" },
		{ "/system.slice/x@1-9-4711-1000.service", "x@*.service" },
		{ "/system.slice/x@1-4711_88-1000.service", "x@*.service" },
		{ "/system.slice/x@1-9-4711_88-1000.service", "x@*.service" },
		{ "/system.slice/x@1-unknown.service", "x@*.service" },
		{ "/system.slice/x@1-9-unknown.service", "x@*.service" },
		{ "/system.slice/x@1-eth0.service", "x@1-eth0.service" },
		{ "/system.slice/x@10.0.0.1:22.service", "x@10.0.0.1:22.service" },
	};

	(void)state;
	expect_names(samples, ARRAY_SIZE(samples));
}

static void test_users(void **state)
{
	static const struct sample samples[] = {
		{ "/user.slice", "user.slice" },
		{ "/user.slice/user-1000.slice", "user-1000.slice" },
		{ "/user.slice/user-1000.slice/session-7.scope",
		  "user-1000.slice/session-*.scope" },
		{ "/user.slice/user-42.slice/session-c1.scope", "user-42.slice/session-*.scope" },
		{ "/session-1.scope", "session-*.scope" },
		{ USER, "user@1000.service" },
		{ USER "/init.scope", "user@1000.service/init.scope" },
		{ USER "/app.slice", "user@1000.service" },
		{ USER "/app.slice/app-org.gnome.Terminal-4321.scope",
		  "user@1000.service/app-org.gnome.Terminal-*.scope" },
		{ USER "/app.slice/app-gnome-org.gnome.Terminal-4321.scope",
		  "user@1000.service/app-gnome-org.gnome.Terminal-*.scope" },
		{ USER "/app.slice/app-flatpak-com.x\\x2dy.Z-9.scope/sub",
		  "user@1000.service/app-flatpak-com.x\\x2dy.Z-*.scope" },
		{ USER "/app.slice/app-KDE-konsole@7c0e.service",
		  "user@1000.service/app-KDE-konsole@*.service" },
		{ USER "/app.slice/app-foo.scope", "user@1000.service/app-foo.scope" },
		{ USER "/session.slice/dbus.service", "user@1000.service/dbus.service" },
		{ USER "/app.slice/app-org.gnome.Terminal.slice/vte-spawn-" UUID ".scope",
		  "user@1000.service/vte-spawn-*.scope" },
		{ USER "/app.slice/snap.firefox.firefox-" UUID ".scope",
		  "user@1000.service/snap.firefox.firefox-*.scope" },
		{ USER "/user.slice/podman-pause-1a2b3c4d.scope",
		  "user@1000.service/podman-pause-*.scope" },
		{ USER "/user.slice/podman-4711.scope", "user@1000.service/podman-*.scope" },
		{ USER "/app.slice/web.service/libpod-payload-" HEX_64,
		  "user@1000.service/web.service" },
		{ USER "/user.slice/libpod-" HEX_64 ".scope/container", "podman:" SHORT },
	};

	(void)state;
	expect_names(samples, ARRAY_SIZE(samples));
}

static void test_machines(void **state)
{
	static const struct sample samples[] = {
		{ "/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service",
		  "systemd-nspawn@web.service" },
		{ "/machine.slice/systemd-nspawn@web.service/payload/docker/" HEX_64,
		  "systemd-nspawn@web.service" },
		{ "/machine.slice/machine-web.scope", "machine-web.scope" },
		{ "/machine.slice/machine-qemu\\x2d12\\x2dweb\\x2d1.scope/libvirt/emulator",
		  "machine-qemu\\x2d*\\x2dweb\\x2d1.scope" },
		{ "/lxc.payload.web/system.slice/nginx.service", "lxc:web" },
		{ "/lxc.payload.a_b", "lxc:a_b" },
		{ "/lxc/web/user.slice", "lxc:web" },
		{ "/lxc.payload/web", "lxc:web" },
		{ "/lxc.monitor.web", "/lxc.monitor.web" },
		{ "/lxc", "/lxc" },
	};

	(void)state;
	expect_names(samples, ARRAY_SIZE(samples));
}

static void test_containers(void **state)
{
	static const struct sample samples[] = {
		{ "/system.slice/docker-" HEX_64 ".scope", "docker:" SHORT },
		{ "/system.slice/docker-" HEX_64 ".scope/init.scope", "docker:" SHORT },
		{ "/docker/" HEX_64, "docker:" SHORT },
		{ "/docker/" HEX_64 "/system.slice/x.service", "docker:" SHORT },
		{ "/machine.slice/libpod-" HEX_64 ".scope/container", "podman:" SHORT },
		{ "/libpod_parent/libpod-" HEX_64, "podman:" SHORT },
		{ "/machine.slice/libpod-conmon-" HEX_64 ".scope", "libpod-conmon-*.scope" },
		{ "/system.slice/crio-conmon-" HEX_64 ".scope", "crio-conmon-*.scope" },
		{ "/system.slice/cri-containerd-" HEX_64 ".scope", "containerd:" SHORT },
		{ "/system.slice/nerdctl-" HEX_64 ".scope", "containerd:" SHORT },
		{ "/system.slice/crio-" HEX_64 ".scope", "crio:" SHORT },
		{ "/system.slice/engine-x-" HEX_64 ".scope", "container:" SHORT },
		{ "/system.slice/engine-" HEX_64 ".service/x", "container:" SHORT },
		{ "/engine-" HEX_64, "container:" SHORT },
		{ "/ecs/" HEX_32 "/" HEX_64, "container:" SHORT },
		{ "/default/" HEX_64, "container:" SHORT },
		{ "/system.slice:docker:" HEX_64, "container:" SHORT },
		{ "/system.slice/docker.service", "docker.service" },
		{ "/docker", "/docker" },
		/* Not ids. */
		{ "/docker/" HEX_64 "0", "/docker/" HEX_64 "0" },
		{ "/docker/" HEX_32, "/docker/" HEX_32 },
		{ "/system.slice/docker-" HEX_32 ".scope", "docker-*.scope" },
	};

	(void)state;
	expect_names(samples, ARRAY_SIZE(samples));
}

static void test_pods(void **state)
{
	static const struct sample samples[] = {
		{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UUID_
		  ".slice/cri-containerd-" HEX_64 ".scope",
		  "pod:12345678-9abc" },
		{ "/kubepods.slice/kubepods-pod" UUID_ ".slice/crio-" HEX_64 ".scope/container",
		  "pod:12345678-9abc" },
		{ "/kubepods/burstable/pod" UUID "/" HEX_64, "pod:12345678-9abc" },
		{ "/kubepods/pod" UUID, "pod:12345678-9abc" },
		{ "/kubepods/pod" HEX_32 "/" HEX_64, "pod:0123456789abc" },
		{ "/docker/" HEX_64 "/kubelet.slice/kubelet-kubepods-pod" UUID_ ".slice",
		  "pod:12345678-9abc" },
		{ "/system.slice/containerd.service/kubepods-besteffort-pod" UUID_
		  ".slice:cri-containerd:" HEX_64,
		  "pod:12345678-9abc" },
		{ "/kubepods.slice", "kubepods.slice" },
		{ "/kubepods/burstable", "/kubepods/burstable" },
		{ "/kubepods/podcast", "/kubepods/podcast" },
	};

	(void)state;
	expect_names(samples, ARRAY_SIZE(samples));
}

/* What nobody names so, but may: names stay names. */
static void test_hostile(void **state)
{
	static const struct sample samples[] = {
		{ "", "/" },
		{ "(other)", "/(other)" },
		{ "/(other)", "/(other)" },
		{ "/(none)", "/(none)" },
		{ "/lxc/(none)", "lxc:(none)" },
		{ "/(other).service", "(other).service" },
		{ "/.service", "/.service" },
		{ "/.slice", "/.slice" },
		{ "/system.slice/.", "/system.slice/." },
		{ "/../x", "/../x" },
		{ "//a//b.service//", "b.service" },
		{ "/a\"b\n\xff.service", "a\"b\n\xff.service" },
		{ "/session-.scope", "session-.scope" },
		{ "/app-*-(+).scope", "app-*-*.scope" },
		{ USER "/" USER "/x.service", "user@1000.service/user@1000.service/x.service" },
	};

	(void)state;
	expect_names(samples, ARRAY_SIZE(samples));
}

static void test_long(void **state)
{
	char path[4096], name[UNIT_NAME_SIZE], other[UNIT_NAME_SIZE];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	assert_int_equal(unit_name(path, UNIT_NAME_MAX, name), UNIT_NAME_MAX);
	assert_memory_equal(name, path, UNIT_NAME_MAX);
	assert_int_equal(unit_name(path, UNIT_NAME_MAX + 1, name), UNIT_NAME_MAX);
	assert_memory_equal(name, path, UNIT_NAME_MAX - 19);
	assert_memory_equal(name + UNIT_NAME_MAX - 19, "…", 3);

	/* One that differs beyond the cut is another. */
	path[4000] = 'b';
	assert_int_equal(unit_name(path, sizeof(path), name), UNIT_NAME_MAX);
	path[4000] = 'c';
	assert_int_equal(unit_name(path, sizeof(path), other), UNIT_NAME_MAX);
	assert_string_not_equal(name, other);
	assert_memory_equal(name, other, UNIT_NAME_MAX - 16);

	/* The cut is not within a character. */
	for (size_t first = 230; first < 240; first++) {
		const size_t room = UNIT_NAME_MAX - 19;
		const size_t cut = first < room && first + 4 > room ? first : room;

		memset(path + 1, 'a', sizeof(path) - 1);
		memcpy(path + first, "\U0001f600", 4);
		(void)unit_name(path, 1000, name);
		assert_memory_equal(name + cut, "…", 3);
	}
}

static void test_of_process(void **state)
{
	char name[UNIT_NAME_SIZE] = "untouched";

	(void)state;
	assert_int_equal(unit_name_of_process("", name), 0);
	assert_int_equal(unit_name_of_process("1:name=systemd:/x.service\n", name), 0);
	assert_int_equal(unit_name_of_process("10::/x.service\n", name), 0);
	assert_int_equal(unit_name_of_process("0::", name), 0);
	assert_string_equal(name, "untouched");
	assert_int_equal(unit_name_of_process("0::/\n", name), 1);
	assert_string_equal(name, "/");
	assert_int_equal(unit_name_of_process("9:name=systemd:/y.service\n8:pids:/\n"
	                                      "0::/system.slice/x.service\n",
	                                      name),
	                 9);
	assert_string_equal(name, "x.service");
	assert_int_equal(unit_name_of_process("0::/a.service", name), 9);
	assert_string_equal(name, "a.service");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),      cmocka_unit_test(test_connections),
		cmocka_unit_test(test_users),      cmocka_unit_test(test_machines),
		cmocka_unit_test(test_containers), cmocka_unit_test(test_pods),
		cmocka_unit_test(test_hostile),    cmocka_unit_test(test_long),
		cmocka_unit_test(test_of_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
