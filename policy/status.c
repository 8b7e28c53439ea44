/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy/status.h"

#include <string.h>

#define BIT(code) (UINT32_C(1) << (code))

static const uint32_t temporary = BIT(NMX_DROP_ADDRESS_FAILED) | BIT(NMX_DROP_ADDRESS_BOGUS) |
				  BIT(NMX_DROP_TLSA_FAILED) | BIT(NMX_DROP_STS_MISMATCH) |
				  BIT(NMX_DROP_LIMIT);
static const uint32_t local = BIT(NMX_DROP_PORT_REFUSED) | BIT(NMX_DROP_PRIVATE_ADDRESS) |
			      BIT(NMX_DROP_RESERVED_ADDRESS) | BIT(NMX_DROP_DENIED_ADDRESS) |
			      BIT(NMX_DROP_DNSSEC_REQUIRED) | BIT(NMX_DROP_DANE_REQUIRED);

enum status_cause
status_cause_of(enum nmx_drop_code code)
{
	if (code == NMX_DROP_DUPLICATE)
		return CAUSE_NONE;
	return temporary & BIT(code) ? CAUSE_TEMPORARY
	       : local & BIT(code)   ? CAUSE_LOCAL
				     : CAUSE_PERMANENT;
}

static struct verdict
verdict(const struct status_input *in, enum nmx_outcome outcome, const char *code,
	const char *format, const char *detail)
{
	struct verdict v = {.outcome = outcome, .reason = ""};
	char buffer[2 * LIMIT_NAME_TEXT];
	struct text text = text_into(buffer, sizeof(buffer));

	strcpy(v.code, code);
	for (; *format; format++) {
		if (format[0] != '%')
			text_char(&text, *format);
		else if (*++format == 'd' && in->domain)
			dname_print(&text, in->domain);
		else if (*format == 's')
			text_add(&text, detail ? detail : "failed");
	}
	v.reason = arena_copy(in->notes->arena, buffer, strlen(buffer) + 1);
	if (!v.reason)
		v.reason = "";
	return v;
}

/* The first drop with one of these codes decides; the reason quotes it with its rule. */
static struct verdict
blame(const struct status_input *in, enum nmx_outcome outcome, const char *code, uint32_t codes)
{
	const struct notes *notes = in->notes;
	char buffer[LIMIT_NAME_TEXT + 512];
	struct text text = text_into(buffer, sizeof(buffer));

	for (size_t i = 0; i < notes->n_drops; i++) {
		const struct drop *drop = &notes->drops[i];
		const uint8_t *line = notes->texts.bytes + drop->text;

		if (!(codes & BIT(drop->code)))
			continue;
		if (drop->host)
			dname_print(&text, drop->host);
		else
			text_add(&text, in->text);
		if (drop->host && drop->address) {
			text_char(&text, ' ');
			address_print(&text, drop->address);
		}
		text_printf(&text, " port %u: ", drop->port);
		why_print(&text, line);
		text_printf(&text, " (%s)", why_rule(why_code_at(line)));
		break;
	}
	if (text.length == 0) {
		text_add(&text, "no usable host");
		for (int i = 0; i <= NMX_DROP_LIMIT; i++)
			if (codes & notes->causes & BIT(i))
				text_printf(&text, ", %s",
					    nmx_drop_code_name((enum nmx_drop_code)i));
	}
	return verdict(in, outcome, code, "%s", buffer);
}

static struct verdict
bogus(const struct status_input *in, const char *what)
{
	char buffer[LIMIT_BOGUS_REASON + 64];
	struct text text = text_into(buffer, sizeof(buffer));

	text_printf(&text, "%s: %s", what, in->sel->bogus ? in->sel->bogus : "bogus");
	return verdict(in, NMX_DEFER, "4.7.0", "%s", buffer);
}

