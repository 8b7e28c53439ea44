/* SPDX-License-Identifier: BSD-2-Clause */
#include "delivery.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a program with LeakSanitizer alone. */
__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);

void
mail_zone(enum script_when when)
{
	char name[64], address[64];

	script_rrset("mail.test", "MX",
		     "10 m1.mail.test|20 m2.mail.test|30 m3.mail.test|40 m4.mail.test|50 "
		     "m5.mail.test|60 m6.mail.test",
		     0, when);
	script_rrset("tier.test", "MX",
		     "10 m1.mail.test|10 m2.mail.test|10 m3.mail.test|10 m4.mail.test|10 "
		     "m5.mail.test|10 m6.mail.test",
		     0, when);
	for (int i = 1; i <= MAIL_HOSTS; i++) {
		snprintf(name, sizeof(name), "m%d.mail.test", i);
		snprintf(address, sizeof(address), "192.0.2.%d", i);
		script_rrset(name, "A", address, 0, when);
		script_rrset(name, "AAAA", "", 0, when);
	}
}

void
mail_always(struct mail *mail, enum nmx_result result)
{
	for (int i = 0; i < MAIL_HOSTS; i++)
		mail->results[i] = result;
}

enum nmx_result
mail_deliver(struct nmx_attempt *attempt, void *user)
{
	struct mail *mail = user;
	const char *host = nmx_host_name(nmx_endpoint_host(nmx_attempt_endpoint(attempt)));
	int i = mail->attempts < MAIL_HOSTS ? mail->attempts : MAIL_HOSTS - 1;
	size_t length = strlen(mail->order);

	CU_ASSERT_EQUAL(mail->reports, 0);
	mail->attempt = attempt;
	mail->attempts++;
	CU_ASSERT_EQUAL(nmx_attempt_number(attempt), (unsigned)mail->attempts);
	snprintf(mail->order + length, sizeof(mail->order) - length, "%.*s ",
		 (int)strcspn(host, "."), host);
	if (mail->causes[i])
		nmx_attempt_set_result(attempt, mail->causes[i], mail->codes[i], NULL, "said");
	if (mail->act)
		mail->act(mail);
	return mail->results[i];
}

void
mail_report(int error, struct nmx_report *report, void *user)
{
	struct mail *mail = user;

	CU_ASSERT_EQUAL(report == NULL, error != 0);
	mail->reports++;
	mail->error = error;
	nmx_report_unref(mail->report);
	mail->report = nmx_report_ref(report);
	if (mail->act_at_report)
		mail->act_at_report(mail);
}

void
mail_start(struct mail *mail, const char *domain)
{
	if (!mail->ctx) {
		mail_zone(SCRIPT_INSIDE);
		mail->ctx = start_context(NULL);
	}
	CU_ASSERT_EQUAL_FATAL(
		nmx_delivery_start(mail->ctx, domain, mail_deliver, mail_report, mail, &mail->own),
		0);
}

void
mail_run(struct mail *mail, const char *domain)
{
	mail_start(mail, domain);
	dispatch_all(mail->ctx);
}

void
mail_done(struct mail *mail)
{
	nmx_delivery_free(mail->own);
	nmx_report_unref(mail->report);
	mail->own = NULL;
	mail->report = NULL;
}

void
mail_done_all(struct mail *mail)
{
	mail_done(mail);
	nmx_context_free(mail->ctx);
	mail->ctx = NULL;
}

bool
survives(bool (*run)(const void *user), const void *user)
{
	int status = -1;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		unsigned failures = CU_get_number_of_failures();
		bool good;

		alarm(20);
		good = run(user) && CU_get_number_of_failures() == failures;
		script_reset();
		if (good && &__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check())
			good = false;
		_exit(good ? 42 : 1);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 42;
}
