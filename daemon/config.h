/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration file of nextmxd: INI, [resolver] with the options of the library by name,
 * [daemon] with the daemon's own (docs/nextmxd.conf.5). Read by the master, inherited by workers,
 * never changed afterwards: a reload reads another one.
 */
#ifndef NMX_DAEMON_CONFIG_H
#define NMX_DAEMON_CONFIG_H

#include <nextmx.h>

#include <stdbool.h>
#include <sys/stat.h>

/* The transport that a route is answered with, by what its hosts demand. */
enum class {
	CLASS_MAY,     /* class-may: naming not signed, no policy */
	CLASS_SEC,     /* class-sec: naming signed; tls-sec is asked per host */
	CLASS_STS,     /* class-sts: MTA-STS enforce, naming not signed */
	CLASS_STS_SEC, /* class-sts-sec: enforce, naming signed; tls-sts is asked per host */
	CLASS_COUNT,
};

/* "inet:127.0.0.1:8461", "inet:[::1]:8461", "unix:/run/nextmx/http[:660]" */
struct listen_spec {
	const char *text; /* as written */
	unsigned line;
	struct sockaddr_storage address; /* AF_INET, AF_INET6 or AF_UNIX */
	socklen_t length;
	mode_t mode; /* of a unix socket */
};

/* A line of [resolver], for nmx_context_set(). */
struct setting {
	const char *name, *value;
	unsigned line;
};

struct config {
	const char *path;
	struct setting *settings; /* in the order of the file */
	size_t n_settings;
	struct listen_spec *socketmaps, *https;
	size_t n_socketmaps, n_https;
	unsigned workers;     /* one per core if it is not set */
	const char *user;     /* whom workers run as; NULL if not set: nextmx, if started as root */
	unsigned deadline_ms; /* of an answer: 2500 */
	bool answer_srv;      /* answer srv */
	const char **pass;    /* pass-domains, sorted, lower case; ".example.org" is all below it */
	size_t n_pass;
	unsigned slot_s; /* slot-seconds: how long an order stays: 10 */
	const char *classes[CLASS_COUNT];
	const char *log;       /* "stderr" or "syslog" */
	const char *log_level; /* "error", "warning", "info", "debug" */
	const char **log_why;  /* domains whose decisions are logged whole; sorted */
	size_t n_log_why;
	unsigned memory_mb;    /* RLIMIT_DATA of a worker; 0: none */
	unsigned connections;  /* most connections of a worker and listener kind */
	unsigned idle_s;       /* after which an idle connection is closed */
	unsigned quarantine_s; /* the first quarantine of a domain: 600 */
};

/* Reads and checks all that can be checked without a context. On failure ret_error has a sentence
 * "FILE:LINE: ..." that names the fault and, for a wrong name, the nearest; *ret is untouched. */
bool config_read(const char *path, struct config **ret, char *ret_error, size_t size);
void config_free(struct config *config);

/* The options of [resolver], given to a context that is not started yet. As above. */
bool config_apply(const struct config *config, struct nmx_context *ctx, char *ret_error,
		  size_t size);

/* Whether the domain (ASCII, any case, without final dot) is the operator's own business: it, or a
 * domain above it with a leading dot, stands in pass-domains. */
bool config_passes(const struct config *config, const char *domain);
bool config_logs_why(const struct config *config, const char *domain);

/* The keys of [daemon], in the order of the manual: static strings, NULL beyond the last. The type
 * is a list of words and a range, "cores|1-64", or a word for people; help is a line for people. */
const char *config_key_name(size_t i);
const char *config_key_type(size_t i);
const char *config_key_default(size_t i); /* "" if it must be given */
const char *config_key_help(size_t i);
bool config_key_is_list(size_t i);

#endif