/* A naming answer alone settles it: RULES SEL-1 (b) and the unknown half of (d). */
static bool
decide_by_naming(const struct status_input *in, struct verdict *ret)
{
	const struct selection *sel = in->sel;
	bool aborted = in->settings->srv_error_defers;

	if (aborted && sel->srv == SRV_BOGUS)
		*ret = bogus(in, "the SRV answer is bogus (SRV-14)");
	else if (aborted && sel->srv == SRV_UNKNOWN)
		*ret = verdict(in, NMX_DEFER, "4.4.3", "SRV of %d: %s (SRV-14)", sel->srv_failure);
	else if (sel->mx == MX_NULL && sel->n_stages == 0)
		*ret = verdict(in, NMX_REJECT, "5.1.10", "%d takes no mail: null MX (NMX-1)", "");
	else if (sel->srv == SRV_NULL)
		*ret = verdict(in, NMX_REJECT, "5.1.10",
			       "%d takes no mail: its SRV record says so (SRV-6)", "");
	else if (sel->mx == MX_BOGUS)
		*ret = bogus(in, "the MX answer is bogus (MX-3)");
	else if (sel->mx == MX_UNKNOWN)
		*ret = verdict(in, NMX_DEFER, "4.4.3", "MX of %d: %s (MX-3)", sel->mx_failure);
	else if (sel->srv == SRV_BOGUS)
		*ret = bogus(in, "the SRV answer is bogus (SRV-14)");
	else if (sel->srv == SRV_UNKNOWN)
		*ret = verdict(in, NMX_DEFER, "4.4.3", "SRV of %d: %s (SRV-14)", sel->srv_failure);
	else
		return false;
	return true;
}

/* Soft before hard (OUT-1); among the soft ones security first, since it names the fault best. */
static struct verdict
decide_by_causes(const struct status_input *in)
{
	uint32_t causes = in->notes->causes;

	if (causes & BIT(NMX_DROP_TLSA_FAILED))
		return blame(in, NMX_DEFER, "4.7.5", BIT(NMX_DROP_TLSA_FAILED));
	if (causes & BIT(NMX_DROP_ADDRESS_BOGUS))
		return blame(in, NMX_DEFER, "4.7.0", BIT(NMX_DROP_ADDRESS_BOGUS));
	if (causes & (BIT(NMX_DROP_ADDRESS_FAILED) | BIT(NMX_DROP_LIMIT)))
		return blame(in, NMX_DEFER, "4.4.4",
			     BIT(NMX_DROP_ADDRESS_FAILED) | BIT(NMX_DROP_LIMIT));
	if (causes & (temporary | local))
		return blame(in, NMX_DEFER, "4.7.0", temporary | local);
	if (causes & BIT(NMX_DROP_SELF))
		return blame(in, NMX_REJECT, "5.4.6", BIT(NMX_DROP_SELF));
	switch (in->sel->mx) {
	case MX_NXDOMAIN:
		return verdict(in, NMX_REJECT, "5.1.2", "no such domain: %d (MX-3)", "");
	case MX_NULL:
		return verdict(in, NMX_REJECT, "5.1.10",
			       "%d takes no mail: null MX and no usable SRV host (SEL-1)", "");
	case MX_CHAIN:
		return verdict(in, NMX_REJECT, "5.4.4",
			       "%d is an alias of more than 8 steps (MX-1)", "");
	default:
		return blame(in, NMX_REJECT, "5.4.4",
			     ~(temporary | local | BIT(NMX_DROP_DUPLICATE)));
	}
}

struct verdict
status_decide(const struct status_input *in)
{
	struct verdict v;

	if (in->deliverable)
		return verdict(in, NMX_DELIVERABLE, "2.0.0", "", "");
	if (in->overloaded)
		return verdict(in, NMX_DEFER, "4.3.2", "too many questions in flight (OUT-2)", "");
	if (decide_by_naming(in, &v))
		return v;
	return decide_by_causes(in);
}
